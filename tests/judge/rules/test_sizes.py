"""Long sessions are judged as short ones are, and do not take more memory than they are given."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from tests.judge.rules.test_steps import LONG_AGO, OWNER, PLAN, TRACE, summary

from mconn_contracts.judge.check import Plan, check_session
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import EXCHANGE_BYTES, LISTED_BYTES, Recorder
from mconn_contracts.judge.reading.views import ListPage, Window

WALKS = Plan(PLAN.document, select=("MC403", "MC404", "MC405"))
WINDOW = Window(0, 1_000_000, None)


def walk(events: int, limit: int, without: int | None = None) -> Iterator[ListPage]:
    """The pages of a walk over a past window with an event each second, but one."""
    for start in range(1, events + 1, limit):
        items = tuple(summary(t) for t in range(start, min(start + limit, events + 1)) if t != without)
        follows = f"{start + limit}" if start + limit <= events else None
        cursor = f"{start}" if start > 1 else None
        yield ListPage(TRACE, OWNER, WINDOW, limit, cursor, len(items), items, follows, LONG_AGO, own=True)


def history_of(*walks: Iterator[ListPage]) -> tuple[History, int]:
    """The history of some walks, and how many answers it left out."""
    recorder = Recorder()
    for pages in walks:
        for page in pages:
            recorder.add(page)
    return recorder.history(), recorder.unrelated


def test_an_event_is_missed_however_long_the_walk_is() -> None:
    """Of 120,000 events at two limits, one that the second leaves out is found, as of a few."""
    for events in (12, 120_000):
        history, unrelated = history_of(walk(events, events // 4), walk(events, events // 3, without=events // 2))
        found = [(each.code, f"({events // 2}, 0)" in each.message) for each in check_session(history, WALKS).findings]

        assert ([("MC403", True)], 0) == (found, unrelated)


def test_an_event_of_a_long_walk_takes_few_bytes() -> None:
    """What is kept of a walk and what it takes to judge it is as many bytes an event as the bound counts, or less."""
    few, many = 2_000, 4_000
    peaks = []
    for events in (10, few, many):
        tracemalloc.start()
        try:
            check_session(history_of(walk(events, 500))[0], PLAN)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    assert (peaks[2] - peaks[1]) / (many - few) < LISTED_BYTES + EXCHANGE_BYTES / 500
