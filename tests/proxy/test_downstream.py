"""Clients of every kind: what they send reaches the target, and what cannot be handed on is told in plain words."""

from __future__ import annotations

import contextlib
import functools
import json
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.live.scripted import scripted, silent
from tests.proxy.standing import EVENTS, get, spoken, standing

from mconn_contracts.proxy import downstream
from mconn_contracts.server.embedded import RunningServer, serve_in_thread

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


def authorized(server: RunningServer, path: str = EVENTS + "/latest", *, close: bool = False) -> bytes:
    """A request with the server's token."""
    fields = f"Host: a\r\nAuthorization: Bearer {server.token}\r\n{'Connection: close' if close else 'X: y'}"
    return f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode()


def reads_all(until: bytes, *answers: bytes, got: list[bytes]) -> Callable[[socket.socket], None]:
    """Sends the first answer at once, and the last once what came ends so."""

    def answer(connection: socket.socket) -> None:
        for each in answers[:-1]:
            connection.sendall(each)
        data = b""
        while not data.endswith(until):
            data += connection.recv(65536)
        got.append(data)
        connection.sendall(answers[-1])

    return answer


# Requests, one after the other and side by side.


def test_requests_of_a_connection_may_come_all_at_once(server: RunningServer) -> None:
    """Pipelined requests (RFC 9112, 9.3.2) are answered in their order, with empty lines before them or not."""
    asked = [authorized(server, f"{EVENTS}?from={start}&to=2000000000&limit=1") for start in (0, 1767100000)]
    with standing(server.url) as proxy:
        received = spoken(proxy.address, b"\r\n".join([*asked, authorized(server, close=True)]))

    answers = received.split(b"HTTP/1.1 ")[1:]
    assert ([b"200"] * 3, 3, 3) == ([each[:3] for each in answers], proxy.tally.exchanges, proxy.counts.passed)
    assert [(True, False), (False, True)] == [(b'"t":1767041247' in each, b'"t":17671' in each) for each in answers[:2]]


def test_clients_may_ask_side_by_side(server: RunningServer) -> None:
    """Each of many clients at once gets the answer to its own request."""
    paths = [f"{EVENTS}?from=0&to=2000000000&limit={limit}" for limit in range(1, 33)]
    with standing(server.url) as proxy, ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda path: spoken(proxy.address, authorized(server, path, close=True)), paths))

    counts = [json.loads(each.partition(b"\r\n\r\n")[2])["result"]["count"] for each in answers]
    assert list(range(1, 33)) == counts
    assert (32, {}) == (proxy.tally.exchanges, proxy.tally.by_code)


def test_a_client_may_close_its_half(server: RunningServer) -> None:
    """A client that says it sends no more, as `nc` does, gets its answer all the same."""
    with standing(server.url) as proxy:
        received = spoken(proxy.address, authorized(server), ends=True)

    assert (b"HTTP/1.1 200 OK", 1) == (received[:15], proxy.tally.exchanges)


def test_a_client_that_has_closed_gives_up_a_server_that_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a client sent its request and its end at once, a server that never answers is not waited for for ever."""
    monkeypatch.setattr(downstream, "HALF_CLOSED", 0.05)
    with scripted(silent) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, get(), ends=True)

    assert (b"", {}, 1) == (received, proxy.tally.by_code, proxy.tally.unanswered)


@pytest.mark.parametrize(
    "framing, body",
    [
        (b"Content-Length: 5\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        (b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    ],
)
def test_the_content_of_a_request_is_handed_on(framing: bytes, body: bytes) -> None:
    """Content arrives with its length or in its chunks; a length beside chunks is dropped (RFC 9112, 6.3)."""
    got: list[bytes] = []
    head = b"POST /a HTTP/1.1\r\nHost: a\r\n" + framing + b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
    with (
        scripted(reads_all(body[-5:], CONTINUE, OK, got=got)) as target,
        standing(target.url) as proxy,
        socket.create_connection(proxy.address, timeout=20) as client,
    ):
        client.sendall(head)
        first = client.recv(65536)
        client.sendall(body)
        rest = b"".join(iter(lambda: client.recv(65536), b""))

    assert (CONTINUE, OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) == (first, rest)
    assert [body] == got
    assert [framing.decode().partition("Content-Length: 9\r\n")[2] or framing.decode()] == [
        line + "\r\n" for line in target.heads[0].split("\r\n") if line.startswith(("Content", "Transfer"))
    ]


def test_a_server_may_answer_before_it_has_the_whole_request() -> None:
    """An answer in the middle of a request's content reaches the client, and the connection ends with it."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with scripted(lambda connection: connection.sendall(refusal)) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, head + b"x" * 10)

    assert refusal == received
    assert (1, 0) == (proxy.counts.passed, proxy.counts.given_up)


# What is not handed on.


@pytest.mark.parametrize(
    "request_, status, words",
    [
        (
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
            b"421",
            b"uses this as a proxy to 'example.com:443'",
        ),
        (b"GET http://example.com/a HTTP/1.1\r\nHost: example.com\r\n\r\n", b"421", b"uses this as a proxy to 'example.com'"),
        (b"CONNECT user:secret@a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", b"421", b"as a proxy to 'a.example:443', but"),
        (b"GET http://user:secret@a.example?b=secret HTTP/1.1\r\nHost: a\r\n\r\n", b"421", b"as a proxy to 'a.example', but"),
        (b"GET a.example/b HTTP/1.1\r\nHost: a\r\n\r\n", b"400", b"neither a path nor a URL; a path begins with /"),
        (b"GET https://[::1 HTTP/1.1\r\nHost: example.com\r\n\r\n", b"421", b"uses this as a proxy to"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400", b"speaks TLS here: give it the base URL with http://"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505", b"is not an HTTP/1.1 request"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400", b"is not an HTTP/1.1 request"),
        (b"hello secret-token\r\n\r\n", b"400", b"is not an HTTP/1.1 request: illegal request line\n"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 1_100_000, b"431", b"is longer than 1048576 bytes"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", b"501", b"is not an HTTP/1.1 request"),
    ],
)
def test_what_is_for_somebody_else_is_refused(request_: bytes, status: bytes, words: bytes) -> None:
    """Requests to another host, and what is not HTTP/1.1, get a plain answer, reach no server, and are counted."""
    with scripted() as target, standing(target.url) as proxy:
        received = spoken(proxy.address, request_)

    assert (status, [], 1, 0) == (received[9:12], target.heads, proxy.counts.refused, proxy.counts.passed)
    assert words in received.partition(b"\r\n\r\n")[2]
    assert [words.strip() in each.encode() for each in proxy.said] == [True]


def test_the_targets_own_url_may_be_asked_for_whole(server: RunningServer) -> None:
    """A request in absolute form (RFC 9112, 3.2.2) is handed on where it names the target or the proxy."""
    with standing(server.url) as proxy:
        for url in (server.url, proxy.url):
            whole = url.partition("/client")[0] + EVENTS + "/latest"
            assert b"HTTP/1.1 200 OK" == spoken(proxy.address, authorized(server, whole, close=True))[:15]

    assert (2, {}) == (proxy.tally.exchanges, proxy.tally.by_code)


# Servers and clients that are not there.


def test_a_target_that_is_down_is_told_and_accuses_nobody(tmp_path: Path) -> None:
    """The client gets 502 with plain words; the request is counted, recorded without an answer, and not judged."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/client/v4"
    with standing(url, recording=tmp_path / "run.har") as proxy:
        received = spoken(proxy.address, get())

    assert b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8" == received[:65]
    assert b"cannot be reached: ConnectionRefusedError" in received
    assert ({}, 0, 1, 1) == (proxy.tally.by_code, proxy.tally.exchanges, proxy.tally.unanswered, proxy.counts.given_up)
    entries = json.loads((tmp_path / "run.har").read_bytes())["log"]["entries"]
    assert [0] == [each["response"]["status"] for each in entries]


def test_a_client_that_goes_away_accuses_nobody() -> None:
    """Where a client resets its connection in the middle of an answer, the target's is closed; nobody is accused."""
    closed = threading.Event()

    def goes_on(connection: socket.socket) -> None:
        connection.sendall(OK.replace(b": 2", b": 9"))
        if connection.recv(1) == b"":
            closed.set()

    with scripted(goes_on) as target, standing(target.url) as proxy:
        client = socket.create_connection(proxy.address)
        client.sendall(get())
        assert client.recv(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        assert closed.wait(10)

    assert ({}, 1) == (proxy.tally.by_code, proxy.tally.unanswered)


def test_a_broken_request_body_is_refused() -> None:
    """A client whose chunks are none is told so, and the target's connection is closed."""
    asked = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    with scripted(lambda connection: connection.recv(65536)) as target, standing(target.url) as proxy:  # type: ignore[arg-type,return-value]
        received = spoken(proxy.address, asked)

    assert (b"HTTP/1.1 400 Bad Request", 1, 1) == (received[:24], proxy.counts.refused, proxy.tally.unanswered)


def test_a_kept_connection_that_was_closed_is_replaced() -> None:
    """A target may close between two requests (RFC 9112, 9.5); the second one goes by a new connection."""
    with (
        scripted(lambda c: c.sendall(OK), lambda c: c.sendall(OK)) as target,
        standing(target.url) as proxy,
        socket.create_connection(proxy.address, timeout=20) as client,
    ):
        for _ in range(2):
            client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            assert OK == client.recv(65536)

    assert (2, 2, 0) == (len(target.heads), proxy.counts.passed, proxy.counts.given_up)


def test_no_more_requests_pass_than_were_allowed(server: RunningServer) -> None:
    """Past `most` requests, connections end without an answer."""
    with standing(server.url, most=2) as proxy:
        received = spoken(proxy.address, authorized(server) * 3)

    assert (2, 2) == (received.count(b"HTTP/1.1 200 OK"), proxy.tally.exchanges)


def test_clients_beyond_the_limit_of_open_files_are_told(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no more connections can be had, further clients get 503 and the reason; those that are there go on."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (80, 80))
    with standing(server.url) as proxy, contextlib.ExitStack() as stack:
        early = [stack.enter_context(socket.create_connection(proxy.address, timeout=20)) for _ in range(8)]
        late = spoken(proxy.address, b"")
        for client in early:
            client.sendall(authorized(server, close=True))
        answers = [b"".join(iter(functools.partial(client.recv, 65536), b"")) for client in early]

    assert (b"HTTP/1.1 503", True) == (late[:12], b"more than 8 clients are connected" in late)
    assert ([b"HTTP/1.1 200"] * 8, 1) == ([each[:12] for each in answers], proxy.counts.refused)
