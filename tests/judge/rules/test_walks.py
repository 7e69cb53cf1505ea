"""What is said of walks over pages: which page shows a fault, beside which, and in which words; and what is no fault."""

from __future__ import annotations

import dataclasses

import pytest
from tests.judge.reading.test_history import HOUR, OTHER, OWNER, page
from tests.judge.rules.sessions import View, listing, refused, ruled, walk

from mconn_contracts.judge.reading.views import ListPage, Window

NARROW = Window(1_000, 1_500, None)


@pytest.mark.parametrize(
    "pages, expected",
    [
        (walk([1001]), []),
        (walk([1001], [1002]), ["decided"]),
        (walk([1001], [], leads_on=True), []),
        (walk([1001], *[[]] * 19, leads_on=True), []),
        (
            walk([1001], *[[]] * 20, leads_on=True),
            ["20/result/cursor by [0]: the last 20 of 21 pages brought no new event, but there is still a cursor"],
        ),
        (walk([1001], *[[]] * 19, [1002], leads_on=True), []),
        (walk([1001], *[[]] * 20), ["decided"]),
        (
            walk([1001], [1002], *[[1001]] * 21, leads_on=True),
            ["22/result/cursor by [0]: the last 21 of 23 pages brought no new event, but there is still a cursor"],
        ),
    ],
)
def test_a_walk_that_does_not_end(pages: list[ListPage], expected: list[str]) -> None:
    """After twenty pages in a row without a new event, and not before."""
    assert expected == ruled("MC401", *pages)


@pytest.mark.parametrize(
    "pages, expected",
    [
        (walk([1001, 1001]), []),
        (walk([1001, 1001], [1002]), ["decided"]),
        (walk([1001], [1001], started=None), []),
        (
            walk([1001, 1002], [1003, 1001]),
            ["1/result/items/1 by [0]: (1001, 0) is on page 1 of the walk, and again on page 2"],
        ),
        (
            walk([1001], [1002, 1003], [1004], [1005, 1003, 1001, 1002]),
            [
                "3/result/items/1 by [1]: (1003, 0) is on page 2 of the walk, and again on page 4; "
                "the page repeats 3 events in all"
            ],
        ),
        (
            walk([1001], [1002, 1001], [1003, 1001]),
            ["1/result/items/1 by [0]: (1001, 0) is on page 1 of the walk, and again on page 2"],
        ),
        (
            walk([1001], [1001], [1001]),
            ["1/result/items/0 by [0]: (1001, 0) is on page 1 of the walk, and again on page 2"],
        ),
        (
            walk([1001, 1002], [1002, 1001]),
            [
                "1/result/items/0 by [0]: (1002, 0) is on page 1 of the walk, and again on page 2; "
                "the page repeats 2 events in all"
            ],
        ),
        # An event that came late moves the others from page to page.
        ([*walk([1001], [1002]), *walk([1001, 1003], [1003, 1002])], []),
        (
            [*walk([1001], [1001], window=NARROW), *walk([1003], [1003], limit=1)],
            [
                "1/result/items/0 by [0]: (1001, 0) is on page 1 of the walk, and again on page 2",
                "3/result/items/0 by [2]: (1003, 0) is on page 1 of the walk, and again on page 2",
            ],
        ),
    ],
)
def test_an_event_on_two_pages(pages: list[ListPage], expected: list[str]) -> None:
    """The first page that repeats an event of another one, beside the first that shows it; once in a walk."""
    assert expected == ruled("MC402", *pages)


ALL = walk([1001, 1002], [1003, 1004], [1005])
"""A walk of five events, in the first three exchanges."""


@pytest.mark.parametrize(
    "pages, skipped, early",
    [
        (walk([1001, 1002, 1003, 1004, 1005], limit=9), ["decided"], ["decided"]),
        (walk([1001, 1002, 1003, 1004, 1005]), [], []),
        (
            walk([1001, 1002, 1004, 1005], limit=9),
            ["3/result/items by [1]: the walk at limit 9 skips (1003, 0), which the walk without a limit shows"],
            ["decided"],
        ),
        (
            walk([1001], [1002], [1004], [1005], limit=1),
            ["5/result/items by [1]: the walk at limit 1 skips (1003, 0), which the walk without a limit shows"],
            ["decided"],
        ),
        (
            walk([1001], [1002, 1004], [1005], limit=2),
            ["4/result/items by [1]: the walk at limit 2 skips (1003, 0), which the walk without a limit shows"],
            ["decided"],
        ),
        (
            walk([1001], [1003], [1005], limit=1),
            ["4/result/items by [0]: the walk at limit 1 skips (1002, 0) and 1 more, which the walk without a limit shows"],
            ["decided"],
        ),
        # The oldest may have expired.
        (walk([1003], [1004], [1005], limit=1), [], []),
        (
            walk([1001, 1003], [1004], [1005], limit=2),
            ["3/result/items by [0]: the walk at limit 2 skips (1002, 0), which the walk without a limit shows"],
            ["decided"],
        ),
        (
            walk([1001], [1002], limit=1),
            ["decided"],
            ["4/result/items by [1]: the walk at limit 1 ends before (1003, 0) and 2 more, which the walk without a limit shows"],
        ),
        (
            walk([1001, 1002], [1003, 1004], [], limit=2),
            ["decided"],
            ["5/result/items by [2]: the walk at limit 2 ends before (1005, 0), which the walk without a limit shows"],
        ),
    ],
)
def test_events_that_a_walk_lacks(pages: list[ListPage], skipped: list[str], early: list[str]) -> None:
    """The page that had to show the first of them, beside the one of another walk that does."""
    assert (skipped, early) == (ruled("MC403", *ALL, *pages), ruled("MC404", *ALL, *pages))


@pytest.mark.parametrize(
    "pages, expected",
    [
        ([*walk([1001, 1002, 1003]), *walk([1001, 1002], [1003], limit=2)], ["decided"]),
        ([*walk([1001]), *walk([1001], limit=2)], []),
        ([*walk([1001, 1002]), *walk([1001, 1002])], []),
        (
            [*walk([1001, 1002], [1003]), *walk([1001, 1003], [1002], limit=2)],
            ["2/result/items by [0]: at limit 2, event 2 is (1003, 0); without a limit it is (1002, 0)"],
        ),
        (
            [*walk([1001, 1002], [1003], limit=2), *walk([1003, 1002], [1001])],
            ["2/result/items by [0]: without a limit, event 1 is (1003, 0); at limit 2 it is (1001, 0)"],
        ),
        ([*walk([1001, 1002, 1003]), *walk([1001, 1003], limit=2)], ["decided"]),
    ],
)
def test_an_order_that_depends_on_the_limit(pages: list[ListPage], expected: list[str]) -> None:
    """The first event that both walks show and that stands elsewhere; what one of them lacks is another fault."""
    assert expected == ruled("MC405", *pages)


def two_pages(
    first: list[tuple[int, int, int]],
    second: list[tuple[int, int, int]],
    window: Window = HOUR,
    owner: tuple[str, str, str] = OWNER,
) -> list[ListPage]:
    """Two pages of a list, with items of these `t`, `n` and `a`."""
    one, other = ([(t, n, a, "Init") for t, n, a in each] for each in (first, second))
    pages = [listing(*one, window=window, leads_to="x"), listing(*other, window=window, cursor="x")]
    return [dataclasses.replace(each, owner=owner) for each in pages]


UP, DOWN = [(1001, 0, 1001), (1003, 0, 1003)], [(1003, 0, 1003), (1001, 0, 1001)]
CHOSEN = two_pages(UP, [(1002, 0, 1002)])
"""An order that is neither that of `t` nor that of `a`."""
WRONG = two_pages([(1001, 1, 1001)], [(1001, 0, 1001), (1002, 0, 1002)], NARROW)
"""The events of one second against their numbers."""
NEITHER = "the list follows neither t nor a: (1002, 0), a 1002, comes after (1003, 0), a 1003"
AGAINST = "the list ascends by t, but within second 1001, n 0 comes after n 1"


@pytest.mark.parametrize(
    "pages, expected",
    [
        ([listing(*[(*each, "Init") for each in (*DOWN, (1002, 0, 1002))])], []),
        (two_pages(UP, [(1004, 0, 1004)]), ["decided"]),
        (two_pages(DOWN, [(1000, 0, 1000)]), ["decided"]),
        # A page that is not sorted itself is another fault.
        (two_pages([*UP, (1002, 0, 1002)], [(1004, 0, 1004)]), ["decided"]),
        (two_pages([(1004, 0, 1004)], [*UP, (1002, 0, 1002)]), ["decided"]),
        (CHOSEN, [f"1/result/items/0 by [0], warning: {NEITHER}"]),
        (WRONG, [f"1/result/items/0 by [0]: {AGAINST}"]),
        ([*CHOSEN, *WRONG], [f"3/result/items/0 by [2]: {AGAINST}"]),
        ([*WRONG, *CHOSEN], [f"1/result/items/0 by [0]: {AGAINST}"]),
        ([*CHOSEN, *two_pages(UP, [(1002, 0, 1002)], NARROW)], [f"1/result/items/0 by [0], warning: {NEITHER}"]),
        (
            [*CHOSEN, *two_pages(UP, [(1002, 0, 1002)], owner=OTHER)],
            [f"1/result/items/0 by [0], warning: {NEITHER}", f"3/result/items/0 by [2], warning: {NEITHER}"],
        ),
        # Where lists disagree, none of them has chosen its order.
        ([*CHOSEN, *walk([1001, 1002, 1003], limit=9)], [f"1/result/items/0 by [0]: {NEITHER}"]),
    ],
)
def test_an_order_that_breaks_between_pages(pages: list[ListPage], expected: list[str]) -> None:
    """The page with the item that breaks it, beside the first; the gravest of each owner."""
    assert expected == ruled("MC406", *pages)


FILTERED, ALSO_FILTERED = Window(1_000, 2_000, "Init"), Window(1_000, 1_500, "Init")


@pytest.mark.parametrize(
    "pages, expected",
    [
        (walk([1001, 1002]), []),
        ([*walk([1001]), *walk([1002], window=NARROW)], []),
        ([*walk([1001, 1002, 1003]), *walk([1001], [1003], window=NARROW)], ["decided"]),
        (
            [*walk([1001], [1002], [1003]), *walk([1002], [1001], window=NARROW)],
            ["4/result/items by [1, 0, 3]: (1002, 0) comes before (1001, 0) in this list, and after it in another"],
        ),
        # Lists with a filter may all be the reverse of those without one.
        ([*walk([1001], [1002], [1003]), *walk([1003, 1002], window=FILTERED)], ["decided"]),
        (
            [*walk([1001, 1002, 1003]), *walk([1001, 1002], window=FILTERED), *walk([1003, 1002], window=ALSO_FILTERED)],
            [
                "2/result/items by [0, 1]: (1003, 0) comes before (1002, 0) in this list, and after it in another; "
                "but (1001, 0) comes before (1002, 0) both with a filter and without"
            ],
        ),
    ],
)
def test_lists_that_disagree_on_order(pages: list[ListPage], expected: list[str]) -> None:
    """The page of the shorter list that shows the second of the two events, beside the first page of the longer."""
    assert expected == ruled("MC410", *pages)


def given(*cursors: str | None) -> list[ListPage]:
    """Pages that give these cursors, each of which leads to the next page."""
    asked = (None, *cursors)
    return [page(1001 + index, cursor=asked[index], leads_to=given) for index, given in enumerate(cursors)]


@pytest.mark.parametrize(
    "pages, expected",
    [
        (given(None), []),
        (given("x", None), ["decided"]),
        (given("x", "y", None), ["decided"]),
        (given("x", "x"), ['1/result/cursor by [0]: page 2 gives the cursor "x", which page 1 gave already']),
        (given("x", "y", "x", "x"), ['2/result/cursor by [0]: page 3 gives the cursor "x", which page 1 gave already']),
        (given("x", "y", "y"), ['2/result/cursor by [1]: page 3 gives the cursor "y", which page 2 gave already']),
        ([*given("x", None), *given("x", None)], ["decided"]),
    ],
)
def test_a_cursor_that_is_given_twice(pages: list[ListPage], expected: list[str]) -> None:
    """In one walk; the page that gives it again, beside the first."""
    assert expected == ruled("MC407", *pages)


FIRST = page(1001, leads_to="x", limit=1)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([FIRST], []),
        ([FIRST, page(1002, cursor="x", limit=1)], ["decided"]),
        ([FIRST, page(1002, cursor="y", limit=1)], []),
        ([FIRST, page(1002, cursor="x")], []),
        ([page(1001), page(1002)], []),
        (
            [FIRST, refused(window=HOUR, cursor="x", limit=1, status=400)],
            ["1 by [0]: the server refuses its own cursor with status 400"],
        ),
        ([FIRST, refused(window=HOUR, cursor="x", limit=1, status=429)], []),
        ([FIRST, refused(window=HOUR, cursor="x", limit=2, status=400)], []),
        ([FIRST, refused(window=NARROW, cursor="x", limit=1, status=400)], []),
        ([FIRST, refused(window=HOUR, cursor="y", limit=1, status=400)], []),
        ([FIRST, refused(window=HOUR, limit=1, status=400)], []),
        ([page(1001), refused(window=HOUR, status=400)], []),
    ],
)
def test_a_cursor_that_is_refused(views: list[View], expected: list[str]) -> None:
    """Of the same request, except that the server may ask to wait."""
    assert expected == ruled("MC408", *views)


def counted(pages: list[ListPage], *counts: int) -> list[ListPage]:
    """The pages, with these counts."""
    return [dataclasses.replace(each, count=count) for each, count in zip(pages, counts, strict=True)]


TWO = walk([1001, 1002], [1003], limit=2)
ONE = "count is 1 on a page of 1 item"


@pytest.mark.parametrize(
    "pages, expected",
    [
        (walk([1001]), []),
        (TWO, ["decided"]),
        (counted(TWO, 3, 3), ["decided"]),
        (walk([1001, 1002], [1003], started=None), []),
        (walk([1001, 1002], [1003], leads_on=True), []),
        (
            counted(TWO, 2, 4),
            [
                "1/result/count by [0]: count is 4 on a page of 1 item, in a walk of 3 events; "
                "the counts of its pages are 2 for 2 items, 4 for 1 item"
            ],
        ),
        (
            counted(TWO, 3, 1),
            [
                "1/result/count by [0]: count is 1 on a page of 1 item, in a walk of 3 events; "
                "the counts of its pages are 3 for 2 items, 1 for 1 item"
            ],
        ),
        (
            counted(walk(*([1001 + number] for number in range(8)), limit=1), 9, *[1] * 7),
            [
                "0/result/count by [0]: count is 9 on a page of 1 item, in a walk of 8 events; "
                "the counts of its pages are 9 for 1 item, 1 for 1 item, 1 for 1 item, 1 for 1 item, 1 for 1 item, 1 for 1 item"
            ],
        ),
        (
            [*TWO, *counted(walk([1001], [1002], window=NARROW), 2, 2)],
            [
                "2/result/count by [0]: count is 2 on a page of 1 item, so here it is the total of the result; "
                "in another walk it is the number of items on the page"
            ],
        ),
        (
            [*counted(TWO, 3, 3), *walk([1001], [1002], window=NARROW)],
            [
                "2/result/count by [0]: count is 1 on a page of 1 item, so here it is the number of items on the page; "
                "in another walk it is the total of the result"
            ],
        ),
        # All events on the first page: the count of both pages may mean either, and the last one decides.
        (
            [
                *counted(walk([1001], [], window=NARROW), 1, 1),
                *counted(walk([1001], [1002], window=Window(1_000, 1_600, None)), 2, 2),
            ],
            ["decided"],
        ),
        ([*TWO, *(dataclasses.replace(each, owner=OTHER) for each in counted(TWO, 3, 3))], ["decided"]),
    ],
)
def test_what_count_means(pages: list[ListPage], expected: list[str]) -> None:
    """The number of items on the page in all walks of an owner, or the total in all of them."""
    assert expected == ruled("MC409", *pages)


def sized(size: int, limit: int | None = None, *, leads_on: bool = True, window: Window = HOUR) -> list[ListPage]:
    """The first page of a list, of so many events."""
    return walk(range(1001, 1001 + size), limit=limit, leads_on=leads_on, window=window)


@pytest.mark.parametrize(
    "pages, expected",
    [
        ([*sized(5, 5), *sized(9, 9)], []),
        ([*sized(5), *sized(9, 9)], []),
        ([*sized(5), *sized(2, 2), *sized(9, 9)], ["decided"]),
        (
            [*sized(5), *sized(9, 9), *sized(2, 20)],
            ["2/result/items by [0, 1]: at limit 20 a page that is not the last has 2 items, but at limit 9 it has 9"],
        ),
        # Past the largest limit, a server may use its default.
        ([*sized(5), *sized(9, 9), *sized(5, 20)], ["decided"]),
        ([*sized(9), *sized(5, 5), *sized(5, 20)], ["decided"]),
        (
            [*sized(9), *sized(5, 5), *sized(4, 20)],
            ["2/result/items by [0, 1]: at limit 20 a page that is not the last has 4 items, but at limit 5 it has 5"],
        ),
        ([*sized(5), *sized(9, 9), *sized(2, 20, leads_on=False)], ["decided"]),
        (
            [*sized(5), *sized(9, 9), *sized(7, 10), *sized(4, 20)],
            ["3/result/items by [0, 1]: at limit 20 a page that is not the last has 4 items, but at limit 9 it has 9"],
        ),
        ([*sized(5), *sized(9, 9), *sized(2, 20, window=NARROW)], []),
        ([dataclasses.replace(each, started=None) for each in (*sized(5), *sized(9, 9), *sized(2, 20))], []),
        (
            [*sized(9), *sized(2), *sized(5, 5), *sized(4, 20)],
            ["3/result/items by [0, 2]: at limit 20 a page that is not the last has 4 items, but at limit 5 it has 5"],
        ),
        # The first page of each size counts.
        ([*sized(5), *sized(9, 9), *sized(9, 20), *sized(2, 20)], ["decided"]),
    ],
)
def test_a_smaller_page_at_a_larger_limit(pages: list[ListPage], expected: list[str]) -> None:
    """Smaller than a page at a smaller limit, and than one without a limit, though more follows."""
    assert expected == ruled("MC411", *pages)
