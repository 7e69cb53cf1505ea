"""What a rule is: a pure function from one view of the traffic to hits, under a statement's code."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from mconn_contracts.model.exchange import Trace
from mconn_contracts.model.finding import Severity

View = TypeVar("View")


class Decision(enum.Enum):
    """A rule yields this when it has what it needs to decide."""

    DECIDED = enum.auto()


DECIDED = Decision.DECIDED


@dataclass(frozen=True, slots=True)
class Hit:
    """A broken promise: where in the body, and what. `check` adds the code, severity, source and line.

    `at` is the exchange that shows it, the judged one by default. `beside` are earlier exchanges that show it together with
    `at`, and `later` are those that came after it. `spec` points into the document, to the statement by default. `at_most`
    limits the severity of a hit that weighs less than its statement.
    """

    pointer: str
    message: str
    spec: str = ""
    at: Trace | None = None
    beside: tuple[Trace, ...] = ()
    later: tuple[Trace, ...] = ()
    at_most: Severity = Severity.ERROR


Ruling = Hit | Decision
Predicate = Callable[[View], Iterator[Ruling]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[View]):
    """The predicate of one statement, and the type of the view that it judges.

    `in_batches` says that the outcomes are equal for all bare payloads of one model that have defects of the same kinds and,
    if they are pages, the same facts (`rules.page`). Then `check` judges one of them, and the others are only counted.
    """

    code: str
    on: type[View]
    predicate: Predicate[View]
    in_batches: bool


def rule(code: str, *, on: type[View], in_batches: bool = False) -> Callable[[Predicate[View]], Rule[View]]:
    """Register a predicate under a statement's code. `in_batches` is as in `Rule`.

    The predicate yields `DECIDED` if the view has what it needs, and a `Hit` for every broken promise, which decides as well.
    """

    def register(predicate: Predicate[View]) -> Rule[View]:
        return Rule(code, on, predicate, in_batches)

    return register
