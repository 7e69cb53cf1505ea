"""The reports of two reports compared, for people and for programs (comparison.schema.json)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Final

from mconn_contracts.model.comparison import Change, Changed, Comparison
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.indented import encode


def text(comparison: Comparison) -> Iterator[str]:
    """Each change, then the verdict."""
    for each in comparison.changes:
        place = " ".join(part for part in (each.operation, each.source, each.pointer) if part)
        yield f"{logged(f'{each.change}: {each.code} {each.name} ({each.severity.label}), {_numbers(each)} {place}'.rstrip())}\n"
        yield f"{logged(f'  {each.message}')}\n"
    if comparison.reason is not None:
        yield f"{logged(f'The later run could not judge everything: {comparison.reason}')}\n"
    yield f"{summary(comparison)}\n"


def _numbers(each: Changed) -> str:
    return f"{each.before} → {each.after}"


def summary(comparison: Comparison) -> str:
    """The verdict in one line."""
    counts = ", ".join(f"{len(comparison.of(change))} {change}" for change in Change)
    return logged(f"{comparison.outcome}: {comparison.old} → {comparison.new}; {counts}")


def json(comparison: Comparison) -> Iterator[str]:
    """One JSON document."""
    yield from encode(
        {
            "version": 1,
            "tool": {"name": "mconn", "version": version("mconn-contracts")},
            "outcome": comparison.outcome,
            "reason": comparison.reason,
            "old": comparison.old,
            "new": comparison.new,
            "counts": {change.value: len(comparison.of(change)) for change in Change},
            "changes": [
                {
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
                for each in comparison.changes
            ],
        }
    )
    yield "\n"


REPORTS: Final[Mapping[str, Callable[[Comparison], Iterator[str]]]] = {"text": text, "json": json}
