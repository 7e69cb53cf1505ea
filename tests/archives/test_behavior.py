"""What captures show of the choices of a server where nothing is documented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mconn_contracts.cli.test import command as live
from mconn_contracts.cli.validate import command as validate


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recording of a run of the embedded server, and with the behavior that the run pinned."""
    folder = tmp_path_factory.mktemp("run")
    words = ["--profile", "quick", "--record", str(folder / "run.har"), "--behavior", str(folder / "live.json")]
    result = CliRunner().invoke(live, words)

    assert 0 == result.exit_code
    return folder


def test_a_recording_shows_what_its_run_did(run: Path, tmp_path: Path) -> None:
    """The behavior that is pinned from the recording is that of the run, byte for byte."""
    result = CliRunner().invoke(validate, [str(run / "run.har"), "--behavior", str(tmp_path / "recorded.json")])

    assert 0 == result.exit_code
    assert (run / "live.json").read_bytes() == (tmp_path / "recorded.json").read_bytes()


def test_a_change_is_found(run: Path, tmp_path: Path) -> None:
    """What was pinned otherwise is MC516; what is as it was is observed, and the file is left as it is."""
    pinned = json.loads((run / "live.json").read_text(encoding="utf-8"))
    pinned["behavior"]["order"] = "descending"
    path = tmp_path / "pinned.json"
    path.write_text(json.dumps(pinned), encoding="utf-8")
    result = CliRunner().invoke(validate, [str(run / "run.har"), "--behavior", str(path), "--report", "json=-"])
    report = json.loads(result.stdout)

    assert 1 == result.exit_code
    assert {"MC516": 1} == report["counts"]["by_code"]
    assert "ascending" == report["observed"]["order"]
    assert pinned == json.loads(path.read_text(encoding="utf-8"))


def test_what_two_captures_show_otherwise_is_of_two_servers(run: Path, tmp_path: Path) -> None:
    """It is neither observed nor pinned; the rest is."""
    recording = json.loads((run / "run.har").read_text(encoding="utf-8"))
    for entry in recording["log"]["entries"]:
        for field in entry["response"]["headers"]:
            if field["name"].lower().startswith("ratelimit"):
                field["name"] = "x-other"
    (tmp_path / "other.har").write_text(json.dumps(recording), encoding="utf-8")
    words = [str(run / "run.har"), str(tmp_path / "other.har"), "--behavior", str(tmp_path / "both.json"), "--report", "json=-"]
    report = json.loads(CliRunner().invoke(validate, words).stdout)

    pinned = json.loads((run / "live.json").read_text(encoding="utf-8"))["behavior"]
    assert {"rate_limit_fields"} == pinned.keys() - json.loads((tmp_path / "both.json").read_text())["behavior"].keys()
    assert "rate_limit_fields" not in report["observed"]


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    """What is read twice must be a file."""
    result = CliRunner().invoke(validate, ["-", "--behavior", str(tmp_path / "a.json")], input="{}")

    assert 2 == result.exit_code
    assert "standard input can be read only once" in result.output + result.stderr
