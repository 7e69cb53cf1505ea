"""The vectors of bare payloads, judged in bulk: whatever is wrong with one of them, the report is that of each by itself."""

from __future__ import annotations

import pytest
from tests import vectors

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Origin, Response
from mconn_contracts.reports.json import REPORT

PLAN = Plan(load())
CASES = [case for case in vectors.load() if "exchanges" not in case.raw and "request" not in case.raw]
BARE = {
    (name, status): [
        content
        for case in CASES
        if (case.raw.get("operation", case.raw.get("model")), case.raw.get("status")) == (name, status)
        and not case.raw.keys() & {"headers", "incomplete", "undecodable", "intent"}
        # A line of an archive is one document.
        and b"\n" not in (content := vectors.content(case.raw))
        and content.strip()
    ]
    for name in ("listEvents", "getLatestEvents", "getEvent", "EventListResponse", "LatestListResponse", "EventGetResponse")
    for status in (None, 200)
}


@pytest.mark.parametrize("cap", [1, 3, 20])
@pytest.mark.parametrize("of", [of for of, bodies in BARE.items() if bodies], ids=str)
@pytest.mark.parametrize("declared", [True, False])
def test_bulk_gives_the_report_of_each_by_itself(of: tuple[str, int | None], declared: bool, cap: int) -> None:
    """Twice in a row, so that what was remembered of the first counts for the second; named, or told by shape."""
    bodies, name = BARE[of], of[0] if declared else None
    session, single = Session(PLAN, cap), Session(PLAN, cap)
    for start in (1, 1 + len(bodies)):
        lines = range(start, start + len(bodies))
        session.observe_batch(Batch("archive", bodies, lines, None, name, of[1]))
        for line, body in zip(lines, bodies, strict=True):
            single.observe(Exchange(Response(of[1], (), body), origin=Origin("archive", line=line), declared=name))

    assert REPORT.render(single.verdict()) == REPORT.render(session.verdict())
