"""One run against a live server: the probes, the drawn requests, the comparison of all answers, and the verdict."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mconn_contracts.contract.api import ENDPOINTS, GET, LATEST, LIST
from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Answer, Identity, ListPage
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.live.admission import STARTING, Admission
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.client import Client
from mconn_contracts.live.http import HttpTransport, Tls
from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.live.probes.catalog import PROBES
from mconn_contracts.live.profiles import STANDARD, Profile
from mconn_contracts.live.sender import Sender
from mconn_contracts.live.target import Target
from mconn_contracts.live.transport import Transport
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.signals import interruptible

if TYPE_CHECKING:
    from mconn_contracts.live.properties import PropertyOutcome

PAUSE = 0.25
"""Seconds between two attempts to reach a server that is starting."""
LEAST_TIME_TO_DRAW = 2.0
"""Seconds that must be left where requests are still to be drawn: loading schemathesis takes about one."""


GRACE = 1.0
"""Seconds past `max_time` that a run may take to come to its verdict; where it takes longer, it stops asking earlier."""
MOST_WAITED, MOST_WAITED_FOR_EACH = 120.0, 0.1
"""Seconds that a run waits for 429s at most: in all, and for each request that it may send, whichever is more."""


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How to run: `max_time` in seconds, `rate_limit` in requests a second, `max_findings` that fail; None is not a bound.

    `workers` is the number of requests that may be under way at once. `wait` is the seconds that a server may take to start.
    `renew` gives header fields of a new credential within the given seconds. It is called if the target has no credential,
    and if the server refuses the credential during the run. `pinned` are the choices of an earlier run to compare with. With
    `operations`, by operationId, only these are requested. `expected` are exactly the events that must exist. UsageError if
    a number is not finite.
    """

    profile: Profile = STANDARD
    seed: int = 0
    max_time: float | None = None
    rate_limit: float | None = None
    max_findings: int | None = None
    workers: int = 1
    wait: float = 0.0
    tls: Tls = field(default_factory=Tls)
    renew: Callable[[float], Mapping[str, str]] | None = None
    timeout: float = 30.0
    allow_writes: bool = False
    cap: int = 20
    pinned: Mapping[str, str] | None = None
    operations: tuple[str, ...] = ()
    expected: Mapping[Identity, ExpectedEvent] | None = None
    power: bool = False
    """Whether to measure at the end which faults the run would have noticed (`live.power`)."""

    def __post_init__(self) -> None:
        for name in ("max_time", "rate_limit", "wait"):
            if not math.isfinite(getattr(self, name) or 0):
                raise UsageError(f"--{name.replace('_', '-')} is not a finite number")


def never_decided(settings: RunSettings) -> frozenset[str]:
    """What statements may need that a run with these settings does not have."""
    given = {"request": None, "pin": settings.pinned, "expect": settings.expected}
    return frozenset(need for need, value in given.items() if value is None)


def asked_for(operations: Iterable[str]) -> tuple[str, ...]:
    """Operations, by operationId, in the order of the document; none where they are all that there are."""
    chosen = set(operations)
    named = tuple(each.operation for each in ENDPOINTS if each.operation in chosen)
    return () if len(named) == len(ENDPOINTS) else named


Progress = Callable[[str, Tally, int, int], None]
"""Called with the step, the tally, and the numbers of requests sent and allowed."""


class _EnoughError(Exception):
    """The run has as many findings as `max_findings`."""


class Run:
    """One run. `execute` gives a verdict on what was seen, however the run ends. `interrupted` says that a user ended it."""

    interrupted = False

    def __init__(
        self,
        target: Target,
        plan: Plan,
        settings: RunSettings,
        *,
        record: Callable[[Exchange], None] | None = None,
        progress: Progress | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.target = target
        self.plan = plan
        self.settings = settings
        self.session = Session(plan, settings.cap)
        self._end = None if settings.max_time is None else time.monotonic() + settings.max_time
        self._judged_for = 0.0
        """Seconds that judging the answers one by one has taken."""
        requests = settings.profile.requests
        wait = max(MOST_WAITED, MOST_WAITED_FOR_EACH * requests)
        self.budget = Budget(requests, self._end, wait, settings.rate_limit)
        self._record = record
        self._progress = progress
        self._transport = transport
        self._step = ""
        self._admission = Admission(target)
        self._cut_short: list[str] = []
        self._judging = threading.Lock()
        """What is drawn is judged in another thread, which an interrupt may leave at it."""
        self._ended = False
        self._listed = False
        """Whether a list was shown: to a request that the server must answer so, or with items."""
        self.probed = False
        """Whether all probes were made: neither the time nor an interrupt ended them."""
        self.choices: tuple[Choice, ...] = ()
        """What the server chose where nobody documents it; there once the verdict is."""
        self.shown: History | None = None
        """What the server showed, where `power` asks for it; there once the verdict is."""

    def execute(self) -> Verdict:
        """Run until all is done, the budget is spent, the server no longer answers, or an interrupt comes."""
        ended: str | None = None
        transport = self._transport or HttpTransport(self.target, self.settings.tls)
        client = Client(self.target, transport, self.budget, self._judge)
        client.timeout, client.workers, client.renew = self.settings.timeout, self.settings.workers, self.settings.renew
        client.presence = self._presence()
        try:
            self._ask(client)
        except CouldNotJudgeError as error:
            ended = str(error)
        except _EnoughError:
            self._cut_short.append(f"by --max-findings {self.settings.max_findings}, {self._progress_so_far()}")
        except KeyboardInterrupt:
            self.interrupted = True
            ended = "interrupted"
        with self._judging:
            self._ended = True
        if self.budget.time_is_over:
            self._cut_short.append(f"by --max-time, {self._progress_so_far()}")
        if client.cut_off is not None:
            what, seconds = client.cut_off
            self._cut_short.append(f"{what} was not answered in the {seconds:.1f} seconds that were left, and is not judged")
        self.choices = self.session.observe_behavior(self.settings.pinned)
        expected = None if self.settings.expected is None else self.session.expect(self.settings.expected)
        self.shown = self.session.history if self.settings.power else None
        self.session.conclude()
        asked = self.settings.operations
        verdict = self.session.verdict(
            without=never_decided(self.settings), asked=asked, could_not_judge=ended or self._unexercised()
        )
        return replace(verdict, seed=self.settings.seed, cut_short=tuple(self._cut_short), expected=expected)

    def _progress_so_far(self) -> str:
        return f"in the step {self._step!r}, after {self.budget.spent} requests" if self._step else "before the first request"

    def _presence(self) -> str:
        """What shows that the server is there, below the connector's events: of the operations that are asked for."""
        asked = self.settings.operations
        if not asked or LATEST.operation in asked:
            return "/latest"
        return "?from=0&to=1" if LIST.operation in asked else "/1.0"

    def _is_asked(self, method: str, below: str) -> bool:
        """Whether a request to a path below the base is of an operation that is asked for; HEAD comes with GET."""
        asked = self.settings.operations
        if not asked:
            return True
        call = self.plan.reader.router.route(Request("GET" if method == "HEAD" else method, below))
        return call is not None and call.operation is not None and call.operation.id in asked

    def _ask(self, client: Client) -> None:
        if self.settings.operations == (GET.operation,) and not self.settings.expected:
            raise CouldNotJudgeError(
                f"{GET.operation} alone has no event to ask for, because only the other operations show event ids; add "
                f"--operation {LIST.operation} or --operation {LATEST.operation}, or say by --expect which events there are"
            )
        try:
            client.authenticate()
            self._await_server(client)
            context = self._probe(client)
            outcome = self._draw(client, context)
            client.judge_passed_over()
        finally:
            client.close()
        if outcome is not None and outcome.errors:
            raise CouldNotJudgeError(f"requests could not be drawn: {outcome.errors[0]}")

    def _await_server(self, client: Client) -> None:
        """Ask again and again, as long as `wait` says, until the server answers, and more than that it is starting."""
        until = self.budget.deadline_of(self.settings.wait)
        while self.settings.wait and time.monotonic() < until:
            if client.probe().status not in {None, *STARTING}:
                return
            with interruptible():
                time.sleep(min(PAUSE, max(0.0, until - time.monotonic())))

    def _probe(self, client: Client) -> ProbeContext:
        """Run all probes, and leave what is meant for the properties; what they have learned."""
        profile, budget = self.settings.profile, self.budget
        reserved = min(profile.drawn, budget.requests // 4)
        budget.requests -= reserved
        context = ProbeContext(
            sender=Sender(client, allow_writes=self.settings.allow_writes, asks=self._is_asked),
            profile=profile,
            kinds=self.plan.document.kinds,
            expected=tuple(sorted(self.settings.expected or ())),
            filtered=any(each.name == "k" for each in self.plan.document.operation(LIST.operation).parameters),
        )
        for index, probe in enumerate(PROBES):
            if self.budget.time_is_over:
                break
            self._step = probe.name
            needed_later = sum(later.needs for later in PROBES[index + 1 :])
            budget.allow(round(probe.share * profile.requests), needed_later)
            with contextlib.suppress(BudgetSpentError):
                probe.ask(context)
        self.probed = not self.budget.time_is_over
        budget.allowance = None
        budget.requests += reserved
        return context

    def _draw(self, client: Client, context: ProbeContext) -> PropertyOutcome | None:
        profile, window = self.settings.profile, context.window
        too_late = self.budget.deadline_of(LEAST_TIME_TO_DRAW) == self.budget.deadline
        if profile.drawn < 1 or self.budget.left < 1 or too_late:
            if too_late and not self.budget.time_is_over:
                self._cut_short.append("by --max-time, before requests were drawn")
            return None
        self._step = "properties"
        # schemathesis and hypothesis are heavy: imported where they are used.
        from mconn_contracts.live.properties import PropertySettings, run_properties

        settings = PropertySettings(
            seed=self.settings.seed,
            requests=profile.drawn,
            examples=profile.examples,
            window=None if window is None or window.start is None or window.end is None else (window.start, window.end),
            operations=self.settings.operations,
        )
        return run_properties(self.plan.document.raw, settings, client)

    def _unexercised(self) -> str | None:
        """Why nothing was exercised, where that is so."""
        tally = self.session.tally
        if tally.exchanges == 0:
            return f"no request was sent to {self.target.base_url}: there was no time or no budget left"
        statuses = sorted({status for each in tally.coverage.operations.values() for status in each})
        if any(status.startswith("2") for status in statuses):
            refused = [status for status in sorted(tally.coverage.operations.get(LIST.operation, ())) if status[0] != "2"]
            failed = any(number and severity >= self.plan.fail_on for severity, number in tally.by_severity.items())
            if failed or not refused or self._listed:
                return None
            return (
                f"{self.target.base_url} refused every window that was asked for ({LIST.operation}: {', '.join(refused)}), "
                "so no list was judged; look at the refusals in a recording (--report har=run.har)"
            )
        return (
            f"{self.target.base_url} answered no operation with 200 (only {', '.join(statuses) or 'nothing'}); "
            "check the account, the connector and the credential"
        )

    def _judge(self, exchange: Exchange) -> Judgement:
        with self._judging:
            if self._ended:
                raise BudgetSpentError
            return self._judge_next(exchange)

    def _judge_next(self, exchange: Exchange) -> Judgement:
        if self._record is not None:
            self._record(exchange)
        began = time.monotonic()
        judgement = self.session.observe(exchange)
        self._judged_for += time.monotonic() - began
        if self._end is not None:
            # To relate the answers at the end takes about as long as it took to judge them one by one.
            self.budget.end_by(self._end + GRACE - self._judged_for)
        self._listed = self._listed or any(_shows_list(view) for view in judgement.views)
        if self._progress is not None:
            tally = self.session.tally
            self._progress(self._step, tally, tally.exchanges, self.settings.profile.requests)
        useless = self._admission.note(exchange)
        if useless is not None:
            raise CouldNotJudgeError(useless)
        if judgement.findings and self.settings.max_findings is not None:
            severities = self.session.tally.by_severity
            if sum(total for level, total in severities.items() if level >= self.plan.fail_on) >= self.settings.max_findings:
                raise _EnoughError
        return judgement


def _shows_list(view: object) -> bool:
    """Whether an answer shows a list, and not only that nothing is in a window that no client would ask for."""
    if isinstance(view, Answer):
        fair = view.exchange.intent is not None and view.exchange.intent.fair
        return fair and view.operation is not None and view.operation.id == LIST.operation and 200 <= (view.status or 0) < 300
    return isinstance(view, ListPage) and bool(view.items)
