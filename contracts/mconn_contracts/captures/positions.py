"""The places of findings in their sources: the line and column of the value at each pointer."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from mconn_contracts.contract.document import tokens
from mconn_contracts.model.finding import Finding, Place, Position

MAX_TEXT = 16 * 1024 * 1024
"""The most bytes of a source that is read again. In a larger source, only the known line is reported."""

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_BODY = ("response", "content", "text")
"""The pointer of the body in a HAR entry. It is a string, so columns within it mean nothing."""


def locate(findings: Iterable[Finding]) -> dict[Place, Position]:
    """The positions of findings, by their places. Sources that are not plain JSON text in a local file have none."""
    positions: dict[Place, Position] = {}
    for source, group in groupby(sorted(findings, key=lambda each: each.source), key=lambda each: each.source):
        text = _read(source)
        if text is not None:
            positions |= {each.place: position for each in group if (position := text.position(each)) is not None}
    return positions


def _read(source: str) -> _Text | None:
    path = Path(source)
    try:
        if not source or not path.is_file() or path.stat().st_size > MAX_TEXT:
            return None
        return _Text(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):
        return None


class _Text:
    """A text of JSON values, read as far as pointers lead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._children: dict[int, dict[str, int]] = {}

    def position(self, finding: Finding) -> Position | None:
        """The place of a finding. For a missing property, the place of its object. None if the file has changed."""
        try:
            start = self._start(finding)
            if start is None:
                return None
            for token in tokens(finding.pointer):
                start = self.children(start).get(token, start)
        except (ValueError, IndexError, RecursionError):
            return None
        line = bisect.bisect_right(self.lines, start)
        return Position(line, start - self.lines[line - 1] + 1)

    def _start(self, finding: Finding) -> int | None:
        """The place where the value of the pointer begins."""
        if finding.entry is None:
            return self._skip(self.lines[(finding.line or 1) - 1])
        whole = self._skip(0)
        if self.text[whole] == "[":
            return self.children(whole).get(str(finding.entry), None)
        found = whole
        for token in ("log", "entries", str(finding.entry), *_BODY):
            members = self.children(found)
            if token not in members:
                return None
            found = members[token]
        return found

    def children(self, start: int) -> dict[str, int]:
        """Where the members of an object or the elements of an array begin, by name or index. Empty for other values."""
        if start not in self._children:
            self._children[start] = self._read_children(start)
        return self._children[start]

    def _read_children(self, start: int) -> dict[str, int]:
        opening = self.text[start]
        found: dict[str, int] = {}
        if opening not in "{[":
            return found
        at = self._skip(start + 1)
        while self.text[at] not in "}]":
            name = str(len(found))
            if opening == "{":
                name, at = _DECODER.raw_decode(self.text, at)
                at = self._skip(self._skip(at) + 1)
            found[name] = at
            at = self._skip(_DECODER.raw_decode(self.text, at)[1])
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return found

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return at if match is None else match.end()
