"""Faults within one page (MC3xx)."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

from mconn_contracts.server.api.fault import Fault, after, all_of, from_page, on, on_page, with_any_kind, with_kind, with_limit
from mconn_contracts.server.api.stages import OperationId, Query, RequestContext, Selection
from mconn_contracts.server.data.events import KINDS, LARGEST_INTEGER, StoredEvent


def _repeat_last(selection: Selection, context: RequestContext) -> Selection:
    """If there is room for it: a longer page would break the limit as well."""
    events = selection.events
    if not events or (context.query is not None and len(events) >= context.query.limit):
        return selection
    return replace(selection, events=(*events, events[-1]), total=selection.total + 1)


def _swap_last(selection: Selection, _: RequestContext) -> Selection:
    *rest, last = selection.events or (None,)
    if last is None or not rest:
        return selection
    return replace(selection, events=(*rest[:-1], last, rest[-1]))


def _seconds_reversed(events: tuple[StoredEvent, ...]) -> tuple[StoredEvent, ...]:
    return tuple(event for _, second in groupby(events, key=lambda event: event.t) for event in reversed(list(second)))


def _each_matching(matches: Callable[[str, str], bool]) -> Callable[[Query, RequestContext], Query]:
    """Remove the filter if it matches a kind that it does not name."""

    def hook(query: Query, _: RequestContext) -> Query:
        kind = query.kind
        exact = kind is None or kind in KINDS or not any(matches(kind, each) for each in KINDS)
        return query if exact else replace(query, kind=None)

    return hook


FAULTS = (
    Fault(
        name="count-off-by-one",
        code="MC301",
        summary="`count` of a list is one too small.",
        when=on(OperationId.LIST),
        result=lambda result, _: {**result, "count": max(result["count"] - 1, 0)},
    ),
    Fault(
        name="count-off-by-one-later",
        code="MC301",
        summary="`count` of a list is one too small from the eleventh request on.",
        rare=True,
        when=all_of(on(OperationId.LIST), after(10)),
        result=lambda result, _: {**result, "count": max(result["count"] - 1, 0)},
    ),
    Fault(
        name="count-off-by-one-on-third-page",
        code="MC409",
        summary="`count` of the third page is one too large.",
        rare=True,
        when=on_page(3),
        result=lambda result, _: {**result, "count": result["count"] + 1},
    ),
    Fault(
        name="latest-count-off-by-one",
        code="MC302",
        summary="`count` of the latest events is one too large.",
        when=on(OperationId.LATEST),
        result=lambda result, _: {**result, "count": result["count"] + 1},
    ),
    Fault(
        name="repeated-event",
        code="MC303",
        summary="A page shows its last event twice.",
        when=on(OperationId.LIST),
        selection=_repeat_last,
    ),
    Fault(
        name="repeated-event-of-one-kind",
        code="MC303",
        summary="Lists of the kind Leave show their last event twice.",
        when=with_kind("Leave"),
        selection=_repeat_last,
    ),
    Fault(
        name="repeated-latest-event",
        code="MC304",
        summary="The latest events show the last of them twice.",
        when=on(OperationId.LATEST),
        selection=_repeat_last,
    ),
    Fault(
        name="unordered-page",
        code="MC305",
        summary="The last two events of a page are swapped.",
        when=on(OperationId.LIST),
        selection=_swap_last,
    ),
    Fault(
        name="unordered-second",
        code="MC305",
        summary="Events of one second come in the reverse order of `n`.",
        when=on(OperationId.LIST),
        selection=lambda selection, _: replace(selection, events=_seconds_reversed(selection.events)),
    ),
    Fault(
        name="ignores-limit",
        code="MC306",
        summary="`limit` is ignored.",
        query=lambda query, _: replace(query, limit=1_000),
    ),
    Fault(
        name="limit-plus-one",
        code="MC306",
        summary="A page has one item more than `limit`.",
        query=lambda query, _: replace(query, limit=query.limit + 1),
    ),
    Fault(
        name="limit-one-gives-two",
        code="MC306",
        summary="With `limit=1`, a page has two items.",
        when=with_limit(1),
        query=lambda query, _: replace(query, limit=2),
    ),
    Fault(
        name="starts-early",
        code="MC307",
        summary="Lists start two hours before `from`.",
        query=lambda query, _: replace(query, start=query.start - 7_200),
    ),
    Fault(
        name="ends-late",
        code="MC307",
        summary="Lists end two hours after `to`.",
        query=lambda query, _: replace(query, end=query.end + 7_200),
    ),
    Fault(
        name="ends-late-on-later-pages",
        code="MC307",
        summary="From the second page on, `to` is ignored.",
        when=from_page(2),
        query=lambda query, _: replace(query, end=LARGEST_INTEGER),
    ),
    Fault(
        name="ignores-kind",
        code="MC308",
        summary="`k` is ignored.",
        when=with_any_kind(),
        query=lambda query, _: replace(query, kind=None),
    ),
    Fault(
        name="ignores-one-kind",
        code="MC308",
        summary="`k` is ignored if it is FinishRotatePkiFailure.",
        when=with_kind("FinishRotatePkiFailure"),
        query=lambda query, _: replace(query, kind=None),
    ),
    Fault(
        name="ignores-kind-on-later-pages",
        code="MC308",
        summary="From the second page on, `k` is ignored.",
        when=from_page(2),
        query=lambda query, _: replace(query, kind=None),
    ),
    Fault(
        name="kind-by-prefix",
        code="MC308",
        summary="`k` selects every kind that begins with it.",
        when=with_any_kind(),
        query=_each_matching(lambda asked, kind: kind.startswith(asked)),
    ),
    Fault(
        name="kind-by-pattern",
        code="MC308",
        summary="`k` is a pattern: `*` stands for anything.",
        when=with_any_kind(),
        query=_each_matching(lambda asked, kind: fnmatch.fnmatchcase(kind, asked)),
    ),
    Fault(
        name="empty-cursor",
        code="MC309",
        summary="The last page has an empty cursor.",
        when=on(OperationId.LIST),
        cursor=lambda cursor, _: "" if cursor is None else cursor,
    ),
)
