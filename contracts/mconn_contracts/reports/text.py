"""The report for people: findings grouped by code, coverage, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from mconn_contracts.model import Finding, Severity, Verdict
from mconn_contracts.reports.outcome import outcome

_SHOWN = 5
"""Findings of one code that are shown in full."""

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
"""What a terminal would obey, or show elsewhere than it stands: names and paths come from those who are judged."""


def render(verdict: Verdict) -> str:
    """The report as lines of text, the verdict last."""
    return "".join(f"{line.translate(_VISIBLE)}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    tally = verdict.tally
    findings = sorted(tally.findings(), key=lambda each: (-each.severity, each.code, each.sort_key))
    for (_, code), group in groupby(findings, key=lambda each: (-each.severity, each.code)):
        kept = list(group)
        total, shown = tally.by_code[code], kept[:_SHOWN]
        yield f"{code} {kept[0].name} ({kept[0].severity.label}): {_number(total, 'finding')}"
        for finding in shown:
            yield from _finding(finding)
        if total > len(shown):
            yield f"  … and {total - len(shown)} more"
        yield ""
    yield from _coverage(verdict)
    if verdict.observed:
        yield "Observed behavior:"
        for name, observed in verdict.observed.items():
            yield f"  {name}: {observed.value}"
    if verdict.undecided and tally.exchanges:
        yield f"Undecided: {', '.join(verdict.undecided)}"
    yield from _remembered(verdict)
    for gap in verdict.gaps:
        yield f"Too little exercised: {gap}"
    if verdict.could_not_judge:
        yield f"Could not judge: {verdict.could_not_judge}"
    counts = ", ".join(_number(tally.by_severity.get(severity, 0), severity.label) for severity in reversed(Severity))
    yield f"{outcome(verdict)}: {_number(tally.exchanges, 'exchange')}, {_number(tally.events, 'event')}; {counts}"


def _finding(finding: Finding) -> Iterator[str]:
    place = finding.source
    if finding.line is not None:
        place += f":{finding.line}"
    if finding.entry is not None:
        place += f" entry {finding.entry}"
    where = " ".join(part for part in (finding.operation, place, finding.pointer) if part)
    yield f"  {where}" if where else "  -"
    yield f"    {finding.message}"
    for line in finding.curl.splitlines():
        yield f"    {line}"


def _remembered(verdict: Verdict) -> Iterator[str]:
    """What the baseline came to, entry by entry."""
    words = {"stale": "gone; take it out of the baseline", "expired": "expired"}
    for each in verdict.baseline:
        if each.state != "unseen":
            entry = each.entry
            where = " ".join(part for part in (entry.code, entry.operation, entry.source, entry.pointer) if part)
            what = words.get(each.state, "known")
            number = f", {_number(each.findings, 'finding')}" if each.findings else ""
            until = f" until {entry.expires}" if entry.expires else ""
            yield f"Baseline: {where}: {what}{number} ({entry.reason}{until})"


def _coverage(verdict: Verdict) -> Iterator[str]:
    coverage = verdict.tally.coverage
    if coverage.operations:
        yield f"Operations ({len(coverage.operations)} of {verdict.operations}):"
        for operation, statuses in sorted(coverage.operations.items()):
            seen = ", ".join(f"{status} × {number}" for status, number in sorted(statuses.items()))
            yield f"  {operation}: {seen}"
    if verdict.tally.exchanges:
        known = [kind for kind in verdict.kinds if kind in coverage.kinds]
        missing = [kind for kind in verdict.kinds if kind not in coverage.kinds]
        seen = f" (not seen: {', '.join(missing)})" if missing and known else ""
        yield f"Kinds: {len(known)} of {len(verdict.kinds)}{seen}"
    if verdict.tally.foreign:
        yield f"Of other APIs, left alone: {_number(verdict.tally.foreign, 'entry', 'entries')}"
    if verdict.tally.unanswered:
        yield f"Without a response, left alone: {_number(verdict.tally.unanswered, 'entry', 'entries')}"


def _number(number: int, word: str, plural: str | None = None) -> str:
    return f"{number} {word if number == 1 else plural or (word if word == 'info' else word + 's')}"
