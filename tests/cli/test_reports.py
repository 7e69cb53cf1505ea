"""`--report`, in every format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.cli import finish, options
from mconn_contracts.cli import test as test_module
from mconn_contracts.cli.validate import command as validate
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.report import Need, Report

BAD = '{"e": {"k": "Init"}, "n": 0, "t": 1}\n{"e": {"k": "Init"}, "n": 0, "t": -1}\n'


@pytest.mark.parametrize("text, code", [(BAD, 1), (BAD.splitlines()[0], 0), ("", 3)])
@pytest.mark.parametrize("form", sorted(set(REPORTS) - {"har"}))
def test_the_format_never_alters_the_exit_code(tmp_path: Path, form: str, text: str, code: int) -> None:
    """Passed, failed and undecided have the exit codes 0, 1 and 3 in every format, in a file and on standard output."""
    (tmp_path / "events.ndjson").write_text(text)
    for target in (str(tmp_path / "report"), "-"):
        result = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson"), "--report", f"{form}={target}"])
        assert code == result.exit_code


@pytest.mark.parametrize("form", sorted(set(REPORTS) - {"har"}))
def test_a_baseline_goes_with_every_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Written, met, and gone: every report is rendered, and the exit codes are 0, 0 and 1."""
    monkeypatch.chdir(tmp_path)
    words = ["events.ndjson", "--baseline", "known.json", "--report", f"{form}=report.out"]
    codes, said = [], []
    for text, more in ((BAD, ["--update-baseline", "--reason", "ticket 7001"]), (BAD, []), (BAD.splitlines()[0], [])):
        Path("events.ndjson").write_text(text)
        codes.append(CliRunner().invoke(validate, [*words, *more], catch_exceptions=False).exit_code)
        said.append("ticket 7001" in Path("report.out").read_text(encoding="utf-8"))

    assert ([0, 0, 1], [True] * 3) == (codes, said)


def test_a_new_report_is_one_module_and_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report in the catalog is offered and rendered by the commands, and has what it says that it needs."""

    def pieces(verdict: Verdict) -> Iterator[str]:
        yield from (f"{position.line}:{position.column}\n" for position in verdict.positions.values())

    new = Report("places", pieces, frozenset({Need.POSITIONS}))
    monkeypatch.setattr(options, "REPORTS", {**REPORTS, new.name: new})
    monkeypatch.setattr(finish, "REPORTS", {**REPORTS, new.name: new})
    (tmp_path / "events.ndjson").write_text(BAD)
    result = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson"), "--report", "places=-"])

    assert (1, "2:35\n") == (result.exit_code, result.stdout)


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
        len(list(records(Input("run.har", path), ReadOptions()))),
    )

    result = CliRunner().invoke(validate, [str(path), "--report", "har=-"])
    assert 2 == result.exit_code
    assert "recorded already" in result.stderr
