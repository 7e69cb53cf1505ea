"""Faults of types, members and kinds (MC1xx)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.server.api.fault import Fault, on, on_event
from mconn_contracts.server.api.stages import OperationId, RequestContext
from mconn_contracts.server.data.events import StoredEvent

Item = dict[str, Any]


def items(change: Callable[[Item], Any]) -> Callable[[Any, RequestContext], Any]:
    """Rewrite the items of a page or of the latest events, or the one event."""

    def hook(result: Any, _: RequestContext) -> Any:
        if "items" not in result:
            return change(result)
        return {**result, "items": [change(item) for item in result["items"]]}

    return hook


def _recorded_as(kind: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[..., Any]:
    """Change `e` of the events of one kind before they are stored."""

    def hook(events: Iterable[StoredEvent]) -> Iterable[StoredEvent]:
        return (replace(event, e=change(event.e)) if event.kind == kind else event for event in events)

    return hook


def _once(change: Callable[[StoredEvent], StoredEvent]) -> Callable[..., Any]:
    """Change one event in 200: the hundredth event of each connector that has a hundred."""

    def hook(events: Iterable[StoredEvent]) -> Iterable[StoredEvent]:
        seen: Counter[str] = Counter()
        for event in events:
            seen[event.connector_id] += 1
            yield change(event) if seen[event.connector_id] % 200 == 100 else event

    return hook


def _without(*names: str) -> Callable[[Mapping[str, Any]], Item]:
    return lambda item: {name: value for name, value in item.items() if name not in names}


FAULTS = (
    Fault(
        name="string-count",
        code="MC101",
        summary="`count` of a list is a string.",
        when=on(OperationId.LIST),
        result=lambda result, _: {**result, "count": str(result["count"])},
    ),
    Fault(
        name="null-version",
        code="MC101",
        summary="`v` is null if an event has no version.",
        when=on(OperationId.LATEST, OperationId.GET),
        result=items(lambda item: {"v": None, **item}),
    ),
    Fault(
        name="null-items",
        code="MC101",
        summary="`items` of an empty page is null.",
        when=on(OperationId.LIST),
        result=lambda result, _: {**result, "items": result["items"] or None},
    ),
    Fault(
        name="string-sequence-number",
        code="MC101",
        summary="`n` of a FinishRotatePkiFailure is a string when it is fetched.",
        when=on_event("FinishRotatePkiFailure"),
        result=lambda result, _: {**result, "n": str(result["n"])},
    ),
    Fault(
        name="unknown-kind",
        code="MC102",
        summary="Tunnels are configured under a kind that is not in the union.",
        recorded=_recorded_as("ConfigureCloudflaredTunnel", lambda e: {**e, "k": "ConfigureTunnel"}),
    ),
    Fault(
        name="kind-in-lower-case",
        code="MC102",
        summary="The kind of `Leave` is written `leave`.",
        recorded=_recorded_as("Leave", lambda e: {**e, "k": "leave"}),
    ),
    Fault(
        name="unknown-kind-once",
        code="MC102",
        summary="One event in 200 is of a kind that is not in the union.",
        rare=True,
        recorded=_once(lambda event: replace(event, e={"k": "Reconciled"})),
    ),
    Fault(
        name="undeclared-property",
        code="MC103",
        summary="Items of lists have an `id`.",
        when=on(OperationId.LIST),
        result=items(lambda item: {**item, "id": f"{item['t']}.{item['n']}"}),
    ),
    Fault(
        name="missing-url",
        code="MC104",
        summary="StartUpgrade has no `url`.",
        recorded=_recorded_as("StartUpgrade", _without("url")),
    ),
    Fault(
        name="missing-url-among-latest",
        code="MC104",
        summary="StartUpgrade has no `url` among the latest events.",
        when=on(OperationId.LATEST),
        result=items(lambda item: {**item, "e": _without("url")(item["e"])}),
    ),
    Fault(
        name="missing-collection-time",
        code="MC104",
        summary="Items of lists have no `a`.",
        when=on(OperationId.LIST),
        result=items(_without("a")),
    ),
    Fault(
        name="missing-count",
        code="MC104",
        summary="The latest events have no `count`.",
        when=on(OperationId.LATEST),
        result=lambda result, _: {"items": result["items"]},
    ),
    Fault(
        name="negative-collection-time",
        code="MC105",
        summary="`a` of an Init is -1.",
        when=on(OperationId.LIST),
        result=items(lambda item: {**item, "a": -1} if item["k"] == "Init" else item),
    ),
    Fault(
        name="fractional-collection-time",
        code="MC106",
        summary="`a` has a fraction.",
        when=on(OperationId.LIST),
        result=items(lambda item: {**item, "a": item["a"] + 0.5}),
    ),
    Fault(
        name="times-in-milliseconds",
        code="MC107",
        summary="All times are milliseconds.",
        recorded=lambda events: (replace(event, t=1_000 * event.t, a=1_000 * event.a) for event in events),
    ),
    Fault(
        name="collection-time-in-milliseconds",
        code="MC107",
        summary="`a` is in milliseconds.",
        when=on(OperationId.LIST),
        result=items(lambda item: {**item, "a": 1_000 * item["a"]}),
    ),
)
