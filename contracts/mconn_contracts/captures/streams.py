"""Open a capture as a stream of bytes, unpacked, and cut it into lines of bounded length."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from mconn_contracts.captures.source import Input
from mconn_contracts.errors import InputError, reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

BUFFER = 256 * 1024
"""Bytes that are read at a time."""

_CHUNK = 64 * 1024


class Line(NamedTuple):
    """One line, by its 1-based number, with its end; `text` is None if it was passed over for its size."""

    number: int
    text: bytes | None


@contextlib.contextmanager
def opened(source: Input, start: int = 0, stop: int | None = None, meter: Meter | None = None) -> Iterator[io.BufferedIOBase]:
    """The content of a capture, decompressed if it is gzip, bzip2, xz or Zstandard under any name.

    Or some bytes of it, from `start` up to before `stop`, as they are. InputError if it cannot be read, then or while
    it is read within the context.
    """
    meter = Meter() if meter is None else meter
    label = source.label
    packing: _Packing | None = None
    try:
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(stored(source))
            stack.callback(meter.leave)
            if start or stop is not None:
                stream.seek(start)
                meter.watch(stream)
                length = None if stop is None else stop - start
                yield stack.enter_context(io.BufferedReader(_Rejoined(b"", stream, length), BUFFER))
                return
            meter.watch(stream)
            whole: io.BufferedIOBase
            if isinstance(stream, io.BufferedReader) and stream.seekable():
                head, whole = stream.peek(_LONGEST_MAGIC), stream
            else:
                head = stream.read(_LONGEST_MAGIC)
                whole = stack.enter_context(io.BufferedReader(_Rejoined(head, stream), BUFFER))
            packing = packed(head)
            if packing is not None:
                yield stack.enter_context(Unpacked(packing.open(whole), BUFFER))
                return
            _refuse_misnamed(label)
            yield whole
    except EOFError:
        raise InputError(
            f"{label}: cannot be read to its end: the {packing.name if packing else 'compressed'} data is cut short"
        ) from None
    except OSError as error:
        # What a decompressor says has no number.
        if error.errno is None:
            raise InputError(
                f"{label}: cannot be read to its end: the {packing.name if packing else 'compressed'} data is corrupt: {error}"
            ) from None
        raise InputError(f"{label}: cannot be read: {reason(error)}") from None
    except Exception as error:
        if isinstance(error, zlib.error | lzma.LZMAError) or type(error).__name__ == "ZstdError":
            raise InputError(
                f"{label}: cannot be read to its end: the {packing.name if packing else 'compressed'} data is corrupt: {error}"
            ) from None
        raise


@contextlib.contextmanager
def seekable(source: Input) -> Iterator[io.BufferedIOBase]:
    """A capture as it is stored, to be read from any place; InputError as for `opened`."""
    try:
        with stored(source) as stream:
            if not stream.seekable():
                raise InputError(f"{source.label}: cannot be read: this format needs a file, not a stream")
            yield stream
    except OSError as error:
        raise InputError(f"{source.label}: cannot be read: {reason(error)}") from None


@contextlib.contextmanager
def stored(source: Input) -> Iterator[io.BufferedIOBase]:
    """A capture as it is stored, packed or not, from its start. OSError, or InputError, where it cannot be read."""
    if source.content is not None:
        with io.BytesIO(source.content) as stream:
            yield stream
    elif source.url is not None:
        from mconn_contracts.captures.remote import opened_url

        with opened_url(source.url) as stream:
            yield stream
    elif source.path is not None:
        with source.path.open("rb", buffering=BUFFER) as file:
            yield cast("io.BufferedIOBase", file)
    elif sys.stdin is None:
        raise InputError(f"{source.label}: cannot be read: standard input is closed")
    else:
        yield cast("io.BufferedIOBase", sys.stdin.buffer)


def peeked(stream: io.BufferedIOBase, size: int) -> tuple[bytes, io.BufferedIOBase]:
    """The first bytes of a stream, about `size` of them, and a stream that still has them.

    Where reading fails on the way, the stream fails after what came before.
    """
    if isinstance(stream, io.BufferedReader) and stream.seekable():
        return stream.peek(size)[:size], stream
    start = b""
    failure: Exception | None = None
    try:
        while len(start) < size and (piece := stream.read1(size - len(start))):
            start += piece
    except Exception as error:
        failure = error
    return start, io.BufferedReader(_Rejoined(start, stream, failure=failure), BUFFER)


def rejoined(start: bytes, rest: io.BufferedIOBase) -> io.BufferedIOBase:
    """A stream that gives `start` again, and then the rest."""
    return io.BufferedReader(_Rejoined(start, rest), BUFFER)


def transcoded(stream: io.BufferedIOBase) -> io.BufferedIOBase:
    """A stream of text in UTF-16, with its byte order mark, as UTF-8 without one."""
    return io.BufferedReader(_Transcoded(stream), BUFFER)


class Meter:
    """Counts the stored bytes of captures that were read, one capture after the other."""

    def __init__(self) -> None:
        self._before = 0
        self._begun = 0
        self._stream: io.BufferedIOBase | None = None

    @property
    def read(self) -> int:
        """The bytes so far. A stream that does not know its place counts as 0."""
        return self._before + (0 if self._stream is None else _place(self._stream) - self._begun)

    def watch(self, stream: io.BufferedIOBase) -> None:
        """Count what is read of a stream from here on."""
        self._stream, self._begun = stream, _place(stream)

    def leave(self) -> None:
        """The stream is about to be closed."""
        self._before, self._stream = self.read, None


def _place(stream: io.BufferedIOBase) -> int:
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0


class _Packing(NamedTuple):
    name: str
    suffix: str
    magic: bytes
    open: Callable[[Any], io.RawIOBase]


class Unpacked(io.BufferedReader):
    """Packed content, of which no part can be read alone."""


class _Gzip(io.RawIOBase):
    """Gzip data, unpacked up to the faulty byte. The module `gzip` loses the data that it reads together with that byte.

    EOFError if the data is cut short, zlib.error where it is corrupt.
    """

    def __init__(self, stored: io.BufferedIOBase) -> None:
        self._stored = stored
        self._packed = b""
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._step = _CHUNK

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer with the next bytes, and return their number."""
        into = memoryview(buffer).cast("B")
        data = b""
        while not data:
            self._packed = self._packed or self._stored.read(_CHUNK)
            if self._member.eof:
                # Another member follows, or zeros that fill a block (as gzip allows).
                rest = self._packed.lstrip(b"\0")
                if rest:
                    self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                elif not self._packed:
                    return 0
                self._packed = rest
                continue
            piece, ended = self._packed[: self._step], not self._packed
            before = self._member.copy()
            try:
                data = self._member.decompress(piece, len(into))
            except zlib.error:
                if self._step == 1:
                    raise
                self._member, self._step = before, self._step // 2
                continue
            if ended and not data:
                raise EOFError
            self._packed = (self._member.unused_data or self._member.unconsumed_tail) + self._packed[len(piece) :]
        into[: len(data)] = data
        return len(data)


def _xz(stream: Any) -> io.BufferedIOBase:
    return lzma.LZMAFile(stream)


def _zstandard(stream: Any) -> io.BufferedIOBase:
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdFile
    else:
        from backports.zstd import ZstdFile
    return cast("io.BufferedIOBase", ZstdFile(stream, mode="rb"))


_PACKINGS = (
    _Packing("gzip", ".gz", b"\x1f\x8b", _Gzip),
    _Packing("bzip2", ".bz2", b"BZh", lambda stream: _Rejoined(b"", cast("io.BufferedIOBase", bz2.BZ2File(stream)))),
    _Packing("xz", ".xz", b"\xfd7zXZ\x00", lambda stream: _Rejoined(b"", _xz(stream))),
    _Packing("Zstandard", ".zst", b"\x28\xb5\x2f\xfd", lambda stream: _Rejoined(b"", _zstandard(stream))),
)
PACKED = tuple(packing.suffix for packing in _PACKINGS)
"""The names of packed files."""
_LONGEST_MAGIC = max(len(packing.magic) for packing in _PACKINGS)


def _refuse_misnamed(label: str) -> None:
    claimed = next((each for each in _PACKINGS if label.lower().endswith(each.suffix)), None)
    if claimed is not None:
        raise InputError(f"{label}: cannot be read: not {claimed.name} data")


def packed(head: bytes) -> _Packing | None:
    """The compression of a file with this beginning. None if it is not compressed."""
    return next((packing for packing in _PACKINGS if head.startswith(packing.magic)), None)


def lines(stream: io.BufferedIOBase, limit: int) -> Iterator[Line]:
    """The lines of a stream; those of more than `limit` bytes without their text."""
    number = 0
    while text := stream.readline(limit + 2):
        number += 1
        ended = text.endswith(b"\n")
        if len(text.rstrip(b"\r\n")) <= limit and (ended or len(text) < limit + 2):
            yield Line(number, text)
            continue
        while not ended and (text := stream.readline(_CHUNK)):
            ended = text.endswith(b"\n")
        yield Line(number, None)


class _Rejoined(io.RawIOBase):
    """A stream whose head has been read already. It may end after a number of bytes, or fail there."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase, length: int | None = None, failure: Exception | None = None) -> None:
        self._head = head
        self._left = sys.maxsize if length is None else length
        self._failure = failure
        # What fsspec opens has no read1.
        self._read: Callable[[int], bytes] = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer with the next bytes, and return their number."""
        into = memoryview(buffer).cast("B")
        if self._head:
            data, self._head = self._head[: len(into)], self._head[len(into) :]
        elif self._failure is not None:
            raise self._failure
        else:
            data = self._read(min(len(into), self._left))
        into[: len(data)] = data
        self._left -= len(data)
        return len(data)


class _Transcoded(io.RawIOBase):
    """Text in UTF-16 as UTF-8. Invalid units become the replacement character."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._text = b""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer with the next bytes, and return their number."""
        into = memoryview(buffer).cast("B")
        while not self._text and (data := self._stream.read(_CHUNK)):
            self._text = self._decoder.decode(data).encode()
        data, self._text = self._text[: len(into)], self._text[len(into) :]
        into[: len(data)] = data
        return len(data)
