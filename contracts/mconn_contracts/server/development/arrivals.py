"""Events that arrive while a server runs, and those that it keeps no longer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from typing import Final

from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.data.events import Key, StoredEvent
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, routine
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.development.layer import Layer
from mconn_contracts.server.revision import Revision

MOST_AT_ONCE: Final = 100_000
"""Events that are made up for a time in which nobody asked; of more, the newest."""


class Arriving(Layer):
    """A responder over a store in which events of the main connector arrive by the clock.

    What has arrived since the last request is recorded before the next is answered, at the second at which it was due.
    """

    def __init__(
        self,
        responder: Responder,
        store: EventStore,
        per_minute: float,
        revision: Revision,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(responder)
        self._store = store
        self._interval = 60 / per_minute
        self._now = now
        self._begun = now()
        self._arrived = 0
        routines = routine(CONNECTOR_ID, random.Random("arrivals"))  # noqa: S311 (data, not a secret)
        self._next = cycle(list(revision.recorded(routines)))

    def answer(self, request: Request) -> OutgoingMessage:
        """The responder's answer, after the events that are due have arrived."""
        due = int((self._now() - self._begun) / self._interval)
        if due > self._arrived:
            self._store.insert(self._arrivals(max(self._arrived, due - MOST_AT_ONCE), due))
            self._arrived = due
        return self._responder.answer(request)

    def _arrivals(self, first: int, end: int) -> Iterator[StoredEvent]:
        last = next((event.key for event in self._store.newest(CONNECTOR_ID, 1)), Key(0, -1))
        for number in range(first, end):
            t = int(self._begun + (number + 1) * self._interval)
            last = Key(t, 0) if t > last.t else Key(last.t, last.n + 1)
            yield replace(next(self._next), t=last.t, n=last.n, a=last.t)


class Forgetting(Layer):
    """A responder over a store that keeps events for `retention` seconds, until `now`, or until the main connector's newest."""

    def __init__(self, responder: Responder, store: EventStore, retention: int, now: Callable[[], float] | None = None) -> None:
        super().__init__(responder)
        self._store = store
        self._retention = retention
        self._now = now
        self._forgotten = -1

    def answer(self, request: Request) -> OutgoingMessage:
        """The responder's answer, after old events have been dropped."""
        newest = next((event.t for event in self._store.newest(CONNECTOR_ID, 1)), 0) if self._now is None else int(self._now())
        if newest - self._retention > self._forgotten:
            self._forgotten = newest - self._retention
            for _, connector_id in self._store.connectors():
                self._store.forget_before(connector_id, self._forgotten)
        return self._responder.answer(request)
