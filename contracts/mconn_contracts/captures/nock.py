"""Definitions of nock, as its recorder gives them (`output_objects`) and nock back keeps them in fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.captures.format import Capture, CaptureFormat, Start, whole
from mconn_contracts.captures.interaction import (
    Body,
    RecordingError,
    body_of,
    from_base64,
    headers,
    json_value,
    recorded,
    status_of,
)
from mconn_contracts.captures.json_texts import documents_in
from mconn_contracts.captures.records import ReadOptions, Record, Unreadable
from mconn_contracts.model.exchange import Headers, Origin


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    limit = reading.max_document
    for found in documents_in(whole(capture, limit), capture.label):
        yield found if isinstance(found, Unreadable) else _record(found[1], found[0], limit)


def _record(text: bytes, origin: Origin, limit: int) -> Record:
    try:
        value = json_value(text, "the definition")
        if not isinstance(value, Mapping):
            return Unreadable(origin, "the definition is not an object")
        scope, path = value.get("scope"), value.get("path")
        received = headers(value.get("rawHeaders", value.get("headers")))
        return recorded(
            origin,
            limit,
            method=value.get("method"),
            url=f"{_origin(scope)}{path}" if isinstance(scope, str) and isinstance(path, str) else None,
            sent=headers(value.get("reqheaders")),
            status=status_of(value.get("status", value.get("statusCode", 200))),
            received=received,
            body=_body(value, received),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _origin(scope: str) -> str:
    """The scope without a port that the scheme implies, which nock always writes."""
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if scope.startswith(scheme):
            return scope.removesuffix(port)
    return scope


def _body(value: Mapping[str, Any], received: Headers) -> Body:
    """The body: a JSON value, a text, or bytes in hexadecimal (base64 before version 12), in chunks where it is packed."""
    response = value.get("response", "")
    packed = any(name.lower() == "content-encoding" for name, _ in received)
    chunks = response if isinstance(response, list) else [response]
    if (packed or value.get("responseIsBinary")) and chunks and all(isinstance(chunk, str) for chunk in chunks):
        decoded = [_decoded(chunk) for chunk in chunks]
        if None not in decoded:
            return b"".join(chunk for chunk in decoded if chunk is not None)
    return body_of(response)


def _decoded(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return from_base64(text)


def _tells(start: Start) -> bool:
    first = start.json[0] if isinstance(start.json, list) and start.json else None
    return isinstance(first, Mapping) and "scope" in first and {"method", "path"} & first.keys() != set()


FORMAT = CaptureFormat(
    "nock",
    "definitions of nock: its recorder's objects, and fixtures of nock back",
    _read,
    told_by='`[{"scope": …`',
    tells=_tells,
)
