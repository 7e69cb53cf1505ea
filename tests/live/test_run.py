"""Whole runs against the reference server's handler, and how they end."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis.internal import charmap
from tests.live.runs import NOWHERE, target

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.live import properties
from mconn_contracts.live import run as run_module
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.probes.catalog import PROBES
from mconn_contracts.live.profiles import QUICK, STANDARD
from mconn_contracts.live.properties import PropertyOutcome
from mconn_contracts.live.run import GRACE, Run, RunSettings
from mconn_contracts.live.target import FOREIGN_ACCOUNT, UNKNOWN_CONNECTOR, Target
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import Delivery, OutgoingMessage
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.reference import build_handler, open_store

PLAN = Plan(load())
SMALL = replace(QUICK, requests=60)
"""Enough to see an event and send something drawn."""


class Watched(Handler):
    """The reference server, which keeps what it was asked, and may change its ways after a number of requests."""

    def __init__(self, *arguments: Any, after: int = 1_000_000, then: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.requests: list[Request] = []
        self.after, self.then = after, then

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer; a reset or a 429 that asks for an hour, once the time for it has come."""
        self.requests.append(request)
        answer = super().answer(request)
        if len(self.requests) <= self.after:
            return answer
        if self.then == "reset":
            return replace(answer, delivery=Delivery(reset=True))
        headers = (("Content-Type", "application/json"), ("Content-Length", "17"), ("Retry-After", "3600"))
        return replace(answer, response=replace(answer.response, status=429, headers=headers, body=b'{"success":false}'))


@contextmanager
def watched(**options: Any) -> Iterator[Watched]:
    """Such a server's handler."""
    with closing(open_store()) as store:
        yield Watched(store, **options)


URL = NOWHERE.url
OWN = target(NOWHERE)
"""The server's main connector."""


def judged(handler: Handler, settings: RunSettings | None = None, **options: Any) -> tuple[Run, Verdict]:
    """A run, small unless it is said, and its verdict."""
    settings = settings or RunSettings(profile=SMALL)
    each = Run(options.pop("target", OWN), PLAN, settings, transport=HandlerTransport(handler), **options)
    return each, each.execute()


# What is sent.


@pytest.mark.parametrize("behavior", [Behavior(), Behavior(reset_every=7), Behavior(throttle_every=9, retry_after=0)])
def test_a_run_sends_no_more_than_its_profile_allows(behavior: Behavior) -> None:
    """The server counts no more requests than the profile says, those sent again among them; and no run is cut for it."""
    with watched(behavior=behavior) as handler:
        each, verdict = judged(handler)

    assert len(handler.requests) == each.budget.spent <= SMALL.requests
    assert (None, True) == (verdict.could_not_judge, verdict.tally.exchanges <= each.budget.spent)


def methods(*, loopback: bool, allow_writes: bool, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The methods that a server gets, where it is taken for one on this machine or not."""
    monkeypatch.setattr(Target, "loopback", property(lambda _: loopback))
    with watched() as handler:
        judged(handler, RunSettings(profile=QUICK, allow_writes=allow_writes))
    return {request.method for request in handler.requests}


def test_only_safe_methods_leave_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole run against a host that is not loopback sends GET and HEAD; with --allow-writes it sends others."""
    assert {"GET", "HEAD"} == methods(loopback=False, allow_writes=False, monkeypatch=monkeypatch)
    assert {"GET", "HEAD", "POST", "DELETE"} == methods(loopback=False, allow_writes=True, monkeypatch=monkeypatch)


def test_every_request_is_for_the_connector_or_made_up_to_be_refused() -> None:
    """All paths lie below the base; other connectors and accounts are those that nobody has."""
    with watched() as handler:
        judged(handler, RunSettings(profile=QUICK))
    paths = [urlsplit(request.url).path for request in handler.requests]
    own = f"/client/v4/accounts/{OWN.account_id}/magic/connectors/{OWN.connector_id}/telemetry/"
    others = Counter(path.partition("/telemetry/")[0] for path in paths if not path.startswith(own))

    assert {
        f"/client/v4/accounts/{OWN.account_id}/magic/connectors/{UNKNOWN_CONNECTOR}",
        f"/client/v4/accounts/{FOREIGN_ACCOUNT}/magic/connectors/{OWN.connector_id}",
    } == set(others)


def test_progress_tells_of_every_step() -> None:
    """Progress is told once for each answer, with the step under way, and with how many were sent of those allowed."""
    told: list[tuple[str, int, int]] = []
    with watched() as handler:
        _, verdict = judged(handler, progress=lambda step, _, sent, allowed: told.append((step, sent, allowed)))

    assert [(number, 60) for number in range(1, verdict.tally.exchanges + 1)] == [each[1:] for each in told]
    steps = list(dict.fromkeys(each[0] for each in told))
    assert "properties" == steps[-1]
    assert set(steps) <= {"properties", *(probe.name for probe in PROBES)}


# How a run ends.


@pytest.fixture(scope="module")
def before_drawn() -> int:
    """The number of requests that the probes of a small run send."""
    with watched() as handler:
        judged(handler)
    return len(handler.requests) - SMALL.drawn


STEPS = pytest.mark.parametrize("step", ["at once", "probes", "properties"])


@STEPS
def test_a_server_that_stops_answering_ends_the_run(step: str, before_drawn: int) -> None:
    """The verdict is undecided, names the URL and why, and keeps what came before."""
    after = {"at once": 0, "probes": 20, "properties": before_drawn}[step]
    with watched(after=after, then="reset") as handler:
        _, verdict = judged(handler)

    words = "does not answer" if after == 0 else "no longer answers"
    assert (3, True) == (verdict.exit_code, str(verdict.could_not_judge).startswith(f"{URL} {words}: no answer came: "))
    assert after <= verdict.tally.exchanges < SMALL.requests
    assert {"MC001"} >= set(verdict.tally.by_code)
    assert (after == 0) == ("MC001" not in verdict.tally.by_code)


@STEPS
def test_a_limit_that_cannot_be_waited_for_ends_the_run(step: str, before_drawn: int) -> None:
    """A 429 that asks for an hour is the last answer; the verdict is undecided and says what helps."""
    after = {"at once": 0, "probes": 20, "properties": before_drawn + 3}[step]
    with watched(after=after, then="limit") as handler:
        _, verdict = judged(handler)

    assert (3, after + 1) == (verdict.exit_code, len(handler.requests))
    assert str(verdict.could_not_judge).startswith(f"{URL} asks to wait ")
    assert str(verdict.could_not_judge).endswith("; run it later, or with a lower --rate-limit")


def test_an_interrupt_ends_the_run_with_what_there_is() -> None:
    """What was judged before it stands; the verdict is undecided, and the run says that it was interrupted."""

    def keep(exchange: Exchange) -> None:
        kept.append(exchange)
        if len(kept) == 30:
            raise KeyboardInterrupt

    kept: list[Exchange] = []
    with watched() as handler:
        each, verdict = judged(handler, record=keep)

    assert (True, "interrupted", 29) == (each.interrupted, verdict.could_not_judge, verdict.tally.exchanges)


def test_what_is_judged_at_the_end_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging at the end takes about as long as judging one by one did: so much earlier, nothing is asked any more."""
    ticks = itertools.count(1_000_000_000.0)
    monkeypatch.setattr(run_module, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    with watched() as handler:
        each, verdict = judged(handler, RunSettings(profile=replace(SMALL, drawn=0), max_time=500))

    assert ("passed", 1_000_000_000.0 + 500 + GRACE - verdict.tally.exchanges) == (verdict.outcome.value, each.budget.deadline)


def test_no_time_is_no_verdict() -> None:
    """A run that had no time to ask anything does not pass."""
    with watched() as handler:
        _, verdict = judged(handler, RunSettings(profile=SMALL, max_time=1e-9))

    assert ([], 3) == (handler.requests, verdict.exit_code)
    assert f"no request was sent to {URL}: there was no time or no budget left" == verdict.could_not_judge


def test_what_cannot_be_drawn_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where schemathesis fails to draw, the run says so: a harness that fails is not a server that passes."""
    broken = PropertyOutcome(sent={}, errors=("GET /x: it broke", "another"))
    monkeypatch.setattr(properties, "run_properties", lambda *_, **__: broken)
    with watched() as handler:
        _, verdict = judged(handler)

    assert ("requests could not be drawn: GET /x: it broke", 3) == (verdict.could_not_judge, verdict.exit_code)


def test_a_run_that_sees_no_success_is_no_pass() -> None:
    """Where every credential is refused, nothing was exercised; the line says what came instead, and what to do."""
    with watched() as handler:
        stranger = replace(OWN, credentials={"Authorization": "Bearer somebody-elses"})
        _, verdict = judged(handler, target=stranger)

    why = str(verdict.could_not_judge)
    assert (3, True) == (verdict.exit_code, why.startswith(f"{URL} refuses the credential (401: Authentication error); set "))


def test_of_more_events_than_a_run_can_ask_for_the_part_that_was_seen_is_said() -> None:
    """50,000 events, 1,000 a page, are judged in a standard run's 1,000 requests; what was seen whole, and in part, is said."""

    def life(connector_id: str, _: random.Random) -> Iterator[StoredEvent]:
        for number in range(50_000):
            t = 1_700_000_000 + 30 * number
            yield StoredEvent(connector_id, t, 0, t + 5, {"k": "Reconcile" if number % 7 else "Leave"}, "2025.12.0")

    with closing(open_store(main=life)) as store:
        settings = RunSettings(profile=replace(STANDARD, drawn=0))
        run, verdict = judged(build_handler(store), settings)

    tally = verdict.tally
    part, whole = verdict.observed["part_seen"].value.split("; ")
    assert ("passed", True) == (verdict.outcome.value, run.budget.spent <= 1_000)
    assert (set(), 0) == (set(tally.by_code), tally.unrelated)
    assert part.endswith(f" events of 0 to {1_700_000_000 + 30 * 49_999 + 1}, which has more")
    assert "6230 events of 1701313081 to 1701499971, which are all" == whole


def test_no_text_is_drawn_from_all_of_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis would look at each character for that, which takes longer than all else of a quick run."""
    looked_at: list[str] = []
    monkeypatch.setattr(charmap, "intervals_from_codec", looked_at.append)
    with watched() as handler:
        judged(handler, RunSettings(profile=QUICK))

    assert [] == looked_at


def test_a_verdict_has_no_secret() -> None:
    """Neither what is judged nor what is recorded holds the token, from probes and from what is drawn alike."""
    kept: list[Exchange] = []
    with watched() as handler:
        _, verdict = judged(handler, record=kept.append)

    assert len(handler.requests) == len(kept) == verdict.tally.exchanges
    assert NOWHERE.token not in repr(kept) + repr(verdict)
    assert all(URL == exchange.origin.source for exchange in kept)
