"""Cut the elements of one array out of a JSON document that is read as a stream, as they are written."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from io import BufferedIOBase

_CHUNK = 256 * 1024
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},:]', re.DOTALL)
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_WHITESPACE = b" \t\r\n"
_LONGEST_KEY = 1024
_LONG_STRING = _CHUNK
"""A string with more bytes is skipped piece by piece. It cannot be a key."""


class CutShortError(ValueError):
    """The document ends before its array does. `found` says whether the array has begun."""

    def __init__(self, *, found: bool) -> None:
        super().__init__("the document is cut short")
        self.found = found


class NoArrayError(ValueError):
    """The document has no such array."""


def elements(stream: BufferedIOBase, path: Sequence[str], limit: int) -> Iterator[bytes | None]:
    """The elements of the array that the names of `path` lead to; None for one of more than `limit` bytes.

    At most `limit` bytes and a little are held at a time. NoArrayError if there is none, and CutShortError if the
    document ends early; nothing but strings and brackets is looked at outside of the array.
    """
    return _Cutter(stream, [name.encode() for name in path], limit).elements()


class _Cutter:
    def __init__(self, stream: BufferedIOBase, path: list[bytes], limit: int) -> None:
        self._stream = stream
        self._path = path
        self._limit = limit
        self._kept: list[bytes] | None = []
        """The parts of the element so far that have left the buffer, None if it is too large."""
        self._size = 0
        self._found = False

    def elements(self) -> Iterator[bytes | None]:
        """As for the function."""
        depth = matched = level = begin = number = 0
        name, leads, inside = b"", False, False
        for data, token, start, end in self._tokens():
            if token is None:
                # The buffer moves on.
                if inside:
                    self._keep(data[begin:end])
                begin = 0
            elif inside:
                if token in b"[{":
                    level += 1
                elif token in b"]}" and level:
                    level -= 1
                elif level == 0 and token in b",]}":
                    element = self._element(data[begin:start])
                    if token == b"," or number or element != b"":
                        yield element
                    number, begin, inside = number + 1, end, token == b","
            elif token == b":":
                leads = depth == matched + 1 and matched < len(self._path) and name == self._path[matched]
            elif token == b"[" and leads and matched == len(self._path) - 1 and not self._found:
                inside = self._found = True
                leads, begin = False, end
            elif token in b"[{":
                depth += 1
                matched += leads and token == b"{" and matched < len(self._path) - 1
                leads = False
            else:
                leads = False
                if token in b"]}":
                    depth -= 1
                    matched = min(matched, max(depth - 1, 0))
                elif token != b",":
                    name = token[1:-1] if len(token) <= _LONGEST_KEY else b""
        if depth > 0 or inside:
            raise CutShortError(found=self._found)
        if not self._found:
            raise NoArrayError

    def _element(self, last: bytes) -> bytes | None:
        self._keep(last)
        kept, self._kept, self._size = self._kept, [], 0
        return None if kept is None else b"".join(kept).strip(_WHITESPACE)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            self._kept = None
        if self._kept is not None and data:
            self._kept.append(data)

    def _tokens(self) -> Iterator[tuple[bytes, bytes | None, int, int]]:
        """Each token with the buffer it is in and its place there; None for a token where the buffer is done with up to `end`."""
        rest = b""
        while True:
            read = self._stream.read(_CHUNK)
            data = rest + read
            rest = b""
            done = len(data)
            for match in _TOKEN.finditer(data):
                token = match[0]
                # A string is cut short if the buffer ends in it, or in one of its escapes.
                if match.end() >= len(data) - 1 and token.startswith(b'"') and not _closed(token):
                    done = match.start()
                    break
                yield data, token, match.start(), match.end()
            yield data, None, 0, done
            if done < len(data):
                if not read:
                    raise CutShortError(found=self._found)
                rest = data[done:]
                if len(rest) > _LONG_STRING:
                    rest = yield from self._pass_string(rest)
            elif not read:
                return

    def _pass_string(self, start: bytes) -> Generator[tuple[bytes, bytes | None, int, int], None, bytes]:
        """Skip the rest of a long string, piece by piece, and return the text after it."""
        data = start
        at = 1
        yield data, b'""', 0, 0
        while True:
            match = _REST_OF_STRING.match(data, at)
            at = match.end() if match else at
            if data[at : at + 1] == b'"':
                yield data, None, 0, at + 1
                return data[at + 1 :]
            # A backslash whose second half is to come stays.
            yield data, None, 0, at
            read = self._stream.read(_CHUNK)
            if not read:
                raise CutShortError(found=self._found)
            data, at = data[at:] + read, 0


def _closed(token: bytes) -> bool:
    """Whether a string has its last quote."""
    text = _REST_OF_STRING.match(token, 1)
    return text is not None and text.end() < len(token)
