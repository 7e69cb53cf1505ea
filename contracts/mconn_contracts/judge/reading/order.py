"""The order of lists: whether one follows `t` or `a`, and whether lists agree on which of two events comes first."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mconn_contracts.judge.reading.views import Identity, Summary
from mconn_contracts.judge.reading.walk import Walk


@dataclass(frozen=True, slots=True)
class Disorder:
    """Where a list leaves an order, by the index of the item. A server may have chosen another order: then it is `chosen`."""

    index: int
    words: str
    chosen: bool


def directions(values: Sequence[int]) -> frozenset[int]:
    """The directions that values may have been sorted in: 1 up, -1 down; both where all are equal, none where neither."""
    steps = {(other > one) - (other < one) for one, other in itertools.pairwise(values)}
    return frozenset(direction for direction in (1, -1) if -direction not in steps)


def disorder(items: Sequence[Summary]) -> Disorder | None:
    """Where a list follows neither `t` nor `a`, or where events of one second do not follow `n`.

    Where a list ascends by `t`, `n` orders the events of a second, as it is documented; any other order is chosen.
    """
    times, collected = [item.t for item in items], [item.a for item in items]
    by_t, by_a = directions(times), directions(collected)
    if not by_t:
        return None if by_a else _neither(items)
    wrong = [
        index
        for index, (one, other) in enumerate(itertools.pairwise(items), 1)
        if one.t == other.t and one.n != other.n and not any(way * (other.a - one.a) > 0 for way in by_a)
    ]
    ascending = [index for index in wrong if items[index].n > items[index - 1].n]
    descending = [index for index in wrong if items[index].n < items[index - 1].n]
    if len(by_t) == 2:
        # Of one second, either direction may be that of the whole list.
        found = max(ascending[0], descending[0]) if ascending and descending else None
    else:
        found = next(iter(descending if by_t == {1} else ascending), None)
    if found is None:
        return None
    one, other = items[found - 1], items[found]
    way = "descends" if by_t == {-1} else "ascends"
    words = f"the list {way} by t, but within second {other.t}, n {other.n} comes after n {one.n}"
    return Disorder(found, words, chosen=by_t != {1})


def _neither(items: Sequence[Summary]) -> Disorder:
    """The first item that breaks both the direction of `t` and that of `a`, or the later of the two that do."""
    found = max(_turn([item.t for item in items]), _turn([item.a for item in items]))
    one, other = items[found - 1], items[found]
    words = f"the list follows neither t nor a: {other.identity}, a {other.a}, comes after {one.identity}, a {one.a}"
    return Disorder(found, words, chosen=True)


def _turn(values: Sequence[int]) -> int:
    """The index of the first value that goes another way than those before it."""
    way = 0
    for index, (one, other) in enumerate(itertools.pairwise(values), 1):
        step = (other > one) - (other < one)
        if step and step == -way:
            return index
        way = way or step
    return 0


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two lists: `walk` shows `first` before `second`, and `other` shows them the other way round."""

    walk: Walk
    other: Walk
    first: Identity
    second: Identity


@dataclass
class _Ranks:
    """Where lists have shown events: each event in the longest list that has it, and its place there."""

    places: dict[Identity, tuple[int, int]] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)

    def steps(self, walk: Walk) -> Iterator[tuple[int, Disagreement]]:
        """Each step from an event to the next of the same longer list: 1 as there, -1 the other way round."""
        last: dict[int, tuple[int, Identity]] = {}
        for identity in walk.distinct:
            if identity in self.places:
                number, place = self.places[identity]
                if number in last:
                    before, first = last[number]
                    yield (1 if place > before else -1), Disagreement(walk, self.walks[number], first, identity)
                last[number] = (place, identity)

    def add(self, walk: Walk) -> None:
        """Keep the places of events that no longer list has."""
        new = [identity for identity in walk.distinct if identity not in self.places]
        self.places |= {identity: (len(self.walks), place) for place, identity in enumerate(new)}
        self.walks.append(walk)


def compare_order(walks: Iterable[Walk]) -> tuple[bool, tuple[Disagreement, ...]]:
    """Whether walks of one owner have events in common, and which disagree on which comes first.

    Lists with a filter may all be the reverse of those without one.
    """
    longest_first = sorted(walks, key=lambda walk: len(walk.distinct), reverse=True)
    unfiltered, filtered = _Ranks(), _Ranks()
    found: list[Disagreement] = []
    compared = False
    ways: dict[int, Disagreement] = {}
    for walk in longest_first:
        ranks = filtered if walk.window.kind else unfiltered
        steps = list(ranks.steps(walk))
        compared = compared or bool(steps)
        found += itertools.islice((each for way, each in steps if way < 0), 1)
        ranks.add(walk)
    for walk in longest_first if unfiltered.walks else ():
        if walk.window.kind:
            own = dict(unfiltered.steps(walk))
            compared = compared or bool(own)
            if len(own) == 2:
                found.append(own[-1])
            else:
                ways = {**own, **ways}
    if len(ways) == 2:
        found.append(ways[-1])
    return compared, tuple(found)
