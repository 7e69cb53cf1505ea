"""Large arrays of a JSON text, kept as text. An element is decoded when it is looked at."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

LARGE_ARRAY = 64 * 1024
"""Bytes from which on an array is kept as text."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'\{(?:[^"{}\[\]]++|' + _STRING + rb")*+\}"
_SMALL = rb'\{(?:[^"{}\[\]]++|' + _STRING + rb"|" + _FLAT + rb")*+\}"
TOKEN = re.compile(_SMALL + rb"|" + _STRING + rb"?|[\[\]{},]", re.DOTALL)
"""An object without arrays that is nested at most once, a string (the last may have no end), or what stands between values."""
TOGETHER, TOGETHER_BYTES = 32, 16 * 1024
"""Elements that are read together, at most, and their bytes: too few for another large array."""
_WHITESPACE = b" \t\n\r"
_LARGEST_OFFSET = 2**32 - 1


class UnbalancedError(ValueError):
    """The brackets of a text do not match, or are nested too deep: it is no JSON that can be read."""


class TextArray(Sequence[Any]):
    """An array in a JSON text. Each element is read from the text whenever it is looked at; it takes some bytes itself."""

    __slots__ = ("_body", "_places", "_read", "depth")

    def __init__(self, body: bytes, places: array[int], depth: int, read: Callable[[bytes], Any]) -> None:
        """`places` are those of the brackets, and of the commas between them; `depth` is the number of values around it."""
        self._body = body
        self._places = places
        self._read = read
        self.depth = depth

    def __len__(self) -> int:
        return len(self._places) - 1

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        chosen = range(len(self))[index]
        return self._read(self.text(chosen)) if isinstance(chosen, int) else [self._read(self.text(each)) for each in chosen]

    def __iter__(self) -> Iterator[Any]:
        for _, elements in self.parts():
            yield from elements

    def parts(self) -> Iterator[tuple[int, list[Any]]]:
        """The elements, some at a time, with the index of the first."""
        for chosen, text in self.texts():
            yield chosen.start, self._read(text) if len(chosen) > 1 else [self._read(text)]

    def texts(self) -> Iterator[tuple[range, bytes]]:
        """The elements as they are written: some small ones as an array, a large one by itself; and their indexes."""
        start = 0
        while start < len(self):
            stop = min(start + TOGETHER, len(self))
            while stop - start > 1 and self._places[stop] - self._places[start] > TOGETHER_BYTES:
                stop = (start + stop) // 2
            text = self._body[self._places[start] + 1 : self._places[stop]]
            yield range(start, stop), text if stop - start == 1 else b"[%b]" % text
            start = stop

    def text(self, index: int) -> bytes:
        """An element as it is written, with white space around."""
        return self._body[self._places[index] + 1 : self._places[index + 1]]


T = TypeVar("T")


class Viewed(Sequence[T]):
    """What a function makes of each element of a sequence, whenever it is looked at."""

    __slots__ = ("_items", "_view")

    def __init__(self, items: Sequence[Any], view: Callable[[Any], T]) -> None:
        self._items = items
        self._view = view

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        chosen = self._items[index]
        return list(map(self._view, chosen)) if isinstance(index, slice) else self._view(chosen)

    def __iter__(self) -> Iterator[T]:
        return map(self._view, self._items)


ARRAY = (list, TextArray)
"""The types of a decoded array."""


def large_arrays(body: bytes, most_depth: int, read: Callable[[bytes], Any]) -> list[tuple[int, int, TextArray]]:
    """The arrays of a text that are large, none within another, each with its start and its end.

    UnbalancedError if brackets do not match, or are nested deeper than `most_depth`.
    """
    found: list[tuple[int, int, TextArray]] = []
    around: list[array[int] | None] = []
    """Of each value that is open: the places of an array's bracket and commas; None of an object."""
    code = "I" if len(body) <= _LARGEST_OFFSET else "Q"
    for match in TOKEN.finditer(body):
        start, end = match.span()
        if end - start > 1:
            continue
        token = body[start:end]
        if token in b"[{":
            around.append(array(code, [start]) if token == b"[" else None)
            if len(around) > most_depth:
                raise UnbalancedError
        elif token == b",":
            if around and around[-1] is not None:
                around[-1].append(start)
        else:
            places = around.pop() if around else None
            if token == b'"' or (places is None) != (token == b"}"):
                raise UnbalancedError
            if places is not None and end - places[0] >= LARGE_ARRAY:
                begin = places[0]
                inner = len(found)
                while inner and found[inner - 1][0] > begin:
                    inner -= 1
                places.append(start)
                filled = len(places) > 2 or body[begin + 1 : start].strip(_WHITESPACE)
                # What is mostly other large arrays is read as a list of these: else, each is read again with all around it.
                if filled and 2 * sum(last - first for first, last, _ in found[inner:]) <= end - begin:
                    found[inner:] = [(begin, end, TextArray(body, places, len(around), read))]
    if around:
        raise UnbalancedError
    return found
