"""The facts by which pages of a batch are told apart, and what makes a page one that no rule minds."""

from __future__ import annotations

import dataclasses
import itertools
from operator import itemgetter
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, UnsetType
from tests.judge.reading.test_history import latest, page
from tests.judge.rules.sessions import ruled, walk

from mconn_contracts.judge.reading.events import Events
from mconn_contracts.judge.reading.views import Summary
from mconn_contracts.judge.rules.page import latest_facts, list_facts, one_way, optional, repeated_event
from mconn_contracts.judge.rules.rule import Hit


@pytest.mark.parametrize("size", range(4))
def test_a_page_goes_one_way(size: int) -> None:
    """As sorting its identities says, each of which stands once."""
    for identities in itertools.product(itertools.product(range(3), repeat=2), repeat=size):
        items = list(identities)
        slow = len(set(items)) == size and items in (sorted(items), sorted(items, reverse=True))

        assert slow is one_way([t for t, _ in items], [n for _, n in items]), items


class Typed(msgspec.Struct):
    """A typed value whose member may be absent."""

    cursor: str | UnsetType = UNSET


@pytest.mark.parametrize(
    "value, expected", [({}, None), ({"cursor": "x"}, "x"), (Typed(), None), (Typed("x"), "x"), ({"cursor": ""}, ""), (0, None)]
)
def test_an_optional_member(value: Any, expected: str | None) -> None:
    """Of a JSON object or a typed value."""
    assert expected == optional(value, "cursor")


def listed(count: int, *identities: tuple[int, int], **more: str) -> dict[str, Any]:
    """A model with these events."""
    return {"count": count, "items": [{"t": t, "n": n} for t, n in identities], **more}


@pytest.mark.parametrize(
    "page, of_list, of_latest",
    [
        (listed(0), (0, True), False),
        (listed(1, (1, 0)), (1, True), True),
        (listed(1, (1, 0), cursor="x"), (1, False), True),
        (listed(1, (1, 0), cursor=""), None, True),
        (listed(2, (1, 0), (1, 1)), (2, True), True),
        (listed(9, (1, 0), (1, 1), (2, 0)), (2, True), None),
        (listed(3, (2, 0), (1, 1), (1, 0)), (2, True), True),
        (listed(3, (1, 1), (1, 0), (2, 0)), None, True),
        (listed(2, (1, 0), (1, 0)), None, None),
        (listed(1, (1, 0), (1, 1)), None, None),
        (listed(0, (1, 0)), None, None),
    ],
)
def test_pages_with_equal_facts_are_judged_alike(
    page: dict[str, Any], of_list: tuple[int, bool] | None, of_latest: bool | None
) -> None:
    """Whether a page has no item, one or several, and a cursor; none where a rule may find something."""
    assert (of_list, of_latest) == (list_facts(page, itemgetter), latest_facts(page, itemgetter))


LISTS = "in lists, count is the number of items on the page"


@pytest.mark.parametrize(
    "count, lists, expected",
    [
        (2, walk([1001], [1002], [1003]), []),
        (9, walk([1001], [1002], [1003]), [f"3/result/count by [0, 1]: count is 9, but the answer has 2 items; {LISTS}"]),
        (
            9,
            [*walk([1001], [1002], [1003]), *walk([1001, 1002], [1003], limit=2)],
            [f"5/result/count by [3, 4]: count is 9, but the answer has 2 items; {LISTS}"],
        ),
        (9, walk([1001, 1002]), []),
        (9, walk([1001], [1002], count=2), []),
    ],
)
def test_the_count_of_the_latest_beside_lists(count: int, lists: list[Any], expected: list[str]) -> None:
    """It is no total where that of the lists is none; the first two pages of the shortest walk show it."""
    assert expected == ruled("MC302", *lists, dataclasses.replace(latest(1002, 1003), count=count))


@pytest.mark.parametrize("places", [(0, 1), (1, 2), (0, 1, 0), (2, 1, 0, 1, 2, 1)])
def test_repeated_events_are_where_they_stand_first(places: tuple[int, ...]) -> None:
    """A page of a walk, which holds numbers, and one that is read alone have the same repeated events at the same places."""
    items = [Summary(1_000 + place, 0, 2_000, "Init") for place in places]
    expected = [
        (f"/result/items/{index}", f"t {1_000 + place}, n 0 is also item {places.index(place)}; an event must be shown once")
        for index, place in enumerate(places)
        if places.index(place) < index
    ]

    for held in (items, Events().add(items)):
        hits = repeated_event.predicate(dataclasses.replace(page(), items=held))
        assert expected == [(hit.pointer, hit.message) for hit in hits if isinstance(hit, Hit)]
