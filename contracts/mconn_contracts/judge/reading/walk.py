"""A walk over the pages of one result, and what complete walks show beside earlier ones that differ in one way only."""

from __future__ import annotations

import enum
import itertools
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mconn_contracts.judge.reading.events import Distinct, Numbers, shown, sorted_by, zeros
from mconn_contracts.judge.reading.views import Identity, ListPage, Summary, Window

Owner = tuple[str, str, str]


@dataclass
class Walk:
    """The pages of one list request and of the cursors that followed it, in order.

    `ended` says that its last page had no cursor. `closed` says that its window lay in the past when it began: no event
    can arrive in it any more. Ask for what is cached only when the walk is whole.
    """

    owner: Owner
    window: Window
    limit: int | None
    closed: bool
    orders: list[int]
    pages: list[ListPage]

    @property
    def ended(self) -> bool:
        """Whether the last page said that nothing follows."""
        return not self.pages[-1].next_cursor

    @property
    def complete(self) -> bool:
        """Whether the walk shows the whole result of a window that no longer changes."""
        return self.ended and self.closed

    @property
    def begun(self) -> int:
        """The order of its first exchange."""
        return self.orders[0]

    def items(self) -> Iterator[Summary]:
        """The items of all pages, as they came."""
        for page in self.pages:
            yield from page.items

    @cached_property
    def distinct(self) -> Distinct:
        """The events of all pages, each once, as it came first."""
        pages = [shown(page.items) for page in self.pages]
        return Distinct(pages[0].events, pages)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its events, in the order of first sight."""
        return tuple(dict.fromkeys(item.k for item in self.distinct.items))

    @cached_property
    def _by_kind(self) -> Mapping[str, Numbers]:
        found: dict[str, Numbers] = {}
        for number, item in zip(self.distinct.numbers, self.distinct.items, strict=True):
            found.setdefault(item.k, array("i")).append(number)
        return found

    def identities(self) -> list[Identity]:
        """The identities of all items, as they came."""
        return [item.identity for item in self.items()]

    def due(self, kind: str | None) -> Numbers:
        """The events that a filter by kind lets through, by their numbers; no kind lets all through."""
        return self._by_kind.get(kind, array("i")) if kind else self.distinct.numbers


class Difference(enum.Enum):
    """The one way in which two walks of an owner differ."""

    LIMIT = enum.auto()
    NOTHING = enum.auto()
    KIND = enum.auto()
    BOUNDS = enum.auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A complete walk beside an earlier one, and what was shown earlier, and is not now though it must be.

    `missing` is the first of these events, which the earlier walk shows, and `number` how many there are.
    """

    walk: Walk
    earlier: Walk
    missing: Summary | None
    number: int


Misses = Callable[[Walk, Summary], bool]
"""Whether a walk leaves out an event that it must show."""


def compare(
    walks: Sequence[Walk], ended: Sequence[Walk], times: Sequence[str], misses: Misses
) -> Mapping[Difference, Sequence[Comparison]]:
    """The complete walks of one owner, each beside the last earlier one that differs so and shows what it must show too.

    Windows are compared among all that `ended`: what lies inside one must be shown, whether more comes or not. `times` are
    the times, `t` and `a`, that windows may filter by. Every walk is looked at in steps of the order of what it shows itself,
    as long as it shows all that is due.
    """
    return {
        Difference.LIMIT: tuple(_by_limit(walks, misses)),
        Difference.NOTHING: tuple(_asked_again(walks, misses)),
        Difference.KIND: tuple(_by_kind(walks, misses)),
        Difference.BOUNDS: tuple(_by_bounds(ended, times, misses)),
    }


class _Last:
    """The last walk, and the last one that differs from it in a key: enough to know the last one with another key."""

    def __init__(self) -> None:
        self._walks: tuple[tuple[object, Walk], ...] = ()

    def add(self, key: object, walk: Walk) -> None:
        self._walks = ((key, walk), *(each for each in self._walks if each[0] != key))[:2]

    def with_another(self, key: object) -> Walk | None:
        return next((walk for other, walk in self._walks if other != key), None)


def _by_limit(walks: Iterable[Walk], misses: Misses) -> Iterator[Comparison]:
    last: dict[Window, _Last] = {}
    for walk in walks:
        same_result = last.setdefault(walk.window, _Last())
        earlier = same_result.with_another(walk.limit)
        if earlier is not None:
            yield _beside(walk, earlier, earlier.due(None), misses)
        same_result.add(walk.limit, walk)


def _asked_again(walks: Iterable[Walk], misses: Misses) -> Iterator[Comparison]:
    last: dict[tuple[Window, int | None], Walk] = {}
    for walk in walks:
        earlier = last.get((walk.window, walk.limit))
        if earlier is not None:
            yield _beside(walk, earlier, earlier.due(walk.window.kind), misses)
        last[walk.window, walk.limit] = walk


def _by_kind(walks: Iterable[Walk], misses: Misses) -> Iterator[Comparison]:
    last: dict[tuple[int | None, int | None, str | None], _Last] = {}
    for walk in walks:
        start, end, kind = walk.window.start, walk.window.end, walk.window.kind
        earlier = last.setdefault((start, end, kind or None), _Last()).with_another(kind)
        if earlier is not None:
            yield _beside(walk, earlier, earlier.due(kind), misses)
        for shows in (None, *walk.kinds) if walk.distinct else ():
            last.setdefault((start, end, shows), _Last()).add(kind, walk)


def _by_bounds(walks: Sequence[Walk], times: Sequence[str], misses: Misses) -> Iterator[Comparison]:
    of_kind: dict[str | None, list[Walk]] = {}
    for walk in walks:
        if walk.window.start is not None and walk.window.end is not None:
            of_kind.setdefault(walk.window.kind, []).append(walk)
    for alike in of_kind.values() if times else ():
        # What one window shows at any limit is compared otherwise.
        if any(walk.window != alike[0].window for walk in alike):
            yield from _by_bounds_alike(alike, times, misses)


def _by_bounds_alike(walks: Sequence[Walk], times: Sequence[str], misses: Misses) -> Iterator[Comparison]:
    """The comparisons of walks with one filter by kind: what lies strictly inside a window, by every time that is left."""
    events = walks[0].distinct.events
    # Of each event, the first walk that shows it, and the first one with other bounds than that; one more than their index.
    first, other = (zeros(len(events)) for _ in range(2))
    numbers: Numbers = array("i")
    for index, walk in enumerate(walks):
        # What a filter should not have let through is another fault, and due nowhere.
        for number in walk.due(walk.window.kind):
            if not first[number]:
                first[number] = index + 1
                numbers.append(number)
            elif not other[number] and walk.window != walks[first[number] - 1].window:
                other[number] = index + 1
    time_of, fields = events.time(times[0]), [events.time(time) for time in times]
    ordered = sorted_by(numbers, time_of)
    for index, walk in enumerate(walks):
        start, end = walk.window.start or 0, walk.window.end or 0
        earlier: Walk | None = None
        missing: Summary | None = None
        left_out = 0
        inside = slice(bisect_right(ordered, start, key=time_of), bisect_left(ordered, end, key=time_of))
        for number in ordered[inside]:
            place = (first[number] if walks[first[number] - 1].window != walk.window else other[number] or index + 1) - 1
            if place < index and all(start < time(number) < end for time in fields):
                item = events.summary(number)
                if misses(walk, item):
                    left_out += 1
                    if missing is None:
                        missing, earlier = item, walks[place]
                earlier = earlier or walks[place]
        if earlier is not None:
            yield Comparison(walk, earlier, missing, left_out)


def _beside(walk: Walk, earlier: Walk, due: Iterable[int], misses: Misses) -> Comparison:
    events = walk.distinct.events
    lacking = map(events.summary, itertools.filterfalse(walk.distinct.has, due))
    missing, number = None, 0
    for item in lacking:
        if misses(walk, item):
            missing, number = missing or item, number + 1
    return Comparison(walk, earlier, missing, number)
