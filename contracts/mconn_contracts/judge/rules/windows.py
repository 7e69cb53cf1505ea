"""MC5xx, second half: what windows and filters show adds up to one set of events."""

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
    """The same list request shows the same events each time, where its window is past."""
    yield from _missing(history, Difference.NOTHING, "asked again, the list has changed")


@rule("MC510", on=History)
def filter_incomplete(history: History) -> Iterator[Ruling]:
    """The filtered results of all kinds together are the unfiltered result."""
    yield from _missing(history, Difference.KIND, "the result with one `k` and that with another do not add up")


@rule("MC511", on=History)
def window_incomplete(history: History) -> Iterator[Ruling]:
    """A window shows every event strictly inside it that another window shows."""
    yield from _missing(history, Difference.BOUNDS, "the window leaves out an event inside it that another window shows")


@rule("MC512", on=History)
def window_time_inconsistent(history: History) -> Iterator[Ruling]:
    """All windows filter by the same time: `t`, or `a`."""
    for owner in history.owners:
        against = history.ruled_out.get(owner, {})
        if against:
            yield DECIDED
        if len(against) == 2:
            by_t, by_a = against["t"], against["a"]
            words = f"t {by_t.item.t} of {by_t.item.identity} lies outside this window, so it filters by a; another filters by t"
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
                    f"{sighting.item.identity} lies on `{bound}` and is left out; another window shows an event on its `{bound}`"
                )
                yield Hit("/result/items", words, at=walk.pages[0].trace, beside=(included.pages[0].trace,))


@rule("MC514", on=History)
def unlisted_event(history: History) -> Iterator[Ruling]:
    """An event that can be fetched is listed in a window that holds it."""
    # Among the latest as well, it is MC515.
    for owner, of_owner in history.full.items():
        among_latest = history.among_latest.get(owner, {})
        yield from _unlisted(history, owner, [each[0] for identity, each in of_owner.items() if identity not in among_latest])


@rule("MC515", on=History)
def unlisted_latest_event(history: History) -> Iterator[Ruling]:
    """A latest event is listed in a window that holds it."""
    for owner, of_owner in history.among_latest.items():
        yield from _unlisted(history, owner, [sightings[0] for sightings in of_owner.values()])


def evidence_on_bound(history: History, owner: Owner, bound: Bound) -> tuple[Walk | None, tuple[Walk, ListedAt] | None]:
    """A walk that shows an event which lies on the bound, and one that leaves out an event which was seen before.

    Neither where it is not known which time windows filter.
    """
    fields = history.times(owner)
    if len(fields) != 1:
        return None, None
    (field,) = fields
    bounded: list[tuple[Walk, int]] = []
    for walk in history.complete_walks.get(owner, ()):
        start, end = walk.window.start, walk.window.end
        # At an empty or reversed window, nobody documents what the bounds mean.
        if start is not None and end is not None and start < end:
            bounded.append((walk, start if bound == "from" else end))
    if not bounded:
        return None, None
    listings = history.listed[owner]
    # Of each time, and of each time and kind, what was seen first comes first.
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
    """The first sighting of the first of some events, in order, that came before a walk and that it does not show."""
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
            message = f"{words}: {item.identity} ({excerpt(item.k)}, a {item.a}){more} is not shown"
            shown_on, _ = place_of(found.earlier, item.identity)
            yield Hit("/result/items", message, at=found.walk.pages[0].trace, beside=(shown_on.trace,))


def _unlisted(history: History, owner: Owner, sightings: Iterable[FullAt]) -> Iterator[Ruling]:
    """Events that the first complete walk after they were seen leaves out, though its window holds them.

    What later walks leave out, they leave out beside that one: it is for other rules.
    """
    fields = history.times(owner)
    # By `a`, which a full event does not show, it lies some time after `t`.
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
                words = f"event {sighting.event.identity} is shown here, but the list of its window, {window}, does not have it"
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
