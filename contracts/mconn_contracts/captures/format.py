"""The description of a format of captures: how it is recognized, what it holds, and how it is read."""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from mconn_contracts.captures.interaction import RecordingError, json_value
from mconn_contracts.captures.json_texts import BYTE_ORDER_MARK, RECORD_SEPARATOR
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import InputError

LOOKED_AT = 64 * 1024
"""How many bytes of a capture are examined to recognize its format."""
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]},]', re.DOTALL)
_TOP_NAME = re.compile(rb"^([A-Za-z_][\w-]*):(?:[ \t\r]|$)", re.MULTILINE)
_DEEPEST = 64
_FIRST = json.JSONDecoder(strict=False, parse_int=float)

Beside = Callable[[str, str], bytes | None]
"""Gives the content of a file within a folder: the folder relative to the capture's, and the path relative to that."""


@dataclass(frozen=True)
class Start:
    """The name of a capture, in lower case and without the ending of its packing, and its first bytes."""

    name: str
    text: bytes

    @functools.cached_property
    def json(self) -> Any:
        """The JSON value at the start of the text, without its incomplete parts. None if the text does not start with JSON."""
        return outline(self.text.removeprefix(BYTE_ORDER_MARK).lstrip(WHITESPACE + RECORD_SEPARATOR))

    @functools.cached_property
    def members(self) -> frozenset[str]:
        """The names of the first JSON value, or of the top of a YAML document."""
        if isinstance(self.json, dict):
            return frozenset(self.json)
        return frozenset(match[1].decode() for match in _TOP_NAME.finditer(self.text))

    def member(self, *path: str) -> Any:
        """The value at the names within the first JSON value. The first element stands for an array. None without it."""
        found = self.json
        for name in path:
            if isinstance(found, list):
                found = found[0] if found else None
            found = found.get(name) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture that is open: where it is, and its bytes, unpacked.

    `beside` gives the content of a file within a folder, None if there is none that may be read. The folder is one that
    the format names, never the capture.
    `within` gives the records of a capture that this one holds, with the files beside it.
    """

    source: Input
    stream: io.BufferedIOBase
    beside: Beside
    within: Callable[[Input, Beside], Iterator[Record]]
    again: Callable[[], AbstractContextManager[io.BufferedIOBase]] | None = None
    """Opens its bytes again. None if they can be read only once."""

    @property
    def label(self) -> str:
        """Its name in findings."""
        return self.source.label


@dataclass(frozen=True, slots=True)
class CaptureFormat:
    """One format. `--format` takes its name, and the table of the documentation has its texts, which are Markdown.

    `magic` recognizes it under any file name. Otherwise, the first format whose `tells` accepts the content reads the file:
    among the formats of the file's ending, or among all if no format has that ending.
    """

    name: str
    holds: str
    """What such a file holds, and which programs write it."""
    read: Callable[[Capture, ReadOptions], Iterator[Record]]
    """InputError if a capture cannot be read, or not to its end; what came before counts."""
    endings: tuple[str, ...] = ()
    in_folders: bool = False
    """Whether files with these endings are taken from a folder. A path or a glob takes any file."""
    told_by: str = ""
    """How it is told by its content, in words."""
    tells: Callable[[Start], bool] = lambda _: False
    magic: bytes = b""
    extra: str | None = None
    """The extra of this package that it needs."""


def whole(capture: Capture, limit: int) -> bytes:
    """The whole content of a capture. InputError if it has more than `limit` bytes."""
    content = capture.stream.read(limit + 1)
    if len(content) > limit:
        raise InputError(f"{capture.label}: cannot be read: it has more than {limit} bytes; raise --max-document")
    return content


def json_of(capture: Capture, limit: int, what: str) -> Any:
    """The JSON value of a capture, read whole. InputError if it is not JSON, and so not a capture of `what`."""
    try:
        return json_value(whole(capture, limit), "it")
    except RecordingError as error:
        raise InputError(f"{capture.label}: not {what} that can be read: {error}") from None


def outline(text: bytes) -> Any:
    """The JSON value that a text starts with: of one that is cut off, the members and elements that are complete.

    None if it starts with no object or array that can be read.
    """
    if text[:1] not in (b"{", b"["):
        return None
    try:
        # Usually it is complete, and this check is much faster.
        return _FIRST.raw_decode(text.decode())[0]
    except (ValueError, RecursionError):
        pass
    closing: list[bytes] = []
    safe, left_open = 0, [b""]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in (b"{", b"["):
            closing.append(b"}" if token == b"{" else b"]")
            safe, left_open = match.end(), closing[::-1]
        elif token in (b"}", b"]"):
            closing = closing[:-1]
            safe, left_open = match.end(), closing[::-1]
        elif token == b",":
            safe, left_open = match.start(), closing[::-1]
        if not closing or len(closing) > _DEEPEST:
            break
    try:
        return json.loads(text[:safe] + b"".join(left_open), strict=False, parse_int=float)
    except (ValueError, RecursionError):
        return None
