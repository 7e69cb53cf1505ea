"""Drawing requests with schemathesis."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import configuration
from schemathesis.checks import CHECKS
from tests.live.asking import PATH, sender_to
from tests.live.asking import Judge as Recorder
from tests.live.runs import NOWHERE, target
from tests.live.scripted import OK, Scripted, silent
from tests.live.scripted import Answer as ScriptedAnswer

from mconn_contracts.contract import document
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Client
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.properties import Outlet, PropertyOutcome, PropertySettings, run_properties
from mconn_contracts.model.exchange import Credential, Exchange, Request
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.reference import open_store

DAY = 86_400
Judge = Callable[[Exchange], Judgement]


class Watched(Handler):
    """The reference server, which keeps what it was asked."""

    def __init__(self, store: EventStore) -> None:
        super().__init__(store)
        self.requests: list[Request] = []

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer."""
        self.requests.append(request)
        return super().answer(request)


@dataclass(frozen=True)
class Drawn:
    """What was sent, what the server saw of it, and what was judged."""

    outcome: PropertyOutcome
    requests: list[Request]
    judged: list[Exchange]


def draw(
    requests: int = 60,
    *,
    seed: int = 0,
    judge: Judge | None = None,
    budget: int | None = None,
    deadline: float | None = None,
) -> Drawn:
    """Requests for the main connector, drawn from the last three days, to the reference server's handler."""
    judged: list[Exchange] = []

    def keep(exchange: Exchange) -> Judgement:
        judged.append(exchange)
        return Judgement((), frozenset())

    bounds = Budget(requests if budget is None else budget, deadline)
    with closing(open_store()) as store:
        handler = Watched(store)
        client = Client(target(NOWHERE), HandlerTransport(handler), bounds, judge or keep)
        settings = PropertySettings(seed=seed, requests=requests, window=(END - 3 * DAY, END))
        outcome = run_properties(document.load().raw, settings, client)
    return Drawn(outcome, handler.requests, judged)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """One run large enough for every phase."""
    return draw(150)


def url(exchange: Exchange) -> str:
    """The URL of the request."""
    assert exchange.request is not None
    return exchange.request.url


def query(exchange: Exchange) -> dict[str, str]:
    """The query parameters of the request."""
    return dict(parse_qsl(urlsplit(url(exchange)).query, keep_blank_values=True))


def result(exchange: Exchange) -> Any:
    """The `result` of a 200; None of any other answer."""
    assert exchange.response.body is not None
    return json.loads(exchange.response.body).get("result") if exchange.response.status == 200 else None


def test_requests_are_the_same_for_a_seed() -> None:
    """Two runs with one seed send the same requests, headers included, in the same order."""
    assert draw(seed=3).requests == draw(seed=3).requests


def test_requests_differ_between_seeds() -> None:
    """Another seed draws other requests."""
    assert draw(seed=3).requests != draw(seed=4).requests


def test_every_request_is_a_get_for_the_connector(drawn: Drawn) -> None:
    """All phases send GET, to the events of the user's account and connector, and nothing else."""
    events = f"/client/v4{target(NOWHERE).events_path()}"
    assert {"GET"} == {request.method for request in drawn.requests}
    assert {"?", "/"} == {request.url.removeprefix(events)[:1] for request in drawn.requests}


def test_every_request_carries_the_credential(drawn: Drawn) -> None:
    """No phase removes or changes the credential, the intent says so, and what is judged does not show it."""
    sent = {dict(request.headers).get("Authorization") for request in drawn.requests}
    shown = {dict(exchange.request.headers).get("Authorization") for exchange in drawn.judged if exchange.request}

    assert ({f"Bearer {NOWHERE.token}"}, {"Bearer $CLOUDFLARE_API_TOKEN"}) == (sent, shown)
    assert {Credential.VALID} == {exchange.intent and exchange.intent.credential for exchange in drawn.judged}


def test_no_request_tells_of_schemathesis(drawn: Drawn) -> None:
    """What schemathesis adds to a request, such as a random test case header, is not sent."""
    headers = {header for request in drawn.requests for header in request.headers}
    assert [] == [header for header in headers if "schemathesis" in "".join(header).lower()]


def test_every_phase_sends_and_every_operation_answers(drawn: Drawn) -> None:
    """The four phases each send requests, and all three operations answer some with 200."""
    assert ["examples", "coverage", "fuzzing", "stateful"] == [phase for phase, sent in drawn.outcome.sent.items() if sent]
    answered = {urlsplit(url(exchange)).path.rpartition("/")[2] for exchange in drawn.judged if exchange.response.status == 200}
    assert {"events", "latest"} < answered
    assert any("." in name for name in answered)


def test_all_that_is_drawn_is_judged(drawn: Drawn) -> None:
    """Each request that is answered is judged once, and counted; nothing fails to be drawn."""
    assert (len(drawn.requests), len(drawn.requests), ()) == (
        len(drawn.judged), sum(drawn.outcome.sent.values()), drawn.outcome.errors,
    )  # fmt: skip


def test_links_are_followed_to_an_event(drawn: Drawn) -> None:
    """The first event of a listed page is fetched."""
    pages = [page for exchange in drawn.judged if isinstance(page := result(exchange), dict) and page.get("items")]
    first = {f"/{page['items'][0]['t']}.{page['items'][0]['n']}" for page in pages}
    assert any(url(exchange).endswith(tuple(first)) for exchange in drawn.judged if exchange.response.status == 200)


def test_a_cursor_is_sent_as_it_was_given(drawn: Drawn) -> None:
    """Next pages are asked for, each with a cursor received before, and the parameters of the page that gave it."""
    given: dict[str, list[dict[str, str]]] = {}
    followed = []
    for exchange in drawn.judged:
        sent = query(exchange)
        cursor = sent.pop("cursor", None)
        if cursor is not None:
            followed.append(sent in given.get(cursor, []))
        if isinstance(page := result(exchange), dict) and "cursor" in page:
            given.setdefault(page["cursor"], []).append(sent)
    assert followed
    assert all(followed)


def test_the_reference_server_is_not_accused(drawn: Drawn) -> None:
    """Our rules find nothing in what the reference server answers, each alone and all together."""
    session = Session(Plan(document.load()))
    for exchange in drawn.judged:
        session.observe(exchange)
    session.conclude()
    assert [] == session.tally.findings()


def test_requests_are_bounded() -> None:
    """No more are sent than are asked for, and what the budget has beyond them is left."""
    assert [7, 7] == [len(draw(7).requests), len(draw(20, budget=7).requests)]


def test_time_is_bounded() -> None:
    """Once the time is over, nothing is sent."""
    assert [] == draw(deadline=0.0).requests


def test_nothing_is_written_or_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A run leaves no file in the working directory, no line on the terminal, no check and no setting behind."""
    monkeypatch.chdir(tmp_path)
    before = (configuration.storage_directory(intent_to_write=False).home_directory, CHECKS.get_all_names())
    draw()
    after = (configuration.storage_directory(intent_to_write=False).home_directory, CHECKS.get_all_names())
    assert ([], ("", ""), before) == (list(tmp_path.iterdir()), capfd.readouterr(), after)


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt()])
def test_what_the_judge_raises_ends_the_run(error: BaseException) -> None:
    """An exception of the judge is raised from the run, after the one response that caused it."""
    calls = []

    def judge(exchange: Exchange) -> Judgement:
        calls.append(exchange)
        raise error

    with pytest.raises(type(error)):
        draw(judge=judge)
    assert 1 == len(calls)


def test_the_document_is_not_changed() -> None:
    """Drawing leaves the document that it is given as it was."""
    contract = document.load().raw
    before = json.dumps(contract)
    draw(5)
    assert before == json.dumps(contract)


# What may leave.


def outlet_of(*script: ScriptedAnswer) -> AbstractContextManager[tuple[Outlet, Scripted, Recorder]]:
    """An outlet to a server that answers by a script."""

    @contextmanager
    def opened() -> Iterator[tuple[Outlet, Scripted, Recorder]]:
        with sender_to(*script) as (sender, server, judge):
            outlet = Outlet(sender.client)
            outlet.begin(10, threading.Event(), at_once=True)
            yield outlet, server, judge

    return opened()


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", PATH),
        ("HEAD", PATH),
        ("GET", PATH.replace("c1", "other")),
        ("GET", f"{PATH}/../../other"),
        ("GET", f"{PATH}source"),
        ("GET", "/"),
    ],
)
def test_what_is_not_a_get_for_the_connector_is_not_sent(method: str, path: str) -> None:
    """Another method, connector or path never leaves, and gives no exchange."""
    with outlet_of(OK) as (outlet, server, judge):
        prepared = str(requests.Request(method, server.url + path).prepare().url)

        assert (None, [], []) == (outlet.send(method, prepared), server.heads, judge.exchanges)


def test_an_abandoned_request_is_not_waited_for() -> None:
    """A request under way is given up at once, is not judged, and no more are sent."""
    with outlet_of(OK, silent, OK) as (outlet, server, judge):
        url = server.url + PATH
        outlet.send("GET", url)
        server.asked.clear()
        asking = threading.Thread(target=outlet.send, args=("GET", url))
        asking.start()
        assert server.asked.wait(30)
        outlet.client.abandon()
        asking.join()

        assert (None, [200], 2) == (outlet.send("GET", url), judge.statuses, len(server.heads))
