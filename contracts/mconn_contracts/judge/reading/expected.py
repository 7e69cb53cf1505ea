"""The events that a user expects to be there, beside what a session showed of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.sightings import Appearance
from mconn_contracts.judge.reading.views import Event, Identity, LatestPage, Summary, Window
from mconn_contracts.judge.reading.walk import Owner, Walk
from mconn_contracts.model.exchange import Trace

LATE = 86_400
"""Seconds after its recording by which an event is taken to be collected, where `a` is not known."""
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class ExpectedEvent:
    """An event as it is expected. A member that is None is not expected. With `versioned`, a `v` that is None must be absent."""

    t: int
    n: int
    a: int | None = None
    k: str | None = None
    e: Mapping[str, Any] | None = None
    v: str | None = None
    versioned: bool = False

    @property
    def identity(self) -> Identity:
        """Its `(t, n)`."""
        return self.t, self.n

    @property
    def times(self) -> tuple[int, ...]:
        """`t`, and `a` if it is known."""
        return (self.t,) if self.a is None else (self.t, self.a)

    def with_summary(self, item: Summary) -> ExpectedEvent:
        """The event, with what an item of a list says. ValueError if they contradict each other."""
        return replace(self, a=_same("a", self.a, item.a), k=_same("k", self.k, item.k))

    def with_event(self, event: Event) -> ExpectedEvent:
        """The event, with what it is in full. ValueError if they contradict each other."""
        kind = _same("k", self.k, event.kind)
        return replace(self, k=kind, e=_same("e", self.e, event.e), v=_same("v", self.v, event.v))


def _same(name: str, one: Any, other: Any) -> Any:
    if one is not None and other is not None and one != other:
        raise ValueError(name)
    return other if one is None else one


@dataclass(frozen=True)
class Sighting:
    """What an exchange showed of an expected event: the member that differs, its value and the expected one."""

    place: Appearance
    identity: Identity
    member: str
    value: object
    expected: object


@dataclass(frozen=True)
class Missing:
    """An expected event that was not shown: the exchange that had to show it, and why."""

    event: ExpectedEvent
    trace: Trace
    pointer: str
    words: str


@dataclass(frozen=True)
class Expectation:
    """Compares the expected events, and no others, with the events that one session showed."""

    history: History
    expected: Mapping[Identity, ExpectedEvent]

    @cached_property
    def shown(self) -> frozenset[Identity]:
        """The expected events that any answer showed."""
        listed = {each for listings in self.history.listed.values() for each in self.expected if each in listings}
        return frozenset(listed | self._whole)

    @cached_property
    def in_full(self) -> frozenset[Identity]:
        """The expected events that were fetched, or shown among the latest, with `v` where it is expected."""
        return self._whole - self.without_version

    @cached_property
    def without_version(self) -> frozenset[Identity]:
        """The expected events that were fetched, or shown among the latest, and whose `v` is expected and was never shown."""
        full = self.history.full.values()
        versioned = {each for of_owner in full for each, seen in of_owner.items() if any(of.event.v is not None for of in seen)}
        return frozenset(each for each in self._whole if self.expected[each].v is not None and each not in versioned)

    @cached_property
    def _whole(self) -> frozenset[Identity]:
        return frozenset(each for of_owner in self.history.full.values() for each in of_owner if each in self.expected)

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """The expected events that nothing showed, though some answer had to."""
        return tuple(sorted(self._missing(), key=lambda each: each.event.identity))

    @cached_property
    def not_looked_for(self) -> int:
        """How many expected events were neither shown, nor due in any answer."""
        return len(self.expected) - len(self.shown) - len(self.missing)

    def _missing(self) -> Iterator[Missing]:
        remaining = {identity: event for identity, event in self.expected.items() if identity not in self.shown}
        for found in (self._in_walks(remaining), self._fetched(remaining), self._latest(remaining)):
            for each in found:
                del remaining[each.event.identity]
                yield each

    def _in_walks(self, remaining: Mapping[Identity, ExpectedEvent]) -> Iterator[Missing]:
        for walk in self.history.walks:
            words = f"the list of {walk.window.start} to {walk.window.end} leaves it out"
            for event in [each for each in remaining.values() if walk.ended and self._is_due(walk, each)]:
                yield Missing(event, walk.pages[0].trace, "/result/items", words)

    def _is_due(self, walk: Walk, event: ExpectedEvent) -> bool:
        """Whether a walk that has ended should have shown an event: both its times are inside the window, wherever it is cut."""
        start, end, kind = walk.window.start, walk.window.end, walk.window.kind
        if start is None or end is None or (kind and kind != event.k):
            return False
        fields = self.history.times(walk.owner)
        # Where both times were ruled out, nobody knows what windows filter by.
        if not fields or not start < event.t < end:
            return False
        collected = event.t + LATE if event.a is None else event.a
        if "a" in fields and not event.t <= collected < end:
            return False
        return self._was_there(walk.owner, event, walk.begun) and not self.history.is_fresh(
            walk.owner, event.times, walk.orders[-1], walk.pages[-1].started
        )

    def _was_there(self, owner: Owner, event: ExpectedEvent, order: int) -> bool:
        """Whether an event cannot have expired in the course of the session."""
        return owner not in self.history.expiring or self.history.was_there(owner, event.identity, order)

    def _fetched(self, remaining: Mapping[Identity, ExpectedEvent]) -> Iterator[Missing]:
        for order, refusal in self.history.refusals:
            event = None if refusal.call.identity is None else remaining.get(refusal.call.identity)
            owner = refusal.call.owner
            if event is None or refusal.status == _TOO_MANY_REQUESTS or self.history.is_fresh(owner, event.times, order, None):
                continue
            if self._was_there(owner, event, order):
                yield Missing(event, refusal.trace, "", f"fetching it is refused with status {refusal.status}")

    def _latest(self, remaining: Mapping[Identity, ExpectedEvent]) -> Iterator[Missing]:
        """The newest of the expected, where the latest show older ones, or none."""
        if not remaining:
            return
        newest = max(self.expected)
        for order, page in self.history.latest:
            event = remaining.get(newest)
            if event is None or page.owner is None or self.history.is_fresh(page.owner, event.times, order, page.started):
                continue
            if self._was_there(page.owner, event, order) and self._is_latest(event, page):
                yield Missing(event, page.trace, "/result/items", "older events are among the latest, and it is not")

    def _is_latest(self, event: ExpectedEvent, page: LatestPage) -> bool:
        """Whether an event is among the latest by all that these may be: the newest by `t` or `a`, or those of each kind."""
        if not page.items:
            return True
        if any(each.identity > event.identity and event.k in (None, each.kind) for each in page.items):
            return False
        return any(each.t + LATE < event.t or self._came_before(each, event) for each in page.items)

    def _came_before(self, shown: Event, event: ExpectedEvent) -> bool:
        known = self.expected.get(shown.identity)
        return known is not None and known.a is not None and event.a is not None and known.a < event.a

    @cached_property
    def until(self) -> int:
        """The last time that the expected events name: they were written down then or later."""
        return max(time for event in self.expected.values() for time in event.times)

    @cached_property
    def unexpected(self) -> tuple[tuple[Identity, str, Appearance], ...]:
        """The events that are not expected, with their kinds and first sightings, which were there when these were written down.

        They were collected before the last time that the expected ones name. If none are expected, that is every event.
        """
        return tuple(each for each, certain in self._others if certain)

    @cached_property
    def perhaps_newer(self) -> int:
        """How many events that are not expected may have come after the expected ones were written down."""
        return sum(not certain for _, certain in self._others)

    @cached_property
    def _others(self) -> tuple[tuple[tuple[Identity, str, Appearance], bool], ...]:
        found: dict[Identity, tuple[tuple[Identity, str, Appearance], bool]] = {}
        newest = max(self.expected, default=None)
        for listings in self.history.listed.values():
            for number in listings.numbers:
                item = listings.events.summary(number)
                if item.identity not in self.expected:
                    certain = newest is None or item.a < self.until or (item.a == self.until and item.identity < newest)
                    found[item.identity] = (item.identity, item.k, listings.at(number).place), certain
        for of_owner in self.history.full.values():
            for identity, (first, *_) in of_owner.items():
                if identity not in self.expected:
                    # When it was collected is not known.
                    found.setdefault(identity, ((identity, first.event.kind, first.place), newest is None))
        return tuple(found[identity] for identity in sorted(found))

    @cached_property
    def is_whole(self) -> bool:
        """Whether some list showed the whole time of the expected events. If none are expected, the latest are enough."""
        if not self.expected:
            return bool(self.history.latest) or any(walk.ended and not walk.window.kind for walk in self.history.walks)
        return any(walk.ended and self._spans_all(walk.window) for walk in self.history.walks)

    def _spans_all(self, window: Window) -> bool:
        start, end = window.start, window.end
        starts_before = start is None or start <= min(self.expected)[0]
        return not window.kind and starts_before and end is not None and end >= self.until

    @cached_property
    def differing(self) -> tuple[Sighting, ...]:
        """Where an expected event was shown otherwise than expected, each event and member once."""
        found: dict[tuple[Identity, str], Sighting] = {}
        for each in self._compared():
            if each.value != each.expected:
                found.setdefault((each.identity, each.member), each)
        return tuple(found.values())

    def _compared(self) -> Iterator[Sighting]:
        for listings in self.history.listed.values():
            for identity, event in self.expected.items():
                first = listings.first(identity)
                for seen in () if first is None else (*listings.changed.get(identity, ()), first):
                    if event.a is not None:
                        yield Sighting(seen.place, identity, "a", seen.item.a, event.a)
                    if event.k is not None:
                        yield Sighting(seen.place, identity, "k", seen.item.k, event.k)
        for of_owner in self.history.full.values():
            # An endpoint may leave out `v` throughout; then it says nothing of it.
            says_version = {
                latest: any(
                    each.event.v is not None for sightings in of_owner.values() for each in sightings if each.latest == latest
                )
                for latest in (False, True)
            }
            for identity in of_owner.keys() & self.expected.keys():
                event = self.expected[identity]
                for each in of_owner[identity]:
                    if event.e is not None:
                        yield Sighting(each.place, identity, "e", each.event.e, event.e)
                    elif event.k is not None:
                        yield Sighting(each.place, identity, "e/k", each.event.kind, event.k)
                    if event.versioned and says_version[each.latest]:
                        yield Sighting(each.place, identity, "v", each.event.v, event.v)
