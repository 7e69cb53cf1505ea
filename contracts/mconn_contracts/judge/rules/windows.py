"""MC5xx, second half: what windows and filters show adds up to one set of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mconn_contracts.judge.reading.history import History, ListedAt, Owner, Place, Walk
from mconn_contracts.judge.reading.views import Event, Summary, Window
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Outcome, rule
from mconn_contracts.wire.decoding import excerpt

_DAY = 86_400
Bound = Literal["from", "to"]
BOUNDS: tuple[Bound, ...] = ("from", "to")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A complete walk beside an earlier one, and the events that only the earlier one shows though both must."""

    walk: Walk
    earlier: Walk
    missing: tuple[Summary, ...]


@rule("MC509", on=History)
def answer_unstable(history: History) -> Iterator[Outcome]:
    """The same list request shows the same events each time, where its window is past."""
    yield from _missing(history, "same", "asked again, the list has changed")


@rule("MC510", on=History)
def filter_incomplete(history: History) -> Iterator[Outcome]:
    """The filtered results of all kinds together are the unfiltered result."""
    yield from _missing(history, "kind", "the result with one `k` and that with another do not add up")


@rule("MC511", on=History)
def window_incomplete(history: History) -> Iterator[Outcome]:
    """A window shows every event strictly inside it that another window shows."""
    yield from _missing(history, "bounds", "the window leaves out an event inside it that another window shows")


@rule("MC512", on=History)
def window_time_inconsistent(history: History) -> Iterator[Outcome]:
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
def window_bounds_inconsistent(history: History) -> Iterator[Outcome]:
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
def unlisted_event(history: History) -> Iterator[Outcome]:
    """An event that can be fetched is listed in a window that holds it."""
    for order, answer in history.fetched:
        if answer.owner is None or answer.asked != answer.event.identity:
            continue
        # Among the latest as well, it is MC515.
        if any(each.latest for each in history.full[answer.owner][answer.asked]):
            continue
        yield from _unlisted(history, answer.owner, answer.event, order, Place(answer.trace, "/result", order))


@rule("MC515", on=History)
def unlisted_latest_event(history: History) -> Iterator[Outcome]:
    """A latest event is listed in a window that holds it."""
    for order, page in history.latest:
        for index, event in enumerate(page.items):
            if page.owner is not None:
                place = Place(page.trace, f"/result/items/{index}", order)
                yield from _unlisted(history, page.owner, event, order, place)


def evidence_on_bound(history: History, owner: Owner, bound: Bound) -> tuple[Walk | None, tuple[Walk, ListedAt] | None]:
    """A walk that shows an event which lies on the bound, and one that leaves out an event which was seen before.

    Neither where it is not known which time windows filter.
    """
    fields = time_fields(history, owner)
    if len(fields) != 1:
        return None, None
    (field,) = fields
    at: dict[int, list[ListedAt]] = {}
    for sightings in history.listed.get(owner, {}).values():
        at.setdefault(getattr(sightings[0].item, field), []).append(sightings[0])
    included: Walk | None = None
    excluded: tuple[Walk, ListedAt] | None = None
    for walk in history.walks:
        start, end = walk.window.start, walk.window.end
        # At an empty or reversed window, nobody documents what the bounds mean.
        if walk.owner != owner or not walk.complete or start is None or end is None or start >= end:
            continue
        for sighting in at.get(start if bound == "from" else end, ()):
            if walk.window.kind not in (None, "", sighting.item.k):
                continue
            if sighting.item.identity in walk.shown:
                included = walk
            elif sighting.place.order < walk.begun:
                excluded = (walk, sighting)
    return included, excluded


def time_fields(history: History, owner: Owner) -> tuple[str, ...]:
    """The times that windows may filter by, after every item that was shown."""
    against = history.ruled_out.get(owner, {})
    return tuple(field for field in ("t", "a") if field not in against)


def _must_show(window: Window, item: Summary, fields: tuple[str, ...]) -> bool:
    """Whether a window's result holds an event, whatever its bounds mean: strictly inside, by every time left."""
    if window.start is None or window.end is None or (window.kind and item.k != window.kind):
        return False
    return bool(fields) and all(window.start < getattr(item, field) < window.end for field in fields)


def _comparisons(history: History, likeness: str) -> Iterator[Comparison]:
    """Each complete walk beside the last earlier one that differs from it in one way only."""
    for owner in history.owners:
        fields = time_fields(history, owner)
        complete = [walk for walk in history.walks if walk.complete and walk.owner == owner]
        for index, walk in enumerate(complete):
            shown = walk.shown
            for earlier in reversed(complete[:index]):
                if _difference(walk, earlier) != likeness:
                    continue
                due = [
                    item
                    for item in earlier.items()
                    if (item.k == walk.window.kind or not walk.window.kind)
                    and (likeness != "bounds" or _must_show(walk.window, item, fields))
                ]
                if due or likeness == "same":
                    yield Comparison(walk, earlier, tuple(item for item in due if item.identity not in shown))
                    break


def _difference(walk: Walk, earlier: Walk) -> str | None:
    same_bounds = (walk.window.start, walk.window.end) == (earlier.window.start, earlier.window.end)
    if same_bounds and walk.window.kind == earlier.window.kind:
        return "same" if walk.limit == earlier.limit else None
    if same_bounds:
        return "kind"
    return "bounds" if walk.window.kind == earlier.window.kind else None


def _missing(history: History, likeness: str, words: str) -> Iterator[Outcome]:
    for found in _comparisons(history, likeness):
        yield DECIDED
        if found.missing:
            item = found.missing[0]
            more = f" and {len(found.missing) - 1} more" if len(found.missing) > 1 else ""
            message = f"{words}: {item.identity} ({excerpt(item.k)}, a {item.a}){more} is not shown"
            shown_on = next(page.trace for page in found.earlier.pages if item in page.items)
            yield Hit("/result/items", message, at=found.walk.pages[0].trace, beside=(shown_on,))


def _unlisted(history: History, owner: Owner, event: Event, order: int, place: Place) -> Iterator[Outcome]:
    fields = time_fields(history, owner)
    if not fields:
        return
    # By `a`, which a full event does not show, it lies some time after `t`.
    margin = 0 if fields == ("t",) else _DAY
    holding = [
        walk
        for walk in history.walks
        if walk.owner == owner
        and walk.complete
        and walk.begun > order
        and not walk.window.kind
        and walk.window.start is not None
        and walk.window.end is not None
        and walk.window.start < event.t < walk.window.end - margin
    ]
    if not holding:
        return
    yield DECIDED
    for walk in holding:
        if event.identity not in walk.shown:
            window = f"{walk.window.start} to {walk.window.end}"
            words = f"event {event.identity} is shown here, but the list of its window, {window}, does not have it"
            yield Hit(place.pointer, words, at=place.trace, beside=(walk.pages[0].trace,))
            return


RULES = (
    answer_unstable,
    filter_incomplete,
    window_incomplete,
    window_time_inconsistent,
    window_bounds_inconsistent,
    unlisted_event,
    unlisted_latest_event,
)
