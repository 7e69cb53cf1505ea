"""The reports of a replay, for people and for programs (replay.schema.json)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Final

from mconn_contracts.model.replayed import Now, ReplayVerdict
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.indented import encode
from mconn_contracts.reports.wording import number


def text(verdict: ReplayVerdict) -> Iterator[str]:
    """Each finding of the report, then the verdict."""
    for each in verdict.findings:
        place = " ".join(part for part in (each.operation, each.pointer) if part)
        words = f": {each.words}" if each.words else ""
        yield f"{logged(f'{each.now}: {each.code} {each.name} {place}'.rstrip() + words)}\n"
    if verdict.could_not_judge is not None:
        yield f"{logged(f'Could not judge: {verdict.could_not_judge}')}\n"
    yield f"{summary(verdict)}\n"


def summary(verdict: ReplayVerdict) -> str:
    """The verdict in one line."""
    counts = ", ".join(f"{verdict.total(now)} {now}" for now in Now)
    asked = f"{number(verdict.requests, 'request')} to {verdict.server}"
    return logged(f"{verdict.outcome}: {asked}; {counts}")


def json(verdict: ReplayVerdict) -> Iterator[str]:
    """One JSON document."""
    yield from encode(
        {
            "version": 1,
            "tool": {"name": "mconn", "version": version("mconn-contracts")},
            "outcome": verdict.outcome,
            "reason": verdict.could_not_judge,
            "report": verdict.report,
            "server": verdict.server,
            "requests": verdict.requests,
            "counts": {now.value: verdict.total(now) for now in Now},
            "findings": [
                {
                    "code": each.code,
                    "name": each.name,
                    "operation": each.operation,
                    "pointer": each.pointer,
                    "now": each.now.value,
                    "words": each.words,
                }
                for each in verdict.findings
            ],
        }
    )
    yield "\n"


REPORTS: Final[Mapping[str, Callable[[ReplayVerdict], Iterator[str]]]] = {"text": text, "json": json}
