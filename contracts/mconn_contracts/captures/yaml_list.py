"""The items of one list of a YAML document, one after the other, however long it is."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Generator, Iterator
from io import BufferedIOBase
from typing import Any, NamedTuple

import yaml

from mconn_contracts.captures.interaction import from_base64
from mconn_contracts.captures.records import Unreadable, too_large
from mconn_contracts.contract.yaml_texts import SafeLoader
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Origin

_BINARY = ("tag:yaml.org,2002:binary", "!binary")
_PYTHON_TEXT = ("tag:yaml.org,2002:python/str", "tag:yaml.org,2002:python/unicode", "tag:yaml.org,2002:python/object/new:str")
_NO_TEXT = re.compile(r"true|false|-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
"""What YAML writers quote where it is a text."""
_MAX_ANCHORS = 10_000
_MAX_DEPTH = 32

Item = tuple[Origin, Any] | Unreadable


class _Node(NamedTuple):
    """A value, with its approximate size in JSON and its depth if all its aliases were written out."""

    value: Any
    size: int = 4
    levels: int = 0


def yaml_items(stream: BufferedIOBase, source: str, names: Collection[str], what: str, limit: int) -> Iterator[Item]:
    """The items of the list of one of these names, or of a document that is a list; InputError if there is none.

    Nothing is constructed but JSON values and bytes; an alias is the value that it names, never a copy. `what`
    is what the document should be, with its article. An item has at most `limit` bytes and a little more. One that has
    more than `limit`, or too many levels, where its aliases are written out is unreadable ("billion laughs").
    """
    metered = _Metered(stream, limit)
    try:
        yield from _Document(yaml.parse(metered, Loader=SafeLoader), metered, source, names, what, limit).items()
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{source}: not YAML that can be read: {reason[:200]}") from None
    except _TooLongError:
        raise InputError(f"{source}: has an interaction of more than {limit} bytes; raise --max-document") from None


class _TooLongError(Exception):
    pass


class _Metered:
    """A stream that gives only a limited number of bytes until the reader reports that they were useful."""

    def __init__(self, stream: BufferedIOBase, limit: int) -> None:
        self._stream = stream
        self._limit = limit + 1024 * 1024
        self.read_since = 0

    def read(self, size: int = -1) -> bytes:
        """Some bytes."""
        data = self._stream.read(65536 if size < 0 else size)
        self.read_since += len(data)
        if self.read_since > self._limit:
            raise _TooLongError
        return data


class _Document:
    def __init__(
        self, events: Iterator[Any], metered: _Metered, source: str, names: Collection[str], what: str, limit: int
    ) -> None:
        self._events = events
        self._metered = metered
        self._source = source
        self._names = names
        self._what = what
        self._limit = limit
        self._anchors: dict[str, _Node] = {}
        self._count = 0

    def items(self) -> Iterator[Item]:
        """The items of the list, of each document that has one."""
        found = False
        for event in self._events:
            if isinstance(event, yaml.SequenceStartEvent):
                found = True
                yield from self._sequence(top=True)
            elif isinstance(event, yaml.MappingStartEvent):
                found = (yield from self._mapping()) or found
        if not found:
            raise self._none()

    def _mapping(self) -> Generator[Item, None, bool]:
        """The items of the first list with a name, in an object at the top. Returns whether there is one."""
        found = False
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            name = self._node(event, 0).value
            event = next(self._events)
            if name in self._names and isinstance(event, yaml.SequenceStartEvent) and not found:
                found = True
                yield from self._sequence()
            else:
                self._node(event, 0)
        return found

    def _none(self) -> InputError:
        names = " or ".join(f"`{name}`" for name in self._names)
        return InputError(f"{self._source}: not {self._what}: there is no list {names}; if it is another format, give --format")

    def _sequence(self, *, top: bool = False) -> Iterator[Item]:
        first = self._count
        for event in self._events:
            self._metered.read_since = 0
            if isinstance(event, yaml.SequenceEndEvent):
                return
            mark, index = event.start_mark, self._count
            self._count += 1
            node = self._node(event, 0)
            if top and index == first and not isinstance(node.value, dict):
                raise self._none()
            origin = Origin(self._source, mark.line + 1, index)
            if node.size > self._limit:
                yield too_large(origin, "the interaction, with its YAML aliases written out,", self._limit)
            elif node.levels > _MAX_DEPTH:
                yield Unreadable(origin, f"the interaction has more than {_MAX_DEPTH} levels, with its YAML aliases written out")
            else:
                yield origin, node.value

    def _node(self, event: Any, depth: int) -> _Node:
        """The value that starts with an event: a JSON value, or bytes. A value with any other tag is a text or less."""
        if depth > _MAX_DEPTH:
            raise InputError(f"{self._source}: nested deeper than {_MAX_DEPTH} levels; not {self._what}")
        if isinstance(event, yaml.AliasEvent):
            return self._anchors.get(event.anchor or "", _Node(None))
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(_scalar(event), len(event.value) + 4)
        elif isinstance(event, yaml.SequenceStartEvent):
            nodes = [self._node(inner, depth + 1) for inner in self._until(yaml.SequenceEndEvent)]
            node = self._around([each.value for each in nodes], nodes)
        else:
            pairs = [
                (self._node(inner, depth + 1), self._node(next(self._events), depth + 1))
                for inner in self._until(yaml.MappingEndEvent)
            ]
            value = {
                name.value if isinstance(name.value, str) else json.dumps(name.value): content.value
                for name, content in pairs
                if isinstance(name.value, str | int | float)
            }
            node = self._around(value, [node for pair in pairs for node in pair])
        if event.anchor is not None:
            if len(self._anchors) >= _MAX_ANCHORS:
                raise InputError(f"{self._source}: more than {_MAX_ANCHORS} YAML anchors; not {self._what}")
            self._anchors[event.anchor] = node
        return node

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        return itertools.takewhile(lambda event: not isinstance(event, end), self._events)

    def _around(self, value: Any, nodes: Collection[_Node]) -> _Node:
        """The list or object of these nodes. Counting its size stops at the limit, so the size is never a huge number."""
        size = min(sum(node.size for node in nodes) + 4, self._limit + 1)
        return _Node(value, size, 1 + max((node.levels for node in nodes), default=-1))


def _scalar(event: Any) -> Any:
    if event.tag in _BINARY:
        return from_base64(event.value)
    if event.tag is not None and event.tag not in _PYTHON_TEXT and not event.tag.startswith("tag:yaml.org,2002:str"):
        return None
    if event.tag is None and not event.style:
        if event.value in ("", "~", "null", "Null", "NULL"):
            return None
        if _NO_TEXT.fullmatch(event.value):
            return json.loads(event.value)
    return event.value
