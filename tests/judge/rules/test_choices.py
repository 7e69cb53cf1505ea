"""What single answers show of a server's choices: each condition of what is observed, and its bounds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tests.judge.reading.test_history import OTHER, OWNER, TRACE, history, latest, page

from mconn_contracts.contract.api import LARGEST_INTEGER
from mconn_contracts.contract.document import load
from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.judge.reading.recorder import Recorder
from mconn_contracts.judge.reading.views import AnswerTraits, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.judge.rules.observations import observe
from mconn_contracts.model.exchange import Connector, Credential, Origin, Request, Trace

KINDS = load().kinds
FIRST = 1_000
"""The bounds of windows are told from it on."""


def at(start: int, end: int, kind: str | None = None) -> Window:
    """A window."""
    return Window(FIRST + start, FIRST + end, kind)


def accepted(start: int, end: int, kind: str | None = None, number: int = 0, **more: Any) -> ListPage:
    """A list of a window with so many events."""
    return page(*range(FIRST + start + 1, FIRST + start + 1 + number), window=at(start, end, kind), **more)


def refused(window: Window | None, limit: int | None = None, cursor: str | None = None, status: int = 400) -> Refusal:
    """A refusal of a list."""
    query = () if limit is None else (("limit", str(limit)),)
    call = Call(None, OWNER[0], "GET", {"account_id": OWNER[1], "connector_id": OWNER[2]}, query)
    return Refusal(TRACE, call, "listEvents", status, window, limit, cursor, own=True, fair=False)


def observed(*views: object) -> dict[str, str]:
    """What a session of these views shows; what is not certain says so."""
    recorder = Recorder()
    for number, view in enumerate(views):
        assert isinstance(view, ListPage | LatestPage | Refusal)
        trace = Trace(Origin(entry=number), Request("GET", "http://127.0.0.1"), None)
        recorder.add(dataclasses.replace(view, trace=trace))
    return {
        choice.name: f"{choice.value}{'' if choice.certain else ', so far'} by {[each.origin.entry for each in choice.shown_by]}"
        for choice in observe(recorder.history(), KINDS)
    }


BOTH = (accepted(0, 1_000), accepted(0, 500))
"""Windows of 500 and of 1,000 seconds are accepted."""
APART = (accepted(100, 600), accepted(0, 1_000), accepted(2_000, 2_500))
WIDE, NARROW, OLD, FUTURE = "widest_window", "narrowest_window", "old_window", "future_window"


@pytest.mark.parametrize(
    "views, expected",
    [
        ((refused(at(0, 1_001)),), {}),
        (BOTH, {}),
        ((*BOTH, refused(at(-1, 1_000))), {WIDE: "1000 to 1000 seconds, so far by [2]"}),
        ((*BOTH, refused(at(-500, 1_000)), refused(at(-300, 900))), {WIDE: "1000 to 1199 seconds, so far by [3]"}),
        ((*BOTH, refused(at(-1, 1_001))), {}),
        ((*BOTH, refused(at(10, 509))), {NARROW: "500 to 500 seconds, so far by [2]"}),
        ((*BOTH, refused(at(10, 110)), refused(at(10, 210)), refused(at(0, 50))), {NARROW: "201 to 500 seconds, so far by [3]"}),
        ((*BOTH, refused(at(-1, 499))), {OLD: "refused with 400 by [2]"}),
        ((*BOTH, refused(at(-1, 999), status=403), refused(at(-2, 900))), {OLD: "refused with 403 by [2]"}),
        ((*BOTH, refused(at(0, 700))), {}),
        ((*BOTH, refused(at(500, 1_000))), {}),
        ((*BOTH, refused(at(501, 1_001))), {FUTURE: "refused with 400 by [2]"}),
        ((*BOTH, refused(at(0, 1_001))), {}),
        ((*BOTH, refused(at(1, 1_001), status=422)), {FUTURE: "refused with 422 by [2]"}),
        # What starts too long ago may be refused for that, however wide it is.
        ((*BOTH, refused(at(-1, 999)), refused(at(-500, 1_000))), {OLD: "refused with 400 by [2]"}),
        (
            (*BOTH, refused(at(10, 20)), refused(at(501, 1_001)), refused(at(-9, 800))),
            {NARROW: "11 to 500 seconds, so far by [2]", FUTURE: "refused with 400 by [3]", OLD: "refused with 400 by [4]"},
        ),
        # What is accepted starts and ends at several times.
        ((*APART, refused(at(50, 550))), {}),
        ((*APART, refused(at(1_500, 2_000))), {}),
        ((*APART, refused(at(500, 1_500))), {}),
        ((*APART, refused(at(500, 1_501))), {WIDE: "1000 to 1000 seconds, so far by [3]"}),
        ((*APART, refused(at(-1, 600))), {OLD: "refused with 400 by [3]"}),
        ((*APART, refused(at(1_901, 2_501))), {FUTURE: "refused with 400 by [3]"}),
        # What else may be the reason.
        ((*BOTH, refused(at(0, 1_000)), refused(at(0, 500))), {}),
        ((*BOTH, refused(at(-1, 499), cursor="c")), {}),
        ((*BOTH, refused(at(-1, 499), limit=5)), {}),
        ((*BOTH, accepted(0, 500, limit=5), refused(at(-1, 499), limit=5)), {OLD: "refused with 400 by [3]"}),
        ((*BOTH, accepted(0, 500, limit=5), refused(at(-1, 499), limit=6)), {}),
        ((*BOTH, refused(at(-1, 499, "Init"))), {}),
        ((*BOTH, refused(at(-1, 499, ""))), {OLD: "refused with 400 by [2]"}),
        ((*BOTH, refused(None)), {}),
        ((*BOTH, refused(Window(None, 1_600, None)), refused(Window(900, None, None))), {}),
        ((*BOTH, refused(at(600, 600))), {}),
        ((*BOTH, refused(at(700, 600))), {}),
        ((*BOTH, refused(Window(-1, 998, None))), {}),
        ((*BOTH, refused(Window(0, 999, None))), {OLD: "refused with 400 by [2]"}),
        ((*BOTH, refused(Window(LARGEST_INTEGER - 600, LARGEST_INTEGER, None))), {FUTURE: "refused with 400 by [2]"}),
        ((*BOTH, refused(Window(LARGEST_INTEGER - 600, LARGEST_INTEGER + 1, None))), {}),
        ((accepted(0, 1_000, "Init"), refused(at(-1, 999))), {}),
    ],
)
def test_windows_that_are_refused(views: tuple[object, ...], expected: dict[str, str]) -> None:
    """By their width, for their age, or because they end in the future; where nothing else may be the reason."""
    found = observed(*views)

    assert expected == {name: found[name] for name in (WIDE, NARROW, OLD, FUTURE) if name in found}


WHOLE = at(0, 900)


def walk(*sizes: int, limit: int | None = None, open_: bool = False, window: Window = WHOLE) -> list[ListPage]:
    """The pages of a walk, with so many events each; it is ended unless it is open."""
    start = FIRST + 1
    pages = []
    for index, size in enumerate(sizes):
        leads = f"c{index + 1}" if open_ or index + 1 < len(sizes) else None
        cursor = f"c{index}" if index else None
        pages.append(page(*range(start, start + size), window=window, limit=limit, cursor=cursor, leads_to=leads))
        start += size
    return pages


LIMITS = ("default_limit", "largest_limit", "over_limit")


@pytest.mark.parametrize(
    "views, expected",
    [
        ((), {}),
        (walk(3, 1), {"default_limit": "3 by [0, 1]"}),
        (walk(3, 0), {"default_limit": "at least 3, so far by [0]"}),
        (walk(0, 3), {}),
        (walk(3), {"default_limit": "at least 3, so far by [0]"}),
        ([*walk(2), *walk(4), *walk(1)], {"default_limit": "at least 4, so far by [1]"}),
        ([*walk(2), *walk(3, 1)], {"default_limit": "3 by [1, 2]"}),
        (walk(3, 1, limit=4), {"largest_limit": "3 by [0, 1]", "over_limit": "clamped by [0, 1]"}),
        (walk(3, 1, limit=3), {"largest_limit": "at least 3, so far by [0]"}),
        (walk(3, 0, limit=4), {"largest_limit": "at least 3, so far by [0]"}),
        (walk(3, limit=4), {"largest_limit": "at least 3, so far by [0]"}),
        ([*walk(2, limit=2), *walk(5, limit=9), *walk(1, limit=3)], {"largest_limit": "at least 5, so far by [1]"}),
        (walk(1, limit=0), {}),
        (walk(1, limit=-1), {}),
        (
            [*walk(1, limit=5), refused(at(0, 9), 10)],
            {"largest_limit": "5 to 9 by [0, 1]", "over_limit": "refused with 400 by [1]"},
        ),
        (
            [*walk(1, limit=5), refused(at(0, 9), 10), refused(at(0, 9), 8, status=422), refused(at(0, 9), 9)],
            {"largest_limit": "5 to 7 by [0, 2]", "over_limit": "refused with 422 by [2]"},
        ),
        (
            [*walk(1, limit=5), refused(at(0, 9), 6)],
            {"largest_limit": "5 to 5 by [0, 1]", "over_limit": "refused with 400 by [1]"},
        ),
        ([*walk(1, limit=5), refused(at(0, 9), 5)], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(at(0, 9))], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(at(0, 9), 10, cursor="c")], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(None, 10)], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(Window(None, 9, None), 10)], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(Window(9, None, None), 10)], {"largest_limit": "at least 1, so far by [0]"}),
        ([*walk(1, limit=5), refused(at(9, 0), 10)], {"largest_limit": "at least 1, so far by [0]"}),
        (
            [*walk(1, limit=5), refused(at(9, 9), 10)],
            {"largest_limit": "5 to 9 by [0, 1]", "over_limit": "refused with 400 by [1]"},
        ),
        (
            [*walk(1, limit=5), refused(at(0, 9), LARGEST_INTEGER)],
            {"largest_limit": f"5 to {LARGEST_INTEGER - 1} by [0, 1]", "over_limit": "refused with 400 by [1]"},
        ),
        ([*walk(1, limit=5), refused(at(0, 9), LARGEST_INTEGER + 1)], {"largest_limit": "at least 1, so far by [0]"}),
        ([refused(at(0, 9), 10)], {}),
    ],
)
def test_limits(views: list[object], expected: dict[str, str]) -> None:
    """The default, the largest, and what is done past it, as far as pages and refusals tell."""
    found = observed(*views)

    assert expected == {name: found[name] for name in LIMITS if name in found}


@pytest.mark.parametrize(
    "views, expected",
    [
        (walk(3, 1), None),
        (walk(3, open_=True), None),
        (walk(3, 1, open_=True), "4 events of 1000 to 1900, which has more, so far by [0]"),
        (
            [*walk(3, 1, open_=True), *walk(2, window=at(100, 200))],
            "4 events of 1000 to 1900, which has more; 2 events of 1100 to 1200, which are all, so far by [0, 2]",
        ),
        ([*walk(3, 1, open_=True), *walk(9, window=at(0, 900))], None),
        ([*walk(3, 1, open_=True), *walk(9, window=at(-1, 901))], None),
        ([*walk(3, 1, open_=True), *walk(2, window=at(1, 901))], "4 events of 1000 to 1900, which has more, so far by [0]"),
        ([*walk(3, 1, open_=True), *walk(2, window=at(-1, 899))], "4 events of 1000 to 1900, which has more, so far by [0]"),
        (
            [*walk(3, 1, open_=True), *walk(1, 1, open_=True, window=at(0, 950))],
            "4 events of 1000 to 1950, which has more, so far by [2]",
        ),
        (walk(3, 1, open_=True, window=at(0, 900, "Init")), None),
        (
            [*walk(3, 1, open_=True), *(dataclasses.replace(each, owner=OTHER) for each in walk(2, window=at(100, 200)))],
            "4 events of 1000 to 1900, which has more, so far by [0]",
        ),
        (
            [*walk(3, 1, open_=True), *walk(2, window=at(0, 200)), *walk(4, window=at(0, 300)), *walk(1, window=at(0, 100))],
            "4 events of 1000 to 1900, which has more; 4 events of 1000 to 1300, which are all, so far by [0, 3]",
        ),
    ],
)
def test_a_walk_that_was_given_up(views: list[object], expected: str | None) -> None:
    """What was seen of the widest window with more events than requests, and what of it was seen whole."""
    assert expected == observed(*views).get("part_seen")


def items(*times: tuple[int, int, int]) -> ListPage:
    """A page with items of these `t`, `n` and `a`."""
    return dataclasses.replace(page(), items=tuple(Summary(t, n, a, "Init") for t, n, a in times))


@pytest.mark.parametrize(
    "listed, expected",
    [
        (items(), None),
        (items((1, 0, 1)), None),
        (items((1, 0, 1), (1, 1, 2)), None),
        (items((1, 0, 9), (2, 0, 8)), "ascending"),
        (items((2, 0, 8), (1, 0, 9)), "descending"),
        (items((2, 1, 8), (2, 0, 8), (1, 0, 9)), "descending"),
        (items((2, 0, 8), (2, 1, 8), (1, 0, 9)), "descending, n ascending"),
        (items((2, 0, 1), (1, 0, 2), (3, 0, 3)), "ascending by a"),
        (items((2, 0, 3), (1, 0, 2), (3, 0, 1)), "descending by a"),
        (items((2, 0, 3), (1, 0, 1), (3, 0, 2)), "neither by t nor by a"),
        (items((1, 1, 1), (1, 0, 1), (2, 0, 2)), "neither by t nor by a"),
    ],
)
def test_the_order_of_the_longest_walk(listed: ListPage, expected: str | None) -> None:
    """Whether it follows `t` or `a`, and which way; an order of one second is none."""
    found = observed(items((5, 0, 5)), listed).get("order")

    assert (None if expected is None else f"{expected} by [1]") == found


def traits(**changes: Any) -> AnswerTraits:
    """How a probe was answered."""
    usual = AnswerTraits(
        "listEvents", 200, Credential.VALID, Connector.OWN, frozenset({"success", "result"}), False, False, "identity"
    )
    return dataclasses.replace(usual, **changes)


FAILED = {"members": frozenset({"success"}), "integral_floats": None}


@pytest.mark.parametrize(
    "ways, expected",
    [
        ([traits()], {"numbers": "3", "success_members": "none", "rate_limit_fields": "not sent", "content_coding": "identity"}),
        ([traits(credential=Credential.WRONG)], {"wrong_credential": "200"}),
        ([traits(integral_floats=True), traits()], {"numbers": "3, 3.0"}),
        ([traits(integral_floats=None)], {"numbers": None}),
        ([traits(coding=coding) for coding in ("d", "c", "b", "a")], {"content_coding": "a, b, c, d"}),
        ([traits(members=frozenset({"errors", "messages", "result"}))], {"success_members": "errors and messages"}),
        (
            [traits(rate_limits=True), traits(coding="gzip")],
            {"rate_limit_fields": "not sent, sent", "content_coding": "gzip, identity"},
        ),
        ([traits(status=400, **FAILED)], {"failure_members": "none", "success_members": None, "numbers": None}),
        ([traits(status=404, members=frozenset({"messages", "result", "errors"}))], {"failure_members": "messages and result"}),
        ([traits(status=399)], {"failure_members": None, "success_members": None}),
        ([traits(status=401, credential=Credential.ABSENT)], {"absent_credential": "401", "failure_members": None}),
        (
            [traits(status=403, credential=Credential.WRONG), traits(status=401, credential=Credential.WRONG)],
            {"wrong_credential": "401, 403"},
        ),
        ([traits(status=400, credential=Credential.MALFORMED)], {"malformed_credential": "400"}),
        ([traits(status=404, connector=Connector.UNKNOWN)], {"unknown_connector": "refused with 404", "foreign_account": None}),
        ([traits(connector=Connector.UNKNOWN)], {"unknown_connector": "empty"}),
        (
            [traits(connector=Connector.FOREIGN), traits(connector=Connector.FOREIGN, operation="getEvent", status=404)],
            {"foreign_account": "empty"},
        ),
        ([traits(connector=Connector.FOREIGN, operation="getEvent", status=404)], {"foreign_account": "refused with 404"}),
    ],
)
def test_how_answers_are_written(ways: list[AnswerTraits], expected: dict[str, str | None]) -> None:
    """Each way in which requests of one sort were answered, whatever the events."""
    session = dataclasses.replace(history(latest()), traits=dict.fromkeys(ways, TRACE))
    found = {choice.name: choice.value for choice in observe(session, KINDS)}

    assert expected == {name: found.get(name) for name in expected}


def past(*pages: ListPage) -> list[ListPage]:
    """Pages that were asked for long after their windows."""
    return [dataclasses.replace(each, started=9_999.0) for each in pages]


@pytest.mark.parametrize(
    "views, expected",
    [
        (past(*walk(2, 1)), None),
        (past(*walk(2, 2)), "the last with events by [0, 1]"),
        (past(*walk(2, 2, limit=2)), "the last with events by [0, 1]"),
        (past(*walk(2, limit=2)), "the last with events by [0]"),
        (past(*walk(2, limit=3)), None),
        (past(*walk(2)), None),
        (past(*walk(0)), None),
        (past(*walk(0, limit=0)), None),
        (past(*walk(2, 2, 0)), "the first that is not full by [1, 2]"),
        (past(*walk(2, 1, 0)), "an empty one by [1, 2]"),
        (past(*walk(2, 0, limit=2)), "the first that is not full by [0, 1]"),
        (past(*walk(1, 0, limit=2)), None),
        (past(*walk(0, 0)), None),
        (walk(2, 2), None),
        (past(*walk(2, 2, open_=True)), None),
        ([*past(*walk(2, 2)), *past(*walk(2, 2, 0, limit=2))], "the first that is not full by [3, 4]"),
        ([*past(*walk(2, 2, 0)), *past(*walk(2, 1, 0, limit=2))], "an empty one by [4, 5]"),
    ],
)
def test_the_last_page(views: list[object], expected: str | None) -> None:
    """Which page has no cursor: the last with events, the first that is not full, or an empty one; of past windows only."""
    assert expected == observed(*views).get("last_page")


@pytest.mark.parametrize(
    "views, expected",
    [
        ([accepted(0, 9, "Other")], "empty by [0]"),
        ([refused(at(0, 9, "Other"), status=422)], "refused with 422 by [0]"),
        ([accepted(0, 9, "Other", number=1)], "shows events by [0]"),
        ([refused(at(0, 9, "Init"))], None),
        ([refused(at(0, 9, ""))], None),
        ([refused(at(0, 9))], None),
        ([refused(at(0, 9, "Other.1"))], None),
        ([refused(at(0, 9, "x" * 64))], "refused with 400 by [0]"),
        ([refused(at(0, 9, "x" * 65))], None),
        ([refused(at(0, 9, "Other")), accepted(0, 9, "Another")], "refused with 400 by [0]"),
        ([accepted(0, 9, "Another"), refused(at(0, 9, "Other"))], "empty by [0]"),
    ],
)
def test_a_kind_that_is_unknown(views: list[object], expected: str | None) -> None:
    """The first answer to one of letters that is not declared and was not shown."""
    assert expected == observed(*views).get("unknown_kind")


@pytest.mark.parametrize(
    "views, expected",
    [
        ([accepted(9, 0)], "empty by [0]"),
        ([accepted(9, 0, number=1)], "shows events by [0]"),
        ([refused(at(9, 0))], "refused with 400 by [0]"),
        ([refused(at(9, 9))], None),
        ([refused(at(0, 9))], None),
        ([refused(Window(None, 0, None)), refused(Window(9, None, None)), refused(None)], None),
        ([refused(at(9, 0), status=403), accepted(9, 0)], "refused with 403 by [0]"),
    ],
)
def test_a_window_that_is_reversed(views: list[object], expected: str | None) -> None:
    """The first answer to one that ends before it starts."""
    assert expected == observed(*views).get("reversed_window")


def counted(count: int, *pages: ListPage) -> list[ListPage]:
    """Pages of a past window that count so many."""
    return [dataclasses.replace(each, count=count) for each in past(*pages)]


@pytest.mark.parametrize(
    "views, expected",
    [
        (past(*walk(2, 1)), "page by [0, 1]"),
        (counted(3, *walk(2, 1)), "total by [0, 1]"),
        (counted(2, *walk(2)), None),
        (counted(5, *walk(2, 1)), None),
        (walk(2, 1), None),
        (counted(0, *walk(0, 0)), None),
        ([*counted(3, *walk(3)), *counted(3, *walk(2, 1, limit=2))], "total by [1, 2]"),
        ([*past(*walk(2, 1)), *counted(3, *walk(2, 1, limit=2))], "page by [0, 1]"),
    ],
)
def test_what_count_means(views: list[object], expected: str | None) -> None:
    """The number of the page or the total, where several pages tell which."""
    assert expected == observed(*views).get("count")


def dated(start: int, end: int, *times: tuple[int, int], clock: bool = True) -> ListPage:
    """A past window with events of these `t` and `a`."""
    items = tuple(Summary(FIRST + t, 0, FIRST + a, "Init") for t, a in times)
    return dataclasses.replace(page(window=at(start, end)), items=items, started=9_999.0 if clock else None)


BOUNDS = ("window_time", "window_from", "window_to")
TELLS = {"window_time": "t by [0]"}
BY_T = dated(0, 9, (5, 10))
"""An event that lies in its window by `t` alone."""


@pytest.mark.parametrize(
    "views, expected",
    [
        ([dated(0, 9, (5, 6))], {}),
        ([BY_T], {"window_time": "t by [0]"}),
        ([dated(0, 9, (-1, 5))], {"window_time": "a by [0]"}),
        ([BY_T, dated(0, 9, (-1, 5))], {}),
        ([BY_T, dated(5, 20, (5, 10))], {"window_time": "t by [0]", "window_from": "inclusive by [1]"}),
        ([BY_T, dated(5, 20)], {"window_time": "t by [0]"}),
        ([BY_T, dated(5, 20), BY_T], {"window_time": "t by [0]", "window_from": "exclusive by [1, 0]"}),
        ([BY_T, dated(-5, 5, (5, 10))], {"window_time": "t by [0]", "window_to": "inclusive by [1]"}),
        ([BY_T, dated(-5, 5), BY_T], {"window_time": "t by [0]", "window_to": "exclusive by [1, 0]"}),
        ([BY_T, dated(5, 20), dated(5, 21, (5, 10)), BY_T], {"window_time": "t by [0]"}),
        ([BY_T, dated(5, 20, clock=False), BY_T], {"window_time": "t by [0]"}),
        ([BY_T, dated(5, 5), BY_T], {"window_time": "t by [0]"}),
        ([dated(0, 9, (5, 9))], {}),
        ([dataclasses.replace(BY_T, window=window) for window in (Window(None, 9, None), Window(0, None, None))], {}),
        ([BY_T, *(dataclasses.replace(BY_T, window=each) for each in (Window(None, 9, None), Window(0, None, None)))], TELLS),
        ([dated(0, 9, (0, 10))], {"window_time": "t by [0]", "window_from": "inclusive by [0]"}),
    ],
)
def test_what_windows_filter_by(views: list[object], expected: dict[str, str]) -> None:
    """The time by which an event lies in its window, and whether bounds count, where one time is left."""
    found = observed(*views)

    assert expected == {name: found[name] for name in BOUNDS if name in found}


@pytest.mark.parametrize(
    "views, expected",
    [
        ([page(1001, 1002, 1003), latest(1003, 1002)], "the newest 2 by [1]"),
        ([page(1001, 1002, 1003), latest(1003)], None),
        ([page(1001, 1002, 1003), latest(1003, 1002, 1001)], None),
        ([latest(1003, 1002), page(1001, 1002, 1003)], "the newest 2 by [0]"),
        # What came later is newer than all that were shown then.
        ([page(1001, 1002, 1003, 1004, 1005), latest(1005, 1001), latest(1003, 1002)], "the newest 2 by [2]"),
        ([page(1001, 1002), latest()], None),
        ([latest(1003, 1002)], None),
        # Collected last, an event is among the newest by `a`.
        ([items((1001, 0, 1100), (1002, 0, 1002), (1003, 0, 1003)), latest(1003, 1001)], "the newest 2 by [1]"),
        ([items((1001, 0, 1002), (1002, 0, 1002), (1003, 0, 1003)), latest(1003, 1001)], "the newest 2 by [1]"),
        ([items((1001, 0, 1001), (1002, 0, 1002), (1003, 0, 1003)), latest(1003, 1001)], None),
    ],
)
def test_what_the_latest_are(views: list[object], expected: str | None) -> None:
    """The newest of all that was known when they were asked for, or the newest of each kind, where the two differ."""
    assert expected == observed(*views).get("latest")


@pytest.mark.parametrize(
    "views, expected",
    [
        ([latest(1001)], None),
        ([latest(1001, 1002)], "ascending by [0]"),
        ([latest(1003, 1002)], "descending by [0]"),
        ([latest(1001, 1003, 1002)], None),
        ([latest(1001), latest(1003, 1002)], "descending by [1]"),
    ],
)
def test_the_order_of_the_latest(views: list[object], expected: str | None) -> None:
    """The newest first or last, in the first answer that tells."""
    assert expected == observed(*views).get("latest_order")
