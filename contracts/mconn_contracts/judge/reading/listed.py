"""What lists have shown of one owner so far, and what is the newest of it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from typing import Any

from mconn_contracts.judge.reading.views import Identity, Summary


class Listed:
    """The listed events of one owner, each as it was shown first; asked for its newest in steps of what is left out of it."""

    def __init__(self) -> None:
        self.items: dict[Identity, Summary] = {}
        self.newest_of_kind: dict[str, Identity] = {}
        self._by_identity: list[tuple[tuple[int, int], Identity]] = []
        self._by_collection: list[tuple[int, Identity]] = []

    def add(self, items: Iterable[Summary]) -> None:
        """Add the items of a list."""
        for item in items:
            identity = item.identity
            if identity not in self.items:
                self.items[identity] = item
                self.newest_of_kind[item.k] = max(identity, self.newest_of_kind.get(item.k, identity))
                heapq.heappush(self._by_identity, ((-item.t, -item.n), identity))
                heapq.heappush(self._by_collection, (-item.a, identity))

    def newest(self, without: Collection[Identity]) -> Summary | None:
        """The newest by `(t, n)` of those that are not among some identities; None where there is none."""
        return self._first(self._by_identity, without)

    def last_collected(self, without: Collection[Identity]) -> Summary | None:
        """That with the greatest `a` of those that are not among some identities; None where there is none."""
        return self._first(self._by_collection, without)

    def _first(self, heap: list[tuple[Any, Identity]], without: Collection[Identity]) -> Summary | None:
        taken: list[tuple[Any, Identity]] = []
        while heap and heap[0][1] in without:
            taken.append(heapq.heappop(heap))
        found = self.items[heap[0][1]] if heap else None
        for each in taken:
            heapq.heappush(heap, each)
        return found
