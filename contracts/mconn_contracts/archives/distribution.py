"""Judge captures by shards on a pool; the tally is the same as that of the serial run, whatever the shards and workers."""

from __future__ import annotations

import functools
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mconn_contracts.archives.checkpoint import Checkpoint, Part, fingerprint
from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.serial import Run, Tick, judge
from mconn_contracts.captures.records import ReadOptions, Record
from mconn_contracts.captures.shards import SHARD_BYTES, Shard, cut, shard_records
from mconn_contracts.captures.source import Input
from mconn_contracts.captures.streams import Meter, opened
from mconn_contracts.errors import InputError, UsageError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.tally import Tally

_TRIES = 2
"""How often a shard may be lost with its worker while nothing else runs there."""

_tick: ContextVar[Tick | None] = ContextVar("tick", default=None)
"""Told of the progress within a shard, where that is judged in this process."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in bytes as stored; `records` counts exchanges."""

    done: int
    total: int
    records: int
    findings: int


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all shards of a run."""

    plan: Plan
    reading: ReadOptions
    cap: int


@dataclass
class _State:
    """The parts that have come, merged as far as all before them have come too."""

    shards: list[Shard]
    result: Run
    parts: dict[int, Part] = field(default_factory=dict)
    merged: int = 0
    lines: int = 0
    """Lines of the capture that is being merged, before the next shard."""
    done: int = 0
    records: int = 0
    findings: int = 0

    def take(self, number: int, part: Part) -> None:
        """Add a part, and merge what can be."""
        self.parts[number] = part
        self.done += self.shards[number].size
        self.records += part.tally.exchanges
        self.findings += sum(part.tally.by_code.values())
        while self.merged in self.parts:
            shard, ready = self.shards[self.merged], self.parts.pop(self.merged)
            if shard.start == 0:
                self.lines = 0
            _move(ready.tally, self.lines)
            self.lines += ready.lines
            self.result.tally.merge(ready.tally)
            if ready.problem is not None:
                self.result.problems.append(InputError(ready.problem))
            self.merged += 1

    def progress(self, read: int = 0, tally: Tally | None = None) -> Progress:
        """How far it is, with what a shard that is being judged has come to."""
        records = self.records + (tally.exchanges if tally else 0)
        findings = self.findings + (sum(tally.by_code.values()) if tally else 0)
        total = sum(shard.size for shard in self.shards)
        return Progress(min(self.done + read, total), total, records, findings)


def distribute(
    inputs: Iterable[Input],
    plan: Plan,
    reading: ReadOptions,
    pool: Pool,
    *,
    cap: int = 20,
    shard_bytes: int = SHARD_BYTES,
    checkpoint: Path | None = None,
    on_problem: Callable[[InputError], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Judge captures as `engines.run` does, by shards of about `shard_bytes` on a pool.

    With `checkpoint`, what is finished is kept in that file until all is. After an interrupt, the run has what came to be
    merged. UsageError where the checkpoint is of another run.
    """
    inputs = list(inputs)
    shards = list(cut(inputs, reading, shard_bytes))
    state = _State(shards, Run(Tally(cap=cap), len(inputs)))
    kept = None if checkpoint is None else Checkpoint(checkpoint, _fingerprint(shards, plan, reading, cap))
    if kept is not None:
        if any(source.path is None and source.url is None for source in inputs):
            raise UsageError("standard input cannot be read again, so it goes with no --checkpoint")
        kept.open()
    done = {} if kept is None else {number: part for number, part in kept.done.items() if number < len(shards)}

    def finished(number: int, part: Part) -> None:
        if kept is not None and number not in done:
            kept.add(number, part)
        if part.problem is not None and on_problem is not None:
            on_problem(InputError(part.problem))
        state.take(number, part)
        if on_progress is not None:
            on_progress(state.progress())

    def tick(read: int, tally: Tally) -> None:
        if on_progress is not None:
            on_progress(state.progress(read, tally))

    _tick.set(tick)
    try:
        for number, part in sorted(done.items()):
            finished(number, part)
        waiting = [number for number in range(len(shards)) if number not in done]
        _work(waiting, shards, pickle.dumps(Job(plan, reading, cap)), pool, finished)
    except KeyboardInterrupt:
        state.result.interrupted = True
    finally:
        _tick.set(None)
        if kept is not None:
            kept.close(finished=state.merged == len(shards))
    return state.result


def _work(numbers: Iterable[int], shards: list[Shard], job: bytes, pool: Pool, finished: Callable[[int, Part], None]) -> None:
    """Have shards judged; those whose worker was lost once more, one at a time, so that each is lost by its own fault."""
    waiting, suspects, losses = deque(numbers), deque[int](), dict[int, int]()
    running: dict[Future[Part], int] = {}
    executor = pool.start()
    try:
        while waiting or suspects or running:
            alone = suspects or any(number in losses for number in running.values())
            while len(running) < (1 if alone else pool.width) and (suspects or waiting):
                number = (suspects or waiting).popleft()
                shard = shards[number]
                if shard.source.path is None and shard.source.url is None:
                    # Standard input is this process's alone.
                    finished(number, judge_shard(job, shard))
                    continue
                try:
                    running[executor.submit(judge_shard, job, shard)] = number
                except pool.lost:
                    suspects.append(number)
                    executor = _another(executor, pool)
                if alone:
                    break
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in ready:
                number = running.pop(future)
                try:
                    finished(number, future.result())
                except pool.lost:
                    broken = pool.breaks
                    losses[number] = losses.get(number, 0) + 1
                    if losses[number] > _TRIES or not pool.breaks:
                        finished(number, _given_up(shards[number]))
                    else:
                        suspects.append(number)
            if broken:
                # Nothing that still runs on a broken pool comes to an end.
                for future, number in list(running.items()):
                    if future.done() and future.exception() is None:
                        continue
                    del running[future]
                    suspects.append(number)
                executor = _another(executor, pool)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def _another(executor: Executor, pool: Pool) -> Executor:
    executor.shutdown(wait=False, cancel_futures=True)
    return pool.start()


def judge_shard(job: bytes, shard: Shard) -> Part:
    """Judge one shard by a pickled `Job`, in whatever process."""
    known = _job(job)
    session = Session(known.plan, known.cap)
    meter = Meter()
    lines = 0

    def found() -> Iterable[Record]:
        nonlocal lines
        lines = yield from shard_records(shard, known.reading, meter)

    problem = judge(found(), session, meter, _tick.get())
    return Part(session.tally, lines, None if problem is None else str(problem))


@functools.lru_cache(maxsize=2)
def _job(job: bytes) -> Job:
    known: Job = pickle.loads(job)  # noqa: S301 - it comes from the process that started this one, or from its cluster
    return known


def _given_up(shard: Shard) -> Part:
    """The part of a shard that no worker survives: nothing but its lines, by which those after it are counted."""
    problem = f"{shard.source.label}: cannot be judged: its worker died each time"
    lines = 0
    if not shard.whole:
        with opened(shard.source, shard.start, shard.stop) as stream:
            while piece := stream.read(1024 * 1024):
                lines += piece.count(b"\n")
    return Part(Tally(), lines, problem)


def _move(tally: Tally, lines: int) -> None:
    """Count lines from the start of the capture."""
    if lines:
        for findings in tally.kept.values():
            findings[:] = [finding.below(lines) for finding in findings]


def _fingerprint(shards: list[Shard], plan: Plan, reading: ReadOptions, cap: int) -> str:
    def place(shard: Shard) -> list[object]:
        path = shard.source.path
        changed = 0 if path is None or not path.exists() else os.stat(path).st_mtime_ns  # noqa: PTH116
        return [shard.source.label, shard.start, shard.stop, shard.size, changed]

    values: Mapping[str, object] = {
        "document": plan.document.raw,
        "overlays": plan.document.overlays,
        "select": plan.select,
        "ignore": plan.ignore,
        "severities": dict(plan.severities),
        "known": [asdict(entry) for entry in plan.known],
        "collect": plan.collect,
        "reading": asdict(reading),
        "cap": cap,
        "shards": [place(shard) for shard in shards],
    }
    return fingerprint(values)
