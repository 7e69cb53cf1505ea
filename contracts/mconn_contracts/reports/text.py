"""The report for people: findings grouped by code, coverage, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.outcome import Outcome
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.report import Report
from mconn_contracts.reports.sections import Findings, in_words, sections
from mconn_contracts.reports.wording import (
    Sample,
    also,
    among,
    basis,
    brief,
    by_code,
    curls,
    every,
    like_it,
    number,
    summary,
    where,
    witnessed,
)

_COLORS: Mapping[str, str] = {
    Severity.ERROR.label: "1;31",
    Severity.WARNING.label: "1;33",
    Severity.INFO.label: "1;36",
    Outcome.PASSED: "1;32",
    Outcome.KNOWN: "1;32",
    Outcome.STALE: "1;31",
    Outcome.FAILED: "1;31",
    Outcome.UNDECIDED: "1;33",
}
"""What a terminal is told for a line of each severity and outcome (ECMA-48, 8.3.117)."""
_AROUND = 2
"""Lines of an excerpt that are shown before the place, and after it."""

Line = tuple[str, str]
"""A line, and the severity or outcome that it has the color of; empty if it has none."""


def pieces(verdict: Verdict) -> Iterator[str]:
    """Lines of text, the verdict last."""
    for line, _ in _lines(verdict):
        yield f"{logged(line)}\n"


def colored(verdict: Verdict) -> Iterator[str]:
    """The same lines for a terminal that shows colors."""
    for line, kind in _lines(verdict):
        yield f"\x1b[{_COLORS[kind]}m{logged(line)}\x1b[0m\n" if kind else f"{logged(line)}\n"


def _lines(verdict: Verdict) -> Iterator[Line]:
    for section in sections(verdict):
        if isinstance(section, Findings):
            yield from _findings(verdict)
        else:
            yield from ((line, "") for line in in_words(section))
    yield summary(verdict), verdict.outcome


def _findings(verdict: Verdict) -> Iterator[Line]:
    for each in by_code(verdict, every if verdict.verbose else brief):
        kind = each.first.severity.label
        yield f"{each.code} {each.first.name} ({_kind(each.first, verdict)}): {number(each.total, 'finding')}", kind
        for sample in each.samples:
            yield from ((line, "") for line in _sample(sample))
        if each.beyond:
            yield f"  … and {each.beyond} more{among(each)}", ""
        yield "", ""


def _kind(finding: Finding, verdict: Verdict) -> str:
    """Its severity, and what its statement rests on."""
    return ", ".join(part for part in (finding.severity.label, basis(finding, verdict)) if part)


def _sample(sample: Sample) -> Iterator[str]:
    yield f"  {where(sample.finding) or '-'}"
    yield f"    {sample.finding.message}"
    yield from _excerpt(sample.finding)
    for line in (*witnessed(sample.finding), *curls(sample.finding.shown_by)):
        yield f"    {line}"
    if sample.more:
        yield f"    … {like_it(sample)}"
    for line in also(sample):
        yield f"    {line}"


def _excerpt(finding: Finding) -> Iterator[str]:
    """Lines of a recorded body with the place underlined; a live server's is in the HTML report and the recording."""
    before, marked, after = (part.splitlines() for part in finding.excerpt)
    if not finding.in_file or not marked:
        return
    start = len(marked[0]) - len(marked[0].lstrip())
    yield from (f"    | {line}" for line in (*[line for line in before if line][-_AROUND:], marked[0]))
    yield f"    | {' ' * start}{'^' * len(marked[0].strip().rstrip(','))}"
    yield from (f"    | {line}" for line in [line for line in (*marked[1:], *after) if line][:_AROUND])


REPORT = Report("text", pieces, for_terminals=True)
