"""Puts together the server that clients are developed against: events, behavior, and what stands before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mconn_contracts.contract.document import Document
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT, Account
from mconn_contracts.server.api.fault import Fault, Hooks
from mconn_contracts.server.api.handler import Handler, Responder
from mconn_contracts.server.api.stages import HttpError, Reason
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, END
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.development.arrivals import Arriving, Forgetting
from mconn_contracts.server.development.cors import LOOPBACK, Cors
from mconn_contracts.server.development.likeness import Likeness
from mconn_contracts.server.development.pace import Latent, Limited
from mconn_contracts.server.development.preferring import Preferring
from mconn_contracts.server.reference import MEMORY, build_handler, open_store
from mconn_contracts.server.revision import revision_of
from mconn_contracts.server.styles import REFERENCE, Style

MOST_COPIED: Final = 20_000
"""Events that are copied at most, for a fault or a style that would change those of the server."""
MOST_COPIES: Final = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server should be.

    `latency` is from and to how many seconds an answer takes longer, `rate_limit` how many requests in how many seconds
    each credential has, `live` how many events arrive in a minute, `retention` for how many seconds they are kept.
    """

    database: str = MEMORY
    seed: int = 0
    events: Path | None = None
    style: Style = REFERENCE
    faults: tuple[Fault, ...] = ()
    accounts: tuple[Account, ...] = (MAIN_ACCOUNT, FOREIGN_ACCOUNT)
    likeness: Likeness | None = None
    origins: Collection[str] = (LOOPBACK,)
    latency: tuple[float, float] | None = None
    rate_limit: tuple[int, int] | None = None
    live: float | None = None
    retention: int | None = None


class Development:
    """A server to develop against: its responder, over a store that the owner must close."""

    def __init__(
        self,
        settings: Settings,
        document: Document,
        *,
        now: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises `InputError` where the events or the database cannot be read."""
        self._settings = settings
        self._revision = revision_of(document)
        self._revised = bool(document.overlays)
        # Events that arrive are of today: those before them end when the server starts.
        self._end = END if settings.live is None else int(now())
        style = settings.style
        if settings.likeness is not None and settings.likeness.main is not None:
            style = replace(style, main=settings.likeness.main)
        self._store = self._open(settings.database, style, settings.faults, settings.events)
        self._copies: dict[tuple[tuple[Fault, ...], Style | None], EventStore] = {}
        handler = self.handler()
        self.responder = self._layers(handler, now, elapsed)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its revision."""
        return tuple(self._revision.payloads)

    def close(self) -> None:
        """Close the store, and its copies."""
        for store in (*self._copies.values(), self._store):
            store.close()

    def handler(self, faults: Sequence[Fault] = (), style: Style | None = None, hooks: Sequence[Hooks] = ()) -> Handler:
        """A handler over the server's events, with further faults and hooks, and of another style if one is named.

        A handler that changes events gets a copy of them. Raises `HttpError` if there are too many.
        """
        settings, store = self._settings, self._store
        recording = tuple(fault for fault in faults if fault.recorded is not None)
        if recording or (
            style is not None and (self._has_events(style) or style.behavior.arrival_every or style.behavior.expiry_every)
        ):
            store = self._copy(recording, style)
        chosen = settings.style if style is None else style
        chosen_hooks = [self._revision.hooks(), *hooks] if self._revised else [*hooks]
        if settings.likeness is not None and style is None:
            chosen = replace(chosen, behavior=settings.likeness.behavior)
            chosen_hooks.insert(0, settings.likeness.hooks())
        return build_handler(
            store, style=chosen, faults=(*settings.faults, *faults), accounts=settings.accounts, hooks=chosen_hooks
        )

    def _open(self, database: str, style: Style, faults: Sequence[Fault], events: Path | None) -> EventStore:
        return open_store(
            database,
            seed=self._settings.seed,
            main=style.main,
            events=events,
            faults=faults,
            revision=self._revision if self._revised else None,
            end=self._end,
        )

    def _has_events(self, style: Style) -> bool:
        """Whether a style has events of its own, and they are shown."""
        return style.main is not None and self._settings.events is None

    def _copy(self, faults: tuple[Fault, ...], style: Style | None) -> EventStore:
        if (faults, style) not in self._copies:
            if len(self._copies) >= MOST_COPIES:
                message = f"{MOST_COPIES} copies of the events were made for faults and styles; start the server anew"
                raise HttpError(Reason.PREFERENCE, 400, 1008, message)
            self._copies[faults, style] = self._copied(faults, style)
        return self._copies[faults, style]

    def _copied(self, faults: tuple[Fault, ...], style: Style | None) -> EventStore:
        """The events as these faults would have recorded them, or of a style that has its own, as they are now."""
        if style is not None and self._has_events(style):
            return self._open(MEMORY, style, (*self._settings.faults, *faults), None)
        if self._store.total(CONNECTOR_ID) > MOST_COPIED:
            names = ", ".join([*(fault.name for fault in faults), *([] if style is None else [style.name])])
            message = f"{names} would change the events, and there are more than {MOST_COPIED}: start the server with it instead"
            raise HttpError(Reason.PREFERENCE, 400, 1008, message)
        copy = EventStore()
        for account_id, connector_id in self._store.connectors():
            copy.add_connector(account_id, connector_id)
        events = iter(self._store.everything())
        for fault in faults:
            if fault.recorded is not None:
                events = iter(fault.recorded(events))
        copy.insert(events)
        return copy

    def _layers(self, handler: Handler, now: Callable[[], float], elapsed: Callable[[], float]) -> Responder:
        settings = self._settings
        responder: Responder = Preferring(handler, self.handler, self._revision)
        if settings.retention is not None:
            responder = Forgetting(responder, self._store, settings.retention, None if settings.live is None else now)
        if settings.live is not None:
            responder = Arriving(responder, self._store, settings.live, self._revision, now)
        if settings.rate_limit is not None:
            responder = Limited(responder, handler, *settings.rate_limit, elapsed)
        if settings.latency is not None:
            responder = Latent(responder, *settings.latency, settings.seed)
        return Cors(responder, settings.origins) if settings.origins else responder
