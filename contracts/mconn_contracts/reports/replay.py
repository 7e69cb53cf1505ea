"""The reports of a replay, for people and for programs (replay.schema.json)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mconn_contracts.model.replayed import Now, Replayed, ReplayVerdict
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.listings.catalog import formats
from mconn_contracts.reports.listings.json import document
from mconn_contracts.reports.listings.listing import Listing, Row, State, Table, undecided
from mconn_contracts.reports.wording import number

_WORDS = {Now.NOT_SENT: "not decided"}
"""What a state is called for people, where that is not its value: requests that were sent may decide nothing."""
_STATES = {Now.FIXED: State.GOOD, Now.FAILING: State.BAD, Now.DIFFERENT: State.BAD, Now.NOT_SENT: State.SKIPPED}


def text(verdict: ReplayVerdict) -> Iterator[str]:
    """Each finding of the report, then the verdict."""
    for each in verdict.findings:
        words = f": {each.words}" if each.words else ""
        yield f"{logged(f'{_word(each.now)}: {_named(each)}{words}')}\n"
    if verdict.could_not_judge is not None:
        yield f"{logged(f'Could not judge: {verdict.could_not_judge}')}\n"
    yield f"{summary(verdict)}\n"


def _word(now: Now) -> str:
    return _WORDS.get(now, now.value)


def _named(each: Replayed) -> str:
    return " ".join(part for part in (each.code, each.name, each.operation, each.pointer) if part)


def summary(verdict: ReplayVerdict) -> str:
    """The verdict in one line."""
    counts = ", ".join(f"{verdict.total(now)} {_word(now)}" for now in Now)
    asked = f"{number(verdict.requests, 'request')} to {verdict.server}"
    return logged(f"{verdict.outcome}: {asked}; {counts}")


def json(verdict: ReplayVerdict) -> Iterator[str]:
    """One JSON document."""
    yield from document(
        verdict.outcome,
        reason=verdict.could_not_judge,
        report=verdict.report,
        server=verdict.server,
        requests=verdict.requests,
        counts={now.value: verdict.total(now) for now in Now},
        findings=[_finding(each) for each in verdict.findings],
    )


def _finding(each: Replayed) -> dict[str, Any]:
    return {
        "code": each.code,
        "name": each.name,
        "operation": each.operation,
        "pointer": each.pointer,
        "now": each.now.value,
        "words": each.words,
    }


def listing(verdict: ReplayVerdict) -> Listing:
    """Every finding is a row."""
    reason = verdict.could_not_judge
    rows = [Row(_named(each), _word(each.now), _STATES[each.now], each.words) for each in verdict.findings]
    return Listing(
        "replay",
        verdict.outcome,
        summary(verdict).partition(": ")[2],
        [Table("findings", "What became of the findings", "finding", rows)],
        [(str(verdict.total(now)), _word(now)) for now in Now],
        [] if reason is None else [f"Could not judge: {reason}"],
        undecided(reason),
    )


REPORTS: Final = formats(listing, text, json)
