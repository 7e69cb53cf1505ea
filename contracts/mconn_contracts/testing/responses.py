"""Make exchanges of the responses that client libraries and test clients give. None of them is imported."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from mconn_contracts.captures.interaction import RecordingError, answered, recorded, status_of
from mconn_contracts.captures.records import MAX_DOCUMENT, Unreadable
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Exchange, Origin
from mconn_contracts.wire.redaction import scrub, secrets_in

KNOWN = "requests, httpx, aiohttp, Starlette, FastAPI, Flask, Werkzeug, Django or urllib3, or (status, headers, body)"

_Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Sent:
    """The request that a response answers."""

    method: str
    url: str
    headers: _Fields


@dataclass(frozen=True, slots=True)
class _Found:
    """What a library keeps of a response. One that a test has made by hand has no request."""

    status: Any
    headers: _Fields
    body: bytes
    sent: _Sent | None = None


def exchange_of(response: Any, origin: Origin, operation: str | None = None) -> Exchange:
    """The exchange of a response of a library, with its request where it has that; secrets are replaced.

    `operation` is an operationId or the name of a schema. UsageError for what is not a response, or has too much body.
    """
    found = next((found for read in _READERS if (found := read(response)) is not None), None)
    if found is None:
        if inspect.isawaitable(response):
            raise UsageError("this is not a response yet; await it first")
        raise UsageError(f"{type(response).__module__}.{type(response).__qualname__} is not a response of {KNOWN}")
    try:
        status = status_of(found.status)
    except RecordingError:
        raise UsageError(f"the status of the response is {found.status!r}; give a number from 100 to 599") from None
    received = tuple(found.headers)
    if found.sent is None:
        answer = answered(status, received, found.body, MAX_DOCUMENT)
        if answer is None:
            raise UsageError(f"the body is larger than {MAX_DOCUMENT} bytes")
        return Exchange(scrub(answer, secrets_in(received)), None, origin, operation)
    known = recorded(
        origin,
        MAX_DOCUMENT,
        method=found.sent.method,
        url=found.sent.url,
        sent=tuple(found.sent.headers),
        status=status,
        received=received,
        body=found.body,
    )
    if isinstance(known, Unreadable):
        raise UsageError(known.message)
    return replace(known, declared=operation)


def _tuple(response: Any) -> _Found | None:
    if not isinstance(response, tuple):
        return None
    if len(response) != 3 or not isinstance(response[0], int):
        raise UsageError(f"a tuple must be (status, headers, body) with a number as status; this one has {len(response)} parts")
    status, headers, body = response
    pairs = tuple((str(name), str(value)) for name, value in (headers.items() if hasattr(headers, "items") else headers or ()))
    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise UsageError(f"the body is {type(body).__name__}; give its bytes or its text, as they were sent")
    return _Found(status, pairs, bytes(content))


def _requests(response: Any) -> _Found | None:
    if not all(hasattr(response, name) for name in ("iter_content", "raw", "status_code")):
        return None
    request: Any = response.request
    raw = response.raw
    # requests joins fields of one name; what it is built on does not.
    fields = getattr(raw, "headers", None)
    headers = list(fields.items()) if fields and hasattr(fields, "getlist") else list(response.headers.items())
    sent = None
    if request is not None:
        texts = ((name, value if isinstance(value, str) else value.decode("latin-1")) for name, value in request.headers.items())
        sent = _Sent(request.method, request.url, texts)
    return _Found(response.status_code, headers, response.content or b"", sent)


def _httpx(response: Any) -> _Found | None:
    """httpx, and the test clients of Starlette and FastAPI, which give its responses."""
    if not hasattr(getattr(response, "headers", None), "multi_items"):
        return None
    if not getattr(response, "is_stream_consumed", True) and not hasattr(response, "_content"):
        raise UsageError("the body of the response has not been read; call response.read() first")
    try:
        request = response.request
    except RuntimeError:
        # That is how httpx says that there is none.
        sent = None
    else:
        sent = _Sent(request.method, str(request.url), request.headers.multi_items())
    return _Found(response.status_code, response.headers.multi_items(), response.content, sent)


def _aiohttp(response: Any) -> _Found | None:
    if not all(hasattr(response, name) for name in ("request_info", "raw_headers", "status")):
        return None
    # A coroutine gives the body, which `contract.check` cannot await.
    body = getattr(response, "_body", None)
    if body is None:
        raise UsageError("the body of the response has not been read; `await response.read()` first")
    request = response.request_info
    sent = _Sent(request.method, str(request.url), request.headers.items())
    return _Found(response.status, response.headers.items(), body, sent)


def _werkzeug(response: Any) -> _Found | None:
    """The test clients of Werkzeug and Flask."""
    # No other response is asked for its request: one of httpx may have none, and then raises.
    if not all(hasattr(response, name) for name in ("get_data", "status_code", "request")):
        return None
    request: Any = response.request
    if not hasattr(request, "environ"):
        return None
    sent = _Sent(request.method, request.url, list(request.headers))
    return _Found(response.status_code, list(response.headers), response.get_data(), sent)


def _django(response: Any) -> _Found | None:
    request = getattr(response, "wsgi_request", None) or getattr(response, "asgi_request", None)
    if request is None or not hasattr(request, "build_absolute_uri"):
        return None
    streamed = getattr(response, "streaming", False)
    body = response.getvalue() if streamed else response.content
    sent = _Sent(request.method, request.build_absolute_uri(), request.headers.items())
    return _Found(response.status_code, response.items(), body, sent)


def _urllib3(response: Any) -> _Found | None:
    """urllib3 keeps the URL of a request and nothing else of it; all that the contract has are GETs."""
    if not all(hasattr(response, name) for name in ("geturl", "data", "status", "retries")):
        return None
    url = response.geturl()
    return _Found(response.status, response.headers.items(), response.data, _Sent("GET", url, ()) if url else None)


_READERS = (_tuple, _django, _werkzeug, _requests, _httpx, _aiohttp, _urllib3)
