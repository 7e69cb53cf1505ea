"""The way out for drawn requests, against servers that answer by a script."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.live.scripted import OK, Answer, Scripted, resets, scripted, sends, sends_half, silent

from mconn_contracts.live.target import Target
from mconn_contracts.live.wire import Bounds, Limit, Wire
from mconn_contracts.model.exchange import Exchange


@contextmanager
def wire_to(
    *script: Answer, requests: int = 10, quota: int = 10, wait: float = 60.0
) -> Iterator[tuple[Wire, Scripted, list[Exchange]]]:
    """A wire to a server with this script, and what it has handed over."""
    received: list[Exchange] = []
    with scripted(*script) as server:
        target = Target(server.url, "account", "connector", {"Authorization": "Bearer token"})
        with Wire(target, Bounds(requests=requests, wait=wait), received.append) as wire:
            wire.begin("fuzzing", quota, threading.Event())
            yield wire, server, received
        wire.deliver()


def events(server: Scripted, suffix: str = "") -> str:
    """The URL of the connector's events."""
    return f"{server.url}/accounts/account/magic/connectors/connector/telemetry/events{suffix}"


def test_an_answer_is_handed_over_once() -> None:
    """An answer is observed once, with its status, headers as received, and body."""
    with wire_to(sends("200 OK", "X-Twice: 1", "X-Twice: 2", body=b'{"a":1}')) as (wire, server, received):
        wire.get(events(server))
        wire.deliver()
        wire.deliver()
        response = received[0].response
        twice = [header for header in response.headers if header[0] == "X-Twice"]
        assert (len(received), response.status, twice, response.body) == (
            1, 200, [("X-Twice", "1"), ("X-Twice", "2")], b'{"a":1}',
        )  # fmt: skip


def test_the_request_is_kept_as_sent() -> None:
    """The exchange shows the method, the URL and the credential that the server saw."""
    with wire_to(OK) as (wire, server, received):
        wire.get(events(server, "?from=1&to=2"), headers={"X-Schemathesis-TestCaseId": "AbC123"})
        wire.deliver()
        request = received[0].request
        assert request is not None
        assert (request.method, request.url) == ("GET", events(server, "?from=1&to=2"))
        assert ("Authorization", "Bearer token") in request.headers
        head = server.heads[0]
        assert ("Authorization: Bearer token" in head, "TestCaseId" in head) == (True, False)


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/accounts/account/magic/connectors/connector/telemetry/events"),
        ("HEAD", "/accounts/account/magic/connectors/connector/telemetry/events"),
        ("GET", "/accounts/account/magic/connectors/other/telemetry/events"),
        ("GET", "/accounts/account/magic/connectors/connector/telemetry/events/../../other"),
        ("GET", "/accounts/account/magic/connectors/connector/telemetry/eventsource"),
        ("GET", "/"),
    ],
)
def test_what_is_not_a_get_for_the_connector_is_not_sent(method: str, path: str) -> None:
    """Another method, connector or path never leaves, and gives no exchange."""
    with wire_to(OK) as (wire, server, received):
        answer = wire.request(method, server.url + path)
        wire.deliver()
        assert (answer.status_code, server.heads, received, wire.total) == (503, [], [], 0)


def test_a_reset_connection_is_tried_once_more() -> None:
    """A single reset is passed over, and not observed; both requests count."""
    with wire_to(resets, OK) as (wire, server, received):
        answer = wire.get(events(server))
        wire.deliver()
        passed_over = [each.response.status for each in wire.passed_over]
        assert (answer.status_code, len(received), wire.total, passed_over, wire.unanswered) == (200, 1, 2, [None], [])


def test_a_reset_halfway_is_tried_once_more() -> None:
    """A reset in the middle of a body is passed over; the whole answer is observed."""
    with wire_to(sends_half, OK) as (wire, server, received):
        wire.get(events(server))
        wire.deliver()
        assert ([each.response.body for each in received], len(wire.passed_over), wire.total) == ([b"{}"], 1, 2)


def test_a_second_reset_is_no_answer() -> None:
    """A request reset twice is not observed, and is kept among the unanswered."""
    with wire_to(resets, resets) as (wire, server, received):
        answer = wire.get(events(server))
        wire.deliver()
        assert (answer.status_code, received, len(wire.unanswered), wire.limit) == (503, [], 1, None)


def test_three_requests_without_answer_end_the_run() -> None:
    """After three requests in a row without an answer, no more are sent."""
    with wire_to(*[resets] * 6) as (wire, server, _):
        for _attempt in range(4):
            wire.get(events(server))
        assert (wire.limit, wire.total, len(wire.unanswered)) == (Limit.UNREACHABLE, 6, 3)


def test_a_body_cut_short_is_kept() -> None:
    """A body that ends before its Content-Length is observed as far as it came, and marked incomplete."""
    with wire_to(sends("200 OK", body=b'{"a"', length=10)) as (wire, server, received):
        answer = wire.get(events(server))
        wire.deliver()
        response = received[0].response
        assert (answer.content, response.body, bool(response.incomplete)) == (b'{"a"', b'{"a"', True)


def test_content_is_decoded() -> None:
    """A gzip body is observed decoded."""
    with wire_to(sends("200 OK", "Content-Encoding: gzip", body=gzip.compress(b'{"a":1}'))) as (wire, server, received):
        wire.get(events(server))
        wire.deliver()
        assert (received[0].response.body, received[0].response.undecodable) == (b'{"a":1}', None)


def test_content_that_does_not_decode_is_marked() -> None:
    """A body that is not what its Content-Encoding says is observed as undecodable."""
    with wire_to(sends("200 OK", "Content-Encoding: gzip", body=b"plain")) as (wire, server, received):
        wire.get(events(server))
        wire.deliver()
        assert bool(received[0].response.undecodable)


def test_a_rate_limit_is_waited_out() -> None:
    """A 429 is waited for as it asks, and the request is sent again; both answers are observed."""
    with wire_to(sends("429 Too Many Requests", "Retry-After: 0"), OK) as (wire, server, received):
        wire.get(events(server))
        wire.deliver()
        assert ([each.response.status for each in received], wire.waits, wire.total) == ([429, 200], 1, 2)


def test_a_rate_limit_that_asks_for_too_much_ends_the_run() -> None:
    """A 429 that asks for more than the bound is observed, and no more is sent."""
    with wire_to(sends("429 Too Many Requests", "Retry-After: 300"), OK, wait=5.0) as (wire, server, received):
        wire.get(events(server))
        wire.get(events(server))
        wire.deliver()
        assert ([each.response.status for each in received], wire.limit, wire.total) == ([429], Limit.RATE, 1)


def test_a_redirect_is_not_followed() -> None:
    """A redirect is an answer; the credential goes nowhere else."""
    with wire_to(OK) as (_, elsewhere, _unused):
        with wire_to(sends("302 Found", f"Location: {elsewhere.url}/")) as (wire, server, received):
            answer = wire.get(events(server))
            wire.deliver()
            assert (answer.status_code, [each.response.status for each in received]) == (302, [302])
        assert elsewhere.heads == []


def test_cookies_are_not_sent_back() -> None:
    """A cookie that the server sets is not in the next request."""
    with wire_to(sends("200 OK", "Set-Cookie: a=1; Path=/"), OK) as (wire, server, _):
        wire.get(events(server))
        wire.get(events(server))
        assert ["Cookie:" in head for head in server.heads] == [False, False]


def test_a_netrc_entry_does_not_replace_the_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry for the host in the user's .netrc is not used."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with wire_to(OK) as (wire, server, _):
        wire.get(events(server))
        assert "Authorization: Bearer token" in server.heads[0]


def test_no_proxy_is_used_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxies of the environment are for other machines: neither request nor credential goes there."""
    with scripted(OK) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with wire_to(OK) as (wire, server, _):
            assert (200, 1, []) == (wire.get(events(server)).status_code, len(server.heads), proxy.heads)


def test_an_abandoned_request_is_not_waited_for() -> None:
    """A request under way is given up at once, is not observed, and no more are sent."""
    with wire_to(silent, OK) as (wire, server, received):
        asking = threading.Thread(target=wire.get, args=(events(server),))
        asking.start()
        assert server.asked.wait(30)
        wire.abandon()
        asking.join()
        wire.get(events(server))
        wire.deliver()
        assert ([], [], 1) == (received, wire.unanswered, wire.total)


def test_requests_are_bounded() -> None:
    """No more requests are sent than the bound allows, and the limit is named."""
    with wire_to(OK, OK, OK, requests=2) as (wire, server, received):
        for _attempt in range(3):
            wire.get(events(server))
        wire.deliver()
        assert (len(server.heads), len(received), wire.limit) == (2, 2, Limit.REQUESTS)


def test_a_phase_sends_its_quota_only() -> None:
    """Past its quota a phase is told to stop and named as cut; the run goes on with the next."""
    with wire_to(OK, OK, quota=1) as (wire, server, received):
        wire.get(events(server))
        wire.get(events(server))
        wire.begin("stateful", 1, threading.Event())
        wire.get(events(server))
        wire.deliver()
        assert (wire.sent, wire.cut, wire.limit, len(received)) == ({"fuzzing": 1, "stateful": 1}, ["fuzzing"], None, 2)
