"""TLS: whom a run trusts, what it shows, and what is said where either is missing."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import create_connection, create_server

import pytest
from tests.live.asking import Judge, target_at
from tests.live.certificates import certificates, server_context

from mconn_contracts.errors import ConnectionFailedError, UsageError
from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Client
from mconn_contracts.live.http import HttpTransport, Tls
from mconn_contracts.live.sender import Sender

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An authority, and certificates that it issued to a server and to a client."""
    return certificates(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def served(pems: dict[str, Path], *, asks: bool) -> Iterator[str]:
    """The URL of a server with TLS, which may ask for a certificate."""
    context = server_context(pems, asks=asks)
    over = threading.Event()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            if over.is_set():
                connection.close()
                return
            with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as stream:
                stream.recv(65536)
                stream.sendall(ANSWER)

    with closing(create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            with contextlib.suppress(OSError), create_connection(listener.getsockname()):
                thread.join()


def status(url: str, tls: Tls) -> int | None:
    """The status of one request."""
    target = target_at(url)
    with closing(Client(target, HttpTransport(target, tls), Budget(10), Judge())) as client:
        return Sender(client).send().status


def test_an_authority_of_ones_own_is_trusted(pems: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """By --ca-file, and by SSL_CERT_FILE."""
    with served(pems, asks=False) as url:
        assert 200 == status(url, Tls(ca_file=pems["authority"]))
        monkeypatch.setenv("SSL_CERT_FILE", str(pems["authority"]))
        assert 200 == status(url, Tls())


def test_an_unknown_authority_is_not_trusted(pems: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what would help."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with served(pems, asks=False) as url, pytest.raises(ConnectionFailedError) as caught:
        status(url, Tls())

    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)
    assert str(caught.value).endswith("if its certificate authority is your own, give --ca-file")


def test_a_certificate_is_shown_to_a_server_that_asks(pems: dict[str, Path]) -> None:
    """With --client-cert the server answers; without, the error names the option."""
    with served(pems, asks=True) as url:
        assert 200 == status(url, Tls(pems["authority"], pems["client"]))
        with pytest.raises(ConnectionFailedError) as caught:
            status(url, Tls(pems["authority"]))

    assert "--client-cert" in str(caught.value)


@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_a_file_that_is_no_certificate_is_wrong_use(option: str, tmp_path: Path) -> None:
    """It is found before anything is sent, and the option is named."""
    (tmp_path / "no.pem").write_text("no certificate")
    for name in ("no.pem", "missing.pem"):
        with pytest.raises(UsageError, match=f"--{option.replace('_', '-')} "):
            Tls(**{option: tmp_path / name}).context()
