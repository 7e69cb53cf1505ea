"""The gate of coverage: what may be asked for, and what is lacking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.power import MoreData, Power, Seen
from mconn_contracts.model.tally import Tally
from mconn_contracts.policy.coverage_gate import gaps, parse

DOCUMENT = load()


@pytest.mark.parametrize(
    "text, said",
    [
        ("kind=3", "coverage has no measure 'kind'; did you mean 'kinds'?"),
        ("kinds", "'kinds' is not like kinds=3 or kinds=90%"),
        ("kinds=101%", "'kinds=101%' is not like kinds=3 or kinds=90%"),
        ("kinds=-1", "'kinds=-1' is not like kinds=3 or kinds=90%"),
        ("kinds=٣", "is not like kinds=3 or kinds=90%"),
        (",", "it has no measure; write one of kinds, operations, statements, power, such as kinds=16"),
    ],
)
def test_a_gate_that_says_nothing_is_refused(text: str, said: str) -> None:
    """What is not a measure or no amount is wrong use, and the message says what is right."""
    with pytest.raises(UsageError) as error:
        parse(text)

    assert said in str(error.value)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("kinds=2", []),
        ("kinds=12%", []),
        ("kinds=13%", ["kinds: 2 of 16, but 13% are required"]),
        ("operations=1, kinds=3", ["kinds: 2 of 16, but 3 are required", "operations: 0 of 3, but 1 is required"]),
        ("kinds=17", ["kinds: 2 of 16, but 17 are required"]),
    ],
)
def test_what_falls_short_is_said(text: str, expected: list[Any]) -> None:
    """A line for each measure that falls short; a share is rounded up."""
    tally = Tally(exchanges=1)
    for kind in ("Init", "Leave", "Surprise"):
        tally.coverage.saw_kind(kind)

    found = gaps(verdict(Plan(DOCUMENT), tally), DOCUMENT, parse(text))
    assert expected == [line.partition(";")[0] for line in found]


@pytest.mark.parametrize(
    "statuses, missing",
    [({"404": 3}, ["listEvents", "getLatestEvents", "getEvent"]), ({"404": 3, "200": 1}, ["getLatestEvents", "getEvent"])],
)
def test_an_operation_counts_where_it_was_answered(statuses: dict[str, int], missing: list[str]) -> None:
    """Refusals exercise nothing: it takes one answer with 200, and what was not answered is named."""
    tally = Tally(exchanges=3)
    tally.coverage.operations["listEvents"] = statuses

    (gap,) = gaps(verdict(Plan(DOCUMENT), tally), DOCUMENT, parse("operations=3"))
    assert missing == [part.partition(" (")[0] for part in gap.partition("; not exercised: ")[2].split(", ")]


def test_operations_are_counted_of_those_that_were_asked_for() -> None:
    """Of a run that asks for lists alone, one operation is all."""
    tally = Tally(exchanges=1)
    tally.coverage.saw_status("listEvents", 200)

    assert () == gaps(verdict(Plan(DOCUMENT), tally, asked=["listEvents"]), DOCUMENT, parse("operations=100%"))


@pytest.mark.parametrize(
    "least, expected",
    [
        ("power=90%", ()),
        ("power=91%", ("power: 9 of 10, but 91% are required; not exercised: endless-walk",)),
        ("power=10", ("power: 9 of 10, but 10 are required; not exercised: endless-walk",)),
    ],
)
def test_power_is_counted_in_faults(least: str, expected: tuple[str, ...]) -> None:
    """Those that would have been noticed, of those that were tried; the others are named."""
    power = Power(Seen(3, 3, 1, 3), 10, 9, (MoreData("record an event of each kind", ("endless-walk",)),))
    run = replace(verdict(Plan(DOCUMENT), Tally(exchanges=1)), power=power, seed=0)

    assert expected == gaps(run, DOCUMENT, parse(least))


def test_of_many_missing_things_ten_are_named() -> None:
    """A line stays short, and says how many more there are."""
    names = tuple(f"fault-{number}" for number in range(12))
    run = replace(verdict(Plan(DOCUMENT), Tally(exchanges=1)), power=Power(Seen(3, 3, 1, 3), 12, 0, unnoticed=names), seed=0)

    (gap,) = gaps(run, DOCUMENT, parse("power=1"))
    assert f"power: 0 of 12, but 1 is required; not exercised: {', '.join(names[:10])}, and 2 more" == gap


def test_power_that_was_not_measured_is_a_gap_of_a_live_run_only() -> None:
    """A live run that ended before fails; a configuration that asks for it asks nothing of recordings."""
    recorded = verdict(Plan(DOCUMENT), Tally(exchanges=1))

    assert () == gaps(recorded, DOCUMENT, parse("power=90%"))
    assert ("power: not measured, but 90% are required",) == gaps(replace(recorded, seed=0), DOCUMENT, parse("power=90%"))
