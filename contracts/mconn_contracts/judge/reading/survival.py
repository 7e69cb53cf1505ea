"""Which events may be gone, or not there yet, so that nobody can say that an answer leaves them out."""

from __future__ import annotations

import bisect
import itertools
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mconn_contracts.judge.reading.events import Numbers, sorted_by
from mconn_contracts.judge.reading.sightings import FullAt, Listings
from mconn_contracts.judge.reading.views import Identity

LAG = 60
"""Seconds for which caches may not have what was recorded."""


class Survival:
    """When the events of one owner were shown last, to know what had not expired: retention takes the oldest first.

    Whether a server keeps events by `t` or by `a` is its choice, so both must show that an event was still there.
    """

    def __init__(self, listings: Listings | None, full: Mapping[Identity, Sequence[FullAt]]) -> None:
        """What lists show of an owner's events, and what is shown of them in full."""
        in_full = {identity: sightings[-1].place.order for identity, sightings in full.items()}
        self._full = _Latest(sorted(in_full.items()))
        self._listings = listings
        if listings is None:
            return
        self._last = array("i", listings.last)
        for identity, order in in_full.items():
            number = listings.events.find(identity) if identity in listings else None
            if number is not None:
                self._last[number] = max(order, self._last[number])
        events = listings.events
        listed = array("i", listings.numbers)
        self._by_time, self._shown_by_time = self._swept(listed, events.identity)
        self._by_collection, self._shown_by_collection = self._swept(listed, events.time("a"))

    def was_there(self, identity: Identity, order: int) -> bool:
        """Whether an event was there at an exchange: it, or one that expires before it, was shown then or later."""
        return all(last >= order for last in self.last_shown(identity))

    def last_shown(self, identity: Identity) -> tuple[int, ...]:
        """The last exchange that shows an event, or an older one: older by `t`; and, where it is known, by `a`."""
        by_time = self._full.until(identity)
        if self._listings is None:
            return (by_time,)
        events = self._listings.events
        found = bisect.bisect_right(self._by_time, identity, key=events.identity)
        by_time = max(by_time, self._shown_by_time[found - 1] if found else -1)
        if identity not in self._listings:
            return (by_time,)
        time_of, number = events.time("a"), events.find(identity)
        found = bisect.bisect_right(self._by_collection, time_of(number or 0), key=time_of)
        return by_time, self._shown_by_collection[found - 1]

    def _swept(self, listed: Numbers, key: Callable[[int], Any]) -> tuple[Numbers, Numbers]:
        """Events in the order of a key, and for each the last exchange that shows it, or one before it."""
        ordered = sorted_by(listed, key)
        return ordered, array("i", itertools.accumulate((self._last[number] for number in ordered), max))


class _Latest:
    """The last exchange that showed any of the events up to one, by which they are sorted."""

    def __init__(self, shown: Sequence[tuple[Identity, int]]) -> None:
        self._keys = [identity for identity, _ in shown]
        self._orders = list(itertools.accumulate((order for _, order in shown), max))

    def until(self, identity: Identity) -> int:
        """That exchange, or -1 if no such event was shown."""
        found = bisect.bisect_right(self._keys, identity)
        return self._orders[found - 1] if found else -1


@dataclass
class Newest:
    """The greatest `t` that the exchanges of one owner had shown, one after the other."""

    orders: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def see(self, newest: int | None, order: int) -> None:
        """An exchange, of greater number than those before it, shows an event of this time, and none that is newer."""
        if newest is not None and (not self.times or newest > self.times[-1]):
            self.orders.append(order)
            self.times.append(newest)

    def by(self, order: int) -> int | None:
        """What an exchange or one before it had shown."""
        found = bisect.bisect_right(self.orders, order)
        return self.times[found - 1] if found else None


def fresh(times: Sequence[int], started: float | None, newest: int | None) -> bool:
    """Whether an event was recorded (the first of its times) or collected within the last minute.

    The clock says so, where the server goes by it, and the newest event of a server whose events arrive.
    """
    if started is not None and any(started - LAG < time <= started + LAG for time in times):
        return True
    return newest is not None and times[0] > newest - LAG
