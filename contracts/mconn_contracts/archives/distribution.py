"""Judge captures by shards, in this process or on a pool; the tally is the same for any shards and workers."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from mconn_contracts.archives.checkpoint import Checkpoint, fingerprint
from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.run import Run
from mconn_contracts.archives.streams import Spool
from mconn_contracts.archives.work import TOGETHER_BYTES, tasks_of, work
from mconn_contracts.archives.worker import Job, Part, Worker, judge_shards
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.shards import SHARD_BYTES, Shard, cut
from mconn_contracts.captures.source import Input
from mconn_contracts.captures.streams import opened
from mconn_contracts.errors import InputError, UsageError
from mconn_contracts.judge.check import Plan
from mconn_contracts.model.tally import Tally
from mconn_contracts.process.files import UnwrittenError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in bytes as stored; `records` counts exchanges."""

    done: int
    total: int
    records: int
    findings: int


Show = Callable[[Callable[[], Progress]], object]
"""Called when a run has made progress. It calls its argument for the progress if it wants to show it."""


@dataclass
class _Parts:
    """The finished parts. A part is merged once all parts before it are finished. A task is a range of shards."""

    shards: list[Shard]
    result: Run
    total: int = field(init=False)
    waiting: dict[int, tuple[range, Part]] = field(default_factory=dict)
    merged: int = 0
    """Shards that are merged: all before this one."""
    lines: int = 0
    """Lines of the capture that is being merged, before the next shard."""
    done: int = 0
    records: int = 0
    findings: int = 0

    def __post_init__(self) -> None:
        self.total = sum(shard.size for shard in self.shards)

    def add(self, task: range, part: Part) -> None:
        """Add a part, and merge what can be."""
        self.waiting[task.start] = task, part
        self.done += sum(self.shards[number].size for number in task)
        self.records += part.tally.exchanges
        self.findings += sum(part.tally.by_code.values())
        while self.merged in self.waiting:
            self._merge_next()

    def interrupt(self, worker: Worker) -> None:
        """Merge everything that is finished, and the unfinished work of a worker in this process."""
        self.result.interrupted = True
        while self.waiting:
            if self.merged in self.waiting:
                self._merge_next()
            else:
                self._merge(self.merged, Part(Tally(), _lines(self.shards[self.merged])))
                self.merged += 1
        if worker.shard is not None:
            self._merge(self.shards.index(worker.shard), worker.part())

    def _merge_next(self) -> None:
        task, part = self.waiting.pop(self.merged)
        self._merge(task.start, part)
        self.merged = task.stop

    def _merge(self, first: int, part: Part) -> None:
        """Merge the results of the shards from that one on. Lines are counted from the start of the capture."""
        if self.shards[first].start == 0:
            self.lines = 0
        self.result.shards[first] = replace(self.shards[first], lines=self.lines)
        if self.lines:
            for findings in part.tally.kept.values():
                findings[:] = [finding.below(self.lines) for finding in findings]
        if self.result.every is not None and self.result.rejects is not None:
            self.result.every.add(part.findings, self.lines)
            self.result.rejects.add(part.rejects)
        self.lines += part.lines
        self.result.tally.merge(part.tally)
        self.result.problems += map(InputError, part.problems)

    def progress(self, worker: Worker) -> Progress:
        """The progress of the run, with that of a worker in this process."""
        return Progress(
            min(self.done + worker.read, self.total),
            self.total,
            self.records + worker.tally.exchanges,
            self.findings + sum(worker.tally.by_code.values()),
        )


def distribute(
    inputs: Iterable[Input],
    plan: Plan,
    reading: ReadOptions,
    pool: Pool | None = None,
    *,
    cap: int = 20,
    every: bool = False,
    gathers: bool = False,
    shard_bytes: int = SHARD_BYTES,
    checkpoint: Path | None = None,
    on_problem: Callable[[InputError], object] | None = None,
    on_progress: Show | None = None,
) -> Run:
    """Judge captures by shards of about `shard_bytes`, on a pool, or one after the other in this process.

    Responses are compared with each other only within one capture. `on_problem` is called for each capture that cannot be
    read, and the others are judged. With `checkpoint`, finished work is kept in that file until all is finished. After an
    interrupt, the run has everything up to then. UsageError if the checkpoint belongs to another run.
    With `every`, the run has all findings, and the records that had one. With `gathers`, its tally has the undeclared kinds
    and fields.
    """
    inputs = list(inputs)
    shards = list(cut(inputs, reading, shard_bytes))
    run = Run(Tally(cap=cap), shards=list(shards))
    if every:
        run.every, run.rejects = Spool(), Spool()
    parts = _Parts(shards, run)
    kept = (
        None
        if checkpoint is None
        else Checkpoint(checkpoint, _fingerprint(shards, plan, reading, cap, every=every, gathers=gathers))
    )
    if kept is not None:
        if any(source.is_standard_input for source in inputs):
            raise UsageError(
                "--checkpoint reads its inputs again after an interrupt, and standard input can be read only once; give a file"
            )
        kept.open()
    job = Job(plan, reading, cap, every, gathers)
    here = Worker(job)

    def tick() -> None:
        if on_progress is not None:
            on_progress(lambda: parts.progress(here))

    def finished(task: range, part: Part) -> None:
        if kept is not None and task not in kept.done:
            try:
                kept.add(task, part)
            except UnwrittenError as error:
                parts.result.unwritten.append(error)
        if on_problem is not None:
            for problem in part.problems:
                on_problem(InputError(problem))
        parts.add(task, part)
        tick()

    def judge_here(task: range) -> None:
        finished(task, here.judge(shards[task.start : task.stop], tick))

    try:
        done = set[int]()
        for task, part in [] if kept is None else sorted(kept.done.items(), key=lambda item: item[0].start):
            done.update(task)
            finished(task, part)
        tasks = list(tasks_of(shards, done, min(TOGETHER_BYTES, shard_bytes)))
        if pool is None:
            for task in tasks:
                judge_here(task)
        else:
            work(tasks, shards, pool, judge_shards, pickle.dumps(job), finished, _given_up, judge_here)
    except KeyboardInterrupt:
        parts.interrupt(here)
    finally:
        if kept is not None:
            kept.close(finished=parts.merged == len(shards) and not parts.result.interrupted)
    return parts.result


def _given_up(shard: Shard) -> Part:
    """The part of a shard that kills its worker: only the number of its lines."""
    return Part(Tally(), _lines(shard), [f"{shard.source.label}: cannot be judged: its worker died each time"])


def _lines(shard: Shard) -> int:
    """The number of lines of a shard that was not judged. The lines after it in the same capture are counted from there."""
    lines = 0
    if not shard.whole:
        with contextlib.suppress(InputError), opened(shard.source, shard.start, shard.stop) as stream:
            while piece := stream.read(1024 * 1024):
                lines += piece.count(b"\n")
    return lines


def _fingerprint(shards: list[Shard], plan: Plan, reading: ReadOptions, cap: int, *, every: bool, gathers: bool) -> str:
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
        "basis": plan.basis,
        "known": [asdict(entry) for entry in plan.known],
        "collect": plan.collect,
        "reading": asdict(reading),
        "cap": cap,
        "every": every,
        "gathers": gathers,
        "shards": [place(shard) for shard in shards],
    }
    return fingerprint(values)
