"""Listens for clients, in a thread of its own, and gives each exchange to a recording and to a judge."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from mconn_contracts.errors import UsageError, reason
from mconn_contracts.live.http import Tls
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.process.files import UnwrittenError
from mconn_contracts.proxy.downstream import Downstream
from mconn_contracts.proxy.heads import answer
from mconn_contracts.proxy.passed import Passed, Shower
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.stream import Stream
from mconn_contracts.proxy.upstream import Upstreams

GRACE = 1.0
"""Seconds that requests under way get to finish at the end."""
MOST_WAITING = 64 * 1024 * 1024
"""The most bytes of bodies that may wait for their judgement. Further exchanges must wait."""
_AT_ONCE, _BACKLOG = 8, 512
"""The number of connections accepted at a time, and of those that may wait."""
_OWN_FILES, _FEWEST = 64, 8
"""Files that are open beside connections, about; and how many clients there may be at least."""
_PAUSE = 0.005
_OF_AN_EXCHANGE = 4096
"""Bytes that an exchange takes beside its body."""


@dataclass(slots=True)
class Waiting:
    """An exchange that waits for its judgement, and the place where the result is awaited."""

    exchange: Exchange
    instead: asyncio.Future[bytes | None] | None = None


@dataclass(slots=True)
class Counts:
    """What has come to the proxy."""

    begun: int = 0
    passed: int = 0
    """Requests that got an answer, or would have, had the server not failed to give one."""
    given_up: int = 0
    """Requests without an answer because their client went away, or the target could not be reached."""
    refused: int = 0
    """Requests that were not passed on, because they are for another host, or are not HTTP."""


@dataclass(slots=True)
class Settings:
    """How to listen: `host` and `port` of the address, 0 for a free one. `most` requests are handed on."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: Tls = field(default_factory=Tls)
    most: int | None = None
    judges: bool = False
    """Whether exchanges are judged."""
    blocks: bool = False
    """Whether answers wait until they are judged."""


class Listener:
    """A proxy before one target. `ring` is called in its thread for each exchange, and `say` with each message.

    UsageError if the address cannot be listened on, or a file of `settings.tls` not be used.
    """

    def __init__(
        self,
        target: Target,
        settings: Settings,
        recording: Recording | None,
        *,
        ring: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.upstreams = Upstreams(target, settings.tls)
        self.blocks = settings.blocks
        self.ending = False
        self.counts = Counts()
        self.unwritten: list[UnwrittenError] = []
        """Why the recording was not gone on with."""
        self._settings = settings
        self._recording = recording
        self._ring = ring
        self._say = say
        self._said: set[str] = set()
        self._shower = Shower(target.base_url, os.environ)
        self._entries = 0
        self._waiting: deque[Waiting] = deque()
        self._waiting_bytes = 0
        self._most_clients = max(_FEWEST, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OWN_FILES) // 2)
        """Each takes two connections."""
        self._clients: dict[Downstream, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()
        if target.loopback and self.upstreams.port == settings.port:
            raise UsageError(
                f"the target {target.base_url} is the address where the proxy must listen; choose another port with --listen"
            )
        self._socket = _listen(settings.host, settings.port)
        self._loop = asyncio.new_event_loop()
        host, port = self._socket.getsockname()[:2]
        # Clients cannot connect to the address that means all addresses.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
        authority = f"{f'[{host}]' if ':' in host else host}:{port}"
        self.url = f"http://{authority}{urlsplit(target.base_url).path}"
        """The base URL for clients: the target's, at the address of the proxy."""
        self.authorities = frozenset({authority, f"localhost:{port}", self.upstreams.authority.decode().lower()})
        self._thread = threading.Thread(target=self._run, name="mconn-proxy", daemon=True)

    @contextlib.contextmanager
    def listening(self, meanwhile: Callable[[], None]) -> Iterator[None]:
        """Within, requests are handed on; those under way at the end have a moment to come to theirs, `meanwhile` called."""
        self._thread.start()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            while self._thread.is_alive():
                meanwhile()
                self._thread.join(_PAUSE)

    @property
    def full(self) -> bool:
        """Whether the requested number of requests has passed."""
        return self._settings.most is not None and self.counts.passed + self.counts.given_up >= self._settings.most

    def waiting(self) -> Iterator[Waiting]:
        """The exchanges that wait for their judgement."""
        while self._waiting:
            each = self._waiting.popleft()
            self._waiting_bytes -= _size(each.exchange)
            yield each

    def answer(self, waiting: Waiting, instead: bytes | None) -> None:
        """Release an answer, or its replacement."""
        future = waiting.instead
        if future is not None:
            self._loop.call_soon_threadsafe(_settle, future, instead)

    # What connections of clients have in common.

    def admit(self) -> bool:
        """Whether one more request may be handed on; it is counted."""
        if self.ending or (self._settings.most is not None and self.counts.begun >= self._settings.most):
            return False
        self.counts.begun += 1
        return True

    async def hand_over(self, passed: Passed) -> bytes | None:
        """Record an exchange, and queue it for its judgement. If answers wait for that, returns the replacement, if any."""
        exchange = self._shower.exchange(passed, self._entries)
        self._entries += 1
        self._record(exchange)
        if passed.given_up:
            self.counts.given_up += 1
        else:
            self.counts.passed += 1
        instead: bytes | None = None
        if self._settings.judges:
            waiting = Waiting(exchange, self._loop.create_future() if self.blocks else None)
            self._waiting.append(waiting)
            self._waiting_bytes += _size(exchange)
            self._ring()
            if waiting.instead is not None:
                instead = await waiting.instead
            while self._waiting_bytes > MOST_WAITING:
                await asyncio.sleep(_PAUSE)
        else:
            self._ring()
        return instead

    def refused(self, why: str) -> None:
        """Count a request that was not handed on."""
        self.counts.refused += 1
        self._tell(why)

    def unreachable(self, why: str) -> None:
        """Tell that the target cannot be reached."""
        self._tell(why)

    def _tell(self, text: str) -> None:
        if len(self._said) < 100 and text not in self._said:
            self._said.add(text)
            self._say(text)

    def _record(self, exchange: Exchange) -> None:
        if self._recording is None or self.unwritten:
            return
        try:
            self._recording.append(exchange)
        except UnwrittenError as error:
            self.unwritten.append(error)
            self._say(f"{error}; from now on, nothing is recorded")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        # asyncio takes as many connections at a time as wait at most, before any of them can be refused.
        server = await self._loop.create_server(lambda: Stream(self._accept), sock=self._socket, backlog=_AT_ONCE)
        self._socket.listen(_BACKLOG)
        await self._stopped.wait()
        server.close()
        self.ending = True
        busy = [task for client, task in self._clients.items() if client.busy]
        for client in [client for client in self._clients if not client.busy]:
            client.stop()
        if busy:
            await asyncio.wait(busy, timeout=GRACE)
        for client in list(self._clients):
            client.stop()
        tasks = list(self._clients.values())
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
        self.upstreams.close()

    def _accept(self, stream: Stream) -> None:
        if len(self._clients) >= self._most_clients:
            why = (
                f"more than {self._most_clients} clients are connected, which is what the limit of open files allows (ulimit -n)"
            )
            self.refused(why)
            stream.transport.write(answer(HTTPStatus.SERVICE_UNAVAILABLE, f"mconn: {why}\n".encode()))
            stream.close()
            return
        client = Downstream(stream, self)
        task = self._loop.create_task(client.serve())
        self._clients[client] = task
        task.add_done_callback(lambda _: self._clients.pop(client, None))


def _settle(future: asyncio.Future[bytes | None], instead: bytes | None) -> None:
    # Its client may have gone.
    if not future.done():
        future.set_result(instead)


def _size(exchange: Exchange) -> int:
    return len(exchange.response.body or b"") + _OF_AN_EXCHANGE


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}: {reason(error)}; --listen is HOST:PORT, such as 127.0.0.1:8766") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"cannot listen on {host} port {port}: {error}; choose another port with --listen, or 0") from None
    return listener
