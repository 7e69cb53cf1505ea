"""The way to a reference server in this process: its handler, without sockets. For tests, mutants and combinations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from mconn_contracts.live.receiving import LONGEST_HEAD, NotHttpError, Received, failed, in_excess
from mconn_contracts.live.transport import Reply, no_answer, response_of
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.encoding import serialize
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import OutgoingMessage


@dataclass(frozen=True)
class HandlerTransport:
    """Carries requests to a handler. What it does on the wire is read as it would come over a connection; a delay is none."""

    handler: Responder

    def send(self, request: Request, deadline: float) -> Reply:  # noqa: ARG002 - a handler does not wait
        """The answer of the handler, as it would arrive."""
        host = urlsplit(request.url).netloc
        target = request.url[request.url.index(host) + len(host) :]
        headers = (("Host", host), *request.headers)
        answer = self.handler.answer(Request(request.method, target, headers))
        if answer.delivery.wire is not None:
            return _received(request.method, answer, answer.delivery.wire)
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


def _received(method: str, answer: OutgoingMessage, wire: Callable[[bytes], bytes]) -> Reply:
    """What is received of an answer that does not leave as HTTP says."""
    received, protocol = Received(), h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
    protocol.send(h11.Request(method=method, target="/", headers=[("Host", "localhost"), ("Connection", "close")]))
    protocol.send(h11.EndOfMessage())
    try:
        received.take(protocol, wire(serialize(answer.response, "")))
        if not received.advance(protocol):
            if answer.delivery.stall:
                raise TimeoutError
            if answer.delivery.reset:
                raise ConnectionResetError
            received.take(protocol, b"")
            received.advance(protocol)
    except (OSError, NotHttpError) as error:
        return failed(received, error, used_before=False)
    excess, incomplete = protocol.trailing_data[0], None
    if method == "HEAD":
        received.body += excess
    else:
        incomplete = in_excess(excess)
    return Reply(response_of(received.status or 0, received.headers, bytes(received.body), incomplete))
