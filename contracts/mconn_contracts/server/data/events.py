"""Recorded events as the reference server keeps them, and the reading of them from a file."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zlib
from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from mconn_contracts.errors import InputError

KINDS = (
    "Init",
    "Leave",
    "StartAttestation",
    "FinishAttestationSuccess",
    "FinishAttestationFailure",
    "StartRotateCryptKey",
    "FinishRotateCryptKeySuccess",
    "FinishRotateCryptKeyFailure",
    "StartRotatePki",
    "FinishRotatePkiSuccess",
    "FinishRotatePkiFailure",
    "StartUpgrade",
    "FinishUpgradeSuccess",
    "FinishUpgradeFailure",
    "Reconcile",
    "ConfigureCloudflaredTunnel",
)
"""The kinds of the specified revision, in the reference's order."""

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact; the document's `maximum`."""

_PIECE = 1 << 20
_LARGEST = 1 << 26  # characters of one event, or of one line
_GZIP = b"\x1f\x8b"
_BLANK = b" \t\r\n"
_FIRST_ITEM = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*(?:(?P<end>\])|(?=[^ \t\r\n]))")
_NEXT_ITEM = re.compile(r"[ \t\r\n]*(?:(?P<end>\])|,[ \t\r\n]*(?=[^ \t\r\n]))")
_DECODER = msgspec.json.Decoder()
_SCANNER = json.JSONDecoder()


class Key(NamedTuple):
    """What identifies an event of a connector, and orders it."""

    t: int
    n: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of one connector: when it was recorded (`t`) and collected (`a`), and what it was (`e`)."""

    connector_id: str
    t: int
    n: int
    a: int
    e: Mapping[str, Any]
    v: str | None = None

    @property
    def kind(self) -> str:
        """The event's kind, `e.k`."""
        return str(self.e["k"])

    @property
    def key(self) -> Key:
        """The event's identity in its connector."""
        return Key(self.t, self.n)


def read_events(path: Path, connector_id: str) -> Iterator[StoredEvent]:
    """The recorded events of a file, each once, as events of one connector; read and held a few at a time.

    The file is NDJSON with one event a line, or one JSON array of events, or one event; gzip is undone. An event has the shape of
    `EventGetResponse`, and may have `a`; without it the event counts as collected when it was recorded. Raises
    `InputError` with the place of the first event that cannot be served.
    """
    try:
        yield from _distinct(lambda: _recorded(path, connector_id), again=path.is_file())
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot read recorded events: they are not JSON in UTF-8: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot read recorded events: {error}") from error


_Place = tuple[str, int]
"""A prefix and the number of a line or an item. It becomes text only when a message needs it."""
_Recorded = Iterator[tuple[_Place, StoredEvent]]
"""Events, each with its place in the file."""


def _recorded(path: Path, connector_id: str) -> _Recorded:
    with path.open("rb") as raw:
        packed = raw.peek(len(_GZIP)).startswith(_GZIP)
        # The buffer of GzipFile is its own matter; here is one that can be looked into as that of any file.
        file = BufferedReader(cast("Any", gzip.GzipFile(fileobj=raw))) if packed else raw
        for place, value in _values(file, str(path)):
            yield place, _event(value, place, connector_id)


def _distinct(read: Callable[[], _Recorded], *, again: bool) -> Iterator[StoredEvent]:
    """Each event once. While their identities ascend, none was there before; `again` says that they can be read again."""
    recorded = read()
    if not again:
        yield from _first_of_each(iter(()), recorded)
        return
    count, highest = 0, (-1, -1)
    for place, event in recorded:
        key = (event.t, event.n)
        if key <= highest:
            yield from _first_of_each(islice(read(), count), chain([(place, event)], recorded))
            return
        count, highest = count + 1, key
        yield event


def _first_of_each(before: _Recorded, recorded: _Recorded) -> Iterator[StoredEvent]:
    """The recorded events that were not there before. There may be millions: a temporary file holds what was there."""
    with closing(sqlite3.connect("")) as seen:
        seen.execute("CREATE TABLE seen (t INTEGER, n INTEGER, content INTEGER, PRIMARY KEY (t, n)) WITHOUT ROWID")
        add = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)"
        seen.executemany(add, ((event.t, event.n, _content(event)) for _, event in before))
        for place, event in recorded:
            content = _content(event)
            if seen.execute(add, (*event.key, content)).rowcount:
                yield event
            elif seen.execute("SELECT content FROM seen WHERE t = ? AND n = ?", event.key).fetchone()[0] != content:
                raise InputError(f"{_written(place)}: t {event.t}, n {event.n} was recorded before as a different event")


def _content(event: StoredEvent) -> int:
    """Tells two events of one identity apart."""
    return hash((event.a, event.v, msgspec.json.encode(event.e, order="deterministic")))


def _values(file: BufferedReader, path: str) -> Iterator[tuple[_Place, Any]]:
    """Each value of the file with its place, which reads as `path:line` or `path: item index`."""
    if file.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
        file.read(len(BOM_UTF8))
    line = 1
    while ahead := file.peek(1):
        rest = ahead.lstrip(_BLANK)
        line += file.read(len(ahead) - len(rest)).count(b"\n")
        if rest:
            break
    if not ahead:
        return
    if rest.startswith(b"["):
        for index, value in enumerate(_items(file, path)):
            yield (f"{path}: item ", index), value
        return
    place, first = (f"{path}:", line), file.readline(_LARGEST)
    try:
        value = _decoded(first, place)
    except InputError:
        # One event may stand on many lines.
        value = _decoded(first + file.read(_LARGEST), place)
    yield place, value
    while text := file.readline(_LARGEST):
        line += 1
        if not text.isspace():
            place = (place[0], line)
            yield place, _decoded(text, place)


def _decoded(text: bytes, place: _Place) -> Any:
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        text.decode()
        raise InputError(f"{_written(place)}: not JSON: {error}") from error


def _items(file: BufferedReader, path: str) -> Iterator[Any]:
    """The items of a JSON array. Only some pieces of its text are held at a time."""
    bytes_to_text = getincrementaldecoder("utf-8")()
    text, at, piece, index, opening, ended = "", 0, _PIECE, 0, _FIRST_ITEM, False
    while True:
        problem = "it does not go on as an array of events"
        if found := opening.match(text, at):
            if found["end"]:
                break
            try:
                _, stop = _SCANNER.raw_decode(text, found.end())
            except (ValueError, RecursionError) as error:
                problem = str(error)
            else:
                yield _decoded(text[found.end() : stop].encode(), (f"{path}: item ", index))
                at, piece, index, opening = stop, _PIECE, index + 1, _NEXT_ITEM
                continue
        if ended or len(text) - at > _LARGEST:
            raise InputError(f"{path}: item {index}: not JSON: {problem}")
        more = file.read(piece)
        text, at, piece, ended = text[at:] + bytes_to_text.decode(more, not more), 0, 2 * piece, not more
    if text[found.end() :].strip() or file.read(_PIECE).strip():
        raise InputError(f"{path}: there is more text behind the array")


def _written(place: _Place) -> str:
    return f"{place[0]}{place[1]}"


def _event(value: Any, place: _Place, connector_id: str) -> StoredEvent:
    if not isinstance(value, dict):
        raise InputError(f"{_written(place)}: an event is an object with e, n and t, not {_name(value)}")
    t, n, a, e, v = value.get("t"), value.get("n"), value.get("a", value.get("t")), value.get("e"), value.get("v")
    if not (type(t) is type(n) is type(a) is int and 0 <= t <= LARGEST_INTEGER >= n >= 0 <= a <= LARGEST_INTEGER):
        t, n, a = _time(t, "t", place), _time(n, "n", place), _time(a, "a", place)
    if not isinstance(e, dict) or not isinstance(e.get("k"), str):
        raise InputError(f"{_written(place)}: e must be an object with the kind in k")
    if not e["k"]:
        raise InputError(f"{_written(place)}: the kind, k in e, is empty; it must have at least one character")
    if e["k"] == "StartUpgrade" and not isinstance(e.get("url"), str):
        raise InputError(f"{_written(place)}: e of kind StartUpgrade must have a url, a string")
    if v is not None and not isinstance(v, str):
        raise InputError(f"{_written(place)}: v must be a string, not {_name(v)}")
    return StoredEvent(connector_id, t, n, a, e, v)


def _time(number: Any, name: str, place: _Place) -> int:
    """A member that must be a whole number from 0; recordings by the vendor's Python SDK hold it as a float."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_INTEGER:
        raise InputError(f"{_written(place)}: {name} must be a whole number from 0 to {LARGEST_INTEGER}")
    return number


def _name(value: Any) -> str:
    """The JSON name of a value's type."""
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")
