"""Reports of `mconn vectors`, `compare` and `replay`: every format tells each row, and none obeys a text that it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema

from mconn_contracts.model.comparison import Change, Changed, Comparison
from mconn_contracts.model.decoded import Decoded, DecoderVerdict, Expected, Made
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.replayed import Now, Replayed, ReplayVerdict
from mconn_contracts.reports import comparison, replay
from mconn_contracts.reports.clients import decoders

JUNIT = xmlschema.XMLSchema(str(Path(__file__).parent / "junit-10.xsd"))
HOSTILE = "</td><script>alert(1)</script> ]]> \x1b[31m \x00 \ud800 | `x` ::error::"
DECODED = DecoderVerdict(
    ["sh", HOSTILE],
    "1.0",
    (
        Decoded("kinds/Init is a kind", Expected.ACCEPT, Made.RIGHT),
        Decoded("kinds/Leave is a kind", Expected.ACCEPT, Made.OTHER_KIND, HOSTILE),
        Decoded("numbers/a float", Expected.REFUSE, Made.LENIENT, "accepts 1.5"),
        Decoded("numbers/a text", Expected.REFUSE, Made.UNANSWERED),
    ),
    reason="the decoder stopped",
)


def _changed(change: Change, severity: Severity = Severity.ERROR) -> Changed:
    return Changed(change, "MC301", "count-mismatch", severity, "listEvents", change.value, "/result/count", HOSTILE, 1, 2)


COMPARED = Comparison(
    "old.json",
    HOSTILE,
    (_changed(Change.NEW), _changed(Change.GROWN, Severity.WARNING), _changed(Change.GONE), _changed(Change.UNSEEN)),
)
REPLAYED = ReplayVerdict(
    "report.json",
    "http://127.0.0.1/<b>",
    tuple(Replayed("MC301", "count-mismatch", "listEvents", f"/{now.name}", now, HOSTILE) for now in Now),
    7,
)
Reports = Mapping[str, Callable[..., Iterator[str]]]
COMMANDS: dict[str, tuple[Any, Reports, dict[str, str]]] = {
    "vectors": (
        DECODED,
        decoders.REPORTS,
        {
            "kinds/Init is a kind": "passed",
            "kinds/Leave is a kind": "failure",
            "numbers/a float": "system-out",
            "numbers/a text": "skipped",
            "run/could not judge": "error",
        },
    ),
    "compare": (
        COMPARED,
        comparison.REPORTS,
        {
            "findings/MC301 count-mismatch listEvents new /result/count": "failure",
            "findings/MC301 count-mismatch listEvents grown /result/count": "system-out",
            "findings/MC301 count-mismatch listEvents gone /result/count": "passed",
            "findings/MC301 count-mismatch listEvents unseen /result/count": "skipped",
        },
    ),
    "replay": (
        REPLAYED,
        replay.REPORTS,
        {
            "findings/MC301 count-mismatch listEvents /FIXED": "passed",
            "findings/MC301 count-mismatch listEvents /FAILING": "failure",
            "findings/MC301 count-mismatch listEvents /DIFFERENT": "failure",
            "findings/MC301 count-mismatch listEvents /NOT_SENT": "skipped",
        },
    ),
}
"""What each command came to, its reports, and the cases that JUnit has of it."""


def written(command: str, name: str) -> str:
    """A report, as a file has it."""
    result, reports, _ = COMMANDS[command]
    return "".join(reports[name](result)).encode("utf-8", "backslashreplace").decode("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_junit_has_a_case_for_each_row(command: str) -> None:
    """What fails the run is a failure, what could not be judged an error, what does not count is skipped; the suites add up."""
    JUNIT.validate(written(command, "junit"))
    root = ElementTree.fromstring(written(command, "junit"))
    prefix = f"mconn.{command}."
    cases = {
        f"{suite.attrib['name'].removeprefix(prefix)}/{case.attrib['name']}": case[0].tag if len(case) else "passed"
        for suite in root
        for case in suite
    }

    assert COMMANDS[command][2] == cases
    tags = [*cases.values()]
    counts = {"tests": str(len(tags)), "failures": str(tags.count("failure")), "errors": str(tags.count("error"))}
    assert {"name": f"mconn {command}", **counts} == root.attrib
    assert {case.attrib["classname"] for suite in root for case in suite} == {suite.attrib["name"] for suite in root}


def test_leniency_that_fails_the_run_is_a_failure() -> None:
    """With `--strict`, JUnit counts it, as the exit code does."""
    strict = DecoderVerdict(["x"], "1.0", DECODED.decoded[2:3], strict=True)

    assert (1, True) == (
        strict.exit_code,
        '<failure message="lenient: accepts 1.5"' in "".join(decoders.REPORTS["junit"](strict)),
    )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if ("scope", "row") in attrs:
            self.names.append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["th"] and self.names and not self.names[-1]:
            self.names[-1] = data


@pytest.mark.parametrize("command", COMMANDS)
def test_html_has_every_row_and_runs_nothing(command: str) -> None:
    """What the user's program, or another server, says is text."""
    page = _Page()
    page.feed(written(command, "html"))

    assert "script" not in page.tags
    assert [name.partition("/")[2] for name in COMMANDS[command][2] if not name.startswith("run/")] == page.names


def test_markdown_leaves_out_what_a_decoder_is_right_about() -> None:
    """Of hundreds of bodies, those that are not right are told; the scores tell how many are."""
    shown = written("vectors", "markdown")

    assert [False, True] == [
        name in shown for name in ("Init is a kind", "| Leave is a kind | other kind | keeps the contract |")
    ]
    assert "| kinds | 1 of 2 right |" in shown
    assert "> Could not judge\\: the decoder stopped" in shown


@pytest.mark.parametrize("command", ["compare", "replay"])
def test_markdown_has_a_row_for_each_finding(command: str) -> None:
    """Each stands in the table, with what became of it."""
    rows = re.findall(r"(?m)^\| MC301 .*$", written(command, "markdown"))

    assert len(COMMANDS[command][2]) == len(rows)


@pytest.mark.parametrize("name", ["text", "json", "junit", "markdown", "html"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_report_has_what_a_terminal_or_a_ci_service_would_obey(command: str, name: str) -> None:
    """Control characters come as escapes, and no line is a command of GitHub's."""
    shown = written(command, name)

    assert [False, False] == ["\x1b" in shown, "\x00" in shown]
    assert not re.search(r"(?m)^\s*::", shown)
