"""Judge shards of captures, in any process."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mconn_contracts.archives.streams import Found
from mconn_contracts.captures.records import Batch, LeftOut, Order, ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.captures.shards import Shard, shard_records
from mconn_contracts.captures.streams import Meter
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.defect import Defect
from mconn_contracts.model.exchange import Exchange, Response, Trace
from mconn_contracts.model.tally import Tally
from mconn_contracts.process.signals import interruptible


@dataclass(frozen=True, slots=True)
class Job:
    """The common settings of all shards of a run. `cap` is the number of findings kept of each code."""

    plan: Plan
    reading: ReadOptions
    cap: int
    every: bool = False
    """Whether parts have every finding."""
    gathers: bool = False
    """Whether tallies have the undeclared kinds and fields."""


@dataclass(slots=True)
class Part:
    """The result of some shards. `lines` is the number of lines of the last one, if others follow in the same capture.

    `problems` say why captures could not be read, or not to their end.
    """

    tally: Tally
    lines: int = 0
    problems: list[str] = field(default_factory=list)
    findings: bytes = b""
    """Every finding, where that was asked for, in packed lines; and the records that had one."""
    rejects: bytes = b""


class Worker:
    """Judges shards, some at a time, all with one session, so that its cache of payloads serves them all."""

    def __init__(self, job: Job) -> None:
        self._reading = job.reading
        self._session = Session(job.plan, job.cap, sink=Found(job.plan) if job.every else None, gathers=job.gathers)
        self._meter = Meter()
        self._lines = 0
        self.shard: Shard | None = None
        """The shard that is being judged, or was last."""
        self.problems: list[str] = []
        """Why captures among those that are being judged could not be read, or not to their end."""

    @property
    def read(self) -> int:
        """The bytes that were read of the shards that are being judged."""
        return self._meter.read

    @property
    def tally(self) -> Tally:
        """The result so far of the shards that are being judged."""
        return self._session.tally

    def judge(self, shards: Iterable[Shard], tick: Callable[[], object] | None = None) -> Part:
        """Judge one shard, or several whole captures; `tick` is called after each record."""
        for shard in shards:
            if self.shard is None or self.shard.index != shard.index or self.shard.start >= shard.start:
                self._session.begin_capture()
            self.shard = shard
            try:
                for record in _one_by_one(self._records(shard)):
                    take(self._session, record)
                    if tick is not None:
                        tick()
            except InputError as error:
                self.problems.append(str(error))
            # Exchanges before a problem count, and so does their comparison.
            self._session.conclude()
        part = self.part(self._lines)
        self._session.hand_over()
        self._meter, self.problems = Meter(), []
        return part

    def part(self, lines: int = 0) -> Part:
        """What has come so far of the shards that are being judged."""
        part = Part(self.tally, lines, self.problems)
        if isinstance(self._session.sink, Found):
            part.findings, part.rejects = self._session.sink.packed()
            self._session.sink = Found(self._session.plan)
        return part

    def _records(self, shard: Shard) -> Iterator[Record]:
        self._lines = 0
        self._lines = yield from shard_records(shard, self._reading, self._meter)


def _one_by_one(records: Iterator[Record]) -> Iterator[Record]:
    """The records; an interrupt comes where one is read, not where it is judged."""
    while True:
        with interruptible():
            record = next(records, None)
        if record is None:
            return
        yield record


class _Known(threading.local):
    """The worker of each thread: those of a Dask worker judge at the same time."""

    job: bytes = b""
    worker: Worker


_known = _Known()


def judge_shards(job: bytes, shards: Sequence[Shard]) -> Part:
    """Judge shards by a pickled `Job`, with the one worker that this thread has for it."""
    if _known.job != job:
        # It comes from the process that started this one, or from its cluster.
        _known.job, _known.worker = job, Worker(pickle.loads(job))  # noqa: S301
    # Its last shard may be of another run.
    _known.worker.shard = None
    try:
        return _known.worker.judge(shards)
    except BaseException:
        # A half judged session must not be used for another run.
        _known.job = b""
        raise


def take(session: Session, record: Record) -> None:
    """Let a session judge a record, or count it."""
    match record:
        case Exchange():
            session.observe(record)
        case Batch():
            session.observe_batch(record)
        case Order():
            session.put_in_order(record)
        case Unanswered():
            session.tally.unanswered += 1
        case LeftOut():
            session.tally.left_out[record.kind] = session.tally.left_out.get(record.kind, 0) + 1
        case Unreadable():
            if record.request is not None and session.plan.reader.foreign(Exchange(Response(None), record.request)):
                session.tally.foreign += 1
                return
            session.report(Defect(record.kind, "", record.message), Trace(record.origin, record.request, None))
