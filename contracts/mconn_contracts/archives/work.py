"""Give shards to the workers of a pool, and give them again if a worker is lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar

from mconn_contracts.archives.executors import Pool
from mconn_contracts.captures.shards import Shard
from mconn_contracts.process.signals import interruptible

TOGETHER_FILES = 64
TOGETHER_BYTES = 256 * 1024
"""Small captures up to this number and size are one task: distributing them one by one would take longer than judging."""

_TRIES = 2
"""How often a shard may be lost with its worker while nothing else runs there."""

T = TypeVar("T")


def tasks_of(shards: Sequence[Shard], done: Container[int] = (), most: int = TOGETHER_BYTES) -> Iterator[range]:
    """The tasks for the shards that are not done: each task is one shard, or several small captures."""
    task, size = range(0), 0
    for number, shard in enumerate(shards):
        if number in done:
            continue
        joins = task.stop == number and len(task) < TOGETHER_FILES and size + shard.size <= most
        if joins and size and shard.size and shard.whole and shards[task.start].whole:
            task, size = range(task.start, number + 1), size + shard.size
            continue
        if task:
            yield task
        task, size = range(number, number + 1), shard.size
    if task:
        yield task


def work(
    tasks: Iterable[range],
    shards: Sequence[Shard],
    pool: Pool,
    call: Callable[[bytes, Sequence[Shard]], T],
    job: bytes,
    finished: Callable[[range, T], None],
    given_up: Callable[[Shard], T],
    here: Callable[[range], None],
) -> None:
    """Workers call a function for a job on shards. Shards that kill their workers are `given_up`. Standard input is read `here`.

    Shards whose worker was lost are tried again, one at a time, so that only the faulty one is lost again.
    """
    waiting, suspects, losses = deque(tasks), deque[range](), dict[range, int]()
    running: dict[Future[T], range] = {}
    executor = pool.start()
    try:
        while waiting or suspects or running:
            alone = suspects or any(task in losses for task in running.values())
            while len(running) < (1 if alone else pool.width) and (suspects or waiting):
                task = (suspects or waiting).popleft()
                if shards[task.start].source.is_standard_input:
                    # It is this process's alone.
                    here(task)
                    continue
                try:
                    running[executor.submit(call, job, shards[task.start : task.stop])] = task
                except pool.lost:
                    suspects.append(task)
                    executor = _another(executor, pool)
                if alone:
                    break
            with interruptible():
                ready, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in ready:
                task = running.pop(future)
                try:
                    finished(task, future.result())
                except pool.lost:
                    broken = pool.breaks
                    lost = losses.pop(task, 0) + 1
                    if len(task) > 1:
                        again = [range(number, number + 1) for number in task]
                    elif lost > _TRIES or not pool.breaks:
                        finished(task, given_up(shards[task.start]))
                        continue
                    else:
                        again = [task]
                    suspects.extend(again)
                    losses.update(dict.fromkeys(again, lost))
            if broken:
                # No task on a broken pool ends.
                for future, task in list(running.items()):
                    if future.done() and future.exception() is None:
                        continue
                    del running[future]
                    suspects.append(task)
                executor = _another(executor, pool)
    except BaseException:
        # The executor of Dask has no `cancel_futures`.
        for future in running:
            future.cancel()
        # What runs there is of no use any more.
        pool.end()
        executor.shutdown()
        raise
    executor.shutdown()


def _another(executor: Executor, pool: Pool) -> Executor:
    executor.shutdown(wait=False)
    return pool.start()
