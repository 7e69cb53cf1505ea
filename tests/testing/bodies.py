"""Bodies of the contract, and what breaks it."""

from __future__ import annotations

PATH = "/client/v4/accounts/a/magic/connectors/2f6f7e1a-3c5d-4b8e-9a10-5d0c7e2b4f61/telemetry/events"
QUERY = "from=0&to=2000000000"
LISTED = {"a": 1_700_000_001, "k": "Init", "n": 1, "t": 1_700_000_000}


def page(count: int) -> dict[str, object]:
    """A page of one event, as a body; its `count` may be wrong."""
    return {"success": True, "result": {"count": count, "items": [LISTED]}, "errors": [], "messages": []}
