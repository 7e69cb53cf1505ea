"""A mock of the connector telemetry events API, as a team might write one. It has one deliberate fault."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse

EVENTS = "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events"
KINDS = ("Init", "StartAttestation", "FinishAttestationSuccess", "Reconcile", "Leave")
RECORDED: list[dict[str, Any]] = [{"t": 1_700_000_000 + 60 * index, "n": 0, "e": {"k": kind}} for index, kind in enumerate(KINDS)]

app = FastAPI()


def enveloped(result: dict[str, Any]) -> dict[str, Any]:
    """A successful answer."""
    return {"success": True, "result": result, "errors": [], "messages": []}


@app.get(EVENTS)
def list_events(
    account_id: str, connector_id: str, start: int = Query(alias="from"), to: int = Query(), limit: int = 100
) -> dict[str, Any]:
    """The events of a window, in short."""
    found = [event for event in RECORDED if start <= event["t"] <= to][:limit]
    items = [{"a": event["t"] + 1, "k": event["e"]["k"], "n": event["n"], "t": event["t"]} for event in found]
    # The deliberate fault: the count of a page is one too small.
    return enveloped({"count": max(len(items) - 1, 0), "items": items})


@app.get(EVENTS + "/latest")
def latest_events(account_id: str, connector_id: str) -> dict[str, Any]:
    """The newest events, in full."""
    return enveloped({"count": len(RECORDED), "items": RECORDED})


@app.get(EVENTS + "/{event_t}.{event_n}")
def get_event(account_id: str, connector_id: str, event_t: int, event_n: int) -> Any:
    """One event, in full."""
    for event in RECORDED:
        if (event["t"], event["n"]) == (event_t, event_n):
            return enveloped(event)
    failure = {"success": False, "errors": [{"code": 1004, "message": "no such event"}], "messages": [], "result": None}
    return JSONResponse(failure, status_code=404)
