"""What a run may spend."""

from __future__ import annotations

import pytest
from tests.live.asking import Clock

from mconn_contracts.live.budget import Budget, BudgetSpentError


def test_a_probe_has_its_share_and_leaves_the_rest() -> None:
    """An allowance ends a probe; the next has its own, and never so much that those after it lack what they need."""
    budget = Budget(10)
    counts = []
    for most, reserved in ((3, 0), (5, 4), (99, 0)):
        budget.allow(most, reserved)
        before = budget.spent
        with pytest.raises(BudgetSpentError):
            spend_all(budget)
        counts.append(budget.spent - before)

    assert ([3, 3, 4], 0) == (counts, budget.left)


def spend_all(budget: Budget) -> None:
    """Spend until nothing is left."""
    while True:
        budget.spend()


def test_requests_keep_their_distance() -> None:
    """With a rate, each request waits until its part of a second after the one before has passed."""
    clock = Clock()
    budget = clock.budget(rate=4)
    for passed in (0.0, 0.0, 0.1, 5.0):
        clock.now += passed
        budget.spend()

    assert [0.25, 0.15] == clock.slept


def test_waits_at_the_same_time_are_one_wait() -> None:
    """Requests that were sent side by side, and are all told to wait, wait once: the time is taken from what there is once."""
    clock = Clock()
    budget = clock.budget(wait=10.0)
    assert [True, True, True] == [budget.hold(6.0), budget.hold(6.0), budget.hold(8.0)]
    budget.spend()

    assert ([8.0], 2.0, False) == (clock.slept, budget.wait, budget.hold(2.5))


def test_a_stopped_budget_spends_nothing() -> None:
    """After a stop no request leaves."""
    budget = Budget(5)
    budget.stop()
    with pytest.raises(BudgetSpentError):
        budget.spend()

    assert 0 == budget.spent
