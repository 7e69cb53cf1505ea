"""The report for people: findings grouped by code, coverage, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.wording import VISIBLE, Sample, broken, curls, number, summary, where


def render(verdict: Verdict) -> str:
    """The report as lines of text, the verdict last."""
    return "".join(f"{line.translate(VISIBLE)}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    for each in broken(verdict):
        yield f"{each.code} {each.first.name} ({each.first.severity.label}): {number(each.total, 'finding')}"
        for sample in each.samples:
            yield from _sample(sample)
        if each.beyond:
            yield f"  … and {each.beyond} more"
        yield ""
    yield from _coverage(verdict)
    if verdict.observed:
        yield "Observed behavior:"
        for name, observed in verdict.observed.items():
            yield f"  {name}: {observed.value}"
    if verdict.undecided and verdict.tally.exchanges:
        yield f"Undecided: {', '.join(verdict.undecided)}"
    yield from _remembered(verdict)
    for gap in verdict.gaps:
        yield f"Too little exercised: {gap}"
    if verdict.could_not_judge:
        yield f"Could not judge: {verdict.could_not_judge}"
    if verdict.overlays:
        yield f"Overlays: {', '.join(verdict.overlays)}"
    yield summary(verdict)


def _sample(sample: Sample) -> Iterator[str]:
    yield f"  {where(sample.finding) or '-'}"
    yield f"    {sample.finding.message}"
    for line in curls(sample.finding.shown_by):
        yield f"    {line}"
    if sample.more:
        yield f"    … and {sample.more} more like it"


def _remembered(verdict: Verdict) -> Iterator[str]:
    """What the baseline came to, entry by entry."""
    words = {"stale": "gone; take it out of the baseline", "expired": "expired"}
    for each in verdict.baseline:
        if each.state != "unseen":
            entry = each.entry
            about = " ".join(part for part in (entry.code, entry.operation, entry.source, entry.pointer) if part)
            what = words.get(each.state, "known")
            met = f", {number(each.findings, 'finding')}" if each.findings else ""
            until = f" until {entry.expires}" if entry.expires else ""
            yield f"Baseline: {about}: {what}{met} ({entry.reason}{until})"


def _coverage(verdict: Verdict) -> Iterator[str]:
    coverage = verdict.tally.coverage
    if coverage.operations:
        yield f"Operations ({len(coverage.operations)} of {len(verdict.operations)}):"
        for operation, statuses in sorted(coverage.operations.items()):
            seen = ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))
            yield f"  {operation}: {seen}"
    if verdict.tally.exchanges:
        known = [kind for kind in verdict.kinds if kind in coverage.kinds]
        missing = [kind for kind in verdict.kinds if kind not in coverage.kinds]
        seen = f" (not seen: {', '.join(missing)})" if missing and known else ""
        yield f"Kinds: {len(known)} of {len(verdict.kinds)}{seen}"
    if verdict.tally.foreign:
        yield f"Of other APIs, left alone: {number(verdict.tally.foreign, 'entry', 'entries')}"
    if verdict.tally.unanswered:
        yield f"Without a response, left alone: {number(verdict.tally.unanswered, 'entry', 'entries')}"
