"""The plain loop over captures that every engine must equal: one exchange after the other, nothing cut, batched or shared."""

from __future__ import annotations

from collections.abc import Iterable

from tests.captures.recorded import read

from mconn_contracts.archives.run import Run
from mconn_contracts.captures.records import LeftOut, Order, ReadOptions, Unanswered, Unreadable
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.defect import Defect
from mconn_contracts.model.exchange import Exchange, Response, Trace
from mconn_contracts.model.tally import Tally


def run(inputs: Iterable[Input], plan: Plan, reading: ReadOptions, *, cap: int = 20) -> Run:
    """Judge captures, each in a session of its own."""
    result = Run(Tally(cap=cap))
    for source in inputs:
        session = Session(plan, cap)
        try:
            for record in read(source, reading):
                _take(record, session)
        except InputError as error:
            result.problems.append(error)
        session.conclude()
        result.tally.merge(session.tally)
    return result


def _take(record: Exchange | Unreadable | Unanswered | Order | LeftOut, session: Session) -> None:
    if isinstance(record, Exchange):
        session.observe(record)
    elif isinstance(record, Order):
        session.reorder(record.entries)
    elif isinstance(record, Unanswered):
        session.tally.unanswered += 1
    elif isinstance(record, LeftOut):
        session.tally.left_out[record.kind] = session.tally.left_out.get(record.kind, 0) + 1
    elif record.request is not None and session.plan.reader.foreign(Exchange(Response(None), record.request)):
        session.tally.foreign += 1
    else:
        session.report(Defect(record.kind, "", record.message), Trace(record.origin, record.request, None))
