"""Content codings (RFC 9110, 8.4.1), undone within a limit: gzip, deflate, br (RFC 7932) and zstd (RFC 8878)."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?\r\n")
_STEP = 64 * 1024
_LEAST_STEP = 256
_ASKED_FOR = frozenset({"gzip", "x-gzip", "deflate"})
"""The codings that requests of ours accept."""


class UnknownCodingError(ValueError):
    """A coding that is not undone; `str()` is its name."""


class CodingError(ValueError):
    """Content is not of the coding that it is labeled with, or lacks its end (`cut`).

    `str()` is the coding's name, `decoded` what could be decoded.
    """

    def __init__(self, coding: str, decoded: bytes, *, cut: bool) -> None:
        super().__init__(coding)
        self.decoded = decoded
        self.cut = cut


class TooLongError(ValueError):
    """Content that is longer than the limit, once its coding is undone. `decoded` is its start, a byte more than the limit."""

    def __init__(self, decoded: bytes) -> None:
        super().__init__()
        self.decoded = decoded


def decode(content: bytes, header: str, limit: int, *, whole: bool = True) -> bytes:
    """The content of an answer to a request of ours, without the codings that its Content-Encoding header lists.

    At most `limit` bytes. It may lack its end where it is known not to be `whole`. UnknownCodingError if a coding was not
    asked for; CodingError and TooLongError as they say.
    """
    for coding in _names(header):
        if coding not in _ASKED_FOR:
            raise UnknownCodingError(coding)
        try:
            content = _BY_NAME[coding].undo(content, limit) if content else content
        except CodingError as error:
            if whole or not error.cut:
                raise
            content = error.decoded
    return content


def undo(content: bytes, header: str, limit: int) -> bytes:
    """Recorded content without the codings that a Content-Encoding header lists, at most `limit` bytes of it.

    Recorders differ in whether they keep a coding: content that does not start as its coding does, or is text, is taken
    to be decoded already. UnknownCodingError, CodingError and TooLongError as they say.
    """
    for coding in _names(header):
        if coding == "aws-chunked":
            continue
        if coding not in _BY_NAME:
            if _is_text(content):
                continue
            raise UnknownCodingError(coding)
        if _BY_NAME[coding].is_packed(content):
            content = _BY_NAME[coding].undo(content, limit)
    return content


def _names(header: str) -> Iterator[str]:
    """The codings of a Content-Encoding header, the last first."""
    for name in reversed(header.split(",")):
        if (coding := name.strip().lower()) not in ("", "identity"):
            yield coding


def without_chunks(content: bytes) -> bytes:
    """Content without the chunks of HTTP/1.1 (RFC 9112, 7.1). If it is not chunked from start to end, it stays as it is."""
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


def _unpack(name: str, content: bytes, limit: int, new: Callable[[], _Decompressor], another: bytes | None) -> bytes:
    """What is packed in members or frames, one behind the other.

    `another` is what each further one starts with, so that the rest is padding; None if there is only one.
    """
    decoded = bytearray()
    at = 0
    while True:
        decompressor = new()
        # What is handed over behind a member's end is copied: so little at first, for members may be tiny and many.
        step = _LEAST_STEP
        while not decompressor.eof:
            piece = content[at : at + step]
            if not piece:
                raise CodingError(name, bytes(decoded), cut=True)
            try:
                decoded += decompressor.decompress(piece, limit + 1 - len(decoded))
            except (zlib.error, ZstdError):
                raise CodingError(name, bytes(decoded), cut=False) from None
            if len(decoded) > limit:
                raise TooLongError(bytes(decoded))
            at += len(piece)
            step = min(2 * step, _STEP)
        at -= len(decompressor.unused_data)
        if another is None or at == len(content) or not content.startswith(another, at):
            return bytes(decoded)


def _gunzip(content: bytes, limit: int) -> bytes:
    return _unpack("gzip", content, limit, lambda: zlib.decompressobj(_GZIP_WINDOW), _GZIP)


def _inflate(content: bytes, limit: int) -> bytes:
    # The head of zlib: method 8, and a check that is a multiple of 31 (RFC 1950, 2.2). Some servers send none.
    headed = content[0] & 15 == 8 and int.from_bytes(content[:2], "big") % 31 == 0
    return _unpack("deflate", content, limit, lambda: zlib.decompressobj(_ZLIB_WINDOW if headed else _RAW_WINDOW), None)


def _unbrotli(content: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    decoded = bytearray()
    piece = content
    while not decompressor.is_finished():
        try:
            part = decompressor.process(piece, output_buffer_limit=_STEP)
        except brotli.error:
            raise CodingError("br", bytes(decoded), cut=False) from None
        piece = b""
        decoded += part
        if len(decoded) > limit:
            raise TooLongError(bytes(decoded[: limit + 1]))
        if not part and decompressor.can_accept_more_data():
            raise CodingError("br", bytes(decoded), cut=True)
    return bytes(decoded)


def _unzstd(content: bytes, limit: int) -> bytes:
    # Every frame counts, also a frame that readers must skip (RFC 8878, 3.1.2).
    return _unpack("zstd", content, limit, ZstdDecompressor, b"")


@dataclass(frozen=True, slots=True)
class _Coding:
    is_packed: Callable[[bytes], bool]
    """Whether recorded content is packed by it still."""
    undo: Callable[[bytes, int], bytes]


_GZIPPED = _Coding(lambda content: content.startswith(_GZIP), _gunzip)
_BY_NAME: Mapping[str, _Coding] = {
    "gzip": _GZIPPED,
    "x-gzip": _GZIPPED,
    "deflate": _Coding(lambda content: bool(content) and not _is_text(content), _inflate),
    "br": _Coding(lambda content: bool(content) and not _is_text(content), _unbrotli),
    "zstd": _Coding(lambda content: content.startswith(_ZSTD), _unzstd),
}
