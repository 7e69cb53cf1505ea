"""From selected events to the JSON document of a response."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mconn_contracts.server.api.stages import Document, HttpError, OperationId, Selection
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import StoredEvent


def result_of(operation: OperationId, selection: Selection, cursor: str | None, behavior: Behavior) -> Document:
    """What `result` holds."""
    if operation is OperationId.GET:
        return recorded_event(selection.events[0])
    if operation is OperationId.LATEST:
        events = selection.events
        if not behavior.latest_versions:
            events = tuple(replace(event, v=None) for event in events)
        return {"count": selection.total, "items": [recorded_event(event) for event in events]}
    result: Document = {"count": selection.total, "items": [summary(event) for event in selection.events]}
    if cursor is not None:
        result["cursor"] = cursor
    return result


def summary(event: StoredEvent) -> Document:
    """An item of a list."""
    return {"a": event.a, "k": event.kind, "n": event.n, "t": event.t}


def recorded_event(event: StoredEvent) -> Document:
    """A Recorded Event."""
    document: Document = {"e": dict(event.e), "n": event.n, "t": event.t}
    if event.v is not None:
        document["v"] = event.v
    return document


def success(result: Any, behavior: Behavior) -> Document:
    """The envelope of a result."""
    document: Document = {"result": result, "success": True}
    if behavior.envelope == "full":
        notice = behavior.notice
        document["errors"] = []
        document["messages"] = [] if notice is None else [{"code": 10000, "message": notice}]
    return document


def failure(refusal: HttpError, behavior: Behavior) -> Document:
    """The envelope of a refusal."""
    if behavior.envelope == "bare":
        return {"success": False}
    document: Document = {"success": False, "errors": [{"code": refusal.code, "message": refusal.message}]}
    if behavior.result_of_errors == "null":
        document["result"] = None
    if behavior.envelope == "full":
        document["messages"] = []
    return document
