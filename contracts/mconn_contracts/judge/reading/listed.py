"""What lists have shown of one owner so far, and what is the newest of it."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Collection, Iterable

from mconn_contracts.judge.reading.events import Events, Numbers, sorted_by
from mconn_contracts.judge.reading.views import Identity, Summary


class Listed:
    """The listed events of one owner, for finding the newest ones that an answer leaves out."""

    def __init__(self, events: Events) -> None:
        self.events = events
        self.newest_of_kind: dict[str, Identity] = {}
        self._known = bytearray(len(events))
        self._by_identity = _Newest(events.identity)
        self._by_collection = _Newest(lambda number: (events.a[number], *events.identity(number)))
        self.empty = True

    def add(self, numbers: Iterable[int]) -> None:
        """Add the events of a list."""
        events = self.events
        new = array("i")
        newest: dict[int, Identity] = {}
        for number in numbers:
            if not self._known[number]:
                self._known[number] = 1
                new.append(number)
                kind, identity = events.k[number], events.identity(number)
                if kind not in newest or newest[kind] < identity:
                    newest[kind] = identity
        for kind, identity in newest.items():
            name = events.kinds[kind]
            self.newest_of_kind[name] = max(identity, self.newest_of_kind.get(name, identity))
        if new:
            self.empty = False
            self._by_identity.add(new)
            self._by_collection.add(new)

    def item(self, identity: Identity) -> Summary | None:
        """An event as it was listed; None if it was not."""
        number = self.events.find(identity)
        if number is None or number >= len(self._known) or not self._known[number]:
            return None
        return self.events.summary(number)

    def newest(self, without: Collection[Identity]) -> Summary | None:
        """The newest event by `(t, n)` that is not among some identities. None if there is no such event."""
        return self._item(self._by_identity.first(self._numbers(without)))

    def last_collected(self, without: Collection[Identity]) -> Summary | None:
        """The event with the greatest `a` that is not among some identities. None if there is no such event."""
        return self._item(self._by_collection.first(self._numbers(without)))

    def _numbers(self, identities: Collection[Identity]) -> set[int]:
        return {number for each in identities if (number := self.events.find(each)) is not None}

    def _item(self, number: int | None) -> Summary | None:
        return None if number is None else self.events.summary(number)


_Head = tuple[tuple[int, ...], int, int]
"""The negated key of an event, the index of its list, and the place there: the least is the newest."""


class _Newest:
    """Events of lists by a key, the greatest first. A list is sorted once its greatest is looked at."""

    def __init__(self, key: Callable[[int], tuple[int, ...]]) -> None:
        self._key = key
        self._lists: list[Numbers] = []
        self._sorted: set[int] = set()
        self._heads: list[_Head] = []
        """The greatest of each list, as a heap."""

    def add(self, numbers: Numbers) -> None:
        """Add a list that is not empty."""
        heapq.heappush(self._heads, self._head(max(numbers, key=self._key), len(self._lists), len(numbers) - 1))
        self._lists.append(numbers)

    def first(self, without: Collection[int]) -> int | None:
        """The greatest value, without some. None if no value is left."""
        taken: list[_Head] = []
        below: list[_Head] = []
        found = None
        while found is None and (self._heads or below):
            if below and (not self._heads or below[0] < self._heads[0]):
                _, index, place = heapq.heappop(below)
            else:
                taken.append(heapq.heappop(self._heads))
                _, index, place = taken[-1]
                if index not in self._sorted:
                    self._sorted.add(index)
                    self._lists[index] = sorted_by(self._lists[index], self._key)
            number = self._lists[index][place]
            if number not in without:
                found = number
            elif place:
                heapq.heappush(below, self._head(self._lists[index][place - 1], index, place - 1))
        for head in taken:
            heapq.heappush(self._heads, head)
        return found

    def _head(self, number: int, index: int, place: int) -> _Head:
        return tuple(-part for part in self._key(number)), index, place
