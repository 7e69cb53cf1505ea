"""The workflow that looks at the vendor's document each week: its permissions, and its scripts, run with stand-ins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.github import IN_CHECKOUT, ROOT

from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid, shipped

pytestmark = pytest.mark.skipif(not IN_CHECKOUT, reason="only a checkout has workflows")
PATH = ROOT / ".github" / "workflows" / "vendor.yml"
NEWEST = shipped()[-1]


def workflow() -> dict[str, Any]:
    """The workflow, as YAML reads it."""
    value: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return value


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script of the workflow, as GitHub runs it, with the commands of a folder before all others."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "GITHUB_OUTPUT": str(folder / "output"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A checkout with the names of the overlays, and commands that stand in for those of a runner."""
    (tmp_path / "spec" / "overlays").mkdir(parents=True)
    for name in shipped():
        (tmp_path / "spec" / "overlays" / f"{name}.yaml").touch()
    commands = {
        "mconn": f'exec "{sys.executable}" -m mconn_contracts "$@"',
        # `gh issue list` has a filter of its own, which is applied here as the workflow writes it.
        "gh": 'printf "%s\\n" "$*" >> asked; if [ "$2" = list ]; then cat open; fi',
    }
    (tmp_path / "bin").mkdir()
    for name, script in commands.items():
        command = tmp_path / "bin" / name
        command.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        command.chmod(0o755)
    return tmp_path


def test_it_runs_each_week_and_may_write_issues_only_where_it_opens_one() -> None:
    """What reads the vendor's document may not write, and what may write runs nothing of it."""
    jobs = workflow()["jobs"]

    assert [{"cron": "23 5 * * 3"}] == workflow()[True]["schedule"]
    assert [None, {"issues": "write"}] == [jobs[name].get("permissions") for name in ("compare", "report")]
    assert ("compare", "needs.compare.outputs.changed == '1'") == (jobs["report"]["needs"], jobs["report"]["if"])
    assert ["actions/download-artifact@v4"] == [step["uses"] for step in jobs["report"]["steps"] if "uses" in step]


def test_no_script_holds_an_expression() -> None:
    """What comes from elsewhere reaches a script by its environment, where nothing of it is run."""
    scripts = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]

    assert 4 == len(scripts)
    assert [] == [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("kinds, changed", [(True, "1"), (False, "0")])
def test_the_newest_revision_is_compared(job: Path, kinds: bool, changed: str) -> None:
    """A new kind is a change, and is in the report; a document that says the same is none."""
    document = json.loads(json.dumps(overlaid(load(), [NEWEST]).raw))
    if kinds:
        document["components"]["schemas"]["Event"]["properties"]["k"]["enum"].append("BrandNew")
    (job / "vendor.json").write_text(json.dumps(document), encoding="utf-8")
    (step,) = [each for each in workflow()["jobs"]["compare"]["steps"] if each.get("id") == "compare"]
    done = run(step["run"], job)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"revision={NEWEST}\nchanged={changed}\n" == (job / "output").read_text("utf-8")
    assert kinds == ("BrandNew" in (job / "report.md").read_text("utf-8"))


def test_a_document_that_cannot_be_read_fails_the_job(job: Path) -> None:
    """It is no change, and no issue says so."""
    (job / "vendor.json").write_text("<html>", encoding="utf-8")
    (step,) = [each for each in workflow()["jobs"]["compare"]["steps"] if each.get("id") == "compare"]
    done = run(step["run"], job)

    assert (True, False) == (done.returncode > 1, (job / "output").exists())


@pytest.mark.parametrize(
    "number, asked", [("", "issue create --title T --body-file body.md"), ("7\n", "issue edit 7 --body-file body.md")]
)
def test_one_issue_is_opened_or_brought_up_to_date(job: Path, number: str, asked: str) -> None:
    """Where one of the same title is open, its text is replaced; a long report is cut between two characters."""
    (job / "open").write_text(number, encoding="utf-8")
    (job / "report.md").write_text("→" * 30_000, encoding="utf-8")
    (step,) = [each for each in workflow()["jobs"]["report"]["steps"] if "run" in each]
    done = run(step["run"], job, TITLE="T")

    assert 0 == done.returncode, done.stderr
    assert ["issue list", asked] == [
        line[: len(asked)] if index else line[:10] for index, line in enumerate(lines(job / "asked"))
    ]
    assert "→" * 20_000 == (job / "body.md").read_text("utf-8")


def lines(path: Path) -> list[str]:
    """The lines of a file."""
    return path.read_text("utf-8").splitlines()
