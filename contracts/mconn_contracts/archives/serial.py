"""Run `check` over captures. The serial engine is the one that every other must equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import Batch, Order, ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.captures.source import Input
from mconn_contracts.captures.streams import Meter
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.defect import Defect
from mconn_contracts.model.exchange import Exchange, Response, Trace
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict

Tick = Callable[[int, Tally], None]
"""Is told the bytes that were read, and the tally so far."""

MAX_HISTORY = 50_000
"""About how many events of one capture are related to each other; what comes after them is judged as another session."""

_NAMED = 3
"""Problems that a verdict names."""


@dataclass(slots=True)
class Run:
    """What a run over captures has come to: its tally, and the captures that could not be read, or not to their end."""

    tally: Tally
    inputs: int = 0
    problems: list[InputError] = field(default_factory=list)
    interrupted: bool = False

    def verdict(self, plan: Plan) -> Verdict:
        """The run as reports render it."""
        return verdict(plan, self.tally, without=_undecidable(self.tally, plan), could_not_judge=self._reason())

    def _reason(self) -> str | None:
        reasons = ["interrupted"] if self.interrupted else []
        if self.problems:
            named = "; ".join(str(problem) for problem in self.problems[:_NAMED])
            more = f"; and {len(self.problems) - _NAMED} more" if len(self.problems) > _NAMED else ""
            reasons.append(f"{named}{more}")
        if not self.tally.exchanges:
            left = [f"{self.tally.foreign} of other APIs"] if self.tally.foreign else []
            left += [f"{self.tally.unanswered} without a response"] if self.tally.unanswered else []
            reasons.append(f"nothing was judged{': only records ' + ' and '.join(left) if left else ''}")
        return "; ".join(reasons) or None


def run(
    inputs: Iterable[Input],
    plan: Plan,
    reading: ReadOptions,
    *,
    cap: int = 20,
    on_problem: Callable[[InputError], None] | None = None,
    on_progress: Tick | None = None,
) -> Run:
    """Judge captures one after the other. What responses say about each other is judged within one capture.

    A capture that cannot be read is told to `on_problem` as it is met, and the next is judged. An interrupt ends the
    run with what it has come to.
    """
    session = Session(plan, cap)
    result = Run(session.tally)
    meter = Meter()
    try:
        for source in inputs:
            result.inputs += 1
            problem = judge(records(source, reading, meter), session, meter, on_progress)
            if problem is not None:
                result.problems.append(problem)
                if on_problem is not None:
                    on_problem(problem)
    except KeyboardInterrupt:
        result.interrupted = True
    return result


def judge(found: Iterable[Record], session: Session, meter: Meter, tick: Tick | None = None) -> InputError | None:
    """Judge the records of one capture, or of a part of one, and what they say about each other.

    Why it could not be read to its end, where that is so; what came before counts.
    """
    problem: InputError | None = None
    try:
        for record in found:
            _take(session, record)
            if tick is not None:
                tick(meter.read, session.tally)
    except InputError as error:
        problem = error
    session.conclude()
    return problem


def _take(session: Session, record: Record) -> None:
    match record:
        case Exchange():
            session.observe(record)
            if session.history.size > MAX_HISTORY:
                session.conclude()
        case Batch():
            session.observe_batch(record)
        case Order():
            session.reorder(record.entries)
        case Unanswered():
            session.tally.unanswered += 1
        case Unreadable():
            if record.request is not None and session.plan.reader.foreign(Exchange(Response(None), record.request)):
                session.tally.foreign += 1
                return
            session.report(Defect(record.kind, "", record.message), Trace(record.origin, record.request, None))


def _undecidable(tally: Tally, plan: Plan) -> frozenset[str]:
    """What statements may need that these captures do not have, as far as what was decided shows.

    Bare payloads have no requests; recordings of other clients do not say what the sender knew.
    """
    decided = tally.coverage.decided
    seen = {statement.needs for statement in plan.document.statements if statement.code in decided}
    missing = {"request", "live", "pin"} - seen
    if not seen & {"request", "live", "session"}:
        missing.add("session")
    return frozenset(missing)
