"""Where shards are judged: in this process, in a pool of processes, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Literal

from mconn_contracts.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""

Engine = Literal["serial", "processes", "dask"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Executors of the standard library for one kind of workers.

    `start` gives an executor, and another once one is broken; `width` pieces are given at a time.

    `lost` are the exceptions of a future whose worker is gone. If such a loss `breaks` the executor, a new one is needed.
    Otherwise the executor has already tried the piece again.
    """

    start: Callable[[], Executor]
    width: int
    end: Callable[[], object] = lambda: None
    """Ends the workers of every executor at once. No worker is started after that."""
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)
    breaks: bool = True
    client: Client | None = None
    """The pool of a Dask cluster, where data can stay with the workers."""


@contextmanager
def pool(engine: Engine, workers: int | None = None, scheduler: str | None = None) -> Iterator[Pool | None]:
    """The pool of an engine, or None for this process. `workers` is the number of cores by default.

    UsageError if a package is missing, CouldNotJudgeError if the scheduler does not answer.
    """
    if engine == "serial":
        yield None
    elif engine == "processes":
        number = workers or _cores()
        # The workers end when this end is closed, by us or by the end of this process.
        watched, alive = multiprocessing.Pipe(duplex=False)
        with watched, alive:
            yield Pool(lambda: _processes(number, watched), 2 * number, alive.close)
    else:
        with contextlib.ExitStack() as stack:
            yield _dask(stack, workers, scheduler)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processes(number: int, watched: Connection) -> ProcessPoolExecutor:
    # To fork a process that may have threads is not safe, so the workers start anew.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    return ProcessPoolExecutor(
        number, mp_context=multiprocessing.get_context(method), initializer=_prepare, initargs=(dict(os.environ), watched)
    )


def _prepare(environment: dict[str, str], watched: Connection) -> None:
    """Take the environment of the process that judges, leave interrupts to it, and end with it."""
    # The fork server and its children have the environment of the moment when it was started.
    os.environ.update(environment)
    _leave_interrupts()
    threading.Thread(target=_end_with, args=(watched,), name="mconn-parent", daemon=True).start()


def _end_with(watched: Connection) -> None:
    """End this process when no more work can come: the main process is gone, or has closed its end."""
    watched.poll(None)
    os._exit(0)


def _leave_interrupts() -> None:
    """Leave interrupts, which a terminal sends to every process, to the one that judges."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dask_setup(worker: object) -> None:  # noqa: ARG001 - what Dask calls in each worker that is to load this module
    """Prepare a worker of a local cluster. Signals to all processes of a run must not end it, or the cluster would restart it."""
    _leave_interrupts()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _dask(stack: contextlib.ExitStack, workers: int | None, scheduler: str | None) -> Pool:
    try:
        from distributed import Client, LocalCluster
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise UsageError("the engine dask needs the extra [dask]; install mconn-contracts with it, as its README says") from None
    try:
        if scheduler is None:
            number = workers or _cores()
            cluster = LocalCluster(
                n_workers=number,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                # The cluster always has a server. On its default port, it warns if another program uses that port.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                silence_logs=50,
                preload=__name__,
            )
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster))
        else:
            client = stack.enter_context(Client(scheduler, timeout=CONNECT_SECONDS))
            number = workers or max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
    except (OSError, ValueError, TimeoutError) as error:
        where = scheduler or "a local cluster"
        raise CouldNotJudgeError(f"{where}: no Dask scheduler can be reached: {error}") from None
    # Dask gives the tasks of a lost worker to another one, and refuses a task that has killed several workers.
    return Pool(lambda: client.get_executor(pure=False), 2 * number, lost=(KilledWorker,), breaks=False, client=client)
