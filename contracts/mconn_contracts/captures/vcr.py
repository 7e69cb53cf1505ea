"""Cassettes: the interactions that VCR.py writes, in YAML or JSON, and schemathesis in YAML of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BufferedIOBase
from typing import Any

import yaml

from mconn_contracts.captures.elements import CutShortError, NoArrayError, elements
from mconn_contracts.captures.format import LOOKED_AT, Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import RecordingError, from_base64, json_value, recorded
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import peeked
from mconn_contracts.contract.document import SafeLoader
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Origin

_LISTS = ("interactions", "http_interactions")
_BINARY = "tag:yaml.org,2002:binary"
_PYTHON_TEXT = ("tag:yaml.org,2002:python/str", "tag:yaml.org,2002:python/unicode")
_MAX_ANCHORS = 10_000
_MAX_DEPTH = 32


def read_json_cassette(stream: BufferedIOBase, source: str, limit: int) -> Iterator[Record]:
    """The interactions of a JSON cassette, one after the other; InputError where it is none, or ends early."""
    index = -1
    try:
        for index, text in enumerate(elements(stream, (_LISTS[0],), limit)):
            origin = Origin(source, 1, index)
            try:
                yield (
                    too_large(origin, "the interaction", limit)
                    if text is None
                    else _record(json_value(text, "the interaction"), origin, limit)
                )
            except RecordingError as error:
                yield Unreadable(origin, str(error))
    except NoArrayError:
        raise InputError(f"{source}: not a cassette: there is no array `interactions`; --format says what it is") from None
    except CutShortError:
        raise InputError(f"{source}: cannot be read to its end: it is cut short after {index + 1} interactions") from None


def read_yaml_cassette(stream: BufferedIOBase, source: str, limit: int) -> Iterator[Record]:
    """The interactions of a YAML cassette, one after the other; InputError where it is none, or is not YAML.

    Nothing is constructed but texts, lists and objects; an alias is the value that it names, never a copy.
    """
    metered = _Metered(stream, limit)
    try:
        yield from _Interactions(yaml.parse(metered, Loader=SafeLoader), metered, source, limit).records()
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{source}: not YAML that can be read: {reason[:200]}") from None
    except _TooLongError:
        raise InputError(f"{source}: has an interaction of more than {limit} bytes; raise --max-document") from None


class _TooLongError(Exception):
    pass


class _Metered:
    """A stream of which only so much is read at a time, until it is told that this was of use."""

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


class _Interactions:
    def __init__(self, events: Iterator[Any], metered: _Metered, source: str, limit: int) -> None:
        self._events = events
        self._metered = metered
        self._source = source
        self._limit = limit
        self._anchors: dict[str, Any] = {}

    def records(self) -> Iterator[Record]:
        """The records of the document's interactions."""
        found = False
        event: Any = None
        for event in self._events:
            if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
                break
        if not isinstance(event, yaml.MappingStartEvent):
            raise self._none()
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            name = self._value(event, 0)
            event = next(self._events)
            if name in _LISTS and isinstance(event, yaml.SequenceStartEvent) and not found:
                found = True
                yield from self._sequence()
            else:
                self._value(event, 0)
        if not found:
            raise self._none()

    def _none(self) -> InputError:
        names = " or ".join(f"`{name}`" for name in _LISTS)
        return InputError(f"{self._source}: not a cassette: there is no list {names}; --format says what it is")

    def _sequence(self) -> Iterator[Record]:
        for index, event in enumerate(self._events):
            self._metered.read_since = 0
            if isinstance(event, yaml.SequenceEndEvent):
                return
            mark = event.start_mark
            value = self._value(event, 0)
            yield _record(value, Origin(self._source, mark.line + 1, index), self._limit)

    def _value(self, event: Any, depth: int) -> Any:
        """The value that starts with an event: None, a text, bytes, a list or an object; of any other tag, a text or less."""
        if depth > _MAX_DEPTH:
            raise InputError(f"{self._source}: nested deeper than {_MAX_DEPTH} levels; not a cassette")
        if isinstance(event, yaml.AliasEvent):
            return self._anchors.get(event.anchor or "")
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            for inner in self._events:
                if isinstance(inner, yaml.SequenceEndEvent):
                    break
                value.append(self._value(inner, depth + 1))
        else:
            value = {}
            for inner in self._events:
                if isinstance(inner, yaml.MappingEndEvent):
                    break
                name = self._value(inner, depth + 1)
                content = self._value(next(self._events), depth + 1)
                if isinstance(name, str):
                    value[name] = content
        if event.anchor is not None:
            if len(self._anchors) >= _MAX_ANCHORS:
                raise InputError(f"{self._source}: more than {_MAX_ANCHORS} YAML anchors; not a cassette")
            self._anchors[event.anchor] = value
        return value


def _scalar(event: Any) -> Any:
    if event.tag == _BINARY:
        return from_base64(event.value)
    if event.tag is not None and event.tag not in _PYTHON_TEXT and not event.tag.startswith("tag:yaml.org,2002:str"):
        return None
    if event.tag is None and event.style is None and event.value in ("", "~", "null", "Null", "NULL"):
        return None
    return event.value


def _record(value: Any, origin: Origin, limit: int) -> Record:
    if not isinstance(value, Mapping):
        return Unreadable(origin, "the interaction is not an object")
    request, response = value.get("request"), value.get("response")
    if response is None and isinstance(request, Mapping):
        return Unanswered(origin)
    try:
        exchange = recorded(request, response, "uri", origin, limit, _body)
    except RecordingError as error:
        return Unreadable(origin, str(error))
    started = _started(value.get("recorded_at"))
    return replace(exchange, started=started) if isinstance(exchange, Exchange) and started is not None else exchange


def _body(response: Mapping[str, Any]) -> bytes | None:
    body = response.get("body")
    if "truncated_from" in response or not isinstance(body, Mapping):
        return b"" if body is None and "body" in response else None
    if isinstance(body.get("base64_string"), str):
        decoded = from_base64(body["base64_string"])
        if decoded is None:
            raise RecordingError("response.body.base64_string is not base64")
        return decoded
    content = body.get("string")
    if isinstance(content, str):
        encoding = body.get("encoding")
        try:
            return content.encode(encoding if isinstance(encoding, str) else "utf-8", errors="surrogatepass")
        except (LookupError, UnicodeEncodeError):
            return content.encode("utf-8", errors="surrogatepass")
    return content if isinstance(content, bytes) else b"" if content is None else None


def _started(value: Any) -> float | None:
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    start, stream = peeked(capture.stream, LOOKED_AT)
    read_cassette = read_json_cassette if start.lstrip().startswith(b"{") else read_yaml_cassette
    return read_cassette(stream, capture.label, reading.max_document)


def _tells(start: Start) -> bool:
    return not start.members.isdisjoint(_LISTS)


FORMAT = CaptureFormat(
    "vcr",
    "cassettes of VCR.py (YAML or JSON), and of schemathesis (YAML)",
    _read,
    endings=(".yaml", ".yml"),
    told_by="`interactions` or `http_interactions`",
    tells=_tells,
)
