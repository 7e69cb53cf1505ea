"""Faults of agreement between responses (MC5xx)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from mconn_contracts.server.api.fault import Fault, all_of, every, none_of, on, with_any_kind, with_kind
from mconn_contracts.server.api.stages import HttpError, OperationId, Proceed, Reason, RequestContext, Selection
from mconn_contracts.server.data.events import Key, StoredEvent
from mconn_contracts.server.faults.shape import items
from mconn_contracts.server.faults.transport import header, heads

_A_DAY = 86_400


def _lose(lost: Callable[[StoredEvent, RequestContext], bool]) -> Callable[[Selection, RequestContext], Selection]:
    """Leave events out of a list; `count` does not betray it."""

    def hook(selection: Selection, context: RequestContext) -> Selection:
        kept = tuple(event for event in selection.events if not lost(event, context))
        return replace(selection, events=kept, total=selection.total - len(selection.events) + len(kept))

    return hook


def _refuse(refused: Callable[[StoredEvent, RequestContext], bool]) -> Callable[[Key, RequestContext], Key]:
    """Know nothing of some events when they are fetched."""

    def hook(key: Key, context: RequestContext) -> Key:
        event = context.store.get(context.connector_id, key)
        if event is not None and refused(event, context):
            raise HttpError(Reason.EVENT_UNKNOWN, 404, 1006, "No event with this t and n")
        return key

    return hook


def _is_newest(event: StoredEvent, context: RequestContext) -> bool:
    return context.store.newest(context.connector_id, 1) == [event]


def _is_hundredth(event: StoredEvent, context: RequestContext) -> bool:
    return context.store.newest(context.connector_id, 100)[99:] == [event]


def _as_leave(selection: Selection, context: RequestContext) -> Selection:
    events = (replace(event, e={"k": "Leave"}) if _is_hundredth(event, context) else event for event in selection.events)
    return replace(selection, events=tuple(events))


def _lose_last(selection: Selection, _: RequestContext) -> Selection:
    if selection.next is not None:
        return selection
    return replace(selection, events=selection.events[:-1], total=max(selection.total - 1, 0))


def _without_newest(selection: Selection, context: RequestContext) -> Selection:
    events = tuple(event for event in selection.events if not _is_newest(event, context))
    return replace(selection, events=events, total=len(events))


def _stale(selection: Selection, context: RequestContext) -> Selection:
    count = len(selection.events)
    events = tuple(context.store.newest(context.connector_id, count + 3)[3:])
    return replace(selection, events=events, total=len(events))


def _versions(suffix: str) -> Callable[[Any, RequestContext], Any]:
    return items(lambda item: {**item, "v": item["v"] + suffix} if "v" in item else item)


def _narrow(context: RequestContext) -> bool:
    return context.query is not None and context.query.end - context.query.start < _A_DAY


def _whole(context: RequestContext) -> bool:
    """A list that starts a walk, and is not filtered."""
    return context.page == 1 and context.query is not None and context.query.kind is None


def _recorded(change: Callable[[StoredEvent], Iterable[StoredEvent]]) -> Callable[[Iterable[StoredEvent]], Iterable[StoredEvent]]:
    """Change the second event of each connector before it is stored: all endpoints agree on what became of it."""

    def recorded(events: Iterable[StoredEvent]) -> Iterable[StoredEvent]:
        seen = Counter[str]()
        for event in events:
            seen[event.connector_id] += 1
            yield from change(event) if seen[event.connector_id] == 2 else (event,)

    return recorded


FAULTS = (
    Fault(
        name="listed-event-refused",
        code="MC501",
        summary="An event of the kind FinishAttestationFailure is listed, but cannot be fetched.",
        key=_refuse(lambda event, _: event.kind == "FinishAttestationFailure"),
    ),
    Fault(
        name="one-listed-event-refused",
        code="MC501",
        summary="One event in 200 is listed, but cannot be fetched.",
        rare=True,
        key=_refuse(_is_hundredth),
    ),
    Fault(
        name="latest-event-refused",
        code="MC502",
        summary="The newest event cannot be fetched.",
        key=_refuse(_is_newest),
    ),
    Fault(
        name="wrong-event",
        code="MC503",
        summary="`n` of the event's path is ignored.",
        key=lambda key, _: key._replace(n=0),
    ),
    Fault(
        name="event-id-wraps",
        code="MC503",
        summary="`t` and `n` of an event's path are kept in 32 bits.",
        key=lambda key, _: Key(key.t % 2**32, key.n % 2**32),
    ),
    Fault(
        name="kind-disagrees",
        code="MC504",
        summary="Lists show a failed upgrade as a success.",
        when=all_of(on(OperationId.LIST), none_of(with_any_kind())),
        result=items(lambda item: {**item, "k": item["k"].replace("UpgradeFailure", "UpgradeSuccess")}),
    ),
    Fault(
        name="one-kind-disagrees",
        code="MC504",
        summary="Lists without a filter show one event in 200 as a Leave.",
        rare=True,
        when=all_of(on(OperationId.LIST), none_of(with_any_kind())),
        selection=_as_leave,
    ),
    Fault(
        name="latest-disagrees",
        code="MC505",
        summary="An event has another `v` among the latest events than when it is fetched.",
        when=on(OperationId.LATEST),
        result=_versions("-latest"),
    ),
    Fault(
        name="latest-url-disagrees",
        code="MC505",
        summary="StartUpgrade has another `url` among the latest events than when it is fetched.",
        when=on(OperationId.LATEST),
        result=items(
            lambda item: {**item, "e": {name: value + ("?" if name == "url" else "") for name, value in item["e"].items()}}
        ),
    ),
    Fault(
        name="latest-not-newest",
        code="MC506",
        summary="The three newest events are missing among the latest.",
        when=on(OperationId.LATEST),
        selection=_stale,
    ),
    Fault(
        name="newest-event-not-latest",
        code="MC506",
        summary="The newest event is missing among the latest.",
        when=on(OperationId.LATEST),
        selection=_without_newest,
    ),
    Fault(
        name="listed-event-changed",
        code="MC507",
        summary="One list in three has other times of collection.",
        when=all_of(on(OperationId.LIST), every(3)),
        result=items(lambda item: {**item, "a": item["a"] + 1}),
    ),
    Fault(
        name="event-changed",
        code="MC508",
        summary="One event in three has another `v` when it is fetched.",
        when=all_of(on(OperationId.GET), every(3)),
        result=_versions(".1"),
    ),
    Fault(
        name="answer-unstable",
        code="MC509",
        summary="One list in four lacks the first event of its window.",
        when=all_of(_whole, every(4)),
        selection=lambda selection, _: replace(selection, events=selection.events[1:], total=max(selection.total - 1, 0)),
    ),
    Fault(
        name="filter-incomplete",
        code="MC510",
        summary="Lists of the kind Reconcile show only the first event of each second.",
        when=with_kind("Reconcile"),
        selection=_lose(lambda event, _: event.n > 0),
    ),
    Fault(
        name="one-kind-incomplete",
        code="MC510",
        summary="Lists of the kind FinishRotateCryptKeySuccess lack the last event.",
        when=with_kind("FinishRotateCryptKeySuccess"),
        selection=_lose_last,
    ),
    Fault(
        name="window-incomplete",
        code="MC511",
        summary="Windows of less than a day show only the first event of each second.",
        when=_narrow,
        selection=_lose(lambda event, _: event.n > 0),
    ),
    Fault(
        name="window-time-inconsistent",
        code="MC512",
        summary="Windows of less than a day filter on `a` if others filter on `t`, or the other way round.",
        when=_narrow,
        behavior=lambda behavior, _: replace(behavior, time="a" if behavior.time == "t" else "t"),
    ),
    Fault(
        name="window-bounds-inconsistent",
        code="MC513",
        summary="In windows of less than a day, `to` changes from inclusive to exclusive, or the other way round.",
        when=_narrow,
        behavior=lambda behavior, _: replace(behavior, end="exclusive" if behavior.end == "inclusive" else "inclusive"),
    ),
    Fault(
        name="window-bounds-differ-with-kind",
        code="MC513",
        summary="In filtered lists, `from` changes from inclusive to exclusive, or the other way round.",
        when=with_any_kind(),
        behavior=lambda behavior, _: replace(behavior, start="exclusive" if behavior.start == "inclusive" else "inclusive"),
    ),
    Fault(
        name="unlisted-event",
        code="MC514",
        summary="An old event in the middle of a second can be fetched, but is never listed.",
        when=on(OperationId.LIST),
        selection=_lose(lambda event, _: event.kind == "ConfigureCloudflaredTunnel" and event.v is None),
    ),
    Fault(
        name="unlisted-latest-event",
        code="MC515",
        summary="The newest event is never listed.",
        when=on(OperationId.LIST),
        selection=_lose(_is_newest),
    ),
    Fault(
        name="wide-window-cut",
        code="MC511",
        summary="A window of more than a day is cut to its last day.",
        query=lambda query, _: replace(query, start=max(query.start, query.end - _A_DAY)),
    ),
    Fault(
        name="window-wraps",
        code="MC511",
        summary="`to` is kept in 32 bits.",
        query=lambda query, _: replace(query, end=query.end % 2**32),
    ),
    Fault(
        name="latest-version-comes-and-goes",
        code="MC508",
        summary="Every other answer with the latest events leaves out `v`.",
        when=all_of(on(OperationId.LATEST), every(2)),
        behavior=lambda behavior, _: replace(behavior, latest_versions=False),
    ),
    Fault(
        name="head-status-differs",
        code="MC517",
        summary="HEAD of an unknown event gets 200.",
        when=heads,
        refusal=lambda refusal, _: Proceed(refusal.otherwise) if refusal.reason is Reason.EVENT_UNKNOWN else refusal,
    ),
    Fault(
        name="head-without-length",
        code="MC517",
        summary="HEAD says that the content is empty.",
        when=heads,
        framed=header("Content-Length", "0"),
    ),
    Fault(
        name="event-lost-for-good",
        code="MC518",
        summary="The second event of each connector was never stored.",
        recorded=_recorded(lambda _: ()),
    ),
    Fault(
        name="event-made-up",
        code="MC519",
        summary="Beside the second event of each connector, the server stores one that never happened.",
        recorded=_recorded(lambda event: (event, replace(event, n=event.n + 1_000))),
    ),
    Fault(
        name="event-stored-wrong",
        code="MC520",
        summary="The second event of each connector is stored as a Leave.",
        recorded=_recorded(lambda event: (replace(event, e={"k": "Leave"}),)),
    ),
)
