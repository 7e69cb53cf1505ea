"""One run against a live server: probes, then properties, then what they say about each other; and its verdict."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mconn_contracts.check import Judgement, Plan, Session
from mconn_contracts.live.probes import PROBES
from mconn_contracts.live.profiles import STANDARD, Profile
from mconn_contracts.live.scene import Scene
from mconn_contracts.live.sender import Budget, BudgetSpentError, Sender
from mconn_contracts.live.target import HARMLESS, Target
from mconn_contracts.model import Exchange, Request, Tally, Verdict
from mconn_contracts.redaction import redact_headers, scrub
from mconn_contracts.rules.observations import Choice

NOT_LIVE = frozenset({"request"})
"""What a statement may need that a live run never has: somebody else's requests."""
PIN = frozenset({"pin"})


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
    """A run that can be interrupted: `verdict` says what it has come to so far."""

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
        self.budget = Budget(settings.profile.requests, deadline)
        self._record = record
        self._progress = progress
        self._step = ""
        self._concluded = False
        self.choices: tuple[Choice, ...] = ()
        """What the server chose where nobody documents it; there once the verdict is."""
        self._next_at = 0.0

    def execute(self) -> Verdict:
        """Run to the end, or to the end of the budget. ConnectionFailedError where the server never answers."""
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
        )
        try:
            for index, probe in enumerate(PROBES):
                self._step = probe.name
                needed_later = sum(later.needs for later in PROBES[index + 1 :])
                self.budget.allow(round(probe.share * self.settings.profile.requests), needed_later)
                with contextlib.suppress(BudgetSpentError):
                    probe.ask(scene)
            sender.judge_resets()
        finally:
            sender.close()
        self.budget.allowance = None
        self.budget.requests += reserved
        self._draw(scene)
        return self.verdict()

    def verdict(self) -> Verdict:
        """What the run has come to."""
        if not self._concluded:
            self._concluded = True
            self.choices = self.session.observe_behavior(self.settings.pinned)
            self.session.conclude()
        tally = self.session.tally
        exercised = any("200" in statuses for statuses in tally.coverage.operations.values())
        reason = None
        if tally.exchanges == 0:
            reason = f"{self.target.base_url} was asked nothing; there was no time or budget"
        elif not exercised and not any(not code.startswith("MC9") for code in tally.by_code):
            statuses = sorted({status for each in tally.coverage.operations.values() for status in each})
            reason = (
                f"{self.target.base_url} answered no operation with 200 (only {', '.join(statuses) or 'nothing'}); "
                "check the account, the connector and the credential"
            )
        without = NOT_LIVE if self.settings.pinned is not None else NOT_LIVE | PIN
        return self.session.verdict(without=without, could_not_judge=reason)

    def _draw(self, scene: Scene) -> None:
        # schemathesis and hypothesis are heavy: imported where they are used.
        from mconn_contracts.live.properties import PropertySettings, run_properties

        self._step = "properties"
        deadline = self.budget.deadline
        left = None if deadline is None else deadline - time.monotonic()
        requests = min(self.budget.left, self.settings.profile.drawn)
        if requests < 1 or (left is not None and left <= 0):
            return
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
            window=None if window is None or window.start is None or window.end is None else (window.start, window.end),
        )
        outcome = run_properties(self.plan.document.raw, settings, self._observe_drawn, pace=self._pace)
        self.budget.spent += outcome.requests

    def _observe_drawn(self, exchange: Exchange) -> None:
        request = exchange.request
        if request is not None:
            request = Request(request.method, request.url, redact_headers(request.headers, HARMLESS))
        origin = replace(exchange.origin, source=self.target.base_url)
        response = scrub(exchange.response, self.target.secrets)
        self._judge(replace(exchange, request=request, response=response, origin=origin))

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
