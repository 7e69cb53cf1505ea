"""A proxy that stands in a thread of the test, and clients that speak to it byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.live.http import Tls
from mconn_contracts.live.target import Target
from mconn_contracts.model.tally import Tally
from mconn_contracts.proxy.listener import Counts, Settings
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.run import Run
from mconn_contracts.proxy.watch import Watch
from mconn_contracts.server.data import lifecycle

PLAN = Plan(load())
EVENTS = f"/client/v4/accounts/{lifecycle.ACCOUNT_ID}/magic/connectors/{lifecycle.CONNECTOR_ID}/telemetry/events"
"""The path of the reference server's events."""


@dataclass
class Standing:
    """A proxy, while it stands; what it came to, afterwards."""

    run: Run
    said: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    """The codes that were told as they came."""
    url: str = ""
    _watch: Watch | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @property
    def counts(self) -> Counts:
        """What has passed."""
        return self.run.counts

    @property
    def tally(self) -> Tally:
        """What was found, once it does not stand any more."""
        assert self._watch is not None
        return self._watch.tally


@contextlib.contextmanager
def standing(
    target: str,
    *,
    recording: Path | None = None,
    blocks: bool = False,
    plan: Plan = PLAN,
    tls: Tls | None = None,
    most: int | None = None,
) -> Iterator[Standing]:
    """A proxy before a target, which judges; when the block is left, all has passed and been judged."""
    watch = Watch(plan, 100_000)
    said: list[str] = []
    new: list[str] = []
    run = Run(
        Target(target, "", "", {}),
        Settings(tls=tls or Tls(), judges=True, blocks=blocks, most=most),
        recording=None if recording is None else Recording(recording),
        watch=watch,
        plan=plan,
        say=said.append,
        on_new=lambda finding: new.append(finding.code),
    )
    stands = Standing(run, said, new, _watch=watch)
    ready = threading.Event()

    def announce(url: str) -> None:
        stands.url = url
        ready.set()

    thread = threading.Thread(target=run.execute, args=(announce,), name="test-proxy", daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield stands
    finally:
        run.end()
        thread.join(30)
        watch.verdict()
    assert not thread.is_alive()


def spoken(address: tuple[str, int], data: bytes, *, ends: bool = False) -> bytes:
    """All that comes back for these bytes, up to the end of the connection; a reset is told as `<reset>`."""
    received = b""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(data)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            received += b"<reset>"
    return received


def get(path: str = EVENTS + "/latest", *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    """The bytes of a request that is the last of its connection."""
    close = ["Connection: close"] if version == "1.1" else []
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: proxy", *fields, *close, "", ""]).encode()
