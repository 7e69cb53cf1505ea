"""Deterministic synthetic events: what connectors record while they run, and the shapes that styles want."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from mconn_contracts.server.data.events import StoredEvent

ACCOUNT_ID: Final = "6d636f6e6e2d7265666572656e636531"
CONNECTOR_ID: Final = "2f6f7e1a-3c5d-4b8e-9a10-5d0c7e2b4f61"
SECOND_CONNECTOR_ID: Final = "5b0d9c34-77e2-4f19-8c6a-e1a4d3f28b07"
EMPTY_CONNECTOR_ID: Final = "c81e4a72-0f3b-4d95-b2d7-94f6a0e35c18"
FOREIGN_ACCOUNT_ID: Final = "6d636f6e6e2d7265666572656e636532"
FOREIGN_CONNECTOR_ID: Final = "9e3a51d8-b46c-4027-a5f9-17c8e06d2b43"

CONNECTORS: Final = (
    (ACCOUNT_ID, CONNECTOR_ID),
    (ACCOUNT_ID, SECOND_CONNECTOR_ID),
    (ACCOUNT_ID, EMPTY_CONNECTOR_ID),
    (FOREIGN_ACCOUNT_ID, FOREIGN_CONNECTOR_ID),
)
"""The reference server's connectors, each with its account."""

END: Final = 1_767_200_000
"""When the newest synthetic event was recorded: a fixed past, so that no clock is read."""

Lifecycle = Callable[[str, random.Random], Iterator[StoredEvent]]
"""The events of one connector, in order."""


def generate(seed: int = 0, main: Lifecycle | None = None) -> Iterator[StoredEvent]:
    """The events of all connectors but the empty one; the same for the same seed.

    `main` says what the main connector records, if not its routine with all 16 kinds.
    """
    lives: tuple[tuple[str, Lifecycle], ...] = (
        (CONNECTOR_ID, main or routine),
        (SECOND_CONNECTOR_ID, short_routine),
        (FOREIGN_CONNECTOR_ID, foreign_routine),
    )
    for connector_id, life in lives:
        yield from life(connector_id, random.Random(f"{seed}:{connector_id}"))  # noqa: S311 (data, not a secret)


class _Recorder:
    """A connector's clock and log. Events that are recorded within one second get n = 0, 1, 2 …"""

    def __init__(self, connector_id: str, rng: random.Random) -> None:
        self.connector_id = connector_id
        self.rng = rng
        self.now = 0
        self.version: str | None = None
        self.log: list[tuple[int, dict[str, str], str | None]] = []

    def rest(self, shortest: int, longest: int) -> None:
        """Let time pass."""
        self.now += self.rng.randint(shortest, longest)

    def record(self, *kinds: str, **fields: str) -> None:
        """Record events of these kinds in the present second."""
        self.log.extend((self.now, {"k": kind, **fields}, self.version) for kind in kinds)

    def events(self) -> Iterator[StoredEvent]:
        """The log, moved in time so that it ends at `END`; collected in batches, some seconds later."""
        shift, n, last = END - self.now, 0, -1
        period = self.rng.randint(40, 55)
        for moment, e, version in self.log:
            n = n + 1 if moment == last else 0
            last = moment
            t = moment + shift
            yield StoredEvent(self.connector_id, t, n, t - t % period + period + 3, e, version)


def _boot(recorder: _Recorder, *, attestation_fails: bool = False) -> None:
    recorder.record("Init", "ConfigureCloudflaredTunnel", "StartAttestation")
    if attestation_fails:
        recorder.rest(2, 9)
        recorder.record("FinishAttestationFailure")
        recorder.rest(20, 40)
        recorder.record("StartAttestation")
    recorder.rest(1, 4)
    recorder.record("FinishAttestationSuccess", "Reconcile")


def _rotate(recorder: _Recorder, what: str, outcome: str) -> None:
    recorder.record(f"StartRotate{what}")
    recorder.rest(0, 3)
    recorder.record(f"FinishRotate{what}{outcome}")


def _upgrade(recorder: _Recorder, version: str, outcome: str = "Success") -> None:
    recorder.record("Reconcile")
    recorder.record("StartUpgrade", url=f"https://upgrades.example.com/mconn/{version}/bundle.img")
    recorder.rest(45, 240)
    recorder.record(f"FinishUpgrade{outcome}")
    if outcome == "Success":
        recorder.record("Leave")
        recorder.rest(5, 30)
        recorder.version = version
        _boot(recorder)


def _reconcile(recorder: _Recorder, shortest: int, longest: int) -> None:
    """Some hours of nothing special: a reconciliation now and then, at times several in one second."""
    for _ in range(recorder.rng.randint(shortest, longest)):
        recorder.rest(300, 5_400)
        recorder.record(*["Reconcile"] * recorder.rng.choice((1, 1, 1, 2, 3)))


def routine(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
    """Some days of a busy connector: all 16 kinds, bursts within a second; `v` is absent before the first upgrade."""
    recorder = _Recorder(connector_id, rng)
    _boot(recorder, attestation_fails=True)
    _reconcile(recorder, 6, 9)
    _rotate(recorder, "CryptKey", "Success")
    _reconcile(recorder, 3, 5)
    _upgrade(recorder, "2025.12.0")
    days: list[Callable[[], None]] = [
        lambda: _rotate(recorder, "CryptKey", "Failure"),
        lambda: _rotate(recorder, "Pki", "Success"),
        lambda: _upgrade(recorder, "2025.12.1", "Failure"),
        lambda: _rotate(recorder, "Pki", "Failure"),
        lambda: _rotate(recorder, "CryptKey", "Success"),
        lambda: recorder.record("ConfigureCloudflaredTunnel", "Reconcile"),
    ]
    rng.shuffle(days)
    for happens in days:
        _reconcile(recorder, 6, 8)
        recorder.rest(60, 600)
        happens()
    _reconcile(recorder, 4, 7)
    _upgrade(recorder, "2026.1.0-β2")
    recorder.rest(60, 600)
    _rotate(recorder, "CryptKey", "Success")
    _rotate(recorder, "Pki", "Success")
    recorder.rest(300, 900)
    recorder.record("Reconcile", "Reconcile")
    return recorder.events()


def short_routine(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
    """A day of a connector that is restarted once."""
    recorder = _Recorder(connector_id, rng)
    recorder.version = "2025.12.0"
    _boot(recorder)
    _reconcile(recorder, 5, 9)
    recorder.record("Leave")
    recorder.rest(10, 60)
    _boot(recorder)
    _reconcile(recorder, 2, 4)
    return recorder.events()


def foreign_routine(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
    """Two days of another account's connector, of a version that no other connector has."""
    recorder = _Recorder(connector_id, rng)
    recorder.version = "2025.11.7"
    recorder.rest(1_000, 2_000)
    _boot(recorder)
    _reconcile(recorder, 8, 12)
    _rotate(recorder, "Pki", "Success")
    _reconcile(recorder, 8, 12)
    recorder.rest(17, 17)
    return recorder.events()


def nothing(_connector_id: str, _rng: random.Random) -> Iterator[StoredEvent]:
    """No event."""
    return iter(())


def first(count: int) -> Lifecycle:
    """The routine, as far as its first `count` events."""
    return lambda connector_id, rng: islice(routine(connector_id, rng), count)


def single_kind(kind: str, count: int) -> Lifecycle:
    """`count` events of one kind, up to three a second."""

    def life(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
        recorder = _Recorder(connector_id, rng)
        recorder.version = "2025.12.0"
        while len(recorder.log) < count:
            recorder.rest(30, 3_000)
            recorder.record(*[kind] * min(rng.randint(1, 3), count - len(recorder.log)))
        return recorder.events()

    return life


def burst(count: int) -> Lifecycle:
    """A boot, then `count` reconciliations in one second, then one more event."""

    def life(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
        recorder = _Recorder(connector_id, rng)
        recorder.version = "2025.12.0"
        _boot(recorder)
        recorder.rest(300, 900)
        recorder.record(*["Reconcile"] * count)
        recorder.rest(300, 900)
        recorder.record("Leave")
        return recorder.events()

    return life


def collected_late(connector_id: str, rng: random.Random) -> Iterator[StoredEvent]:
    """The routine. Every seventh event was collected two hours late."""
    for number, event in enumerate(routine(connector_id, rng)):
        yield replace(event, a=event.a + 7_200) if number % 7 == 3 else event
