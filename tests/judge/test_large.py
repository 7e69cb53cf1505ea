"""Judging large bodies: the same findings as of small ones, in a few times the memory that the body takes."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judge.test_batches import documents, written
from tests.wire.test_arrays import large_from

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Origin, Response
from mconn_contracts.reports.json import REPORT
from mconn_contracts.wire import decoding

DOCUMENT = load()
PLANS = {compiled: Plan(DOCUMENT, compiled=compiled) for compiled in (True, False)}


def report(body: bytes, *, compiled: bool = True) -> str:
    """The JSON report on one body."""
    session = Session(PLANS[compiled])
    session.observe(Exchange(Response(None, (), body), origin=Origin("a.json", 1)))
    return REPORT.render(session.verdict())


@settings(max_examples=60, deadline=None)
@given(st.builds(written, documents, st.sampled_from([0, 0, 0, *range(17)])), st.booleans(), st.sampled_from([10, 60]))
def test_a_large_body_is_judged_as_a_small_one_is(body: bytes, compiled: bool, size: int) -> None:
    """A body that is decoded in parts has the report of one that is held whole."""
    whole = report(body, compiled=compiled)

    with large_from(size):
        assert whole == report(body, compiled=compiled)


def page(number: int, **broken: Any) -> bytes:
    """A page of so many events in short, the last of them with other members."""
    items: list[dict[str, Any]] = [{"a": 1_700_000_001 + t, "k": "Init", "n": 0, "t": 1_700_000_000 + t} for t in range(number)]
    return json.dumps({"count": number, "items": [*items[:-1], {**items[-1], **broken}]}).encode()


def latest(number: int, **broken: Any) -> bytes:
    """The latest so many events, the last of them with other members."""
    items: list[dict[str, Any]] = [{"e": {"k": "Init"}, "n": 0, "t": 1_700_000_000 + t, "v": "1"} for t in range(number)]
    result = {"count": number, "items": [*items[:-1], {**items[-1], **broken}]}
    return json.dumps({"success": True, "errors": [], "messages": [], "result": result}).encode()


@pytest.mark.parametrize(
    "body",
    [page(4000), page(4000, n="1"), page(4000, t=1_700_000_000), page(4000)[:-9], latest(4000), latest(4000, t=-1)],
    ids=["list", "list with a fault", "list that repeats an event", "list that is cut", "latest", "latest with a fault"],
)
def test_a_large_page_takes_at_most_five_times_its_size(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging a page takes less than four times the memory of its text, which takes the fifth."""
    monkeypatch.setattr(decoding, "LARGE_BODY", 100_000)
    report(page(1))
    report(latest(1))
    tracemalloc.start()
    report(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * len(body)
