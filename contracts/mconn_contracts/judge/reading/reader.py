"""Read an exchange into the views that rules judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mconn_contracts.contract.api import ENVELOPE, GET, LATEST, LIST
from mconn_contracts.contract.document import Document, Operation
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.reading.calls import Call, Router
from mconn_contracts.judge.reading.events import Events
from mconn_contracts.judge.reading.recognition import Recognized, recognize
from mconn_contracts.judge.reading.views import (
    Answer,
    Envelope,
    Event,
    FetchedEvent,
    LatestPage,
    ListPage,
    Refusal,
    Summary,
    Window,
    may_be_foreign,
)
from mconn_contracts.judge.schemas.validation import Schemas
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.model.exchange import Exchange, Trace
from mconn_contracts.wire.arrays import TextArray, Viewed
from mconn_contracts.wire.decoding import Decoded, decode, excerpt


class Reader:
    """Reads exchanges against one document; `compiled` as in `Schemas`."""

    def __init__(self, document: Document, *, compiled: bool = True) -> None:
        self.document = document
        self.schemas = Schemas(document, compiled=compiled)
        self.router = Router(document)
        self._error_schema = next(
            (pointer for operation in document.operations for status, pointer in operation.schemas.items() if status >= "4"),
            None,
        )

    def read(self, exchange: Exchange) -> Answer:
        """The exchange, as far as it can be understood. The body of an exchange of another API is not read.

        UsageError if the document has no operation and no schema that `declared` names.
        """
        exchange = _without_packed_content(exchange)
        call = self._route(exchange)
        if call is None and may_be_foreign(exchange):
            trace = Trace(exchange.origin, exchange.request, None)
            return Answer(exchange, trace, None, None, decoded=None, schema=None, defects=(), enveloped=False)
        operation = None if call is None else call.operation
        enveloped = True
        schema: str | None = None
        decoded = self._decode(exchange)
        found = None
        if decoded is not None and decoded.readable and exchange.request is None and exchange.declared is None:
            found = recognize(decoded.value)
        if isinstance(found, Recognized) and found.certain:
            exchange = replace(exchange, declared=found.name)
        name = found.name if isinstance(found, Recognized) else exchange.declared
        if name is not None:
            operation, schema, enveloped = self.named(name)
        elif isinstance(found, Defect):
            enveloped = False
        if enveloped:
            schema = self._governing(operation, exchange.response.status, decoded)
        if isinstance(found, Recognized) and not found.certain:
            operation = None
        defects: tuple[Defect, ...] = ()
        if decoded is not None:
            defects = tuple(self.defects(decoded, schema, enveloped=enveloped))
        elif exchange.response.incomplete is not None:
            words = f"the body is cut short: {exchange.response.incomplete}"
            defects = (Defect(DefectKind.BODY_CUT_SHORT, "", words),)
        elif exchange.response.body is None and exchange.response.undecodable is None and _content_is_due(exchange):
            defects = (Defect(DefectKind.BODY_NOT_KEPT, "", exchange.response.unread or "the body was not kept"),)
        if isinstance(found, Defect):
            defects = (*defects, found)
        trace = Trace(exchange.origin, exchange.request, None if operation is None else operation.id)
        return Answer(exchange, trace, call, operation, decoded, schema, defects, enveloped)

    def _route(self, exchange: Exchange) -> Call | None:
        return None if exchange.request is None else self.router.route(exchange.request)

    def named(self, name: str) -> tuple[Operation | None, str | None, bool]:
        """The operation or the schema's pointer of that name, and whether the name stands for an envelope.

        UsageError if the document has neither.
        """
        for operation in self.document.operations:
            if operation.id == name:
                return operation, None, True
        if name not in self.document.raw.get("components", {}).get("schemas", {}):
            operations = ", ".join(operation.id for operation in self.document.operations)
            raise UsageError(f"{name!r} is neither an operation ({operations}) nor a schema of the document")
        return None, self.document.schema_pointer(name), False

    def foreign(self, exchange: Exchange) -> bool:
        """Whether an exchange belongs to another API: it is recorded, and the document does not have its path."""
        return may_be_foreign(exchange) and self._route(exchange) is None

    def views(self, answer: Answer) -> Iterator[object]:
        """The answer itself, and every typed form that its shape allows."""
        yield answer
        body = None if answer.decoded is None or not answer.decoded.readable else answer.decoded.value
        if answer.enveloped and isinstance(body, Mapping) and body.keys() & ENVELOPE:
            yield Envelope(answer, body)
        own = answer.exchange.own
        if answer.refused and answer.operation is not None and answer.call is not None and answer.status is not None:
            intent = answer.exchange.intent
            yield Refusal(
                trace=answer.trace,
                call=answer.call,
                operation=answer.operation.id,
                status=answer.status,
                window=_window(answer.call),
                limit=answer.call.integer("limit"),
                cursor=answer.call.first("cursor"),
                own=own,
                fair=intent is not None and intent.fair,
            )
        if not isinstance(body, Mapping) or not all(defect.kind.keeps_shape for defect in answer.defects):
            return
        if answer.enveloped and (answer.status not in (None, 200) or body.get("success") is False):
            return
        model = body.get("result") if answer.enveloped else body
        if isinstance(model, Mapping):
            view = self._typed(answer, model, own)
            if view is not None:
                yield view

    def _typed(self, answer: Answer, model: Mapping[str, Any], own: bool) -> object | None:
        name = _model_name(answer)
        call = answer.call
        owner = None if call is None else call.owner
        started = answer.exchange.started
        root = "/result" if answer.enveloped else ""
        if name in LIST.names:
            return ListPage(
                trace=answer.trace,
                owner=owner,
                window=None if call is None else _window(call),
                limit=None if call is None else call.integer("limit"),
                cursor=None if call is None else call.first("cursor"),
                count=int(model["count"]),
                items=_summaries(model["items"]),
                next_cursor=model.get("cursor"),
                started=started,
                own=own,
                root=root,
                odd_limit=call is not None and call.has_odd_limit,
            )
        if name in LATEST.names:
            return LatestPage(answer.trace, owner, int(model["count"]), _events(model["items"]), started, own, root)
        if name in GET.names:
            asked = None if call is None else call.identity
            return FetchedEvent(answer.trace, owner, asked, _event(model), own)
        return None

    def _decode(self, exchange: Exchange) -> Decoded | None:
        response, request = exchange.response, exchange.request
        if response.body is None or response.incomplete is not None or response.undecodable is not None:
            return None
        if request is not None and request.method.upper() == "HEAD":
            return None
        if not response.body.strip() and (request is not None or response.status in (204, 304)):
            return None
        return decode(response.body)

    def _governing(self, operation: Operation | None, status: int | None, decoded: Decoded | None) -> str | None:
        """The pointer of the schema of a response's body. Every 4xx and 5xx has the error schema, declared or not."""
        if status is None:
            failed = decoded is not None and isinstance(decoded.value, Mapping) and decoded.value.get("success") is False
            if failed or operation is None:
                return self._error_schema
            return operation.schemas.get("200")
        declared = None if operation is None else operation.schema_of(status)
        return declared or (self._error_schema if status >= 400 else None)

    def defects(self, decoded: Decoded, schema: str | None, *, enveloped: bool) -> Iterator[Defect]:
        """The defects of a decoded body or a part of one: in its encoding, and under the schema at a pointer."""
        yield from decoded.defects
        if not decoded.readable or schema is None:
            return
        if enveloped and isinstance(decoded.value, Mapping) and not decoded.value.keys() & ENVELOPE:
            names = ", ".join(map(excerpt, list(decoded.value)[:6]))
            seen = f"it has {names}, but no `success`" if names else "it is empty"
            yield Defect(DefectKind.MISSING_ENVELOPE, "", f"the body is not an envelope: {seen}")
            return
        # One finding for each fault: a value with a faulty encoding gets no second finding for its shape.
        faulty = {defect.pointer for defect in decoded.defects if defect.kind is DefectKind.NOT_A_NUMBER}
        for defect in self.schemas.explain(decoded.value, schema):
            if defect.pointer not in faulty:
                yield defect


_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""The first bytes of compressed content (RFC 1952, RFC 8878). No JSON begins with them."""


def _without_packed_content(exchange: Exchange) -> Exchange:
    """The exchange. If its content is compressed without a `content-encoding`, the content is marked as undecodable."""
    response = exchange.response
    coding = next((name for start, name in _PACKED.items() if response.body and response.body.startswith(start)), None)
    if coding is None or response.status is None or response.undecodable is not None or response.header("content-encoding"):
        return exchange
    words = f"the content is compressed by {coding}, but no content-encoding says so"
    return replace(exchange, response=replace(response, undecodable=words))


def _content_is_due(exchange: Exchange) -> bool:
    """Whether a response must have content (RFC 9110, 6.4.1) to judge. The content of a redirect is for people."""
    method, status = "" if exchange.request is None else exchange.request.method, exchange.response.status
    has_none = status is None or status < 200 or status in (204, 205) or 300 <= status < 400
    return method not in ("HEAD", "CONNECT", "OPTIONS") and not has_none


def _model_name(answer: Answer) -> str | None:
    if answer.enveloped:
        return None if answer.operation is None else answer.operation.id
    return answer.exchange.declared


def _window(call: Call) -> Window:
    return Window(call.integer("from"), call.integer("to"), call.first("k"))


def _summaries(items: Sequence[Mapping[str, Any]]) -> Sequence[Summary]:
    """The items of a list. A large list is kept in columns."""
    found = (Summary(int(item["t"]), int(item["n"]), int(item["a"]), item["k"]) for item in items)
    return Events().add(found) if isinstance(items, TextArray) else tuple(found)


def _events(items: Sequence[Mapping[str, Any]]) -> Sequence[Event]:
    """The latest events. Those of a large answer are read each time they are used."""
    return Viewed(items, _event) if isinstance(items, TextArray) else tuple(map(_event, items))


def _event(model: Mapping[str, Any]) -> Event:
    return Event(int(model["t"]), int(model["n"]), model["e"], model.get("v"))
