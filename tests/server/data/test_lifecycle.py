"""The synthetic events."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from mconn_contracts.server.data.events import KINDS
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, CONNECTORS, EMPTY_CONNECTOR_ID, END, generate

SEEDS = range(10)


def test_same_seed_same_events() -> None:
    """A seed gives the same events each time, and another seed gives others."""
    assert list(generate(3)) == list(generate(3))
    assert list(generate(3)) != list(generate(4))


@pytest.mark.parametrize("seed", SEEDS)
def test_main_connector_has_all_kinds(seed: int) -> None:
    """The main connector records 120 to 200 events of all 16 kinds over more than a day, up to the fixed end."""
    events = [event for event in generate(seed) if event.connector_id == CONNECTOR_ID]
    assert set(KINDS) == {event.kind for event in events}
    assert 120 <= len(events) <= 200
    assert END == events[-1].t
    assert events[-1].t - events[0].t > 86_400


@pytest.mark.parametrize("seed", SEEDS)
def test_events_are_numbered_within_their_second(seed: int) -> None:
    """Events come in order; `n` counts from 0 within each second; events are collected later than recorded."""
    for _, connector_id in CONNECTORS:
        events = [event for event in generate(seed) if event.connector_id == connector_id]
        assert events == sorted(events, key=lambda event: event.key)
        for event, following in pairwise(events):
            assert following.n == (event.n + 1 if following.t == event.t else 0)
        assert all(event.a > event.t for event in events)


@pytest.mark.parametrize("seed", SEEDS)
def test_bursts_and_versions_vary(seed: int) -> None:
    """Some seconds hold three events or more; most events have `v`, some have none, and one has letters outside ASCII."""
    events = [event for event in generate(seed) if event.connector_id == CONNECTOR_ID]
    assert sum(count >= 3 for count in Counter(event.t for event in events).values()) >= 5
    versions = Counter(event.v for event in events)
    assert 0 < versions[None] < len(events) / 2
    assert any(not version.isascii() for version in versions if version is not None)


def test_empty_connector_stays_empty() -> None:
    """The empty connector records nothing; all others something."""
    recorded = {event.connector_id for event in generate(0)}
    assert recorded == {connector_id for _, connector_id in CONNECTORS} - {EMPTY_CONNECTOR_ID}


@pytest.mark.parametrize("kind", ["Attestation", "RotateCryptKey", "RotatePki", "Upgrade"])
def test_what_finishes_was_started(kind: str) -> None:
    """Attestation, rotation and upgrade finish after they start, and never start twice at once."""
    open_ = False
    for event in generate(0):
        if event.kind == f"Start{kind}":
            assert not open_
            open_ = True
        elif event.kind.startswith(f"Finish{kind}"):
            assert open_
            open_ = False
    assert not open_
