"""What one session showed, in order: its pages, walks and events. Rules over several responses judge this."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mconn_contracts.contract.api import INTEGERS
from mconn_contracts.judge.reading.events import Events, shown
from mconn_contracts.judge.reading.listed import Listed
from mconn_contracts.judge.reading.order import Disagreement, compare_order
from mconn_contracts.judge.reading.sightings import Appearance, FullAt, ListedAt, Listings
from mconn_contracts.judge.reading.survival import Newest, Survival, fresh
from mconn_contracts.judge.reading.views import (
    Answer,
    AnswerTraits,
    Event,
    FetchedEvent,
    Header,
    Identity,
    LatestPage,
    ListPage,
    Refusal,
    Summary,
    Window,
)
from mconn_contracts.judge.reading.walk import Comparison, Difference, Owner, Walk, compare
from mconn_contracts.model.exchange import Trace
from mconn_contracts.wire.arrays import ARRAY

CLOCK_SLACK = 60.0
"""Seconds past its end after which a window counts as closed by the clock."""


@dataclass(frozen=True)
class History:
    """The views of one session that relate to each other, each with the number of its exchange, in that order."""

    pages: tuple[tuple[int, ListPage], ...] = ()
    latest: tuple[tuple[int, LatestPage], ...] = ()
    fetched: tuple[tuple[int, FetchedEvent], ...] = ()
    refusals: tuple[tuple[int, Refusal], ...] = ()
    traits: Mapping[AnswerTraits, Trace] = field(default_factory=dict)
    """How probes were answered, each way with the first exchange that shows it."""
    heads: tuple[tuple[Header, Header], ...] = ()
    """Answers to HEAD that are no refusal, each with that to the next GET of the same URL."""

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The walks that start at a page without a cursor, in the order in which they began."""
        walks: list[Walk] = []
        waiting: dict[object, Walk] = {}
        newest: dict[Owner, int] = {}
        latest = iter(self.latest)
        latest_seen = next(latest, None)
        for order, page in self.pages:
            while latest_seen is not None and latest_seen[0] < order:
                _see(newest, latest_seen[1])
                latest_seen = next(latest, None)
            if page.owner is None or page.window is None:
                continue
            if page.cursor is None:
                # A server whose events are dated otherwise than by our clock is believed by its own events only.
                started = None if page.owner in self._arriving else page.started
                closed = _closed(page.window, newest.get(page.owner), started)
                walk = Walk(page.owner, page.window, page.limit, closed, [order], [page])
                walks.append(walk)
            else:
                found = waiting.pop(page.step(page.cursor), None)
                if found is None:
                    continue
                walk = found
                walk.orders.append(order)
                walk.pages.append(page)
            if page.next_cursor:
                waiting[page.step(page.next_cursor)] = walk
            _see(newest, page)
        return tuple(walks)

    @cached_property
    def complete_walks(self) -> Mapping[Owner, tuple[Walk, ...]]:
        """The complete walks of each owner, in the order in which they began; of one page, where events expire meanwhile."""
        return self._walks_of(lambda walk: walk.complete)

    @cached_property
    def ended_walks(self) -> Mapping[Owner, tuple[Walk, ...]]:
        """Complete walks, and those of one page on which a window that is still open was shown whole."""
        return self._walks_of(lambda walk: walk.complete or (walk.ended and len(walk.pages) == 1))

    def _walks_of(self, wanted: Callable[[Walk], bool]) -> Mapping[Owner, tuple[Walk, ...]]:
        found: dict[Owner, list[Walk]] = {}
        for walk in self.walks:
            if wanted(walk) and (len(walk.pages) == 1 or walk.owner not in self.expiring):
                found.setdefault(walk.owner, []).append(walk)
        return {owner: tuple(walks) for owner, walks in found.items()}

    @cached_property
    def comparisons(self) -> Mapping[Difference, tuple[Comparison, ...]]:
        """Complete walks beside earlier ones of the same owner, by the one way in which they differ."""
        found = [
            compare(self.complete_walks.get(owner, ()), walks, self.times(owner), self.misses)
            for owner, walks in self.ended_walks.items()
        ]
        return {how: tuple(each for of_owner in found for each in of_owner[how]) for how in Difference}

    @cached_property
    def orders(self) -> tuple[bool, tuple[Disagreement, ...]]:
        """Whether walks of an owner have events in common, and which disagree on which comes first."""
        of_owner: dict[Owner, list[Walk]] = {}
        for walk in self.walks:
            of_owner.setdefault(walk.owner, []).append(walk)
        found = [compare_order(walks) for walks in of_owner.values()]
        return any(compared for compared, _ in found), tuple(each for _, several in found for each in several)

    @cached_property
    def _survival(self) -> _Survivals:
        return _Survivals(self)

    @cached_property
    def _newest(self) -> dict[Owner, Newest]:
        """The newest events of owners whose latest were seen to change: events arrive there."""
        latest: dict[Owner, Newest] = {}
        for order, page in self.latest:
            if page.owner is not None:
                latest.setdefault(page.owner, Newest()).see(_newest_time(page), order)
        found = {owner: Newest() for owner, newest in latest.items() if len(newest.times) > 1}
        for order, view in self._lists_and_latest() if found else ():
            if view.owner in found:
                found[view.owner].see(_newest_time(view), order)
        return found

    def shown(self) -> Iterator[tuple[int, Owner, Identity]]:
        """The newest event that each exchange shows, in order; exchanges that show none, or nobody's, are left out."""
        several = ((order, view.owner, newest_of(view)) for order, view in self._lists_and_latest())
        single = ((order, answer.owner, answer.event.identity) for order, answer in self.fetched)
        for order, owner, newest in heapq.merge(several, single, key=lambda each: each[0]):
            if owner is not None and newest is not None:
                yield order, owner, newest

    def _lists_and_latest(self) -> Iterator[tuple[int, ListPage | LatestPage]]:
        """What shows several events at once, in order."""
        return heapq.merge(self.pages, self.latest, key=lambda each: each[0])

    @cached_property
    def expiring(self) -> frozenset[Owner]:
        """Owners whose events were seen to expire: after one was left out, nothing as old was shown again."""
        found = {
            refusal.call.owner
            for order, refusal in self.refusals
            if refusal.call.identity is not None
            and refusal.call.owner in self.listed
            and refusal.call.identity in self.listed[refusal.call.owner]
            and not self.was_there(refusal.call.owner, refusal.call.identity, order)
        }
        last: dict[tuple[Owner, Window], Walk] = {}
        for walk in self.walks:
            if walk.complete:
                earlier = last.get((walk.owner, walk.window))
                if earlier is not None and walk.owner not in found:
                    gone = map(earlier.distinct.events.identity, earlier.distinct.without(walk.distinct))
                    if not all(self.was_there(walk.owner, identity, walk.begun) for identity in gone):
                        found.add(walk.owner)
                last[walk.owner, walk.window] = walk
        return frozenset(found)

    def misses(self, walk: Walk, item: Summary | Event) -> bool:
        """Whether a walk leaves out an event that was there: it had not expired, and is not so new that caches may lack it."""
        if item.identity in walk.distinct:
            return False
        times = (item.t, item.a) if isinstance(item, Summary) else (item.t,)
        return self.was_there(walk.owner, item.identity, walk.begun) and not self.is_fresh(
            walk.owner, times, walk.orders[-1], walk.pages[-1].started
        )

    def was_there(self, owner: Owner, identity: Identity, order: int) -> bool:
        """Whether an event that was shown had not expired at an exchange, as far as that can be known."""
        return self._survival[owner].was_there(identity, order)

    def remains_by(self, owner: Owner, identity: Identity) -> Trace:
        """The last exchange that shows that an event, which was shown, has not expired."""
        return self._shown_by[self._survival[owner].last_shown(identity)[-1]]

    @cached_property
    def _shown_by(self) -> dict[int, Trace]:
        """The exchanges that show events, by their numbers."""
        views: tuple[tuple[int, ListPage | LatestPage | FetchedEvent], ...] = (*self.pages, *self.latest, *self.fetched)
        return {order: view.trace for order, view in views}

    def is_fresh(self, owner: Owner, times: Sequence[int], order: int, started: float | None) -> bool:
        """Whether an event was recorded or collected within the minute before an exchange: caches may not have it yet."""
        newest = self._newest.get(owner)
        return fresh(times, started, None if newest is None else newest.by(order))

    @cached_property
    def grown(self) -> frozenset[tuple[Owner, Window]]:
        """Results to which events were added though their window is past, such as events that were collected late."""
        grown: set[tuple[Owner, Window]] = set()
        first: dict[tuple[Owner, Window], Walk] = {}
        for walk in self.walks:
            if walk.complete:
                before = first.setdefault((walk.owner, walk.window), walk)
                if before is not walk and any(True for _ in walk.distinct.without(before.distinct)):
                    grown.add((walk.owner, walk.window))
        return frozenset(grown)

    @cached_property
    def _arriving(self) -> frozenset[Owner]:
        """Owners that showed events newer than their latest before: the server's clock runs."""
        newest: dict[Owner, Identity] = {}
        arriving: set[Owner] = set()
        for _, view in self._lists_and_latest():
            shows = newest_of(view)
            if view.owner is None or shows is None:
                continue
            if view.owner in newest and shows > newest[view.owner]:
                arriving.add(view.owner)
            if isinstance(view, LatestPage):
                newest[view.owner] = shows
        return frozenset(arriving)

    @cached_property
    def listed(self) -> dict[Owner, Listings]:
        """The sightings in lists, by owner."""
        pages: dict[Owner, list[tuple[int, ListPage]]] = {}
        for order, page in self.pages:
            if page.owner is not None:
                pages.setdefault(page.owner, []).append((order, page))
        return {owner: Listings(of_owner) for owner, of_owner in pages.items()}

    @cached_property
    def ruled_out(self) -> dict[Owner, dict[str, ListedAt]]:
        """A sighting that rules a time out as the one that an owner's windows filter, by `t` and `a`."""
        found: dict[Owner, dict[str, ListedAt]] = {}
        for order, page in self.pages:
            against = found.setdefault(page.owner, {}) if page.owner is not None else {}
            window = page.window
            if page.owner is None or len(against) == 2 or window is None or window.start is None or window.end is None:
                continue
            for index, item in enumerate(page.items):
                by_t, by_a = window.start <= item.t <= window.end, window.start <= item.a <= window.end
                # An event outside by both times is MC307.
                if by_t != by_a and (outside := "a" if by_t else "t") not in against:
                    against[outside] = self.listed[page.owner].sighting(order, index)
        return found

    def times(self, owner: Owner) -> tuple[str, ...]:
        """The times, `t` and `a`, that an owner's windows may filter by, after every item that was shown."""
        against = self.ruled_out.get(owner, {})
        return tuple(field for field in ("t", "a") if field not in against)

    @cached_property
    def full(self) -> dict[Owner, dict[Identity, list[FullAt]]]:
        """Every sighting in full, by owner and identity, in order."""
        found: dict[Owner, dict[Identity, list[FullAt]]] = {}
        for order, answer in self.fetched:
            if answer.owner is not None and answer.asked in (None, answer.event.identity):
                place = Appearance(answer.trace, "/result", order)
                sightings = found.setdefault(answer.owner, {}).setdefault(answer.event.identity, [])
                sightings.append(FullAt(place, answer.event, latest=False))
        for order, page in self.latest:
            if page.owner is None:
                continue
            for index, event in enumerate(page.items):
                place = Appearance(page.trace, f"/result/items/{index}", order)
                sightings = found.setdefault(page.owner, {}).setdefault(event.identity, [])
                sightings.append(FullAt(place, event, latest=True))
        for of_owner in found.values():
            for sightings in of_owner.values():
                sightings.sort(key=lambda sighting: sighting.place.order)
        return found

    @cached_property
    def among_latest(self) -> dict[Owner, dict[Identity, list[FullAt]]]:
        """The sightings among the latest, by owner and identity, in order."""
        found: dict[Owner, dict[Identity, list[FullAt]]] = {}
        for owner, of_owner in self.full.items():
            for identity, sightings in of_owner.items():
                latest = [sighting for sighting in sightings if sighting.latest]
                if latest:
                    found.setdefault(owner, {})[identity] = latest
        return found

    def latest_beside_listed(self) -> Iterator[tuple[int, LatestPage, Listed]]:
        """Each answer with the latest events, and what lists had shown by then, which is of use until the next is asked for."""
        listed: dict[Owner, Listed] = {}
        pages = iter(self.pages)
        page = next(pages, None)
        for order, latest in self.latest:
            while page is not None and page[0] < order:
                if page[1].owner is not None:
                    items = shown(page[1].items)
                    listed.setdefault(page[1].owner, Listed(items.events)).add(items.numbers)
                page = next(pages, None)
            if latest.owner is not None:
                yield order, latest, listed.get(latest.owner) or Listed(Events())

    @cached_property
    def owners(self) -> tuple[Owner, ...]:
        """Whose events were seen, in order of first sight."""
        return tuple(dict.fromkeys([*self.listed, *self.full]))


def traits_of(answer: Answer) -> AnswerTraits | None:
    """How a declared operation was answered; None if that is not known, or where nobody knows what was asked."""
    intent, status, response = answer.exchange.intent, answer.status, answer.exchange.response
    body = None if answer.decoded is None else answer.decoded.value
    # To be asked to wait is no choice of how to answer.
    if intent is None or status in (None, 429) or answer.operation is None or not isinstance(body, Mapping):
        return None
    numbers = _numbers(body.get("result"))
    return AnswerTraits(
        operation=answer.operation.id,
        status=status or 0,
        credential=intent.credential,
        connector=intent.connector,
        members=frozenset(map(str, body)),
        integral_floats=any(isinstance(number, float) for number in numbers) if numbers else None,
        rate_limits=response.header("ratelimit") is not None,
        coding=response.header("content-encoding") or "identity",
    )


def _numbers(result: object) -> list[int | float]:
    """Numbers of a result that the contract declares as integers: the outermost, and those of the first item."""
    if not isinstance(result, Mapping):
        return []
    items = result.get("items")
    first = items[0] if isinstance(items, ARRAY) and items and isinstance(items[0], Mapping) else {}
    values = [each.get(name) for each in (result, first) for name in INTEGERS]
    return [value for value in values if isinstance(value, int | float)]


class _Survivals(dict[Owner, Survival]):
    """The survival of each owner's events, which is learned once it is asked for."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __missing__(self, owner: Owner) -> Survival:
        found = self[owner] = Survival(self._history.listed.get(owner), self._history.full.get(owner, {}))
        return found


def newest_of(view: ListPage | LatestPage) -> Identity | None:
    """The newest event that a view shows."""
    if isinstance(view, ListPage):
        return shown(view.items).newest
    return max((event.identity for event in view.items), default=None)


def _newest_time(view: ListPage | LatestPage) -> int | None:
    newest = newest_of(view)
    return None if newest is None else newest[0]


def _see(newest: dict[Owner, int], view: ListPage | LatestPage) -> None:
    time = _newest_time(view)
    if view.owner is not None and time is not None:
        newest[view.owner] = max(newest.get(view.owner, time), time)


def _closed(window: Window, newest: int | None, started: float | None) -> bool:
    """Whether a window lies in the past: an event after its end was already seen, or the clock is past it."""
    if window.end is None:
        return False
    if newest is not None and newest > window.end:
        return True
    return started is not None and started > window.end + CLOCK_SLACK
