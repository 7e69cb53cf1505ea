"""The way to a reference server in this process: its handler, without sockets. For tests, mutants and combinations."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from mconn_contracts.live.transport import Reply, no_answer, response_of
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.handler import Responder


@dataclass(frozen=True)
class HandlerTransport:
    """Carries requests to a handler. What a handler does on the wire is left out but for a reset; so is a delay."""

    handler: Responder

    def send(self, request: Request, deadline: float) -> Reply:  # noqa: ARG002 - a handler does not wait
        """The answer of the handler, as it would arrive. ValueError if only a connection could carry it."""
        host = urlsplit(request.url).netloc
        target = request.url[request.url.index(host) + len(host) :]
        headers = (("Host", host), *request.headers)
        answer = self.handler.answer(Request(request.method, target, headers))
        if answer.delivery.wire is not None:
            raise ValueError("this answer breaks HTTP, which only a connection can carry: serve the handler")
        if answer.delivery.reset:
            return no_answer("no answer came: ConnectionResetError", may_pass=True)
        response = answer.response
        return Reply(response_of(response.status or 500, response.headers, response.body or b"", None))

    def keep_no_connection(self) -> None:
        """Nothing: there is no connection."""

    def abandon(self) -> None:
        """Nothing: a handler answers at once."""

    def close(self) -> None:
        """Nothing: the store is its owner's to close."""
