"""From a parsed request to the events that its result is made of."""

from __future__ import annotations

from mconn_contracts.server.api.cursors import encode_cursor
from mconn_contracts.server.api.queries import Scope, cursor_scope
from mconn_contracts.server.api.stages import HttpError, PageStart, Query, Reason, RequestContext, Selection
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import KINDS, Key, StoredEvent
from mconn_contracts.server.data.store import EventFilter

_NO_CONNECTOR = ""  # has no events: no path names it


def select_page(context: RequestContext, query: Query, behavior: Behavior) -> Selection:
    """The events of one page of a list, and where the next page starts."""
    window = EventFilter(
        query.start,
        query.end,
        behavior.time,
        behavior.start == "inclusive",
        behavior.end == "inclusive",
        query.kind,
    )
    position = query.position
    if query.limit < 1:
        total = context.store.count(context.connector_id, window) if behavior.count == "total" else 0
        return Selection((), total)
    found = context.store.select(
        context.connector_id,
        window,
        limit=query.limit + 1,
        after=position.after,
        offset=position.offset,
        order=behavior.order,
    )
    events = tuple(found[: query.limit])
    total = context.store.count(context.connector_id, window) if behavior.count == "total" else len(events)
    return Selection(events, total, _next(position, query.limit, found, behavior))


def _next(position: PageStart, limit: int, found: list[StoredEvent], behavior: Behavior) -> PageStart | None:
    more = {
        "omits-cursor": len(found) > limit,
        "omits-cursor-if-short": len(found) >= limit,
        "leads-to-empty-page": len(found) > 0,
    }[behavior.last_page]
    if not more:
        return None
    # A key is of the order by `(t, n)`.
    if behavior.paging == "offset" or behavior.order not in ("ascending", "descending"):
        return PageStart(position.page + 1, offset=position.offset + min(limit, len(found)))
    return PageStart(position.page + 1, after=found[:limit][-1].key)


def cursor_of(scope: Scope, query: Query, position: PageStart) -> str:
    """The cursor that a page of `query` shows for the page at `position`."""
    return encode_cursor(position, cursor_scope(scope, query.start, query.end, query.kind))


def select_latest(context: RequestContext, behavior: Behavior) -> Selection:
    """The latest events of the connector. Raises `HttpError` if there are none and the behavior of the server says so."""
    if behavior.latest == "newest":
        arrived = context.number // behavior.arrival_every if behavior.arrival_every else 0
        events = context.store.newest(context.connector_id, behavior.latest_limit, min(behavior.latest_lag, arrived))
    else:
        events = context.store.newest_of_each_kind(context.connector_id)
    if not events and behavior.latest_of_none == "404":
        raise HttpError(Reason.EVENT_UNKNOWN, 404, 1006, "No events", Selection(()))
    if behavior.latest_order == "oldest-first":
        events.reverse()
    return Selection(
        tuple(events), context.store.total(context.connector_id) if behavior.latest_count == "total" else len(events)
    )


def require_window(context: RequestContext, query: Query, behavior: Behavior) -> None:
    """Raises `HttpError` for a window that is wider, narrower, older or later than the server's behavior has it."""
    start, end = query.start, query.end
    newest = next((event.t for event in context.store.newest(context.connector_id, 1)), None)
    if start > end:
        return
    if behavior.widest_window is not None and end - start > behavior.widest_window:
        message = f"A window must not be wider than {behavior.widest_window} seconds"
    elif behavior.narrowest_window is not None and end - start < behavior.narrowest_window:
        message = f"A window must not be narrower than {behavior.narrowest_window} seconds"
    elif behavior.retention is not None and newest is not None and start < newest - behavior.retention:
        message = f"Events are kept for {behavior.retention} seconds; from is before"
    elif behavior.future_window == "refuse" and newest is not None and end > newest + 60:
        message = "Parameter to must not be in the future"
    else:
        return
    raise HttpError(Reason.WINDOW, 400, 1005, message, subject="from")


def select_event(context: RequestContext, key: Key) -> Selection:
    """The one event of an identity. Raises `HttpError`."""
    event = context.store.get(context.connector_id, key)
    if event is None:
        made_up = StoredEvent(context.connector_id, key.t, key.n, key.t, {"k": "Reconcile"})
        raise HttpError(Reason.EVENT_UNKNOWN, 404, 1006, "No event with this t and n", Selection((made_up,), 1))
    return Selection((event,), 1)


def require_kind(context: RequestContext, kind: str | None, behavior: Behavior) -> None:
    """Raises `HttpError` for a kind that the server does not know, where its behavior is to refuse it."""
    if kind is None or kind in KINDS or behavior.unknown_kind == "empty" or context.store.has_kind(context.connector_id, kind):
        return
    message = "Parameter k must be one of the kinds of events, such as Init"
    raise HttpError(Reason.KIND, 400, 1001, message, subject="k")


def readable_connector(context: RequestContext, behavior: Behavior) -> str:
    """The connector whose events the request may see. Raises `HttpError` for one that is not the account's.

    Nothing shows whether such a connector is another account's or nobody's: both are refused alike, or both are empty.
    """
    owner = context.store.owner(context.connector_id)
    if owner == context.account_id:
        return context.connector_id
    if behavior.unknown_connector == "empty":
        return _NO_CONNECTOR
    reason = Reason.CONNECTOR_UNKNOWN if owner is None else Reason.CONNECTOR_FOREIGN
    if behavior.unknown_connector == "404":
        raise HttpError(reason, 404, 1007, "No such connector", context.connector_id)
    raise HttpError(reason, 403, 10000, "Authentication error", context.connector_id)
