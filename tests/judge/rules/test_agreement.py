"""What is said where endpoints disagree about an event: which exchange shows it, beside which, and in which words."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tests.judge.reading.test_history import OTHER, TRACE, fetched, latest, page
from tests.judge.rules.sessions import View, refused, ruled

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Event, FetchedEvent, Header, LatestPage, ListPage, Summary
from mconn_contracts.judge.rules.agreement import head_disagrees, wrong_event
from mconn_contracts.judge.rules.rule import DECIDED, Hit

LISTED = page(1001, 1002)


@pytest.mark.parametrize(
    "views, listed, among_latest",
    [
        ([LISTED, fetched(1001)], ["decided"], []),
        ([latest(1001), fetched(1001)], [], ["decided"]),
        ([LISTED, fetched(1003)], [], []),
        ([LISTED, dataclasses.replace(fetched(1001), asked=None)], [], []),
        ([fetched(1001)], [], []),
        (
            [LISTED, refused((1001, 0)), page(1001)],
            ["1 by [0] and [2]: event (1001, 0) is listed, but fetching it is refused with status 404"],
            [],
        ),
        (
            [latest(1001), refused((1001, 0), 410), latest(1001)],
            [],
            ["1 by [0] and [2]: event (1001, 0) is among the latest, but fetching it is refused with status 410"],
        ),
        # What both showed is the latest's.
        (
            [LISTED, latest(1001), refused((1001, 0)), page(1001)],
            [],
            ["2 by [1] and [3]: event (1001, 0) is among the latest, but fetching it is refused with status 404"],
        ),
        ([LISTED, refused((1001, 0), 429)], [], []),
        ([LISTED, refused((1003, 0))], [], []),
        ([LISTED, refused(status=400)], [], []),
        ([refused((1001, 0)), LISTED], [], []),
        ([refused((1001, 0)), latest(1001)], [], []),
        ([refused((1001, 0))], [], []),
        # Nothing as old was shown again: it may have expired.
        ([page(1001), page(1002), refused((1001, 0)), page(1002)], [], []),
    ],
)
def test_an_event_that_was_shown_and_is_refused(views: list[View], listed: list[str], among_latest: list[str]) -> None:
    """The refusal, beside the exchange that showed the event first, and the last one by which it had not expired."""
    assert (listed, among_latest) == (ruled("MC501", *views), ruled("MC502", *views))


@pytest.mark.parametrize(
    "asked, shown, field",
    [(None, (1, 2), None), ((1, 2), (1, 2), None), ((1, 2), (3, 2), "t"), ((1, 2), (1, 3), "n"), ((1, 2), (2, 1), "t")],
)
def test_a_fetched_event_is_another(asked: tuple[int, int] | None, shown: tuple[int, int], field: str | None) -> None:
    """By its time or its number; where the request names no event, nothing is said."""
    answer = FetchedEvent(TRACE, None, asked, Event(*shown, {"k": "Init"}, None), own=True)
    found = list(wrong_event.predicate(answer))

    t, n = shown
    words = "" if asked is None else f"the request is for {asked[0]}.{asked[1]}, but the answer has t {t}, n {n}"
    expected = [] if asked is None else [DECIDED] if field is None else [DECIDED, Hit(f"/result/{field}", words)]
    assert expected == found


def listed(kind: str, a: int = 1001) -> ListPage:
    """A list of one event."""
    return dataclasses.replace(page(), items=(Summary(1001, 0, a, kind),), count=1)


def full(k: str = "Init", v: str | None = None, **more: Any) -> FetchedEvent:
    """The same event when it is fetched."""
    return FetchedEvent(TRACE, LISTED.owner, (1001, 0), Event(1001, 0, {"k": k, **more}, v), own=True)


def newest(k: str = "Init", v: str | None = None) -> LatestPage:
    """The same event among the latest."""
    return dataclasses.replace(latest(1001), items=(Event(1001, 0, {"k": k}, v),))


@pytest.mark.parametrize(
    "views, expected",
    [
        ([listed("Init"), full()], ["decided"]),
        ([listed("Init"), fetched(1002)], []),
        ([full()], []),
        ([listed("Leave"), full()], ['1/result/e/k by [0]: event (1001, 0) is "Init" in full, but "Leave" in the list']),
        (
            [newest("Leave"), listed("Init")],
            ['0/result/items/0/e/k by [1]: event (1001, 0) is "Leave" in full, but "Init" in the list'],
        ),
        # One of two lists disagrees, and the first sighting in full counts.
        (
            [listed("Init"), listed("Leave"), full(), full("Leave")],
            ['2/result/e/k by [1]: event (1001, 0) is "Init" in full, but "Leave" in the list'],
        ),
        ([listed("Init"), listed("Init", a=1002), full()], ["decided"]),
        ([dataclasses.replace(listed("Leave"), owner=OTHER), full()], []),
    ],
)
def test_a_kind_in_a_list_and_in_full(views: list[View], expected: list[str]) -> None:
    """The event in full, beside the list that says otherwise."""
    assert expected == ruled("MC504", *views)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([full(), newest()], ["decided"]),
        ([full(), full()], []),
        ([newest(), newest()], []),
        (
            [newest("Leave"), full()],
            [
                '1/result/e by [0]: `e` of event (1001, 0) is {"k": "Init"} when it is fetched, '
                'but {"k": "Leave"} among the latest'
            ],
        ),
        ([full(v="1"), newest()], ["decided"]),
        ([full(), newest(v="1")], ["decided"]),
        (
            [full(v="1"), newest(v="2")],
            ['0/result/v by [1]: `v` of event (1001, 0) is "1" when it is fetched, but "2" among the latest'],
        ),
        # Both endpoints show versions, but one not of this event.
        (
            [full(v="1"), latest(1001), dataclasses.replace(latest(1002), items=(Event(1002, 0, {"k": "Init"}, "1"),))],
            ['0/result/v by [1]: `v` of event (1001, 0) is "1" when it is fetched, but absent among the latest'],
        ),
        (
            [full(), newest(v="1"), dataclasses.replace(fetched(1002), event=Event(1002, 0, {"k": "Init"}, "1"))],
            ['0/result by [1]: `v` of event (1001, 0) is absent when it is fetched, but "1" among the latest'],
        ),
        # The first sightings count: what one endpoint changes is another fault.
        ([full(v="1"), full(v="2"), newest(v="1"), newest(v="2")], ["decided"]),
        ([newest(v="1"), newest(v="2"), full(v="1"), full(v="2")], ["decided"]),
    ],
)
def test_an_event_among_the_latest_and_fetched(views: list[View], expected: list[str]) -> None:
    """The same `e`, and the same `v` where both endpoints show versions."""
    assert expected == ruled("MC505", *views)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([listed("Init")], []),
        ([listed("Init"), page(1002)], []),
        ([listed("Init"), listed("Init")], ["decided"]),
        (
            [listed("Init"), listed("Leave")],
            ['1/result/items/0/k by [0]: `k` of event (1001, 0) is "Leave" here, but "Init" elsewhere'],
        ),
        (
            [listed("Init"), listed("Leave", a=1002)],
            ["1/result/items/0/a by [0]: `a` of event (1001, 0) is 1002 here, but 1001 elsewhere"],
        ),
        (
            [listed("Init"), listed("Init"), listed("Init", a=1003), listed("Init", a=1004)],
            ["2/result/items/0/a by [0]: `a` of event (1001, 0) is 1003 here, but 1001 elsewhere"],
        ),
    ],
)
def test_a_listed_event_that_changes(views: list[View], expected: list[str]) -> None:
    """The first list that shows the event otherwise, beside the first that shows it; once for each event."""
    assert expected == ruled("MC507", *views)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([full()], []),
        ([full(), newest("Leave")], []),
        ([full(), full()], ["decided"]),
        ([newest(), newest()], ["decided"]),
        ([full(v="1"), full(v="2")], ['1/result/v by [0]: `v` of event (1001, 0) is "2" here, but "1" elsewhere']),
        (
            [newest("Init"), newest("Leave")],
            ['1/result/items/0/e by [0]: `e` of event (1001, 0) is {"k": "Leave"} here, but {"k": "Init"} elsewhere'],
        ),
        (
            [full(), newest(), full(v="1"), full(), full(url="x")],
            [
                '2/result/v by [0]: `v` of event (1001, 0) is "1" here, but absent elsewhere',
                '4/result/e by [0]: `e` of event (1001, 0) is {"k": "Init", "url": "x"} here, but {"k": "Init"} elsewhere',
            ],
        ),
    ],
)
def test_an_event_that_changes(views: list[View], expected: list[str]) -> None:
    """Each sighting of one endpoint that differs from its first."""
    assert expected == ruled("MC508", *views)


def head(status: int = 200, **fields: str) -> Header:
    """A header."""
    return Header(TRACE, status, fields)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        (head(), head(), None),
        (head(a="1"), head(a="1", b="2"), None),
        (head(a="1", b="2"), head(), None),
        (head(204, a="1"), head(200, a="2"), "HEAD is answered with status 204, but GET with 200"),
        (head(a="1", b="2", c="3", d="4"), head(a="1", c="4", d="5"), 'HEAD says c "3", but GET says "4"'),
    ],
)
def test_head_and_get(one: Header, other: Header, expected: str | None) -> None:
    """The same status, and the same of each field that both have."""
    other = dataclasses.replace(other, trace=dataclasses.replace(TRACE, operation="listEvents"))
    found = list(head_disagrees.predicate(History(heads=((one, other),))))

    assert [DECIDED, *([] if expected is None else [Hit("", expected, at=other.trace, beside=(TRACE,))])] == found


def of_kinds(*events: tuple[int, str]) -> LatestPage:
    """The latest events, of these times and kinds."""
    items = tuple(Event(t, 0, {"k": kind}, None) for t, kind in events)
    return dataclasses.replace(latest(), items=items, count=len(items))


def collected(*events: tuple[int, str, int]) -> ListPage:
    """A list of events of these times, kinds and times of collection."""
    return dataclasses.replace(page(), items=tuple(Summary(t, 0, a, kind) for t, kind, a in events), count=len(events))


KINDS = collected((1001, "Init", 1001), (1002, "Leave", 1002), (1003, "Init", 1003), (1004, "Init", 1004))
LEAVES_OUT = "and they are not the newest of each kind"


@pytest.mark.parametrize(
    "views, expected",
    [
        ([latest(1001)], []),
        ([page(), latest()], []),
        ([page(), latest(1001)], []),
        ([KINDS, of_kinds((1004, "Init"), (1003, "Init"))], ["decided"]),
        ([KINDS, of_kinds((1004, "Init"), (1002, "Leave"))], ["decided"]),
        ([KINDS, of_kinds((1005, "Init"), (1002, "Leave"))], ["decided"]),
        ([KINDS, of_kinds((1004, "Init"), (1003, "Init"), (1002, "Leave"), (1001, "Init"))], ["decided"]),
        (
            [KINDS, of_kinds((1003, "Init"), (1002, "Leave"))],
            [f"1/result/items by [0]: the latest events show (1002, 0), but not the newer (1004, 0) (Init), {LEAVES_OUT}"],
        ),
        (
            [KINDS, of_kinds((1004, "Init"), (1001, "Init"))],
            [f"1/result/items by [0]: the latest events show (1001, 0), but not the newer (1003, 0) (Init), {LEAVES_OUT}"],
        ),
        (
            [KINDS, of_kinds((1004, "Init"), (1003, "Init"), (1001, "Init"))],
            [f"1/result/items by [0]: the latest events show (1001, 0), but not the newer (1002, 0) (Leave), {LEAVES_OUT}"],
        ),
        # The newest by the time of their collection.
        (
            [
                collected((1001, "Init", 1009), (1002, "Init", 1002), (1003, "Init", 1008)),
                of_kinds((1001, "Init"), (1003, "Init")),
            ],
            ["decided"],
        ),
        (
            [
                collected((1001, "Init", 1002), (1002, "Init", 1002), (1003, "Init", 1003)),
                of_kinds((1001, "Init"), (1003, "Init")),
            ],
            ["decided"],
        ),
        (
            [
                collected((1001, "Init", 1001), (1002, "Init", 1002), (1003, "Init", 1003)),
                of_kinds((1001, "Init"), (1003, "Init")),
            ],
            [f"1/result/items by [0]: the latest events show (1001, 0), but not the newer (1002, 0) (Init), {LEAVES_OUT}"],
        ),
        ([page(1001), latest(), page(1001)], ["1/result/items by []: there are no latest events, but (1001, 0) is listed"]),
        # It may have expired.
        ([page(1001), latest()], ["decided"]),
        # What comes later was not there yet.
        ([of_kinds((1001, "Init")), page(1001, 1002)], []),
        # A cache may lag by a minute.
        ([page(1001, 1500), dataclasses.replace(latest(1001), started=1_559.0), page(1001)], ["decided"]),
        (
            [page(1001, 1500), dataclasses.replace(latest(1001), started=1_561.0), page(1001)],
            [f"1/result/items by [0]: the latest events show (1001, 0), but not the newer (1500, 0) (Init), {LEAVES_OUT}"],
        ),
        ([page(1500, 1501), dataclasses.replace(latest(), started=1_559.0), page(1500)], ["decided"]),
        (
            [page(1399, 1400, 1401, 1500), dataclasses.replace(latest(1399, 1400), started=1_550.0), page(1399)],
            [f"1/result/items by [0]: the latest events show (1399, 0), but not the newer (1401, 0) (Init), {LEAVES_OUT}"],
        ),
    ],
)
def test_what_is_newer_than_the_latest(views: list[View], expected: list[str]) -> None:
    """They are the newest of all, or of each kind, as far as was known when they were asked for."""
    assert expected == ruled("MC506", *views)
