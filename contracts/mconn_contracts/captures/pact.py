"""Pact files, version 1 to 4: the response of each interaction (https://github.com/pact-foundation/pact-specification)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from mconn_contracts.captures.format import Capture, CaptureFormat, Start, json_of
from mconn_contracts.captures.interaction import (
    Body,
    NoBody,
    RecordingError,
    body_of,
    from_base64,
    headers,
    json_text,
    recorded,
    status_of,
)
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Origin


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    pact = json_of(capture, reading.max_document, "a Pact file")
    interactions = pact.get("interactions") if isinstance(pact, Mapping) else None
    if not isinstance(interactions, list):
        raise InputError(
            f"{capture.label}: not a Pact file: there is no array `interactions`; if it is another format, give --format"
        )
    version = _version(pact.get("metadata"))
    for index, interaction in enumerate(interactions):
        yield _record(interaction, Origin(capture.label, 1, index), reading.max_document, version)


def _version(metadata: Any) -> int:
    for name in ("pactSpecification", "pact-specification"):
        found = metadata.get(name) if isinstance(metadata, Mapping) else None
        text = str(found.get("version", "")) if isinstance(found, Mapping) else ""
        if text[:1].isdigit():
            return int(text[0])
    return 2


def _record(value: Any, origin: Origin, limit: int, version: int) -> Record:
    if not isinstance(value, Mapping):
        return Unreadable(origin, "the interaction is not an object")
    request, response = value.get("request"), value.get("response")
    if value.get("type", "Synchronous/HTTP") != "Synchronous/HTTP" or response is None:
        # A message is not an exchange.
        return Unanswered(origin)
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        return Unreadable(origin, "the interaction has no request and response that are objects")
    method = request.get("method")
    received = headers(response.get("headers"))
    content = response.get("body")
    kind = content.get("contentType") if version >= 4 and isinstance(content, Mapping) else None
    if isinstance(kind, str) and not any(name.lower() == "content-type" for name, _ in received):
        received = (("Content-Type", kind), *received)
    try:
        return recorded(
            origin,
            limit,
            method=method.upper() if isinstance(method, str) else "GET",
            url=_url(request),
            sent=headers(request.get("headers")),
            status=status_of(response.get("status", 200)),
            received=received,
            body=_body(content, version),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _url(request: Mapping[str, Any]) -> Any:
    path, query = request.get("path"), request.get("query")
    if not isinstance(path, str) or not query:
        return path
    if isinstance(query, Mapping):
        pairs = [(name, value) for name, values in query.items() for value in (values if isinstance(values, list) else [values])]
        return f"{path}?{urlencode([(name, value) for name, value in pairs if isinstance(value, str)])}"
    return f"{path}?{query}"


def _body(content: Any, version: int) -> Body:
    """The body: a JSON value or a text; from version 4 on, with its media type, and whether it is in base64."""
    if version < 4 or not isinstance(content, Mapping) or "content" not in content:
        return body_of(content)
    value, encoded = content["content"], content.get("encoded")
    if not encoded:
        return NoBody() if value is None else body_of(value)
    if encoded is True or str(encoded).lower() == "base64":
        decoded = from_base64(value) if isinstance(value, str) else None
        if decoded is None:
            raise RecordingError("response.body.content is not base64")
        return decoded
    # `JSON` means that the text is a JSON string.
    return json_text(value)


def _tells(start: Start) -> bool:
    return {"consumer", "provider"} <= start.members or ("interactions" in start.members and "consumer" in start.members)


FORMAT = CaptureFormat(
    "pact",
    "Pact files of version 1 to 4: the response of each interaction",
    _read,
    told_by="`consumer` and `provider`",
    tells=_tells,
)
