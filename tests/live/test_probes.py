"""The scenarios one by one, against the reference server's handler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.live.runs import NOWHERE, probe, target

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Client
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.live.probes import windows
from mconn_contracts.live.probes.catalog import PROBES
from mconn_contracts.live.probes.probe import Probe
from mconn_contracts.live.probes.windows import latest_events, main_window, whole_walks
from mconn_contracts.live.profiles import PROFILES, QUICK, Profile
from mconn_contracts.live.sender import Sender
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.server.api.fault import Fault, on
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import HttpError, OperationId, Query, Reason, Selection
from mconn_contracts.server.data.lifecycle import EMPTY_CONNECTOR_ID, END, FOREIGN_CONNECTOR_ID
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES

PLAN = Plan(load())
DAY = 86_400
MIDNIGHT = 1_780_012_800


@pytest.fixture(scope="module")
def handler() -> Iterator[Handler]:
    """The reference server's handler."""
    with closing(open_store()) as store:
        yield build_handler(store)


class Played:
    """A context on a server, what was asked in it, and what was found."""

    def __init__(self, handler: Handler, connector: str = NOWHERE.connector_id) -> None:
        self.session = Session(PLAN)
        self.exchanges: list[Exchange] = []
        asked = replace(target(NOWHERE), connector_id=connector)
        self.client = Client(asked, HandlerTransport(handler), Budget(300), self._judge)
        self.context = ProbeContext(Sender(self.client), QUICK, PLAN.document.kinds)

    def _judge(self, exchange: Exchange) -> Judgement:
        self.exchanges.append(exchange)
        return self.session.observe(exchange)

    @property
    def urls(self) -> list[str]:
        """The URLs that were asked for, in order."""
        return [exchange.request.url for exchange in self.exchanges if exchange.request is not None]

    @property
    def statuses(self) -> list[int | None]:
        """The statuses of the answers, in order."""
        return [exchange.response.status for exchange in self.exchanges]


NEED_EVENTS = {
    "oldest event",
    "whole result",
    "expected events",
    "page by page",
    "small limits",
    "kind filters",
    "inexact filters",
    "windows inside",
    "events one by one",
}
"""Probes that ask nothing where neither a window of the past nor an event is known, or expected by the user."""


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
@pytest.mark.parametrize("connector", [NOWHERE.connector_id, EMPTY_CONNECTOR_ID], ids=["events", "none"])
def test_a_probe_needs_none_before_it(probe: Probe, connector: str, handler: Handler) -> None:
    """By itself, a probe asks its questions, on a connector with or without events; or nothing, where it needs some."""
    played = Played(handler, connector)
    probe.ask(played.context)
    played.session.conclude()

    assert ([], probe.name in NEED_EVENTS) == (played.session.tally.findings(), played.exchanges == [])


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_sends_what_it_needs(probe: Probe, handler: Handler) -> None:
    """Where the window and its events are known, a quick probe sends at least what is kept for it, and some get an answer."""
    played = Played(handler)
    for before in (latest_events, main_window, whole_walks):
        before(played.context)
    number = len(played.exchanges)
    probe.ask(played.context)

    assert probe.needs <= len(played.statuses[number:])
    assert None not in played.statuses


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_ends_where_nothing_can_be_had(probe: Probe, handler: Handler) -> None:
    """On a connector that is refused, each probe asks a few times and is always refused; or it needs events and asks nothing."""
    played = Played(handler, FOREIGN_CONNECTOR_ID)
    probe.ask(played.context)

    assert ((probe.name in NEED_EVENTS), True) == (played.exchanges == [], len(played.exchanges) <= 40)
    assert set(played.statuses) <= {400, 401, 403, 404, 405}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_probe_finds_what_it_needs_left(profile: Profile) -> None:
    """What all probes need fits into each profile beside what is left to schemathesis."""
    assert sum(probe.needs for probe in PROBES) <= profile.requests - min(profile.drawn, profile.requests // 4)


@pytest.mark.parametrize("style", ["reference", "empty"])
def test_what_is_asked_is_the_same_all_day(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any time of a day (UTC), the same windows are asked for, events or none: so two runs report the same."""
    asked = []
    with closing(open_store(main=STYLES[style].main)) as store:
        for second in (0, 1, DAY // 2, DAY - 1):
            monkeypatch.setattr(windows, "time", SimpleNamespace(time=lambda now=MIDNIGHT + second: now + 0.5))
            played = Played(build_handler(store, style=STYLES[style]))
            latest_events(played.context)
            main_window(played.context)
            asked.append(played.urls)

    assert asked[:1] * 4 == asked


def test_the_main_window_is_of_the_past(handler: Handler) -> None:
    """It ends with the newest event where that is past, has a whole walk of pages, and all events."""
    played = Played(handler)
    latest_events(played.context)
    main_window(played.context)
    window = played.context.window

    assert window is not None
    assert (END, END + 1) == (played.context.newest, window.end)
    assert max(played.context.known) in set(played.context.latest)


@pytest.mark.parametrize("name", ["endless-walk", "repeated-cursor"])
def test_a_walk_that_never_ends_is_left(name: str) -> None:
    """A server whose cursors go on for ever, or in a circle, is not followed for ever."""
    with closing(open_store()) as store:
        played = Played(build_handler(store, faults=[FAULTS[name]]))
        latest_events(played.context)
        main_window(played.context)

    assert len(played.exchanges) < 60


def test_lists_that_show_nothing_are_found_beside_the_latest() -> None:
    """Where all latest events are of the newest day, a past window that holds them by `t` and `a` alike is asked for."""
    lists_nothing = Fault(
        name="lists-nothing", code="MC515", summary="", when=on(OperationId.LIST), selection=lambda *_: Selection(())
    )

    assert {"MC515"} == probe(faults=[lists_nothing], style=STYLES["latest-oldest-first"]).codes


@pytest.mark.parametrize("reversed_too", [True, False])
def test_lists_that_are_all_refused_are_undecided(reversed_too: bool) -> None:
    """A server may refuse windows, but where it refuses every one that makes sense, nothing was judged of its lists."""

    def refuse(query: Query, _: object) -> Query:
        if reversed_too or query.start < query.end:
            raise HttpError(Reason.WINDOW, 400, 1005, "The window is too wide", subject="from")
        return query

    refuses_all = Fault(name="refuses-all", code="MC716", summary="", query=refuse)
    verdict = probe(faults=[refuses_all]).verdict

    why = "refused every window that was asked for (listEvents: 400, 401, 403), so no list was judged"
    assert why in (verdict.could_not_judge or "")
