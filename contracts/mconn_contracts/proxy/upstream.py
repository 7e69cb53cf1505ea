"""The connections to the target. They are opened when needed, kept, and used again."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h11

from mconn_contracts.live.http import Tls, proxy_address, proxy_authorization, proxy_of
from mconn_contracts.live.receiving import LONGEST_HEAD, NotHttpError, Received
from mconn_contracts.live.target import Target
from mconn_contracts.proxy.stream import Stream

CONNECT_TIME = 30.0
"""Seconds that a connection to the target may take."""
_MOST_IDLE = 64


def protocol() -> h11.Connection:
    """Reads and writes the messages of one connection to a server."""
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)


@dataclass(slots=True)
class Upstream:
    """A connection to the target."""

    stream: Stream
    protocol: h11.Connection = field(default_factory=protocol)
    used: bool = False
    """Whether a request was sent by it before."""


class Upstreams:
    """The connections to one target, by the proxy of the environment where there is one; for one event loop."""

    def __init__(self, target: Target, tls: Tls) -> None:
        parts = urlsplit(target.base_url)
        self._host = parts.hostname or ""
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        # Files are looked at for plain HTTP as well: one that cannot be used is a mistake.
        context = tls.context() if parts.scheme == "https" or tls != Tls() else None
        self._tls = context if parts.scheme == "https" else None
        self._proxy = None if target.loopback else proxy_of(parts)
        self._idle: list[Upstream] = []
        self.authority = parts.netloc.encode()
        """What the field `host` says."""
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.by_proxy = self._proxy is not None and self._tls is None
        """Whether requests are for a proxy, and so have the whole URL."""
        self.authorization: list[tuple[bytes, bytes]] = []
        """Further header fields for that proxy."""
        if self._proxy is not None:
            self.authorization = [(name.encode(), value.encode()) for name, value in proxy_authorization(self._proxy)]

    async def take(self, *, fresh: bool) -> Upstream:
        """A connection, or a new one on request. OSError or NotHttpError if it cannot be made."""
        while self._idle and not fresh:
            upstream = self._idle.pop()
            if upstream.stream.silent:
                return upstream
            upstream.stream.abort()
        async with asyncio.timeout(CONNECT_TIME):
            return Upstream(await self._connect())

    def give_back(self, upstream: Upstream) -> None:
        """Keep a connection whose answer has ended, if it can be used again."""
        our_state, their_state = upstream.protocol.our_state, upstream.protocol.their_state
        if our_state is h11.DONE and their_state is h11.DONE and upstream.stream.silent and len(self._idle) < _MOST_IDLE:
            upstream.protocol.start_next_cycle()
            upstream.used = True
            self._idle.append(upstream)
        else:
            upstream.stream.abort()

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().stream.abort()

    async def _connect(self) -> Stream:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls is not None else None
        if self._proxy is None:
            _, stream = await loop.create_connection(Stream, self._host, self.port, ssl=self._tls, server_hostname=name)
            return stream
        _, stream = await loop.create_connection(Stream, *proxy_address(self._proxy))
        if self._tls is not None:
            with contextlib.ExitStack() as undo:
                undo.callback(stream.abort)
                await self._tunnel(stream)
                transport = await loop.start_tls(stream.transport, stream, self._tls, server_hostname=name)
                if transport is None:
                    raise ssl.SSLError("no TLS could be spoken")
                stream.transport = transport
                undo.pop_all()
        return stream

    async def _tunnel(self, stream: Stream) -> None:
        """Have the proxy lead to the target. NotHttpError or OSError if it does not."""
        authority = f"{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"
        speaking, received = protocol(), Received()
        request = h11.Request(method="CONNECT", target=authority, headers=[(b"Host", authority.encode()), *self.authorization])
        await stream.write((speaking.send(request) or b"") + (speaking.send(h11.EndOfMessage()) or b""))
        while not received.advance(speaking):
            received.take(speaking, await stream.read())
        if received.status is None or not 200 <= received.status < 300:
            raise NotHttpError(f"the proxy of the environment answers {received.status}")
