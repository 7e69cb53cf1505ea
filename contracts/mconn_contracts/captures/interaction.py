"""Make exchanges of what recorders of other kinds than HAR keep: a request and a response, secrets replaced."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from mconn_contracts.captures.records import Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Headers, Origin, Request, Response
from mconn_contracts.wire.redaction import redact_headers, redact_url, scrub, scrub_url, secrets_in

_MAX_WINDOW = 47
"""To zlib: gzip or zlib data, told by its head."""


class RecordingError(ValueError):
    """An exchange is not recorded as its format says; `str()` says how."""


def json_value(text: bytes, what: str) -> Any:
    """The value of a JSON text, in which `what` (the line, the entry) is recorded; RecordingError where it has none."""
    try:
        return json.loads(text.decode("utf-8-sig"), parse_int=_integer)
    except UnicodeDecodeError as error:
        raise RecordingError(f"{what} is not UTF-8 at its byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise RecordingError(f"{what} is not JSON: {error.msg} at its character {error.pos}") from None
    except RecursionError:
        raise RecordingError(f"{what} is nested too deep") from None


def _integer(digits: str) -> int | float:
    # Python refuses very long integers (CVE-2020-10735).
    return int(digits) if len(digits) < 20 else float(digits)


def from_base64(text: str) -> bytes | None:
    """The bytes that a text in base64 stands for, with line ends in it or not; None where it is no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def recorded(
    request: Any, response: Any, url: str, origin: Origin, limit: int, content: Callable[[Mapping[str, Any]], bytes | None]
) -> Exchange | Unreadable:
    """The exchange of a request and a response that have `method`, `headers` and `status`; `url` names the URL, and
    `content` gives the body of a response.

    RecordingError where they do not. A body in a content coding is decoded, up to `limit` bytes.
    """
    if not isinstance(request, Mapping):
        raise RecordingError("there is no request")
    if not isinstance(response, Mapping):
        raise RecordingError("there is no response")
    method, target = request.get("method"), request.get(url)
    if not isinstance(method, str) or not isinstance(target, str):
        raise RecordingError(f"request.method and request.{url} are not both strings")
    try:
        urlsplit(target)
    except ValueError as error:
        raise RecordingError(f"request.{url} is not a URL: {error}") from None
    fields = headers(request.get("headers"))
    secrets = secrets_in(fields)
    known = Request(method, scrub_url(redact_url(target), secrets), redact_headers(fields))
    answer = answered(_status(response.get("status")), headers(response.get("headers")), content(response), limit)
    if answer is None:
        large = too_large(origin, "the body", limit)
        return Unreadable(origin, large.message, large.kind, known)
    return Exchange(scrub(answer, secrets), known, origin)


def answered(status: int, fields: Headers, body: bytes | None, limit: int) -> Response | None:
    """A response, its body decoded by its content coding; None where that has more than `limit` bytes.

    Recorders differ in whether they keep the coding: a body that does not start as its coding does is decoded already.
    """
    coding = next((value.strip().lower() for name, value in fields if name.lower() == "content-encoding"), "")
    if body is None or len(body) > limit:
        return None if body is not None else Response(status, redact_headers(fields), None)
    packed = (coding in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b")) or (coding == "deflate" and body.startswith(b"\x78"))
    undecodable = None
    if packed:
        inflater = zlib.decompressobj(_MAX_WINDOW)
        try:
            body = inflater.decompress(body, limit + 1)
            if len(body) > limit:
                return None
            if not inflater.eof:
                undecodable = f"the content does not decode as content-encoding {coding!r}"
        except zlib.error:
            undecodable = f"the content does not decode as content-encoding {coding!r}"
    elif coding not in ("", "identity", "gzip", "x-gzip", "deflate") and body.lstrip()[:1] not in (b"{", b"["):
        body = None
    return Response(status, redact_headers(fields), None if undecodable else body, undecodable=undecodable)


def headers(value: Any) -> Headers:
    """Header fields of an object whose values are texts or lists of such, without the pseudo fields of HTTP/2."""
    if not isinstance(value, Mapping):
        return ()
    pairs: list[tuple[str, str]] = []
    for name, values in value.items():
        texts: Iterable[Any] = values if isinstance(values, list) else (values,)
        pairs += ((str(name), text) for text in texts if isinstance(text, str))
    return tuple(pair for pair in pairs if not pair[0].startswith(":"))


def _status(value: Any) -> int:
    code = value.get("code") if isinstance(value, Mapping) else value
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool) or not 100 <= code <= 599:
        raise RecordingError("response.status is not a status code")
    return code
