"""The vendor's Python SDK against the reference server. Run by the tox environment `interop`, which installs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.proxy.standing import standing

from mconn_contracts.cli.validate import command
from mconn_contracts.contract.document import load
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.process.files import write_whole
from mconn_contracts.reports import har_writer
from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.embedded import RunningServer, serve_in_thread

cloudflare = pytest.importorskip("cloudflare")
httpx = pytest.importorskip("httpx")

KINDS = load().kinds


@dataclass
class Client:
    """The SDK's methods for one connector, and the exchanges that they made on the wire."""

    server: RunningServer
    sdk: Any
    exchanges: list[Exchange] = field(default_factory=list)

    def list(self, **options: Any) -> Any:
        """A page of all events."""
        return self._events.list(self.server.connector_id, account_id=self.server.account_id, from_=0, to=END, **options)

    def latest(self) -> Any:
        """The latest events."""
        return self._events.latest.list(self.server.connector_id, account_id=self.server.account_id)

    def get(self, t: float, n: float) -> Any:
        """One event."""
        ids = {"connector_id": self.server.connector_id, "account_id": self.server.account_id}
        return self._events.get(event_n=n, event_t=t, **ids)

    def keep(self, response: Any) -> None:
        """Keep an exchange as it was on the wire."""
        response.read()
        headers = [
            tuple((str(name), str(value)) for name, value in each.headers.multi_items()) for each in (response.request, response)
        ]
        request = Request(response.request.method, str(response.request.url), headers[0])
        self.exchanges.append(Exchange(Response(response.status_code, headers[1], response.content), request))

    @property
    def _events(self) -> Any:
        return self.sdk.magic_transit.connectors.events


@dataclass(frozen=True)
class Session:
    """What one session with the SDK gave: a page, the latest, an event of each kind, and the refusal of its own floats."""

    client: Client
    page: Any
    latest: Any
    events: dict[str, Any]
    refusal: Any


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """List, latest, an event of each kind by literal integers, and one by the numbers as the SDK gave them."""
    with serve_in_thread() as server:
        client = Client(server, None)
        with httpx.Client(trust_env=False, event_hooks={"response": [client.keep]}) as transport:
            client.sdk = cloudflare.Cloudflare(api_token=server.token, base_url=server.url, http_client=transport, max_retries=0)
            page = client.list(limit=1000)
            latest = client.latest()
            first = {item.k: (int(item.t), int(item.n)) for item in reversed(page.items)}
            events = {kind: client.get(*first[kind]) for kind in KINDS}
            with pytest.raises(cloudflare.BadRequestError) as refused:
                client.get(page.items[0].t, page.items[0].n)
        yield Session(client, page, latest, events, refused.value)


def test_list_and_latest_give_all_kinds(session: Session) -> None:
    """The SDK's models hold what the server has: a whole page with all sixteen kinds, and the latest events."""
    assert set(KINDS) == {item.k for item in session.page.items}
    assert (len(session.page.items), None) == (session.page.count, session.page.cursor)
    assert session.latest.count == len(session.latest.items) > 0
    assert {item.e.k for item in session.latest.items} <= set(KINDS)


def test_get_with_literal_integers_gives_the_event(session: Session) -> None:
    """An event of each of the sixteen kinds is the one that was asked for, typed, with the payload of its kind."""
    listed = {(item.t, item.n): item.k for item in session.page.items}

    assert 16 == len(session.events)
    assert {kind: kind for kind in KINDS} == {kind: event.e.k for kind, event in session.events.items()}
    assert list(KINDS) == [listed[event.t, event.n] for event in session.events.values()]
    assert ["StartUpgrade"] == [kind for kind, event in session.events.items() if getattr(event.e, "url", None)]


def test_the_sdk_asks_for_its_own_floats(session: Session) -> None:
    """List, then get with the numbers as they came, asks for an id with four numbers in it."""
    first = session.page.items[0]
    request = session.client.exchanges[-1].request

    assert (float, float) == (type(first.t), type(first.n))
    assert request is not None
    assert f"/telemetry/events/{int(first.t)}.0.{int(first.n)}.0" == request.url[request.url.index("/telemetry") :]


def test_floats_are_refused_with_what_a_right_id_looks_like(session: Session) -> None:
    """The answer is 400, in an envelope that the SDK reads, and its error shows a right id."""
    (error,) = session.refusal.errors

    assert 400 == session.refusal.status_code
    assert {"success": False, "errors": [{"code": error.code, "message": error.message}]} == {
        name: session.refusal.body[name] for name in ("success", "errors")
    }
    assert "1700000000.3" in error.message


def test_the_recorded_session_has_one_malformed_request_and_no_other_finding(session: Session, tmp_path: Path) -> None:
    """`mconn validate` of its HAR finds the malformed id alone, at the last entry, and accuses no response."""
    recording, report = tmp_path / "sdk.har", tmp_path / "report.json"
    write_whole(recording, "the recording", har_writer.pieces(session.client.exchanges))

    result = CliRunner().invoke(command, [str(recording), "--report", f"json={report}"], catch_exceptions=False)

    value = json.loads(report.read_bytes())
    assert (0, "", "passed", {"MC601": 1}) == (result.exit_code, result.stderr, value["outcome"], value["counts"]["by_code"])
    assert [("MC601", "getEvent", len(session.client.exchanges) - 1)] == [
        (each["code"], each["operation"], each["entry"]) for each in value["findings"]
    ]
    assert {"getEvent": {"200": 16, "400": 1}, "getLatestEvents": {"200": 1}, "listEvents": {"200": 1}} == (
        value["coverage"]["operations"]
    )
    assert all(value["coverage"]["kinds"][kind] for kind in KINDS)
    assert session.client.server.token not in recording.read_text(encoding="utf-8")


def test_the_proxy_is_found_by_its_variable_and_judges_both_sides(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    """With CLOUDFLARE_BASE_URL alone, the SDK asks through the proxy, gets the same, and is told of its floats (MC601)."""
    with serve_in_thread() as server, standing(server.url) as proxy:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", proxy.url)
        with httpx.Client(trust_env=False) as transport:
            client = Client(server, cloudflare.Cloudflare(api_token=server.token, http_client=transport, max_retries=0))
            page, latest = client.list(limit=1000), client.latest()
            first = page.items[0]
            with pytest.raises(cloudflare.BadRequestError):
                client.get(first.t, first.n)

    assert (session.page.items, session.latest.items) == (page.items, latest.items)
    assert ({"MC601": 1}, 3) == (proxy.tally.by_code, proxy.tally.exchanges)
