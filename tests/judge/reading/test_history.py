"""What a session remembers: its walks, which windows are past, and every sighting of an event."""

from __future__ import annotations

import dataclasses

import pytest

from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.judge.reading.events import Events
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


def test_orders_are_of_each_owner() -> None:
    """Whether lists have events in common is known where those of any owner do; which disagree, of all."""
    others = [dataclasses.replace(each, owner=OTHER) for each in (page(1001), page(1002), page(1001, 1002), page(1002, 1001))]
    compared, found = history(page(1001, 1002), page(1002, 1001), *others[2:]).orders

    assert (True, [OWNER, OTHER]) == (compared, [each.walk.owner for each in found])
    assert (True, ()) == history(page(1001, 1002), page(1001, 1002), *others[:2]).orders
    assert [(False, ())] * 3 == [history(*others[:2]).orders, history(page(1001)).orders, History().orders]


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


@pytest.mark.parametrize(
    "views, t, order, fresh",
    [
        ((latest(100),), 100, 9, False),
        ((latest(100), latest(100)), 100, 9, False),
        ((latest(100), latest(99)), 100, 9, False),
        ((latest(99), page(100)), 100, 9, False),
        ((latest(99), latest(100)), 41, 9, True),
        ((latest(99), latest(100)), 40, 9, False),
        ((latest(9), latest(10), page(100)), 40, 3, False),
        ((latest(9), latest(10), page(100)), 40, 2, True),
        ((page(90), latest(9), latest(10)), 30, 1, False),
        ((page(90), latest(9), latest(10)), 31, 1, True),
        ((latest(9), latest(), latest(10)), 9, 9, True),
        ((latest(9), latest(10), page()), 9, 9, True),
        ((latest(9), latest(10)), -50, 1, True),
        ((latest(9), latest(10)), -50, 2, False),
    ],
)
def test_what_is_new_is_told_by_what_arrives(views: tuple[object, ...], t: int, order: int, fresh: bool) -> None:
    """Within the minute before the newest event that was shown by then, where the latest were seen to change."""
    session = history(*views)

    assert fresh == session.is_fresh(OWNER, (t,), order, None)
    assert not session.is_fresh(OTHER, (t,), order, None)


@pytest.mark.parametrize(
    "item, by_clock, by_events",
    [
        (Summary(50, 0, 50, "Init"), False, False),
        (Summary(2, 0, 2, "Init"), False, False),
        (Summary(42, 0, 42, "Init"), False, False),
        (Summary(40, 0, 40, "Init"), True, True),
        (Summary(40, 0, 41, "Init"), False, True),
        (Event(40, 0, {"k": "Init"}, None), True, True),
        (Event(41, 0, {"k": "Init"}, None), False, False),
    ],
)
def test_a_walk_misses_what_it_does_not_show_and_is_not_new(item: Summary | Event, by_clock: bool, by_events: bool) -> None:
    """As of its last page: by the clock recorded or collected, by what arrives recorded, within a minute."""
    first, last = page(50, leads_to="c"), page(2, cursor="c")
    sessions = (
        history(page(1), dataclasses.replace(first, started=900.0), dataclasses.replace(last, started=100.0)),
        history(page(1), first, latest(99), latest(100), last),
    )

    assert [by_clock, by_events] == [session.misses(session.walks[1], item) for session in sessions]


def test_a_walk_does_not_miss_what_had_expired_when_it_began() -> None:
    """Where nothing as old was shown then or later."""
    session = history(page(5, 7), page(6, 7))

    assert [False, True] == [session.misses(session.walks[1], Summary(t, 0, t, "Init")) for t in (5, 8)]


def test_what_nobody_owns_says_nothing() -> None:
    """A page of an unknown owner is of no walk, and its events are nobody's."""
    nobodys = dataclasses.replace(page(), owner=None, items=Events().add([Summary(1001, 0, 9_999, "Init")]))
    views = [dataclasses.replace(latest(time), owner=None) for time in (1001, 1002)]
    session = History(
        pages=((1, nobodys),),
        latest=((2, views[0]), (4, views[1])),
        fetched=((3, dataclasses.replace(fetched(1001), owner=None)),),
    )

    assert ((), (), {}, {}, {}) == (session.walks, session.owners, session.listed, session.full, session.ruled_out)
    assert ([], []) == (list(session.shown()), list(session.latest_beside_listed()))


def test_what_is_fetched_was_asked_for() -> None:
    """An event that was asked for in another form is what it is."""
    asked = dataclasses.replace(fetched(1001), asked=None)
    session = history(asked, latest(1002))

    assert [(1001, 0), (1002, 0)] == list(session.full[OWNER])
    assert [(1002, 0)] == list(session.among_latest[OWNER])
    assert session.full[OWNER][1002, 0] == session.among_latest[OWNER][1002, 0]
    assert {} == history(asked).among_latest


def test_what_remains_is_shown_by_the_last_that_shows_it() -> None:
    """The event or one that expires before it: by `t` where no list shows it, else by `a`."""
    collected_late = dataclasses.replace(page(), items=(Summary(4, 0, 8, "Init"),))
    every: tuple[ListPage | LatestPage | FetchedEvent, ...] = (page(5, 7), page(6), fetched(9), collected_late, latest(8))
    views = [dataclasses.replace(each, trace=Trace(Origin(entry=entry), None, None)) for entry, each in enumerate(every)]
    session = history(*views)

    assert [0, 1, 3, 1, 4] == [session.remains_by(OWNER, (t, 0)).origin.entry for t in (5, 6, 4, 7, 8)]


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
