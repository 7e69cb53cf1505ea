"""WireMock: stub mappings, recorded or written, and the journal of requests (`GET /__admin/requests`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    time_of,
)
from mconn_contracts.captures.postman import operation_at
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.model.exchange import Exchange, Origin

FILES = "__files"
"""The folder of bodies, beside the file of mappings or their folder."""
_NO_RESPONSE = {"fault", "proxyBaseUrl"}
_TEMPLATE = "response-template"
_URLS = ("absoluteUrl", "url", "urlPath")


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    value = json_of(capture, reading.max_document, "a file of WireMock")
    members = value if isinstance(value, Mapping) else {}
    found = next(
        (members[name] for name in ("mappings", "requests", "serveEvents") if isinstance(members.get(name), list)), [value]
    )
    # The journal has the last request first.
    times = [_started(_object(_object(stub).get("request"))) for stub in found]
    order = sorted(range(len(found)), key=lambda index: times[index] or 0.0) if all(times) else range(len(found))
    for index in order:
        stub = found[index]
        yield _record(stub, Origin(capture.label, 1, index), capture, reading.max_document)


def _record(value: Any, origin: Origin, capture: Capture, limit: int) -> Record:
    request = value.get("request") if isinstance(value, Mapping) else None
    if not isinstance(request, Mapping):
        return Unreadable(origin, "the mapping has no request")
    response = value.get("response") or value.get("responseDefinition")
    url, exact = _url(request)
    operation = None if exact or url is None else operation_at(url)
    if not isinstance(response, Mapping) or response.keys() & _NO_RESPONSE or url is None or not (exact or operation):
        # A pattern stands for many URLs, and a proxied or failing stub has no response.
        return Unanswered(origin)
    method = request.get("method", "GET")
    try:
        exchange = recorded(
            origin,
            limit,
            method="GET" if method == "ANY" else method,
            url=url,
            sent=headers({name: _value(text) for name, text in _object(request.get("headers")).items()}),
            status=status_of(response.get("status", 200)),
            received=headers(response.get("headers")),
            body=_body(response, capture),
            started=_started(request),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))
    if operation is not None and isinstance(exchange, Exchange):
        return replace(exchange, request=None, declared=operation)
    return exchange


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _value(pattern: Any) -> Any:
    """The value that a pattern requires, if it requires one value. In the journal, it is the value itself."""
    return pattern.get("equalTo") if isinstance(pattern, Mapping) else pattern


def _url(request: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The URL, and whether it is the requested one: a parameter may be a pattern that many values match."""
    url = next((request[name] for name in _URLS if isinstance(request.get(name), str)), None)
    if url is None or "?" in url:
        return url, True
    pairs = [(name, _value(each)) for name, pattern in _object(request.get("queryParameters")).items() for each in _each(pattern)]
    if not all(isinstance(text, str) for _, text in pairs):
        return url, False
    query = urlencode(pairs)
    return f"{url}?{query}" if query else url, True


def _each(pattern: Any) -> Sequence[Any]:
    """The patterns of each value of a parameter. Version 3 allows several values."""
    several = pattern.get("hasExactly") if isinstance(pattern, Mapping) else None
    return several if isinstance(several, list) else [pattern]


def _started(request: Mapping[str, Any]) -> float | None:
    logged = request.get("loggedDate")
    return logged / 1000 if isinstance(logged, int) else time_of(request.get("loggedDateString"))


def _body(response: Mapping[str, Any], capture: Capture) -> Body:
    if _TEMPLATE in (response.get("transformers") or ()):
        return NoBody("the server makes the body from a template for each request")
    if "jsonBody" in response:
        return json_text(response["jsonBody"])
    for name in ("base64Body", "bodyAsBase64"):
        decoded = from_base64(response[name]) if isinstance(response.get(name), str) else None
        if decoded:
            return decoded
    file = response.get("bodyFileName")
    if isinstance(file, str):
        found = (capture.beside(folder, file) for folder in (FILES, f"../{FILES}"))
        body = next((content for content in found if content is not None), None)
        return NoBody(f"the body is in the file {file!r}, which cannot be read") if body is None else body
    return body_of(response.get("body", b""))


def _tells(start: Start) -> bool:
    for first in (start.json, start.member("mappings"), start.member("requests"), start.member("serveEvents")):
        stub = first[0] if isinstance(first, list) and first else first
        request = stub.get("request") if isinstance(stub, Mapping) else None
        if not isinstance(stub, Mapping) or not isinstance(request, Mapping):
            continue
        if first is not start.json:
            return bool(stub.keys() & {"response", "responseDefinition"})
        response = _object(stub.get("response"))
        marks = {"urlPath", "urlPattern", "urlPathPattern", "queryParameters"} & request.keys()
        marks |= {"jsonBody", "base64Body", "bodyFileName"} & response.keys()
        return bool(marks or {"uuid", "persistent", "scenarioName", "responseDefinition"} & stub.keys())
    return False


FORMAT = CaptureFormat(
    "wiremock",
    "stub mappings of WireMock, one or many, and its journal of requests",
    _read,
    told_by="`mappings`, or a `request` with a `urlPath`, or a `response` with a `jsonBody`",
    tells=_tells,
)
