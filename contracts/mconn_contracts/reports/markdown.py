"""The report for a step summary, a pull request or a wiki: GitHub Flavored Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.outcome import outcome
from mconn_contracts.reports.wording import VISIBLE, Broken, broken, curls, number, summary, where

_MARKS = {"passed": "✅", "failed": "❌", "undecided": "❔"}
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#.|~:@])")
_FENCE = re.compile(r"`{3,}")


def render(verdict: Verdict) -> str:
    """The report as Markdown; what comes from those who are judged is text, never markup."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    tally = verdict.tally
    result = outcome(verdict)
    yield f"## {_MARKS[result]} mconn: {result}"
    yield ""
    yield f"{summary(verdict).partition(': ')[2]}. Contract {_text(verdict.contract_version)}."
    if verdict.overlays:
        yield f"Overlays: {', '.join(map(_text, verdict.overlays))}."
    if verdict.could_not_judge is not None:
        yield ""
        yield f"> **Could not judge:** {_text(verdict.could_not_judge)}"
    found = list(broken(verdict))
    if found:
        yield from ("", "| code | fault | severity | findings |", "| --- | --- | --- | ---: |")
        for each in found:
            yield f"| {each.code} | {_text(each.first.name)} | {each.first.severity.label} | {each.total} |"
    for each in found:
        yield from _broken(verdict, each)
    yield from _coverage(verdict)
    if verdict.observed:
        yield from ("", "<details><summary>Observed behavior</summary>", "", "| choice | value |", "| --- | --- |")
        for name, observed in verdict.observed.items():
            yield f"| {_text(name)} | {_text(observed.value)} |"
        yield from ("", "</details>")
    if verdict.undecided and tally.exchanges:
        yield from ("", f"Undecided: {', '.join(verdict.undecided)}")


def _broken(verdict: Verdict, each: Broken) -> Iterator[str]:
    rule = verdict.rules.get(each.code)
    yield ""
    yield f"<details><summary><b>{each.code}</b> {_shown(each.first.name)}: {number(each.total, 'finding')}</summary>"
    if rule is not None:
        yield from ("", f"{_shown(rule.statement)} {_shown(rule.why)}")
    for sample in each.samples:
        finding = sample.finding
        yield ""
        yield f"- {_text(where(finding)) or 'several responses'}"
        yield f"  **{_text(finding.message)}**{f' (and {sample.more} more like it)' if sample.more else ''}"
        if requests := curls(finding.shown_by):
            fence = max(["```", *(f"{run}`" for line in requests for run in _FENCE.findall(line))], key=len)
            yield ""
            yield f"  {fence}console"
            for line in requests:
                yield f"  {line.translate(VISIBLE)}"
            yield f"  {fence}"
    if each.beyond:
        yield from ("", f"… and {each.beyond} more")
    yield from ("", "</details>")


def _coverage(verdict: Verdict) -> Iterator[str]:
    coverage = verdict.tally.coverage
    if not verdict.tally.exchanges:
        return
    statuses = sorted({status for each in coverage.operations.values() for status in each})
    if statuses:
        yield from ("", f"| operation | {' | '.join(statuses)} |", f"| --- |{' ---: |' * len(statuses)}")
        for operation in dict.fromkeys([*verdict.operations, *sorted(coverage.operations)]):
            seen = coverage.operations.get(operation, {})
            yield f"| {_text(operation)} | {' | '.join(str(seen.get(status, '')) for status in statuses)} |"
    missing = [kind for kind in verdict.kinds if not coverage.kinds.get(kind)]
    seen_kinds = f"Kinds: {len(verdict.kinds) - len(missing)} of {len(verdict.kinds)}"
    yield from ("", seen_kinds + (f" (not seen: {', '.join(map(_text, missing))})" if missing else ""))


def _text(value: str) -> str:
    """A text that Markdown shows as it is, within a line or a cell."""
    return _PUNCTUATION.sub(r"\\\1", _shown(value))


def _shown(value: str) -> str:
    """A text without elements, within HTML, or of the document, whose own Markdown is kept."""
    return html.escape(value.translate(VISIBLE), quote=False)
