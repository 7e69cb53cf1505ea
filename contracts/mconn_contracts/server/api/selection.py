"""From a parsed request to the events that its result is made of."""

from __future__ import annotations

from mconn_contracts.server.api.cursors import encode_cursor
from mconn_contracts.server.api.queries import Scope, cursor_scope
from mconn_contracts.server.api.stages import Call, Position, Query, Reason, Refusal, Selection
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import KINDS, Key, StoredEvent
from mconn_contracts.server.data.store import Window

_NO_CONNECTOR = ""  # has no events: no path names it


def select_page(call: Call, query: Query, behavior: Behavior) -> Selection:
    """The events of one page of a list, and where the next page starts."""
    window = Window(
        query.start,
        query.end,
        behavior.time,
        behavior.start == "inclusive",
        behavior.end == "inclusive",
        query.kind,
    )
    position = query.position
    found = call.store.select(
        call.connector_id,
        window,
        limit=query.limit + 1,
        after=position.after,
        offset=position.offset,
        descending=behavior.order == "descending",
    )
    events = tuple(found[: query.limit])
    total = call.store.count(call.connector_id, window) if behavior.count == "total" else len(events)
    return Selection(events, total, _next(position, query.limit, found, behavior))


def _next(position: Position, limit: int, found: list[StoredEvent], behavior: Behavior) -> Position | None:
    more = {
        "omits-cursor": len(found) > limit,
        "omits-cursor-if-short": len(found) >= limit,
        "leads-to-empty-page": len(found) > 0,
    }[behavior.last_page]
    if not more:
        return None
    if behavior.paging == "offset":
        return Position(position.page + 1, offset=position.offset + min(limit, len(found)))
    return Position(position.page + 1, after=found[:limit][-1].key)


def cursor_of(scope: Scope, query: Query, position: Position) -> str:
    """The cursor that a page of `query` shows for the page at `position`."""
    return encode_cursor(position, cursor_scope(scope, query.start, query.end, query.kind))


def select_latest(call: Call, behavior: Behavior) -> Selection:
    """The latest events of the connector."""
    if behavior.latest == "newest":
        events = call.store.newest(call.connector_id, behavior.latest_limit)
    else:
        events = call.store.newest_of_each_kind(call.connector_id)
    if behavior.latest_order == "oldest-first":
        events.reverse()
    return Selection(tuple(events), len(events))


def select_event(call: Call, key: Key) -> Selection:
    """The one event of an identity. Raises `Refusal`."""
    event = call.store.get(call.connector_id, key)
    if event is None:
        made_up = StoredEvent(call.connector_id, key.t, key.n, key.t, {"k": "Reconcile"})
        raise Refusal(Reason.EVENT_UNKNOWN, 404, 1006, "No event with this t and n", Selection((made_up,), 1))
    return Selection((event,), 1)


def require_kind(call: Call, kind: str | None, behavior: Behavior) -> None:
    """Raises `Refusal` for a kind that the server does not know, where its behavior is to refuse it."""
    if kind is None or kind in KINDS or behavior.unknown_kind == "empty" or call.store.has_kind(call.connector_id, kind):
        return
    message = "Parameter k must be one of the kinds of events, such as Init"
    raise Refusal(Reason.KIND, 400, 1001, message, subject="k")


def readable_connector(call: Call, behavior: Behavior) -> str:
    """The connector whose events the call may see. Raises `Refusal` for one that is not the account's.

    Nothing shows whether such a connector is another account's or nobody's: both are refused alike, or both are empty.
    """
    owner = call.store.owner(call.connector_id)
    if owner == call.account_id:
        return call.connector_id
    if behavior.unknown_connector == "empty":
        return _NO_CONNECTOR
    reason = Reason.CONNECTOR_UNKNOWN if owner is None else Reason.CONNECTOR_FOREIGN
    if behavior.unknown_connector == "404":
        raise Refusal(reason, 404, 1007, "No such connector", call.connector_id)
    raise Refusal(reason, 403, 10000, "Authentication error", call.connector_id)
