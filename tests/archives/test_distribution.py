"""Captures judged by shards: the report of the serial run, byte for byte, whatever the cuts, the workers and their fate."""

from __future__ import annotations

import gzip
import itertools
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mconn_contracts.archives.checkpoint import Checkpoint
from mconn_contracts.archives.distribution import Progress, distribute
from mconn_contracts.archives.executors import Pool, SerialExecutor, pool
from mconn_contracts.archives.serial import Run, run
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.shards import cut
from mconn_contracts.captures.source import Input
from mconn_contracts.cli.progress import LINE_SECONDS, archive_progress
from mconn_contracts.contract.document import load
from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.judge.check import Plan
from mconn_contracts.reports.json import REPORT

PLAN = Plan(load())
SERIAL = Pool(SerialExecutor, 1)
VALID = b'{"e": {"k": "Init"}, "n": %d, "t": 1700000000}'
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


def inputs(*paths: Path) -> list[Input]:
    """Captures, under their names alone."""
    return [Input(path.name, path) for path in paths]


def report(result: Run) -> str:
    """The JSON report of a run."""
    return REPORT.render(result.verdict(PLAN))


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
def test_every_cut_gives_the_serial_report(
    tmp_path: Path, lines: list[bytes], end: bytes, last: bool, mark: bool, size: int, name: str, limit: int, cap: int
) -> None:
    """Shards of any size, a last line without its end, CRLF, marks, and bytes that are not UTF-8 change nothing."""
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" * mark + end.join(lines) + end * last)
    (tmp_path / "b.ndjson").write_bytes(b"".join(line + b"\n" for line in LINES))
    captures = inputs(path, tmp_path / "b.ndjson")
    reading = ReadOptions(max_document=limit)

    expected = report(run(captures, PLAN, reading, cap=cap))
    assert expected == report(distribute(captures, PLAN, reading, SERIAL, cap=cap, shard_bytes=size))


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


def archive(folder: Path, files: int, lines: int) -> list[Input]:
    """Captures of events, of which every tenth line has a fault of its own place."""
    for file in range(files):
        content = [VALID % number if number % 10 else b'{"e": {"k": "Init"}, "n": "x", "t": 1}' for number in range(lines)]
        (folder / f"{file:02}.ndjson").write_bytes(b"\n".join(content) + b"\n")
    return inputs(*sorted(folder.glob("*.ndjson")))


def killing(kill: Callable[[], None]) -> Callable[[Progress], None]:
    """Kills a worker when the first shard has come back."""
    left = [kill]

    def show(progress: Progress) -> None:
        del progress
        if left:
            left.pop()()

    return show


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """A worker of the pool that is killed in the middle of a run leaves the report as it is."""
    captures = archive(tmp_path, 6, 2000)
    expected = report(run(captures, PLAN, ReadOptions()))

    def kill() -> None:
        killed.append(multiprocessing.active_children()[0])
        killed[0].kill()

    killed: list[Any] = []
    with pool("processes", 2) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=10_000, on_progress=killing(kill))

    killed[0].join()
    assert -signal.SIGKILL == killed[0].exitcode
    assert expected == report(result)


class Killing(SerialExecutor):
    """An executor that breaks on one capture, as a pool does whose worker is killed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is broken, for the capture `bad`."""
        if args[1].source.label.startswith("bad"):
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


# Dask: real schedulers and workers, each a process of its own.


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of two workers on loopback."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")  # Dask's own, while its workers die
def test_a_killed_dask_worker_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    """A worker of the cluster that is killed in the middle of a run leaves the report as it is."""
    from distributed import Client

    captures = archive(tmp_path, 6, 2000)
    expected = report(run(captures, PLAN, ReadOptions()))
    killed: list[int] = []

    def kill() -> None:
        with Client(cluster) as client:
            killed.extend(client.run(os.getpid).values())
        os.kill(killed[0], signal.SIGKILL)

    with pool("dask", None, cluster.scheduler_address) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=10_000, on_progress=killing(kill))

    assert killed
    assert expected == report(result)


def test_no_scheduler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where no scheduler answers is one line that names it (exit 3)."""
    monkeypatch.setattr("mconn_contracts.archives.executors.CONNECT_SECONDS", 0.2)
    pytest.importorskip("distributed")
    with (
        pytest.raises(CouldNotJudgeError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler can be reached"),
        pool("dask", None, "tcp://127.0.0.1:1"),
    ):
        pass


# Checkpoints.


class Interrupted(SerialExecutor):
    """An executor that is interrupted after some pieces of work."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What the serial executor does, until the interrupt."""
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return super().submit(fn, *args, **kwargs)


def interrupted(captures: Sequence[Input], path: Path, pieces: int) -> Run:
    """A run with a checkpoint that is interrupted after some shards."""
    where = Pool(lambda: Interrupted(pieces), 1)
    return distribute(captures, PLAN, ReadOptions(), where, shard_bytes=1000, checkpoint=path)


@pytest.mark.parametrize("cut_off", [0, 7])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, cut_off: int) -> None:
    """It judges no shard twice but one whose line was cut off, ends with the same report, and removes the checkpoint."""
    captures = archive(tmp_path, 3, 100)
    path = tmp_path / "checkpoint"
    expected = report(run(captures, PLAN, ReadOptions()))
    first = interrupted(captures, path, 4)
    assert first.interrupted
    if cut_off:
        path.write_bytes(path.read_bytes()[:-cut_off])
    shards = len(list(cut(captures, ReadOptions(), 1000)))
    left = shards - 4 + bool(cut_off)

    assert interrupted(captures, path, left - 1).interrupted
    assert expected == report(interrupted(captures, path, 1))
    assert not path.exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    """With other options, or an input that has changed, nothing is taken from it."""
    captures = archive(tmp_path, 1, 100)
    path = tmp_path / "checkpoint"
    interrupted(captures, path, 2)

    with pytest.raises(UsageError, match="is of another run"):
        distribute(captures, PLAN, ReadOptions(), SERIAL, cap=3, shard_bytes=1000, checkpoint=path)
    assert captures[0].path is not None
    with captures[0].path.open("ab") as file:
        file.write(VALID % 1)
    with pytest.raises(UsageError, match="is of another run"):
        interrupted(captures, path, 2)


@pytest.mark.parametrize("content", [b"{}\n", b"null\n", b"other\n", b'{"mconn-checkpoint": 2}\n'])
def test_another_file_is_not_written_over(tmp_path: Path, content: bytes) -> None:
    """A file that is no checkpoint is left as it is."""
    path = tmp_path / "notes"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="is no checkpoint"):
        Checkpoint(path, "run").open()
    assert content == path.read_bytes()


def test_standard_input_goes_with_no_checkpoint(tmp_path: Path) -> None:
    """What cannot be read again cannot be gone on with."""
    with pytest.raises(UsageError, match="standard input"):
        distribute([Input("<stdin>", None)], PLAN, ReadOptions(), SERIAL, checkpoint=tmp_path / "checkpoint")


# Progress.


def test_progress_counts_bytes_records_and_findings(tmp_path: Path) -> None:
    """It never goes back, and ends with all bytes, records and findings."""
    captures = archive(tmp_path, 2, 5000)
    seen: list[Progress] = []
    result = distribute(captures, PLAN, ReadOptions(), SERIAL, shard_bytes=100_000, on_progress=seen.append)
    size = sum(each.size() for each in captures)

    assert Progress(size, size, 10_000, 1000) == seen[-1]
    assert 1000 == sum(result.tally.by_code.values())
    for one, other in itertools.pairwise(seen):
        assert one.done <= other.done
        assert one.records <= other.records


def test_progress_without_a_terminal_is_one_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """It says bytes, records a second, what is left, and the findings so far."""
    times = iter([0.0, 1.0, LINE_SECONDS, LINE_SECONDS + 1, 2 * LINE_SECONDS])
    with archive_progress(lambda: next(times)) as show:
        for done in (1, 100, 110, 200):
            show(Progress(done * 1_000_000, 400_000_000, done * 60, done))

    expected = [
        "mconn: 100 of 400 MB, 6,000 records, 100/s, 180 s left, 100 findings",
        "mconn: 200 of 400 MB, 12,000 records, 100/s, 120 s left, 200 findings",
    ]
    assert expected == capsys.readouterr().err.splitlines()


def test_a_process_pool_gives_the_serial_report(tmp_path: Path) -> None:
    """Captures of all kinds, one of which cannot be read, on two processes."""
    captures = archive(tmp_path, 2, 500)
    (tmp_path / "c.json").write_text(json.dumps([{"e": {"k": "Init"}, "n": 1, "t": 2}, 3]))
    (tmp_path / "d.har").write_text("{}")
    captures += inputs(tmp_path / "c.json", tmp_path / "d.har", tmp_path / "missing.ndjson")
    with pool("processes", 2) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=5000)

    assert report(run(captures, PLAN, ReadOptions())) == report(result)
    assert 2 == len(result.problems)
