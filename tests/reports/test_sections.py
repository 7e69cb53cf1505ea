"""What every report says: all outcomes in all reports, and no section left out by one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from tests.reports.test_formats import READERS, render
from tests.reports.test_json import SCHEMA
from tests.reports.verdicts import URL, asked, exercised, finding, verdict

from mconn_contracts.contract.document import load
from mconn_contracts.judge.rules.deciders import decider
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.known import EntryState, Known
from mconn_contracts.model.outcome import EXIT_CODES, Outcome
from mconn_contracts.model.power import Power, Seen
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import ExpectedEvents, Observed, Subject, Verdict
from mconn_contracts.reports import html, markdown
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, Section, Topic, sections

ENTRY = Known("MC301", "ticket 7001", "listEvents", pointer="/result/count")
CAUSES: Mapping[Outcome, dict[str, object]] = {
    Outcome.PASSED: {},
    Outcome.KNOWN: {"baseline": (EntryState(ENTRY, "known", 3),)},
    Outcome.STALE: {"baseline": (EntryState(ENTRY, "known", 3), EntryState(replace(ENTRY, code="MC101"), "stale"))},
    Outcome.FAILED: {"gaps": ("kinds: 1 of 3, but 2 are required; not exercised: Init",)},
    Outcome.UNDECIDED: {"could_not_judge": "a.json: cannot be read: no such file or directory"},
}
"""What a verdict has to have for each outcome, with findings below the level that fails or without any."""
NUMBERS = {"none": 0, "one": 1, "many": 30}
LIVE: dict[str, object] = {"seed": 7, "observed": {"order": Observed("ascending", asked(1))}}


def of(outcome: Outcome, number: int, live: bool) -> Verdict:
    """A verdict with that outcome, and so many warnings of a live run or of a recorded file."""
    source = {} if live else {"source": "a.har", "entry": 3, "shown_by": ()}
    found = [finding(severity=Severity.WARNING, line=None if live else line, **source) for line in range(1, number + 1)]
    return verdict(*found, tally=exercised(), **(LIVE if live else {}), **CAUSES[outcome])


EVERY = list(itertools.product(Outcome, NUMBERS, (True, False)))


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("outcome, findings, live", EVERY, ids=lambda each: str(each))
def test_every_report_says_every_outcome(form: str, outcome: Outcome, findings: str, live: bool) -> None:
    """Whatever was found, live or recorded, each report is rendered and says the outcome."""
    each = of(outcome, NUMBERS[findings], live)

    assert outcome == each.outcome == READERS[form](render(form, each))


@pytest.mark.parametrize("outcome, findings, live", EVERY, ids=lambda each: str(each))
def test_failures_of_build_servers_agree_with_the_exit_code(outcome: Outcome, findings: str, live: bool) -> None:
    """JUnit counts failures or errors just where the exit code is not 0; SARIF has that code."""
    each = of(outcome, NUMBERS[findings], live)
    root = ET.fromstring(render("junit", each))
    (invocation,) = json.loads(render("sarif", each))["runs"][0]["invocations"]

    assert (EXIT_CODES[outcome] != 0) == bool(int(root.get("failures", "")) + int(root.get("errors", "")))
    assert EXIT_CODES[outcome] == each.exit_code == invocation["exitCode"]


@pytest.mark.parametrize("mapping", [EXIT_CODES, markdown.MARKS, html.MARKS, CAUSES], ids=["exit", "markdown", "html", "test"])
def test_every_outcome_is_told(mapping: Mapping[Outcome, object]) -> None:
    """Exit codes and marks are there for each outcome, and for nothing else."""
    assert set(Outcome) == set(mapping)


def test_the_schema_of_the_report_has_every_outcome() -> None:
    """The JSON report may say each outcome, and nothing else."""
    assert [*Outcome] == SCHEMA["properties"]["outcome"]["enum"]


def test_every_outcome_has_a_color() -> None:
    """The style of the HTML report has a rule for each outcome."""
    style = (resources.files("mconn_contracts.reports") / "report.css").read_text(encoding="utf-8")

    assert [] == [outcome for outcome in Outcome if f".outcome.{outcome} {{" not in style]


def exercising() -> Tally:
    """A tally in which one operation was met, under a name that stands nowhere else."""
    tally = Tally(exchanges=1)
    tally.coverage.saw_status("listTunnels", 200)
    return tally


FACTS: Mapping[object, tuple[Verdict, str]] = {
    Findings: (verdict(finding(message="seven items"), tally=exercised()), "seven items"),
    Exercised: (verdict(tally=exercising()), "listTunnels"),
    Behavior: (verdict(tally=exercised(), observed={"default_limit": Observed("exactly 7002")}), "exactly 7002"),
    Topic.RUN: (verdict(tally=exercised(), subject=Subject("7011 files: a.har", "quick")), "7011 files"),
    Topic.IGNORED: (verdict(tally=exercised(), ignored=("MC788",)), "MC788"),
    Topic.FOREIGN: (verdict(tally=exercised(foreign=7003)), "7003"),
    Topic.UNANSWERED: (verdict(tally=exercised(unanswered=7004)), "7004"),
    Topic.UNREAD: (verdict(tally=exercised(unread=7009)), "7009"),
    Topic.LEFT_OUT: (verdict(tally=exercised(left_out={".txt": 7010})), "7010"),
    Topic.UNRELATED: (verdict(tally=exercised(unrelated=7008)), "7008"),
    Topic.EXPECTED: (verdict(tally=exercised(), expected=ExpectedEvents(7013, 7012, 5)), "7012"),
    Topic.POWER: (verdict(tally=exercised(), power=Power(Seen(7014, 3, 2, 150), 151, 61)), "7014"),
    Topic.CUT_SHORT: (verdict(tally=exercised(), cut_short=("by --max-time, after 7009 requests",)), "after 7009 requests"),
    Topic.UNDECIDED: (verdict(tally=exercised(), undecided=("MC777",), deciders={"MC777": "7012 answers"}), "7012 answers"),
    Topic.BASELINE: (verdict(tally=exercised(), baseline=(EntryState(ENTRY, "known", 3),)), "ticket 7001"),
    Topic.GAPS: (verdict(tally=exercised(), gaps=("kinds: 7005 are required",)), "kinds: 7005 are required"),
    Topic.REASON: (verdict(tally=exercised(), could_not_judge="no answer in 7006 s"), "no answer in 7006 s"),
    Topic.OVERLAYS: (verdict(tally=exercised(), overlays=("2026-08-14",)), "2026-08-14"),
    Topic.SEED: (verdict(tally=exercised(), seed=7007), "7007"),
}
"""For each section, and each topic of notes, a verdict that has it, and the words that only it makes a report say."""


def test_every_section_is_asked_for() -> None:
    """There is a verdict for each kind of section and each topic, in which just that is said."""
    assert {*get_args(Section), *Topic} - {Note} == set(FACTS)
    topics = {key: [each.topic for each in sections(one) if isinstance(each, Note)] for key, (one, _) in FACTS.items()}

    assert {key: [key] if isinstance(key, Topic) else [] for key in FACTS} == topics


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("section", FACTS, ids=lambda each: getattr(each, "name", None) or each.__name__)
def test_no_report_leaves_a_section_out(section: object, form: str) -> None:
    """What a verdict has is said in every report, and only where the verdict has it."""
    each, words = FACTS[section]
    text = render(form, each).replace("\\", "")

    assert words in text
    assert words not in render(form, verdict(tally=exercised()))


@pytest.mark.parametrize("form", READERS)
def test_only_people_are_told_the_time(form: str) -> None:
    """What was run comes before the findings; when, and how long it took, is in no report that programs compare."""
    subject = Subject(URL, "quick", 1_700_000_000.0, 4.25)
    text = render(form, verdict(finding(message="seven items"), tally=exercised(), subject=subject, seed=7)).replace("\\", "")
    told = [words in text for words in ("2023-11-14 22:13:20 UTC", "4.2 s")]

    assert [form in ("text", "markdown", "html")] * 2 == told
    assert form not in ("text", "markdown", "html") or text.index("profile quick, seed 7") < text.index("seven items")


@pytest.mark.parametrize("form", READERS)
def test_each_finding_shows_its_basis(form: str) -> None:
    """Whoever builds a server sees what is the vendor's word, and what is our reading."""
    assert "derived" in render(form, verdict(finding(), tally=exercised()))


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_is_undecided_is_counted_by_what_would_decide_it(form: str) -> None:
    """People are told how many statements need what, the most first; which they are, where they ask for all."""
    deciders = {"MC401": "several answers", "MC714": "a 429", "MC402": "several answers"}
    each = verdict(tally=exercised(), undecided=("MC401", "MC714", "MC402"), deciders=deciders)
    brief, whole = (render(form, one).replace("\\", "") for one in (each, replace(each, verbose=True)))

    assert all(words in brief for words in ("3 statements; 2 need several answers", "1 needs a 429"))
    assert ("need several answers (MC401, MC402)" in brief, "need several answers (MC401, MC402)" in whole) == (False, True)


@pytest.mark.parametrize("form", READERS)
def test_what_is_undecided_may_fail(form: str) -> None:
    """Where the user wants every statement decided, each report says that the run fails."""
    each = verdict(tally=exercised(), undecided=("MC401",), undecided_fails=True)

    assert (Outcome.FAILED, 1, Outcome.FAILED) == (each.outcome, each.exit_code, READERS[form](render(form, each)))


def test_every_statement_has_what_would_decide_it() -> None:
    """Each statement of the document says what a run must meet."""
    statements = [each for each in load().statements if not each.about_the_run]

    assert [] == [each.code for each in statements if not decider(each).startswith(("a ", "an ", "the ", "several "))]


@pytest.mark.parametrize("count, end", [(1, "1 other fault: f0"), (12, ", f9 and 2 more")])
def test_unnoticed_faults_that_nothing_would_show_are_named(count: int, end: str) -> None:
    """Ten of them, and how many more there are."""
    power = Power(Seen(3, 2, 1, 3), 20, 8, unnoticed=tuple(f"f{number}" for number in range(count)))
    (note,) = (each for each in sections(verdict(tally=exercised(), power=power)) if isinstance(each, Note))

    assert note.lines[-1].startswith(f"nothing that was tried would show {count} other fault")
    assert note.lines[-1].endswith(end)
