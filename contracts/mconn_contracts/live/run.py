"""One run against a live server: probes, then properties, then what they say about each other; and its verdict."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mconn_contracts.contract.api import LIST
from mconn_contracts.errors import CouldNotJudgeError
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.live.probes import PROBES
from mconn_contracts.live.profiles import STANDARD, Profile
from mconn_contracts.live.scene import Scene
from mconn_contracts.live.sender import Budget, BudgetSpentError, Sender
from mconn_contracts.live.target import HARMLESS, Target
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.wire.redaction import redact_headers, scrub, scrub_url

if TYPE_CHECKING:
    from mconn_contracts.live.properties import PropertyOutcome

NOT_LIVE = frozenset({"request"})
"""What a statement may need that a live run never has: somebody else's requests."""
PIN = frozenset({"pin"})

MOST_WAITED, MOST_WAITED_FOR_EACH = 120.0, 0.1
"""Seconds that a run waits for 429s at most: in all, and for each request that it may send, whichever is more."""


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How to run: `max_time` in seconds, `rate_limit` in requests a second; None is no bound.

    `pinned` are the choices of an earlier run that this one is to be compared with.
    """

    profile: Profile = STANDARD
    seed: int = 0
    max_time: float | None = None
    rate_limit: float | None = None
    timeout: float = 30.0
    allow_writes: bool = False
    cap: int = 20
    pinned: Mapping[str, str] | None = None


Progress = Callable[[str, Tally, int, int], None]
"""Called with the step, the tally, and the numbers of requests sent and allowed."""


class Run:
    """One run. However it ends, `execute` gives a verdict of what it has come to; `interrupted` says that a user did it."""

    interrupted = False

    def __init__(
        self,
        target: Target,
        plan: Plan,
        settings: RunSettings,
        *,
        record: Callable[[Exchange], None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.target = target
        self.plan = plan
        self.settings = settings
        self.session = Session(plan, settings.cap)
        deadline = None if settings.max_time is None else time.monotonic() + settings.max_time
        requests = settings.profile.requests
        self.budget = Budget(requests, deadline, wait=max(MOST_WAITED, MOST_WAITED_FOR_EACH * requests))
        self._record = record
        self._progress = progress
        self._step = ""
        self.choices: tuple[Choice, ...] = ()
        """What the server chose where nobody documents it; there once the verdict is."""
        self._next_at = 0.0

    def execute(self) -> Verdict:
        """Run to the end, to that of the budget, until the server answers no more, or until an interrupt."""
        ended: str | None = None
        try:
            self._ask()
        except CouldNotJudgeError as error:
            ended = str(error)
        except KeyboardInterrupt:
            self.interrupted = True
            ended = "interrupted"
        self.choices = self.session.observe_behavior(self.settings.pinned)
        self.session.conclude()
        without = NOT_LIVE if self.settings.pinned is not None else NOT_LIVE | PIN
        verdict = self.session.verdict(without=without, could_not_judge=ended or self._unexercised())
        return replace(verdict, seed=self.settings.seed)

    def _ask(self) -> None:
        sender = Sender(
            self.target,
            self.budget,
            self._judge,
            timeout=self.settings.timeout,
            allow_writes=self.settings.allow_writes,
            pace=self._pace,
        )
        reserved = min(self.settings.profile.drawn, self.budget.requests // 4)
        self.budget.requests -= reserved
        scene = Scene(
            sender=sender,
            profile=self.settings.profile,
            kinds=self.plan.document.kinds,
            rng=random.Random(self.settings.seed),  # noqa: S311 - draws test data
            filtered=any(each.name == "k" for each in self.plan.document.operation(LIST.operation).parameters),
        )
        try:
            for index, probe in enumerate(PROBES):
                self._step = probe.name
                needed_later = sum(later.needs for later in PROBES[index + 1 :])
                self.budget.allow(round(probe.share * self.settings.profile.requests), needed_later)
                with contextlib.suppress(BudgetSpentError):
                    probe.ask(scene)
            self.budget.allowance = None
            self.budget.requests += reserved
            outcome = self._draw(scene)
            if outcome is not None:
                sender.answered += outcome.requests - len(outcome.unanswered)
                sender.passed_over += map(self._shown, outcome.passed_over)
            sender.judge_resets()
        finally:
            sender.close()
        if outcome is not None:
            self._require_all_drawn(outcome)

    def _unexercised(self) -> str | None:
        """Why nothing was exercised, where that is so."""
        tally = self.session.tally
        if tally.exchanges == 0:
            return f"{self.target.base_url} was asked nothing; there was no time or budget"
        statuses = sorted({status for each in tally.coverage.operations.values() for status in each})
        if any(status.startswith("2") for status in statuses):
            return None
        return (
            f"{self.target.base_url} answered no operation with 200 (only {', '.join(statuses) or 'nothing'}); "
            "check the account, the connector and the credential"
        )

    def _draw(self, scene: Scene) -> PropertyOutcome | None:
        # schemathesis and hypothesis are heavy: imported where they are used.
        from mconn_contracts.live.properties import PropertySettings, run_properties

        self._step = "properties"
        deadline = self.budget.deadline
        left = None if deadline is None else deadline - time.monotonic()
        requests = min(self.budget.left, self.settings.profile.drawn)
        if requests < 1 or (left is not None and left <= 0):
            return None
        window = scene.window
        settings = PropertySettings(
            base_url=self.target.base_url,
            account_id=self.target.account_id,
            connector_id=self.target.connector_id,
            headers=self.target.credentials,
            seed=self.settings.seed,
            max_requests=requests,
            max_examples=self.settings.profile.examples,
            max_time=left,
            timeout=self.settings.timeout,
            max_wait=self.budget.wait,
            window=None if window is None or window.start is None or window.end is None else (window.start, window.end),
        )
        outcome = run_properties(self.plan.document.raw, settings, self._observe, pace=self._pace)
        self.budget.spent += outcome.requests
        for exchange in outcome.unanswered:
            self._judge(self._shown(exchange))
        return outcome

    def _require_all_drawn(self, outcome: PropertyOutcome) -> None:
        """CouldNotJudgeError where the properties ended for another reason than the end of the requests or the time."""
        from mconn_contracts.live.wire import Limit

        url = self.target.base_url
        if outcome.limit is Limit.UNREACHABLE:
            raise CouldNotJudgeError(f"{url} answers no more: {outcome.unanswered[-1].response.incomplete}")
        if outcome.limit is Limit.RATE:
            raise CouldNotJudgeError(
                f"{url} asks to wait (429) for more than this run may; run it later, or with a lower --rate-limit"
            )
        if outcome.errors:
            raise CouldNotJudgeError(f"requests could not be drawn: {outcome.errors[0]}")

    def _shown(self, exchange: Exchange) -> Exchange:
        """A drawn exchange as it may be shown: without secrets, and with where it comes from."""
        request = exchange.request
        if request is not None:
            url = scrub_url(request.url, self.target.secrets)
            request = Request(request.method, url, redact_headers(request.headers, HARMLESS))
        origin = replace(exchange.origin, source=self.target.base_url)
        return replace(exchange, request=request, response=scrub(exchange.response, self.target.secrets), origin=origin)

    def _observe(self, exchange: Exchange) -> None:
        self._judge(self._shown(exchange))

    def _judge(self, exchange: Exchange) -> Judgement:
        if self._record is not None:
            self._record(exchange)
        judgement = self.session.observe(exchange)
        if self._progress is not None:
            tally = self.session.tally
            self._progress(self._step, tally, tally.exchanges, self.settings.profile.requests)
        return judgement

    def _pace(self) -> None:
        if self.settings.rate_limit is None:
            return
        wait = self._next_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next_at = time.monotonic() + 1 / self.settings.rate_limit
