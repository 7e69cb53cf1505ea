"""The choices of the recorded servers where nothing is documented: seen in each capture, and reported for all together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from mconn_contracts.captures.capture import is_bare_ndjson, records
from mconn_contracts.captures.records import Order, ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.model.exchange import Exchange


def observed_choices(inputs: Iterable[Input], plan: Plan, reading: ReadOptions) -> tuple[Choice, ...]:
    """The choices that the captures show. If two captures show different values, they come from two servers and are left out.

    A capture that cannot be read to its end counts up to the place of the error.
    """
    found: dict[str, Choice] = {}
    disputed: set[str] = set()
    for source in inputs:
        for choice in _of_capture(source, plan, reading):
            before = found.setdefault(choice.name, choice)
            if before.value != choice.value:
                disputed.add(choice.name)
    return tuple(choice for name, choice in found.items() if name not in disputed)


def _of_capture(source: Input, plan: Plan, reading: ReadOptions) -> tuple[Choice, ...]:
    session = Session(plan)
    with contextlib.suppress(InputError):
        if is_bare_ndjson(source, reading):
            return ()
        for record in records(source, reading):
            if isinstance(record, Exchange):
                session.observe(record)
            elif isinstance(record, Order):
                session.put_in_order(record)
    return session.observe_behavior()
