"""Run mutants: each in a process of its own, with one module's source replaced, and for a limited CPU time."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import math
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
TIMED_OUT = "timed out"
TIMES_AS_LONG = 20
"""How many times its CPU time a process may take by the clock: a machine may be busy."""
STILL = 20.0
"""Seconds after which a process that used next to no CPU time meanwhile waits for ever."""
DIED = "died"
_LEAST_USED = 0.005
_WAITS = 77
"""The exit code of a process that ended itself because it waits for ever."""


@dataclass(frozen=True)
class _Running(Generic[Job]):
    job: Job
    process: BaseProcess
    until: float


def in_processes(
    jobs: Iterable[Job], work: Callable[[Job], Any], *, workers: int = 2, timeout: float = 60.0
) -> Iterator[tuple[Job, Any]]:
    """Each job with what `work` makes of it, as they end; DIED where its process did.

    TIMED_OUT after `timeout` CPU seconds, or where it waits for what does not come.

    Every job has a process, forked from this one: it starts with all that is imported here, and leaves nothing behind.
    """
    fork = multiprocessing.get_context("fork")
    waiting = iter(jobs)
    running: dict[Connection, _Running[Job]] = {}
    more = True
    while more or running:
        while more and len(running) < workers:
            try:
                job = next(waiting)
            except StopIteration:
                more = False
                break
            ours, theirs = fork.Pipe(duplex=False)
            process = fork.Process(target=_report, args=(work, job, theirs, timeout), daemon=True)
            process.start()
            theirs.close()
            running[ours] = _Running(job, process, time.monotonic() + TIMES_AS_LONG * timeout)
        soonest = min((each.until for each in running.values()), default=time.monotonic())
        done = set(wait(list(running), max(0.0, soonest - time.monotonic()))) if running else set()
        for pipe, each in list(running.items()):
            if pipe in done:
                yield each.job, _received(pipe, each.process)
            elif time.monotonic() >= each.until:
                each.process.kill()
                yield each.job, TIMED_OUT
            else:
                continue
            pipe.close()
            each.process.join()
            del running[pipe]


def _report(work: Callable[[Job], Any], job: Job, pipe: Connection, timeout: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(timeout), resource.RLIM_INFINITY))
    used = time.process_time()

    def look(*_: object) -> None:
        nonlocal used
        before, used = used, time.process_time()
        if used - before < _LEAST_USED:
            os._exit(_WAITS)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, STILL, STILL)
    pipe.send(work(job))


def _received(pipe: Connection, process: BaseProcess) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        process.join()
        return TIMED_OUT if process.exitcode in (-signal.SIGXCPU, _WAITS) else DIED


class _Replacement(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, and loads it from a source of its own."""

    def __init__(self, name: str, source: str, origin: str) -> None:
        self._name, self._source, self._origin = name, source, origin

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib's
        target: ModuleType | None = None,  # noqa: ARG002 - importlib's
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's place, where it is the one."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._origin)

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - importlib's
        """The source."""
        return self._source

    def is_package(self, fullname: str) -> bool:  # noqa: ARG002 - importlib's
        """A module, never a package."""
        return False


def replace_module(name: str, source: str, forget: Iterable[str]) -> None:
    """From now on, have a module made of `source`. What is forgotten, with all below it, is imported anew on demand."""
    for above in forget:
        for known in [each for each in sys.modules if each == above or each.startswith(f"{above}.")]:
            del sys.modules[known]
            # `from package import module` takes what the package has by that name, before it looks further.
            package, _, last = known.rpartition(".")
            if hasattr(sys.modules.get(package), last):
                delattr(sys.modules[package], last)
    sys.meta_path.insert(0, _Replacement(name, source, f"<mutant of {name}>"))
