"""The pipelines that docs/ci.md shows: read as the CI systems read them, and run, as far as that can be without these."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.github import IN_CHECKOUT, ROOT, FakeGitHub
from tests.live.runs import probe

from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS

pytestmark = pytest.mark.skipif(not IN_CHECKOUT, reason="only a checkout has the action and the hooks")
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", PAGE))
RECORDED = ROOT / "tests" / "captures" / "recordings"


def block(section: str, language: str) -> str:
    """The block of a section that is written in a language."""
    (found,) = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", SECTIONS[section])
    return str(found)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server that miscounts: the first page shows it, so that runs end soon."""
    with serve_in_thread(faults=[FAULTS["count-off-by-one"]]) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a job has checked out: recordings in two folders."""
    for name in ("recordings", "recordings of others"):
        (tmp_path / name).mkdir()
        shutil.copy(RECORDED / "polly-gzip.har", tmp_path / name / "a.har")
    return tmp_path


def job_environment(server: RunningServer) -> dict[str, str]:
    """The environment of a job: its own variables, secrets and the commands, without the settings of these tests' own run."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}
    return own | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SERVER_URL": server.url,
        "CLOUDFLARE_API_TOKEN": server.token,
        "CLOUDFLARE_ACCOUNT_ID": server.account_id,
        "MCONN_CONNECTOR_ID": server.connector_id,
        "MCONN_MAX_FINDINGS": "1",
    }


def codes(commands: list[str], server: RunningServer, folder: Path) -> list[int]:
    """The exit codes of commands, each run by a shell in a folder."""
    environment = job_environment(server)
    return [
        subprocess.run(["bash", "-c", each], cwd=folder, env=environment, capture_output=True, check=False).returncode
        for each in commands
    ]


def missing(folder: Path, *patterns: str) -> list[str]:
    """The patterns of files of which a folder has none."""
    return [pattern for pattern in patterns if not any(folder.glob(pattern))]


@pytest.mark.parametrize("text", re.findall(r"(?ms)^```yaml\n(.*?)^```$", PAGE), ids=lambda text: text.split(":")[0])
def test_yaml_is_yaml(text: str) -> None:
    """Every YAML block is an object."""
    assert isinstance(yaml.safe_load(text), dict)


def test_the_workflow_of_github(server: RunningServer, folder: Path) -> None:
    """Each use of the action has inputs that there are, and an artifact of its own; its step writes what later ones read."""
    (job,) = yaml.safe_load(block("GitHub", "yaml"))["jobs"].values()
    uses = [each for each in job["steps"] if "mconn-contracts" in each.get("uses", "")]
    outcomes, artifacts = [], set()
    for number, step in enumerate(uses):
        given = {name: str(value).replace("${{ env.SERVER_URL }}", server.url) for name, value in step["with"].items()}
        runner = FakeGitHub(folder / f"job {number}", **{name.replace("-", "_"): value for name, value in given.items()})
        runner.environment |= job_environment(server)
        runner.outputs["install"] = {"python": sys.executable}
        runner.workspace = folder
        runner.run("run")
        outcomes.append(runner.outputs["run"]["outcome"])
        artifacts.add(runner.uses()["actions/upload-artifact@v4"]["name"])
    (summed_up,) = (each["with"]["report_paths"] for each in job["steps"] if "junit" in each.get("uses", ""))

    assert (["failed", "passed"], len(uses)) == (outcomes, len(artifacts))
    assert [] == missing(folder, summed_up)


def test_the_job_of_gitlab(server: RunningServer, folder: Path) -> None:
    """Its script runs, and leaves every artifact and report that the job keeps."""
    (job,) = yaml.safe_load(block("GitLab", "yaml")).values()

    assert [1, 0] == codes(job["script"], server, folder)
    assert [] == missing(folder, *job["artifacts"]["paths"], *job["artifacts"]["reports"]["junit"])


def test_the_pipeline_of_jenkins(server: RunningServer, folder: Path) -> None:
    """Its commands run, and leave what is published afterwards; brackets and quotes are closed."""
    pipeline = block("Jenkins", "groovy")
    published = re.findall(r"(?:junit|pattern:) '([^']+)'", pipeline)

    assert [1, 0] == codes(re.findall(r"sh '([^']+)'", pipeline), server, folder)
    assert (2, []) == (len(published), missing(folder, *published))
    assert [] == [pair for pair in ("{}", "()", "[]") if pipeline.count(pair[0]) != pipeline.count(pair[1])]
    assert 0 == pipeline.count("'") % 2


def test_the_commands_of_the_container(server: RunningServer, folder: Path) -> None:
    """The entry point takes what the image is given: commands that end by themselves are run, `serve` is asked for its help."""
    lines = block("The container", "sh").splitlines()
    commands = [line.partition(" mconn ")[2] for line in lines if line.startswith("docker run ")]
    served = [f"{each} --help" if each.startswith("serve") else each for each in commands]

    assert "docker build -t mconn ." in lines
    assert [1, 0, 0] == codes([f"mconn {each}" for each in served], server, folder)
    assert [] == missing(folder, "mconn-junit.xml")


def test_a_mock_without_access_control() -> None:
    """Of a server that answers whoever asks, the page leaves out exactly the statements that it breaks."""
    token, command = block("A mock without access control", "sh").splitlines()
    ran = probe(faults=[FAULTS["no-credential-accepted"], FAULTS["accepts-any-credential"]])

    assert "export CLOUDFLARE_API_TOKEN=any" == token
    assert command.partition(" --ignore ")[2].split(",") == sorted(ran.codes)


def test_the_configuration_of_pre_commit() -> None:
    """It names hooks that there are."""
    (repository,) = yaml.safe_load(block("pre-commit", "yaml"))["repos"]
    hooks: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    assert set() == {each["id"] for each in repository["hooks"]} - {each["id"] for each in hooks}
