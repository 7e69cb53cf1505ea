"""Puts the reference server together: which events, which behavior, which faults."""

from __future__ import annotations

import gc
import json
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from mconn_contracts.errors import InputError
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT, Account
from mconn_contracts.server.api.fault import Fault, Hooks
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.data.events import StoredEvent, read_events
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, CONNECTORS, END, Lifecycle, generate, nothing
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.revision import Revision
from mconn_contracts.server.styles import REFERENCE, Style

MEMORY: Final = ":memory:"
"""The name of a database that is kept nowhere."""


def open_store(
    database: str = MEMORY,
    *,
    seed: int = 0,
    main: Lifecycle | None = None,
    events: Path | None = None,
    faults: Sequence[Fault] = (),
    revision: Revision | None = None,
    end: int = END,
) -> EventStore:
    """The store of a server. A database that has the connectors already keeps what it has.

    Synthetic events are those of a revision, and the newest is recorded at `end`.

    `events` is a file of recorded events for the main connector, instead of synthetic ones. They are read once into a
    database, and again where the file has changed; in a temporary file where no database is named. Raises `InputError`.
    """
    # Millions of events would fill the memory.
    store = EventStore("" if events is not None and database == MEMORY else database)
    try:
        if store.owner(CONNECTOR_ID) is None:
            for account_id, connector_id in CONNECTORS:
                store.add_connector(account_id, connector_id)
            synthetic: Iterable[StoredEvent] = generate(seed, main if events is None else nothing)
            if end != END:
                synthetic = (replace(event, t=event.t + end - END, a=event.a + end - END) for event in synthetic)
            if revision is not None:
                synthetic = revision.recorded(synthetic)
            store.insert(_as_recorded(synthetic, faults))
        source = None if events is None else _state(events, faults)
        if events is not None and (source is None or store.loaded() != source):
            with _uncollected():
                store.insert(_as_recorded(read_events(events, CONNECTOR_ID), faults), source)
    except sqlite3.Error as error:
        store.close()
        raise InputError(f"{database}: the events cannot be written: {error}") from error
    except BaseException:
        store.close()
        raise
    return store


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without a search for cycles: events make none, and over a million of them it is a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _state(events: Path, faults: Sequence[Fault]) -> str | None:
    """What is loaded of a file: it as it is now, as these faults record it. None if that cannot be told, as of a pipe."""
    found = events.stat()
    if not stat.S_ISREG(found.st_mode):
        return None
    names = [fault.name for fault in faults if fault.recorded is not None]
    return json.dumps([str(events.resolve()), found.st_size, found.st_mtime_ns, *names])


def build_handler(
    store: EventStore,
    *,
    style: Style = REFERENCE,
    faults: Sequence[Fault] = (),
    accounts: Sequence[Account] = (MAIN_ACCOUNT, FOREIGN_ACCOUNT),
    hooks: Sequence[Hooks] = (),
) -> Handler:
    """A handler of this style, with these hooks, and with these faults, which act last."""
    return Handler(store, accounts, style.behavior, (*hooks, *faults))


def _as_recorded(events: Iterable[StoredEvent], faults: Sequence[Fault]) -> Iterable[StoredEvent]:
    for fault in faults:
        if fault.recorded is not None:
            events = fault.recorded(events)
    return events
