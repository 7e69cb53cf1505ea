"""What is said where windows and filters show different parts of the events: which exchange shows it, and beside which."""

from __future__ import annotations

import dataclasses

import pytest
from tests.judge.reading.test_history import HOUR, OTHER, fetched, latest
from tests.judge.rules.sessions import LONG_AGO, View, listing, ruled, walk

from mconn_contracts.judge.reading.views import ListPage, Window

SAME = "the same request no longer shows events that it showed before"
KIND = "the result leaves out events that the same window shows with another `k`"
BOUNDS = "the window leaves out events that lie inside it and that another window shows"


def of_kind(kind: str | None, *times: int) -> ListPage:
    """A list with a filter: what is recorded at even seconds is Init, at odd ones Leave."""
    events = [(t, 0, t, "Leave" if t % 2 else "Init") for t in times]
    return listing(*events, window=Window(1_000, 2_000, kind))


@pytest.mark.parametrize(
    "code, views, expected",
    [
        ("MC509", walk([1001]), []),
        ("MC509", [*walk([1001]), *walk([1001])], ["decided"]),
        ("MC509", [*walk([1001]), *walk([1001], limit=2)], []),
        (
            "MC509",
            [*walk([1001], [1002]), *walk([1001], [])],
            ["2/result/items by [1]: " + SAME + ': (1002, 0) ("Init", a 1002)'],
        ),
        (
            "MC509",
            [*walk([1001, 1002, 1003, 1004]), *walk([1001, 1003])],
            ["1/result/items by [0]: " + SAME + ': (1002, 0) ("Init", a 1002) and 1 more'],
        ),
        ("MC510", [of_kind(None, 1002, 1003), of_kind("Leave", 1003)], ["decided"]),
        (
            "MC510",
            [of_kind(None, 1001, 1002, 1003, 1005), of_kind("Leave", 1001)],
            ["1/result/items by [0]: " + KIND + ': (1003, 0) ("Leave", a 1003) and 1 more'],
        ),
        (
            "MC510",
            [of_kind("Init", 1002, 1004), of_kind(None, 1001, 1002)],
            ["1/result/items by [0]: " + KIND + ': (1004, 0) ("Init", a 1004)'],
        ),
        ("MC511", [*walk([1001, 1100]), *walk([1100], window=Window(1_050, 1_150, None))], ["decided"]),
        (
            "MC511",
            [*walk([1001], [1100, 1120]), *walk([1060], [1130], window=Window(1_050, 1_150, None))],
            ["2/result/items by [1]: " + BOUNDS + ': (1100, 0) ("Init", a 1100) and 1 more'],
        ),
    ],
)
def test_events_that_a_list_leaves_out(code: str, views: list[ListPage], expected: list[str]) -> None:
    """The first page of the list, beside the page of an earlier one that shows the first of the events."""
    assert expected == ruled(code, *views)


INSIDE, BY_T, BY_A = (listing((t, 0, a, "Init")) for t, a in ((1_500, 1_500), (1_999, 2_001), (999, 1_001)))
"""Lists of a window with an event that lies in it by both times, by `t` alone, and by `a` alone."""
LIES_OUTSIDE = "lies outside this window, so the window filters by a; another window filters by t"


@pytest.mark.parametrize(
    "views, expected",
    [
        ([INSIDE], []),
        ([BY_T], ["decided"]),
        ([BY_A], ["decided"]),
        ([BY_T, INSIDE, BY_A], [f"2/result/items/0 by [0]: t of (999, 0) {LIES_OUTSIDE}"]),
        ([BY_A, BY_T], [f"0/result/items/0 by [1]: t of (999, 0) {LIES_OUTSIDE}"]),
        ([BY_A, dataclasses.replace(BY_T, owner=OTHER)], ["decided"]),
    ],
)
def test_the_time_by_which_windows_filter(views: list[ListPage], expected: list[str]) -> None:
    """The same in all windows of an owner."""
    assert expected == ruled("MC512", *views)


AT = (1_500, 0, 1_500, "Init")
"""An event that lies on a bound of some windows."""


def bounded(
    start: int, end: int, *events: tuple[int, int, int, str], kind: str | None = None, leads_to: str | None = None
) -> ListPage:
    """A list of another window."""
    return listing(*events, window=Window(start, end, kind), leads_to=leads_to)


def bound(name: str, at: int, beside: int, identity: str = "(1500, 0)") -> list[str]:
    """What is said of a bound."""
    words = f"{identity} lies on `{name}` and is left out, but another window shows an event on its `{name}`"
    return [f"{at}/result/items by [{beside}]: {words}"]


@pytest.mark.parametrize(
    "views, expected",
    [
        ([bounded(1_500, 2_000, AT)], []),
        ([BY_T, bounded(1_500, 2_000, AT)], ["decided"]),
        ([BY_T, INSIDE, bounded(1_500, 2_000), INSIDE], ["decided"]),
        ([BY_T, bounded(1_500, 2_000, AT), bounded(1_500, 2_001), INSIDE], bound("from", 2, 1)),
        ([BY_T, INSIDE, bounded(1_500, 2_000), bounded(1_500, 2_001, AT)], bound("from", 2, 3)),
        ([BY_T, bounded(1_000, 1_500, AT), bounded(1_001, 1_500), INSIDE], bound("to", 2, 1)),
        # The first page of each walk.
        (
            [
                BY_T,
                bounded(1_500, 2_000, leads_to="x"),
                dataclasses.replace(bounded(1_500, 2_000, AT), cursor="x"),
                bounded(1_500, 2_001, leads_to="x"),
                dataclasses.replace(bounded(1_500, 2_001), cursor="x"),
                INSIDE,
            ],
            bound("from", 3, 1),
        ),
        ([BY_T, bounded(1_500, 2_000, AT, kind=""), bounded(1_500, 2_001, kind=""), INSIDE], bound("from", 2, 1)),
        ([BY_T, listing(AT, window=Window(1_500, None, None)), listing(AT, window=Window(None, 1_500, None))], []),
        # One bound may be inclusive, and the other not.
        ([BY_T, bounded(1_500, 2_000, AT), bounded(1_001, 1_500), INSIDE], ["decided"]),
        ([BY_T, bounded(1_500, 2_000, AT), bounded(1_500, 1_500), bounded(1_500, 1_400), INSIDE], ["decided"]),
        ([BY_T, bounded(1_500, 2_000, AT), bounded(1_500, 2_001, kind="Leave"), INSIDE], ["decided"]),
        ([BY_T, bounded(1_500, 2_000, AT), bounded(1_500, 2_001, kind="Init"), INSIDE], bound("from", 2, 1)),
        ([BY_T, bounded(1_500, 2_000, AT, kind="Leave"), bounded(1_500, 2_001), INSIDE], ["decided"]),
        ([BY_T, bounded(1_500, 2_000, AT), dataclasses.replace(bounded(1_500, 2_001), started=None), INSIDE], ["decided"]),
        # Seen only later, and never again: neither shows that it was left out.
        ([BY_T, bounded(1_400, 2_000, (1_400, 0, 1_400, "Init")), bounded(1_500, 2_001), INSIDE], ["decided"]),
    ],
)
def test_events_on_a_bound(views: list[ListPage], expected: list[str]) -> None:
    """Every window shows them, or none does, for each bound; where it is known by which time windows filter."""
    assert expected == ruled("MC513", *views)


DAY = 86_400
WIDE = Window(1_000, 1_100 + DAY, None)
"""A window that ends a day and more after its start: an event may be collected long after it was recorded."""


def wide(*times: int, window: Window = WIDE, started: float | None = 9_999_999.0) -> ListPage:
    """The list of a wide window."""
    return listing(*((t, 0, t, "Init") for t in times), window=window, started=started)


def left_out(at: int, later: int, window: Window = WIDE, place: str = "", t: int = 1_050) -> list[str]:
    """What is said of an event that a list leaves out."""
    words = f"event ({t}, 0) is shown here, but the list of the window {window.start} to {window.end} leaves it out"
    return [f"{at}/result{place} by [] and [{later}]: {words}"]


@pytest.mark.parametrize(
    "views, expected",
    [
        ([fetched(1_050), wide(1_001, 1_050)], ["decided"]),
        ([fetched(1_050), wide(1_001)], left_out(0, 1)),
        ([fetched(1_050), wide(1_001), wide(1_001)], left_out(0, 1)),
        (
            [fetched(1_050), dataclasses.replace(wide(1_001), next_cursor="x"), dataclasses.replace(wide(1_060), cursor="x")],
            left_out(0, 1),
        ),
        # What the first of two lists shows and the second leaves out is another fault.
        ([fetched(1_050), wide(1_001, 1_050), wide(1_001)], ["decided"]),
        ([wide(1_001), fetched(1_050)], []),
        ([fetched(1_050), fetched(1_050), wide(1_001)], left_out(0, 2)),
        ([fetched(1_000), wide(900)], []),
        ([fetched(1_001), wide(900)], left_out(0, 1, t=1_001)),
        ([fetched(1_099), wide(900)], left_out(0, 1, t=1_099)),
        ([fetched(1_100), wide(900)], []),
        # Where windows filter by `t`, it does not matter when the event was collected.
        ([BY_T, fetched(1_100), wide(900)], left_out(1, 2, t=1_100)),
        ([BY_T, fetched(1_099 + DAY), wide(900)], left_out(1, 2, t=1_099 + DAY)),
        ([BY_T, fetched(1_100 + DAY), wide(900)], []),
        ([BY_A, fetched(1_100), wide(900)], []),
        ([BY_A, BY_T, fetched(1_050), wide(900)], []),
        ([fetched(1_050), wide(1_001, window=dataclasses.replace(WIDE, kind="Init"))], []),
        ([fetched(1_050), wide(1_001, window=dataclasses.replace(WIDE, start=None))], []),
        ([fetched(1_050), wide(1_001, window=dataclasses.replace(WIDE, end=None))], []),
        ([fetched(1_050), wide(1_001, started=None)], []),
        # It may have expired.
        ([fetched(1_050), wide(1_060)], ["decided"]),
        ([fetched(1_050), dataclasses.replace(wide(1_001), owner=OTHER)], []),
        (
            [fetched(1_050), fetched(1_040), wide(1_001, 1_040), fetched(1_060), wide(1_001)],
            [*left_out(0, 2), *left_out(3, 4, t=1_060)],
        ),
        # What is among the latest as well is said of those.
        ([fetched(1_050), latest(1_050), wide(1_001)], []),
    ],
)
def test_a_fetched_event_that_is_not_listed(views: list[View], expected: list[str]) -> None:
    """Where it was fetched, and the first list after that whose window holds it."""
    assert expected == ruled("MC514", *views)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([latest(1_050), wide(1_001, 1_050)], ["decided"]),
        ([fetched(1_050), latest(1_040, 1_050), latest(1_050), wide(1_001, 1_040)], left_out(1, 3, place="/items/1")),
        ([fetched(1_050), wide(1_001)], []),
    ],
)
def test_a_latest_event_that_is_not_listed(views: list[View], expected: list[str]) -> None:
    """Where it was first among the latest, and the first list after that whose window holds it."""
    assert expected == ruled("MC515", *views)


def test_windows_of_sessions_are_past() -> None:
    """The lists of these sessions are asked for after their windows."""
    assert LONG_AGO > (HOUR.end or 0) + 60
