"""Content codings (RFC 9110, 8.4.1), undone within a limit: gzip, deflate, br (RFC 7932) and zstd (RFC 8878)."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?\r\n")
_STEP = 64 * 1024


class UnknownCodingError(ValueError):
    """A coding that cannot be undone here; `str()` is its name."""


class CodingError(ValueError):
    """Content is not of the coding that it is labeled with; `str()` is the coding's name."""


class TooLongError(ValueError):
    """Content that is longer than the limit, once its coding is undone."""


def undo(content: bytes, header: str, limit: int) -> bytes:
    """Content without the codings that a Content-Encoding header lists, at most `limit` bytes of it.

    Recorders differ in whether they keep a coding: content that does not start as its coding does, or is text, is taken
    to be decoded already. UnknownCodingError, CodingError and TooLongError as they say.
    """
    for coding in reversed([name.strip().lower() for name in header.split(",")]):
        if coding in ("", "identity", "aws-chunked"):
            continue
        if coding not in _BY_NAME:
            if _is_text(content):
                continue
            raise UnknownCodingError(coding)
        is_packed, unpack = _BY_NAME[coding]
        if is_packed(content):
            try:
                content = unpack(content, limit)
            except (zlib.error, brotli.error, ZstdError, EOFError):
                raise CodingError(coding) from None
    return content


def without_chunks(content: bytes) -> bytes:
    """Content without the chunks of HTTP/1.1 (RFC 9112, 7.1), where it is in such from its start to its end; else as it is."""
    parts: list[bytes] = []
    at = 0
    while (head := _CHUNK.match(content, at)) is not None:
        size, begin = int(head[1], 16), head.end()
        if size == 0:
            return content if content[begin:].strip() else b"".join(parts)
        parts.append(content[begin : begin + size])
        if content[begin + size : begin + size + 2] != b"\r\n":
            break
        at = begin + size + 2
    return content


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(byte < 9 for byte in content[:1024])


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /, max_length: int) -> bytes: ...


def _unpack(content: bytes, limit: int, new: Callable[[], _Decompressor], padding: bytes = b"") -> bytes:
    """What is packed in one member or frame after the other; `padding` may follow the last."""
    parts: list[bytes] = []
    size = 0
    while content.strip(padding):
        decompressor = new()
        part = decompressor.decompress(content, limit + 1 - size)
        parts.append(part)
        size += len(part)
        if size > limit:
            raise TooLongError
        if not decompressor.eof:
            raise EOFError
        content = decompressor.unused_data
    return b"".join(parts)


def _inflate(content: bytes, limit: int, window: int = _GZIP_OR_ZLIB) -> bytes:
    return _unpack(content, limit, lambda: zlib.decompressobj(window), b"\0")


def _deflate(content: bytes, limit: int) -> bytes:
    # Some servers send raw deflate data without zlib's head.
    return _inflate(content, limit) if content[:1] == b"\x78" else _inflate(content, limit, -zlib.MAX_WBITS)


def _unbrotli(content: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    parts = [decompressor.process(content, output_buffer_limit=_STEP)]
    size = len(parts[0])
    while not decompressor.is_finished():
        if size > limit:
            raise TooLongError
        part = decompressor.process(b"", output_buffer_limit=_STEP)
        if not part and decompressor.can_accept_more_data():
            raise EOFError
        parts.append(part)
        size += len(part)
    if size > limit:
        raise TooLongError
    return b"".join(parts)


def _unzstd(content: bytes, limit: int) -> bytes:
    return _unpack(content, limit, ZstdDecompressor)


_BY_NAME: dict[str, tuple[Callable[[bytes], bool], Callable[[bytes, int], bytes]]] = {
    "gzip": (lambda content: content.startswith(_GZIP), _inflate),
    "x-gzip": (lambda content: content.startswith(_GZIP), _inflate),
    "deflate": (lambda content: bool(content) and not _is_text(content), _deflate),
    "br": (lambda content: bool(content) and not _is_text(content), _unbrotli),
    "zstd": (lambda content: content.startswith(_ZSTD), _unzstd),
}
"""Whether content is packed by a coding still, and how that is undone, by the coding's name."""
