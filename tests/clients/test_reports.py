"""Every report of a client says the same, and is well formed whatever the client prints."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from mconn_contracts.model.exchange import Origin, Request, Trace
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.outcome import Outcome
from mconn_contracts.model.trial import Group, Result, Trial, TrialVerdict
from mconn_contracts.policy import scenarios as policy
from mconn_contracts.policy.coverage_gate import Least
from mconn_contracts.reports.clients import text
from mconn_contracts.reports.clients.catalog import REPORTS

HOSTILE = "</pre><script>alert(1)</script> ]]> \x1b[31m \x00 \ud800 | `x` ::error::"
FINDING = Finding(
    "MC602",
    "missing-parameter",
    Severity.ERROR,
    "the query has no 'to'",
    "listEvents",
    "clean/reference",
    entry=0,
    shown_by=(Trace(Origin("clean/reference", entry=0), Request("GET", "/client/v4/x?a=<b>"), "listEvents"),),
)
TRIALS = (
    Trial(Group.CLEAN, "reference", "The server.", Result.PASSED, "", 0, 3, (FINDING,)),
    Trial(Group.STYLES, "descending", "Newest first.", Result.BROKEN, "breaks where the list descends", 1, 3, said=HOSTILE),
    Trial(Group.STYLES, "gzip", "Compressed.", Result.PASSED, "", 0, 3),
    Trial(Group.STYLES, "latest-one", "One latest.", Result.NEVER_MET, "", 0, 3),
    Trial(Group.FAULTS, "endless-walk", "No end.", Result.NOTICED, "does not end in time", None, 900),
    Trial(Group.FAULTS, "count-off-by-one", "Counts.", Result.SURVIVED, "passes", 0, 3),
    Trial(Group.FAULTS, "cut-body", "Cut.", Result.SURVIVED, "passes", 0, 3),
    Trial(Group.WEATHER, "reset", "Reset.", Result.UNSTABLE, "ends with 1, though", 1, 3),
)
BASELINE = {name: policy.KnownScenario(name, "known") for name in ("faults/cut-body", "styles/gzip")}
NAMES = frozenset(trial.id for trial in TRIALS)
VERDICT = policy.gated(policy.compared(TrialVerdict(["sh", HOSTILE], "1.0", TRIALS), BASELINE, NAMES), policy.RATCHET)


def written(name: str) -> str:
    """A report, as a file has it."""
    return "".join(REPORTS[name](VERDICT)).encode("utf-8", "backslashreplace").decode("utf-8")


def test_scores_leave_out_what_was_never_met_and_what_is_known() -> None:
    """What is known counts neither way, and what could not be judged does not either; it makes the run undecided."""
    shown = {
        group.value: (each.good, each.met, each.percent, each.never_met, each.known) for group, each in VERDICT.scores.items()
    }

    assert {"styles": (1, 2, 50, 1, 0), "faults": (1, 2, 50, 0, 1), "weather": (0, 0, None, 0, 0)} == shown
    assert (Outcome.UNDECIDED, 3, ("styles/gzip",)) == (VERDICT.outcome, VERDICT.exit_code, VERDICT.stale)
    assert [
        "styles: 1 of 2, but 100% are required; missing: descending",
        "faults: 1 of 2, but 100% are required; missing: count-off-by-one",
    ] == [*VERDICT.gaps]


def test_a_gap_names_ten_scenarios_and_counts_the_rest() -> None:
    """A client that fails under many scenarios, or that met fewer than are asked for, has a gap of one line."""
    failing = [Trial(Group.STYLES, f"style-{number}", "", Result.BROKEN, "", 1, 3) for number in range(12)]
    passing = [Trial(Group.STYLES, "gzip", "", Result.PASSED, "", 0, 3)]
    gaps = [
        policy.gated(TrialVerdict(["sh"], "1.0", tuple(trials)), {"styles": Least(least)}).gaps
        for trials, least in ((failing, 1), (passing, 3))
    ]

    named = ", ".join(f"style-{number}" for number in range(10))
    assert [
        (f"styles: 0 of 12, but 1 is required; missing: {named}, and 2 more",),
        ("styles: 1 of 1, but 3 are required; the client met no more",),
    ] == gaps


@pytest.mark.parametrize(
    "results, least, asked, gaps",
    [
        ([Result.NEVER_MET, Result.NEVER_MET], Least(80, share=True), True, ("faults: none was met, but 80% are required",)),
        ([], Least(80, share=True), True, ("faults: none was run, but 80% are required",)),
        ([], Least(1), True, ("faults: none was run, but 1 is required",)),
        ([], Least(0), True, ()),
        ([], Least(80, share=True), False, ()),
        ([Result.NEVER_MET], Least(80, share=True), False, ()),
        ([Result.NEVER_MET, Result.NOTICED], Least(80, share=True), True, ()),
    ],
)
def test_a_gate_that_is_asked_for_needs_a_measurement(
    results: list[Result], least: Least, asked: bool, gaps: tuple[str, ...]
) -> None:
    """A group that was not run or not met does not reach a score that the user asked for; one by default does not fail."""
    trials = [Trial(Group.FAULTS, f"fault-{number}", "", result, "", 0, 3) for number, result in enumerate(results)]
    verdict = policy.gated(TrialVerdict(["sh"], "1.0", tuple(trials)), {"faults": least}, ["faults"] if asked else [])

    assert gaps == verdict.gaps


@pytest.mark.parametrize(
    "gates, state",
    [({}, "skipped"), ({"faults": Least(50, share=True)}, "skipped"), ({"faults": Least(80, share=True)}, "failure")],
)
def test_a_survivor_is_a_failure_only_where_its_group_fails(gates: policy.FailUnder, state: str) -> None:
    """JUnit is red where the verdict is: a survivor that no gate counts, or that one allows, is skipped, with its name."""
    trials = tuple(
        Trial(Group.FAULTS, result.value, "Counts.", result, "", int(result is Result.NOTICED), 3)
        for result in (Result.NOTICED, Result.SURVIVED)
    )
    verdict = policy.gated(TrialVerdict(["sh"], "1.0", trials), gates)
    root = ElementTree.fromstring("".join(REPORTS["junit"](verdict)))
    (case,) = [case for case in root.iter("testcase") if case.attrib["name"] == "survived"]

    assert (state, "survived: Counts.") == (case[0].tag, case[0].attrib["message"])
    assert (verdict.exit_code == 0) == (root.attrib["failures"] == "0")


def test_a_run_that_a_signal_ended_is_an_error_in_junit() -> None:
    """What is left out was not judged, so the file is not green."""
    verdict = TrialVerdict(["sh"], "1.0", TRIALS[2:3], interrupted=True, left=3)

    assert "1" == ElementTree.fromstring("".join(REPORTS["junit"](verdict))).attrib["errors"]


def test_an_entry_that_names_no_scenario_is_stale() -> None:
    """What this version does not have is taken out by an update; what was only not run stays."""
    names = ("styles/nosuch", "styles/prefixed")
    baseline = {name: policy.KnownScenario(name, "known") for name in names}
    every = NAMES | {"styles/prefixed"}
    ran = TrialVerdict(["sh"], "1.0", TRIALS[2:3])
    verdict = policy.compared(ran, baseline, every)

    assert (Outcome.STALE, ("styles/nosuch",)) == (verdict.outcome, verdict.stale)
    assert ["styles/prefixed"] == [*policy.updated(baseline, ran, None, every)]
    assert "Stale: the baseline has styles/nosuch, but this version has no such scenario; remove it, or use" in "".join(
        text.pieces(verdict)
    )


def test_junit_has_a_case_for_each_scenario() -> None:
    """Bad ones are failures, what could not be judged is an error, what was never met or is known is skipped."""
    root = ElementTree.fromstring(written("junit"))
    cases = {
        f"{suite.attrib['name'].removeprefix('mconn.client.')}/{case.attrib['name']}": case[0].tag if len(case) else "passed"
        for suite in root
        for case in suite
    }

    assert {
        "clean/reference": "passed",
        "styles/descending": "failure",
        "styles/gzip": "passed",
        "styles/latest-one": "skipped",
        "faults/endless-walk": "passed",
        "faults/count-off-by-one": "failure",
        "faults/cut-body": "skipped",
        "weather/reset": "error",
        "requests/MC602 missing-parameter listEvents": "failure",
        "run/styles": "failure",
        "run/faults": "failure",
        "run/styles/gzip": "failure",
    } == cases
    assert {"name": "mconn client", "tests": "12", "failures": "6", "errors": "1"} == root.attrib


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.rows: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.opened.append(tag)

    def handle_data(self, data: str) -> None:
        if self.opened[-2:] == ["tr", "th"]:
            self.rows.append(data)
            self.opened.append("")


def test_html_shows_every_scenario_and_runs_nothing() -> None:
    """What a client prints is text, and there is no script; what is wrong with requests comes first."""
    page = _Elements()
    page.feed(written("html"))

    assert "script" not in page.opened
    assert ["finding", "MC602 missing-parameter listEvents"] == page.rows[:2]
    assert [trial.name for trial in TRIALS] == [row for row in page.rows[2:] if row != "scenario"]


def test_markdown_has_a_row_for_each_scenario() -> None:
    """Each stands in the table of its group, with what it means."""
    rows = re.findall(
        r"(?m)^\| (\S+) \| (?:passed|broken|never met|noticed|survived(?: \\\(known\\\))?|unstable) \|", written("markdown")
    )

    assert [trial.name for trial in TRIALS] == rows
    assert "| descending | broken | exit 1 | 3 | breaks where the list descends |" in written("markdown")


@pytest.mark.parametrize("name", REPORTS)
def test_no_report_has_what_a_terminal_or_a_ci_service_would_obey(name: str) -> None:
    """Control characters of a client come as escapes, and no line of it is a command of GitHub's."""
    shown = written(name)

    assert "\x1b" not in shown
    assert "\x00" not in shown
    assert not re.search(r"(?m)^\s*::", shown)


def test_the_text_is_brief_unless_it_is_asked_for_all() -> None:
    """In brief, what is well, or was never met, is counted; JSON has all."""
    brief, every = "".join(text.pieces(VERDICT)), "".join(text.pieces(VERDICT, verbose=True))

    assert [False, True] == ["  gzip " in shown for shown in (brief, every)]
    assert "  cut-body          survived (known)  exit 0, 3 requests: Cut.\n" in brief
    assert "Stale: the baseline has styles/gzip, but the client does well" in brief
    assert len(TRIALS) == len(json.loads(written("json"))["runs"])
