"""The facts about the API that code relies on: its operations, the schemas of their answers, and its limits.

The document says all of this as well, and a test holds the two equal. The reference server keeps its own account on
purpose: one mistake must not blind the judge and the server alike. Another test holds those two equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exact (RFC 8259, 6)."""

LATEST_SECOND = 10**11 - 1
"""The largest time. In seconds it is in the year 5138, in milliseconds in 1973, so the two units can be distinguished."""

EVENT_ID_PATTERN = re.compile(r"(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})", re.ASCII)
"""The whole of an event's id in a path: `t` and `n` in decimal digits, joined by a dot."""

ENVELOPE = frozenset({"result", "success", "errors", "messages"})
"""The members that the envelope of an answer may have."""

FAILURE = "ApiErrorResponse"
"""The schema of every 4xx and 5xx."""
SUMMARY, EVENT = "EventSummary", "EventGetResponse"
"""The schemas of a short event and of a full event."""
UNION = "Event"
"""The schema of `e` in a full event: the union of all kinds."""

_EVENTS = "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation, with the names of the schemas that a success has: of its envelope, of the `result`, of its items."""

    operation: str
    """The operationId."""
    path: str
    """The template of the path below the API's base."""
    envelope: str
    model: str
    item: str | None = None
    """None if the result is no page."""

    @property
    def names(self) -> tuple[str, str]:
        """The names that can declare a recorded payload: the operation for the envelope, the schema for the bare model."""
        return self.operation, self.model


LIST = Endpoint("listEvents", _EVENTS, "EventListEnvelope", "EventListResponse", SUMMARY)
LATEST = Endpoint("getLatestEvents", f"{_EVENTS}/latest", "LatestListEnvelope", "LatestListResponse", EVENT)
GET = Endpoint("getEvent", f"{_EVENTS}/{{event_t}}.{{event_n}}", "EventGetEnvelope", EVENT)
ENDPOINTS = (LIST, LATEST, GET)

RELIED_ON: Mapping[str, Mapping[str, str | None]] = {
    **{each.envelope: {"result": None, "success": "boolean"} for each in ENDPOINTS},
    **{each.model: {"count": "integer", "items": "array"} for each in ENDPOINTS if each.item is not None},
    FAILURE: {"success": "boolean"},
    SUMMARY: {"a": "integer", "k": "string", "n": "integer", "t": "integer"},
    EVENT: {"e": None, "n": "integer", "t": "integer"},
}
"""The properties that rules read without a check: each required property of a schema, with its type (None: any)."""

INTEGERS = tuple(dict.fromkeys(name for members in RELIED_ON.values() for name, kind in members.items() if kind == "integer"))
"""The names of the properties that are integers."""


def are_errors(value: Any) -> bool:
    """Whether a value is the `errors` of this API: many programs have a member of that name, with something else in it."""
    first = value[0] if value and isinstance(value, Sequence) else None
    return isinstance(first, Mapping) and first.keys() >= {"code", "message"}
