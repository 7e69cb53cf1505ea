"""Which targets a run takes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.codegen.sampling import by_name, drawn, sample
from tests.codegen.targets import TARGETS

LANGUAGES = {target.language for target in TARGETS}
OLD, NEW = "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"


def commit(root: Path, path: str, date: str) -> None:
    """Commit a file of that path, as of the date."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(date, encoding="utf-8")
    environment = os.environ | {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", "-C", str(root), "add", "."], check=True)
    subprocess.run(["git", "-C", str(root), *who, "commit", "--quiet", "--message", path], check=True, env=environment)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an old commit."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    commit(tmp_path, "spec/openapi.yaml", OLD)
    return tmp_path


@pytest.mark.parametrize("path", ["spec/vectors/kinds.json", "tests/codegen/targets.py"])
def test_change_of_what_clients_depend_on_runs_all(root: Path, path: str) -> None:
    """Where they differ from a day before the last commit, all targets run; a later commit hides nothing."""
    commit(root, path, NEW)
    commit(root, "README.md", NEW)

    assert TARGETS == sample(TARGETS, root).targets
    assert f"for {path} differs from" in sample(TARGETS, root).why


def test_change_that_is_not_committed_runs_all(root: Path) -> None:
    """What differs in the work tree alone counts too."""
    commit(root, "README.md", NEW)
    (root / "spec/openapi.yaml").write_text("changed", encoding="utf-8")

    assert TARGETS == sample(TARGETS, root).targets


def test_other_change_runs_one_of_each_language(root: Path) -> None:
    """Where nothing of it differs, one target of each language runs, and they are announced."""
    commit(root, "README.md", NEW)
    chosen = sample(TARGETS, root)

    assert sorted(LANGUAGES) == sorted(target.language for target in chosen.targets)
    assert all(target.name in chosen.why for target in chosen.targets)
    assert "a sample of" in chosen.why


@pytest.mark.parametrize("history", ["none", "a day"])
def test_without_history_all_run(tmp_path: Path, history: str) -> None:
    """Without git, or in a clone that does not reach a day back, all targets run."""
    if history == "a day":
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        commit(tmp_path, "README.md", NEW)

    assert TARGETS == sample(TARGETS, tmp_path).targets
    assert "git has no commit from 24 hours before" in sample(TARGETS, tmp_path).why


def test_every_target_without_a_known_failure_is_drawn_some_day() -> None:
    """The number decides which of a language, and no target is left out for ever."""
    found = {target.name for number in range(60) for target in drawn(TARGETS, number)}

    assert {target.name for target in TARGETS if not target.known} == found


def test_targets_by_name() -> None:
    """An empty text names all targets, another those that contain it."""
    assert TARGETS == by_name(TARGETS, "").targets
    assert {"Go"} == {target.language for target in by_name(TARGETS, "openapi-generator go").targets}
