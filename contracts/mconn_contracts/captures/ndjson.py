"""NDJSON: a response body or a bare model on each line, or an array of such."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from io import BufferedIOBase

from mconn_contracts.captures.format import CaptureFormat
from mconn_contracts.captures.json_texts import BYTE_ORDER_MARK, RECORD_SEPARATOR, elements_of_line
from mconn_contracts.captures.records import BLOCK, WHITESPACE, Batch, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.captures.streams import Line, lines
from mconn_contracts.model.exchange import Origin

_NOT_PLAIN = (b"[", RECORD_SEPARATOR)
"""The beginnings of lines that do not hold exactly one document."""
_BEFORE = BYTE_ORDER_MARK + WHITESPACE + RECORD_SEPARATOR


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


def looks_like(start: Iterable[Line]) -> bool:
    """Whether the first lines are documents of their own: one of the first two is a whole document."""
    filled = [line.text for line in start if line.text is None or line.text.strip()]
    if len(filled) < 2:
        return False
    first, second = filled
    if first is None or _whole(first):
        # What follows an array may be its loose end.
        return first is None or not first.lstrip(_BEFORE).startswith(b"[") or (second is not None and _whole(second))
    # A line with an open bracket belongs to a document over several lines.
    return not first.rstrip().endswith((b"[", b"{", b",", b":")) and second is not None and _whole(second)


def read_ndjson(start: Iterable[Line], stream: BufferedIOBase, source: str, reading: ReadOptions) -> Iterator[Record]:
    """One payload for each line, in batches; `start` are lines that have been read already."""
    number = 0
    for number, text in start:
        yield from _line(number, text, source, reading, marked=number == 1)
    yield from lines_of(stream, source, number + 1, reading, marked=number == 0)


def lines_of(
    stream: BufferedIOBase, source: str, first: int, reading: ReadOptions, *, marked: bool
) -> Generator[Record, None, int]:
    """The lines of a stream in batches, and finally their number. A line that is too large is skipped.

    `first` is the number of the first; where it is `marked`, it may start with the byte order mark of the file.
    """
    limit = reading.max_document
    number = first
    for data, passed_over in _blocks(stream, limit):
        if marked and number == first:
            # On the first line, the mark belongs to the file. On any other line, it belongs to the document.
            data = data.removeprefix(BYTE_ORDER_MARK)
        lines = range(number, number + data.count(b"\n") + (not data.endswith(b"\n")))
        batch = Batch(source, data, lines, None, reading.declared, reading.status)
        plain = not any(mark in data and any(body.startswith(mark) for body in batch.bodies) for mark in _NOT_PLAIN)
        if plain and len(data) <= limit:
            yield batch
        else:
            for index, body in enumerate(batch.bodies):
                large = len(body.rstrip(b"\r")) > limit or (passed_over and index == len(lines) - 1)
                yield from _line(number + index, None if large else body, source, reading, marked=False)
        number += len(lines)
    return number - first


def _blocks(stream: BufferedIOBase, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Some whole lines at a time, and whether the end of the last was passed over for its size; the last of all may have no end.

    Where reading fails, the whole lines before that come first.
    """
    while data := stream.read1(BLOCK):
        passed_over = False
        try:
            if not data.endswith(b"\n"):
                data += stream.readline(limit + 2)
            if not data.endswith(b"\n"):
                # The last line of all, or one that is too large.
                while rest := stream.readline(BLOCK):
                    passed_over = True
                    if rest.endswith(b"\n"):
                        break
        except Exception:
            if whole := data[: data.rfind(b"\n") + 1]:
                yield whole, False
            raise
        yield data, passed_over


def _line(number: int, text: bytes | None, source: str, reading: ReadOptions, *, marked: bool) -> Iterator[Record]:
    """The documents of one line: one document, or the elements of an array."""
    if text is None:
        yield too_large(Origin(source, number), "the line", reading.max_document)
        return
    body = (text.removeprefix(BYTE_ORDER_MARK) if marked else text).rstrip(b"\r\n")
    for found in elements_of_line(body, source, number):
        if isinstance(found, Unreadable):
            yield found
        else:
            entry = found[0].entry
            yield Batch(source, (found[1],), (number,), None if entry is None else (entry,), reading.declared, reading.status)


def _whole(text: bytes) -> bool:
    """Whether a text is an object or an array of such, complete."""
    content = text.lstrip(_BEFORE).rstrip(WHITESPACE)
    if content[:1] + content[-1:] != b"{}" and (content[:2] not in (b"[{", b"[ ") or content[-1:] != b"]"):
        return False
    try:
        # The content is examined when it is judged, so no object is built here.
        json.loads(content, parse_int=float, object_pairs_hook=lambda _: None)
    except (ValueError, RecursionError):
        return False
    return True


FORMAT = CaptureFormat(
    "ndjson",
    "a response body or a bare model on each line, or an array of such",
    lambda capture, reading: read_ndjson((), capture.stream, capture.label, reading),
    endings=(".ndjson", ".jsonl"),
    in_folders=True,
    told_by="its first two lines",
)
