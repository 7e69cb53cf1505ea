"""Faults of the envelope (MC2xx)."""

from __future__ import annotations

from dataclasses import replace

from mconn_contracts.server.api.fault import Fault, all_of, none_of, on, with_status
from mconn_contracts.server.api.stages import OperationId, Reason, RequestContext


def _failed(context: RequestContext) -> bool:
    return context.status is not None and context.status >= 400


def _unrouted(context: RequestContext) -> bool:
    return context.operation is None


FAULTS = (
    Fault(
        name="success-false-on-200",
        code="MC201",
        summary="Lists with status 200 say `success: false`.",
        when=all_of(on(OperationId.LIST), with_status(200)),
        document=lambda document, _: {**document, "success": False},
    ),
    Fault(
        name="success-true-on-error",
        code="MC201",
        summary="Errors say `success: true`.",
        when=_failed,
        document=lambda document, _: {**document, "success": True},
    ),
    Fault(
        name="failure-without-error",
        code="MC202",
        summary="`errors` of a 400 is empty.",
        when=with_status(400),
        document=lambda document, _: {**document, "errors": []},
    ),
    Fault(
        name="failure-without-errors-member",
        code="MC202",
        summary="A 404 has no `errors`.",
        when=with_status(404),
        document=lambda document, _: {name: value for name, value in document.items() if name != "errors"},
    ),
    Fault(
        name="error-on-success",
        code="MC203",
        summary="The latest events come with an error.",
        when=all_of(on(OperationId.LATEST), with_status(200)),
        document=lambda document, _: {**document, "errors": [{"code": 1010, "message": "Partial result"}]},
    ),
    Fault(
        name="bare-event",
        code="MC204",
        summary="An event comes without its envelope.",
        when=all_of(on(OperationId.GET), with_status(200)),
        document=lambda document, _: document["result"],
    ),
    Fault(
        name="bare-route-error",
        code="MC204",
        summary="Undeclared routes and methods get an error of another shape.",
        when=all_of(_unrouted, none_of(with_status(429))),
        document=lambda _document, _call: {"detail": "Not Found"},
    ),
    Fault(
        name="empty-route-error",
        code="MC204",
        summary="Undeclared routes and methods get an error without content.",
        when=all_of(_unrouted, none_of(with_status(429))),
        response=lambda response, _: replace(response, body=b""),
    ),
    Fault(
        name="result-on-failure",
        code="MC205",
        summary="Errors have an empty `result`.",
        when=_failed,
        document=lambda document, _: {**document, "result": {}},
    ),
    Fault(
        name="undeclared-success",
        code="MC206",
        summary="The latest events have status 203.",
        when=all_of(on(OperationId.LATEST), with_status(200)),
        response=lambda response, _: replace(response, status=203),
    ),
    Fault(
        name="undeclared-status",
        code="MC207",
        summary="A malformed parameter gets 422.",
        refusal=lambda refusal, _: replace(refusal, status=422) if refusal.reason is Reason.PARAMETER_MALFORMED else refusal,
    ),
)
