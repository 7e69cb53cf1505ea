"""Drawing requests with schemathesis, against the embedded server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import configuration
from schemathesis.checks import CHECKS

from mconn_contracts.contract import document
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.live.properties import PropertyOutcome, PropertySettings, run_properties
from mconn_contracts.live.wire import Limit
from mconn_contracts.model.exchange import Credential, Exchange
from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.embedded import RunningServer, serve_in_thread

DAY = 86_400


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server, without faults."""
    with serve_in_thread() as running:
        yield running


def settings(server: RunningServer, **changes: Any) -> PropertySettings:
    """Settings for the server's main connector, and its last three days."""
    values: dict[str, Any] = {
        "base_url": server.url,
        "account_id": server.account_id,
        "connector_id": server.connector_id,
        "headers": {"Authorization": f"Bearer {server.token}"},
        "max_requests": 60,
        "window": (END - 3 * DAY, END),
    }
    return PropertySettings(**{**values, **changes})


def draw(server: RunningServer, **changes: Any) -> tuple[PropertyOutcome, list[Exchange]]:
    """A run, and all that it observed."""
    received: list[Exchange] = []
    outcome = run_properties(document.load().raw, settings(server, **changes), received.append)
    return outcome, received


@pytest.fixture(scope="module")
def drawn(server: RunningServer) -> tuple[PropertyOutcome, list[Exchange]]:
    """One run large enough for every phase."""
    return draw(server, max_requests=150)


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


def test_requests_are_the_same_for_a_seed(server: RunningServer) -> None:
    """Two runs with one seed send the same requests, headers included, in the same order."""
    _, first = draw(server, seed=3)
    _, second = draw(server, seed=3)
    assert [exchange.request for exchange in first] == [exchange.request for exchange in second]


def test_requests_differ_between_seeds(server: RunningServer) -> None:
    """Another seed draws other requests."""
    _, first = draw(server, seed=3)
    _, second = draw(server, seed=4)
    assert [url(exchange) for exchange in first] != [url(exchange) for exchange in second]


def test_every_request_is_a_get_for_the_connector(server: RunningServer, drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """All phases send GET, to the events of the user's account and connector, and nothing else."""
    events = f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events"
    sent = [exchange.request for exchange in drawn[1] if exchange.request is not None]
    assert {request.method for request in sent} == {"GET"}
    assert {request.url.removeprefix(events)[:1] for request in sent} == {"?", "/"}


def test_every_request_carries_the_credential(server: RunningServer, drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """No phase removes or changes the credential, and the intent says so."""
    values = {dict(exchange.request.headers).get("Authorization") for exchange in drawn[1] if exchange.request is not None}
    assert values == {f"Bearer {server.token}"}
    assert {exchange.intent and exchange.intent.credential for exchange in drawn[1]} == {Credential.VALID}


def test_no_request_tells_of_schemathesis(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """What schemathesis adds to a request, such as a random test case header, is not sent."""
    headers = [header for exchange in drawn[1] if exchange.request is not None for header in exchange.request.headers]
    assert [header for header in headers if "schemathesis" in "".join(header).lower()] == []


def test_every_phase_sends_and_every_operation_answers(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """The four phases each send requests, and all three operations answer some with 200."""
    outcome, received = drawn
    assert [phase for phase, sent in outcome.by_phase.items() if sent] == ["examples", "coverage", "fuzzing", "stateful"]
    answered = {urlsplit(url(exchange)).path.rpartition("/")[2] for exchange in received if exchange.response.status == 200}
    assert {"events", "latest"} < answered
    assert any("." in name for name in answered)


def test_all_that_is_drawn_is_observed(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """Each request that is answered is observed once; nothing fails to be drawn."""
    outcome, received = drawn
    assert (outcome.requests, outcome.unanswered, outcome.errors) == (len(received), (), ())


def test_links_are_followed_to_an_event(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """The first event of a listed page is fetched."""
    pages = [page for exchange in drawn[1] if isinstance(page := result(exchange), dict) and page.get("items")]
    first = {f"/{page['items'][0]['t']}.{page['items'][0]['n']}" for page in pages}
    assert any(url(exchange).endswith(tuple(first)) for exchange in drawn[1] if exchange.response.status == 200)


def test_a_cursor_is_sent_as_it_was_given(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """Next pages are asked for, each with a cursor received before, and the parameters of the page that gave it."""
    given: dict[str, list[dict[str, str]]] = {}
    followed = []
    for exchange in drawn[1]:
        sent = query(exchange)
        cursor = sent.pop("cursor", None)
        if cursor is not None:
            followed.append(sent in given.get(cursor, []))
        if isinstance(page := result(exchange), dict) and "cursor" in page:
            given.setdefault(page["cursor"], []).append(sent)
    assert followed
    assert all(followed)


def test_the_reference_server_is_not_accused(drawn: tuple[PropertyOutcome, list[Exchange]]) -> None:
    """Our rules find nothing in what the reference server answers, each alone and all together."""
    session = Session(Plan(document.load()))
    for exchange in drawn[1]:
        session.observe(exchange)
    session.conclude()
    assert session.tally.findings() == []


def test_requests_are_bounded(server: RunningServer) -> None:
    """No more than `max_requests` are sent, and the outcome says that there were more to send."""
    outcome, received = draw(server, max_requests=7)
    assert (outcome.requests, len(received), outcome.limit) == (7, 7, Limit.REQUESTS)


def test_time_is_bounded(server: RunningServer) -> None:
    """Once the time is over, nothing is sent."""
    outcome, received = draw(server, max_time=0.0)
    assert (outcome.requests, received, outcome.limit) == (0, [], Limit.TIME)


def test_only_the_phases_asked_for_run(server: RunningServer) -> None:
    """A phase that is not named sends nothing."""
    outcome, _ = draw(server, phases=("examples",))
    assert list(outcome.by_phase) == ["examples"]


def test_positive_data_is_never_malformed(server: RunningServer) -> None:
    """Without negative data, a server that refuses every wrong value refuses nothing."""
    _, received = draw(server, negative=False, max_requests=80)
    assert {exchange.response.status for exchange in received} == {200, 404}


def test_nothing_is_written_or_said(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run leaves no file in the working directory, no line on the terminal, no check and no setting behind."""
    monkeypatch.chdir(tmp_path)
    before = (configuration.storage_directory(intent_to_write=False).home_directory, CHECKS.get_all_names())
    draw(server)
    after = (configuration.storage_directory(intent_to_write=False).home_directory, CHECKS.get_all_names())
    assert (list(tmp_path.iterdir()), capfd.readouterr(), after) == ([], ("", ""), before)


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt()])
def test_what_the_observer_raises_ends_the_run(server: RunningServer, error: BaseException) -> None:
    """An exception of the observer is raised from the run, after the one response that caused it."""
    calls = []

    def observe(exchange: Exchange) -> None:
        calls.append(exchange)
        raise error

    with pytest.raises(type(error)):
        run_properties(document.load().raw, settings(server), observe)
    assert len(calls) == 1


def test_the_document_is_not_changed(server: RunningServer) -> None:
    """Drawing leaves the document that it is given as it was."""
    contract = document.load().raw
    before = json.dumps(contract)
    run_properties(contract, settings(server, max_requests=5), lambda exchange: None)
    assert json.dumps(contract) == before
