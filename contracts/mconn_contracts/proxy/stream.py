"""One connection of the event loop. Bytes are read as they come, and writing waits for a slow reader."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

_MOST_UNREAD = 256 * 1024
"""The most bytes that are buffered before they are read."""


class Stream(asyncio.Protocol):
    """A connection, of a client or to the target."""

    def __init__(self, on_made: Callable[[Stream], None] | None = None) -> None:
        self._on_made = on_made
        self._unread = bytearray()
        self._readable: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._paused = False
        self.transport: asyncio.Transport
        self.ended = False
        """Whether the other side sends no more."""
        self.lost = False
        """Whether the connection is lost."""
        self.on_end: Callable[[], None] | None = None
        """Called when the other side sends no more, and when the connection is lost."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, as are the next five."""
        self.transport = cast("asyncio.Transport", transport)
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is read."""
        self._unread += data
        if len(self._unread) > _MOST_UNREAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake_reader()

    def eof_received(self) -> bool:
        """Keep the sending side open if possible: a client may close its half of the connection after its request."""
        self.ended = True
        self._wake_reader()
        if self.on_end is not None:
            self.on_end()
        return self.transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Let those who wait know."""
        self.ended = self.lost = True
        self._failure = exc
        self._wake_reader()
        self.resume_writing()
        if self.on_end is not None:
            self.on_end()

    def pause_writing(self) -> None:
        """Have writers wait."""
        if self._writable is None:
            self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Have them go on."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    @property
    def silent(self) -> bool:
        """Whether the connection is open, and nothing came that was not read."""
        return not self.ended and not self._unread

    async def read(self) -> bytes:
        """The bytes since the last call, as soon as there are any. Empty at the end. OSError if the connection broke."""
        while not self._unread and not self.ended:
            self._readable = asyncio.get_running_loop().create_future()
            await self._readable
        if self._unread:
            data = bytes(self._unread)
            self._unread.clear()
            if self._paused:
                self._paused = False
                self.transport.resume_reading()
            return data
        if self._failure is not None:
            raise self._failure
        return b""

    async def write(self, data: bytes) -> None:
        """Send. If the other side is slow, wait until it has taken most. ConnectionError if the other side has gone."""
        if self.lost:
            raise self._failure or ConnectionResetError("the connection was closed")
        self.transport.write(data)
        if self._writable is not None:
            await self._writable
            if self.lost:
                raise self._failure or ConnectionResetError("the connection was closed")

    def close(self) -> None:
        """Close the connection once all is sent that was written."""
        self.transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def reset(self) -> None:
        """Reset the connection, so that the other side notices."""
        # Without lingering, a close is a reset.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _wake_reader(self) -> None:
        if self._readable is not None and not self._readable.done():
            self._readable.set_result(None)
        self._readable = None
