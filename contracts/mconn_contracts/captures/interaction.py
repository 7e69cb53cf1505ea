"""Make exchanges from the requests and responses that recorders keep in various forms. Secrets are replaced."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from mconn_contracts.captures.records import Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Headers, Intent, Origin, Request, Response
from mconn_contracts.wire.codings import CodingError, TooLongError, UnknownCodingError, undo, without_chunks
from mconn_contracts.wire.redaction import redact_headers, redact_url, scrub, scrub_url, scrub_written, secrets_in, secrets_in_url

PACKED_AS_TEXT = ("\x1f\x8b", "\x28\xb5\x2f\xfd")
"""The beginnings of gzip and Zstandard if a recorder wrote each byte as one letter."""
_STATUS = re.compile(r"(?:HTTP/[0-9.]+ )?([1-5][0-9]{2})(?:\.0+)?(?: |\Z)")
_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()


_PARTIAL_CONTENT = 206


class RecordingError(ValueError):
    """An exchange is not recorded as its format requires. `str()` says why."""


@dataclass(frozen=True, slots=True)
class NoBody:
    """A body that a recording does not have. `reason` says why, unless it was simply left out."""

    reason: str | None = None


Body = bytes | NoBody


def json_value(text: bytes, what: str) -> Any:
    """The value of a JSON text, in which `what` (the line, the entry) is recorded; RecordingError if it has none."""
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


def json_text(value: Any) -> bytes:
    """The JSON text of a body whose value a recorder kept."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", errors="surrogatepass")


def from_base64(text: str) -> bytes | None:
    """The bytes that a text in base64 stands for, with line ends and padding or not; None if it is not base64."""
    code = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(code + "=" * (-len(code) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def body_of(value: Any, *, is_base64: bool = False) -> Body:
    """The body that a recorder keeps as a text, as bytes or as a JSON value. None means that no body was kept.

    A text that is labeled as base64 but is not base64 is the body itself.
    """
    if value is None:
        return NoBody()
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        if value.startswith(PACKED_AS_TEXT):
            return value.encode("latin-1", errors="replace")
        decoded = from_base64(value) if is_base64 else None
        return value.encode("utf-8", errors="surrogatepass") if decoded is None else decoded
    return json_text(value)


def headers(value: Any) -> Headers:
    """Header fields in any form that recorders give them, without the pseudo fields of HTTP/2 (RFC 9113, 8.3).

    An object of texts or lists of texts; a list of pairs, of objects with a name (or key) and a value, or of names and
    values in turn; or lines of text.
    """
    return tuple((name, text) for name, text in _pairs(value) if not name.startswith(":"))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        for line in value.splitlines():
            name, colon, text = line.partition(":")
            if colon and name.strip():
                yield name.strip(), text.strip()
    elif isinstance(value, Mapping):
        for name, values in value.items():
            for text in values if isinstance(values, list | tuple) else (values,):
                if (written := _text(text)) is not None:
                    yield str(name), written
    elif isinstance(value, list | tuple):
        if value and all(isinstance(each, str) for each in value) and len(value) % 2 == 0 and ":" not in value[0]:
            yield from zip(value[::2], value[1::2], strict=True)
            return
        for each in value:
            if isinstance(each, Mapping):
                name = each.get("name", each.get("key"))
                if isinstance(name, str) and (written := _text(each.get("value"))) is not None and not each.get("disabled"):
                    yield name, written
            elif isinstance(each, list | tuple) and len(each) == 2 and isinstance(each[0], str):
                if (written := _text(each[1])) is not None:
                    yield each[0], written
            elif isinstance(each, str):
                yield from _pairs(each)


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def status_of(value: Any) -> int:
    """A status code, of a number, a text that starts with it, or an object with `code`; RecordingError if it is none.

    A text may be a whole status line (RFC 9112, 4).
    """
    code = value.get("code", value.get("status")) if isinstance(value, Mapping) else value
    found = _STATUS.match(str(code)) if isinstance(code, str | int | float) else None
    if found is None:
        raise RecordingError("response.status is not a status code")
    return int(found[1])


def time_of(value: Any) -> float | None:
    """Epoch seconds, from a number or from a time in ISO 8601 (UTC if it has no zone). None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def recorded(
    origin: Origin,
    limit: int,
    *,
    method: Any,
    url: Any,
    sent: Headers,
    status: int,
    received: Headers,
    body: Body,
    started: float | None = None,
    intent: Intent | None = None,
    harmless: frozenset[str] = frozenset(),
    secrets: Iterable[str] = (),
    written: bytes | None = None,
) -> Exchange | Unreadable:
    """The recorded exchange, with its secrets replaced and its body decoded, up to `limit` bytes.

    RecordingError if it has no method or URL. `harmless` is as for `redact_headers`.
    `secrets` are texts that a recorder keeps as credentials elsewhere than in `url`, `sent` and `received`.
    `written` is the record; it is kept where all that it says can be read in it, so that its secrets can be replaced.
    """
    if not isinstance(method, str) or not isinstance(url, str):
        raise RecordingError("the method and the URL of the request are not both strings")
    try:
        urlsplit(url)
    except ValueError as error:
        raise RecordingError(f"the URL of the request is not a URL: {error}") from None
    secrets = (*secrets, *secrets_in_url(url), *secrets_in(sent, harmless), *secrets_in(received))
    request = Request(method, scrub_url(redact_url(url), secrets), redact_headers(sent, harmless))
    answer = answered(status, received, body, limit)
    if answer is None:
        large = too_large(origin, "the body", limit)
        return Unreadable(origin, large.message, large.kind, request)
    if written is not None:
        plain = answer.body is None or answer.body == body
        written = scrub_written(written, answer.body or b"", secrets) if plain else None
    return Exchange(scrub(answer, secrets), request, origin, intent=intent, started=started, written=written)


def answered(status: int, fields: Headers, body: Body, limit: int) -> Response | None:
    """A response, its body without chunks and content codings that were kept; None if that has more than `limit` bytes."""
    received = redact_headers(fields)
    if isinstance(body, NoBody):
        return Response(status, received, None, unread=body.reason)
    if len(body) > limit:
        return None
    if status == _PARTIAL_CONTENT:
        return Response(status, received, None, unread="status 206 has only a part of the body")
    if any(name.lower() == "transfer-encoding" and value.lower().endswith("chunked") for name, value in fields):
        body = without_chunks(body)
    coding = ", ".join(value for name, value in fields if name.lower() == "content-encoding")
    if coding and _REPLACED in body[:64] and body.lstrip()[:1] not in (b"{", b"[", b"<"):
        return Response(status, received, None, unread="the recorder kept the packed body as text, which lost bytes")
    try:
        return Response(status, received, undo(body, coding, limit) if coding else body)
    except TooLongError:
        return None
    except UnknownCodingError as error:
        unread = f"the body is packed by the content coding {str(error)!r}, which mconn cannot unpack"
        return Response(status, received, None, unread=unread)
    except CodingError as error:
        return Response(status, received, None, undecodable=f"the content does not decode as content-encoding {str(error)!r}")
