"""The answer to the client: sent at once, or held until the judgement allows it."""

from __future__ import annotations

from mconn_contracts.live.transport import LONGEST_BODY
from mconn_contracts.proxy.stream import Stream


class ClientGoneError(Exception):
    """The client takes no more."""


class Outgoing:
    """The way to one client, for one answer. What is `held` waits for `release`, up to a size past which it goes all the same."""

    def __init__(self, stream: Stream, *, held: bool) -> None:
        self._stream = stream
        self._waiting: bytearray | None = bytearray() if held else None
        self.begun = False
        """Whether the client was sent a part of it."""

    @property
    def held(self) -> bool:
        """Whether nothing of the answer was sent so far, and what was written is kept."""
        return self._waiting is not None

    async def write(self, data: bytes) -> None:
        """Send, or keep. ClientGoneError if the client has gone."""
        if self._waiting is not None:
            self._waiting += data
            if len(self._waiting) > LONGEST_BODY:
                await self.release()
        else:
            await self.send(data)

    async def send(self, data: bytes) -> None:
        """Send at once, as interim answers are."""
        self.begun = True
        try:
            await self._stream.write(data)
        except OSError as error:
            raise ClientGoneError from error

    async def release(self) -> None:
        """Send what was kept, and from now on at once."""
        waiting, self._waiting = self._waiting, None
        if waiting:
            await self.send(bytes(waiting))
