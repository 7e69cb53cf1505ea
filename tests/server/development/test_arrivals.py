"""Events that come and go."""

from __future__ import annotations

import pytest
from tests.server.development.conftest import BEGUN, Asked, Develop, result

from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.development import arrivals


def times(asked: Asked, start: int) -> list[tuple[int, int]]:
    """The identities of the events since a time."""
    return [(item["t"], item["n"]) for page in asked.walk(from_=start, to=BEGUN + 10**6) for item in page]


def test_events_arrive_by_the_clock(develop: Develop) -> None:
    """Six a minute are one every ten seconds, each at its second, and once; those before end when the server starts."""
    asked = develop(live=6)
    assert BEGUN == times(asked, 0)[-1][0]
    asked.now = BEGUN + 9
    assert [] == times(asked, BEGUN + 1)
    asked.now = BEGUN + 31
    assert [(BEGUN + 10, 0), (BEGUN + 20, 0), (BEGUN + 30, 0)] == times(asked, BEGUN + 1)
    assert 3 == len(times(asked, BEGUN + 1))


def test_events_of_one_second_are_numbered(develop: Develop) -> None:
    """More than one in a second have a rising `n`, across requests."""
    asked = develop(live=120)
    for later in (0.6, 1.1, 1.6, 2.1):
        asked.now = BEGUN + later
        asked.get("/latest")
    assert [(BEGUN + 1, 0), (BEGUN + 1, 1), (BEGUN + 2, 0)] == times(asked, BEGUN + 1)


def test_clock_that_goes_back_takes_nothing_away(develop: Develop) -> None:
    """What has arrived stays."""
    asked = develop(live=60)
    asked.now = BEGUN + 5
    before = times(asked, 0)
    asked.now = BEGUN - 3_600
    assert before == times(asked, 0)


def test_long_pause_brings_the_newest_only(develop: Develop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a week in which nobody asked, no more are made up at once than a bound says."""
    monkeypatch.setattr(arrivals, "MOST_AT_ONCE", 3)
    asked = develop(live=60)
    asked.now = BEGUN + 600_000
    assert [(BEGUN + 599_998, 0), (BEGUN + 599_999, 0), (BEGUN + 600_000, 0)] == times(asked, BEGUN + 1)


def test_arrivals_have_the_kinds_of_the_revision(develop: Develop) -> None:
    """With the revision of 29 kinds, each of them arrives sooner or later."""
    asked = develop("2026-08-14", live=600)
    asked.now = BEGUN + 60
    assert 29 == len({item["k"] for page in asked.walk(from_=BEGUN, to=BEGUN + 60, limit=1_000) for item in page})


def test_old_events_are_kept_no_longer(develop: Develop) -> None:
    """What is older than the retention, counted back from the newest event, is nowhere to be found."""
    asked, whole = develop(retention=3_600), develop()
    kept = times(asked, 0)
    assert [key for key in times(whole, 0) if key[0] >= END - 3_600] == kept
    t, n = times(whole, 0)[0]
    assert [404, 200] == [asked.get(f"/{t}.{n}").status, whole.get(f"/{t}.{n}").status]


def test_retention_goes_by_the_clock_where_events_arrive(develop: Develop) -> None:
    """Events expire while others arrive, so that their number stays about the same."""
    asked = develop(live=1, retention=600)
    asked.now = BEGUN + 3_600
    assert [(BEGUN + 3_000 + 60 * number, 0) for number in range(11)] == times(asked, 0)
    asked.now = BEGUN + 3_660
    assert [(BEGUN + 3_060 + 60 * number, 0) for number in range(11)] == times(asked, 0)


def test_other_connectors_keep_their_events_as_long(develop: Develop) -> None:
    """The retention is of the server."""
    asked = develop(live=1, retention=1)
    asked.now = BEGUN + 10**6
    connector = "5b0d9c34-77e2-4f19-8c6a-e1a4d3f28b07"
    assert 0 == result(asked.get("", connector=connector, from_=0, to=BEGUN))["count"]
