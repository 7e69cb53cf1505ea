"""A walk over the pages of one result, and what complete walks show beside earlier ones that differ in one way only."""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from mconn_contracts.judge.reading.views import Identity, ListPage, Summary, Window

Owner = tuple[str, str, str]


@dataclass
class Walk:
    """The pages of one list request and of the cursors that followed it, in order.

    `ended` says that its last page had no cursor. `closed` says that its window lay in the past when it began: no event
    can arrive in it any more. What is cached is to be asked for once the walk is whole.
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
    def distinct(self) -> Mapping[Identity, Summary]:
        """The items of all pages by their identities, each event once, as it came first."""
        found: dict[Identity, Summary] = {}
        for item in self.items():
            found.setdefault(item.identity, item)
        return found

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[Summary, ...]]:
        """The distinct items of each kind, as they came."""
        found: dict[str, list[Summary]] = {}
        for item in self.distinct.values():
            found.setdefault(item.k, []).append(item)
        return {kind: tuple(items) for kind, items in found.items()}

    @cached_property
    def shown(self) -> frozenset[Identity]:
        """The identities of all items."""
        return frozenset(self.distinct)

    def identities(self) -> list[Identity]:
        """The identities of all items, as they came."""
        return [item.identity for item in self.items()]

    def due(self, kind: str | None) -> tuple[Summary, ...]:
        """The distinct items that a filter by kind lets through; no kind lets all through."""
        return self.by_kind.get(kind, ()) if kind else tuple(self.distinct.values())


class Difference(enum.Enum):
    """The one way in which two walks of an owner differ."""

    LIMIT = "limit"
    NOTHING = "nothing"
    KIND = "kind"
    BOUNDS = "bounds"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A complete walk beside an earlier one, and the events that were shown earlier, and are not now though they must be.

    The earlier walk shows the first of these.
    """

    walk: Walk
    earlier: Walk
    missing: tuple[Summary, ...]


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
        self._walks = ((key, walk), *(each for each in self._walks[:2] if each[0] != key))[:2]

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
        for shown in (None, *walk.by_kind) if walk.distinct else ():
            last.setdefault((start, end, shown), _Last()).add(kind, walk)


def _by_bounds(walks: Sequence[Walk], times: Sequence[str], misses: Misses) -> Iterator[Comparison]:
    of_kind: dict[str | None, list[Walk]] = {}
    for walk in walks:
        if walk.window.start is not None and walk.window.end is not None:
            of_kind.setdefault(walk.window.kind, []).append(walk)
    for alike in of_kind.values() if times else ():
        yield from _by_bounds_alike(alike, times, misses)


def _by_bounds_alike(walks: Sequence[Walk], times: Sequence[str], misses: Misses) -> Iterator[Comparison]:
    """The comparisons of walks with one filter by kind: what lies strictly inside a window, by every time that is left."""
    # Of each event, the first walk that shows it, and the first one with other bounds than that.
    shown_by: dict[Identity, list[int]] = {}
    items: list[Summary] = []
    for index, walk in enumerate(walks):
        for identity, item in walk.distinct.items():
            places = shown_by.setdefault(identity, [])
            if not places:
                items.append(item)
            if not places or (len(places) == 1 and walk.window != walks[places[0]].window):
                places.append(index)
    time_of = attrgetter(times[0])
    items.sort(key=time_of)
    ordered = [time_of(item) for item in items]
    for index, walk in enumerate(walks):
        start, end = walk.window.start or 0, walk.window.end or 0
        due: list[tuple[Summary, int]] = []
        for item in items[bisect_right(ordered, start) : bisect_left(ordered, end)]:
            place = next((each for each in shown_by[item.identity] if walks[each].window != walk.window), index)
            if place < index and _lets_through(walk.window, item) and all(start < getattr(item, time) < end for time in times):
                due.append((item, place))
        if due:
            missing = [(item, place) for item, place in due if misses(walk, item)]
            yield Comparison(walk, walks[(missing or due)[0][1]], tuple(item for item, _ in missing))


def _lets_through(window: Window, item: Summary) -> bool:
    return not window.kind or item.k == window.kind


def _beside(walk: Walk, earlier: Walk, due: Iterable[Summary], misses: Misses) -> Comparison:
    return Comparison(walk, earlier, tuple(item for item in due if misses(walk, item)))
