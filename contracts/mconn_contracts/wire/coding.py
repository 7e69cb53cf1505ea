"""Undo the content codings of a body (RFC 9110, 8.4.1), up to a size."""

from __future__ import annotations

import zlib

_GZIP, _ZLIB, _RAW = 31, 15, -15
"""What zlib is to read: gzip, zlib, or deflate without a head, which some servers send as `deflate`."""
_GZIP_HEAD = b"\x1f\x8b"
_MOST_MEMBERS = 100
"""Members of one gzip body that are decoded."""


class CodingError(ValueError):
    """A body does not decode by its coding. `decoded` is what could be decoded; `str()` says why there is no more."""

    def __init__(self, message: str, decoded: bytes) -> None:
        super().__init__(message)
        self.decoded = decoded


def decode_content(body: bytes, coding: str, limit: int, *, whole: bool = True) -> bytes:
    """The content of a body whose field `content-encoding` is `coding`: gzip, x-gzip, deflate, identity, or a list of them.

    At most `limit + 1` bytes are decoded. CodingError where the body does not decode, where the coding is another, and
    where it ends early, unless it is known not to be `whole`.
    """
    for name in reversed([word.strip().lower() for word in coding.split(",")]):
        if name in ("", "identity"):
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            raise CodingError(f"content-encoding {coding!r} is none that was asked for", body)
        try:
            body = _inflate(body, name, limit, whole=whole)
        except CodingError as error:
            raise CodingError(f"the content does not decode as content-encoding {coding!r}", error.decoded) from error.__cause__
    return body


def _inflate(body: bytes, name: str, limit: int, *, whole: bool) -> bytes:
    decoded = bytearray()
    if not body:
        return b""
    windows = _GZIP
    if name == "deflate":
        # The head of zlib: method 8, and a check that is a multiple of 31 (RFC 1950, 2.2).
        windows = _ZLIB if body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0 else _RAW
    for _ in range(_MOST_MEMBERS):
        inflater = zlib.decompressobj(windows)
        try:
            decoded += inflater.decompress(body, limit + 1 - len(decoded))
        except zlib.error as error:
            raise CodingError(name, bytes(decoded)) from error
        if not inflater.eof:
            if whole and len(decoded) <= limit:
                raise CodingError(name, bytes(decoded))
            break
        # Gzip may be several members, one behind the other (RFC 1952, 2.2); what is none of them is padding.
        body = inflater.unused_data
        if len(decoded) > limit or windows != _GZIP or not body.startswith(_GZIP_HEAD):
            break
    return bytes(decoded)
