"""The reference server over real sockets."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mconn_contracts.contract.api import LIST
from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.store import EventStore
from mconn_contracts.server.embedded import RunningServer, run, serve_handler_in_thread, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES, Style


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


def events(server: RunningServer, suffix: str = "") -> str:
    """The URL of the main connector's events."""
    return f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events{suffix}"


def get(server: RunningServer, suffix: str = "", **options: Any) -> requests.Response:
    """A GET with the token, on a connection of its own."""
    return requests.get(events(server, suffix), headers={"Authorization": f"Bearer {server.token}"}, timeout=10, **options)


def exchange(server: RunningServer, message: bytes) -> bytes:
    """All that the server sends back for raw bytes."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(message)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def test_url_is_the_base(server: RunningServer) -> None:
    """The server is on a port of 127.0.0.1, below the vendor's base path."""
    assert server.url.startswith("http://127.0.0.1:")
    assert server.url.endswith("/client/v4")


def test_three_operations_answer(server: RunningServer) -> None:
    """Over sockets, list, latest and get answer with a token, and latest with email and key as well."""
    listed = get(server, params={"from": 0, "to": 2_000_000_000}).json()["result"]["items"][-1]
    assert get(server, f"/{listed['t']}.{listed['n']}").json()["result"]["e"]["k"] == listed["k"]
    by_key = {"X-Auth-Email": server.email, "X-Auth-Key": server.key}
    latest = requests.get(events(server, "/latest"), headers=by_key, timeout=10)
    assert latest.json() == get(server, "/latest").json()


def test_header_fields_are_on_the_wire(server: RunningServer) -> None:
    """A response has one each of `Date`, `Content-Type`, `Content-Length`, `cf-ray` and the rate limits, and no more."""
    response = get(server, "/latest")
    expected = ["cf-ray", "content-length", "content-type", "date", "ratelimit", "ratelimit-policy"]
    assert expected == sorted(name.lower() for name in response.raw.headers)
    assert "," not in response.headers["Content-Length"]


def test_connection_is_kept(server: RunningServer) -> None:
    """Results, refusals and HEAD follow each other on one connection."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    statuses = []
    try:
        connection.connect()
        first = connection.sock
        for method, path, body in (("GET", "/x", None), ("HEAD", "/x", None), ("POST", "/x", b"y" * 100_000), ("GET", "/", None)):
            connection.request(method, path, body)
            response = connection.getresponse()
            content = response.read()
            assert len(content) == (0 if method == "HEAD" else int(response.headers["Content-Length"]))
            statuses.append(response.status)
        assert connection.sock is first
    finally:
        connection.close()
    assert statuses == [404] * 4


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_not_http_gets_an_envelope(server: RunningServer, message: bytes) -> None:
    """Bytes that are not HTTP request get 400 with the envelope, and the connection is closed."""
    head, _, body = exchange(server, message).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in head
    assert json.loads(body)["success"] is False


@pytest.mark.parametrize("target", [b"*", b"//latest", b"/%ff", b"http://other.example/client/v4/x", b"/client/v4?a=%ff"])
def test_odd_targets_get_an_envelope(server: RunningServer, target: bytes) -> None:
    """Targets of other forms get 404 with the envelope."""
    head, _, body = exchange(server, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").partition(
        b"\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert json.loads(body)["errors"][0]["code"] == 7003


def test_crash_is_an_envelope(caplog: pytest.LogCaptureFixture) -> None:
    """Where the handler fails, the client gets 500 with the envelope, and the traceback goes to the server's log."""

    class Crashing(Handler):
        def answer(self, request: Request) -> OutgoingMessage:
            raise ZeroDivisionError

    store = EventStore()
    with serve_handler_in_thread(Crashing(store)) as running:
        response = get(running, "/latest")
    store.close()
    assert response.status_code == 500
    assert response.json()["errors"] == [{"code": 1009, "message": "Internal server error"}]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_stop_leaves_nothing_behind() -> None:
    """After the block, the thread is gone and the port is closed, with a client still connected."""
    before = threading.active_count()
    with serve_in_thread() as running:
        session = requests.Session()
        assert session.get(running.url, timeout=10).status_code == 404
    assert threading.active_count() == before
    place = urlsplit(running.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=10)
    session.close()


def test_stop_when_the_block_fails() -> None:
    """The server stops where its block raises, and the error goes on."""
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), serve_in_thread():
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_seed_decides_what_is_served() -> None:
    """Two servers of one seed serve the same events, one of another seed serves others."""
    latest = []
    for seed in (1, 1, 2):
        with serve_in_thread(seed=seed) as running:
            latest.append(get(running, "/latest").json()["result"])
    assert latest[0] == latest[1] != latest[2]


def test_port_in_use_is_a_usage_error(server: RunningServer) -> None:
    """A port that is taken is a UsageError with the fix."""
    store = EventStore()
    with pytest.raises(UsageError, match="choose another --port"):
        run(Handler(store), port=urlsplit(server.url).port or 0, on_ready=lambda _: None)
    store.close()


def test_cut_body_is_cut() -> None:
    """The fault `cut-body` closes the connection before the end of the content."""
    with serve_in_thread(faults=[FAULTS["cut-body"]]) as running, pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(running, "/latest")


def test_length_too_long_is_too_long() -> None:
    """The fault `length-too-long` promises content that never comes."""
    with serve_in_thread(faults=[FAULTS["length-too-long"]]) as running:
        event = get(running, "/latest").json()["result"]["items"][0]
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            get(running, f"/{event['t']}.{event['n']}")


def test_reset_halfway_resets() -> None:
    """The fault `reset-halfway` resets one list in five."""
    window = {"from": 0, "to": 2_000_000_000}
    with serve_in_thread(faults=[FAULTS["reset-halfway"]]) as running:
        for _ in range(4):
            assert get(running, params=window).status_code == 200
        with pytest.raises(requests.exceptions.RequestException):
            get(running, params=window)
        assert get(running, params=window).status_code == 200


def test_flaky_style_resets_before_it_answers() -> None:
    """A style that resets connections does so before the first byte, and answers the next request."""
    with serve_in_thread(style=Style("two", "", Behavior(reset_every=2))) as running:
        assert get(running, "/latest").status_code == 200
        with pytest.raises(requests.exceptions.ConnectionError):
            get(running, "/latest")
        assert get(running, "/latest").status_code == 200


def test_gzip_style_compresses_for_those_who_accept_it() -> None:
    """The style `gzip` compresses where `Accept-Encoding` allows it, and says so in `Vary`."""
    with serve_in_thread(style=STYLES["gzip"]) as running:
        token = {"Authorization": f"Bearer {running.token}"}
        with requests.get(events(running, "/latest"), headers=token, stream=True, timeout=10) as packed:
            raw = packed.raw.read(decode_content=False)
        plain = requests.get(events(running, "/latest"), headers={**token, "Accept-Encoding": "identity"}, timeout=10)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


def test_chunked_style_has_no_length() -> None:
    """The style `chunked` sends content in chunks, and none for HEAD."""
    with serve_in_thread(style=STYLES["chunked"]) as running:
        response = get(running, "/latest")
        head = requests.head(events(running), timeout=10)
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers
    assert response.json()["success"] is True
    assert head.content == b""


def test_server_keeps_a_document_with_overlays() -> None:
    """It has the kinds of the revision, and shows the revision's document."""
    with serve_in_thread(document=overlaid(load(), ["2026-08-14"])) as running:
        query = {"from": 0, "to": 2_000_000_000, "k": "HaError"}
        path = LIST.path.format(account_id=running.account_id, connector_id=running.connector_id)
        listed = requests.get(running.url + path, query, headers={"Authorization": f"Bearer {running.token}"}, timeout=10)
        shown = requests.get(running.url.replace("client/v4", "docs/openapi.json"), timeout=10).json()

    assert {"HaError"} == {item["k"] for item in listed.json()["result"]["items"]}
    assert "HaError" in shown["components"]["schemas"]["Event"]["properties"]["k"]["enum"]
