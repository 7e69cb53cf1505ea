"""MC5xx, second half: windows and filters show parts of one and the same set of events."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import Literal

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.sightings import FullAt, ListedAt, Listings
from mconn_contracts.judge.reading.walk import Difference, Owner, Walk
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.judge.rules.walks import place_of
from mconn_contracts.wire.decoding import excerpt

_DAY = 86_400
Bound = Literal["from", "to"]
BOUNDS: tuple[Bound, ...] = ("from", "to")


@rule("MC509", on=History)
def answer_unstable(history: History) -> Iterator[Ruling]:
    """The same list request shows the same events each time, if its window lies in the past."""
    yield from _missing(history, Difference.NOTHING, "the same request no longer shows events that it showed before")


@rule("MC510", on=History)
def filter_incomplete(history: History) -> Iterator[Ruling]:
    """The filtered results of all kinds together are the unfiltered result."""
    yield from _missing(history, Difference.KIND, "the result leaves out events that the same window shows with another `k`")


@rule("MC511", on=History)
def window_incomplete(history: History) -> Iterator[Ruling]:
    """A window shows every event strictly inside it that another window shows."""
    yield from _missing(
        history, Difference.BOUNDS, "the window leaves out events that lie inside it and that another window shows"
    )


@rule("MC512", on=History)
def window_time_inconsistent(history: History) -> Iterator[Ruling]:
    """All windows filter by the same time: `t`, or `a`."""
    for owner in history.owners:
        against = history.ruled_out.get(owner, {})
        if against:
            yield DECIDED
        if len(against) == 2:
            by_t, by_a = against["t"], against["a"]
            words = f"t of {by_t.item.identity} lies outside this window, so the window filters by a; another window filters by t"
            yield Hit(by_t.place.pointer, words, at=by_t.place.trace, beside=(by_a.place.trace,))


@rule("MC513", on=History)
def window_bounds_inconsistent(history: History) -> Iterator[Ruling]:
    """Each bound is inclusive in every window, or exclusive in every window."""
    for owner in history.owners:
        for bound in BOUNDS:
            included, excluded = evidence_on_bound(history, owner, bound)
            if included or excluded:
                yield DECIDED
            if included and excluded:
                walk, sighting = excluded
                words = (
                    f"{sighting.item.identity} lies on `{bound}` and is left out, "
                    f"but another window shows an event on its `{bound}`"
                )
                yield Hit("/result/items", words, at=walk.pages[0].trace, beside=(included.pages[0].trace,))


@rule("MC514", on=History)
def unlisted_event(history: History) -> Iterator[Ruling]:
    """An event that can be fetched is listed in a window that holds it."""
    # If the event is also among the latest, it is MC515.
    for owner, of_owner in history.full.items():
        among_latest = history.among_latest.get(owner, {})
        yield from _unlisted(history, owner, [each[0] for identity, each in of_owner.items() if identity not in among_latest])


@rule("MC515", on=History)
def unlisted_latest_event(history: History) -> Iterator[Ruling]:
    """A latest event is listed in a window that holds it."""
    for owner, of_owner in history.among_latest.items():
        yield from _unlisted(history, owner, [sightings[0] for sightings in of_owner.values()])


def evidence_on_bound(history: History, owner: Owner, bound: Bound) -> tuple[Walk | None, tuple[Walk, ListedAt] | None]:
    """A walk that shows an event on the bound, and one that leaves out an event on the bound that was seen before.

    Neither if it is not known by which time windows filter.
    """
    fields = history.times(owner)
    if len(fields) != 1:
        return None, None
    (field,) = fields
    bounded: list[tuple[Walk, int]] = []
    for walk in history.complete_walks.get(owner, ()):
        start, end = walk.window.start, walk.window.end
        # Nobody documents what the bounds of an empty or reversed window mean.
        if start is not None and end is not None and start < end:
            bounded.append((walk, start if bound == "from" else end))
    listings = history.listed[owner]
    # The events at each time, and at each time and kind, in the order in which they were first seen.
    at: dict[tuple[int, str | None], list[int]] = {}
    times, time_of = {time for _, time in bounded}, listings.events.time(field)
    for number in listings.numbers:
        if time_of(number) in times:
            for kind in (None, listings.events.summary(number).k):
                at.setdefault((time_of(number), kind), []).append(number)
    included: Walk | None = None
    excluded: tuple[Walk, ListedAt] | None = None
    for walk, on_bound in bounded:
        kind = walk.window.kind or None
        if any(getattr(item, field) == on_bound and kind in (None, item.k) for item in walk.items()):
            included = walk
        left_out = _left_out(history, walk, listings, at.get((on_bound, kind), ()))
        excluded = excluded if left_out is None else (walk, left_out)
    return included, excluded


def _left_out(history: History, walk: Walk, listings: Listings, numbers: Iterable[int]) -> ListedAt | None:
    """The first of some events, in order, that was seen before a walk and that the walk does not show."""
    for number in numbers:
        if listings.order(number) >= walk.begun:
            return None
        if history.misses(walk, listings.events.summary(number)):
            return listings.at(number)
    return None


def _missing(history: History, difference: Difference, words: str) -> Iterator[Ruling]:
    for found in history.comparisons[difference]:
        yield DECIDED
        if found.missing:
            item = found.missing
            more = f" and {found.number - 1} more" if found.number > 1 else ""
            message = f"{words}: {item.identity} ({excerpt(item.k)}, a {item.a}){more}"
            shown_on, _ = place_of(found.earlier, item.identity)
            yield Hit("/result/items", message, at=found.walk.pages[0].trace, beside=(shown_on.trace,))


def _unlisted(history: History, owner: Owner, sightings: Iterable[FullAt]) -> Iterator[Ruling]:
    """Events that the first complete walk after them leaves out, although its window contains them.

    If only later walks leave them out, other rules find it, because that first walk shows them.
    """
    fields = history.times(owner)
    # A full event does not show `a`, which is some time after `t`.
    margin = 0 if fields == ("t",) else _DAY
    waiting: list[FullAt] = []
    coming = sorted(sightings, key=lambda each: each.place.order, reverse=True)
    for walk in history.complete_walks.get(owner, ()) if fields else ():
        while coming and coming[-1].place.order < walk.begun:
            bisect.insort(waiting, coming.pop(), key=_time_of)
        start, end = walk.window.start, walk.window.end
        if walk.window.kind or start is None or end is None:
            continue
        held = slice(bisect.bisect_right(waiting, start, key=_time_of), bisect.bisect_left(waiting, end - margin, key=_time_of))
        for sighting in waiting[held]:
            yield DECIDED
            if history.misses(walk, sighting.event):
                window = f"{start} to {end}"
                words = f"event {sighting.event.identity} is shown here, but the list of the window {window} leaves it out"
                yield Hit(sighting.place.pointer, words, at=sighting.place.trace, later=(walk.pages[0].trace,))
        del waiting[held]


def _time_of(waiting: FullAt) -> int:
    return waiting.event.t


RULES = (
    answer_unstable,
    filter_incomplete,
    window_incomplete,
    window_time_inconsistent,
    window_bounds_inconsistent,
    unlisted_event,
    unlisted_latest_event,
)
