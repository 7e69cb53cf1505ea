"""Recorded events read from files."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_packed_events_are_read(tmp_path: Path) -> None:
    """What gzip has packed is unpacked, whatever the file is called; where it is cut off, that is an InputError."""
    packed = gzip.compress(f"{json.dumps(INIT)}\n{json.dumps(UPGRADE)}\n".encode())
    (tmp_path / "events").write_bytes(packed)
    (tmp_path / "cut.gz").write_bytes(packed[:-9])

    assert EXPECTED == list(read_events(tmp_path / "events", "c"))
    with pytest.raises(InputError, match=r"cut\.gz: cannot read recorded events: Compressed file ended"):
        list(read_events(tmp_path / "cut.gz", "c"))


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
        ('{"e": {"k": ""}, "n": 0, "t": 1}', "the kind, k in e, is empty"),
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


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", 0),
        (" \n\t\n", 0),
        ("[]", 0),
        ("\ufeff \n [ ]\n", 0),
        (f"[ {json.dumps(INIT)} ,\n{json.dumps(UPGRADE)}\n]\n\n", 2),
        (f"\n\n{json.dumps(INIT)}", 1),
    ],
    ids=["nothing", "blanks", "empty-array", "blanks-around-an-empty-array", "blanks-around-items", "blank-lines-first"],
)
def test_blanks_mean_nothing(tmp_path: Path, text: str, expected: int) -> None:
    """A file may have no event; blanks between tokens and blank lines are none."""
    path = tmp_path / "events"
    path.write_text(text, encoding="utf-8")
    assert EXPECTED[:expected] == list(read_events(path, "c"))


@pytest.mark.parametrize(
    "text, message",
    [
        (f"[{json.dumps(INIT)}", "item 1: not JSON: it does not go on as an array of events"),
        (f"[{json.dumps(INIT)},]", "item 1: not JSON: Expecting value"),
        (f"[{json.dumps(INIT)} {json.dumps(UPGRADE)}]", "item 1: not JSON: it does not go on as an array of events"),
        (f"[{json.dumps(INIT)}] []", "there is more text behind the array"),
        ('[{"e": {"k": "Init"}, "n": NaN, "t": 1}]', "item 0: not JSON: JSON is malformed"),
        (
            '[{"e": {"k": "Init", "x": "\\ud800"}, "n": 0, "t": 2}, 3]',
            "item 0: not JSON: JSON is malformed: unexpected end of escaped utf-16",
        ),
        ("[" * 100_000, "item 0: not JSON: "),
        ('{"e":' * 100_000, ":1: not JSON: "),
    ],
    ids=["cut", "comma-at-the-end", "no-comma", "more", "nan", "surrogate", "deep-array", "deep-object"],
)
def test_what_is_no_array_is_named_by_its_item(tmp_path: Path, text: str, message: str) -> None:
    """An array that is broken is an InputError with the file and the item."""
    path = tmp_path / "events.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        list(read_events(path, "c"))
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(path))


@settings(max_examples=60, deadline=None)
@given(
    order=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["Init", "Leave"])), max_size=12),
    piece=st.integers(1, 40),
    array=st.booleans(),
)
def test_each_event_is_read_once_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[int, int, str]], piece: int, array: bool
) -> None:
    """Whatever the order and the size of a piece, each is there once, where it first stood, or the file contradicts itself."""
    path = tmp_path_factory.mktemp("events") / "events"
    events = [{"e": {"k": kind}, "n": n, "t": t} for t, n, kind in order]
    path.write_text(json.dumps(events, indent=1) if array else "\n".join(map(json.dumps, events)), encoding="utf-8")
    kinds: dict[tuple[int, int], str] = {}
    contradicts = any(kinds.setdefault((t, n), kind) != kind for t, n, kind in order)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mconn_contracts.server.data.events._PIECE", piece)
        if contradicts:
            with pytest.raises(InputError, match="recorded before as a different event"):
                list(read_events(path, "c"))
        else:
            assert list(kinds.items()) == [(event.key, event.kind) for event in read_events(path, "c")]


def test_pipe_is_read_once(tmp_path: Path) -> None:
    """What cannot be read again, as a pipe, is read as a file is; events out of order are found all the same."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    lines = [json.dumps(UPGRADE), json.dumps(INIT), json.dumps(UPGRADE)]
    writer = threading.Thread(target=path.write_text, args=("\n".join(lines),))
    writer.start()
    events = list(read_events(path, "c"))
    writer.join()
    assert EXPECTED[::-1] == events
