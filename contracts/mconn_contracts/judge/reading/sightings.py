"""Where the events of one owner were shown: in lists, and in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mconn_contracts.judge.reading.events import Numbers, shown, zeros
from mconn_contracts.judge.reading.views import Event, Identity, ListPage, Summary, Window
from mconn_contracts.model.exchange import Trace


@dataclass(frozen=True, slots=True)
class Appearance:
    """A sighting of one event: which exchange showed it, and where in the body. `order` counts the exchanges."""

    trace: Trace
    pointer: str
    order: int


@dataclass(frozen=True, slots=True)
class ListedAt:
    """A sighting in a list page."""

    place: Appearance
    item: Summary
    window: Window | None


@dataclass(frozen=True, slots=True)
class FullAt:
    """A sighting in full: fetched, or among the latest."""

    place: Appearance
    event: Event
    latest: bool


class Listings:
    """The sightings of one owner's events in lists. Only the first and the last of each event are known at once."""

    def __init__(self, pages: Sequence[tuple[int, ListPage]]) -> None:
        self.pages = {order: (page, shown(page.items)) for order, page in pages}
        """The pages in the order of their exchanges, with their items."""
        self.events = shown(pages[0][1].items).events
        self.repeated = False
        """Whether any event was listed twice."""
        self._first = zeros(len(self.events))
        """Of each event, the number of the first exchange that lists it; 0 where none does."""
        for order, (_, items) in self.pages.items():
            for number in items.numbers:
                if self._first[number]:
                    self.repeated = True
                else:
                    self._first[number] = order

    def __contains__(self, identity: Identity | None) -> bool:
        return identity is not None and self._find(identity) is not None

    @property
    def numbers(self) -> Iterator[int]:
        """The events, in the order of first sight."""
        for order, (_, items) in self.pages.items():
            for number in items.numbers if not self.repeated else dict.fromkeys(items.numbers):
                if self._first[number] == order:
                    yield number

    def order(self, number: int) -> int:
        """The number of the exchange that listed an event first."""
        return self._first[number]

    @cached_property
    def last(self) -> Numbers:
        """Of each event, the number of the last exchange that lists it; 0 where none does."""
        found = zeros(len(self._first))
        for order, (_, items) in self.pages.items():
            for number in items.numbers:
                found[number] = order
        return found

    def first(self, identity: Identity) -> ListedAt | None:
        """The first sighting of an event; None if no list shows it."""
        number = self._find(identity)
        return None if number is None else self.at(number)

    def at(self, number: int) -> ListedAt:
        """The first sighting of an event, by its number."""
        order = self._first[number]
        return self.sighting(order, self.pages[order][1].numbers.index(number))

    def sighting(self, order: int, index: int) -> ListedAt:
        """What stands at a place: the number of the exchange, and the index of the item."""
        page, items = self.pages[order]
        return ListedAt(Appearance(page.trace, f"/result/items/{index}", order), items[index], page.window)

    @cached_property
    def changed(self) -> dict[Identity, list[ListedAt]]:
        """The sightings of events that lists show in several ways: of each way the first, in order."""
        several = {items.numbers[index] for _, items in self.pages.values() for index in items.differing}
        found: dict[int, dict[Summary, ListedAt]] = {}
        for order, (_, items) in self.pages.items() if several else ():
            for index, number in enumerate(items.numbers):
                if number in several:
                    ways = found.setdefault(number, {})
                    item = items[index]
                    if item not in ways:
                        ways[item] = self.sighting(order, index)
        return {self.events.identity(number): list(ways.values()) for number, ways in found.items()}

    def _find(self, identity: Identity) -> int | None:
        number = self.events.find(identity)
        # What was listed later is not of this history.
        return number if number is not None and number < len(self._first) and self._first[number] else None
