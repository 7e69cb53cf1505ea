"""The files by which others take the project in: the action, run step by step, the hook, and the image's instructions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
INIT = '{"e": {"k": "Init"}, "n": 1, "t": 1700000000}'
pytestmark = pytest.mark.skipif(not (ROOT / "action.yml").exists(), reason="only a checkout has them")


def loaded(name: str) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("body, code, outcome", [(INIT, 0, "passed"), (INIT.replace("Init", "StartUpgrade"), 1, "failed")])
def test_the_actions_script_judges_and_sums_up(tmp_path: Path, body: str, code: int, outcome: str) -> None:
    """The step exits as mconn does, says the outcome, and writes the reports and the summary."""
    (step,) = (each for each in loaded("action.yml")["runs"]["steps"] if each.get("id") == "run")
    (tmp_path / "body.json").write_text(body, encoding="utf-8")
    (tmp_path / "mconn" / "bin").mkdir(parents=True)
    script = tmp_path / "mconn" / "bin" / "mconn"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m mconn_contracts.cli.main "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    given = {"ARGUMENTS": "validate body.json", "REPORT": "report.json", "RUNNER_TEMP": str(tmp_path)}
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **given, **files, "PATH": path}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert code == done.returncode, done.stderr
    assert f"outcome={outcome}\nstem=report\n" == (tmp_path / "output").read_text(encoding="utf-8")
    assert {"report.json", "report.sarif", "report.html"} <= {path.name for path in tmp_path.iterdir()}
    assert f"mconn: {outcome}" in (tmp_path / "summary").read_text(encoding="utf-8")


def test_the_action_puts_no_input_into_shell_text() -> None:
    """Inputs reach scripts by the environment: text of an input is never run."""
    assert [] == [step["run"] for step in loaded("action.yml")["runs"]["steps"] if "${{" in step.get("run", "")]


def test_the_hooks_run_their_commands(tmp_path: Path) -> None:
    """The entry of each, followed by changed files, judges them: payloads by the contract, documents by OpenAPI."""
    (tmp_path / "body.json").write_text(INIT, encoding="utf-8")
    (tmp_path / "openapi.yaml").write_bytes((ROOT / "spec" / "openapi.yaml").read_bytes())
    (tmp_path / "openapi-bad.yaml").write_text("openapi: 3.1.0\ninfo: {title: Bad}\n", encoding="utf-8")
    validate, lint = loaded(".pre-commit-hooks.yaml")

    def run(hook: Any, file: str) -> int:
        program, *words = hook["entry"].split()
        return subprocess.run(
            [Path(sys.executable).parent / program, *words, file], cwd=tmp_path, capture_output=True, check=False
        ).returncode

    assert (0, 0, 1) == (run(validate, "body.json"), run(lint, "openapi.yaml"), run(lint, "openapi-bad.yaml"))
    assert (True, False) == tuple(bool(re.search(lint["files"], name)) for name in ("spec/openapi.yaml", "body.json"))


def test_the_image_copies_what_is_there_and_is_not_root() -> None:
    """Every source of a COPY from the checkout exists, and the last user is not root."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sources = [name for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", text) for name in line.split()[:-1]]

    assert [] == [name for name in sources if not (ROOT / name).exists()]
    assert ["mconn"] == re.findall(r"(?m)^USER (\S+)$", text)


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_name_environments_that_exist(path: Path) -> None:
    """Each workflow may only read unless a job says more, and runs tox environments that tox.ini has."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = {name for line in re.findall(r"tox run -e (\S+)", path.read_text(encoding="utf-8")) for name in line.split(",")}
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")

    assert {"contents": "read"} == workflow["permissions"]
    assert [] == sorted(name for name in named - {"py"} if f"[testenv:{name}]" not in tox)
