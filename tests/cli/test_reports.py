"""`--report`, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mconn_contracts.captures.har import read_har
from mconn_contracts.cli import test as test_module
from mconn_contracts.cli.options import REPORTS
from mconn_contracts.cli.validate import command as validate

BAD = '{"e": {"k": "Init"}, "n": 0, "t": 1}\n{"e": {"k": "Init"}, "n": 0, "t": -1}\n'


@pytest.mark.parametrize("text, code", [(BAD, 1), (BAD.splitlines()[0], 0), ("", 3)])
@pytest.mark.parametrize("form", sorted(set(REPORTS) - {"har"}))
def test_the_format_never_alters_the_exit_code(tmp_path: Path, form: str, text: str, code: int) -> None:
    """Passed, failed and undecided have the exit codes 0, 1 and 3 in every format, in a file and on standard output."""
    (tmp_path / "events.ndjson").write_text(text)
    for target in (str(tmp_path / "report"), "-"):
        result = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson"), "--report", f"{form}={target}"])
        assert code == result.exit_code


def test_sarif_has_line_and_column_of_the_input(tmp_path: Path) -> None:
    """A finding in a file leads to the very value."""
    path = tmp_path / "events.ndjson"
    path.write_text(BAD)
    result = CliRunner().invoke(validate, [str(path), "--report", "sarif=-"])

    (found,) = json.loads(result.stdout)["runs"][0]["results"]
    assert {"startLine": 2, "startColumn": 35} == found["locations"][0]["physicalLocation"]["region"]


def test_har_is_a_report_of_live_runs(tmp_path: Path) -> None:
    """It has every exchange that was judged; what is validated is recorded already, and asking for it is wrong use."""
    path = tmp_path / "run.har"
    result = CliRunner().invoke(test_module.command, ["--profile", "quick", "--report", f"har={path}", "--report", "json=-"])
    assert (0, json.loads(result.stdout)["counts"]["exchanges"]) == (
        result.exit_code,
        len(list(read_har(path.read_bytes(), "run.har"))),
    )

    result = CliRunner().invoke(validate, [str(path), "--report", "har=-"])
    assert 2 == result.exit_code
    assert "recorded already" in result.stderr
