"""The report of the plain loop from processes, threads and Dask, whatever becomes of the workers."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.archives.archive import PLAN, archive, inputs, report, texts
from tests.archives.oracle import run

from mconn_contracts.archives import relations
from mconn_contracts.archives.distribution import Progress, distribute
from mconn_contracts.archives.executors import Pool, pool
from mconn_contracts.archives.facts import FactsJob
from mconn_contracts.archives.relations import relate
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.cli.validate import command
from mconn_contracts.errors import CouldNotJudgeError


def test_a_process_pool_gives_the_report_of_the_plain_loop(tmp_path: Path) -> None:
    """Captures of all kinds, one of which cannot be read, on two processes."""
    captures = archive(tmp_path, 2, 500)
    (tmp_path / "c.json").write_text(json.dumps([{"e": {"k": "Init"}, "n": 1, "t": 2}, 3]))
    (tmp_path / "d.har").write_text("{}")
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as packed:
        packed.writestr("notes.txt", "of another kind")
        packed.writestr("event.json", '{"e": {"k": "Init"}, "n": 1}')
    captures += inputs(*(tmp_path / name for name in ("c.json", "d.har", "e.zip", "missing.ndjson")))
    with pool("processes", 2) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=5000)

    assert report(run(captures, PLAN, ReadOptions())) == report(result)
    assert (2, {".txt": 1}) == (len(result.problems), result.tally.left_out)


def test_threads_of_one_process_share_nothing(tmp_path: Path) -> None:
    """Shards that a Dask worker judges side by side are counted apart."""
    captures = archive(tmp_path, 6, 200)
    with ThreadPoolExecutor(4) as threads:
        result = distribute(captures, PLAN, ReadOptions(), Pool(lambda: threads, 8), shard_bytes=1000)

    assert report(run(captures, PLAN, ReadOptions())) == report(result)


def killing(kill: Callable[[], None]) -> Callable[[object], None]:
    """Kills a worker when the first shard has come back."""
    left = [kill]

    def show(progress: object) -> None:
        del progress
        if left:
            left.pop()()

    return show


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """A worker of the pool that is killed in the middle of a run leaves the report as it is."""
    captures = archive(tmp_path, 6, 500)
    expected = report(run(captures, PLAN, ReadOptions()))

    def kill() -> None:
        killed.append(multiprocessing.active_children()[0])
        killed[0].kill()

    killed: list[Any] = []
    with pool("processes", 2) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=2500, on_progress=killing(kill))

    killed[0].join()
    assert -signal.SIGKILL == killed[0].exitcode
    assert expected == report(result)


def interrupting(progress: Callable[[], Progress]) -> None:
    """Interrupts the run when something was judged."""
    if progress().records:
        raise KeyboardInterrupt


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_an_interrupt_keeps_what_came(tmp_path: Path, engine: Any) -> None:
    """The run ends, and has what was judged until then."""
    captures = archive(tmp_path, 6, 500)
    with pool(engine, 2) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=2500, on_progress=interrupting)

    assert result.interrupted
    assert 0 < result.tally.exchanges < 3000


# Dask: real schedulers and workers, each a process of its own.


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of two workers on loopback."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        # Any port: another program may have the default one, of which the cluster warns.
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        silence_logs=50,
    ) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")  # Dask's own, while its workers die
def test_a_killed_dask_worker_loses_nothing(cluster: Any, tmp_path: Path) -> None:
    """A worker of the cluster that is killed in the middle of a run leaves the report as it is."""
    from distributed import Client

    captures = archive(tmp_path, 6, 500)
    expected = report(run(captures, PLAN, ReadOptions()))
    killed: list[int] = []

    def kill() -> None:
        with Client(cluster) as client:
            killed.extend(client.run(os.getpid).values())
        os.kill(killed[0], signal.SIGKILL)

    with pool("dask", None, cluster.scheduler_address) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=2500, on_progress=killing(kill), every=True)

    assert killed
    assert expected == report(result)
    assert texts(distribute(captures, PLAN, ReadOptions(), every=True)) == texts(result)


class Killing:
    """A client that kills a worker once the captures are to be read, and before they are related."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._gathered: list[Any] = []
        self.killed: list[int] = []

    def submit(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """A future of the client."""
        name = getattr(fn, "__name__", "")
        if name == "_merged":
            self._gathered[0].result()
            self.killed.extend(self._client.run(os.getpid).values())
            os.kill(self.killed[0], signal.SIGKILL)
        future = self._client.submit(fn, *args, **options)
        if name == "_gather_compressed":
            self._gathered.append(future)
        return future

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.filterwarnings("ignore")  # Dask's own, while its workers die
def test_captures_are_related_though_a_dask_worker_is_killed(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stays with the workers is read again where one is gone, and the report is that of one process."""
    monkeypatch.setattr(relations, "PARTITION_BYTES", 20_000)
    captures = archive(tmp_path, 6, 500)
    (tmp_path / "03.ndjson").write_text('{"e": {"k": "Leave"}, "n": 7, "t": 1700000000}')
    job = FactsJob(PLAN, ReadOptions(), same_connector=True, every=True)
    serial = distribute(captures, PLAN, ReadOptions(), every=True)
    relate(serial, None, job=job, cap=20)
    with pool("dask", None, cluster.scheduler_address) as workers:
        assert workers is not None
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=15_000, every=True)
        client = Killing(workers.client)
        relate(result, replace(workers, client=client), job=job, cap=20)

    assert client.killed
    assert 1 == serial.tally.by_code["MC508"]
    assert report(serial) == report(result)
    assert texts(serial) == texts(result)


def test_dask_streams_the_bytes_of_one_process(cluster: Any, tmp_path: Path) -> None:
    """Every finding, also of what captures say of each other, and the records that had one, in the same order."""
    captures = archive(tmp_path, 4, 500)
    (tmp_path / "03.ndjson").write_text('{"e": {"k": "Leave"}, "n": 7, "t": 1700000000}')
    words = [str(source.path) for source in captures] + ["--relate", "--same-connector"]
    for name, engine in (("serial", []), ("dask", ["--engine", "dask", "--scheduler", cluster.scheduler_address])):
        (tmp_path / name).mkdir()
        streams = ["--report", f"ndjson={tmp_path / name / 'found'}", "--rejects", str(tmp_path / name / "rejects")]
        assert 1 == CliRunner().invoke(command, [*words, *engine, *streams], catch_exceptions=False).exit_code
    one, other = ([(tmp_path / name / each).read_bytes() for each in ("found", "rejects")] for name in ("serial", "dask"))

    assert one == other
    assert (152, 150) == (one[0].count(b"\n"), one[1].count(b"\n"))
    assert b'"code":"MC508"' in one[0]


@pytest.mark.filterwarnings("ignore")  # Dask's own, while tasks are cancelled
def test_an_interrupt_of_dask_keeps_what_came(cluster: Any, tmp_path: Path) -> None:
    """The run ends, and has what was judged until then; the other shards are cancelled."""
    captures = archive(tmp_path, 6, 500)
    with pool("dask", None, cluster.scheduler_address) as workers:
        result = distribute(captures, PLAN, ReadOptions(), workers, shard_bytes=2500, on_progress=interrupting)

    assert result.interrupted
    assert 0 < result.tally.exchanges < 3000


def test_no_scheduler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where no scheduler answers is one line that names it (exit 3)."""
    monkeypatch.setattr("mconn_contracts.archives.executors.CONNECT_SECONDS", 0.2)
    pytest.importorskip("distributed")
    with (
        pytest.raises(CouldNotJudgeError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler can be reached"),
        pool("dask", None, "tcp://127.0.0.1:1"),
    ):
        pass
