"""Exchanges: NDJSON of requests with their responses, as exchange.schema.json describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Annotated, Any

import msgspec

from mconn_contracts.captures.custom import field_in, told
from mconn_contracts.captures.format import Capture, CaptureFormat, Start, whole
from mconn_contracts.captures.har import record_of
from mconn_contracts.captures.interaction import (
    Body,
    NoBody,
    RecordingError,
    body_of,
    from_base64,
    headers,
    json_text,
    json_value,
    recorded,
    time_of,
)
from mconn_contracts.captures.json_texts import Document, documents_in, elements_of_line
from mconn_contracts.captures.ndjson import head, looks_like
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import Line, lines, rejoined
from mconn_contracts.model.exchange import Origin

_ANY_STATUS = 200
"""Replaces the status of an answer that never came while it is read like others."""


class _Field(msgspec.Struct):
    name: str
    value: str


_Fields = dict[str, str | list[str]] | list[_Field | tuple[str, str]]


class _Request(msgspec.Struct):
    method: Annotated[str, msgspec.Meta(min_length=1)]
    url: str
    headers: _Fields = {}


class _Response(msgspec.Struct):
    status: Annotated[int, msgspec.Meta(ge=100, le=599)]
    headers: _Fields = {}
    body: str | None = None
    base64: str | None = None


def read_exchanges(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """One exchange for each line that is not blank, or for each value if values span several lines or are in an array."""
    limit = reading.max_document
    for found in texts(capture, limit):
        record = found if isinstance(found, Unreadable) else _exchange(found[1], found[0], capture, reading)
        # A large line is not held in memory while it is judged.
        del found
        yield record


def texts(capture: Capture, limit: int) -> Iterator[Document | Unreadable]:
    """The JSON texts of a capture: on each line one, or an array of such; or in an array, or one after the other."""
    start = head(capture.stream, limit)
    if looks_like(start) or len(start) == 1:
        last = start[-1].number if start else 0
        rest = (Line(last + number, text) for number, text in lines(capture.stream, limit)) if start else ()
        for number, text in chain((start.pop(0) for _ in range(len(start))), rest):
            if text is None:
                yield too_large(Origin(capture.label, number), "the line", limit)
            elif text.strip(WHITESPACE):
                text = text.rstrip(b"\r\n")
                yield from elements_of_line(text, capture.label, number)
    elif any(line.text is None for line in start):
        yield too_large(Origin(capture.label, 1), "the document", limit)
    else:
        joined = rejoined(b"".join(line.text or b"" for line in start), capture.stream)
        yield from documents_in(whole(replace(capture, stream=joined), limit), capture.label)


def _exchange(text: bytes, origin: Origin, capture: Capture, reading: ReadOptions) -> Record:
    limit, written = reading.max_document, text if reading.keep_written else None
    try:
        value = json_value(text, "the line")
        response = value.get("response", value) if isinstance(value, Mapping) else value
        if response is None and "request" in value and "incomplete" not in field_in(value):
            return Unanswered(origin)
        if isinstance(response, Mapping) and isinstance(response.get("content"), Mapping):
            # It is a HAR entry, as some tools stream them.
            return record_of(value, origin, capture, limit, written)
        return _read(value, origin, limit, written)
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _read(value: Any, origin: Origin, limit: int, written: bytes | None) -> Record:
    if not isinstance(value, Mapping) or "request" not in value:
        raise RecordingError("the line is not an exchange, which has a request and a response")
    request, response, started = value["request"], value.get("response", {}), value.get("started")
    none_came = response is None
    if none_came:
        # Only our own recordings say why no answer came. That was judged when they were made.
        response = {"status": _ANY_STATUS}
    for name, part, kind in (("request", request, _Request), ("response", response, _Response)):
        try:
            msgspec.convert(part, kind)
        except msgspec.ValidationError as error:
            why = "status is not a status code" if "$.status" in str(error) else str(error)
            raise RecordingError(f"there is no {name} as the format has it: {why}") from None
    if "started" in value and (isinstance(started, bool) or not isinstance(started, int | float)):
        raise RecordingError("started is not a number")
    exchange = recorded(
        origin,
        limit,
        method=request["method"],
        url=request["url"],
        sent=headers(request.get("headers")),
        status=response["status"],
        received=headers(response.get("headers")),
        body=_body(response),
        started=time_of(started),
        written=written,
    )
    if isinstance(exchange, Unreadable):
        return exchange
    answer = replace(exchange.response, status=None) if none_came else exchange.response
    return replace(exchange, response=told(answer, field_in(value)))


def _body(response: Mapping[str, Any]) -> Body:
    given = [name for name in ("body", "base64", "json") if name in response]
    if len(given) > 1:
        raise RecordingError(f"response has {' and '.join(given)}; give only one of them as the body")
    if not given:
        return NoBody()
    content = response[given[0]]
    if given[0] == "json":
        return json_text(content)
    if given[0] == "base64" and content is not None:
        decoded = from_base64(content)
        if decoded is None:
            raise RecordingError("response.base64 is not base64")
        return decoded
    return body_of(content)


def _tells(start: Start) -> bool:
    request, response = start.member("request"), start.member("response")
    if isinstance(request, dict):
        return isinstance(response, dict) or bool(request.keys() & {"method", "url"})
    first = start.json[0] if isinstance(start.json, list) and start.json else start.json
    return isinstance(response, dict) and "status" in response and len(first.keys() - {"request", "response", "started"}) < 3


FORMAT = CaptureFormat(
    "exchanges",
    "requests with their responses, as `exchange.schema.json` says: one on each line, in an array, or one after the other",
    read_exchanges,
    endings=(".ndjson", ".jsonl"),
    told_by='`{"request": {` on the first line',
    tells=_tells,
)
