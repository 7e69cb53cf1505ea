"""Make exchanges of the responses that client libraries and test clients give. None of them is imported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mconn_contracts.captures.interaction import answered, recorded, status_of
from mconn_contracts.captures.records import MAX_DOCUMENT, Unreadable
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Exchange, Origin
from mconn_contracts.wire.redaction import scrub, secrets_in

KNOWN = "requests, httpx, Starlette, FastAPI, Flask, Werkzeug, Django or urllib3, or (status, headers, body)"


def exchange_of(response: Any, origin: Origin, operation: str | None = None) -> Exchange:
    """The exchange of a response of a library, with its request where it has that; secrets are replaced.

    `operation` is an operationId or the name of a schema. UsageError for what is no response, or has too much body.
    """
    if isinstance(response, tuple):
        return _bare(response, origin, operation)
    found = next((found for read in _READERS if (found := read(response)) is not None), None)
    if found is None:
        raise UsageError(f"{type(response).__module__}.{type(response).__qualname__} is no response of {KNOWN}")
    method, url, sent, status, headers, body = found
    known = recorded(
        origin,
        MAX_DOCUMENT,
        method=method,
        url=url,
        sent=tuple(sent),
        status=status_of(status),
        received=tuple(headers),
        body=body,
    )
    if isinstance(known, Unreadable):
        raise UsageError(known.message)
    return replace(known, declared=operation)


_Found = tuple[str, str, Iterable[tuple[str, str]], int, Iterable[tuple[str, str]], bytes]


def _bare(response: tuple[Any, ...], origin: Origin, operation: str | None) -> Exchange:
    if len(response) != 3 or not isinstance(response[0], int):
        raise UsageError(f"a tuple is (status, headers, body), the status a number; this one has {len(response)} parts")
    status, headers, body = response
    pairs = tuple((str(name), str(value)) for name, value in (headers.items() if hasattr(headers, "items") else headers or ()))
    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise UsageError(f"the body is {type(body).__name__}; give its bytes or its text, as they were sent")
    answer = answered(status, pairs, bytes(content), MAX_DOCUMENT)
    if answer is None:
        raise UsageError(f"the body is larger than {MAX_DOCUMENT} bytes")
    return Exchange(scrub(answer, secrets_in(pairs)), None, origin, operation)


def _requests(response: Any) -> _Found | None:
    if not all(hasattr(response, name) for name in ("iter_content", "raw", "status_code")):
        return None
    request: Any = response.request
    raw = response.raw
    # requests joins fields of one name; what it is built on does not.
    fields = getattr(raw, "headers", None)
    headers = list(fields.items()) if fields and hasattr(fields, "getlist") else list(response.headers.items())
    sent = [(name, value.decode("latin-1") if isinstance(value, bytes) else value) for name, value in request.headers.items()]
    return request.method, request.url, sent, response.status_code, headers, response.content or b""


def _httpx(response: Any) -> _Found | None:
    """httpx, and the test clients of Starlette and FastAPI, which give its responses."""
    if not hasattr(getattr(response, "headers", None), "multi_items"):
        return None
    request = response.request
    if not getattr(response, "is_stream_consumed", True) and not hasattr(response, "_content"):
        raise UsageError("the body of the response has not been read; call response.read() first")
    sent = request.headers.multi_items()
    return request.method, str(request.url), sent, response.status_code, response.headers.multi_items(), response.content


def _werkzeug(response: Any) -> _Found | None:
    """The test clients of Werkzeug and Flask."""
    request: Any = getattr(response, "request", None)
    if not all(hasattr(response, name) for name in ("get_data", "status_code")) or not hasattr(request, "environ"):
        return None
    return request.method, request.url, list(request.headers), response.status_code, list(response.headers), response.get_data()


def _django(response: Any) -> _Found | None:
    request = getattr(response, "wsgi_request", None) or getattr(response, "asgi_request", None)
    if request is None or not hasattr(request, "build_absolute_uri"):
        return None
    streamed = getattr(response, "streaming", False)
    body = response.getvalue() if streamed else response.content
    return request.method, request.build_absolute_uri(), request.headers.items(), response.status_code, response.items(), body


def _urllib3(response: Any) -> _Found | None:
    """urllib3 keeps the URL of a request and nothing else of it; all that the contract has are GETs."""
    if not all(hasattr(response, name) for name in ("geturl", "data", "status", "retries")):
        return None
    return "GET", response.geturl() or "", (), response.status, response.headers.items(), response.data


_READERS = (_django, _werkzeug, _requests, _httpx, _urllib3)
