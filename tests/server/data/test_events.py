"""Recorded events read from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mconn_contracts.errors import InputError
from mconn_contracts.server.data.events import StoredEvent, read_events

INIT = {"e": {"k": "Init"}, "n": 0, "t": 1700000000}
UPGRADE = {"e": {"k": "StartUpgrade", "url": "https://example.com/ü"}, "n": 1, "t": 1700000000.0, "v": "1", "a": 1700000009}
EXPECTED = [
    StoredEvent("c", 1700000000, 0, 1700000000, {"k": "Init"}),
    StoredEvent("c", 1700000000, 1, 1700000009, {"k": "StartUpgrade", "url": "https://example.com/ü"}, "1"),
]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([INIT, UPGRADE]),
        json.dumps([INIT, UPGRADE], indent=2),
        f"{json.dumps(INIT)}\n\n{json.dumps(UPGRADE)}\n",
        f"\ufeff{json.dumps(INIT)}\r\n{json.dumps(UPGRADE, ensure_ascii=False)}",
    ],
    ids=["array", "indented-array", "ndjson", "ndjson-bom-crlf"],
)
def test_arrays_and_ndjson_are_read(tmp_path: Path, text: str) -> None:
    """Arrays and NDJSON give the same events; `a` is `t` where it is missing, and 1700000000.0 is a whole number."""
    path = tmp_path / "events"
    path.write_text(text, encoding="utf-8")
    assert list(read_events(path, "c")) == EXPECTED


def test_one_event_alone_is_read(tmp_path: Path) -> None:
    """A file may hold one event."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(INIT, indent=1), encoding="utf-8")
    assert list(read_events(path, "c")) == EXPECTED[:1]


def test_event_recorded_twice_counts_once(tmp_path: Path) -> None:
    """The same event twice is one event."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps([INIT, INIT]), encoding="utf-8")
    assert list(read_events(path, "c")) == EXPECTED[:1]


@pytest.mark.parametrize(
    "bad, words",
    [
        ("{", "not JSON"),
        ("[]", "an event is an object"),
        ('{"e": {"k": "Init"}, "n": 0}', "t must be a whole number"),
        ('{"e": {"k": "Init"}, "n": -1, "t": 1}', "n must be a whole number"),
        ('{"e": {"k": "Init"}, "n": true, "t": 1}', "n must be a whole number"),
        ('{"e": {"k": "Init"}, "n": 0, "t": 1.5}', "t must be a whole number"),
        ('{"e": {"k": "Init"}, "n": 0, "t": 1, "a": null}', "a must be a whole number"),
        ('{"e": {}, "n": 0, "t": 1}', "e must be an object with the kind"),
        ('{"e": {"k": "StartUpgrade"}, "n": 0, "t": 1}', "must have a url"),
        ('{"e": {"k": "Init"}, "n": 0, "t": 1, "v": 2}', "v must be a string, not a number"),
        ('{"e": {"k": "Leave"}, "n": 0, "t": 1700000000}', "was recorded before as a different event"),
    ],
)
def test_bad_event_is_named_by_its_line(tmp_path: Path, bad: str, words: str) -> None:
    """An event that cannot be served is an InputError with the file and the line."""
    path = tmp_path / "events.ndjson"
    path.write_text(f"{json.dumps(INIT)}\n{bad}\n", encoding="utf-8")
    with pytest.raises(InputError, match=words) as raised:
        list(read_events(path, "c"))
    assert str(raised.value).startswith(f"{path}:2: ")


def test_unreadable_file_is_an_input_error(tmp_path: Path) -> None:
    """A file that is not there, and one that is not UTF-8, are InputErrors."""
    (tmp_path / "latin").write_bytes(b'"\xff"')
    for name in ("absent", "latin"):
        with pytest.raises(InputError, match="cannot read recorded events"):
            list(read_events(tmp_path / name, "c"))
