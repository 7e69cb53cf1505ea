"""Relate events of all captures to each other, wherever their copies lie: a shuffle by event, partition by partition."""

from __future__ import annotations

import contextlib
import operator
import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.facts import NOTHING, Fact, Facts, FactsJob, are_alike, by_event, digest, fact_of, gather
from mconn_contracts.archives.run import Run
from mconn_contracts.archives.streams import Found
from mconn_contracts.archives.work import tasks_of, work
from mconn_contracts.archives.worker import Part
from mconn_contracts.captures.shards import Shard
from mconn_contracts.contract.api import GET, LATEST, LIST
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.judge.rules.agreement import event_changed, kind_disagrees, latest_disagrees, listed_event_changed
from mconn_contracts.judge.rules.rule import Hit
from mconn_contracts.model.exchange import Origin, Trace
from mconn_contracts.model.finding import Finding
from mconn_contracts.process.signals import interruptible
from mconn_contracts.wire.decoding import excerpt

if TYPE_CHECKING:
    from distributed import Client

MOST_PARTITIONS = 64
PARTITION_BYTES = 2 * 1024 * 1024
"""Of captures, for each partition of their facts: a partition of 64 of a gigabyte takes some 50 MB to relate."""

Names = Mapping[tuple[int, int], str]
"""The names of captures by their numbers, and those of members of archives."""


def relate(result: Run, pool: Pool | None, *, job: FactsJob, cap: int) -> None:
    """Add the contradictions between captures about the same event to a run. The captures are read once more.

    Exchanges of one session are compared there, so two places of one capture are compared only if they are bare payloads.
    """
    size = sum(shard.size for shard in result.shards)
    job = replace(job, partitions=min(max(size // PARTITION_BYTES, 1), MOST_PARTITIONS))
    try:
        if pool is not None and pool.client is not None:
            _on_cluster(result, job, pool.client, pool.lost, cap)
        else:
            _on_disk(result, job, pool, cap)
    except KeyboardInterrupt:
        result.interrupted = True


def _on_disk(result: Run, job: FactsJob, pool: Pool | None, cap: int) -> None:
    """Facts are written to files, one for each partition, and the partitions are related one after the other."""
    names: dict[tuple[int, int], str] = {}
    with tempfile.TemporaryDirectory(prefix="mconn-") as folder, contextlib.ExitStack() as stack:
        paths = [Path(folder) / f"{number}" for number in range(job.partitions)]
        files = [stack.enter_context(path.open("wb")) for path in paths]

        def keep(_: range, facts: Facts | None) -> None:
            if facts is not None:
                for file, part in zip(files, facts.parts, strict=True):
                    file.write(part)
                names.update(facts.names)

        def given_up(shard: Shard) -> None:
            result.problems.append(InputError(f"{shard.source.label}: cannot be related: its worker died each time"))

        def gather_here(task: range) -> None:
            with interruptible():
                facts = gather(job, result.shards[task.start : task.stop])
            keep(task, facts)

        tasks = tasks_of(result.shards)
        if pool is None:
            for task in tasks:
                gather_here(task)
        else:
            work(tasks, result.shards, pool, _gather_pickled, pickle.dumps(job), keep, given_up, gather_here)
        for file in files:
            file.close()
        for path in (each for each in paths if each.stat().st_size):
            with interruptible():
                part = relate_partition(job, cap, names, [path.read_bytes()])
            _add(result, part)


def _on_cluster(result: Run, job: FactsJob, client: Client, lost: tuple[type[BaseException], ...], cap: int) -> None:
    """Facts stay with the workers, each partition of them goes to one, and only its tally comes back."""
    # If a worker is lost, Dask computes the results of its tasks again. It does not do so for scattered data.
    packed = client.submit(bytes, pickle.dumps(job), pure=False)
    tasks = [result.shards[task.start : task.stop] for task in tasks_of(result.shards)]
    gathered = [client.submit(_gather_compressed, packed, shards, pure=False) for shards in tasks]
    every = [client.submit(operator.attrgetter("names"), facts, pure=False) for facts in gathered]
    names = client.submit(_merged, every, pure=False)
    dealt = [client.submit(operator.attrgetter("parts"), facts, pure=False) for facts in gathered]
    related = []
    for number in range(job.partitions):
        parts = [client.submit(operator.getitem, each, number, pure=False) for each in dealt]
        related.append(client.submit(_relate_compressed, packed, cap, names, parts, pure=False))
    del gathered, every, dealt, parts
    given_up: tuple[type[BaseException], ...] = (*lost, CancelledError)
    try:
        with interruptible():
            gathered_parts = client.gather(related)
        for part in gathered_parts:
            _add(result, part)
    except given_up as error:
        result.problems.append(InputError(f"the captures cannot be related: a worker died each time ({error})"))


def _gather_pickled(job: bytes, shards: Sequence[Shard]) -> Facts:
    # It comes from the process that started this one, or from its cluster.
    return gather(pickle.loads(job), shards)  # noqa: S301


def _gather_compressed(job: bytes, shards: Sequence[Shard]) -> Facts:
    facts = _gather_pickled(job, shards)
    return Facts([zlib.compress(part, 1) for part in facts.parts], facts.names)


def _relate_compressed(job: bytes, cap: int, names: Names, parts: Sequence[bytes]) -> Part:
    return relate_partition(pickle.loads(job), cap, names, map(zlib.decompress, parts))  # noqa: S301


def _merged(every: Iterable[Names]) -> dict[tuple[int, int], str]:
    return {key: name for names in every for key, name in names.items()}


def _add(result: Run, part: Part) -> None:
    result.tally.merge(part.tally)
    if result.every is not None:
        result.every.add(part.findings)


def relate_partition(job: FactsJob, cap: int, names: Names, parts: Iterable[bytes]) -> Part:
    """The contradictions between the facts of one partition about the same event."""
    found = Found(job.plan)
    session = Session(job.plan, cap, sink=found if job.every else None)
    relation = _Relation(job.plan, names)
    alike = set[str]()
    for records in by_event(parts):
        if are_alike(records):
            alike.add((listed_event_changed if fact_of(records[0]).endpoint is LIST else event_changed).code)
        else:
            session.take(relation.judge([fact_of(record) for record in records]))
    session.take(Judgement((), frozenset(code for code in alike if job.plan.judges(code))))
    return Part(session.tally, findings=found.packed()[0])


class _Relation:
    """Judges the facts of one event after the other."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._kinds = {digest(kind): kind for kind in plan.document.kinds}

    def judge(self, facts: Sequence[Fact]) -> Judgement:
        """The statements that facts of one event decide beside each other, and how they break them.

        For each statement and each capture, the first place that contradicts the very first place is reported. Consequences
        of another contradiction are left out: the list's other kind from MC504, and the latest's other content from MC508.
        """
        listed = [fact for fact in facts if fact.endpoint is LIST]
        full = [fact for fact in facts if fact.endpoint is not LIST]
        latest, fetched = ([fact for fact in full if fact.endpoint is endpoint] for endpoint in (LATEST, GET))
        found: dict[str, list[tuple[str, Fact, Fact]]] = {}
        decided: set[str] = set()

        def compare(code: str, one: Sequence[Fact], others: Sequence[Fact], differs: Callable[[Fact, Fact], str | None]) -> None:
            for other in others if one else ():
                if other is not one[0] and _apart(one[0], other):
                    decided.add(code)
                    earlier, later = sorted((one[0], other), key=_PLACE)
                    words = differs(earlier, later)
                    hits = found.setdefault(code, [])
                    if words is not None and all(later.capture != before.capture for _, _, before in hits):
                        hits.append((words, earlier, later))

        compare(kind_disagrees.code, listed[:1], full, self._kind)
        compare(listed_event_changed.code, listed, listed, self._summary)
        for same in (latest, fetched):
            compare(event_changed.code, same, same, _content)
        compare(latest_disagrees.code, fetched[:1], latest[:1], _content)
        for root, follows in ((kind_disagrees, listed_event_changed), (event_changed, latest_disagrees)):
            if found.get(root.code):
                found.pop(follows.code, None)
        findings = [
            self._finding(code, words, earlier, later)
            for code, hits in found.items()
            for words, earlier, later in hits
            if self._plan.judges_at(code, _operation(later))
        ]
        return Judgement(tuple(findings), frozenset(code for code in decided if self._plan.judges(code)))

    def _finding(self, code: str, words: str, earlier: Fact, later: Fact) -> Finding:
        """A finding at the later of two places, which names the earlier one."""
        message = f"event {later.identity} {words} in {self._source(earlier)}{_within(earlier)}"
        origin = Origin(self._source(later), later.line or None, later.entry - 1 if later.entry else None)
        return self._plan.finding(code, Hit(_pointer(later), message), Trace(origin, None, _operation(later)))

    def _source(self, fact: Fact) -> str:
        return self._names[fact.capture, fact.member]

    def _kind(self, earlier: Fact, later: Fact) -> str | None:
        if earlier.kind == later.kind:
            return None
        return f"is {self._name(later)} {_shown(later)} here, but {self._name(earlier)} {_shown(earlier)}"

    def _summary(self, earlier: Fact, later: Fact) -> str | None:
        if earlier.a != later.a:
            return f"has a {later.a} here, but {earlier.a}"
        return None if earlier.kind == later.kind else f"has k {self._name(later)} here, but {self._name(earlier)}"

    def _name(self, fact: Fact) -> str:
        return excerpt(self._kinds[fact.kind]) if fact.kind in self._kinds else "of an unknown kind"


def _content(earlier: Fact, later: Fact) -> str | None:
    """The differences between two full events. An endpoint or an archive may always leave out `v`."""
    optional = earlier.endpoint is not later.endpoint or earlier.bare or later.bare
    if earlier.content != later.content:
        member = "e"
    elif earlier.version != later.version and not (optional and NOTHING in (earlier.version, later.version)):
        member = "v"
    else:
        return None
    if earlier.endpoint is later.endpoint:
        return f"has another {member} here than"
    return f"has another {member} {_shown(later)} here than {_shown(earlier)}"


_PLACE = operator.attrgetter("capture", "member", "line", "entry", "item")


def _apart(one: Fact, other: Fact) -> bool:
    """Whether no session has compared two places: they are of different captures, or one is a bare payload."""
    return one.capture != other.capture or one.bare or other.bare


def _operation(fact: Fact) -> str | None:
    return fact.endpoint.operation if fact.enveloped else None


def _pointer(fact: Fact) -> str:
    root = "/result" if fact.enveloped else ""
    return root if fact.endpoint is GET else f"{root}/items/{fact.item}"


def _shown(fact: Fact) -> str:
    return {LIST: "in the list", LATEST: "among the latest", GET: "in full"}[fact.endpoint]


def _within(fact: Fact) -> str:
    if fact.entry:
        return f", entry {fact.entry - 1}"
    return f", line {fact.line}" if fact.line else ""
