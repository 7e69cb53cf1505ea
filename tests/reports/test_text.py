"""The report for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.reports.verdicts import EVERY_VERDICT, VERDICTS, exercised, finding, verdict

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
    """Of one operation and one pointer, but for the indices of arrays, the first is shown with the number of the others."""
    lines = REPORT.render(VERDICTS["alike"]).splitlines()

    assert 3 == sum(line.startswith("  ") and "a.json:1" in line for line in lines)
    assert 3 == lines.count("    … and 2 more like it")


def test_errors_come_before_warnings_and_each_code_once() -> None:
    """Findings are grouped by code, the worst first, whatever the order of the sources."""
    headings = [line for line in REPORT.render(VERDICTS["every-severity"]).splitlines() if line.startswith("MC")]

    assert ["MC101", "MC301", "MC103", "MC402"] == [line.split()[0] for line in headings]
