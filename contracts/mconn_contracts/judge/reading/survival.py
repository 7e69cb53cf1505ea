"""Which events may be gone, or not there yet, so that nobody can say that an answer leaves them out."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mconn_contracts.judge.reading.views import Identity

LAG = 60
"""Seconds for which caches may not have what was recorded."""


@dataclass
class Survival:
    """When the events of one owner were shown last, to know what had not expired: retention takes the oldest first.

    Whether a server keeps events by `t` or by `a` is its choice, so both have to show that an event was still there.
    """

    shown: dict[Identity, int] = field(default_factory=dict)
    """The number of the last exchange that showed an event."""
    collected: dict[Identity, int] = field(default_factory=dict)
    """`a` of the events that were listed."""
    _times: _Latest | None = None
    _collections: _Latest | None = None

    def see(self, identity: Identity, order: int, collected: int | None = None) -> None:
        """An exchange shows an event."""
        self.shown[identity] = max(order, self.shown.get(identity, order))
        if collected is not None:
            self.collected.setdefault(identity, collected)

    def was_there(self, identity: Identity, order: int) -> bool:
        """Whether an event was there at an exchange: it, or one that expires before it, was shown then or later."""
        return all(last >= order for last in self.last_shown(identity))

    def last_shown(self, identity: Identity) -> tuple[int, ...]:
        """The last exchange that shows an event, or an older one: older by `t`; and, where it is known, by `a`."""
        if self._times is None or self._collections is None:
            self._times = _Latest(sorted(self.shown.items()))
            self._collections = _Latest(sorted(((a,), self.shown[each]) for each, a in self.collected.items()))
        collected = self.collected.get(identity)
        by_collection = () if collected is None else (self._collections.until((collected,)),)
        return (self._times.until(identity), *by_collection)


class _Latest:
    """The last exchange that showed any of the events up to a key, by which they are sorted."""

    def __init__(self, shown: Iterable[tuple[tuple[int, ...], int]]) -> None:
        self._keys: list[tuple[int, ...]] = []
        self._orders: list[int] = []
        for key, order in shown:
            self._keys.append(key)
            self._orders.append(max(order, self._orders[-1] if self._orders else order))

    def until(self, key: tuple[int, ...]) -> int:
        found = bisect.bisect_right(self._keys, key)
        return self._orders[found - 1] if found else -1


@dataclass
class Newest:
    """The greatest `t` that the exchanges of one owner had shown, one after the other."""

    orders: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def see(self, times: Iterable[int], order: int) -> None:
        """An exchange, of greater number than those before it, shows events of these times."""
        newest = max(times, default=None)
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
