"""Recorded events as the reference server keeps them, and the reading of them from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

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
    """The recorded events of a file, as events of one connector.

    The file is NDJSON with one event a line, or one JSON array of events, or one event. An event has the shape of
    `EventGetResponse`, and may have `a`; without it the event counts as collected when it was recorded. Raises
    `InputError` with the place of the first event that cannot be served.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read recorded events: {error}") from error
    seen: dict[Key, StoredEvent] = {}
    for place, value in _values(text, str(path)):
        event = _event(value, place, connector_id)
        if seen.setdefault(event.key, event) != event:
            raise InputError(f"{place}: t {event.t}, n {event.n} was recorded before as a different event")
    yield from seen.values()


def _values(text: str, path: str) -> Iterator[tuple[str, Any]]:
    """Each value of the text with its place, as `path:line` or `path: item index`."""
    try:
        whole = json.loads(text)
    except ValueError:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                place = f"{path}:{number}"
                try:
                    yield place, json.loads(line)
                except ValueError as error:
                    raise InputError(f"{place}: not JSON: {error}") from error
    else:
        if isinstance(whole, list):
            yield from ((f"{path}: item {index}", value) for index, value in enumerate(whole))
        else:
            yield f"{path}:1", whole


def _event(value: Any, place: str, connector_id: str) -> StoredEvent:
    if not isinstance(value, dict):
        raise InputError(f"{place}: an event is an object with e, n and t, not {_name(value)}")
    t, n = _time(value, "t", place), _time(value, "n", place)
    a = _time(value, "a", place) if "a" in value else t
    e, v = value.get("e"), value.get("v")
    if not isinstance(e, dict) or not isinstance(e.get("k"), str) or not e["k"]:
        raise InputError(f"{place}: e must be an object with the kind in k")
    if e["k"] == "StartUpgrade" and not isinstance(e.get("url"), str):
        raise InputError(f"{place}: e of kind StartUpgrade must have a url, a string")
    if v is not None and not isinstance(v, str):
        raise InputError(f"{place}: v must be a string, not {_name(v)}")
    return StoredEvent(connector_id, t, n, a, e, v)


def _time(value: dict[str, Any], name: str, place: str) -> int:
    """A member that must be a whole number from 0; recordings by the vendor's Python SDK hold it as a float."""
    number = value.get(name)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_INTEGER:
        raise InputError(f"{place}: {name} must be a whole number from 0 to {LARGEST_INTEGER}")
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
