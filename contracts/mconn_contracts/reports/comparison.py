"""The reports of two reports compared, for people and for programs (comparison.schema.json)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mconn_contracts.model.comparison import Change, Changed, Comparison
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.listings.catalog import formats
from mconn_contracts.reports.listings.json import document
from mconn_contracts.reports.listings.listing import Listing, Row, State, Table, undecided

_COLUMNS = ("severity", "before → after")


def text(comparison: Comparison) -> Iterator[str]:
    """Each change, then the verdict."""
    for each in comparison.changes:
        what = f"{each.change}: {each.code} {each.name} ({each.severity.label}), {_numbers(each)} {_place(each)}"
        yield f"{logged(what.rstrip())}\n"
        yield f"{logged(f'  {each.message}')}\n"
    if comparison.reason is not None:
        yield f"{logged(f'The later run could not judge everything: {comparison.reason}')}\n"
    yield f"{summary(comparison)}\n"


def _place(each: Changed) -> str:
    return " ".join(part for part in (each.operation, each.source, each.pointer) if part)


def _numbers(each: Changed) -> str:
    return f"{each.before} → {each.after}"


def summary(comparison: Comparison) -> str:
    """The verdict in one line."""
    counts = ", ".join(f"{len(comparison.of(change))} {change}" for change in Change)
    return logged(f"{comparison.outcome}: {comparison.old} → {comparison.new}; {counts}")


def json(comparison: Comparison) -> Iterator[str]:
    """One JSON document."""
    yield from document(
        comparison.outcome,
        reason=comparison.reason,
        old=comparison.old,
        new=comparison.new,
        counts={change.value: len(comparison.of(change)) for change in Change},
        changes=[_change(each) for each in comparison.changes],
    )


def _change(each: Changed) -> dict[str, Any]:
    return {
        "change": each.change.value,
        "code": each.code,
        "name": each.name,
        "severity": each.severity.label,
        "operation": each.operation,
        "source": each.source,
        "pointer": each.pointer,
        "message": each.message,
        "before": each.before,
        "after": each.after,
    }


def listing(comparison: Comparison) -> Listing:
    """Every change is a row."""
    reason = comparison.reason
    return Listing(
        "compare",
        comparison.outcome,
        summary(comparison).partition(": ")[2],
        [Table("findings", "What has changed", "finding", [_row(each, comparison) for each in comparison.changes], _COLUMNS)],
        [(str(len(comparison.of(change))), change.value) for change in Change],
        [] if reason is None else [f"The later run could not judge everything: {reason}"],
        undecided(reason),
    )


def _row(each: Changed, comparison: Comparison) -> Row:
    name = f"{each.code} {each.name} {_place(each)}".rstrip()
    return Row(name, each.change.value, _state(each, comparison), each.message, (each.severity.label, _numbers(each)))


def _state(each: Changed, comparison: Comparison) -> State:
    if each.change is Change.GONE:
        return State.GOOD
    if each.change is Change.UNSEEN:
        return State.SKIPPED
    return State.BAD if each.severity >= comparison.fail_on else State.NOTED


REPORTS: Final = formats(listing, text, json)
