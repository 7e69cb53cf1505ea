"""What a run may spend."""

from __future__ import annotations

import threading

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


def test_what_cannot_leave_before_the_deadline_is_not_waited_for() -> None:
    """At a slow rate the time is over at once, where the next request would leave after it: --max-time holds."""
    clock = Clock()
    budget = clock.budget(rate=0.1, deadline=clock.now + 15)
    budget.spend()
    budget.spend()
    with pytest.raises(BudgetSpentError):
        budget.spend()

    assert ([10.0], True, 2) == (clock.slept, budget.time_is_over, budget.spent)


def test_a_rate_of_next_to_nothing_is_waited_for_as_long_as_can_be() -> None:
    """A time beyond what a thread can wait is cut to that."""
    clock = Clock()
    budget = clock.budget(rate=1e-300)
    budget.spend()
    budget.spend()

    assert [round(threading.TIMEOUT_MAX, 6)] == clock.slept


def test_a_deadline_only_comes_earlier() -> None:
    """A later one changes nothing."""
    budget = Budget(1)
    deadlines = []
    for deadline in (9.0, 12.0, 7.0):
        budget.end_by(deadline)
        deadlines.append(budget.deadline)

    assert [9.0, 9.0, 7.0] == deadlines
