"""What a session keeps of its exchanges: all of them up to a bound, and no walk cut by it."""

from __future__ import annotations

import dataclasses

import pytest
from tests.judge.reading.test_history import TRACE, fetched, latest, page

from mconn_contracts.judge.reading.recorder import EXCHANGE_BYTES, Recorder
from mconn_contracts.judge.reading.views import Summary
from mconn_contracts.model.exchange import Origin, Request, Trace

ROOM_FOR_TWO = 2 * EXCHANGE_BYTES
"""The bound of a session that has room for two exchanges of an event each."""


def recorded(*views: object, most: int = ROOM_FOR_TWO) -> Recorder:
    """A recorder of these views."""
    recorder = Recorder(most)
    for view in views:
        recorder.add(view)
    return recorder


def test_what_is_past_the_bound_is_counted() -> None:
    """The first exchanges are kept, and the number of all others is known."""
    recorder = recorded(page(1001), latest(1002), fetched(1003), page(1004), latest(1005))
    history = recorder.history()

    assert (1, 1, 0, 3) == (len(history.pages), len(history.latest), len(history.fetched), recorder.unrelated)


def test_a_view_that_is_never_related_needs_no_room() -> None:
    """Pages of other connectors, and those of bare models, are neither kept nor counted."""
    others = [dataclasses.replace(page(1001), own=False), dataclasses.replace(page(1001), owner=None)]
    recorder = recorded(*others * 9, page(1001), latest(1002))

    assert (1, 1, 0) == (len(recorder.history().pages), len(recorder.history().latest), recorder.unrelated)


def test_an_open_walk_is_not_cut() -> None:
    """A walk that the bound meets is kept to its end; one that begins later is not."""
    walk = [page(1001, leads_to="x"), page(1002, cursor="x", leads_to="y"), page(1003, cursor="y")]
    recorder = recorded(*walk, page(1001, leads_to="z"), page(1002, cursor="z"))

    assert [3] == [len(each.pages) for each in recorder.history().walks]
    assert (True, 2) == (recorder.history().walks[0].ended, recorder.unrelated)


def test_an_open_walk_ends_at_twice_the_bound() -> None:
    """A server that never ends a walk does not fill the memory."""
    walk = [page(1000), *(page(1001 + n, cursor=f"{n}", leads_to=f"{n + 1}") for n in range(20))]
    walk[0] = dataclasses.replace(walk[0], next_cursor="0")
    recorder = recorded(*walk)

    assert [4] == [len(each.pages) for each in recorder.history().walks]
    assert (False, 17) == (recorder.history().walks[0].ended, recorder.unrelated)


def test_a_history_stays_as_it_was() -> None:
    """What is asked for while exchanges still come is of those that came, and hides none that come later."""
    recorder = recorded(page(1001), most=100 * EXCHANGE_BYTES)
    before = recorder.history()
    recorder.add(page(1002))

    assert ((1001, 0), 1) == (before.walks[0].identities()[0], len(before.walks))
    assert 2 == len(recorder.history().walks)
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.pages = ()  # type: ignore[misc]


def test_views_are_put_in_the_order_of_their_entries() -> None:
    """Exchanges that are told to have come in another order are numbered in that order."""
    views = [dataclasses.replace(page(time), trace=Trace(Origin(entry=time), None, None)) for time in (1, 2, 3)]
    recorder = recorded(*views, most=100 * EXCHANGE_BYTES)
    recorder.reorder({3: 0, 1: 1, 2: 2})

    assert [(1, 3), (2, 1), (3, 2)] == [(order, each.items[0].t) for order, each in recorder.history().pages]


def test_long_texts_and_kinds_need_room() -> None:
    """What a server invents, such as endless cursors and kinds, is bounded as well."""
    long = dataclasses.replace(TRACE, request=Request("GET", "http://127.0.0.1/" + "x" * 1000 * EXCHANGE_BYTES))
    kinds = dataclasses.replace(page(1001), items=tuple(Summary(1001, n, 1001, f"Kind{n}") for n in range(100)))
    recorders = [
        recorded(view, page(1002), most=20 * EXCHANGE_BYTES) for view in (dataclasses.replace(page(1001), trace=long), kinds)
    ]

    assert [(1, 1), (1, 1)] == [(len(each.history().pages), each.unrelated) for each in recorders]
