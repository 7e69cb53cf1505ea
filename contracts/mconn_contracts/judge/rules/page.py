"""MC3xx: one page of events, against itself and against its request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import compress, count, islice
from operator import eq
from typing import Any

from msgspec import UNSET

from mconn_contracts.judge.reading.events import Shown, zeros
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.order import disorder
from mconn_contracts.judge.reading.views import Event, Identity, LatestPage, ListPage, Summary
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Rule, Ruling, rule
from mconn_contracts.judge.rules.walks import items_of, meanings_of_count, shortest_with_count_of_page
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.arrays import Viewed
from mconn_contracts.wire.decoding import excerpt

Getter = Callable[..., Callable[[Any], Any]]
"""`attrgetter` for values of a type, `itemgetter` for JSON objects."""


def optional(value: Any, name: str) -> Any:
    """An optional member of a typed value or of a JSON object. None if it is absent."""
    found = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return None if found is UNSET else found


def one_way(times: list[int], numbers: Sequence[int]) -> bool:
    """Whether items are sorted by `(t, n)` in one direction, without duplicates."""
    same = list(compress(count(), map(eq, times, islice(times, 1, None))))
    return (times == sorted(times) and all(numbers[index] < numbers[index + 1] for index in same)) or (
        times == sorted(times, reverse=True) and all(numbers[index] > numbers[index + 1] for index in same)
    )


def list_facts(page: Any, get: Getter) -> Hashable | None:
    """The facts of a list page without a request. The rules here decide the same on pages with equal facts, and find nothing.

    `get` reads the members of a page and of its items. None if one of the rules may find something.
    """
    count, items, cursor = get("count")(page), get("items")(page), optional(page, "cursor")
    times = list(map(get("t"), items))
    clean = count >= len(times) and cursor != "" and one_way(times, Viewed(items, get("n")))
    return (min(len(times), 2), cursor is None) if clean else None


def latest_facts(page: Any, get: Getter) -> Hashable | None:
    """The same for the latest events."""
    identities = list(map(get("t", "n"), get("items")(page)))
    return bool(identities) if get("count")(page) == len(identities) == len(set(identities)) else None


@rule("MC301", on=ListPage, in_batches=True)
def count_mismatch(page: ListPage) -> Iterator[Ruling]:
    """`count` is the page's length, or a total that the page does not contradict."""
    only = page.owner is not None and not page.follows and page.next_cursor is None and not page.odd_limit
    if only:
        yield DECIDED
    if page.count < len(page.items) or (only and page.count != len(page.items)):
        pages = " and there is no other page" if only else ""
        yield Hit(f"{page.root}/count", f"count is {page.count}, but the page has {items_of(page)}{pages}")


@rule("MC302", on=LatestPage, in_batches=True)
def latest_count_mismatch(page: LatestPage) -> Iterator[Ruling]:
    """`count` is the number of the latest events, or more if it is the total. The lists show which (see below)."""
    yield DECIDED
    if page.count != len(page.items) and (page.count < len(page.items) or page.owner is None):
        at_most = Severity.ERROR if page.count < len(page.items) else Severity.WARNING
        yield Hit(f"{page.root}/count", f"count is {page.count}, but the answer has {items_of(page)}", at_most=at_most)


def _latest_count_beside_lists() -> Rule[History]:
    """The part of MC302 that needs lists."""

    @rule("MC302", on=History)
    def beside_lists(history: History) -> Iterator[Ruling]:
        meanings, shortest = meanings_of_count(history), shortest_with_count_of_page(history)
        for _, page in history.latest:
            if page.owner is not None and page.count > len(page.items) and meanings.get(page.owner) == frozenset({"page"}):
                words = f"count is {page.count}, but the answer has {items_of(page)}; "
                words += "in lists, count is the number of items on the page"
                lists = tuple(each.trace for each in shortest[page.owner].pages[:2])
                yield Hit("/result/count", words, at=page.trace, beside=lists)

    return beside_lists


latest_count_beside_lists = _latest_count_beside_lists()


@rule("MC303", on=ListPage, in_batches=True)
def repeated_event(page: ListPage) -> Iterator[Ruling]:
    """A page shows each `(t, n)` once."""
    yield DECIDED
    yield from _repeated(page)


@rule("MC304", on=LatestPage, in_batches=True)
def repeated_latest_event(page: LatestPage) -> Iterator[Ruling]:
    """The latest events show each `(t, n)` once."""
    yield DECIDED
    yield from _repeated(page)


def _repeated(page: ListPage | LatestPage) -> Iterator[Hit]:
    if one_way([item.t for item in page.items], [item.n for item in page.items]):
        return
    for index, identity, first in _again(page.items):
        t, n = identity
        yield Hit(f"{page.root}/items/{index}", f"t {t}, n {n} is also item {first}; an event must be shown once")


def _again(items: Sequence[Summary] | Sequence[Event]) -> Iterator[tuple[int, Identity, int]]:
    """For each repeated event: the index of the item, the identity, and the index where the event stands first."""
    if isinstance(items, Shown):
        # For a large page, numbers need less memory than identities.
        firsts = zeros(len(items.events))
        for index, number in enumerate(items.numbers):
            if firsts[number]:
                yield index, items.events.identity(number), firsts[number] - 1
            else:
                firsts[number] = index + 1
        return
    first: dict[Identity, int] = {}
    for index, identity in enumerate(item.identity for item in items):
        if identity in first:
            yield index, identity, first[identity]
        else:
            first[identity] = index


@rule("MC305", on=ListPage, in_batches=True)
def unordered_page(page: ListPage) -> Iterator[Ruling]:
    """Items are sorted by `t` or `a`, in either direction. If they ascend by `t`, those of one second ascend by `n`."""
    if len(page.items) < 2:
        return
    yield DECIDED
    if one_way([item.t for item in page.items], [item.n for item in page.items]):
        return
    found = disorder(page.items)
    if found is not None:
        at_most = Severity.WARNING if found.chosen else Severity.ERROR
        yield Hit(f"{page.root}/items/{found.index}", found.words, at_most=at_most)


@rule("MC306", on=ListPage, in_batches=True)
def limit_exceeded(page: ListPage) -> Iterator[Ruling]:
    """A page has at most `limit` items."""
    if page.limit is None or page.limit < 1:
        return
    yield DECIDED
    if len(page.items) > page.limit:
        yield Hit(f"{page.root}/items", f"the page has {items_of(page)}, but limit is {page.limit}")


@rule("MC307", on=ListPage, in_batches=True)
def outside_window(page: ListPage) -> Iterator[Ruling]:
    """Every item lies between `from` and `to`, by `t` or by `a`."""
    window = page.window
    if window is None or window.start is None or window.end is None:
        return
    if page.items:
        yield DECIDED
    for index, item in enumerate(page.items):
        if not (window.start <= item.t <= window.end or window.start <= item.a <= window.end):
            bounds = f"from {window.start} to {window.end}"
            yield Hit(f"{page.root}/items/{index}", f"neither t {item.t} nor a {item.a} lies in the window {bounds}")


@rule("MC308", on=ListPage, in_batches=True)
def kind_filter_ignored(page: ListPage) -> Iterator[Ruling]:
    """With `k`, every item is of that kind."""
    if page.window is None or not page.window.kind:
        return
    if page.items:
        yield DECIDED
    for index, item in enumerate(page.items):
        if item.k != page.window.kind:
            yield Hit(
                f"{page.root}/items/{index}/k",
                f"the kind is {excerpt(item.k)}, but the filter is {excerpt(page.window.kind)}",
            )


@rule("MC309", on=ListPage, in_batches=True)
def empty_cursor(page: ListPage) -> Iterator[Ruling]:
    """A cursor is not empty."""
    if page.next_cursor is None:
        return
    yield DECIDED
    if not page.next_cursor:
        yield Hit(f"{page.root}/cursor", "the cursor is empty; the last page must have no cursor")


RULES = (
    count_mismatch,
    latest_count_mismatch,
    latest_count_beside_lists,
    repeated_event,
    repeated_latest_event,
    unordered_page,
    limit_exceeded,
    outside_window,
    kind_filter_ignored,
    empty_cursor,
)
