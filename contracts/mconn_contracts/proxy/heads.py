"""The heads of passing messages: fields of one connection are removed (RFC 9110, 7.6.1), and the rest is unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

Fields = list[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"te", b"upgrade"})
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})
"""Fields that stay, even if `connection` names them: without them, the message would have another meaning."""
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"\n(?![ \t])")
"""Where a field begins; a line that begins with white space goes on with the one before (RFC 9112, 5.2)."""


def request_fields(fields: Iterable[tuple[bytes, bytes]], host: bytes) -> Fields:
    """The fields of a request for the server at `host`."""
    fields = list(fields)
    dropped = _of_the_connection(fields)
    if any(name.lower() == b"transfer-encoding" for name, _ in fields):
        # RFC 9112, 6.3: a length beside it must not be passed on.
        dropped |= {b"content-length"}
    kept = [(name, value) for name, value in fields if name.lower() not in dropped and name.lower() != b"host"]
    return [(b"Host", host), *kept]


def end_of_head(received: bytes) -> int | None:
    """Where the head at the start of these bytes ends; None if more must come."""
    found = _BLANK_LINE.search(received)
    return None if found is None else found.end()


def status_of(head: bytes) -> int:
    """The status code in the head of a response, which has been checked to be HTTP."""
    return int(head.split(None, 2)[1])


def response_head(head: bytes, *, close: bool, unchunked: bool = False) -> bytes:
    """The head of a response for the client, each line that stays as it came. `close` says that the connection ends with it.

    `unchunked` is for HTTP/1.0, whose clients know no chunks (RFC 9112, 7.1).
    """
    text = head.rstrip(b"\r\n")
    # Some end their lines with a line feed alone.
    end = b"\r" if head[len(text) :].startswith(b"\r") else b""
    first, *lines = _FIELD.split(text + end)
    fields = [(line.partition(b":")[0].strip(), line) for line in lines]
    dropped = _of_the_connection((name, line.partition(b":")[2]) for name, line in fields)
    if unchunked:
        dropped |= {b"transfer-encoding", b"trailer"}
    kept = [first, *(line for name, line in fields if name.lower() not in dropped)]
    if close:
        kept.append(b"Connection: close" + end)
    return b"\n".join([*kept, end, b""])


def answer(status: HTTPStatus, body: bytes, media_type: str = "text/plain; charset=utf-8") -> bytes:
    """A response of our own; the connection ends with it."""
    fields = f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{fields}\r\n\r\n".encode() + body


def _of_the_connection(fields: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """The names of the fields that are of one connection only, in lower case."""
    named = {option.strip().lower() for name, value in fields if name.lower() == b"connection" for option in value.split(b",")}
    return (named | _HOP_BY_HOP) - _FRAMING
