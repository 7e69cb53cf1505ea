"""The files by which others take the project in: the action, run step by step, the hook, and the image's instructions."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uv
import yaml
from tests.github import ACTION, IN_CHECKOUT, ROOT, FakeGitHub
from tools import action

INIT = '{"e": {"k": "Init"}, "n": 1, "t": 1700000000}'
pytestmark = pytest.mark.skipif(not IN_CHECKOUT, reason="only a checkout has them")


def loaded(name: str) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


FAULTY = INIT.replace("Init", "StartUpgrade")


@pytest.fixture
def github(tmp_path: Path) -> Callable[..., FakeGitHub]:
    """A job whose workspace has recordings, and whose action was installed into the Python of these tests."""

    def job(**inputs: str) -> FakeGitHub:
        fake = FakeGitHub(tmp_path, **inputs)
        fake.outputs["install"] = {"python": sys.executable}
        (fake.workspace / "good one.json").write_text(INIT, encoding="utf-8")
        (fake.workspace / "bad.json").write_text(FAULTY, encoding="utf-8")
        return fake

    return job


LINES = """
  validate
    "good one.json" \\
    'bad.json'
  --ignore MC104
"""


@pytest.mark.parametrize(
    "arguments, code, outcome",
    [
        ("validate 'good one.json'", 0, "passed"),
        ("validate bad.json", 1, "failed"),
        (LINES, 0, "passed"),
        ("validate *.json", 1, "failed"),
        ("validate $(touch${IFS}harm) `touch harm` ; touch harm", 3, "undecided"),
        ("validate -- bad.json", 1, "failed"),
    ],
    ids=["quoted", "failing", "lines", "glob", "shell", "dashes"],
)
def test_the_action_judges_and_sums_up(github: Callable[..., FakeGitHub], arguments: str, code: int, outcome: str) -> None:
    """The step takes every line and every quote, exits as mconn does, says the outcome, and writes reports and a summary."""
    job = github(arguments=arguments)
    done = job.run("run")

    assert code == done.returncode, done.stderr
    outputs = {"outcome": outcome, **{kind: f"mconn-report.{kind}" for kind in ("json", "sarif", "html")}}
    assert outputs == job.outputs["run"]
    assert [] == [name for name in outputs.values() if "." in name and not (job.workspace / name).is_file()]
    assert f"mconn: {outcome}" in Path(job.environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert not (job.workspace / "harm").exists()


@pytest.mark.parametrize(
    "inputs, said",
    [
        ({"arguments": "validate 'bad.json"}, "the input arguments cannot be read: no closing quotation"),
        ({"arguments": " \n"}, "the input arguments cannot be read: it is empty"),
        ({"arguments": "validate bad.json", "report": "a\nb.json"}, "the input report is not a path"),
        ({"arguments": "validate bad.json", "report": "bad.json/report.json"}, "the input report cannot be written: bad.json"),
    ],
    ids=["quote", "empty", "two lines", "below a file"],
)
def test_the_action_says_what_is_wrong_with_an_input(
    github: Callable[..., FakeGitHub], inputs: dict[str, str], said: str
) -> None:
    """A wrong input is one annotation and exit code 2, and there are no outputs."""
    job = github(**inputs)
    done = job.run("run")

    assert (2, {}) == (done.returncode, job.outputs["run"])
    assert done.stdout.startswith(f"::error title=mconn::{said}"), done.stdout + done.stderr


def test_the_actions_reports_go_where_the_inputs_say(github: Callable[..., FakeGitHub], tmp_path: Path) -> None:
    """An absolute path outside of the workspace, in a folder that is made, is uploaded under the name that is given."""
    report = tmp_path / "else where" / "report.json"
    job = github(arguments="validate bad.json", report=str(report), artifact="contract-3.13", code_scanning="true")
    job.run("run")
    stem = str(report).removesuffix(".json")

    assert {"report.json", "report.sarif", "report.html"} == {path.name for path in report.parent.iterdir()}
    assert {
        "actions/upload-artifact@v4": {"name": "contract-3.13", "path": f"{report}\n{stem}.sarif\n{stem}.html\n"},
        "github/codeql-action/upload-sarif@v4": {"sarif_file": f"{stem}.sarif", "category": "contract-3.13"},
    } == job.uses()


@pytest.mark.parametrize("inputs", [{"artifact": ""}, {"arguments": "validate --no-such-option bad.json"}], ids=["none", "wrong"])
def test_the_action_uploads_nothing_that_it_need_not(github: Callable[..., FakeGitHub], inputs: dict[str, str]) -> None:
    """Without a name, and without reports, there is no artifact; a report of an earlier step is not taken for its own."""
    job = github(**{"arguments": "validate bad.json", **inputs})
    (job.workspace / "mconn-report.json").write_text('{"outcome": "passed"}', encoding="utf-8")
    job.run("run")

    assert {} == job.uses()
    assert "passed" != job.outputs["run"].get("outcome")


@pytest.mark.parametrize(
    "version, requirement",
    [
        ("", str(ROOT)),
        ("0.1.0", "mconn-contracts==0.1.0"),
        ("mconn-contracts[remote]>=0.1", "mconn-contracts[remote]>=0.1"),
        ("git+https://host.example/mconn@v0.1.0", "git+https://host.example/mconn@v0.1.0"),
    ],
)
@pytest.mark.parametrize("system, python", [("Linux", "bin/python"), ("Windows", "Scripts/python.exe")])
def test_the_action_installs_what_is_asked_for(tmp_path: Path, version: str, requirement: str, system: str, python: str) -> None:
    """A version, a requirement, or the revision of the action goes into an environment of its own."""
    job = FakeGitHub(tmp_path, arguments="", version=version)
    installed = job.temp / "mconn" / python
    stub = tmp_path / "stub"
    # Makes an environment whose Python writes down what it is asked for.
    stub.write_text(
        f"#!/bin/sh\necho \"$0 $@\" >> '{tmp_path}/calls'\n"
        f'[ "$2" != venv ] || {{ mkdir -p "{installed.parent}" && cp "$0" "{installed}"; }}\n',
        encoding="utf-8",
    )
    stub.chmod(0o755)
    job.outputs["python"]["python-path"] = str(stub)
    job.environment["RUNNER_OS"] = system
    done = job.run("install")

    assert (0, {"python": str(installed)}) == (done.returncode, job.outputs["install"]), done.stderr
    assert [
        f"{stub} -m venv {job.temp}/mconn",
        f"{installed} -m pip install --quiet --disable-pip-version-check {requirement}",
    ] == (tmp_path / "calls").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "arguments, windows, expected",
    [
        ("validate a b", False, ["validate", "a", "b"]),
        ('validate "a b" \'c"d\' # e', False, ["validate", "a b", 'c"d', "#", "e"]),
        ("validate\n\n a\r\n\tb\n", False, ["validate", "a", "b"]),
        ("test \\\n  --seed \\\r\n 7", False, ["test", "--seed", "7"]),
        ("validate a\\ b ''", False, ["validate", "a b", ""]),
        (r"validate C:\captures\a.har 'b\c d.har'", True, ["validate", r"C:\captures\a.har", r"b\c d.har"]),
        ("validate $HOME *.har ~ `id`", False, ["validate", "$HOME", "*.har", "~", "`id`"]),
    ],
)
def test_the_words_of_arguments(arguments: str, windows: bool, expected: list[str]) -> None:
    """Words are told apart as by a shell, over lines, and nothing in them is expanded."""
    assert expected == action.words(arguments, windows=windows)


def test_a_canceled_step_still_has_its_reports(tmp_path: Path) -> None:
    """What cancels the step tells mconn, whose end the step waits for."""
    told = tmp_path / "told"
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import pathlib, signal, sys

def end(*_):
    pathlib.Path({str(told)!r}).touch()
    sys.exit(143)

signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
""",
        encoding="utf-8",
    )
    code = f"import sys; from tools import action; sys.exit(action.run([sys.executable, {str(program)!r}]))"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as step:
        assert step.stdout is not None
        assert "ready\n" == step.stdout.readline()
        step.terminate()

    assert (143, True) == (step.returncode, told.exists())


def test_the_action_puts_no_input_into_shell_text() -> None:
    """Inputs reach scripts by the environment: text of an input is never run."""
    assert [] == [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]


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


def test_pre_commit_runs_the_hook(tmp_path: Path) -> None:
    """`pre-commit try-repo` installs the project: captures of any name and packing are judged, and all else is left alone."""
    repository = tmp_path / "repository of others"
    repository.mkdir()
    for name in ("bad.json", "bad one.ndjson", "bad.jsonl", "deep/bad.HAR.json", "bad.json.gz"):
        path = repository / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(FAULTY.encode()) if name.endswith(".gz") else FAULTY.encode())
    (repository / "good.json").write_text(INIT, encoding="utf-8")
    for number in range(500):
        (repository / f"package-{number}.json").write_text('{"name": "x", "version": "1"}', encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    done = subprocess.run(
        [Path(sys.executable).parent / "pre-commit", "try-repo", str(ROOT), "mconn-validate", "--all-files"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == done.returncode, done.stdout + done.stderr
    assert "- exit code: 1" in done.stdout
    bad = {"bad.json", "bad one.ndjson", "bad.jsonl", "deep/bad.HAR.json", "bad.json.gz"}
    assert bad == set(re.findall(r"((?:deep/)?bad[^:\n]*):1", done.stdout)), done.stdout
    assert "Files left out: 500 × .json of another program" in done.stdout


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


def resolved(*words: str) -> set[str]:
    """The packages, with their versions, that the project needs on Python 3.11."""
    command = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", "3.11", *words]
    done = subprocess.run([*command, "pyproject.toml"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    return set(done.stdout.splitlines())


def test_an_extra_makes_nothing_older() -> None:
    """The extras go with the newest of what the project needs anyway, so that pip, whose search goes back in time, need not."""
    assert set() == resolved() - resolved("--all-extras")


def test_nothing_is_installed_from_an_index_that_does_not_have_it() -> None:
    """Before it is published, no file tells anyone to install the distribution by its name; the image does from wheels."""
    done = subprocess.run(
        ["git", "grep", "-nE", r"pip install [^|&;]*mconn[-_]contracts"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    named = {line.split(":")[0] for line in done.stdout.splitlines()}

    assert {"Dockerfile"} == named - {"tests/test_delivery.py"}
