"""The order of lists: whether a list is sorted by `t` or `a`, and whether lists agree on which of two events comes first."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from mconn_contracts.judge.reading.events import Events, zeros
from mconn_contracts.judge.reading.views import Identity, Summary
from mconn_contracts.judge.reading.walk import Walk

_T, _A = attrgetter("t"), attrgetter("a")


@dataclass(frozen=True, slots=True)
class Disorder:
    """The index of the item where a list leaves its order. `chosen` says that a server may choose such an order."""

    index: int
    words: str
    chosen: bool


def directions(values: Iterable[int]) -> frozenset[int]:
    """The directions in which values are sorted: 1 up, -1 down. Both if all are equal, none if they are not sorted."""
    up = down = False
    for one, other in itertools.pairwise(values):
        up, down = up or other > one, down or other < one
        if up and down:
            break
    return frozenset(direction for direction, against in ((1, down), (-1, up)) if not against)


def disorder(items: Sequence[Summary]) -> Disorder | None:
    """The place where a list is sorted neither by `t` nor by `a`, or where events of one second are not sorted by `n`.

    In a list that ascends by `t`, `n` orders the events of a second, as documented. Any other order is a choice.
    """
    by_t, by_a = directions(map(_T, items)), directions(map(_A, items))
    if not by_t:
        return None if by_a else _neither(items)
    # The first steps within a second that `a` does not explain.
    ascending = descending = None
    for index, (one, other) in enumerate(itertools.pairwise(items), 1):
        if one.t == other.t and one.n != other.n and not any(way * (other.a - one.a) > 0 for way in by_a):
            if other.n > one.n:
                ascending = ascending or index
            else:
                descending = descending or index
    if len(by_t) == 2:
        # If all events are of one second, either direction may be that of the list.
        found = max(ascending, descending) if ascending and descending else None
    else:
        found = descending if by_t == {1} else ascending
    if found is None:
        return None
    one, other = items[found - 1], items[found]
    way = "descends" if by_t == {-1} else "ascends"
    words = f"the list {way} by t, but within second {other.t}, n {other.n} comes after n {one.n}"
    return Disorder(found, words, chosen=by_t != {1})


def _neither(items: Sequence[Summary]) -> Disorder:
    """The first item by which both the direction of `t` and the direction of `a` are broken."""
    found = max(_turn(map(_T, items)), _turn(map(_A, items)))
    one, other = items[found - 1], items[found]
    words = f"the list follows neither t nor a: {other.identity}, a {other.a}, comes after {one.identity}, a {one.a}"
    return Disorder(found, words, chosen=True)


def _turn(values: Iterable[int]) -> int:
    """The index of the first value that goes in another direction than those before it."""
    way = 0
    for index, (one, other) in enumerate(itertools.pairwise(values), 1):
        step = (other > one) - (other < one)
        if step and step == -way:
            return index
        way = way or step
    return 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two lists that agree: `walk` and `other` both show `first` before `second`."""

    walk: Walk
    other: Walk
    first: Identity
    second: Identity


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two lists that disagree: `walk` shows `first` before `second`, and `other` shows `second` before `first`.

    `unlike` is there if `walk` alone has a filter, and so might be the reverse of `other`: of two lists with a filter and without
    one, it shows that not all are.
    """

    walk: Walk
    other: Walk
    first: Identity
    second: Identity
    unlike: Agreement | None = None


Step = tuple[int, int, int, int]
"""A step between two events of a list that stand in a longer one: 1 in its direction, -1 against it; then the index of the longer
list, and the numbers of both events."""


class _Ranks:
    """The place of each event in the longest list that has it."""

    def __init__(self, events: Events) -> None:
        self.walks: list[Walk] = []
        self._places = zeros(len(events))
        """For each event, its place among all that were added, plus one."""
        self._starts: list[int] = []
        """The place of the first event that each walk added."""
        self._number = 0

    def steps(self, walk: Walk) -> Iterator[Step]:
        """Each step between two events that stand in the same longer list."""
        last: dict[int, tuple[int, int]] = {}
        for number in walk.distinct.numbers:
            place = self._places[number]
            if place:
                index = bisect_left(self._starts, place) - 1
                if index in last:
                    before, first = last[index]
                    yield 1 if place > before else -1, index, first, number
                last[index] = (place, number)

    def pair(self, walk: Walk, step: Step) -> tuple[Walk, Walk, Identity, Identity]:
        """The walk and the longer list that a step compares, and both events in the order of the walk."""
        _, index, first, second = step
        identity = walk.distinct.events.identity
        return walk, self.walks[index], identity(first), identity(second)

    def add(self, walk: Walk) -> None:
        """Keep the places of the events that no longer list has."""
        self.walks.append(walk)
        self._starts.append(self._number)
        for number in walk.distinct.numbers:
            if not self._places[number]:
                self._number += 1
                self._places[number] = self._number


def compare_order(walks: Sequence[Walk]) -> tuple[bool, tuple[Disagreement, ...]]:
    """Whether walks of one owner have events in common, and which walks disagree on which event comes first.

    Lists with a filter may all be the reverse of those without one.
    """
    if len(walks) < 2:
        return False, ()
    longest_first = sorted(walks, key=lambda walk: len(walk.distinct), reverse=True)
    ranks = {filtered: _Ranks(walks[0].distinct.events) for filtered in {bool(walk.window.kind) for walk in walks}}
    found: list[Disagreement] = []
    compared = False
    ways: dict[int, tuple[Walk, Step]] = {}
    for walk in longest_first:
        alike = ranks[bool(walk.window.kind)]
        turned = None
        for step in alike.steps(walk):
            compared = True
            if step[0] < 0:
                turned = step
                break
        if turned is not None:
            found.append(Disagreement(*alike.pair(walk, turned)))
        alike.add(walk)
    for walk in longest_first if len(ranks) == 2 else ():
        if walk.window.kind:
            own = {step[0]: (walk, step) for step in ranks[False].steps(walk)}
            compared = compared or bool(own)
            if len(own) == 2:
                found.append(Disagreement(*ranks[False].pair(*own[-1]), Agreement(*ranks[False].pair(*own[1]))))
            else:
                ways = {**own, **ways}
    if len(ways) == 2:
        found.append(Disagreement(*ranks[False].pair(*ways[-1]), Agreement(*ranks[False].pair(*ways[1]))))
    return compared, tuple(found)
