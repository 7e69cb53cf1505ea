"""MC4xx: walking the pages of one result by cursor."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator

from mconn_contracts.judge.reading.events import Members, shown
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.order import disorder
from mconn_contracts.judge.reading.views import Identity, LatestPage, ListPage, Window
from mconn_contracts.judge.reading.walk import Comparison, Difference, Owner, Walk
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.decoding import excerpt

IDLE_PAGES = 20
"""A walk counts as endless after this many pages in a row without a new event."""


def items_of(page: ListPage | LatestPage) -> str:
    """How many items a page has, in words."""
    return "1 item" if len(page.items) == 1 else f"{len(page.items)} items"


def _at(limit: int | None) -> str:
    """The limit of a walk in words. A walk has none if its requests leave the parameter out."""
    return "without a limit" if limit is None else f"at limit {limit}"


@rule("MC401", on=History)
def endless_walk(history: History) -> Iterator[Ruling]:
    """A client that follows the cursors reaches an end, and does not get page after page without new events."""
    for walk in history.walks:
        if walk.ended:
            if len(walk.pages) > 1:
                yield DECIDED
            continue
        idle = len(list(itertools.takewhile(lambda new: not new, reversed(walk.distinct.new))))
        if idle >= IDLE_PAGES:
            words = f"the last {idle} of {len(walk.pages)} pages brought no new event, but there is still a cursor"
            yield Hit("/result/cursor", words, at=walk.pages[-1].trace, beside=(walk.pages[0].trace,))


@rule("MC402", on=History)
def repeated_across_pages(history: History) -> Iterator[Ruling]:
    """A walk shows an event on one page only."""
    for walk in history.walks:
        if len(walk.pages) < 2 or not walk.closed or (walk.owner, walk.window) in history.grown:
            continue
        yield DECIDED
        pages = [shown(page.items) for page in walk.pages]
        seen = Members([items.numbers for items in pages])
        for number, (page, items) in enumerate(zip(walk.pages, pages, strict=True)):
            again = [index for index, event in enumerate(items.numbers) if event in seen]
            if again:
                index = again[0]
                earlier = next(other for other in range(number) if items.numbers[index] in pages[other].numbers)
                t, n = items[index].identity
                words = f"({t}, {n}) is on page {earlier + 1} of the walk, and again on page {number + 1}"
                more = f"; the page repeats {len(again)} events in all" if len(again) > 1 else ""
                yield Hit(f"/result/items/{index}", words + more, at=page.trace, beside=(walk.pages[earlier].trace,))
                break
            for event in items.numbers:
                seen.add(event)


@rule("MC403", on=History)
def skipped_by_paging(history: History) -> Iterator[Ruling]:
    """A walk shows every event that an earlier walk of the same result showed at another limit."""
    for found in history.comparisons[Difference.LIMIT]:
        yield DECIDED
        if found.missing is not None and not _is_prefix(found.walk, found.earlier):
            yield _missing_hit(found, found.missing.identity, "skips")


@rule("MC404", on=History)
def walk_ends_early(history: History) -> Iterator[Ruling]:
    """The page without a cursor is the last one: the result has no event after it."""
    for found in history.comparisons[Difference.LIMIT]:
        yield DECIDED
        if found.missing is not None and _is_prefix(found.walk, found.earlier):
            yield _missing_hit(found, found.missing.identity, "ends before")


@rule("MC405", on=History)
def order_depends_on_limit(history: History) -> Iterator[Ruling]:
    """Walks of one result give the same sequence at every limit."""
    for found in history.comparisons[Difference.LIMIT]:
        later, earlier = found.walk, found.earlier
        ours = filter(earlier.distinct.has, later.distinct.numbers)
        theirs = filter(later.distinct.has, earlier.distinct.numbers)
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if index == 1:
                yield DECIDED
            if one == other:
                continue
            ours_is, theirs_is = (later.distinct.events.identity(number) for number in (one, other))
            words = f"{_at(later.limit)}, event {index + 1} is {ours_is}; {_at(earlier.limit)} it is {theirs_is}"
            yield Hit("/result/items", words, at=later.pages[0].trace, beside=(earlier.pages[0].trace,))
            break


@rule("MC406", on=History)
def order_breaks_between_pages(history: History) -> Iterator[Ruling]:
    """If each page is sorted by `t` or `a`, the whole walk is. Another order is a choice, unless lists disagree on it."""
    disagreeing = {id(walk) for each in history.orders[1] for walk in (each.walk, each.other)}
    hits: dict[Owner, Hit] = {}
    for walk in history.walks:
        if len(walk.pages) < 2:
            continue
        yield DECIDED
        found = disorder(walk.distinct.items)
        # A fault within one page is MC305.
        if found is None or any(disorder(page.items) for page in walk.pages):
            continue
        at_most = Severity.WARNING if found.chosen and id(walk) not in disagreeing else Severity.ERROR
        before = hits.get(walk.owner)
        if before is None or before.at_most < at_most:
            identity = walk.distinct.items[found.index].identity
            page, index = place_of(walk, identity)
            pointer = f"/result/items/{index}"
            hits[walk.owner] = Hit(pointer, found.words, at=page.trace, beside=(walk.pages[0].trace,), at_most=at_most)
    yield from hits.values()


@rule("MC407", on=History)
def repeated_cursor(history: History) -> Iterator[Ruling]:
    """A walk is never given the same cursor twice."""
    for walk in history.walks:
        given: dict[str, int] = {}
        for number, page in enumerate(walk.pages):
            if not page.next_cursor:
                continue
            yield DECIDED
            if page.next_cursor in given:
                earlier = given[page.next_cursor]
                words = f"page {number + 1} gives the cursor {excerpt(page.next_cursor)}, which page {earlier + 1} gave already"
                yield Hit("/result/cursor", words, at=page.trace, beside=(walk.pages[earlier].trace,))
                break
            given[page.next_cursor] = number


@rule("MC408", on=History)
def cursor_refused(history: History) -> Iterator[Ruling]:
    """A cursor that a page gave is accepted with the same parameters."""
    given = {page.step(page.next_cursor): page for _, page in history.pages if page.next_cursor}
    for _, page in history.pages:
        if page.step(page.cursor) in given:
            yield DECIDED
    for _, refusal in history.refusals:
        if refusal.status == 429:
            continue
        giver = given.get((refusal.call.owner, refusal.window, refusal.limit, refusal.cursor))
        if giver is not None:
            yield Hit(
                "",
                f"the server refuses its own cursor with status {refusal.status}",
                at=refusal.trace,
                beside=(giver.trace,),
            )


@rule("MC409", on=History)
def count_changes_meaning(history: History) -> Iterator[Ruling]:
    """`count` is always each page's length, or always the total of the whole result, with or without a filter."""
    meant: dict[Owner, tuple[frozenset[str], Walk]] = {}
    for walk in _counted(history):
        yield DECIDED
        meanings, (before, earlier) = count_meanings(walk), meant.get(walk.owner, (_MEANINGS, walk))
        if not meanings:
            total = len(walk.distinct)
            wrong = next((page for page in walk.pages if page.count not in (len(page.items), total)), walk.pages[-1])
            counts = ", ".join(f"{page.count} for {items_of(page)}" for page in walk.pages[:6])
            words = f"count is {wrong.count} on a page of {items_of(wrong)}, in a walk of {total} events; "
            words += f"the counts of its pages are {counts}"
            yield Hit("/result/count", words, at=wrong.trace, beside=(walk.pages[0].trace,))
        elif not meanings & before:
            page = walk.pages[0]
            words = f"count is {page.count} on a page of {items_of(page)}, so here it is {_word(meanings)}; "
            words += f"in another walk it is {_word(before)}"
            yield Hit("/result/count", words, at=page.trace, beside=(earlier.pages[0].trace,))
        else:
            meant[walk.owner] = (meanings & before, walk)


_MEANINGS = frozenset({"page", "total"})


def _word(meanings: frozenset[str]) -> str:
    return "the number of items on the page" if "page" in meanings else "the total of the result"


def _counted(history: History) -> Iterator[Walk]:
    """The walks that show what `count` means: they have several pages, and their results did not change meanwhile."""
    for walk in history.walks:
        changed = (walk.owner, walk.window) in history.grown or walk.owner in history.expiring
        if walk.complete and len(walk.pages) > 1 and not changed:
            yield walk


def meanings_of_count(history: History) -> dict[Owner, frozenset[str]]:
    """What `count` can mean in each owner's lists: `page`, `total`, or both. Owners whose walks do not show it are left out."""
    found: dict[Owner, frozenset[str]] = {}
    for walk in _counted(history):
        found[walk.owner] = found.get(walk.owner, _MEANINGS) & count_meanings(walk)
    return found


def shortest_with_count_of_page(history: History) -> dict[Owner, Walk]:
    """The shortest walk of each owner in which `count` can only be the number of items on the page, if there is one."""
    telling = (walk for walk in _counted(history) if count_meanings(walk) == {"page"})
    return {walk.owner: walk for walk in sorted(telling, key=lambda walk: len(walk.pages), reverse=True)}


def count_meanings(walk: Walk) -> frozenset[str]:
    """What `count` can mean on every page of a complete walk: `page`, `total`, both or neither."""
    total = len(walk.distinct)
    by_page = all(page.count == len(page.items) for page in walk.pages)
    by_total = all(page.count == total for page in walk.pages)
    return frozenset(name for name, holds in (("page", by_page), ("total", by_total)) if holds)


def _is_prefix(shorter: Walk, longer: Walk) -> bool:
    return all(one == other for one, other in zip(shorter.distinct, longer.distinct, strict=False))


def _missing_hit(found: Comparison, missing: Identity, verb: str) -> Hit:
    later, earlier = found.walk, found.earlier
    t, n = missing
    more = f" and {found.number - 1} more" if found.number > 1 else ""
    words = f"the walk {_at(later.limit)} {verb} ({t}, {n}){more}, which the walk {_at(earlier.limit)} shows"
    shown_on, _ = place_of(earlier, missing)
    return Hit("/result/items", words, at=_page_of_gap(later, earlier, missing).trace, beside=(shown_on.trace,))


def place_of(walk: Walk, identity: Identity) -> tuple[ListPage, int]:
    """The first page of a walk that shows an event, and the index of the item there."""
    places = ((page, shown(page.items).index_of(identity)) for page in walk.pages)
    return next((page, index) for page, index in places if index is not None)


def _page_of_gap(later: Walk, earlier: Walk, missing: Identity) -> ListPage:
    """The page of the later walk that should have shown a missing event: the one after the events that come before it."""
    identity_of = earlier.distinct.events.identity
    coming = array("i", itertools.takewhile(lambda number: identity_of(number) != missing, earlier.distinct.numbers))
    before = Members([coming])
    for number in coming:
        before.add(number)
    gap = later.pages[0]
    for page, following in itertools.zip_longest(later.pages, later.pages[1:]):
        numbers = shown(page.items).numbers
        if any(number in before for number in numbers):
            # After the last item of a page, the event should have been on the next page.
            at_end = numbers[-1] in before
            gap = following if at_end and following is not None else page
    return gap


@rule("MC410", on=History)
def lists_disagree_on_order(history: History) -> Iterator[Ruling]:
    """Two lists agree on which of two events comes first, whatever their windows, filters and limits."""
    compared, disagreements = history.orders
    if compared:
        yield DECIDED
    for each in disagreements:
        words = f"{each.first} comes before {each.second} in this list, and after it in another"
        if each.unlike is not None:
            words += f"; but {each.unlike.first} comes before {each.unlike.second} both with a filter and without"
        at = place_of(each.walk, each.second)[0].trace
        beside = dict.fromkeys(
            place_of(walk, event)[0].trace
            for pair in (each.unlike, each)
            if pair is not None
            for walk in (pair.other, pair.walk)
            for event in (pair.first, pair.second)
        )
        beside.pop(at)
        yield Hit("/result/items", words, at=at, beside=tuple(beside))


@rule("MC411", on=History)
def smaller_page_at_larger_limit(history: History) -> Iterator[Ruling]:
    """A first page at a larger limit is not smaller than the one at a smaller limit, or the one without a limit."""
    defaults: dict[tuple[Owner, Window], ListPage] = {}
    sizes: dict[tuple[Owner, Window], dict[int, ListPage]] = {}
    for walk in history.walks:
        if walk.closed and (walk.owner, walk.window) not in history.grown and walk.owner not in history.expiring:
            if walk.limit is None:
                defaults.setdefault((walk.owner, walk.window), walk.pages[0])
            else:
                sizes.setdefault((walk.owner, walk.window), {}).setdefault(walk.limit, walk.pages[0])
    for result, of_result in sizes.items():
        default = defaults.get(result)
        largest: tuple[int, ListPage] | None = None
        for limit in sorted(of_result):
            page = of_result[limit]
            if largest is not None and default is not None:
                yield DECIDED
                # A server may use its default if a limit is too large.
                if page.next_cursor and len(page.items) < min(len(largest[1].items), len(default.items)):
                    words = f"at limit {limit} a page that is not the last has {items_of(page)}, "
                    words += f"but at limit {largest[0]} it has {len(largest[1].items)}"
                    yield Hit("/result/items", words, at=page.trace, beside=(default.trace, largest[1].trace))
            if largest is None or len(page.items) > len(largest[1].items):
                largest = (limit, page)


RULES = (
    endless_walk,
    repeated_across_pages,
    skipped_by_paging,
    walk_ends_early,
    order_depends_on_limit,
    order_breaks_between_pages,
    repeated_cursor,
    cursor_refused,
    count_changes_meaning,
    lists_disagree_on_order,
    smaller_page_at_larger_limit,
)
