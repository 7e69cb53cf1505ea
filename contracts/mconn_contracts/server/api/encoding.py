"""From a document to the bytes and the header fields of a response."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.behavior import Behavior

_NUMERIC = ("a", "count", "n", "t")


def encode(document: Any, behavior: Behavior) -> bytes:
    """The JSON text of a document, in UTF-8."""
    if behavior.numbers == "integral-float" and isinstance(document, dict) and "result" in document:
        document = {**document, "result": _with_floats(document["result"])}
    if behavior.members == "reversed":
        document = _reversed(document)
    text = json.dumps(
        document,
        ensure_ascii=behavior.strings == "escaped",
        indent=behavior.indent,
        separators=(",", ":") if behavior.indent is None else None,
        sort_keys=behavior.members == "sorted",
    )
    return text.encode("utf-8", "surrogatepass")


def headers_of(number: int, behavior: Behavior, *, throttled: bool) -> Headers:
    """The header fields of every response but those of its framing."""
    headers = [("Content-Type", behavior.content_type), ("cf-ray", f"{number:016x}-TST")]
    if behavior.rate_headers:
        rest = 0 if throttled else behavior.rate_quota - 1
        until = behavior.retry_after if throttled else behavior.rate_window
        headers.append(("Ratelimit", f'"default";r={rest};t={until}'))
        headers.append(("Ratelimit-Policy", f'"default";q={behavior.rate_quota};w={behavior.rate_window}'))
    return tuple(headers)


def frame(response: Response, request: Request, behavior: Behavior) -> Response:
    """The response with its content coding and length, and without content where the request is a HEAD."""
    headers, body = list(response.headers), response.body or b""
    if behavior.gzip:
        headers.append(("Vary", "Accept-Encoding"))
        if _accepts_gzip(request):
            headers.append(("Content-Encoding", "gzip"))
            body = gzip.compress(body, mtime=0)
    if not behavior.chunked:
        headers.append(("Content-Length", str(len(body))))
    if request.method == "HEAD":
        body = b""
    return replace(response, headers=tuple(headers), body=body)


def _accepts_gzip(request: Request) -> bool:
    for name, value in request.headers:
        if name.lower() == "accept-encoding":
            for item in value.split(","):
                coding, _, weight = item.replace(" ", "").lower().partition(";")
                if coding in ("gzip", "*") and weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
                    return True
    return False


def _with_floats(value: Any) -> Any:
    """The document with its numbers written as `3.0`, which JSON Schema calls an integer as well."""
    if isinstance(value, list):
        return [_with_floats(item) for item in value]
    if isinstance(value, dict):
        return {
            name: float(item) if name in _NUMERIC and type(item) is int else _with_floats(item) for name, item in value.items()
        }
    return value


def _reversed(value: Any) -> Any:
    if isinstance(value, list):
        return [_reversed(item) for item in value]
    if isinstance(value, dict):
        return {name: _reversed(item) for name, item in reversed(value.items())}
    return value


def serialize(response: Response, reason: str) -> bytes:
    """The HTTP/1.1 message of a response that closes its connection."""
    lines = [f"HTTP/1.1 {response.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += ["Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + (response.body or b"")
