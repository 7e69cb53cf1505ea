"""The store."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mconn_contracts.errors import InputError
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.data.events import Key, StoredEvent
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.data.store import EventFilter, EventStore
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import open_store

EVENTS = [
    StoredEvent("c", 100, 0, 130, {"k": "Init"}),
    StoredEvent("c", 100, 1, 130, {"k": "StartUpgrade", "url": "https://example.com/ü"}, "β"),
    StoredEvent("c", 110, 0, 130, {"k": "Reconcile"}),
    StoredEvent("c", 120, 0, 160, {"k": "Reconcile"}),
]
ALL = EventFilter(0, 1_000)


@pytest.fixture
def store() -> Iterator[EventStore]:
    """Four events of the connector c, put in out of order, and one of another connector."""
    with closing(EventStore()) as opened:
        opened.add_connector("account", "c")
        opened.insert(reversed(EVENTS))
        opened.insert([StoredEvent("other", 100, 5, 100, {"k": "Leave"})])
        yield opened


def test_select_keeps_order_and_connector(store: EventStore) -> None:
    """Events come by `(t, n)`, up or down, and only of the connector."""
    assert store.select("c", ALL, limit=10) == EVENTS
    assert store.select("c", ALL, limit=10, order="descending") == EVENTS[::-1]


def test_select_goes_on_after_a_key_or_an_offset(store: EventStore) -> None:
    """A page starts right behind a key, in the direction of the order, or at an offset."""
    assert store.select("c", ALL, limit=2, after=Key(100, 0)) == EVENTS[1:3]
    assert store.select("c", ALL, limit=2, after=Key(110, 0), order="descending") == [EVENTS[1], EVENTS[0]]
    assert store.select("c", ALL, limit=2, offset=3) == EVENTS[3:]


@pytest.mark.parametrize(
    "window, expected",
    [
        (EventFilter(100, 120), EVENTS),
        (EventFilter(100, 120, end_inclusive=False), EVENTS[:3]),
        (EventFilter(100, 120, start_inclusive=False), EVENTS[2:]),
        (EventFilter(130, 130, "a"), EVENTS[:3]),
        (EventFilter(0, 1_000, kind="Reconcile"), EVENTS[2:]),
        (EventFilter(120, 100), []),
    ],
    ids=["inclusive", "half-open", "left-open", "collected", "kind", "reversed"],
)
def test_windows(store: EventStore, window: EventFilter, expected: list[StoredEvent]) -> None:
    """A window filters by either time, with bounds of either sort, and by kind; `count` agrees."""
    assert store.select("c", window, limit=10) == expected
    assert store.count("c", window) == len(expected)


def test_newest(store: EventStore) -> None:
    """The newest few, and the newest of each kind, come newest first."""
    assert store.newest("c", 2) == [EVENTS[3], EVENTS[2]]
    assert store.newest_of_each_kind("c") == [EVENTS[3], EVENTS[1], EVENTS[0]]


def test_get(store: EventStore) -> None:
    """An event is found by its identity in its connector."""
    assert store.get("c", Key(100, 1)) == EVENTS[1]
    assert store.get("c", Key(100, 5)) is None
    assert store.has_kind("c", "Init")
    assert not store.has_kind("c", "Leave")


def test_database_keeps_what_it_has(tmp_path: Path) -> None:
    """A database on disk keeps its events from one run to the next, whatever the seed then is."""
    path = str(tmp_path / "events.db")
    with closing(open_store(path, seed=1)) as store:
        expected = store.select(CONNECTOR_ID, EventFilter(0, 2**53), limit=1_000)
    with closing(open_store(path, seed=2)) as store:
        assert store.select(CONNECTOR_ID, EventFilter(0, 2**53), limit=1_000) == expected
        assert store.owner(CONNECTOR_ID) == ACCOUNT_ID


def test_foreign_database_is_left_alone(tmp_path: Path) -> None:
    """A file that is not a database, and another program's database, are InputErrors and stay as they are."""
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("not a database, but long enough to look at " * 30, encoding="utf-8")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (id)")
    before = text.read_bytes(), other.read_bytes()
    for path in (text, other, tmp_path / "absent" / "x.db"):
        with pytest.raises(InputError, match=path.name):
            EventStore(str(path))
    assert (text.read_bytes(), other.read_bytes()) == before


def test_newest_of_each_kind_are_the_newest_first(store: EventStore) -> None:
    """Of each kind one event, that of the highest identity."""
    assert [EVENTS[3], EVENTS[1], EVENTS[0]] == store.newest_of_each_kind("c")


def test_file_is_loaded_again_where_it_has_changed(tmp_path: Path) -> None:
    """What a database has of a file that is as it was is not read again. As a fault records it, it is another file."""
    database, path = str(tmp_path / "x.db"), tmp_path / "events.ndjson"
    path.write_text('{"e": {"k": "Leave"}, "n": 0, "t": 1}\n', encoding="utf-8")
    times = path.stat()

    def kinds(faults: tuple[Fault, ...] = ()) -> list[str]:
        with closing(open_store(database, events=path, faults=faults)) as store:
            return [event.kind for event in store.newest(CONNECTOR_ID, 10)]

    assert ["Leave"] == kinds()
    path.write_text('{"e": {"k": "Other"}, "n": 0, "t": 1}\n', encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert ["Leave"] == kinds()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert ["Other"] == kinds()
    path.write_text('{"e": {"k": "Leave"}, "n": 1, "t": 1}\n', encoding="utf-8")
    assert ["Leave", "Other"] == kinds()
    assert ["leave", "Other"] == kinds((FAULTS["kind-in-lower-case"],))


def test_file_is_loaded_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where a file cannot be read to its end, nothing of it stays in the database, and it is read again."""
    database, path = str(tmp_path / "x.db"), tmp_path / "events.ndjson"
    lines = [f'{{"e": {{"k": "Leave"}}, "n": 0, "t": {t}}}' for t in range(1_500)]
    path.write_text("\n".join([*lines, "{"]), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(InputError, match=":1501: not JSON"):
            open_store(database, events=path)
        assert gc.isenabled()
    path.write_text("\n".join(lines), encoding="utf-8")
    with closing(open_store(database, events=path)) as store:
        assert 1_500 == store.total(CONNECTOR_ID)


def test_database_that_cannot_be_written_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full, as where another program holds the database, that is said."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(EventStore, "insert", full)
    with pytest.raises(InputError, match=r"x\.db: the events cannot be written: database or disk is full"):
        open_store(str(tmp_path / "x.db"))
