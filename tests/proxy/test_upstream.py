"""The way to the target: TLS, certificates of one's own, and the proxies of the environment."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.certificates import certificates
from tests.live.scripted import OK, scripted
from tests.live.test_tls import served
from tests.proxy.standing import get, spoken, standing

from mconn_contracts.live.http import Tls


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An authority, and certificates that it issued to a server and to a client."""
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "http_proxy", "https_proxy", "all_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("asks", [False, True])
def test_a_target_with_tls_is_reached(pems: dict[str, Path], asks: bool) -> None:
    """By an authority of one's own, and with a certificate where the target asks for one."""
    tls = Tls(pems["authority"], pems["client"] if asks else None)
    with served(pems, asks=asks) as url, standing(url, tls=tls) as proxy:
        received = spoken(proxy.address, get("/a"))

    assert (b"HTTP/1.1 200 OK", 1) == (received[:15], proxy.counts.passed)


def test_a_target_that_is_not_trusted_gets_no_request(pems: dict[str, Path]) -> None:
    """The client is told why, in plain words, and nobody is accused."""
    with served(pems, asks=False) as url, standing(url) as proxy:
        received = spoken(proxy.address, get("/a"))

    assert (b"HTTP/1.1 502", True, 1) == (received[:12], b"CERTIFICATE_VERIFY_FAILED" in received, proxy.tally.unanswered)


def test_a_plain_target_of_another_machine_is_reached_by_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment gets the whole URL, and its own credential; it is recorded nowhere."""
    with scripted(OK) as other:
        monkeypatch.setenv("http_proxy", other.url.replace("//", "//me:secret-of-the-proxy@"))
        with standing("http://telemetry.invalid/v4") as proxy:
            received = spoken(proxy.address, get("/v4/a"))

    assert b"HTTP/1.1 200 OK" == received[:15]
    assert other.heads[0].startswith("GET http://telemetry.invalid/v4/a HTTP/1.1\r\nHost: telemetry.invalid\r\n")
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0LW9mLXRoZS1wcm94eQ==" in other.heads[0]


def test_a_target_with_tls_is_reached_through_the_proxy(pems: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is asked to lead there, and sees nothing of the request."""
    with served(pems, asks=False) as url, leading(int(url.rpartition(":")[2])) as (other, heads):
        monkeypatch.setenv("https_proxy", other)
        # The certificate is for the address alone.
        with standing("https://127.0.0.1.nip.invalid/v4", tls=Tls(pems["authority"])) as refused:
            told = spoken(refused.address, get("/v4/a"))

    assert ["CONNECT 127.0.0.1.nip.invalid:443 HTTP/1.1"] == [head.splitlines()[0] for head in heads]
    assert b"Hostname mismatch" in told


def test_a_proxy_that_does_not_lead_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proxy of the environment refuses, the client gets 502 that says so."""
    with scripted(lambda connection: connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")) as other:
        monkeypatch.setenv("https_proxy", other.url)
        with standing("https://telemetry.invalid") as proxy:
            received = spoken(proxy.address, get("/a"))

    assert (b"HTTP/1.1 502", True) == (received[:12], b"the proxy of the environment answers 407" in received)


@contextlib.contextmanager
def leading(port: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy that leads its one client to a port of this machine, whatever it asks for; and the head that it got."""
    heads: list[str] = []

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def lead() -> None:
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            heads.append(client.recv(65536).decode())
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=carry, args=(server, client), daemon=True)
            back.start()
            carry(client, server)
            back.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lead, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
        thread.join(10)
