"""The columns that a session keeps listed events in: small, and the same as what was shown."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.judge.reading import events as columns
from mconn_contracts.judge.reading.events import Distinct, Events, Members, shown, sorted_by
from mconn_contracts.judge.reading.listed import Listed
from mconn_contracts.judge.reading.views import Identity, Summary

SUMMARIES = st.builds(Summary, st.integers(0, 6), st.integers(0, 2), st.integers(0, 3), st.sampled_from(["Init", "Leave"]))
PAGES = st.lists(st.lists(SUMMARIES, max_size=9), min_size=1, max_size=5)


def size_of(events: Events) -> int:
    """The bytes that the columns of some events take, with what leads to them."""
    return sum(sys.getsizeof(each) for each in (events.t, events.n, events.a, events.k, events._slots))


@given(PAGES)
def test_pages_show_what_they_were_made_of(pages: Sequence[Sequence[Summary]]) -> None:
    """An event that is shown otherwise than it was first keeps what it was shown with."""
    events = Events()
    kept = [events.add(page) for page in pages]

    assert [list(page) for page in pages] == [list(page) for page in kept]
    assert [[*page][1:3] for page in pages] == [list(page[1:3]) for page in kept]
    assert [page[-1] for page in pages if page] == [page[-1] for page in kept if len(page)]
    assert [max((item.identity for item in page), default=None) for page in pages] == [page.newest for page in kept]


@given(PAGES)
def test_a_walk_shows_each_event_once_as_it_came_first(pages: Sequence[Sequence[Summary]]) -> None:
    """Its events are those of a dictionary that keeps the first of each; pages that bring nothing new are known."""
    events = Events()
    distinct = Distinct(events, [events.add(page) for page in pages])
    expected: dict[Identity, Summary] = {}
    new = []
    for page in pages:
        before = len(expected)
        for item in page:
            expected.setdefault(item.identity, item)
        new.append(len(expected) - before)

    assert (list(expected), list(expected.values()), new) == (list(distinct), list(distinct.items), distinct.new)
    assert [(t, 0) in expected for t in range(8)] == [(t, 0) in distinct for t in range(8)]


@given(PAGES, st.sets(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=5))
def test_the_newest_are_those_of_a_sorted_list(pages: Sequence[Sequence[Summary]], without: set[Identity]) -> None:
    """What lists have shown is asked for its newest, without some, as often as one likes."""
    events = Events()
    kept = [events.add(page) for page in pages]
    listed = Listed(events)
    first: dict[Identity, Summary] = {}
    for page, items in zip(pages, kept, strict=True):
        listed.add(items.numbers)
        for item in page:
            first.setdefault(item.identity, item)
        left = [item for item in first.values() if item.identity not in without]
        newest = max(left, key=lambda item: item.identity, default=None)
        collected = max(left, key=lambda item: (item.a, item.identity), default=None)

        assert (newest, collected) == (listed.newest(without), listed.last_collected(without))
        assert (max(first.values(), default=None), not first) == (listed.newest(()), listed.empty)
        of_kind = {item.k: max(each.identity for each in first.values() if each.k == item.k) for item in first.values()}
        assert of_kind == listed.newest_of_kind


@given(st.lists(st.integers(0, 50)), st.sampled_from([1, 3, 1000]))
def test_numbers_are_sorted_in_runs(values: list[int], run: int) -> None:
    """What is sorted a run at a time and merged is what is sorted at once, and as stable."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_RUN", run)
        found = sorted_by(array("i", range(len(values))), lambda number: values[number] // 5)

    assert sorted(range(len(values)), key=lambda number: values[number] // 5) == list(found)


@given(st.lists(st.lists(st.integers(0, 500), max_size=6), max_size=4))
def test_a_set_of_numbers_is_a_set(pages: list[list[int]]) -> None:
    """Whether its numbers lie close to each other or far apart."""
    members = Members([array("i", page) for page in pages])
    for number in (number for page in pages[::2] for number in page):
        members.add(number)

    expected = {number for page in pages[::2] for number in page}
    assert expected == {number for number in range(-3, 510) if number in members}


@pytest.mark.parametrize("value", [-1, 255, 256, 65_536, 2**32, 2**63 - 1, 2**63, 10**30])
def test_columns_become_as_wide_as_their_values(value: int) -> None:
    """Whatever integers a server gives, they are kept as they are."""
    items = [Summary(1, 2, 3, "Init"), Summary(value, value, value, "Leave"), Summary(4, 5, 6, "Init")]
    events = Events()

    assert items == list(events.add(items))
    assert [0, 1, 2] == [events.find(item.identity) for item in items]


@pytest.mark.parametrize("value, t, n, k", [(1, "I", "H", "B"), (65_536, "I", "I", "B"), (2**32, "q", "q", "B")])
def test_columns_are_no_wider_than_their_values(value: int, t: str, n: str, k: str) -> None:
    """A column of numbers that a machine holds is an array of them, in as many bytes as the largest takes."""
    events = Events()
    events.add([Summary(value, value, value, "Init")])

    kept = [events.t, events.n, events.a, events.k]
    assert [t, n, t, k] == [each.typecode if isinstance(each, array) else None for each in kept]


def test_more_kinds_than_a_byte_counts_are_told_apart() -> None:
    """A server may invent kinds; two bytes hold them then."""
    items = [Summary(t, 0, t, f"Kind{t}") for t in range(300)]
    events = Events()

    assert items == list(events.add(items))
    assert isinstance(events.k, array)
    assert "H" == events.k.typecode


def test_an_event_takes_few_bytes() -> None:
    """What five million listed events take fits into 200 MB, with the pages that show them."""
    number = 20_000
    events = Events()
    page = events.add(Summary(1_700_000_000 + t // 2, t % 2, 1_700_000_005 + t // 2, "Init") for t in range(number))

    assert number == len(events)
    assert size_of(events) + sys.getsizeof(page.numbers) < 36 * number


def test_a_page_that_no_recorder_kept_is_refused() -> None:
    """A history is made of columns."""
    with pytest.raises(TypeError, match="made by a recorder"):
        shown((Summary(1, 0, 1, "Init"),))
