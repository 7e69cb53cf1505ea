"""`--report`, in every format."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.cli import finish, options
from mconn_contracts.cli import test as test_module
from mconn_contracts.cli.main import root
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


# The text on a terminal.


@pytest.mark.parametrize(
    "words, values, colored",
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors_are_shown_where_they_are_wanted(
    tmp_path: Path, words: tuple[str, ...], values: dict[str, str], colored: bool
) -> None:
    """On no terminal, only where the user says so; without its colors, the text is the same."""
    (tmp_path / "events.ndjson").write_text(BAD)
    variables = {"NO_COLOR": None, "FORCE_COLOR": None, **values}
    plain = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson"), "--color", "never"], env=variables)
    shown = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson"), *words], env=variables, color=True)

    assert (colored, plain.stdout) == ("\x1b[1;31mMC105 " in shown.stdout, re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout))


def test_colors_are_shown_on_a_terminal(tmp_path: Path) -> None:
    """Nothing must be said for them there."""
    pty = pytest.importorskip("pty")
    (tmp_path / "events.ndjson").write_text(BAD)
    parent, child = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    subprocess.run(
        [sys.executable, "-m", "mconn_contracts", "validate", str(tmp_path / "events.ndjson")],
        stdout=child, env=environment | {"TERM": "xterm"}, check=False,
    )  # fmt: skip
    os.close(child)
    shown = os.read(parent, 65536)
    os.close(parent)

    assert b"\x1b[1;31mMC105 " in shown


def test_quiet_is_the_verdict_alone(tmp_path: Path) -> None:
    """One line; files are written as always."""
    (tmp_path / "events.ndjson").write_text(BAD)
    words = [str(tmp_path / "events.ndjson"), "-q", "--report", f"text={tmp_path / 'text'}"]
    result = CliRunner().invoke(validate, words)

    assert (1, (tmp_path / "text").read_text().splitlines()[-1]) == (result.exit_code, result.stdout.removesuffix("\n"))


def test_a_finding_in_a_file_is_underlined(tmp_path: Path) -> None:
    """The text shows the lines around it."""
    (tmp_path / "events.ndjson").write_text(BAD)
    lines = CliRunner().invoke(validate, [str(tmp_path / "events.ndjson")]).stdout.splitlines()
    marked = lines.index('    |   "t": -1')

    assert ['    |   "n": 0,', '    |   "t": -1', "    |   ^^^^^^^", "    | }"] == lines[marked - 1 : marked + 3]


def test_undecided_statements_may_fail(tmp_path: Path) -> None:
    """With `--fail-on undecided`, one good payload is not enough."""
    (tmp_path / "events.ndjson").write_text(BAD.splitlines()[0])
    words = [str(tmp_path / "events.ndjson"), "--fail-on", "undecided", "--report", f"junit={tmp_path / 'junit'}"]
    result = CliRunner().invoke(validate, words)

    assert (1, "undecided-statements") == (result.exit_code, re.findall('type="([a-z-]+)"', (tmp_path / "junit").read_text())[0])


@pytest.mark.parametrize(
    "words, incomplete, expected",
    [
        (["validate", "--ignore"], "MC30", {"MC301", "MC302", "MC303", "MC304", "MC305", "MC306", "MC307", "MC308", "MC309"}),
        (["validate", "--select"], "MC1,mc71", {f"MC1,MC71{number}" for number in (0, 1, 2, 3, 4, 5, 6, 7)}),
        (["validate", "--report"], "j", {"json=", "junit="}),
        (["test", "--overlay"], "2025-0", {"2025-02-18", "2025-05-14", "2025-07-17"}),
        (["serve", "--fault"], "count-", {"count-off-by-one"}),
        (["serve", "--style"], "desc", {"descending"}),
        (["rules"], "MC10", {"MC101", "MC102", "MC103", "MC104", "MC105", "MC106", "MC107"}),
        (["vectors", "--select"], "m", {"models"}),
        (["compare", "--report"], "j", {"json="}),
        (["replay", "--report"], "j", {"json="}),
        ([], "v", {"validate", "vectors"}),
        (["client", "--select"], "styles/desc", {"styles/descending"}),
    ],
)
def test_a_shell_completes_names(words: list[str], incomplete: str, expected: set[str]) -> None:
    """Codes, formats, overlays, faults, styles and commands, as click asks for them."""
    found = ShellComplete(root, {}, "mconn", "_MCONN_COMPLETE").get_completions(words, incomplete)

    assert expected <= {each.value for each in found} | {""}
