"""What stands between a server and those who ask it."""

from __future__ import annotations

from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import OutgoingMessage


class Layer:
    """A responder over another one. What cannot be read, or fails, is the other's."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The answer where a request could not be read (400), or answering it failed (500)."""
        return self._responder.malfunction(request, status)
