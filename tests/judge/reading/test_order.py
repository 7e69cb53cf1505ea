"""The order of a list: every list of a few events is told to follow `t` or `a`, or where it does not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from mconn_contracts.judge.reading.order import directions, disorder
from mconn_contracts.judge.reading.views import Summary


def sorted_in(values: Sequence[int]) -> set[int]:
    """The directions that values are sorted in."""
    return {way for way in (1, -1) if list(values) == sorted(values, reverse=way < 0)}


def test_directions_are_those_of_sorting() -> None:
    """Of all sequences of up to four values."""
    for length in range(5):
        for values in itertools.product(range(3), repeat=length):
            assert sorted_in(values) == directions(values), values


def first_turn(values: Sequence[int]) -> int:
    """The least index up to which values are sorted in no direction."""
    return next(index for index in range(len(values)) if not sorted_in(values[: index + 1]))


def test_lists_of_no_order_are_found_where_both_are_broken() -> None:
    """Of all lists of four events in different seconds: where `t` and `a` both have turned."""
    found = 0
    for times in itertools.permutations(range(4)):
        for collected in itertools.product(range(2), repeat=4):
            items = [Summary(t, 0, a, "a") for t, a in zip(times, collected, strict=True)]
            outcome = disorder(items)
            if sorted_in(times) or sorted_in(collected):
                assert outcome is None, items
            else:
                assert outcome is not None
                expected = max(first_turn(times), first_turn(collected))
                assert (expected, True) == (outcome.index, outcome.chosen), items
                one, other = items[expected - 1], items[expected]
                words = f"{other.identity}, a {other.a}, comes after {one.identity}, a {one.a}"
                assert f"the list follows neither t nor a: {words}" == outcome.words, items
                found += 1
    assert found


@pytest.mark.parametrize("way", [1, -1])
def test_events_of_one_second_follow_their_numbers(way: int) -> None:
    """In a list by `t` with a second of three events: `n` follows its direction, unless `a` says why it does not."""
    for numbers in itertools.permutations(range(3)):
        for collected in itertools.product(range(2), repeat=3):
            second = [Summary(5, n, 20 + a, "a") for n, a in zip(numbers, collected, strict=True)]
            ends = [Summary(5 - way, 0, 10 if way > 0 else 30, "a"), Summary(5 + way, 0, 30 if way > 0 else 10, "a")]
            items = [ends[0], *second, ends[1]]
            by_a = sorted_in([item.a for item in items])
            against = [
                index + 2
                for index, (one, other) in enumerate(itertools.pairwise(second))
                if (other.n - one.n) * way < 0 and not any((other.a - one.a) * each > 0 for each in by_a)
            ]
            outcome = disorder(items)

            assert (against[0] if against else None) == (None if outcome is None else outcome.index), items
            if outcome is not None:
                one, other = items[outcome.index - 1], items[outcome.index]
                name = "ascends" if way > 0 else "descends"
                expected = f"the list {name} by t, but within second 5, n {other.n} comes after n {one.n}"
                assert (expected, way < 0) == (outcome.words, outcome.chosen), items


@pytest.mark.parametrize(
    "numbers, collected, expected",
    [
        ((), (), None),
        ((1,), (0,), None),
        ((0, 1, 2), (0, 0, 0), None),
        ((2, 1, 0), (0, 0, 0), None),
        ((0, 2, 1), (0, 0, 0), 2),
        ((2, 0, 1), (0, 0, 0), 2),
        ((0, 1, 0), (0, 0, 0), 2),
        ((0, 0, 1), (0, 0, 0), None),
        # The time of collection says why.
        ((0, 2, 1), (0, 1, 2), None),
        ((0, 2, 1), (2, 1, 0), None),
        ((0, 2, 1), (0, 1, 0), 2),
    ],
)
def test_a_list_of_one_second_may_go_either_way(
    numbers: tuple[int, ...], collected: tuple[int, ...], expected: int | None
) -> None:
    """But not both, where the time of collection does not say why."""
    outcome = disorder([Summary(5, n, a, "a") for n, a in zip(numbers, collected, strict=True)])

    assert expected == (None if outcome is None else outcome.index)
    assert outcome is None or outcome.chosen
