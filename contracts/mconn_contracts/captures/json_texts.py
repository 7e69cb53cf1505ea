"""Cut a text into the JSON documents that it holds: one, the elements of an array, or several one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mconn_contracts.captures.records import WHITESPACE, Unreadable
from mconn_contracts.model.exchange import Origin
from mconn_contracts.wire.arrays import TOKEN

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
RECORD_SEPARATOR = b"\x1e"
"""The byte that starts each text of a sequence (RFC 7464)."""
_BETWEEN = WHITESPACE + RECORD_SEPARATOR
_SPACE = re.compile(rb"[ \t\r\n\x1e]*")
_JOINT = re.compile(rb"[}\]][ \t\r\n\x1e]*[{\[]")
_EMPTY = re.compile(rb"\[[ \t\r\n\]]*+\Z")

Document = tuple[Origin, bytes]


def documents_in(body: bytes, source: str) -> Iterator[Document | Unreadable]:
    """The documents of a text, exactly as they are written, even if they are malformed inside.

    An element of an array has its index as the entry; its line, and that of one document of several, is where it starts.
    """
    sequence = list(_sequence(body))
    if len(sequence) == 1 and not _is_list(sequence[0][1]):
        # A single document keeps every byte, so that the bytes around it are judged too.
        yield Origin(source, 1), body.removeprefix(RECORD_SEPARATOR)
        return
    for line, text in sequence:
        if _is_list(text):
            yield from array_elements(text, source, line)
        else:
            yield Origin(source, line), text
    if not sequence:
        yield Origin(source, 1), body


def elements_of_line(text: bytes, source: str, line: int) -> Iterator[Document | Unreadable]:
    """The documents of one line: the elements of an array, or the one that it is."""
    content = text.lstrip(_BETWEEN)
    if _is_list(content):
        yield from array_elements(content, source, line)
    else:
        yield Origin(source, line), content if text.startswith(RECORD_SEPARATOR) else text


def _is_list(text: bytes) -> bool:
    return text.startswith(b"[") and _EMPTY.match(text) is None


def _sequence(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects and arrays that stand one after the other, with their lines. The rest after the last whole one is the last."""
    begin = _begin(body, len(BYTE_ORDER_MARK) if body.startswith(BYTE_ORDER_MARK) else 0)
    line = body.count(b"\n", 0, begin) + 1
    # Within one document, a comma or a colon stands between a closing bracket and an opening one.
    several = _JOINT.search(body, begin) is not None
    while body[begin : begin + 1] in (b"{", b"["):
        end = _end(body, begin) if several else None
        following = len(body) if end is None else _begin(body, end)
        if end is None or body[following : following + 1] not in (b"{", b"["):
            yield line, body[begin:]
            return
        yield line, body[begin:end]
        line += body.count(b"\n", begin, following)
        begin = following


def _begin(body: bytes, at: int) -> int:
    """Where the next text begins."""
    space = _SPACE.match(body, at)
    return at if space is None else space.end()


def _end(body: bytes, begin: int) -> int | None:
    depth = 0
    for match in TOKEN.finditer(body, begin):
        depth += (match[0] in (b"[", b"{")) - (match[0] in (b"]", b"}"))
        if depth == 0:
            return match.end()
    return None


def array_elements(text: bytes, source: str, line: int) -> Iterator[Document | Unreadable]:
    """The elements of an array that starts a text and a line, as they are written."""
    depth = entry = 0
    begin = 1
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        if depth and (depth > 1 or token != b","):
            continue
        element = text[begin : match.start()]
        line += _blank_lines(element)
        yield Origin(source, line, entry), element.strip(WHITESPACE)
        line += element.lstrip(WHITESPACE).count(b"\n")
        begin = match.end()
        entry += 1
        if depth == 0:
            break
    rest = text[begin:]
    line += _blank_lines(rest)
    rest = rest.strip(WHITESPACE)
    if depth and rest:
        yield Origin(source, line, entry), rest
        line, entry = line + rest.count(b"\n"), entry + 1
    if depth == 1:
        yield Unreadable(Origin(source, line, entry), "the array does not end; the file is cut short")
    elif depth == 0 and rest:
        yield Unreadable(Origin(source, line, entry), "there is something after the end of the array")


def _blank_lines(text: bytes) -> int:
    return text.count(b"\n", 0, len(text) - len(text.lstrip(WHITESPACE)))
