"""Captures judged by shards: the report of the plain loop, byte for byte, whatever the cuts, the workers and their fate."""

from __future__ import annotations

import gzip
import itertools
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.archives.archive import PLAN, VALID, Inline, archive, inputs, report
from tests.archives.oracle import run

from mconn_contracts.archives.distribution import Progress, distribute
from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.work import TOGETHER_FILES
from mconn_contracts.archives.worker import Job, Worker
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.shards import cut

INLINE = Pool(Inline, 2)
LINES = (
    b'{"e": {"k": "Init"}, "n": 1, "t": 2}',
    b'{"e": {"k": "Leave"}, "n": 1.5, "t": -1, "z": 1}',
    b'{"e": {"k": "Other"}, "n": 1}',
    b"\xff\xfe",
    b'\xef\xbb\xbf{"e": {"k": "Init"}, "n": 1, "t": 2}',
    b"",
    b" \r",
    b'{"e":',
    b"[" * 200,
    b'{"count": 0, "items": [{"a": 1, "k": "Init", "n": 1, "t": 1}]}',
    b'{"success": true, "result": {"e": {"k": "Init"}, "n": 1, "t": 2}}',
    b'{"e": {"k": "Init"}, "n": 1, "t": 2, "v": "\xc3\xa9\xe2\x82\xac"}' + b" " * 300,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=30),
    end=st.sampled_from([b"\n", b"\r\n"]),
    last=st.booleans(),
    mark=st.booleans(),
    size=st.integers(1, 600),
    name=st.sampled_from(["a.ndjson", "a.json"]),
    limit=st.sampled_from([100, 10_000]),
    cap=st.integers(1, 3),
)
def test_every_cut_gives_the_report_of_the_plain_loop(
    tmp_path: Path, lines: list[bytes], end: bytes, last: bool, mark: bool, size: int, name: str, limit: int, cap: int
) -> None:
    """Shards of any size, a last line without its end, CRLF, marks, and bytes that are not UTF-8 change nothing."""
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" * mark + end.join(lines) + end * last)
    (tmp_path / "b.ndjson").write_bytes(b"".join(line + b"\n" for line in LINES))
    captures = inputs(path, tmp_path / "b.ndjson")
    reading = ReadOptions(max_document=limit)

    expected = report(run(captures, PLAN, reading, cap=cap))
    assert expected == report(distribute(captures, PLAN, reading, cap=cap, shard_bytes=size))
    assert expected == report(distribute(captures, PLAN, reading, INLINE, cap=cap, shard_bytes=size))


def test_plain_ndjson_is_cut_at_lines_and_nothing_else_is(tmp_path: Path) -> None:
    """Byte ranges of NDJSON start at lines, near every multiple of the size; packed and other captures stay whole."""
    content = b"".join(VALID % number + b"\n" for number in range(100))
    plain, packed, document = tmp_path / "a.ndjson", tmp_path / "a.ndjson.gz", tmp_path / "a.json"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    document.write_bytes(b"[" + content.strip().replace(b"\n", b",\n") + b"]")
    shards = list(cut(inputs(plain, packed, document), ReadOptions(), 1000))

    assert [0, 0, 0, 0, 0, 1, 2] == [shard.index for shard in shards]
    assert all(content[: shard.start].endswith(b"\n") for shard in shards[1:5])
    assert len(content) == sum(shard.size for shard in shards[:5])


def test_a_later_shard_keeps_no_finding_after_enough(tmp_path: Path) -> None:
    """Of what is wrong in every line, a worker keeps the first findings of a capture, and counts those of its later shards."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"e": {"k": "Init"}, "n": -1, "t": 2}\n' * 100)
    worker = Worker(Job(PLAN, ReadOptions(), 5))
    parts = [worker.judge([shard]).tally for shard in cut(inputs(path), ReadOptions(), 1000)]

    assert [5, 0, 0, 0] == [len(part.kept.get("MC105", [])) for part in parts]
    assert 100 == sum(part.by_code["MC105"] for part in parts)


class Killing(Inline):
    """An executor that breaks on one capture, as a pool does whose worker is killed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is broken, for the capture `bad`."""
        if any(shard.source.label.startswith("bad") for shard in args[1]):
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a worker died"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_capture_that_kills_every_worker_is_named_and_the_others_are_judged(tmp_path: Path) -> None:
    """It is a capture that cannot be read (exit 3), once its worker has died each time."""
    archive(tmp_path, 3, 10)
    (tmp_path / "bad.ndjson").write_bytes(VALID % 1)
    started: list[Executor] = []

    def start() -> Executor:
        started.append(Killing())
        return started[-1]

    told: list[str] = []
    captures = inputs(tmp_path / "bad.ndjson", *sorted(tmp_path.glob("0*.ndjson")))
    result = distribute(captures, PLAN, ReadOptions(), Pool(start, 4), on_problem=lambda problem: told.append(str(problem)))

    assert ["bad.ndjson: cannot be judged: its worker died each time"] == told == [str(each) for each in result.problems]
    assert 30 == result.tally.exchanges
    assert len(started) == 4


# Progress.


def test_progress_counts_bytes_records_and_findings(tmp_path: Path) -> None:
    """It never goes back, and ends with all bytes, records and findings."""
    captures = archive(tmp_path, 2, 5000)
    seen: list[Progress] = []
    result = distribute(captures, PLAN, ReadOptions(), shard_bytes=100_000, on_progress=lambda progress: seen.append(progress()))
    size = sum(each.size() for each in captures)

    assert Progress(size, size, 10_000, 1000) == seen[-1]
    assert 1000 == sum(result.tally.by_code.values())
    for one, other in itertools.pairwise(seen):
        assert one.done <= other.done
        assert one.records <= other.records


class Stuck(Inline):
    """An executor that never ends with the start of a capture."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that stays pending, for the first shard."""
        return super().submit(fn, *args, **kwargs) if args[1][0].start else Future()


def test_an_interrupt_keeps_parts_whose_predecessors_have_not_come(tmp_path: Path) -> None:
    """Their findings have the lines of the capture, though the shard before them was not judged."""
    captures = archive(tmp_path, 1, 100)

    def interrupt(progress: object) -> None:
        raise KeyboardInterrupt

    result = distribute(captures, PLAN, ReadOptions(), Pool(Stuck, 2), shard_bytes=2000, on_progress=interrupt)
    every = run(captures, PLAN, ReadOptions()).tally.findings()

    assert result.interrupted
    assert [finding for finding in every if finding.line in (51, 61, 71, 81)] == result.tally.findings()


# Many small captures.


class Counting(Inline):
    """An executor that notes how many shards it is given at a time."""

    def __init__(self, given: list[int]) -> None:
        self.given = given

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What the executor of this process does."""
        self.given.append(len(args[1]))
        return super().submit(fn, *args, **kwargs)


def test_small_captures_are_judged_several_at_a_time(tmp_path: Path) -> None:
    """So many, and of so many bytes together; a part of a capture, and one of unknown size, is by itself."""
    captures = archive(tmp_path, 2 * TOGETHER_FILES + 1, 1)
    (tmp_path / "large").write_bytes((VALID % 1 + b"\n") * 100)
    captures += inputs(tmp_path / "large", tmp_path / "missing", *(each.path for each in captures[:3] if each.path))
    given: list[int] = []
    result = distribute(captures, PLAN, ReadOptions(), Pool(lambda: Counting(given), 2), shard_bytes=4000)

    assert [TOGETHER_FILES, TOGETHER_FILES, 1, 1, 1, 1, 3] == given
    assert report(run(captures, PLAN, ReadOptions())) == report(result)


def steps(captures: list[Any]) -> int:
    """The calls of functions that a run makes, each of its progress shown."""
    number = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        distribute(captures, PLAN, ReadOptions(), on_progress=lambda progress: progress())
    finally:
        sys.setprofile(None)
    return number


def test_twice_the_captures_take_twice_the_steps(tmp_path: Path) -> None:
    """What a run does for a capture does not grow with their number."""
    captures = archive(tmp_path, 4 * TOGETHER_FILES, 1)
    steps(captures[:1])

    assert steps(captures) < 2.1 * steps(captures[: 2 * TOGETHER_FILES])
