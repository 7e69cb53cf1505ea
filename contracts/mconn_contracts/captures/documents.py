"""JSON documents: one response body or bare model, or an array of such."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Origin, Response

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]},]', re.DOTALL)


def read_document(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """The documents of a capture that is read as a whole."""
    limit = reading.max_document
    body = capture.stream.read(limit + 1)
    if len(body) > limit:
        yield too_large(Origin(capture.label, 1), "the document", limit)
    else:
        yield from read_json(body, capture.label, reading)


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


FORMAT = CaptureFormat(
    "json",
    "one response body or bare model, or an array of such",
    read_document,
    endings=(".json",),
    in_folders=True,
    told_by="anything else",
)
