"""The files of the repository that GitHub, editors and pre-commit read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pre_commit import clientlib
from tests.github import IN_CHECKOUT, ROOT

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
ASKING = {"input", "textarea"}
pytestmark = pytest.mark.skipif(not IN_CHECKOUT, reason="only a checkout has them")


def loaded(path: Path) -> Any:
    """A YAML file of the repository."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_what_is_needed(path: Path) -> None:
    """A form has a name, a description and questions, each with an id of its own and a label; one at least must be answered."""
    form = loaded(path)
    ids = [each["id"] for each in form["body"]]

    assert {"name", "description", "body"} == set(form) - {"labels"}
    assert ASKING >= {each["type"] for each in form["body"]}
    assert len(ids) == len(set(ids))
    assert all(each["attributes"]["label"] for each in form["body"])
    assert any(each.get("validations", {}).get("required") for each in form["body"])


def test_the_citation_names_the_version_and_the_license() -> None:
    """CITATION.cff says of the project what pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = loaded(ROOT / "CITATION.cff")

    assert [project["name"], project["version"], project["license"]] == [citation[key] for key in ("title", "version", "license")]


def test_hooks_of_our_own_work_are_pinned() -> None:
    """pre-commit takes the configuration, and every tool that a hook installs has one version."""
    config = clientlib.load_config(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert {"ruff-check", "ruff-format", "generated", "typing"} == {hook["id"] for hook in hooks}
    assert all("==" in each for hook in hooks for each in hook["additional_dependencies"])
