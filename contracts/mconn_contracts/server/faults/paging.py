"""Faults between pages (MC4xx)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal
from urllib.parse import parse_qs

from mconn_contracts.server.api.fault import Fault, all_of, from_page, none_of, on, on_page, with_any_kind, with_kind, with_limit
from mconn_contracts.server.api.routing import split_target
from mconn_contracts.server.api.stages import HttpError, OperationId, PageStart, Query, Reason, RequestContext, Selection
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import LARGEST_INTEGER, Key


def _always_more(selection: Selection, context: RequestContext) -> Selection:
    """Every page, an empty one too, has a cursor to one more; all cursors differ."""
    if selection.next is not None or context.query is None:
        return selection
    position = context.query.position
    after = selection.events[-1].key if selection.events else position.after
    offset = position.offset + len(selection.events)
    return replace(selection, next=PageStart(position.page + 1, after, 0 if after else offset))


def _one_back(query: Query, _: RequestContext) -> Query:
    """A page starts with the last event of the page before."""
    position = query.position
    if position.after is None:
        return replace(query, position=replace(position, offset=max(position.offset - 1, 0)))
    return replace(query, position=replace(position, after=Key(position.after.t, position.after.n - 1)))


def _next_second(query: Query, _: RequestContext) -> Query:
    position = query.position
    return (
        query
        if position.after is None
        else replace(query, position=replace(position, after=Key(position.after.t, LARGEST_INTEGER)))
    )


def _one_on(query: Query, _: RequestContext) -> Query:
    return replace(query, position=replace(query.position, offset=query.position.offset + 1))


def _wrapped(query: Query, context: RequestContext) -> Query:
    asked = int(parse_qs(split_target(context.request.url)[1]).get("limit", ["0"])[0]) % 2**32
    return replace(query, limit=asked) if 0 < asked < query.limit else query


def _without_partial_page(selection: Selection, context: RequestContext) -> Selection:
    """Only on pages that follow another: a result of less than a page is shown."""
    if context.query is None or context.page == 1 or len(selection.events) >= context.query.limit:
        return selection
    return replace(selection, events=(), total=0 if selection.total == len(selection.events) else selection.total)


def _small(context: RequestContext) -> bool:
    return context.query is not None and context.query.limit < 10


def _other_order(behavior: Behavior, _: RequestContext) -> Behavior:
    other: Literal["ascending", "descending"] = "descending" if behavior.order == "ascending" else "ascending"
    return replace(behavior, order=other)


def _other_count(behavior: Behavior, _: RequestContext) -> Behavior:
    other: Literal["page", "total"] = "total" if behavior.count == "page" else "page"
    return replace(behavior, count=other)


def _same_cursor(cursor: Any, context: RequestContext) -> Any:
    asked = parse_qs(split_target(context.request.url)[1]).get("cursor", [None])[-1]
    return cursor if cursor is None else asked


def _refuse(_query: Query, _call: RequestContext) -> Query:
    raise HttpError(Reason.CURSOR, 400, 1004, "The cursor has expired")


FAULTS = (
    Fault(
        name="endless-walk",
        code="MC401",
        summary="The last page has a cursor to an empty page, and that one to another, without end.",
        when=on(OperationId.LIST),
        selection=_always_more,
    ),
    Fault(
        name="repeats-across-pages",
        code="MC402",
        summary="A page starts with the last event of the page before.",
        when=all_of(from_page(2), none_of(with_limit(1))),
        query=_one_back,
    ),
    Fault(
        name="repeats-on-third-page",
        code="MC402",
        summary="The third page starts with the last event of the second.",
        rare=True,
        when=all_of(on_page(3), none_of(with_limit(1))),
        query=_one_back,
    ),
    Fault(
        name="skips-between-pages",
        code="MC403",
        summary="An event is lost between the first and the second page.",
        when=on_page(2),
        query=_one_on,
    ),
    Fault(
        name="skips-rest-of-second",
        code="MC403",
        summary="A cursor holds only the second, so the rest of the events of that second are lost.",
        when=from_page(2),
        query=_next_second,
    ),
    Fault(
        name="skips-at-limit-one",
        code="MC403",
        summary="With `limit=1`, every other event is lost.",
        when=all_of(from_page(2), with_limit(1)),
        query=_one_on,
    ),
    Fault(
        name="walk-ends-early",
        code="MC404",
        summary="The second page never has a cursor.",
        when=on_page(2),
        selection=lambda selection, _: replace(selection, next=None),
    ),
    Fault(
        name="walk-ends-at-third-page",
        code="MC404",
        summary="The third page never has a cursor.",
        rare=True,
        when=on_page(3),
        selection=lambda selection, _: replace(selection, next=None),
    ),
    Fault(
        name="order-depends-on-limit",
        code="MC405",
        summary="Small pages come in the other order.",
        when=_small,
        behavior=_other_order,
    ),
    Fault(
        name="order-breaks-between-pages",
        code="MC406",
        summary="From the second page on, each page is reversed.",
        when=from_page(2),
        selection=lambda selection, _: replace(selection, events=selection.events[::-1]),
    ),
    Fault(
        name="repeated-cursor",
        code="MC407",
        summary="The second page's cursor leads to the second page.",
        when=on_page(2),
        cursor=_same_cursor,
    ),
    Fault(
        name="cursor-refused",
        code="MC408",
        summary="The cursor of the third page is refused.",
        when=on_page(3),
        query=_refuse,
    ),
    Fault(
        name="cursor-refused-with-kind",
        code="MC408",
        summary="The cursor of a filtered list is refused.",
        when=all_of(from_page(2), with_any_kind()),
        query=_refuse,
    ),
    Fault(
        name="count-changes-meaning",
        code="MC409",
        summary="`count` means the page on the first page, and the total on the others, or the other way round.",
        when=from_page(2),
        behavior=_other_count,
    ),
    Fault(
        name="count-differs-with-kind",
        code="MC409",
        summary="`count` means the total in filtered lists if it means the page in others, or the other way round.",
        when=with_any_kind(),
        behavior=_other_count,
    ),
    Fault(
        name="order-depends-on-window",
        code="MC410",
        summary="Windows of less than a day come in the other order.",
        when=lambda context: context.query is not None and context.query.end - context.query.start < 86_400,
        behavior=_other_order,
    ),
    Fault(
        name="order-depends-on-filter",
        code="MC410",
        summary="Lists of the kind Reconcile come in the other order, but those of other kinds do not.",
        when=with_kind("Reconcile"),
        behavior=_other_order,
    ),
    Fault(
        name="limit-wraps",
        code="MC411",
        summary="`limit` is kept in 32 bits.",
        query=_wrapped,
    ),
    Fault(
        name="partial-page-lost",
        code="MC404",
        summary="A page that is not full is not shown.",
        selection=_without_partial_page,
    ),
)
