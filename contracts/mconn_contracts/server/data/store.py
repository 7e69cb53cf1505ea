"""The events of the reference server, in SQLite: in memory, or in a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import msgspec

from mconn_contracts.errors import InputError
from mconn_contracts.server.data.events import Key, StoredEvent

_BATCH = 1_000
_LAYOUT = 1  # kept as SQLite's user_version

_SCHEMA = f"""
CREATE TABLE connectors (
  connector_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE events (
  connector_id TEXT NOT NULL REFERENCES connectors,
  t INTEGER NOT NULL,
  n INTEGER NOT NULL,
  a INTEGER NOT NULL,
  k TEXT NOT NULL,
  e TEXT NOT NULL,
  v TEXT,
  PRIMARY KEY (connector_id, t, n)
) WITHOUT ROWID;
PRAGMA user_version = {_LAYOUT};
"""
_LATER = "CREATE TABLE IF NOT EXISTS loaded (source TEXT NOT NULL)"
"""What databases of this layout did not have at first."""
_CACHE = "PRAGMA cache_size = -16384"  # KiB

Order = Literal["ascending", "descending", "newest-second-first", "collected", "collected-descending", "kind"]
_ORDERS: dict[Order, str] = {
    "ascending": "t, n",
    "descending": "t DESC, n DESC",
    "newest-second-first": "t DESC, n",
    "collected": "a, t, n",
    "collected-descending": "a DESC, t DESC, n DESC",
    "kind": "k, t, n",
}
_COLUMNS = "connector_id, t, n, a, e, v"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """A span of time that events are selected by, and the kind where only one is wanted."""

    start: float
    end: float
    time: Literal["t", "a"] = "t"
    start_inclusive: bool = True
    end_inclusive: bool = True
    kind: str | None = None


class EventStore:
    """Connectors with their accounts, and events by connector. Used by one thread at a time."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open the database at `path`, and lay it out if it is new. "" is a temporary file of its own.

        Raises `InputError` if it belongs to another program.
        """
        try:
            connection = sqlite3.connect(path, check_same_thread=False)
        except sqlite3.Error as error:
            raise InputError(f"{path}: cannot be opened as a database: {error}") from error
        try:
            ours = _lay_out(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise InputError(f"{path}: cannot be used as a database: {error}") from error
        if not ours:
            connection.close()
            raise InputError(f"{path}: not a database of this server; name a new file, or delete it")
        self._connection = connection

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def add_connector(self, account_id: str, connector_id: str) -> None:
        """Give a connector to an account. A known connector stays with its account."""
        with self._connection:
            self._connection.execute("INSERT OR IGNORE INTO connectors VALUES (?, ?)", (connector_id, account_id))

    def owner(self, connector_id: str) -> str | None:
        """The account that a connector belongs to, or None if it is unknown."""
        row = self._connection.execute("SELECT account_id FROM connectors WHERE connector_id = ?", (connector_id,)).fetchone()
        return None if row is None else str(row[0])

    def loaded(self) -> str | None:
        """What the last events were loaded from, as `insert` was told; None if it was told nothing."""
        row = self._connection.execute("SELECT source FROM loaded").fetchone()
        return None if row is None else str(row[0])

    def insert(self, events: Iterable[StoredEvent], source: str | None = None) -> None:
        """Keep events, all of them or none; one whose identity is known replaces what was there.

        `source` says what they were loaded from.
        """
        events = iter(events)
        with self._connection:
            while batch := list(islice(events, _BATCH)):
                rows = [(each.connector_id, each.t, each.n, each.a, each.e["k"], _dump(each.e), each.v) for each in batch]
                self._connection.executemany("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            if source is not None:
                self._connection.execute("DELETE FROM loaded")
                self._connection.execute("INSERT INTO loaded VALUES (?)", (source,))

    def select(
        self,
        connector_id: str,
        wanted: EventFilter,
        *,
        limit: int,
        after: Key | None = None,
        offset: int = 0,
        order: Order = "ascending",
    ) -> list[StoredEvent]:
        """At most `limit` of the wanted events in an order, from an offset, or from behind a key in the order of `(t, n)`."""
        where, values = _conditions(connector_id, wanted)
        if after is not None:
            where += f" AND (t, n) {'<' if order == 'descending' else '>'} (?, ?)"
            values += after
        return self._events(f"{where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?", (*values, limit, offset))

    def count(self, connector_id: str, wanted: EventFilter) -> int:
        """How many events are wanted."""
        where, values = _conditions(connector_id, wanted)
        return int(self._connection.execute(f"SELECT count(*) FROM events WHERE {where}", values).fetchone()[0])  # noqa: S608 (the conditions are this module's)

    def has_kind(self, connector_id: str, kind: str) -> bool:
        """Whether the connector ever recorded an event of this kind."""
        found = self._connection.execute(
            "SELECT 1 FROM events WHERE connector_id = ? AND k = ? LIMIT 1", (connector_id, kind)
        ).fetchone()
        return found is not None

    def get(self, connector_id: str, key: Key) -> StoredEvent | None:
        """The event of an identity, or None."""
        found = self._events("connector_id = ? AND t = ? AND n = ?", (connector_id, *key))
        return found[0] if found else None

    def newest(self, connector_id: str, limit: int, offset: int = 0) -> list[StoredEvent]:
        """The `limit` newest events after the first `offset`, newest first."""
        return self._events("connector_id = ? ORDER BY t DESC, n DESC LIMIT ? OFFSET ?", (connector_id, limit, offset))

    def total(self, connector_id: str) -> int:
        """How many events a connector has."""
        found = self._connection.execute("SELECT count(*) FROM events WHERE connector_id = ?", (connector_id,))
        return int(found.fetchone()[0])

    def connectors(self) -> list[tuple[str, str]]:
        """Every account and connector."""
        return self._connection.execute("SELECT account_id, connector_id FROM connectors ORDER BY 1, 2").fetchall()

    def everything(self) -> list[StoredEvent]:
        """All events of all connectors."""
        return self._events("TRUE ORDER BY connector_id, t, n", ())

    def forget_before(self, connector_id: str, t: int) -> None:
        """Drop the events of a connector that were recorded before `t`."""
        with self._connection:
            self._connection.execute("DELETE FROM events WHERE connector_id = ? AND t < ?", (connector_id, t))

    def forget_oldest(self, connector_id: str) -> None:
        """Drop the oldest event of a connector."""
        with self._connection:
            self._connection.execute(
                "DELETE FROM events WHERE (connector_id, t, n) IN "
                "(SELECT connector_id, t, n FROM events WHERE connector_id = ? ORDER BY t, n LIMIT 1)",
                (connector_id,),
            )

    def newest_of_each_kind(self, connector_id: str) -> list[StoredEvent]:
        """The newest event of each kind, newest first."""
        kinds = self._connection.execute("SELECT k, max(t) FROM events WHERE connector_id = ? GROUP BY k", (connector_id,))
        newest = [
            event
            for kind, t in kinds.fetchall()
            for event in self._events("connector_id = ? AND t = ? AND k = ? ORDER BY n DESC LIMIT 1", (connector_id, t, kind))
        ]
        return sorted(newest, key=lambda event: event.key, reverse=True)

    def _events(self, where: str, values: Iterable[Any]) -> list[StoredEvent]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM events WHERE {where}", tuple(values))  # noqa: S608 (the conditions are this module's)
        return [StoredEvent(connector, t, n, a, json.loads(e), v) for connector, t, n, a, e, v in rows]


def _lay_out(connection: sqlite3.Connection) -> bool:
    """Lay out a new database; False if it is another program's."""
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    if not layout and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        connection.executescript(_SCHEMA)
        layout = _LAYOUT
    if layout != _LAYOUT:
        return False
    connection.execute(_LATER)
    connection.execute(_CACHE)
    return True


def _conditions(connector_id: str, wanted: EventFilter) -> tuple[str, tuple[Any, ...]]:
    start, end = (">=" if wanted.start_inclusive else ">"), ("<=" if wanted.end_inclusive else "<")
    where = f"connector_id = ? AND {wanted.time} {start} ? AND {wanted.time} {end} ?"
    values: tuple[Any, ...] = (connector_id, wanted.start, wanted.end)
    if wanted.kind is not None:
        where, values = f"{where} AND k = ?", (*values, wanted.kind)
    return where, values


def _dump(e: Any) -> str:
    return msgspec.json.encode(e).decode()
