"""Bare payloads: JSON documents and NDJSON, each a response body or a model without its exchange."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from itertools import chain

from mconn_contracts.model import Exchange, Origin, Response
from mconn_contracts.sources.records import Reading, Record, Unreadable, too_large
from mconn_contracts.sources.streams import Line, lines

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITESPACE = b" \t\r\n"
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


def read_ndjson(start: Iterable[Line], stream: BufferedIOBase, source: str, reading: Reading) -> Iterator[Record]:
    """One exchange for each line that is not blank; `start` are lines that have been read already."""
    start = list(start)
    first = start[-1].number + 1 if start else 1
    rest = (Line(line.number + first - 1, line.text) for line in lines(stream, reading.max_document))
    for number, text in chain(start, rest):
        origin = Origin(source, number)
        if text is None:
            yield too_large(origin, "the line", reading.max_document)
            continue
        # The mark is the file's; on any other line it is the document's.
        body = (text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text).rstrip(b"\r\n")
        if body.strip(_WHITESPACE):
            yield _exchange(body, origin, reading)


def read_json(body: bytes, source: str, reading: Reading) -> Iterator[Record]:
    """The one document of a file, or each element of an array: its index is the entry, and its line where it starts."""
    content = body.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
    if not content.startswith(b"[") or not content[1:].strip(_WHITESPACE + b"]"):
        yield _exchange(body, Origin(source, 1), reading)
        return
    yield from _elements(body, body.index(b"["), source, reading)


def _elements(body: bytes, opening: int, source: str, reading: Reading) -> Iterator[Record]:
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
        yield _exchange(text.strip(_WHITESPACE), Origin(source, line, entry), reading)
        line += text.lstrip(_WHITESPACE).count(b"\n")
        begin = match.end()
        entry += 1
        if depth == 0:
            break
    rest = body[begin:]
    line += _blank_lines(rest)
    rest = rest.strip(_WHITESPACE)
    if depth and rest:
        yield _exchange(rest, Origin(source, line, entry), reading)
        line, entry = line + rest.count(b"\n"), entry + 1
    if depth == 1:
        yield Unreadable(Origin(source, line, entry), "the array does not end; the file is cut short")
    elif depth == 0 and rest:
        yield Unreadable(Origin(source, line, entry), "there is something after the end of the array")


def _blank_lines(text: bytes) -> int:
    return text.count(b"\n", 0, len(text) - len(text.lstrip(_WHITESPACE)))


def _exchange(body: bytes, origin: Origin, reading: Reading) -> Exchange:
    return Exchange(Response(reading.status, (), body), declared=reading.declared, origin=origin)


def _whole(text: bytes) -> bool:
    """Whether a text is an object, complete."""
    content = text.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
    if content[:1] + content[-1:] != b"{}":
        return False
    try:
        json.loads(content, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return True
