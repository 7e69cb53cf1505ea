"""What rules over a session cost: twice the input takes at most two and a half times the steps, whatever the traffic is."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, check_session
from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import Recorder
from mconn_contracts.judge.reading.views import Event, FetchedEvent, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.judge.rules.observations import observe
from mconn_contracts.model.exchange import Origin, Request, Trace

PLAN = Plan(load())
KINDS = ("Init", "Leave", "Reconcile")
OWNER = ("http://127.0.0.1", "a1", "c1")
TRACE = Trace(Origin(), Request("GET", "http://127.0.0.1"), "listEvents")
LONG_AGO = 1e12
FEW = 60


def summary(t: int) -> Summary:
    """The event of a second, in short."""
    return Summary(t, 0, t + 1, KINDS[t % 3])


def event(t: int) -> Event:
    """The event of a second, in full."""
    return Event(t, 0, {"k": KINDS[t % 3]}, None)


def listed(start: int, end: int, kind: str | None = None, limit: int | None = 1000, connector: str = "c1") -> ListPage:
    """The whole result of a window, in one page: an event every second, both bounds inclusive."""
    items = tuple(item for item in map(summary, range(start, end + 1)) if kind in (None, item.k))
    window, owner = Window(start, end, kind), (*OWNER[:2], connector)
    return ListPage(TRACE, owner, window, limit, None, len(items), items, None, LONG_AGO, own=True)


def latest(end: int) -> LatestPage:
    """The three newest events."""
    return LatestPage(TRACE, OWNER, 3, tuple(map(event, range(end, end - 3, -1))), LONG_AGO, own=True)


def fetched(t: int) -> FetchedEvent:
    """The event of a second."""
    return FetchedEvent(TRACE, OWNER, (t, 0), event(t), own=True)


def refused(t: int) -> Refusal:
    """A refusal of the event of a second."""
    call = Call(None, OWNER[0], "GET", {"account_id": "a1", "connector_id": "c1", "event_id": f"{t}.0"}, ())
    return Refusal(TRACE, call, "getEvent", 404, None, None, None, own=True, fair=True)


TRAFFIC: dict[str, Callable[[int], Iterator[object]]] = {
    "one window again and again": lambda n: (listed(1_000, 1_009) for _ in range(n)),
    "one window at changing limits": lambda n: (listed(1_000, 1_009, limit=100 + index % 7) for index in range(n)),
    "one window with changing filters": lambda n: (listed(1_000, 1_009, (None, *KINDS)[index % 4]) for index in range(n)),
    "few events of a window with many": lambda n: (
        listed(1_000, 1_000 + n * 3, kind) if index == 0 else listed(1_000 + n, 1_003 + n, kind)
        for kind in (None, "Init")
        for index in range(n)
    ),
    "a window that moves": lambda n: (listed(1_000 + index, 1_009 + index) for index in range(n)),
    "windows apart from each other": lambda n: (listed(1_000 + 20 * index, 1_009 + 20 * index) for index in range(n)),
    "a list of each of many connectors": lambda n: (listed(1_000, 1_003, connector=f"c{index}") for index in range(n)),
    "the latest after each list": lambda n: (
        view for index in range(n) for view in (listed(1_000 + 10 * index, 1_009 + 10 * index), latest(1_009 + 10 * index))
    ),
    "lists, and then the latest": lambda n: (
        listed(1_000 + 10 * index, 1_009 + 10 * index) if index < n else latest(1_009 + 10 * n) for index in range(2 * n)
    ),
    "events, and then lists that hold them": lambda n: (
        fetched(1_000 + index % 9) if index < n else listed(999, 1_009) for index in range(2 * n)
    ),
    "events, and then lists that do not": lambda n: (
        fetched(1_000 + index) if index < n else listed(90_000 + 9 * index, 90_005 + 9 * index) for index in range(2 * n)
    ),
    "one event shown often, and refused often": lambda n: (
        view for _ in range(n) for view in (listed(1_000, 1_001), fetched(1_000), refused(1_000))
    ),
    "lists and the latest of many connectors": lambda n: (
        view
        for index in range(n)
        for view in (
            listed(1_000, 1_009, connector=f"c{index}"),
            dataclasses.replace(latest(1_009), owner=(*OWNER[:2], f"c{index}")),
        )
    ),
    "refusals beside many connectors": lambda n: (
        view for index in range(n) for view in (listed(1_000, 1_001, connector=f"c{index}"), refused(1_000))
    ),
}
"""Sessions of about a number of exchanges. Where an answer is no fault, the server is honest."""


def steps(work: Callable[[], object]) -> int:
    """How many instructions of Python some work takes."""
    number = 0

    def trace(frame: FrameType, happened: str, _: Any) -> Any:
        nonlocal number
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        number += happened == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        # Python 3.13.0 reports no instruction of the run in which it first traces a function.
        work()
        number = 0
        work()
    finally:
        sys.settrace(before)
    return number


def judged(views: Iterator[object]) -> int:
    """The steps of judging a session, of the walks it is made of, and of observing what the server chose."""
    recorder = Recorder()
    for view in views:
        recorder.add(view)

    def work() -> None:
        history = recorder.history()
        check_session(history, PLAN)
        observe(history, PLAN.document.kinds)

    return steps(work)


@pytest.mark.parametrize("name", TRAFFIC)
def test_twice_the_traffic_takes_about_twice_the_steps(name: str) -> None:
    """No rule over a session, and no observation, compares everything with everything."""
    # What is compiled on first use is no part of it.
    judged(iter(()))
    once, twice = judged(TRAFFIC[name](FEW)), judged(TRAFFIC[name](2 * FEW))

    assert 0 < twice <= 2.5 * once


def test_steps_are_counted() -> None:
    """What compares everything with everything takes four times the steps for twice the input."""

    def all_pairs(number: int) -> int:
        return steps(lambda: [(one, other) for one in range(number) for other in range(number)])

    assert all_pairs(100) > 3.5 * all_pairs(50)


def test_an_empty_history_is_judged() -> None:
    """A session without an exchange costs next to nothing."""
    assert 0 < steps(lambda: check_session(History(), PLAN)) < 20_000
