"""The report for people: findings grouped by code, coverage, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.finding import Finding
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
)


def pieces(verdict: Verdict) -> Iterator[str]:
    """Lines of text, the verdict last."""
    for line in _lines(verdict):
        yield f"{logged(line)}\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    for section in sections(verdict):
        if isinstance(section, Findings):
            yield from _findings(verdict)
        else:
            yield from in_words(section)
    yield summary(verdict)


def _findings(verdict: Verdict) -> Iterator[str]:
    for each in by_code(verdict, every if verdict.verbose else brief):
        yield f"{each.code} {each.first.name} ({_kind(each.first, verdict)}): {number(each.total, 'finding')}"
        for sample in each.samples:
            yield from _sample(sample)
        if each.beyond:
            yield f"  … and {each.beyond} more{among(each)}"
        yield ""


def _kind(finding: Finding, verdict: Verdict) -> str:
    """Its severity, and what its statement rests on."""
    return ", ".join(part for part in (finding.severity.label, basis(finding, verdict)) if part)


def _sample(sample: Sample) -> Iterator[str]:
    yield f"  {where(sample.finding) or '-'}"
    yield f"    {sample.finding.message}"
    for line in curls(sample.finding.shown_by):
        yield f"    {line}"
    if sample.more:
        yield f"    … {like_it(sample)}"
    for line in also(sample):
        yield f"    {line}"


REPORT = Report("text", pieces, for_terminals=True)
