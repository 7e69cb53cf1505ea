"""The one way out: requests leave within a budget, answers are judged in the order in which they were asked for."""

from __future__ import annotations

import contextlib
import email.utils
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from mconn_contracts.errors import ConnectionFailedError, CouldNotJudgeError
from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.target import HARMLESS, Target
from mconn_contracts.live.transport import Transport
from mconn_contracts.model.exchange import Exchange, Headers, Intent, Origin, Request, Response
from mconn_contracts.wire.redaction import redact_headers, scrub, scrub_url

MOST_RESETS = 2
"""Times that a request is sent again because its connection was reset."""
MOST_WAITS = 5
"""Times that a request is sent again because of a 429."""
MOST_SILENT = 3
"""Requests in a row without an answer after which the server is asked whether it is still there."""
MOST_PASSED_OVER = 4
"""Reset connections that a run passes over, in number and in percent of its requests, whichever is more."""
USER_AGENT = "mconn-contracts"
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be sent: a URL below the target's base, the header fields of a credential, and what is meant by it."""

    method: str
    url: str
    credentials: Mapping[str, str] = field(repr=False)
    intent: Intent


@dataclass(frozen=True, slots=True)
class Answered:
    """One exchange, and what the rules made of it."""

    exchange: Exchange
    judgement: Judgement

    @property
    def status(self) -> int | None:
        """The status code; None where no answer came."""
        return self.exchange.response.status

    def view(self, kind: type[View]) -> View | None:
        """The typed view of that kind, where the shape allowed one."""
        return next((view for view in self.judgement.views if isinstance(view, kind)), None)


@dataclass(slots=True)
class _Sent:
    """What one request came to: its answers to be judged, those passed over, and what ended it before its last answer."""

    exchanges: list[Exchange] = field(default_factory=list)
    passed_over: list[Exchange] = field(default_factory=list)
    ended_by: Exception | None = None


@dataclass
class Client:
    """Sends requests to one target. `judge` is given every answer once, in the order of the requests, secrets replaced.

    A 429 is waited for as it asks, and a reset connection is tried again. `timeout` is the seconds that one answer may
    take in all. `workers` is the number of requests that may be under way at once.
    """

    target: Target
    transport: Transport
    budget: Budget
    judge: Callable[[Exchange], Judgement]
    timeout: float = 30.0
    workers: int = 1
    answered: int = 0
    passed_over: int = 0
    """Exchanges cut off by a reset connection, which were sent again and not judged."""
    _first_passed_over: Exchange | None = None
    _silent: int = 0
    _threads: ThreadPoolExecutor | None = None

    def ask(self, ask: Ask) -> Answered:
        """The last answer to one request; all of them are judged.

        BudgetSpentError where it may not be sent, or the deadline cuts it off. ConnectionFailedError where the server
        answers nothing at all, or no more; CouldNotJudgeError where a 429 asks for more time than there is.
        """
        return self._judged(self._send(ask))

    def ask_all(self, asks: Sequence[Ask]) -> list[Answered]:
        """The last answer to each of the requests, which may leave side by side. All that came is judged before an error."""
        answered: list[Answered] = []
        failure: Exception | None = None
        for sent in self._send_all(asks):
            try:
                answered.append(self._judged(sent))
            except (BudgetSpentError, CouldNotJudgeError) as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return answered

    def judge_resets(self) -> None:
        """Judge a reset after all where they are no exception: a network's passing faults are few."""
        if self._first_passed_over and self.passed_over > max(MOST_PASSED_OVER, MOST_PASSED_OVER * self.answered // 100):
            self.judge(self._first_passed_over)

    def abandon(self) -> None:
        """Send no more, and wait no longer for the requests under way."""
        self.budget.stop()
        self.transport.abandon()

    def close(self) -> None:
        """Close the connections."""
        if self._threads is not None:
            self._threads.shutdown()
        self.transport.close()

    def _send_all(self, asks: Sequence[Ask]) -> Iterator[_Sent]:
        if self.workers == 1 or len(asks) < 2:
            yield from map(self._send, asks)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.workers, "mconn-client")
        sent = [self._threads.submit(self._send, ask) for ask in asks]
        try:
            for each in sent:
                yield each.result()
        except BaseException:
            # An interrupt does not wait for what is under way.
            self.abandon()
            raise

    def _send(self, ask: Ask) -> _Sent:
        """Send one request, again where that is due; may run in several threads at once."""
        sent = _Sent()
        resets = waits = 0
        while True:
            try:
                self.budget.spend()
            except BudgetSpentError as error:
                sent.ended_by = error
                return sent
            request = Request(ask.method, ask.url, (*self._fields(), *ask.credentials.items()))
            started = time.time()
            reply = self.transport.send(request, self.budget.deadline_of(self.timeout))
            exchange = self._shown(request, reply.response, ask.intent, started)
            cut_off = reply.response.incomplete is not None and self.answered and self.budget.time_is_over
            if self.budget.stopped or cut_off:
                # By the end of the run, not by the server.
                sent.ended_by = BudgetSpentError()
                return sent
            if reply.stale:
                # The server closed a connection between two requests, as it may (RFC 9112, 9.5); no other will be kept.
                self.transport.keep_no_connection()
                continue
            if reply.may_pass and resets < MOST_RESETS:
                resets += 1
                sent.passed_over.append(exchange)
                continue
            sent.exchanges.append(exchange)
            if reply.response.status != HTTPStatus.TOO_MANY_REQUESTS or waits >= MOST_WAITS:
                return sent
            waits += 1
            delay = retry_after(reply.response)
            if not self.budget.hold(delay):
                sent.ended_by = CouldNotJudgeError(
                    f"{self.target.base_url} asks to wait {delay:g} seconds (429), which is more than this run may; "
                    "run it later, or with a lower --rate-limit"
                )
                return sent

    def _judged(self, sent: _Sent) -> Answered:
        """Judge what one request came to; raises what ended it."""
        self.passed_over += len(sent.passed_over)
        if sent.passed_over:
            self._first_passed_over = self._first_passed_over or sent.passed_over[0]
            if not sent.exchanges and self.answered:
                # There was no budget to send it again.
                self._require_presence()
        answered: Answered | None = None
        for exchange in sent.exchanges:
            response = exchange.response
            if response.status is None and self.answered == 0:
                raise ConnectionFailedError(f"{self.target.base_url} does not answer: {response.incomplete}")
            answered = Answered(exchange, self.judge(exchange))
            if response.status is None:
                self._require_presence()
            else:
                self.answered += 1
                self._silent = 0
        if sent.ended_by is not None or answered is None:
            raise sent.ended_by or BudgetSpentError
        return answered

    def _require_presence(self) -> None:
        """Count a request without an answer; after a few in a row, ask whether anything is still answered."""
        self._silent += 1
        if self._silent < MOST_SILENT:
            return
        self.budget.spend()
        url = f"{self.target.base_url}{self.target.events_path()}/latest"
        request = Request("GET", url, (*self._fields(), *self.target.credentials.items()))
        response = self.transport.send(request, self.budget.deadline_of(self.timeout)).response
        if response.status is None:
            raise ConnectionFailedError(f"{self.target.base_url} answers no more: {response.incomplete}")
        self._silent = 0

    def _fields(self) -> Headers:
        return (("Accept", "application/json"), ("Accept-Encoding", "gzip, deflate"), ("User-Agent", USER_AGENT))

    def _shown(self, request: Request, response: Response, intent: Intent, started: float) -> Exchange:
        """The exchange as it may be shown, without secrets."""
        url = scrub_url(request.url, self.target.secrets)
        shown = Request(request.method, url, redact_headers(request.headers, HARMLESS, self.target.derived))
        origin = Origin(self.target.base_url)
        return Exchange(scrub(response, self.target.secrets), shown, origin, intent=intent, started=started)


def retry_after(answer: Response) -> float:
    """Seconds, from either form of the field (RFC 9110, 10.2.3); one second where there is none that can be read."""
    value = (answer.header("retry-after") or "").strip()
    if value.isdecimal():
        return float(value)
    with contextlib.suppress(ValueError, TypeError, OverflowError, OSError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return 1.0
