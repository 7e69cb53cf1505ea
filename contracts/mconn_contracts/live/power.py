"""How much a run proves: which faults of the reference server it would have noticed there, with the data that it has seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mconn_contracts.judge.check import Plan, check, check_session
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import Recorder
from mconn_contracts.judge.reading.views import Identity
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.observed_data import ENRICHMENTS, observed
from mconn_contracts.live.profiles import QUICK, STANDARD, Profile
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.target import Target
from mconn_contracts.live.transport import Reply, Transport
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.model.finding import Finding, is_about_the_run
from mconn_contracts.model.power import MoreData, Power, Seen
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process import signals
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store

_INTERRUPTED = "by a signal, before the power was counted; it is not known"
_UNPROBED = "before all probes were made, so the power is not counted; it is not known"
_EVERY_OPERATION = "ask for every operation, to see the faults in the others"
NEAR, FAR = "http://localhost", "http://reference.mconn.example"
"""Names of the reference server, which no connection is made to: one of this machine, and one of another."""


def measured(run: Run, verdict: Verdict) -> Verdict:
    """The verdict of a run, with its power where the run was to have it, and has judged something.

    If a signal ends the count, or the probes ended early, the verdict says so instead.
    """
    if run.shown is None or verdict.could_not_judge is not None:
        return verdict
    if not run.probed:
        return replace(verdict, cut_short=(*verdict.cut_short, _UNPROBED))
    events, seen = observed(run.shown)
    writes = run.settings.allow_writes or run.target.loopback
    found = power(events, seen, run.plan, run.settings, verdict.statements, writes=writes)
    if found is None:
        return replace(verdict, cut_short=(*verdict.cut_short, _INTERRUPTED))
    return replace(verdict, power=found)


def power(
    events: Sequence[StoredEvent], seen: Seen, plan: Plan, settings: RunSettings, statements: Iterable[str], *, writes: bool
) -> Power | None:
    """What a run would have noticed of a server with these events, by the faults that break these statements.

    `writes` says whether methods other than GET, HEAD and OPTIONS left. Nothing is drawn. What the profile `quick` notices,
    a larger one does: it is tried first, and `thorough` counts as `standard`. None if a signal came meanwhile.
    """
    wanted = frozenset(statements)
    faults = [fault for fault in FAULTS.values() if fault.code in wanted and plan.severity(fault.code) >= plan.fail_on]

    def unnoticed_by(
        profile: Profile, operations: tuple[str, ...], events: Sequence[StoredEvent], faults: Sequence[Fault], *, again: bool
    ) -> list[Fault]:
        expected = None if settings.expected is None else _expected(events)
        ways = RunSettings(profile=replace(profile, drawn=0), operations=operations, expected=expected, max_findings=1)
        trial = _Trial.of(events, plan, ways, writes=writes)
        return [fault for fault in faults if signals.exit_code() is not None or not trial.notices(fault, again=again)]

    asked = settings.operations
    unnoticed = unnoticed_by(QUICK, asked, events, faults, again=True)
    if settings.profile.requests > QUICK.requests:
        unnoticed = unnoticed_by(STANDARD, asked, events, unnoticed, again=True)
    noticed = len(faults) - len(unnoticed)
    others = [(each.words, asked, each.enrich(events), each is ENRICHMENTS[-1]) for each in ENRICHMENTS]
    others = [each for each in others if each[2] != list(events)]
    if asked:
        others.insert(0, (_EVERY_OPERATION, (), list(events), False))
    more: list[MoreData] = []
    for words, operations, enriched, again in others:
        left = unnoticed_by(QUICK, operations, enriched, unnoticed, again=again) if unnoticed else []
        found = tuple(fault.name for fault in unnoticed if fault not in left)
        if found:
            more.append(MoreData(words, found))
        unnoticed = left
    if signals.exit_code() is not None:
        return None
    more.sort(key=lambda each: -len(each.faults))
    return Power(seen, len(faults), noticed, tuple(more), tuple(fault.name for fault in unnoticed))


def _expected(events: Iterable[StoredEvent]) -> dict[Identity, ExpectedEvent]:
    return {(each.t, each.n): ExpectedEvent(each.t, each.n, each.a, each.kind, each.e, each.v, versioned=True) for each in events}


@dataclass(slots=True)
class _Asked:
    """A request of the run on the server without a fault, its answer, and the exchange that was judged of it."""

    request: Request
    reply: Reply
    exchange: Exchange | None = None
    views: tuple[object, ...] = ()


@dataclass
class _Noting:
    """Carries requests by another way, and keeps them with their answers."""

    way: Transport
    asked: list[_Asked] = field(default_factory=list)

    def send(self, request: Request, deadline: float) -> Reply:
        """The answer to a request."""
        reply = self.way.send(request, deadline)
        self.asked.append(_Asked(request, reply))
        return reply

    def keep_no_connection(self) -> None:
        """Nothing: there is no connection."""

    def abandon(self) -> None:
        """Nothing: a handler answers at once."""

    def close(self) -> None:
        """Nothing: the store is its owner's to close."""

    def judged(self, exchange: Exchange) -> None:
        """Keep what was judged: of the last requests, that of the same URL."""
        asked = next(
            each for each in reversed(self.asked) if exchange.request is not None and each.request.url == exchange.request.url
        )
        asked.exchange = exchange


@dataclass(frozen=True)
class _Trial:
    """A server with some events, and a run on it as long as it has no fault."""

    events: Sequence[StoredEvent]
    plan: Plan
    settings: RunSettings
    target: Target
    asked: Sequence[_Asked]

    @classmethod
    def of(cls, events: Sequence[StoredEvent], plan: Plan, settings: RunSettings, *, writes: bool) -> _Trial:
        """Run on a server with these events."""
        host = NEAR if writes else FAR
        target = Target(host + BASE_PATH, ACCOUNT_ID, CONNECTOR_ID, {"Authorization": f"Bearer {MAIN_ACCOUNT.token}"})
        trial = cls(events, plan, settings, target, [])
        with trial._server() as way:
            noting = _Noting(way)
            trial._run(noting, plan, noting.judged)
        for each in noting.asked:
            if each.exchange is not None:
                each.views = tuple(plan.reader.views(plan.reader.read(each.exchange)))
        return replace(trial, asked=noting.asked)

    def _server(self, *faults: Fault) -> _Served:
        return _Served(self.events, faults)

    def _run(self, way: Transport, plan: Plan, record: Callable[[Exchange], None] | None = None) -> Iterable[Finding]:
        run = Run(self.target, plan, self.settings, transport=way, record=record)
        run.budget.sleep = lambda _: None
        return run.execute().tally.findings()

    def notices(self, fault: Fault, *, again: bool) -> bool:
        """Whether the run would have failed because of a fault, and under its code.

        As long as the answers are those of the server without it, the run would have asked the same. So where none differs
        it notices nothing; and where some do, it mostly shows in them. Where it does not, the whole run is made `again`.
        """
        plan = self.plan.alone(fault.code)
        by_one = fault.code in plan.scopes
        shown = False
        differing: dict[int, Exchange] = {}
        with self._server(fault) as way:
            for index, each in enumerate(self.asked):
                reply = way.send(each.request, math.inf)
                if reply != each.reply and each.exchange is not None:
                    differing[index] = replace(each.exchange, response=reply.response)
                    found = check(differing[index], plan).findings if by_one else ()
                    if _fails(found, plan):
                        return True
                    shown = shown or bool(found)
        if not differing:
            return False
        if any(rule.on is History for rule in plan.rules) and self._related(differing, plan):
            return True
        # What showed and weighed too little would weigh no more the next time.
        if shown or not again:
            return False
        with self._server(fault) as way:
            return _fails(self._run(way, plan), plan)

    def _related(self, differing: Mapping[int, Exchange], plan: Plan) -> bool:
        """Whether the answers, some of them those of a server with a fault, fail a plan beside each other."""
        recorder = Recorder()
        for index, each in enumerate(self.asked):
            views = plan.reader.views(plan.reader.read(differing[index])) if index in differing else each.views
            for view in views:
                recorder.add(view)
        return _fails(check_session(recorder.history(), plan).findings, plan)


def _fails(findings: Iterable[Finding], plan: Plan) -> bool:
    """Whether a run by a plan for one code fails because of it."""
    return any(each.severity >= plan.fail_on and not is_about_the_run(each.code) for each in findings)


@dataclass
class _Served:
    """A server in this process, as long as the block lasts."""

    events: Sequence[StoredEvent]
    faults: Sequence[Fault]

    def __enter__(self) -> HandlerTransport:
        self._store = open_store(main=lambda *_: iter(self.events), faults=self.faults)
        return HandlerTransport(build_handler(self._store, faults=self.faults))

    def __exit__(self, *_: object) -> None:
        self._store.close()
