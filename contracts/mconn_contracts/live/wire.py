"""The way out for drawn requests: bounded, GET only, one connector; each answer becomes an Exchange."""

from __future__ import annotations

import contextlib
import enum
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from dataclasses import dataclass
from typing import Any

import requests
from urllib3 import HTTPResponse

from mconn_contracts.live.receiving import may_pass, read_response, retry_after
from mconn_contracts.live.sender import USER_AGENT
from mconn_contracts.live.session import DirectSession
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange, Intent, Request, Response

Attempt = tuple[requests.Response, Response, bool]
"""An answer as requests has it and as it is judged, and whether a failure to get it whole may be a passing one."""

MOST_WAITS = 3
MOST_FAILURES = 3


class Limit(enum.Enum):
    """What ended a run before it had sent all that it would."""

    REQUESTS = "requests"
    TIME = "time"
    RATE = "rate"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a run may spend: requests, and seconds.

    An answer may take `timeout` in all; `wait` is the whole of the waiting that 429s may ask for.
    """

    requests: int
    time: float | None = None
    timeout: float = 30.0
    wait: float = 60.0


class Wire(DirectSession):
    """Sends requests for the target's events, unless a bound forbids, and hands every answer on, once and in order.

    A request that gets no answer, or may not be sent, is answered with an empty 503 that is not observed: to the
    sender it is one more answer, so it neither stops nor tries to find the cause. A reset connection is tried once more,
    and a 429 waited out. `observe` is called by `deliver`, in the thread that sends; what it raises ends the run and is
    kept in `crash`. `unanswered` and `passed_over` hold what was not observed: requests without an answer, and those
    that were sent again after a reset, with what had come.
    """

    def __init__(
        self,
        target: Target,
        bounds: Bounds,
        observe: Callable[[Exchange], None],
        pace: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(target)
        self._target = target
        # As it is sent, so that it can be compared.
        self._prefix = str(requests.Request("GET", target.base_url + target.events_path()).prepare().url)
        self._bounds = bounds
        self._observe = observe
        self._pace = pace
        self._deadline = None if bounds.time is None else time.monotonic() + bounds.time
        self._left_to_wait = bounds.wait
        self._received: list[Exchange] = []
        self._failures = 0
        self._phase = ""
        self._quota = 0
        self._stop = threading.Event()
        self._under_way: Future[Attempt] | None = None
        self.halted = False
        self.sent: dict[str, int] = {}
        self.waits = 0
        self.cut: list[str] = []
        self.unanswered: list[Exchange] = []
        self.passed_over: list[Exchange] = []
        self.limit: Limit | None = None
        self.crash: BaseException | None = None

    @property
    def total(self) -> int:
        """The number of requests sent, with those sent again."""
        return sum(self.sent.values())

    def begin(self, phase: str, quota: int, stop: threading.Event) -> None:
        """Count for `phase` from now on, send at most `quota` for it, and set `stop` when it is to end."""
        self._phase, self._quota, self._stop = phase, quota, stop
        self.sent[phase] = 0
        self.halted = False

    def deliver(self) -> None:
        """Hand over what has been received and not yet observed."""
        while self._received and self.crash is None:
            exchange = self._received.pop(0)
            try:
                self._observe(exchange)
            except BaseException as error:
                self.crash = error
                self._halt()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request within the bounds; the class says what comes back."""
        self.deliver()
        # Random for each case: without it, the same seed sends the same bytes.
        request.headers.pop("X-Schemathesis-TestCaseId", None)
        request.headers.update({"Accept": "application/json", "User-Agent": USER_AGENT, **self._target.credentials})
        kwargs.update(stream=True, allow_redirects=False)
        resets = waits = 0
        while self._admits(request) and self._may_send():
            if self._pace is not None:
                self._pace()
            self.sent[self._phase] += 1
            started = time.time()
            try:
                response, answer, passing = self._attempt(request, {**kwargs, "timeout": self._timeout()})
            except CancelledError:
                break
            sent = Request(
                str(request.method), str(request.url), tuple((name, str(value)) for name, value in request.headers.items())
            )
            exchange = Exchange(answer, sent, intent=Intent(), started=started)
            if passing and resets == 0:
                resets += 1
                self.passed_over.append(exchange)
                continue
            if answer.incomplete and self._is_late():
                self._end(Limit.TIME)
                break
            if answer.status is None:
                self._fail(exchange)
                break
            self._failures = 0
            self._received.append(exchange)
            if answer.status == requests.codes.too_many_requests:
                if waits < MOST_WAITS and self._wait(answer):
                    waits += 1
                    continue
                self._end(Limit.RATE)
            return response
        return _no_answer(request)

    def abandon(self) -> None:
        """Send no more, and wait no longer for the request under way."""
        self._stop.set()
        if self._under_way is not None:
            self._under_way.cancel()

    def _attempt(self, request: requests.PreparedRequest, kwargs: Any) -> Attempt:
        """What one request comes to. CancelledError where it is abandoned: a thread of its own goes on waiting for it."""
        attempt: Future[Attempt] = Future()
        self._under_way = attempt

        def go() -> None:
            # An abandoned attempt takes no result.
            with contextlib.suppress(InvalidStateError):
                try:
                    attempt.set_result(self._send(request, kwargs))
                except BaseException as error:
                    attempt.set_exception(error)

        threading.Thread(target=go, name="mconn-wire", daemon=True).start()
        if self._stop.is_set():
            self.abandon()
        return attempt.result()

    def _send(self, request: requests.PreparedRequest, kwargs: Any) -> Attempt:
        try:
            response = super().send(request, **kwargs)
        except requests.RequestException as error:
            return _no_answer(request), Response(None, body=None, incomplete=_reason(error)), may_pass(error)
        return response, *read_response(response, time.monotonic() + kwargs["timeout"])

    def _admits(self, request: requests.PreparedRequest) -> bool:
        # Of a prepared request the dot segments are gone: what is compared is what is sent.
        url = str(request.url)
        return request.method == "GET" and url.startswith(self._prefix) and url[len(self._prefix) :][:1] in {"", "/", "?"}

    def _may_send(self) -> bool:
        if self._is_late():
            self._end(Limit.TIME)
        elif self.total >= self._bounds.requests:
            self._end(Limit.REQUESTS)
        elif self.sent[self._phase] >= self._quota and not self.halted:
            self.cut.append(self._phase)
            self._halt()
        return not self._stop.is_set()

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _timeout(self) -> float:
        if self._deadline is None:
            return self._bounds.timeout
        return max(0.05, min(self._bounds.timeout, self._deadline - time.monotonic()))

    def _halt(self) -> None:
        self.halted = True
        self._stop.set()

    def _end(self, limit: Limit) -> None:
        self.limit = self.limit or limit
        self._halt()

    def _fail(self, exchange: Exchange) -> None:
        self.unanswered.append(exchange)
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            self._end(Limit.UNREACHABLE)

    def _wait(self, answer: Response) -> bool:
        delay = retry_after(answer)
        if delay > self._left_to_wait or (self._deadline is not None and time.monotonic() + delay >= self._deadline):
            return False
        self._left_to_wait -= delay
        self.waits += 1
        return not self._stop.wait(delay)


def _reason(error: requests.RequestException) -> str:
    """What urllib3 says at the root of it, without the URL and the number of its retries."""
    cause = error.args[0] if error.args else error
    return f"no answer came: {getattr(cause, 'reason', None) or cause}"[:300]


def _no_answer(request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.request = request
    response.url = str(request.url)
    response.status_code = 503
    response.raw = HTTPResponse(b"")
    response._content = b""
    return response
