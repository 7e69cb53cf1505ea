"""Bare payloads: JSON documents and NDJSON, each a response body or a model without its exchange."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator
from io import BufferedIOBase

from mconn_contracts.captures.records import WHITESPACE, Batch, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.captures.streams import Line, lines
from mconn_contracts.model.exchange import Exchange, Origin, Response

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = 128 * 1024
"""Bytes of lines that are judged together: what they decode to fits the processor's cache."""
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]},]', re.DOTALL)


def head(stream: BufferedIOBase, limit: int) -> list[Line]:
    """The lines up to the second one that is not blank."""
    read: list[Line] = []
    filled = 0
    for line in lines(stream, limit):
        read.append(line)
        filled += line.text is None or bool(line.text.strip())
        if filled == 2:
            break
    return read


def looks_like_ndjson(start: Iterable[Line]) -> bool:
    """Whether the first lines of a document are documents of their own: one of the first two is a whole one."""
    filled = [line.text for line in start if line.text is None or line.text.strip()]
    if len(filled) < 2:
        return False
    first, second = filled
    if first is None or _whole(first):
        return True
    # A line that leaves something open is of a document over several lines.
    return not first.rstrip().endswith((b"[", b"{", b",", b":")) and second is not None and _whole(second)


def read_ndjson(start: Iterable[Line], stream: BufferedIOBase, source: str, reading: ReadOptions) -> Iterator[Record]:
    """One payload for each line, in batches; `start` are lines that have been read already."""
    number = 0
    for number, text in start:
        yield _line(number, text, source, reading, marked=number == 1)
    yield from lines_of(stream, source, number + 1, reading, marked=number == 0)


def lines_of(
    stream: BufferedIOBase, source: str, first: int, reading: ReadOptions, *, marked: bool
) -> Generator[Record, None, int]:
    """The lines of a stream in batches, and at last their number. One that is too large is passed over.

    `first` is the number of the first; where it is `marked`, it may start with the byte order mark of the file.
    """
    limit = reading.max_document
    number = first
    for data, passed_over in _blocks(stream, limit):
        bodies = data.split(b"\n")
        if not bodies[-1]:
            bodies.pop()
        if marked and number == first:
            # The mark is the file's; on any other line it is the document's.
            bodies[0] = bodies[0].removeprefix(_BYTE_ORDER_MARK)
        if len(data) <= limit:
            yield Batch(source, bodies, range(number, number + len(bodies)), None, reading.declared, reading.status, data)
        else:
            for index, body in enumerate(bodies):
                large = len(body.rstrip(b"\r")) > limit or (passed_over and index == len(bodies) - 1)
                yield _line(number + index, None if large else body, source, reading, marked=False)
        number += len(bodies)
    return number - first


def _blocks(stream: BufferedIOBase, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Some whole lines at a time, and whether the end of the last was passed over for its size; the last of all may have no end.

    Where reading fails, the whole lines before that come first.
    """
    while data := stream.read1(_BLOCK):
        passed_over = False
        try:
            if not data.endswith(b"\n"):
                data += stream.readline(limit + 2)
            if not data.endswith(b"\n"):
                # The last line of all, or one that is too large.
                while rest := stream.readline(_BLOCK):
                    passed_over = True
                    if rest.endswith(b"\n"):
                        break
        except Exception:
            if whole := data[: data.rfind(b"\n") + 1]:
                yield whole, False
            raise
        yield data, passed_over


def _line(number: int, text: bytes | None, source: str, reading: ReadOptions, *, marked: bool) -> Record:
    if text is None:
        return too_large(Origin(source, number), "the line", reading.max_document)
    body = (text.removeprefix(_BYTE_ORDER_MARK) if marked else text).rstrip(b"\r\n")
    return Batch(source, (body,), (number,), None, reading.declared, reading.status)


def read_json(body: bytes, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The one document of a file, or each element of an array: its index is the entry, and its line where it starts."""
    content = body.removeprefix(_BYTE_ORDER_MARK).strip(WHITESPACE)
    if not content.startswith(b"[") or not content[1:].strip(WHITESPACE + b"]"):
        yield _exchange(body, Origin(source, 1), reading)
        return
    yield from _elements(body, body.index(b"["), source, reading)


def _elements(body: bytes, opening: int, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The elements of an array as they are written, whatever is wrong inside them."""
    depth = entry = 0
    begin = opening + 1
    line = body.count(b"\n", 0, begin) + 1
    for match in _TOKEN.finditer(body, opening):
        token = match[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        if depth and (depth > 1 or token != b","):
            continue
        text = body[begin : match.start()]
        line += _blank_lines(text)
        yield _exchange(text.strip(WHITESPACE), Origin(source, line, entry), reading)
        line += text.lstrip(WHITESPACE).count(b"\n")
        begin = match.end()
        entry += 1
        if depth == 0:
            break
    rest = body[begin:]
    line += _blank_lines(rest)
    rest = rest.strip(WHITESPACE)
    if depth and rest:
        yield _exchange(rest, Origin(source, line, entry), reading)
        line, entry = line + rest.count(b"\n"), entry + 1
    if depth == 1:
        yield Unreadable(Origin(source, line, entry), "the array does not end; the file is cut short")
    elif depth == 0 and rest:
        yield Unreadable(Origin(source, line, entry), "there is something after the end of the array")


def _blank_lines(text: bytes) -> int:
    return text.count(b"\n", 0, len(text) - len(text.lstrip(WHITESPACE)))


def _exchange(body: bytes, origin: Origin, reading: ReadOptions) -> Exchange:
    return Exchange(Response(reading.status, (), body), declared=reading.declared, origin=origin)


def _whole(text: bytes) -> bool:
    """Whether a text is an object, complete."""
    content = text.removeprefix(_BYTE_ORDER_MARK).strip(WHITESPACE)
    if content[:1] + content[-1:] != b"{}":
        return False
    try:
        json.loads(content, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return True
