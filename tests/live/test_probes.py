"""The scenarios one by one, against the embedded server."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.live import probes
from mconn_contracts.live.probes import PROBES, Probe, latest_events, main_window
from mconn_contracts.live.profiles import PROFILES, QUICK, Profile
from mconn_contracts.live.scene import Scene
from mconn_contracts.live.sender import Budget, Sender
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

PLAN = Plan(load())
DAY = 86_400
MIDNIGHT = 1_780_012_800


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


class Played:
    """A scene on a server, what was asked in it, and what was found."""

    def __init__(self, server: RunningServer, connector: str, requests: int = 300) -> None:
        self.session = Session(PLAN)
        self.exchanges: list[Exchange] = []
        target = Target(server.url, server.account_id, connector, {"Authorization": f"Bearer {server.token}"})
        self.sender = Sender(target, Budget(requests), self._judge)
        self.scene = Scene(self.sender, QUICK, PLAN.document.kinds, random.Random(0))

    def _judge(self, exchange: Exchange) -> Judgement:
        self.exchanges.append(exchange)
        return self.session.observe(exchange)

    @property
    def urls(self) -> list[str]:
        """The URLs that were asked for, in order."""
        return [exchange.request.url for exchange in self.exchanges if exchange.request is not None]


@contextmanager
def playing(server: RunningServer, connector: str | None = None) -> Iterator[Played]:
    """A new scene, of the main connector unless it is said."""
    played = Played(server, server.connector_id if connector is None else connector)
    try:
        yield played
    finally:
        played.sender.close()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_needs_none_before_it(probe: Probe, server: RunningServer) -> None:
    """Each probe runs by itself, without what others would have learned, and on a connector without events."""
    for connector in (server.connector_id, server.empty_connector_id):
        with playing(server, connector) as played:
            probe.ask(played.scene)
            played.session.conclude()

        assert [] == played.session.tally.findings()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_ends_where_nothing_can_be_had(probe: Probe, server: RunningServer) -> None:
    """On a connector that is refused, each probe ends after a few requests."""
    with playing(server, server.foreign_connector_id) as played:
        probe.ask(played.scene)

    assert len(played.exchanges) <= 40
    assert 200 not in {exchange.response.status for exchange in played.exchanges}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_probe_finds_what_it_needs_left(profile: Profile) -> None:
    """What all probes need fits into each profile beside what is left to schemathesis."""
    assert sum(probe.needs for probe in PROBES) <= profile.requests - min(profile.drawn, profile.requests // 4)


@pytest.mark.parametrize("style", ["reference", "empty"])
def test_what_is_asked_is_the_same_all_day(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any time of a day (UTC), the same windows are asked for, events or none: so two runs report the same."""
    asked = []
    with serve_in_thread(style=STYLES[style]) as server:
        for second in (0, 1, DAY // 2, DAY - 1):
            monkeypatch.setattr(probes, "time", SimpleNamespace(time=lambda now=MIDNIGHT + second: now + 0.5))
            with playing(server) as played:
                latest_events(played.scene)
                main_window(played.scene)
            asked.append(played.urls)

    assert asked[:1] * 4 == asked


def test_the_main_window_is_of_the_past(server: RunningServer) -> None:
    """It ends with the newest event where that is past, has a whole walk of pages, and all events."""
    with playing(server) as played:
        latest_events(played.scene)
        main_window(played.scene)
        window = played.scene.window

    assert window is not None
    assert (END, END + 1) == (played.scene.newest, window.end)
    assert max(played.scene.known) in set(played.scene.latest)


@pytest.mark.parametrize("name", ["endless-walk", "repeated-cursor"])
def test_a_walk_that_never_ends_is_left(name: str) -> None:
    """A server whose cursors go on for ever, or in a circle, is not followed for ever."""
    with serve_in_thread(faults=[FAULTS[name]]) as server, playing(server) as played:
        latest_events(played.scene)
        main_window(played.scene)

    assert len(played.exchanges) < 60
