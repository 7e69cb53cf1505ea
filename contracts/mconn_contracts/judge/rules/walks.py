"""MC4xx: walking the pages of one result by cursor."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Identity, ListPage
from mconn_contracts.judge.reading.walk import Comparison, Difference, Owner, Walk
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Outcome, rule
from mconn_contracts.wire.decoding import excerpt

IDLE_PAGES = 20
"""Pages in a row without a new event after which a walk that goes on counts as endless."""


@rule("MC401", on=History)
def endless_walk(history: History) -> Iterator[Outcome]:
    """Following cursors comes to an end: it does not go on over pages that bring nothing new."""
    for walk in history.walks:
        if walk.ended:
            if len(walk.pages) > 1:
                yield DECIDED
            continue
        seen: set[Identity] = set()
        idle = 0
        for page in walk.pages:
            new = {item.identity for item in page.items} - seen
            seen |= new
            idle = 0 if new else idle + 1
        if idle >= IDLE_PAGES:
            yield DECIDED
            words = f"the last {idle} of {len(walk.pages)} pages brought no new event, and there is still a cursor"
            yield Hit("/result/cursor", words, at=walk.pages[-1].trace, beside=(walk.pages[0].trace,))


@rule("MC402", on=History)
def repeated_across_pages(history: History) -> Iterator[Outcome]:
    """A walk shows an event on one page only."""
    for walk in history.walks:
        if len(walk.pages) < 2 or not walk.closed or (walk.owner, walk.window) in history.grown:
            continue
        yield DECIDED
        first: dict[Identity, int] = {}
        for number, page in enumerate(walk.pages):
            again = [
                (index, item.identity) for index, item in enumerate(page.items) if first.get(item.identity, number) != number
            ]
            if again:
                index, (t, n) = again[0]
                earlier = first[t, n]
                words = f"({t}, {n}) was on page {earlier + 1} of the walk already, and is on page {number + 1} again"
                more = f", like {len(again) - 1} more" if len(again) > 1 else ""
                yield Hit(f"/result/items/{index}", words + more, at=page.trace, beside=(walk.pages[earlier].trace,))
                break
            for item in page.items:
                first.setdefault(item.identity, number)


@rule("MC403", on=History)
def skipped_by_paging(history: History) -> Iterator[Outcome]:
    """A walk shows every event that an earlier walk of the same result showed at another limit."""
    for found in history.comparisons[Difference.LIMIT]:
        yield DECIDED
        if found.missing and not _is_prefix(found.walk, found.earlier):
            yield _missing_hit(found, "skips")


@rule("MC404", on=History)
def walk_ends_early(history: History) -> Iterator[Outcome]:
    """The page without a cursor is the last one: nothing follows it in the whole result."""
    for found in history.comparisons[Difference.LIMIT]:
        yield DECIDED
        if found.missing and _is_prefix(found.walk, found.earlier):
            yield _missing_hit(found, "ends before")


@rule("MC405", on=History)
def order_depends_on_limit(history: History) -> Iterator[Outcome]:
    """Walks of one result give the same sequence at every limit."""
    for found in history.comparisons[Difference.LIMIT]:
        later, earlier = found.walk, found.earlier
        if found.missing or not _in_order(later) or not _in_order(earlier):
            continue
        yield DECIDED
        ours = [identity for identity in later.distinct if identity in earlier.distinct]
        theirs = list(earlier.distinct)
        if ours != theirs:
            index = next(index for index, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
            words = f"at limit {later.limit}, event {index + 1} is {ours[index]}; at limit {earlier.limit} it is {theirs[index]}"
            yield Hit("/result/items", words, at=later.pages[0].trace, beside=(earlier.pages[0].trace,))


@rule("MC406", on=History)
def order_breaks_between_pages(history: History) -> Iterator[Outcome]:
    """The direction of order is kept from page to page, and from one walk to the next at the same limit."""
    directions: dict[tuple[Owner, int | None], tuple[int, ListPage]] = {}
    for walk in history.walks:
        if not walk.closed:
            continue
        last: Identity | None = None
        for page in walk.pages:
            direction, first = directions.setdefault((walk.owner, walk.limit), (direction_of(page), page))
            if direction == 0:
                directions[walk.owner, walk.limit] = (direction_of(page), page)
            elif direction_of(page) not in (0, direction):
                yield DECIDED
                words = f"items {_verb(-direction)} by (t, n), but those of an earlier page {_verb(direction)}"
                yield Hit("/result/items", words, at=page.trace, beside=(first.trace,))
                return
            if not page.items:
                continue
            if last is not None:
                yield DECIDED
                step = _compare(last, page.items[0].identity)
                direction = directions[walk.owner, walk.limit][0]
                if direction == 0:
                    directions[walk.owner, walk.limit] = (step, page)
                elif step == -direction:
                    words = f"items {_verb(direction)} by (t, n), but this page starts with {page.items[0].identity} after {last}"
                    yield Hit("/result/items/0", words, at=page.trace, beside=(first.trace,))
                    return
            last = page.items[-1].identity


@rule("MC407", on=History)
def repeated_cursor(history: History) -> Iterator[Outcome]:
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
def cursor_refused(history: History) -> Iterator[Outcome]:
    """A cursor that a page gave is accepted with the same parameters."""
    given = {(page.owner, page.window, page.limit, page.next_cursor): page for _, page in history.pages if page.next_cursor}
    for _, page in history.pages:
        if page.cursor is not None and (page.owner, page.window, page.limit, page.cursor) in given:
            yield DECIDED
    for _, refusal in history.refusals:
        if refusal.cursor is None or refusal.status == 429:
            continue
        giver = given.get((refusal.call.owner, refusal.window, refusal.limit, refusal.cursor))
        if giver is not None:
            yield DECIDED
            yield Hit(
                "",
                f"the server refuses its own cursor with status {refusal.status}",
                at=refusal.trace,
                beside=(giver.trace,),
            )


@rule("MC409", on=History)
def count_changes_meaning(history: History) -> Iterator[Outcome]:
    """`count` is each page's length throughout, or the total of the whole result throughout."""
    for walk in history.walks:
        if not walk.complete or len(walk.pages) < 2 or (walk.owner, walk.window) in history.grown:
            continue
        yield DECIDED
        if not count_meanings(walk):
            total = len(walk.shown)
            wrong = next((page for page in walk.pages if page.count not in (len(page.items), total)), walk.pages[-1])
            words = f"count is {wrong.count} on a page of {len(wrong.items)} items, in a walk of {total}; pages say " + ", ".join(
                f"{page.count} for {len(page.items)}" for page in walk.pages[:6]
            )
            yield Hit("/result/count", words, at=wrong.trace, beside=(walk.pages[0].trace,))


def count_meanings(walk: Walk) -> frozenset[str]:
    """What `count` can mean on every page of a complete walk: `page`, `total`, both or neither."""
    total = len(walk.shown)
    by_page = all(page.count == len(page.items) for page in walk.pages)
    by_total = all(page.count == total for page in walk.pages)
    return frozenset(name for name, holds in (("page", by_page), ("total", by_total)) if holds)


def _is_prefix(shorter: Walk, longer: Walk) -> bool:
    return all(one == other for one, other in zip(shorter.distinct, longer.distinct, strict=False))


def _missing_hit(found: Comparison, verb: str) -> Hit:
    later, earlier, missing = found.walk, found.earlier, found.missing
    t, n = missing[0].identity
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    words = f"the walk at limit {later.limit} {verb} ({t}, {n}){more}, which the walk at limit {earlier.limit} shows"
    shown_on = next(page.trace for page in earlier.pages if any(item.identity == (t, n) for item in page.items))
    return Hit("/result/items", words, at=_page_of_gap(later, earlier, (t, n)).trace, beside=(shown_on,))


def _page_of_gap(later: Walk, earlier: Walk, missing: Identity) -> ListPage:
    """The page of the later walk on which a missing event should have been: where what comes before it ends."""
    before = set(itertools.takewhile(lambda identity: identity != missing, earlier.distinct))
    gap = later.pages[0]
    for page, following in itertools.zip_longest(later.pages, later.pages[1:]):
        if any(item.identity in before for item in page.items):
            # Behind the last item of a page, it should have been on the next.
            at_end = page.items[-1].identity in before
            gap = following if at_end and following is not None else page
    return gap


def _compare(one: Identity, other: Identity) -> int:
    return (other > one) - (other < one)


def direction_of(page: ListPage) -> int:
    """1 where a page ascends, -1 where it descends, 0 where it shows neither or both."""
    steps = {_compare(a.identity, b.identity) for a, b in itertools.pairwise(page.items)} - {0}
    return steps.pop() if len(steps) == 1 else 0


def _in_order(walk: Walk) -> bool:
    identities = list(walk.distinct)
    return identities in (sorted(identities), sorted(identities, reverse=True))


def _verb(direction: int) -> str:
    return "ascend" if direction > 0 else "descend"


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
)
