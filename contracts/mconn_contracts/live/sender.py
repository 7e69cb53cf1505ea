"""Send a probe's requests, one at a time, within a budget; every answer becomes an Exchange and is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import quote, urlencode

import requests

from mconn_contracts.check import Judgement
from mconn_contracts.errors import ConnectionFailedError
from mconn_contracts.live.receiving import may_pass, read_response, retry_after, unchanged
from mconn_contracts.live.target import FOREIGN_ACCOUNT, HARMLESS, UNKNOWN_CONNECTOR, Target
from mconn_contracts.model import Connector, Exchange, Intent, Origin, Request, Response
from mconn_contracts.redaction import redact_headers, scrub

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_RESETS = 2
MOST_WAITS = 5
MOST_PASSED_OVER = 4
"""Reset connections that a run passes over, in number and in percent of its requests, whichever is more."""
USER_AGENT = "mconn-contracts"
View = TypeVar("View")


class BudgetSpentError(Exception):
    """The probe has sent all the requests, or the run taken all the time, that the profile allows."""


@dataclass
class Budget:
    """What a run may spend. `deadline` is of `time.monotonic`; `wait` is seconds that 429s may ask for in all."""

    requests: int
    deadline: float | None = None
    wait: float = 120.0
    spent: int = 0
    allowance: int | None = None
    """The number of requests at which the probe under way has had its share; None where it has all that is left."""

    def spend(self) -> None:
        """Count one request; BudgetSpentError where none is left."""
        if self.spent >= self.requests or (self.allowance is not None and self.spent >= self.allowance):
            raise BudgetSpentError
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise BudgetSpentError
        self.spent += 1

    def allow(self, most: int, reserved: int) -> None:
        """Allow the next probe `most` requests, as long as `reserved` are left for those after it."""
        self.allowance = self.spent + max(1, min(most, self.left - reserved))

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return max(0, self.requests - self.spent)


@dataclass(frozen=True, slots=True)
class Answered:
    """One exchange of a probe, and what the rules made of it."""

    exchange: Exchange
    judgement: Judgement

    @property
    def status(self) -> int | None:
        """The status code; None where no answer came."""
        return self.exchange.response.status

    def view(self, kind: type[View]) -> View | None:
        """The typed view of that kind, where the shape allowed one."""
        return next((view for view in self.judgement.views if isinstance(view, kind)), None)


@dataclass
class Sender:
    """Sends requests to one target. `judge` is given every answer once, in order; secrets never reach it."""

    target: Target
    budget: Budget
    judge: Callable[[Exchange], Judgement]
    timeout: float = 30.0
    allow_writes: bool = False
    pace: Callable[[], None] = lambda: None
    answered: int = 0
    passed_over: list[Exchange] = field(default_factory=list)
    """Exchanges cut off by a reset connection, which were sent again and not judged."""
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self._session.auth = unchanged
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def may_write(self) -> bool:
        """Whether methods other than GET, HEAD and OPTIONS may leave."""
        return self.allow_writes or self.target.loopback

    def send(
        self,
        suffix: str = "",
        query: Mapping[str, object] | str = "",
        *,
        method: str = "GET",
        intent: Intent = Intent(),  # noqa: B008 - frozen
        path: str | None = None,
        form: int = 0,
    ) -> Answered:
        """The answer to one request to the connector's events plus `suffix`, or to `path` below the base.

        A query that is a mapping leaves out what is None; `form` is the way of authentication (`Target.forms`). A 429 is
        waited for, and a reset connection is tried again; ConnectionFailedError where the server answers nothing at all.
        """
        if method not in SAFE_METHODS and not self.may_write:
            raise PermissionError(f"{method} does not leave for {self.target.base_url} without --allow-writes")
        below = path if path is not None else self._connector_path(intent.connector) + suffix
        if not isinstance(query, str):
            query = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        url = self.target.base_url + below + (f"?{query}" if query else "")
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": USER_AGENT,
            **self.target.forms(intent.credential)[form],
        }
        resets = waits = 0
        while True:
            self.budget.spend()
            self.pace()
            started = time.time()
            answer, passing = self._once(method, url, headers)
            exchange = self._exchange(Request(method, url, tuple(headers.items())), answer, intent, started)
            if passing and resets < MOST_RESETS:
                resets += 1
                self.passed_over.append(exchange)
                continue
            if answer.status is None and self.answered == 0:
                raise ConnectionFailedError(f"{self.target.base_url} does not answer: {answer.incomplete}")
            self.answered += answer.status is not None
            answered = Answered(exchange, self.judge(exchange))
            if answer.status != requests.codes.too_many_requests or waits >= MOST_WAITS or not self._wait(answer):
                return answered
            waits += 1

    def judge_resets(self) -> None:
        """Judge a reset after all where they are no exception: a network's passing faults are few."""
        if len(self.passed_over) > max(MOST_PASSED_OVER, MOST_PASSED_OVER * self.answered // 100):
            self.judge(self.passed_over[0])

    def _once(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[Response, bool]:
        """The answer, and whether a failure to get it whole may be a passing one."""
        try:
            response = self._session.request(
                method, url, headers=dict(headers), stream=True, allow_redirects=False, timeout=self.timeout
            )
        except requests.RequestException as error:
            return Response(None, body=None, incomplete=_reason(error)), may_pass(error)
        return read_response(response, time.monotonic() + self.timeout)

    def _exchange(self, request: Request, answer: Response, intent: Intent, started: float) -> Exchange:
        shown = Request(request.method, request.url, redact_headers(request.headers, HARMLESS))
        origin = Origin(self.target.base_url)
        return Exchange(scrub(answer, self.target.secrets), shown, origin, intent=intent, started=started)

    def _wait(self, answer: Response) -> bool:
        delay = retry_after(answer)
        deadline = self.budget.deadline
        if delay > self.budget.wait or (deadline is not None and time.monotonic() + delay >= deadline):
            return False
        self.budget.wait -= delay
        time.sleep(delay)
        return True

    def _connector_path(self, connector: Connector) -> str:
        match connector:
            case Connector.OWN:
                return self.target.events_path()
            case Connector.UNKNOWN:
                return self.target.events_path(connector_id=UNKNOWN_CONNECTOR)
            case Connector.FOREIGN:
                return self.target.events_path(account_id=FOREIGN_ACCOUNT)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer came in time"
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return f"no answer came: {type(cause).__name__}: {cause}"[:200]
