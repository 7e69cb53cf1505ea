"""The one client: it sends requests within a budget, and judges answers in the order of their requests."""

from __future__ import annotations

import contextlib
import email.utils
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar

from mconn_contracts.errors import ConnectionFailedError, CouldNotJudgeError
from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.admission import refusal, refuses_credential, shuts_out
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.credentials import COMMAND_TIME
from mconn_contracts.live.target import HARMLESS, Target
from mconn_contracts.live.transport import Transport
from mconn_contracts.model.exchange import Credential, Exchange, Headers, Intent, Origin, Request, Response
from mconn_contracts.process.signals import interruptible
from mconn_contracts.wire.hiding import SCRUBBED
from mconn_contracts.wire.redaction import redact_headers, scrub, scrub_url

MOST_RESETS = 2
"""Times that a request is sent again because its connection was reset."""
LOOKED_AT_AGAIN = 8
"""Of answers that refuse requests of one sort in the same way, while the credential still works, one in this many is checked
again."""
RESTART = 1.0
"""Seconds that a server gets to restart if it answered before and takes no connection now. The second time, twice as long."""
MOST_WAITS = 5
"""Times that a request is sent again because of a 429."""
MOST_SILENT = 3
"""Requests in a row without an answer after which the server is asked whether it is still there."""
MOST_PASSED_OVER = 4
"""How many failures that did not happen again a run ignores: a number, or a percentage of its requests if that is more."""
USER_AGENT = "mconn-contracts"
GATEWAY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to send: a URL below the target's base, and the intent of the request. `form` is the way of authentication."""

    method: str
    url: str
    intent: Intent
    form: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """One exchange, and the judgement of the rules."""

    exchange: Exchange
    judgement: Judgement

    @property
    def status(self) -> int | None:
        """The status code; None if no answer came."""
        return self.exchange.response.status

    def view(self, kind: type[View]) -> View | None:
        """The typed view of that kind, where the shape allowed one."""
        return next((view for view in self.judgement.views if isinstance(view, kind)), None)


@dataclass(slots=True)
class _Sent:
    """The outcome of one request: its answers to judge, its ignored answers, and the error that ended it, if any."""

    exchanges: list[Exchange] = field(default_factory=list)
    passed_over: list[Exchange] = field(default_factory=list)
    ended_by: Exception | None = None


@dataclass
class Client:
    """Sends requests to one target. `judge` gets every answer once, in the order of the requests, without secrets.

    Passing failures are tried again: a reset connection, a 429 or 503 after the time that it asks for, a 502 or 504 once.
    `timeout` is the seconds that one answer may take in all. `workers` is the number of requests that may be under way at
    once. `renew` gives new header fields of the credential within the given seconds: if the target has none, and if the
    server refuses those that it had accepted.
    """

    target: Target
    transport: Transport
    budget: Budget
    judge: Callable[[Exchange], Judgement]
    timeout: float = 30.0
    workers: int = 1
    renew: Callable[[float], Mapping[str, str]] | None = None
    presence: str = "/latest"
    """The path, below the connector's events, that shows whether the server still answers."""
    answered: int = 0
    passed_over: int = 0
    """Exchanges that failed in a way that may pass, which were sent again and not judged."""
    cut_off: tuple[str, float] | None = None
    """The first request that the deadline of the run cut off, and the seconds that it had taken until then."""
    _accepted: int = 0
    """Answers of 2xx to the credential."""
    _accepted_ask: Ask | None = None
    """A request to which one was given."""
    _expired: str | None = None
    _refused: Counter[object] = field(default_factory=Counter)
    """Answers that shut out, by what they say and the sort of request, while the credential opened what it had opened before."""
    _secrets: tuple[str, ...] = ()
    _derived: Mapping[str, str] = field(default_factory=dict)
    _first_passed_over: Exchange | None = None
    _silent: int = 0
    _closed_at: int | None = None
    """The number of answers before the server took no connection."""
    _threads: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self._take_credentials(self.target)

    def _take_credentials(self, target: Target) -> None:
        """Send those of this target, and hide them, as well as any before."""
        self.target = target
        self._secrets = tuple(dict.fromkeys((*target.secrets, *self._secrets)))
        self._derived = {**self._derived, **target.derived}

    def authenticate(self) -> None:
        """Take a credential from `renew` where the target has none; raises as `renew` does."""
        if self.renew is not None and not self.target.credentials:
            with interruptible():
                credentials = self.renew(self._seconds_for_a_token())
            self._take_credentials(replace(self.target, credentials=credentials))

    def _seconds_for_a_token(self) -> float:
        return self.budget.deadline_of(COMMAND_TIME) - self.budget.clock()

    def ask(self, ask: Ask) -> Answered:
        """The last answer to one request; all of them are judged.

        BudgetSpentError if it may not be sent, or the deadline cuts it off. ConnectionFailedError if the server
        answers nothing at all, or no more; CouldNotJudgeError if it asks to wait for more time than there is, or
        refuses the credential that it had accepted.
        """
        with interruptible():
            sent = self._send(ask)
        return self._judged(ask, sent)

    def ask_all(self, asks: Sequence[Ask]) -> list[Answered | BaseException]:
        """The last answer to each of the requests, which may leave side by side, or what `ask` would have raised for it."""
        # As many as the budget has left, for any number of workers. Requests that are sent again are not counted in advance.
        affordable = asks[: self.budget.affordable]
        outcomes: list[Answered | BaseException] = []
        for ask, sent in zip(affordable, self._send_all(affordable), strict=True):
            try:
                outcomes.append(self._judged(ask, sent))
            except BudgetSpentError as error:
                outcomes.append(error)
            except CouldNotJudgeError as error:
                # It ends the run: nothing more is sent.
                outcomes.append(error)
                break
        return [*outcomes, *(BudgetSpentError() for _ in asks[len(outcomes) :])]

    def judge_passed_over(self) -> None:
        """Judge a failure that did not happen again, if there are too many such failures for a network to cause."""
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

    def probe(self) -> Response:
        """What the server answers to a request of `presence`, which is neither counted nor judged."""
        return self._exchange(self._presence()).response

    def _presence(self) -> Ask:
        return Ask("GET", f"{self.target.base_url}{self.target.events_path()}{self.presence}", Intent(fair=True))

    def _send_all(self, asks: Sequence[Ask]) -> Iterator[_Sent]:
        if self.workers == 1 or len(asks) < 2:
            for ask in asks:
                with interruptible():
                    sent = self._send(ask)
                yield sent
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.workers, "mconn-client")
        under_way = [self._threads.submit(self._send, ask) for ask in asks]
        try:
            for each in under_way:
                with interruptible():
                    sent = each.result()
                yield sent
        except BaseException:
            # An interrupt does not wait for requests under way.
            self.abandon()
            raise

    def _exchange(self, ask: Ask) -> Exchange:
        """One request and its answer as they may be shown, outside the budget."""
        request = self._request(ask)
        started = time.time()
        with interruptible():
            reply = self.transport.send(request, self.budget.deadline_of(self.timeout))
        return self._shown(request, reply.response, ask.intent, started)

    def _send(self, ask: Ask) -> _Sent:
        """Send one request, and send it again if necessary. Several threads may call this at once."""
        sent = _Sent()
        resets = failures = waits = 0
        while True:
            try:
                self.budget.spend()
            except BudgetSpentError as error:
                sent.ended_by = error
                return sent
            request = self._request(ask)
            started = time.time()
            reply = self.transport.send(request, self.budget.deadline_of(self.timeout))
            exchange = self._shown(request, reply.response, ask.intent, started)
            response = exchange.response
            late = response.incomplete is not None and self.budget.time_is_over
            if self.budget.stopped or late:
                # Cut off by the end of the run, not by the server.
                sent.ended_by = BudgetSpentError()
                if late and not self.answered:
                    sent.ended_by = ConnectionFailedError(self._unreachable(response))
                elif late and self.cut_off is None:
                    self.cut_off = f"{ask.method} {scrub_url(ask.url, self._secrets)}", time.time() - started
                return sent
            if reply.stale:
                # The server closed a connection between two requests, as it may (RFC 9112, 9.5); no other will be kept.
                self.transport.keep_no_connection()
                continue
            if reply.may_pass and resets < MOST_RESETS:
                resets += 1
                if not reply.closed or self._closed_at != self.answered:
                    sent.passed_over.append(exchange)
                if reply.closed and self.answered:
                    # Requests side by side meet the same restart, which counts once.
                    self._closed_at = self.answered
                    self.budget.hold(RESTART * resets)
                continue
            asks_to_wait = _asks_to_wait(response)
            if asks_to_wait or response.status in GATEWAY:
                limited = response.status == HTTPStatus.TOO_MANY_REQUESTS
                again = waits < MOST_WAITS if limited else failures == 0
                (sent.exchanges if limited or not again else sent.passed_over).append(exchange)
                if asks_to_wait and not self.budget.hold(retry_after(response)):
                    sent.ended_by = self._too_long(response)
                    return sent
                if not again:
                    return sent
                waits, failures = waits + limited, failures + (not limited)
                continue
            sent.exchanges.append(exchange)
            return sent

    def _too_long(self, response: Response) -> CouldNotJudgeError:
        value = (response.header("retry-after") or "")[:60]
        asked = f"retry-after is {value!r}" if value else "there is no retry-after, so mconn waits one second each time"
        return CouldNotJudgeError(
            f"{self.target.base_url} asks to wait {retry_after(response):g} seconds ({response.status}), which is longer than "
            "this "
            f"run may wait: {asked}; run it later, or with a lower --rate-limit"
        )

    def _judged(self, ask: Ask, sent: _Sent) -> Answered:
        """Judge what one request came to; raises what ended it."""
        self.passed_over += len(sent.passed_over)
        if sent.passed_over:
            self._first_passed_over = self._first_passed_over or sent.passed_over[0]
            if not sent.exchanges and self.answered and sent.passed_over[-1].response.status is None:
                # There was no budget to send it again.
                self._require_presence()
        answered: Answered | None = None
        for exchange in sent.exchanges:
            response = exchange.response
            if response.status is None and self.answered == 0:
                raise ConnectionFailedError(self._unreachable(response))
            if self._has_expired(ask, response):
                return self._renewed(ask, exchange)
            answered = Answered(exchange, self.judge(exchange))
            if response.status is None:
                self._require_presence()
                continue
            self.answered += 1
            self._silent = 0
            if ask.intent.credential is Credential.VALID and 200 <= response.status < 300 and not shuts_out(response):
                self._accepted += 1
                self._accepted_ask = ask
        if sent.ended_by is not None or answered is None:
            raise sent.ended_by or BudgetSpentError
        return answered

    def _has_expired(self, ask: Ask, response: Response) -> bool:
        """Whether the server now refuses the credential for everything, even for what it accepted before."""
        if self._accepted_ask is None or not ask.intent.own or not shuts_out(response):
            return False
        if self._expired is not None:
            return True
        # Some servers refuse any wrong request as if the credential were wrong. To check each would take half of the budget.
        # With a request that it must answer, nothing is wrong: that is always looked at. So is the first of each sort: what
        # shuts out a path that is not of the API does not show what an expired credential gets on one that is.
        said = (refusal(response), ask.method, self._path_of(ask))
        due = ask.intent.fair or self._refused[said] % LOOKED_AT_AGAIN == 0
        if due and self._is_shut_out(self._accepted_ask):
            return True
        self._refused[said] += 1
        return False

    def _path_of(self, ask: Ask) -> str:
        """The path of a request below the base; the same for all events."""
        path = ask.url.removeprefix(self.target.base_url).partition("?")[0]
        above, _, last = path.rpartition("/")
        return f"{above}/" if above.endswith("/events") and last != "latest" else path

    def _is_shut_out(self, ask: Ask) -> bool:
        self.budget.spend()
        return shuts_out(self._exchange(ask).response)

    def _renewed(self, ask: Ask, refused: Exchange) -> Answered:
        """The answer with a new credential; CouldNotJudgeError if there is none that is accepted."""
        if self._expired is None and self.renew is not None:
            with interruptible():
                credentials = self.renew(self._seconds_for_a_token())
            self._take_credentials(replace(self.target, credentials=credentials))
            if not self._is_shut_out(ask):
                return self.ask(ask)
        cure = (
            "the server also refuses the token that --token-command gave"
            if self.renew
            else "use one that lives longer, or --token-command"
        )
        url, status, number = self.target.base_url, refused.response.status, self.answered + 1
        refuses = refuses_credential(refused.response)
        what = "refuses the credential" if refuses else "answers with a redirect or a web page, such as a login page,"
        self._expired = self._expired or (
            f"{url} {what} ({status}) from request {number} on ({ask.method} {ask.url.removeprefix(url)}), after "
            f"accepting it {self._accepted} times: it has expired or was revoked; the findings before that count; {cure}"
        )
        raise CouldNotJudgeError(scrub_url(self._expired, self._secrets))

    def _unreachable(self, response: Response) -> str:
        words = f"{self.target.base_url} does not answer: {response.incomplete}"
        cures = {
            "CERTIFICATE_VERIFY_FAILED": "if its certificate authority is your own, give --ca-file",
            "CERTIFICATE_REQUIRED": "it asks for a certificate: give --client-cert",
            "HANDSHAKE_FAILURE": "if it asks for a certificate, give --client-cert",
            "SSLEOFError": "if it asks for a certificate, give --client-cert",
            "ConnectionRefusedError": "if it is still starting, give --wait",
        }
        cure = next((cure for sign, cure in cures.items() if sign in words), None)
        return f"{words}; {cure}" if cure else words

    def _require_presence(self) -> None:
        """Count a request without an answer; after a few in a row, ask whether anything is still answered."""
        self._silent += 1
        if self._silent < MOST_SILENT:
            return
        self.budget.spend()
        response = self._exchange(self._presence()).response
        if response.status is None:
            raise ConnectionFailedError(f"{self.target.base_url} no longer answers: {response.incomplete}")
        self._silent = 0

    def _request(self, ask: Ask) -> Request:
        fields = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": USER_AGENT}
        extra = {name.lower() for name, _ in self.target.headers}
        kept: Headers = tuple((name, value) for name, value in fields.items() if name.lower() not in extra)
        credentials = self.target.forms(ask.intent.credential)[ask.form]
        return Request(ask.method, ask.url, (*kept, *self.target.headers, *credentials.items()))

    def _shown(self, request: Request, response: Response, intent: Intent, started: float) -> Exchange:
        """The exchange as it may be shown, without secrets."""
        response = scrub(response, self._secrets)
        hidden = {(name, value) for name, value in self.target.headers if name.lower() != "user-agent"}
        headers = tuple((name, SCRUBBED if (name, value) in hidden else value) for name, value in request.headers)
        shown = Request(request.method, scrub_url(request.url, self._secrets), redact_headers(headers, HARMLESS, self._derived))
        return Exchange(response, shown, Origin(self.target.base_url), intent=intent, started=started)


def _asks_to_wait(response: Response) -> bool:
    """Whether the server asks the client to wait: by a 429, or by a 503 that says how long."""
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return response.header("retry-after") is not None
    return response.status == HTTPStatus.TOO_MANY_REQUESTS


def retry_after(answer: Response) -> float:
    """Seconds, from either form of the field (RFC 9110, 10.2.3); one second where there is none that can be read."""
    value = (answer.header("retry-after") or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    with contextlib.suppress(ValueError, TypeError, OverflowError, OSError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return 1.0
