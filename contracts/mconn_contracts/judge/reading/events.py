"""The listed events of one owner in columns, and what pages and walks show of them as numbers into these."""

from __future__ import annotations

import heapq
import itertools
import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from functools import partial
from typing import Any, TypeAlias, overload

from mconn_contracts.judge.reading.views import Identity, Summary

Numbers: TypeAlias = "array[int]"
"""Numbers of events, in 4 bytes each."""
Column = MutableSequence[int]

_WIDER = {"B": "H", "H": "I", "I": "q"}
_SUMMARY: Callable[[tuple[int, int, int, str]], Summary] = partial(tuple.__new__, Summary)
"""Makes an item of a tuple, without a step of Python: there may be millions."""
_RUN = 65_536
"""Numbers that are sorted at a time: what is sorted as a list takes ten times the memory of an array."""
_SPARSE = 8
"""A set of numbers is not kept as a map of bytes if it spans more than this many times its length."""


class Events:
    """The events of one owner: each has a number, from 0 on, in the order of first sight.

    Columns hold `t`, `n`, and `a` and the kind as they were first seen. A hash table with open addressing leads from
    `(t, n)` to the number. An event takes some 20 bytes.
    """

    def __init__(self) -> None:
        self.t: Column = array("I")
        self.n: Column = array("H")
        self.a: Column = array("I")
        self.k: Column = array("B")
        self.kinds: list[str] = []
        self._of_kind: dict[str, int] = {}
        self._slots = zeros(8)
        """The number of the event at each place, plus one. 0 if the place is empty."""
        self._salt = secrets.randbits(60)
        """What makes places differ from run to run, so that no capture can be made to have all of them collide."""

    def __len__(self) -> int:
        return len(self.t)

    def find(self, identity: Identity) -> int | None:
        """The number of an event; None if it was not listed."""
        found = self._slots[self._slot(*identity)]
        return found - 1 if found else None

    def identity(self, number: int) -> Identity:
        """The `(t, n)` of an event."""
        return self.t[number], self.n[number]

    def summary(self, number: int) -> Summary:
        """An event as it was first seen."""
        return Summary(self.t[number], self.n[number], self.a[number], self.kinds[self.k[number]])

    def time(self, field: str) -> Callable[[int], int]:
        """Gives `t` or `a` of an event by its number."""
        return (self.t if field == "t" else self.a).__getitem__

    def add(self, items: Iterable[Summary]) -> Shown:
        """The events of a list as numbers. Events that are new are added."""
        numbers = array("i")
        differing: dict[int, Summary] = {}
        for index, item in enumerate(items):
            slot = self._slot(item.t, item.n)
            found = self._slots[slot]
            if found:
                numbers.append(found - 1)
                if self.a[found - 1] != item.a or self.kinds[self.k[found - 1]] != item.k:
                    differing[index] = item
            else:
                numbers.append(len(self.t))
                self._append(item, slot)
        return Shown(self, numbers, differing)

    def _slot(self, t: int, n: int) -> int:
        """The place of an event in the hash table, or the free one that it would have."""
        slots, times, seconds, last = self._slots, self.t, self.n, len(self._slots) - 1
        slot = hash((self._salt, t, n)) & last
        while found := slots[slot]:
            if times[found - 1] == t and seconds[found - 1] == n:
                break
            slot = (slot + 1) & last
        return slot

    def _append(self, item: Summary, slot: int) -> None:
        kind = self._of_kind.get(item.k)
        if kind is None:
            kind = self._of_kind[item.k] = len(self.kinds)
            self.kinds.append(item.k)
        self.t = _with(self.t, item.t)
        self.n = _with(self.n, item.n)
        self.a = _with(self.a, item.a)
        self.k = _with(self.k, kind)
        self._slots[slot] = len(self.t)
        if 3 * len(self.t) > 2 * len(self._slots):
            self._slots = zeros(2 * len(self._slots))
            for number, (t, n) in enumerate(zip(self.t, self.n, strict=True), 1):
                self._slots[self._slot(t, n)] = number


def _with(column: Column, value: int) -> Column:
    """The column with one more value. If the value does not fit, it is a wider column, and at last a list."""
    try:
        column.append(value)
    except OverflowError:
        wider = _WIDER.get(column.typecode) if isinstance(column, array) else None
        return _with(list(column) if wider is None else array(wider, column), value)
    return column


class Shown(Sequence[Summary]):
    """Items as a list shows them, in 4 bytes each. Those that differ from the first sight of their event are kept whole."""

    __slots__ = ("_newest", "differing", "events", "numbers")

    def __init__(self, events: Events, numbers: Numbers, differing: Mapping[int, Summary]) -> None:
        self.events = events
        self.numbers = numbers
        self.differing = differing
        """By their indexes."""
        self._newest: Identity | None = None

    @property
    def newest(self) -> Identity | None:
        """The greatest `(t, n)`; None if nothing is shown."""
        if self._newest is None and self.numbers:
            self._newest = max(map(self.events.identity, self.numbers))
        return self._newest

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Summary: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Summary]: ...
    def __getitem__(self, index: int | slice) -> Summary | Sequence[Summary]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        number = self.numbers[index]
        return self.differing.get(index % len(self.numbers)) or self.events.summary(number)

    def __iter__(self) -> Iterator[Summary]:
        if self.differing:
            return (self[index] for index in range(len(self)))
        events = self.events
        kinds = map(events.kinds.__getitem__, map(events.k.__getitem__, self.numbers))
        times, numbers, collected = (map(column.__getitem__, self.numbers) for column in (events.t, events.n, events.a))
        return map(_SUMMARY, zip(times, numbers, collected, kinds, strict=True))

    def index_of(self, identity: Identity) -> int | None:
        """The index of the first item of an event; None if it has none."""
        number = self.events.find(identity)
        return self.numbers.index(number) if number is not None and number in self.numbers else None


def shown(items: Sequence[Summary]) -> Shown:
    """The items of a page that a history has."""
    if not isinstance(items, Shown):
        raise TypeError("a history is made by a recorder, which keeps pages in columns")
    return items


class Members:
    """A set of numbers, in a byte for each number between the first and the last, as long as these are not far apart."""

    __slots__ = ("_few", "_first", "_map")

    def __init__(self, pages: Sequence[Numbers]) -> None:
        """A set that is empty, and has room for numbers such as these."""
        filled = [page for page in pages if page]
        self._first = min((min(page) for page in filled), default=0)
        span = max((max(page) for page in filled), default=0) + 1 - self._first
        self._few: set[int] | None = set() if span > _SPARSE * sum(map(len, filled)) else None
        self._map = bytearray(span if self._few is None else 0)

    def __contains__(self, number: int) -> bool:
        if self._few is not None:
            return number in self._few
        place = number - self._first
        return 0 <= place < len(self._map) and self._map[place] == 1

    def add(self, number: int) -> None:
        """Add a number."""
        if self._few is None:
            self._map[number - self._first] = 1
        else:
            self._few.add(number)


class Distinct:
    """The events that the pages of a walk show, each once, as it came first."""

    def __init__(self, events: Events, pages: Sequence[Shown]) -> None:
        self.events = events
        self.numbers: Numbers = array("i")
        self.new: list[int] = []
        """How many events each page shows that those before it do not."""
        differing: dict[int, Summary] = {}
        members = Members([page.numbers for page in pages])
        for page in pages:
            before = len(self.numbers)
            for index, number in enumerate(page.numbers):
                if number not in members:
                    members.add(number)
                    if index in page.differing:
                        differing[len(self.numbers)] = page.differing[index]
                    self.numbers.append(number)
            self.new.append(len(self.numbers) - before)
        self.has = members.__contains__
        """Whether an event is shown, by its number."""
        self.items = Shown(events, self.numbers, differing)

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, identity: Identity) -> bool:
        number = self.events.find(identity)
        return number is not None and self.has(number)

    def __iter__(self) -> Iterator[Identity]:
        return map(self.events.identity, self.numbers)

    def without(self, other: Distinct) -> Iterator[int]:
        """The numbers of the events that another walk does not show."""
        return itertools.filterfalse(other.has, self.numbers)


def zeros(number: int) -> Numbers:
    """So many zeros."""
    return array("i", [0]) * number


def sorted_by(numbers: Numbers, key: Callable[[int], Any]) -> Numbers:
    """Numbers in the order of a key, equal ones as they were; sorted in runs, which are merged."""
    if all(key(one) <= key(other) for one, other in itertools.pairwise(numbers)):
        return numbers
    runs = [array("i", sorted(numbers[start : start + _RUN], key=key)) for start in range(0, len(numbers), _RUN)]
    return runs[0] if len(runs) == 1 else array("i", heapq.merge(*runs, key=key))
