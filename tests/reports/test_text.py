"""The report for people."""

from __future__ import annotations

import re
from dataclasses import replace
from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest
from tests.reports.verdicts import EVERY_VERDICT, VERDICTS, exercised, finding, verdict

from mconn_contracts.model.finding import Finding
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.text import REPORT

if TYPE_CHECKING:
    from tests.reports.conftest import Golden


@EVERY_VERDICT
def test_the_text_is_as_it_was(name: str, golden: Golden) -> None:
    """Every verdict is rendered as its golden file says."""
    golden(f"{name}.txt", REPORT.render(VERDICTS[name]))


@EVERY_VERDICT
def test_the_verdict_is_the_last_line(name: str) -> None:
    """The last line begins with the outcome, and no line is for a terminal to obey."""
    lines = REPORT.render(VERDICTS[name]).split("\n")

    assert ("", True) == (lines[-1], lines[-2].startswith(f"{VERDICTS[name].outcome}: "))
    assert [] == [line for line in lines if not line.isprintable()]


@pytest.mark.parametrize(
    "total, cap, expected",
    [(1, 20, None), (5, 20, None), (6, 20, "1 more"), (30, 20, "25 more"), (5, 2, "3 more"), (2, 1, "1 more")],
)
def test_what_is_left_out_is_counted(total: int, cap: int, expected: str | None) -> None:
    """Five findings of a code are shown, fewer where fewer were kept; the rest is a number."""
    findings = [finding(pointer=f"/result/place{index}") for index in range(total)]
    rendered = REPORT.render(verdict(*findings, tally=exercised(cap=cap)))

    shown = rendered.count("count is 3, but the page has 2 items")
    assert (min(total, cap, 5), expected) == (shown, rendered.partition("  … and ")[2].partition("\n")[0] or None)


def test_findings_that_are_alike_are_shown_once() -> None:
    """Of one operation, message, source and pointer, but for its indices, the first is shown with the number of the others."""
    lines = REPORT.render(VERDICTS["alike"]).splitlines()

    assert 3 == sum(line.startswith("  ") and "a.json:1" in line for line in lines)
    assert 3 == lines.count("    … and 2 more like it")


FOR_PEOPLE = pytest.mark.parametrize("form", ["text", "markdown", "html"])


def shown(form: str, each: Verdict) -> str:
    """A report as its reader sees it, without what Markdown escapes."""
    return REPORTS[form].render(each).replace("\\", "")


def broken(*messages: str) -> tuple[Finding, ...]:
    """A finding for each message, each in a file of its own: a.json, b.json and so on."""
    return tuple(
        finding(operation=None, source=f"{name}.json", line=1, pointer="", message=message, shown_by=())
        for name, message in zip(ascii_lowercase, messages, strict=False)
    )


@FOR_PEOPLE
def test_findings_of_different_messages_are_told_apart(form: str) -> None:
    """Four broken files with four messages are four samples, whatever else they have in common."""
    rendered = shown(form, verdict(*broken("one", "two", "three", "four"), tally=exercised()))

    assert [1, 1, 1, 1] == [rendered.count(f"{name}.json:1") - (form == "html") for name in "abcd"]
    assert [] == [message for message in ("one", "two", "three", "four") if message not in rendered]
    assert "like it" not in rendered


@FOR_PEOPLE
def test_a_fault_is_named_in_each_of_its_files(form: str) -> None:
    """Files of one fault are each named; what is folded is of one file."""
    twice = finding(operation=None, source="b.json", line=2, pointer="", message="same", shown_by=())
    rendered = shown(form, verdict(*broken("same", "same", "same"), twice, tally=exercised()))

    assert [] == [name for name in ("a.json:1", "b.json:1", "c.json:1") if name not in rendered]
    assert 1 == rendered.count("+ 1 like it" if form == "html" else "and 1 more like it")


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_many_files_of_a_fault_are_named_up_to_a_limit_and_then_counted(form: str) -> None:
    """A fault names the file of its sample and ten others; the rest is a number."""
    rendered = shown(form, verdict(*broken(*["same"] * 26), tally=exercised(cap=26)))

    assert 10 == rendered.count("also ")
    assert "… and 15 more" in rendered


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_files_of_faults_that_are_not_shown_are_named(form: str) -> None:
    """Where a code has more faults than are shown, the number of the others names their files, ten at most."""
    rendered = shown(form, verdict(*broken(*map(str, range(7))), tally=exercised()))
    assert "… and 2 more, among them f.json:1, g.json:1" in rendered.replace(" of 7 findings", "")

    rendered = shown(form, verdict(*broken(*map(str, range(26))), tally=exercised(cap=26)))
    assert ("o.json:1", 9) == (rendered.partition("among them ")[2].split()[9][:8], rendered.count(".json:1, "))


def test_places_are_shown_before_more_messages_of_one() -> None:
    """Of more faults than are shown, the first at each place goes before others at the same place."""
    same = [finding(message=f"count is {count}, but the page has 2 items") for count in range(3, 9)]
    rendered = REPORT.render(verdict(*same, finding(pointer="/result/later"), tally=exercised()))

    assert (5, True) == (rendered.count("but the page has"), "/result/later" in rendered)


@FOR_PEOPLE
@EVERY_VERDICT
def test_a_verbose_report_shows_all_that_were_kept(name: str, form: str) -> None:
    """`--verbose` folds nothing: as many findings are shown as were kept, and only those that were not are a number."""
    each = replace(VERDICTS[name], verbose=True)
    rendered = REPORTS[form].render(each)

    one = {"text": r"(?m)^  [^ …]", "markdown": r"(?m)^  \*\*", "html": r'<span class="message">'}[form]
    assert len(each.tally.findings()) == len(re.findall(one, rendered.partition("Operations (")[0]))
    assert ("like it" in rendered, "also " in rendered) == (False, False)


@EVERY_VERDICT
@pytest.mark.parametrize("form", sorted(set(REPORTS) - {"text", "markdown", "html"}))
def test_reports_for_programs_are_the_same_if_verbose(name: str, form: str) -> None:
    """`--verbose` is for people: what programs read does not change."""
    assert REPORTS[form].render(VERDICTS[name]) == REPORTS[form].render(replace(VERDICTS[name], verbose=True))


def test_errors_come_before_warnings_and_each_code_once() -> None:
    """Findings are grouped by code, the worst first, whatever the order of the sources."""
    headings = [line for line in REPORT.render(VERDICTS["every-severity"]).splitlines() if line.startswith("MC")]

    assert ["MC101", "MC301", "MC103", "MC402"] == [line.split()[0] for line in headings]
