"""Faults of bytes, headers and connections (MC0xx)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace

from mconn_contracts.model.exchange import Response
from mconn_contracts.server.api.fault import Fault, all_of, every, on, on_event, with_status
from mconn_contracts.server.api.stages import Delivery, OperationId, RequestContext


def wire(
    change: Callable[[bytes], bytes], *, reset: bool = False, stall: bool = False
) -> Callable[[Delivery, RequestContext], Delivery]:
    """Rewrite the serialized message, and end the connection behind it, or leave it open."""
    return lambda delivery, _: replace(delivery, wire=change, reset=reset, stall=stall)


def body(change: Callable[[bytes], bytes]) -> Callable[[Response, RequestContext], Response]:
    """Rewrite the content before it is coded and measured."""
    return lambda response, _: replace(response, body=change(response.body or b""))


def header(name: str, value: str | None) -> Callable[[Response, RequestContext], Response]:
    """Set a header field, or leave it out."""

    def hook(response: Response, _: RequestContext) -> Response:
        kept = tuple(item for item in response.headers if item[0].lower() != name.lower())
        return replace(response, headers=kept if value is None else (*kept, (name, value)))

    return hook


def _longer(message: bytes) -> bytes:
    return re.sub(rb"(?i)(content-length: )(\d+)", lambda found: found[1] + b"%d" % (int(found[2]) + 7), message)


def heads(context: RequestContext) -> bool:
    """On HEAD."""
    return context.request.method == "HEAD"


FAULTS = (
    Fault(
        name="cut-body",
        code="MC001",
        summary="The connection closes before the end of the latest events.",
        when=on(OperationId.LATEST),
        delivery=wire(lambda message: message[:-9]),
    ),
    Fault(
        name="length-too-long",
        code="MC001",
        summary="`Content-Length` promises more than an event has.",
        when=all_of(on(OperationId.GET), with_status(200)),
        delivery=wire(_longer),
    ),
    Fault(
        name="reset-halfway",
        code="MC001",
        summary="One list in five is reset halfway.",
        when=all_of(on(OperationId.LIST), every(5)),
        delivery=wire(lambda message: message[: len(message) // 2], reset=True),
    ),
    Fault(
        name="stalled-body",
        code="MC001",
        summary="The body of a FinishUpgradeFailure stops halfway, and the connection stays open.",
        rare=True,
        when=on_event("FinishUpgradeFailure"),
        delivery=wire(lambda message: message[:-20], stall=True),
    ),
    Fault(
        name="single-quotes",
        code="MC002",
        summary="An event's body has single quotes.",
        when=all_of(on(OperationId.GET), with_status(200)),
        response=body(lambda content: content.replace(b'"', b"'")),
    ),
    Fault(
        name="wrong-content-type",
        code="MC003",
        summary="Content is labeled `text/html`.",
        response=header("Content-Type", "text/html; charset=utf-8"),
    ),
    Fault(
        name="plain-text-errors",
        code="MC003",
        summary="An unknown event's 404 is labeled `text/plain`.",
        when=with_status(404),
        response=header("Content-Type", "text/plain"),
    ),
    Fault(
        name="bad-utf-8",
        code="MC004",
        summary="A letter outside ASCII is cut in two.",
        when=on(OperationId.LATEST, OperationId.GET),
        response=body(lambda content: re.sub(rb"[\xc2-\xdf][\x80-\xbf]", lambda found: found[0][:1], content)),
    ),
    Fault(
        name="nan-count",
        code="MC005",
        summary="The `count` of an empty page is NaN.",
        when=on(OperationId.LIST),
        response=body(lambda content: re.sub(rb'"count":\s*0\b', b'"count":NaN', content)),
    ),
    Fault(
        name="duplicate-name",
        code="MC006",
        summary="`success` occurs twice in the answer with the latest events.",
        when=all_of(on(OperationId.LATEST), with_status(200)),
        response=body(lambda content: content.replace(b'"success":', b'"success":true,"success":', 1)),
    ),
    Fault(
        name="gzip-that-is-not",
        code="MC007",
        summary="Lists claim to be compressed, but are not.",
        when=on(OperationId.LIST),
        response=header("Content-Encoding", "gzip"),
    ),
    Fault(
        name="byte-order-mark",
        code="MC008",
        summary="Bodies start with a byte order mark.",
        response=body(lambda content: b"\xef\xbb\xbf" + content),
    ),
    Fault(
        name="head-with-content",
        code="MC011",
        summary="The answer to HEAD has content.",
        when=heads,
        delivery=wire(lambda message: message + b'{"success":true}'),
    ),
    Fault(
        name="packed-without-label",
        code="MC007",
        summary="The latest events are compressed, but not labeled so.",
        when=all_of(on(OperationId.LATEST), with_status(200)),
        response=body(lambda content: gzip.compress(content, mtime=0)),
    ),
)
