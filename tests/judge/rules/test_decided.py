"""What a single answer decides, and what is found in it, where a header, an item or a request more would decide otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.model.exchange import Credential, Exchange, Headers, Intent, Request, Response

PLAN = Plan(load())
EVENTS = "http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events"
LIST = f"{EVENTS}?from=1&to=9"
FAILED = {"success": False, "errors": [{"code": 1, "message": "No"}]}


def listed(*times: int) -> dict[str, Any]:
    """A list of events of these times, in its envelope."""
    items = [{"a": t, "k": "Init", "n": 0, "t": t} for t in times]
    return {"success": True, "errors": [], "messages": [], "result": {"count": len(items), "items": items}}


def judged(
    codes: str,
    url: str | None,
    body: object,
    status: int | None = 200,
    headers: Headers = (("content-type", "application/json"),),
    method: str = "GET",
    **more: Any,
) -> str:
    """Those of the statements that are decided; those that are broken are marked."""
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = None if url is None else Request(method, url)
    judgement = check(Exchange(Response(status, headers, content), request, **more), PLAN)
    found = {each.code for each in judgement.findings}
    return " ".join(f"{code[2:]}{'!' * (code in found)}" for code in sorted(judgement.decided) if code[2:] in codes.split())


@pytest.mark.parametrize(
    "codes, answer, expected",
    [
        # What reading looks for.
        ("001 002 101", {"url": LIST, "body": listed()}, "001 002 101"),
        ("001 002 101", {"url": LIST, "body": None}, ""),
        ("001 002 101", {"url": LIST, "body": listed(), "status": 302}, "001 101"),
        # What a page shows.
        ("303 305 306 307 308", {"url": LIST, "body": listed()}, "303"),
        ("303 305 306 307 308", {"url": LIST, "body": listed(1)}, "303 307"),
        ("303 305 306 307 308", {"url": f"{LIST}&k=Init", "body": listed(1, 2)}, "303 305 307 308"),
        ("303 305 306 307 308", {"url": f"{LIST}&limit=1", "body": listed(1)}, "303 306 307"),
        ("306", {"url": f"{LIST}&limit=1", "body": listed(1, 2)}, "306!"),
        ("306", {"url": f"{LIST}&limit=0", "body": listed(1, 2)}, ""),
        ("301", {"url": f"{LIST}&cursor=x", "body": listed(1)}, ""),
        ("301", {"url": None, "body": {"count": 0, "items": listed(1)["result"]["items"]}, "status": None}, "301!"),
        # An envelope that does not say how it went.
        ("203", {"url": None, "body": {"errors": [], "result": {"count": 0, "items": []}}, "status": None}, ""),
        ("203", {"url": LIST, "body": {"errors": [], "result": {"count": 0, "items": []}}}, "203"),
        ("203", {"url": None, "body": listed(), "status": None}, "203"),
        # Content codings.
        ("007", {"url": LIST, "body": listed()}, ""),
        ("007", {"url": LIST, "body": listed(), "headers": (("content-encoding", "gzip"),)}, "007"),
        # Who asks, and how.
        ("704", {"url": EVENTS, "body": listed()}, "704!"),
        ("704", {"url": EVENTS, "body": listed(), "intent": Intent(Credential.ABSENT)}, ""),
        ("707 711", {"url": f"{EVENTS}/x", "body": listed(), "method": "POST"}, "711!"),
        ("707 711", {"url": f"{EVENTS}/x", "body": listed()}, "707!"),
        ("712", {"url": "http://127.0.0.1/x", "body": listed(), "intent": Intent()}, "712!"),
        ("712", {"url": None, "body": listed(), "intent": Intent()}, ""),
        # Being asked to wait: a bare body may have lost its header.
        ("714", {"url": None, "body": FAILED, "status": 429, "headers": ()}, ""),
        ("714", {"url": None, "body": FAILED, "status": 429}, "714!"),
        ("714", {"url": LIST, "body": FAILED, "status": 429, "headers": ()}, "714!"),
        ("714", {"url": LIST, "body": FAILED, "status": 429, "headers": (("retry-after", " 5 "),)}, "714"),
        ("714", {"url": LIST, "body": FAILED, "status": 429, "headers": (("retry-after", "soon"),)}, "714!"),
        ("715", {"url": LIST, "body": listed()}, ""),
        ("715", {"url": LIST, "body": listed(), "headers": (("ratelimit", '"default";r=50;t=30'),)}, "715"),
        ("715", {"url": LIST, "body": listed(), "headers": (("ratelimit", "r=50;t=30"),)}, "715!"),
        ("715", {"url": LIST, "body": listed(), "headers": (("ratelimit-policy", '"a";q=1;w=2, "b";q=1'),)}, "715!"),
    ],
)
def test_what_an_answer_decides(codes: str, answer: dict[str, Any], expected: str) -> None:
    """Of these statements."""
    assert expected == judged(codes, **answer)
