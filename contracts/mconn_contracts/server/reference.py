"""Puts the reference server together: which events, which behavior, which faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT, Account
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.data.events import StoredEvent, read_events
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, CONNECTORS, Lifecycle, generate, nothing
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.styles import REFERENCE, Style


def open_store(
    database: str = ":memory:",
    *,
    seed: int = 0,
    main: Lifecycle | None = None,
    events: Path | None = None,
    faults: Sequence[Fault] = (),
) -> EventStore:
    """The store of a server. A database that has the connectors already keeps what it has.

    `events` is a file of recorded events for the main connector, instead of synthetic ones. Raises `InputError`.
    """
    recorded = None if events is None else list(read_events(events, CONNECTOR_ID))
    store = EventStore(database)
    if store.owner(CONNECTOR_ID) is None:
        for account_id, connector_id in CONNECTORS:
            store.add_connector(account_id, connector_id)
        store.insert(_as_recorded(generate(seed, main if recorded is None else nothing), faults))
    if recorded:
        store.insert(_as_recorded(recorded, faults))
    return store


def build_handler(
    store: EventStore,
    *,
    style: Style = REFERENCE,
    faults: Sequence[Fault] = (),
    accounts: Sequence[Account] = (MAIN_ACCOUNT, FOREIGN_ACCOUNT),
) -> Handler:
    """A handler of this style, with these faults."""
    return Handler(store, accounts, style.behavior, faults)


def _as_recorded(events: Iterable[StoredEvent], faults: Sequence[Fault]) -> Iterable[StoredEvent]:
    for fault in faults:
        if fault.recorded is not None:
            events = fault.recorded(events)
    return events
