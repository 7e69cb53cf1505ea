"""How fast a server answers, and how often it may be asked."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mconn_contracts.model.exchange import Headers, Request
from mconn_contracts.server.api.handler import Handler, Responder
from mconn_contracts.server.api.stages import HttpError, OutgoingMessage, Reason
from mconn_contracts.server.development.layer import Layer

MOST_CALLERS: Final = 10_000
_IDENTIFYING: Final = ("authorization", "x-auth-email", "x-auth-key")


class Latent(Layer):
    """A responder whose answers take from `least` to `most` seconds longer."""

    def __init__(self, responder: Responder, least: float, most: float, seed: int = 0) -> None:
        super().__init__(responder)
        self._least, self._most = least, most
        self._random = random.Random(seed)  # noqa: S311 (a delay, not a secret)

    def answer(self, request: Request) -> OutgoingMessage:
        """The responder's answer, later."""
        answer = self._responder.answer(request)
        delay = answer.delivery.delay + self._random.uniform(self._least, self._most)
        return replace(answer, delivery=replace(answer.delivery, delay=delay))


@dataclass(slots=True)
class _Window:
    """What a caller has asked since `begun`; `blocked` says that it has asked too much."""

    begun: float
    requests: int = 0
    blocked: bool = False


class Limited(Layer):
    """A responder that each credential may ask `quota` times in `window` seconds.

    As documented of the vendor's API: past the quota, every request gets 429 for the next `window` seconds.
    """

    def __init__(
        self, responder: Responder, handler: Handler, quota: int, window: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`handler` makes the refusals."""
        super().__init__(responder)
        self._handler = handler
        self._quota, self._length = quota, window
        self._clock = clock
        self._windows: dict[Headers, _Window] = {}

    def answer(self, request: Request) -> OutgoingMessage:
        """The responder's answer, or 429; both say how many requests are left, and until when."""
        now = self._clock()
        window = self._window(request, now)
        window.requests += 1
        if window.requests > self._quota and not window.blocked:
            window.blocked, window.begun = True, now
        until = max(1, math.ceil(window.begun + self._length - now))
        if window.blocked:
            message = "Please wait and consider throttling your request speed"
            refusal = HttpError(Reason.THROTTLED, 429, 971, message, headers=(("Retry-After", str(until)),))
            answer = self._handler.refuse_outright(request, refusal)
        else:
            answer = self._responder.answer(request)
        fields = {"ratelimit-policy": f'"default";q={self._quota};w={self._length}'}
        # A 429 that the request preferred says itself how long to wait.
        if window.blocked or answer.response.status != 429:
            fields["ratelimit"] = f'"default";r={max(0, self._quota - window.requests)};t={until}'
        headers = tuple((name, fields.get(name.lower(), value)) for name, value in answer.response.headers)
        return replace(answer, response=replace(answer.response, headers=headers))

    def _window(self, request: Request, now: float) -> _Window:
        caller = tuple((name.lower(), value) for name, value in request.headers if name.lower() in _IDENTIFYING)
        window = self._windows.get(caller)
        if window is None or now >= window.begun + self._length:
            self._windows.pop(caller, None)
            if len(self._windows) >= MOST_CALLERS:
                self._windows.pop(next(iter(self._windows)))
            window = self._windows[caller] = _Window(now)
        return window
