"""`--power`: what a run would have noticed, with the data that it has seen."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType

import pytest
from tests.live.runs import NOWHERE, PLAN, SOON, probe, target

from mconn_contracts.live import power as power_module
from mconn_contracts.live.http import HttpTransport
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.observed_data import ENRICHMENTS, MOST_EVENTS, observed
from mconn_contracts.live.power import measured
from mconn_contracts.live.profiles import QUICK
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.model.power import Power, Seen
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.policy.coverage_gate import gaps, parse
from mconn_contracts.process import signals
from mconn_contracts.server.data.events import KINDS, StoredEvent
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, Lifecycle, burst, first, nothing
from mconn_contracts.server.embedded import serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES

SETTINGS = RunSettings(profile=replace(QUICK, drawn=0), power=True)
SHORTLY = 0.5
"""Seconds after which a body is given up that never ends."""
SOME = (
    "count-off-by-one",
    "endless-walk",
    "unordered-second",
    "missing-url",
    "no-credential-accepted",
    "cut-body",
    "event-id-wraps",
)
"""Faults that one answer shows, a whole walk, several events of a second, an event of one kind, a refusal, a connection."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the reference server had some of its faults only."""
    monkeypatch.setattr(power_module, "FAULTS", MappingProxyType({name: FAULTS[name] for name in SOME}))


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing else were tried that a connector could record."""
    monkeypatch.setattr(power_module, "ENRICHMENTS", ())


def run_on(main: Lifecycle | None, settings: RunSettings = SETTINGS) -> tuple[Run, Verdict]:
    """A run on the reference server with these events."""
    with closing(open_store(main=main)) as store:
        run = Run(target(NOWHERE), PLAN, settings, transport=HandlerTransport(build_handler(store)))
        return run, run.execute()


def power_of(main: Lifecycle | None, settings: RunSettings = SETTINGS) -> Power:
    """What such a run would have noticed."""
    found = measured(*run_on(main, settings)).power
    assert found is not None
    return found


def stored(main: Lifecycle | None) -> list[StoredEvent]:
    """The events of the main connector, in order of time."""
    with closing(open_store(main=main)) as store:
        return [event for event in store.everything() if event.connector_id == CONNECTOR_ID]


# What is noticed.


@pytest.mark.usefixtures("few", "plain")
def test_what_counts_as_noticed_is_what_a_run_finds() -> None:
    """Of each fault, a whole run on a server with it and with the same events says the same."""
    style = replace(STYLES["reference"], main=first(3))
    found = {name for name in SOME if FAULTS[name].code in probe(faults=[FAULTS[name]], style=style).codes}
    counted = power_of(first(3))

    missed = {*counted.unnoticed, *(name for each in counted.more for name in each.faults)}
    assert (len(SOME), found) == (counted.faults, {*SOME} - missed)
    assert len(found) == counted.noticed


@pytest.mark.usefixtures("few")
def test_without_events_little_is_noticed_and_what_to_record_is_said() -> None:
    """Refusals show without events; each fault that does not is named once, with what would show it, or as beyond that."""
    counted = power_of(nothing)
    named = [name for each in counted.more for name in each.faults] + list(counted.unnoticed)

    assert (Seen(0, 0, 1, 0), len(SOME)) == (counted.seen, counted.noticed + len(named))
    assert sorted(set(named)) == sorted(named)
    assert "record an event of each kind" == counted.more[0].words
    assert "missing-url" in counted.more[0].faults
    assert "no-credential-accepted" not in named


@pytest.mark.usefixtures("plain")
def test_the_same_run_has_the_same_power(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is drawn, or depends on a clock."""
    monkeypatch.setattr(power_module, "FAULTS", MappingProxyType({name: FAULTS[name] for name in SOME[:2]}))

    assert power_of(first(6)) == power_of(first(6))


@pytest.mark.usefixtures("few", "plain")
def test_faults_are_those_of_what_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a part of the API, those of statements that it can decide; asking for the rest is among what shows more."""
    part = replace(SETTINGS, operations=("getLatestEvents",))
    counted = power_of(first(6), part)

    assert {"count-off-by-one", "endless-walk"}.isdisjoint(
        {*counted.unnoticed, *(name for each in counted.more for name in each.faults)}
    )
    assert counted.faults < len(SOME)

    monkeypatch.setattr(power_module, "FAULTS", MappingProxyType({"event-id-server-error": FAULTS["event-id-server-error"]}))
    assert ["ask for every operation, to see the faults in the others"] == [each.words for each in power_of(first(6), part).more]


def test_a_run_that_was_not_to_be_measured_is_not() -> None:
    """Without the setting nothing is kept of what was shown, and the verdict stays as it is."""
    run, verdict = run_on(first(3), replace(SETTINGS, power=False))

    assert (None, verdict) == (run.shown, measured(run, verdict))


@pytest.mark.usefixtures("few", "plain")
def test_a_count_that_a_signal_ends_is_said() -> None:
    """The verdict has no power and says why, and a gate for it does not pass."""
    with signals.in_order(), signals.held():
        run, verdict = run_on(first(3))
        signal.raise_signal(signal.SIGTERM)
        found = measured(run, verdict)

    assert (None, ("by a signal, before the power was counted; it is not known",)) == (found.power, found.cut_short)
    assert ("power: not measured, but 1 is required",) == gaps(found, PLAN.document, parse("power=1"))


def test_a_run_that_did_not_ask_everything_is_not_measured() -> None:
    """If the time is over before all probes were made, the verdict says so instead, and a gate for the power does not pass."""
    asked: list[Exchange] = []

    def record(exchange: Exchange) -> None:
        asked.append(exchange)
        if len(asked) == 30:
            run.budget.end_by(time.monotonic())

    with closing(open_store(main=first(3))) as store:
        transport = HandlerTransport(build_handler(store))
        run = Run(target(NOWHERE), PLAN, replace(SETTINGS, max_time=3600.0), transport=transport, record=record)
        found = measured(run, run.execute())

    assert (None, "before all probes were made, so the power is not counted; it is not known") == (
        found.power,
        found.cut_short[-1],
    )
    assert ("power: not measured, but 1 is required",) == gaps(found, PLAN.document, parse("power=1"))


# The data.


def test_what_was_shown_is_what_is_loaded() -> None:
    """Every event that was listed, with its time of collection; those that were seen in full, with all that they say."""
    run, _ = run_on(first(20))
    assert run.shown is not None
    events, seen = observed(run.shown)

    assert (Seen(20, len({event.kind for event in stored(first(20))}), seen.pages, 20), stored(first(20))) == (seen, events)


def test_of_many_events_the_newest_are_taken() -> None:
    """Whatever the data, the work is bounded; how many were left out can be told."""
    run, _ = run_on(burst(400))
    assert run.shown is not None
    events, seen = observed(run.shown)

    assert (MOST_EVENTS, MOST_EVENTS, True) == (len(events), seen.taken, seen.events > MOST_EVENTS)
    assert max(event.key for event in stored(burst(400))) == events[-1].key


@pytest.mark.parametrize("events", [[], stored(first(1)), stored(first(6)), stored(None)], ids=len)
@pytest.mark.parametrize("enrichment", ENRICHMENTS, ids=lambda each: each.words)
def test_what_is_added_is_newer(enrichment: object, events: Sequence[StoredEvent]) -> None:
    """What shows more has all the events that there were, in their order, and no two of one identity."""
    more = next(each for each in ENRICHMENTS if each is enrichment).enrich(events)
    keys = [each.key for each in more]

    assert [each.key for each in events] == keys[: len(events)]
    assert sorted(set(keys)) == keys


def test_all_at_once_has_each_kind() -> None:
    """The last of what is tried has all that the others have."""
    assert set(KINDS) == {event.kind for event in ENRICHMENTS[-1].enrich([])}


# The way to a server that breaks HTTP.


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.delivery])
def test_what_breaks_on_the_wire_is_read_alike_without_one(name: str) -> None:
    """A handler in this process, and one that is served, give the same answer to one request, however it is wrong."""
    fault = FAULTS[name]
    with serve_in_thread(faults=[fault]) as server, closing(open_store(faults=[fault])) as store:
        asked = target(server)
        url = f"{asked.base_url}{asked.events_path()}?from=0&to=2000000000&limit=5"
        request = Request("GET", url, tuple(asked.credentials.items()))
        way = HttpTransport(asked)
        deadline = time.monotonic() + (SHORTLY if fault.name == "stalled-body" else SOON)
        served = way.send(request, deadline)
        way.close()
        here = HandlerTransport(build_handler(store, faults=[fault])).send(request, deadline)

    assert (served.may_pass, served.response.status, served.response.body) == (
        here.may_pass,
        here.response.status,
        here.response.body,
    )
    assert served.response.incomplete == here.response.incomplete
