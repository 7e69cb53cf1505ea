"""Send a probe's requests, one at a time, within a budget; every answer becomes an Exchange and is judged."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlencode

import requests

from mconn_contracts.errors import ConnectionFailedError, CouldNotJudgeError
from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.receiving import may_pass, read_response, retry_after
from mconn_contracts.live.session import DirectSession
from mconn_contracts.live.target import FOREIGN_ACCOUNT, HARMLESS, UNKNOWN_CONNECTOR, Target
from mconn_contracts.model.exchange import Connector, Exchange, Intent, Origin, Request, Response
from mconn_contracts.wire.redaction import redact_headers, scrub

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_RESETS = 2
MOST_WAITS = 5
MOST_SILENT = 3
"""Requests in a row without an answer after which the server is asked whether it is still there."""
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
        if self.time_is_over:
            raise BudgetSpentError
        self.spent += 1

    @property
    def time_is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def seconds(self, most: float) -> float:
        """Seconds until the deadline, but at most `most`, and never nothing."""
        return most if self.deadline is None else max(0.05, min(most, self.deadline - time.monotonic()))

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
    _silent: int = 0
    _session: DirectSession = field(init=False)

    def __post_init__(self) -> None:
        self._session = DirectSession(self.target)

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
        waited for, and a reset connection is tried again. ConnectionFailedError where the server answers nothing at all,
        or no more; CouldNotJudgeError where a 429 asks for more time than there is.
        """
        if method not in SAFE_METHODS and not self.may_write:
            raise PermissionError(f"{method} does not leave for {self.target.base_url} without --allow-writes")
        below = path if path is not None else self._connector_path(intent.connector) + suffix
        if not isinstance(query, str):
            query = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        url = self.target.base_url + below + (f"?{query}" if query else "")
        credentials = self.target.forms(intent.credential)[form]
        resets = waits = 0
        while True:
            exchange, passing = self._once(method, url, credentials, intent)
            if passing and resets < MOST_RESETS:
                resets += 1
                self.passed_over.append(exchange)
                continue
            answer = exchange.response
            if answer.status is None and self.answered == 0:
                raise ConnectionFailedError(f"{self.target.base_url} does not answer: {answer.incomplete}")
            answered = Answered(exchange, self.judge(exchange))
            if answer.status is None:
                self._require_presence()
            else:
                self.answered += 1
                self._silent = 0
            if answer.status != requests.codes.too_many_requests or waits >= MOST_WAITS:
                return answered
            self._wait(answer)
            waits += 1

    def judge_resets(self) -> None:
        """Judge a reset after all where they are no exception: a network's passing faults are few."""
        if len(self.passed_over) > max(MOST_PASSED_OVER, MOST_PASSED_OVER * self.answered // 100):
            self.judge(self.passed_over[0])

    def _once(self, method: str, url: str, credentials: Mapping[str, str], intent: Intent) -> tuple[Exchange, bool]:
        """One request and what came of it, and whether a failure to get it whole may be a passing one."""
        self.budget.spend()
        self.pace()
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": USER_AGENT,
            **credentials,
        }
        started = time.time()
        timeout = self.budget.seconds(self.timeout)
        try:
            response = self._session.request(method, url, headers=headers, stream=True, allow_redirects=False, timeout=timeout)
        except requests.RequestException as error:
            answer, passing = Response(None, body=None, incomplete=_reason(error)), may_pass(error)
        else:
            answer, passing = read_response(response, time.monotonic() + timeout)
        if answer.incomplete is not None and self.answered and self.budget.time_is_over:
            # Cut off by the end of the run, not by the server.
            raise BudgetSpentError
        shown = Request(method, url, redact_headers(tuple(headers.items()), HARMLESS))
        origin = Origin(self.target.base_url)
        return Exchange(scrub(answer, self.target.secrets), shown, origin, intent=intent, started=started), passing

    def _require_presence(self) -> None:
        """Count a request without an answer; after a few in a row, ask whether anything is still answered."""
        self._silent += 1
        if self._silent < MOST_SILENT:
            return
        exchange, _ = self._once(
            "GET", f"{self.target.base_url}{self.target.events_path()}/latest", self.target.credentials, Intent()
        )
        if exchange.response.status is None:
            raise ConnectionFailedError(f"{self.target.base_url} answers no more: {exchange.response.incomplete}")
        self._silent = 0

    def _wait(self, answer: Response) -> None:
        delay = retry_after(answer)
        if delay > self.budget.wait or delay >= self.budget.seconds(math.inf):
            raise CouldNotJudgeError(
                f"{self.target.base_url} asks to wait {delay:g} seconds (429), which is more than this run may; "
                "run it later, or with a lower --rate-limit"
            )
        self.budget.wait -= delay
        time.sleep(delay)

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
