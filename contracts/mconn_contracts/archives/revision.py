"""Choose the revision that captures are judged by: the oldest that declares the kinds that they have."""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.work import tasks_of, work
from mconn_contracts.archives.worker import take
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.shards import Shard, cut, shard_records
from mconn_contracts.captures.source import Input
from mconn_contracts.captures.streams import Meter, stored
from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.contract.revisions import FIRST_REVISION, NEW_KINDS, REVISION
from mconn_contracts.errors import CouldNotJudgeError, InputError, UsageError, reason
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.gathering import GATHERED
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.process.signals import interruptible

_NEWEST = max(NEW_KINDS)


@contextlib.contextmanager
def kept(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    """The captures in a form that can be read twice. Standard input is kept in a file, which is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="mconn-") as folder:
        found = list(inputs)
        for number, source in enumerate(inputs):
            if source.is_standard_input:
                path = Path(folder) / "stdin"
                # If it cannot be opened, judging it reports that.
                with contextlib.suppress(InputError), stored(source) as stream:
                    _keep(source, stream, path)
                    found[number] = replace(source, path=path)
        yield found


def _keep(source: Input, stream: io.BufferedIOBase, path: Path) -> None:
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
    except OSError as error:
        raise CouldNotJudgeError(f"{source.label}: cannot be kept to be read twice: {reason(error)}") from None


def oldest_revision(inputs: Sequence[Input], reading: ReadOptions, pool: Pool | None) -> str:
    """The oldest dated revision that declares each kind of the events in captures, and each field and parameter in them that
    any revision declares. Names that no revision declares, and unreadable captures, decide nothing.
    """
    shards = list(cut(inputs, reading))
    found = FIRST_REVISION

    def finished(_: range, revision: str) -> None:
        nonlocal found
        found = max(found, revision)

    def here(task: range) -> None:
        with interruptible():
            revision = _seen_in(shards[task.start : task.stop], reading, found)
        finished(task, revision)

    if pool is None:
        for task in tasks_of(shards):
            here(task)
    else:
        work(tasks_of(shards), shards, pool, _seen_pickled, pickle.dumps(reading), finished, lambda _: FIRST_REVISION, here)
    return found


def _seen_pickled(reading: bytes, shards: Sequence[Shard]) -> str:
    # It comes from the process that started this one, or from its cluster.
    return _seen_in(shards, pickle.loads(reading), FIRST_REVISION)  # noqa: S301


def _seen_in(shards: Sequence[Shard], reading: ReadOptions, revision: str) -> str:
    """The oldest revision, of this one and those after it, that declares what shards have.

    As soon as something of a newer revision is seen, reading goes on with that revision.
    """
    if reading.declared is not None and revision < REVISION:
        try:
            _plan(revision).reader.named(reading.declared)
        except UsageError:
            revision = REVISION
    session = Session(_plan(revision), gathers=True)
    for shard in shards:
        session.begin_capture()
        with contextlib.suppress(InputError):
            for record in shard_records(shard, reading, Meter()):
                if revision == _NEWEST:
                    return revision
                take(session, record)
                newer = max(session.tally.undeclared.revisions, default=revision)
                if newer > revision:
                    revision, session = newer, Session(_plan(newer), gathers=True)
    return revision


@functools.cache
def _plan(revision: str) -> Plan:
    """A plan that only checks what is declared."""
    document = load() if revision == REVISION else overlaid(load(), [revision])
    return Plan(document, select=tuple(CODES[kind] for kind in sorted(GATHERED, key=CODES.__getitem__)))
