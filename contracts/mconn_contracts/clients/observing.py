"""Stands before the server of a scenario: keeps what a client asked, and tells whether an answer was another one for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.encoding import serialize
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.wire.redaction import redact_headers, redact_url

MOST_CALLS = 20_000
"""How many requests of a run are kept. All further ones are only counted."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request, without its credential, the status of its answer, and when it came, in seconds of a steady clock.

    `whole` says that the answer left as it was meant, and at once.
    """

    request: Request
    status: int
    at: float
    whole: bool

    @property
    def key(self) -> tuple[str, str]:
        """What two requests for the same have in common."""
        return self.request.method, self.request.url


class Observing:
    """A responder that answers as `responder` does. `twin` is asked the same: it is what the clean server would have said."""

    def __init__(self, responder: Responder, twin: Responder, now: Callable[[], float] = time.monotonic) -> None:
        self._responder = responder
        self._twin = twin
        self._now = now
        self.calls: list[Call] = []
        self.requests = 0
        """All requests, those that are not kept as well."""
        self.met = False
        """Whether a client got an answer that the clean server would not have given."""

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer of the scenario."""
        at = self._now()
        answer = self._responder.answer(request)
        self.met = self.met or _sent(answer) != _sent(self._twin.answer(request))
        self.requests += 1
        if len(self.calls) < MOST_CALLS:
            shown = Request(request.method, redact_url(request.url), redact_headers(request.headers))
            delivery = answer.delivery
            whole = delivery.wire is None and not delivery.reset and not delivery.delay
            self.calls.append(Call(shown, answer.response.status or 0, at, whole))
        return answer

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The answer where a request could not be read (400), or answering it failed (500)."""
        return self._responder.malfunction(request, status)


def _sent(answer: OutgoingMessage) -> tuple[object, ...]:
    """What tells two answers apart for a client."""
    response, delivery = answer.response, answer.delivery
    message = serialize(response, "")
    return message if delivery.wire is None else delivery.wire(message), delivery.delay, delivery.reset, delivery.stall
