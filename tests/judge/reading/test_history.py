"""What a session remembers: its walks, which windows are past, and every sighting of an event."""

from __future__ import annotations

import dataclasses

import pytest

from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import Recorder
from mconn_contracts.judge.reading.views import Event, FetchedEvent, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.model.exchange import Origin, Request, Trace

OWNER = ("http://127.0.0.1", "a1", "c1")
OTHER = ("http://127.0.0.1", "a1", "c2")
TRACE = Trace(Origin(), Request("GET", "http://127.0.0.1"), None)
HOUR = Window(1_000, 2_000, None)


def page(
    *times: int, cursor: str | None = None, leads_to: str | None = None, window: Window = HOUR, limit: int | None = None
) -> ListPage:
    """A page with the events recorded at these times."""
    items = tuple(Summary(t, 0, t, "Init") for t in times)
    return ListPage(TRACE, OWNER, window, limit, cursor, len(items), items, leads_to, None, own=True)


def latest(*times: int) -> LatestPage:
    """An answer with the events recorded at these times."""
    return LatestPage(TRACE, OWNER, len(times), tuple(Event(t, 0, {"k": "Init"}, None) for t in times), None, own=True)


def fetched(t: int, asked: int | None = None) -> FetchedEvent:
    """An answer with the event recorded at that time, where another may have been asked for."""
    return FetchedEvent(TRACE, OWNER, (t if asked is None else asked, 0), Event(t, 0, {"k": "Init"}, None), own=True)


def history(*views: object) -> History:
    """A session of these views."""
    recorder = Recorder()
    for view in views:
        recorder.add(view)
    return recorder.history()


# Walks.


def test_a_walk_goes_from_cursor_to_cursor() -> None:
    """A page without a cursor begins a walk, and the page of its cursor goes on with it; the last has none."""
    (walk,) = history(page(1001, leads_to="x"), page(1002, cursor="x", leads_to="y"), page(1003, cursor="y")).walks

    assert ([(1001, 0), (1002, 0), (1003, 0)], True, 1) == (walk.identities(), walk.ended, walk.begun)


def test_walks_that_take_turns_are_told_apart() -> None:
    """What a client asks in between breaks no walk, and the same cursor with another limit is another walk's."""
    walks = history(
        page(1001, leads_to="x", limit=1),
        page(1001, 1002, leads_to="x", limit=2),
        page(1003, cursor="x", limit=2),
        latest(),
        page(1002, cursor="x", limit=1),
    ).walks

    assert [(1, [(1001, 0), (1002, 0)]), (2, [(1001, 0), (1002, 0), (1003, 0)])] == [
        (each.limit, each.identities()) for each in walks
    ]


@pytest.mark.parametrize(
    "follower",
    [
        page(1002, cursor="z"),
        page(1002, cursor="x", window=Window(1_000, 2_000, "Init")),
        page(1002, cursor="x", window=Window(1_000, 2_001, None)),
        page(1002, cursor="x", limit=5),
        dataclasses.replace(page(1002, cursor="x"), owner=OTHER),
    ],
)
def test_a_page_of_another_request_is_of_no_walk(follower: ListPage) -> None:
    """A cursor leads on with the same parameters only; a page whose beginning was not seen is no walk."""
    walks = history(page(1001, leads_to="x"), follower).walks

    assert [[(1001, 0)]] == [walk.identities() for walk in walks]
    assert not walks[0].ended


def test_a_cursor_is_followed_once() -> None:
    """The same page asked for again is not the walk's next."""
    (walk,) = history(page(1001, leads_to="x"), page(1002, cursor="x"), page(1002, cursor="x")).walks

    assert 2 == len(walk.pages)


# What is past.


@pytest.mark.parametrize(
    "before, started, closed",
    [
        ((), None, False),
        ((latest(2_000),), None, False),
        ((latest(2_001),), None, True),
        ((latest(2_001, 5),), None, True),
        ((page(2_001, window=Window(0, 9_999, None)),), None, True),
        ((fetched(2_001),), None, False),
        ((), 2_060.0, False),
        ((), 2_060.5, True),
        ((latest(1_500), latest(1_501)), 9_999.0, False),
        ((latest(1_500), latest(1_500)), 9_999.0, True),
        ((latest(2_001), latest(2_002)), None, True),
    ],
)
def test_a_window_is_past_by_its_own_events_or_by_the_clock(
    before: tuple[object, ...], started: float | None, closed: bool
) -> None:
    """An event after its end was shown before, or the clock is well past it, unless the server's own clock runs."""
    *_, walk = history(*before, dataclasses.replace(page(1001), started=started)).walks

    assert closed == walk.closed


def test_what_is_shown_later_closes_no_earlier_window() -> None:
    """A walk is of a past window only where that was known when it began."""
    (walk, *_) = history(page(1001), latest(9_999)).walks

    assert (True, False, False) == (walk.ended, walk.closed, walk.complete)


def test_a_window_without_an_end_is_never_past() -> None:
    """Events may always arrive in it."""
    *_, walk = history(latest(9_999), dataclasses.replace(page(1001, window=Window(0, None, None)), started=1e12)).walks

    assert not walk.closed


def test_a_result_that_gained_events_grows() -> None:
    """Events that were collected late come up in a past window: that is no contradiction. Events that go away are not growth."""
    closing = latest(9_999)

    assert {(OWNER, HOUR)} == history(closing, page(1001), page(1001, 1002)).grown
    assert set() == history(closing, page(1001, 1002), page(1001)).grown
    assert set() == history(page(1001), page(1001, 1002)).grown


# Sightings.


def test_sightings_are_kept_in_order_by_owner_and_event() -> None:
    """Every event is found in the list, and in full whether fetched or among the latest, with its place."""
    session = history(latest(1001, 1002), page(1002, 1001), fetched(1002))

    first = session.listed[OWNER].first((1002, 0))
    assert first is not None
    assert ("/result/items/0", 2) == (first.place.pointer, first.place.order)
    assert [("/result/items/1", 1, True), ("/result", 3, False)] == [
        (each.place.pointer, each.place.order, each.latest) for each in session.full[OWNER][1002, 0]
    ]
    assert (OWNER,) == session.owners


def test_a_wrong_event_is_no_sighting_of_the_one_asked_for() -> None:
    """What was given instead is not held against the event that it is: it is a fault of its own."""
    assert {} == history(fetched(1001, asked=1002)).full


def test_views_of_others_are_left_out() -> None:
    """What a probe asks of connectors that are not the user's, and bare models, say nothing of the user's events."""
    call = Call(None, *OWNER[:1], "GET", {"account_id": "a1", "connector_id": "c1"}, ())
    refusal = Refusal(TRACE, call, "listEvents", 404, None, None, None, own=False, fair=False)
    views = [
        refusal,
        *(dataclasses.replace(each, own=False) for each in (page(1001), latest(1001), fetched(1001))),
        *(dataclasses.replace(each, owner=None) for each in (page(1001), latest(1001), fetched(1001))),
    ]
    session = history(*views)
    own = dataclasses.replace(refusal, own=True)

    assert History() == session
    assert ((), ()) == (session.walks, session.owners)
    assert ((1, own),) == history(own).refusals
