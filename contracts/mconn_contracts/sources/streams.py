"""Open a capture as a stream of bytes, unpacked, and cut it into lines of bounded length."""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from mconn_contracts.errors import InputError, reason
from mconn_contracts.sources.inputs import Input

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_GZIP = b"\x1f\x8b"
_BUFFER = 256 * 1024
_CHUNK = 64 * 1024


class Line(NamedTuple):
    """One line, by its 1-based number, with its end; `text` is None where it was passed over for its size."""

    number: int
    text: bytes | None


@contextlib.contextmanager
def opened(source: Input) -> Iterator[io.BufferedIOBase]:
    """The content of a capture, decompressed where it is gzip, whatever its name.

    InputError where it cannot be read, then or while it is read within the context.
    """
    try:
        with contextlib.ExitStack() as stack:
            stream = _standard_input() if source.path is None else stack.enter_context(source.path.open("rb"))
            head = stream.read(len(_GZIP))
            whole = stack.enter_context(io.BufferedReader(_Rejoined(head, stream), _BUFFER))
            if head == _GZIP:
                yield stack.enter_context(gzip.GzipFile(fileobj=whole, mode="rb"))
            elif source.label.lower().endswith(".gz"):
                raise InputError(f"{source.label}: cannot be read: not gzip data")
            else:
                yield whole
    except EOFError:
        raise InputError(f"{source.label}: cannot be read to its end: the gzip data is cut short") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{source.label}: cannot be read to its end: the gzip data is corrupt: {error}") from None
    except OSError as error:
        raise InputError(f"{source.label}: cannot be read: {reason(error)}") from None


def _standard_input() -> io.BufferedIOBase:
    return cast("io.BufferedIOBase", sys.stdin.buffer)


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
    """A stream of which the head has been read already."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer with what comes next; the number of bytes."""
        into = memoryview(buffer).cast("B")
        data = self._head or self._rest.read1(len(into))
        self._head = b""
        into[: len(data)] = data
        return len(data)
