"""The report for a step summary, a pull request or a wiki: GitHub Flavored Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from mconn_contracts.model.observed import sentence
from mconn_contracts.model.outcome import Outcome
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.lines import visible
from mconn_contracts.reports.report import Report
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, Topic, sections
from mconn_contracts.reports.wording import (
    FindingsOfCode,
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

MARKS: Mapping[Outcome, str] = {
    Outcome.PASSED: "✅",
    Outcome.KNOWN: "☑️",
    Outcome.STALE: "🧹",
    Outcome.FAILED: "❌",
    Outcome.UNDECIDED: "❔",
}
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#.|~:@])")
_FENCE = re.compile(r"`{3,}")


def pieces(verdict: Verdict) -> Iterator[str]:
    """Lines of Markdown. Text from the judged server or file is always text, never markup."""
    for line in _lines(verdict):
        yield f"{line}\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"## {MARKS[verdict.outcome]} mconn: {verdict.outcome}"
    yield ""
    yield f"{summary(verdict).partition(': ')[2]}. Contract {plain(verdict.contract_version)}."
    ordered = list(sections(verdict))
    for section in ordered:
        if isinstance(section, Note) and section.topic is Topic.RUN:
            yield from ("", *map(plain, section.lines))
    for section in ordered:
        if isinstance(section, Note) and section.fails:
            for line in section.lines:
                yield ""
                yield f"> **{section.topic.value}:** {plain(line)}"
    for section in ordered:
        match section:
            case Findings():
                yield from _findings(verdict)
            case Exercised():
                if section.exchanges:
                    yield from _exercised(section)
            case Behavior():
                if not section.observed:
                    continue
                yield from ("", "<details><summary>Observed behavior</summary>", "", "| name | value | in words |")
                yield "| --- | --- | --- |"
                for name, observed in section.observed.items():
                    words = sentence(name, observed.value, plain)
                    yield f"| {plain(name)} | {plain(observed.value)} | {words} |"
                yield from ("", "</details>")
            case Note():
                if not section.fails and section.topic is not Topic.RUN:
                    for line in section.lines:
                        yield from ("", f"{section.topic.value}: {plain(line)}")
            case _:
                assert_never(section)


def _findings(verdict: Verdict) -> Iterator[str]:
    found = list(by_code(verdict, every if verdict.verbose else brief))
    if found:
        yield from ("", "| code | fault | severity | basis | findings |", "| --- | --- | --- | --- | ---: |")
        for each in found:
            shown = (each.code, plain(each.first.name), each.first.severity.label, basis(each.first, verdict), str(each.total))
            yield f"| {' | '.join(shown)} |"
    for each in found:
        yield from _of_code(verdict, each)


def _of_code(verdict: Verdict, each: FindingsOfCode) -> Iterator[str]:
    rule = verdict.rules.get(each.code)
    yield ""
    yield f"<details><summary><b>{each.code}</b> {_shown(each.first.name)}: {number(each.total, 'finding')}</summary>"
    if rule is not None:
        yield from ("", f"{_shown(rule.statement)} {_shown(rule.why)}")
    for sample in each.samples:
        finding = sample.finding
        yield ""
        yield f"- {plain(where(finding)) or 'several responses'}"
        yield f"  **{plain(finding.message)}**{f' ({like_it(sample)})' if sample.more else ''}"
        for line in also(sample):
            yield f"  - {plain(line)}"
        if requests := (*witnessed(finding), *curls(finding.shown_by)):
            fence = max(["```", *(f"{run}`" for line in requests for run in _FENCE.findall(line))], key=len)
            yield ""
            yield f"  {fence}console"
            for line in requests:
                yield f"  {visible(line)}"
            yield f"  {fence}"
    if each.beyond:
        yield from ("", f"… and {each.beyond} more{plain(among(each))}")
    yield from ("", "</details>")


def _exercised(section: Exercised) -> Iterator[str]:
    operations = section.coverage.operations
    statuses = sorted({status for each in operations.values() for status in each})
    if statuses:
        yield from ("", f"| operation | {' | '.join(statuses)} |", f"| --- |{' ---: |' * len(statuses)}")
        for operation in dict.fromkeys([*section.operations, *sorted(operations)]):
            seen = operations.get(operation, {})
            yield f"| {plain(operation)} | {' | '.join(str(seen.get(status, '')) for status in statuses)} |"
    missing = f" (not seen: {', '.join(map(plain, section.missing))})" if section.missing else ""
    yield from ("", f"Kinds: {len(section.seen)} of {len(section.kinds)}{missing}")


def plain(value: str) -> str:
    """A text that Markdown shows as it is, within a line or a cell."""
    return _PUNCTUATION.sub(r"\\\1", _shown(value))


def _shown(value: str) -> str:
    """A text without elements, within HTML, or of the document, whose own Markdown is kept."""
    return html.escape(visible(value), quote=False)


REPORT = Report("markdown", pieces)
