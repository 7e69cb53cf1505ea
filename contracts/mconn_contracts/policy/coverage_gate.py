"""Coverage as a gate: how much a run must exercise at least, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mconn_contracts.contract.document import Document
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import nearest
from mconn_contracts.model.verdict import Verdict

POWER = "power"
"""The measure of what a run could have noticed, which only `mconn test` has."""
MEASURES = ("kinds", "operations", "statements", POWER)
_SHOWN = 10
"""Missing things that a gap names."""


@dataclass(frozen=True, slots=True)
class Least:
    """The least that one measure must reach: a number, or a share in percent."""

    amount: int
    share: bool = False

    def __str__(self) -> str:
        return f"{self.amount}%" if self.share else str(self.amount)

    @property
    def required(self) -> str:
        """What a gap says of it."""
        return f"{self} {'is' if str(self) == '1' else 'are'} required"

    def of(self, total: int) -> int:
        """The number that is required out of a total."""
        return math.ceil(total * self.amount / 100) if self.share else self.amount


FailUnder = Mapping[str, Least]


def parse(text: str, measures: Sequence[str] = MEASURES) -> FailUnder:
    """The gate of a text such as `kinds=16,operations=3,statements=90%`; UsageError if a measure is unknown."""
    least: dict[str, Least] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, value = (word.strip() for word in part.partition("="))
        if name not in measures:
            raise UsageError(f"{part!r}: coverage has no measure {name!r}; {nearest(name, measures)}")
        number = value.removesuffix("%")
        share = number != value
        if not (number.isascii() and number.isdigit() and len(number) < 10) or (share and int(number) > 100):
            raise UsageError(f"{part!r} is not like {name}=3 or {name}=90%")
        least[name] = Least(int(number), share)
    if not least:
        raise UsageError(f"it has no measure; write one of {', '.join(measures)}, such as {measures[0]}=16")
    return least


def gaps(verdict: Verdict, document: Document, least: FailUnder) -> tuple[str, ...]:
    """A line for each measure that a run does not reach: how much was exercised, and what was not."""
    return tuple(_gaps(verdict, document, least))


def _gaps(verdict: Verdict, document: Document, least: FailUnder) -> Iterator[str]:
    coverage = verdict.tally.coverage
    missing = {
        "kinds": [kind for kind in verdict.kinds if kind not in coverage.kinds],
        "operations": [
            f"{each.id} ({each.method} {each.path})"
            for each in document.operations
            if each.id in verdict.operations and each.id not in coverage.answered
        ],
        "statements": [f"{code} {document.statement(code).name}" for code in verdict.statements if code not in coverage.decided],
    }
    totals = {"kinds": len(verdict.kinds), "operations": len(verdict.operations), "statements": len(verdict.statements)}
    if verdict.power is not None:
        totals[POWER] = verdict.power.faults
        missing[POWER] = [*(name for each in verdict.power.more for name in each.faults), *verdict.power.unnoticed]
    for measure in MEASURES:
        if measure not in least or (measure == POWER and verdict.seed is None):
            continue
        if measure not in totals:
            yield f"{measure}: not measured, but {least[measure].required}"
            continue
        total, seen = totals[measure], totals[measure] - len(missing[measure])
        if seen < least[measure].of(total):
            named = f"not exercised: {first_of(missing[measure])}" if missing[measure] else "there are no more to exercise"
            yield f"{measure}: {seen} of {total}, but {least[measure].required}; {named}"


def first_of(missing: Sequence[str]) -> str:
    """The names that a gap has room for, and how many more there are."""
    more = len(missing) - _SHOWN
    return ", ".join(missing[:_SHOWN]) + (f", and {more} more" if more > 0 else "")
