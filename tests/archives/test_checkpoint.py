"""Runs that are interrupted and go on where they stopped."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.archives.archive import PLAN, VALID, Inline, archive, report
from tests.archives.oracle import run

from mconn_contracts.archives.checkpoint import Checkpoint
from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.run import Run
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.shards import cut
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import UsageError


class Interrupted(Inline):
    """An executor that is interrupted after some pieces of work."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What the executor of this process does, until the interrupt."""
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

    with pytest.raises(UsageError, match="belongs to another run"):
        distribute(captures, PLAN, ReadOptions(), cap=3, shard_bytes=1000, checkpoint=path)
    assert captures[0].path is not None
    with captures[0].path.open("ab") as file:
        file.write(VALID % 1)
    with pytest.raises(UsageError, match="belongs to another run"):
        interrupted(captures, path, 2)


@pytest.mark.parametrize("content", [b"{}\n", b"null\n", b"other\n", b'{"mconn-checkpoint": 2}\n'])
def test_another_file_is_not_written_over(tmp_path: Path, content: bytes) -> None:
    """A file that is not a checkpoint is left as it is."""
    path = tmp_path / "notes"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="is not a checkpoint"):
        Checkpoint(path, "run").open()
    assert content == path.read_bytes()


def test_standard_input_goes_with_no_checkpoint(tmp_path: Path) -> None:
    """What cannot be read again cannot be gone on with."""
    with pytest.raises(UsageError, match="standard input"):
        distribute([Input("<stdin>", None)], PLAN, ReadOptions(), checkpoint=tmp_path / "checkpoint")


def test_a_checkpoint_that_finds_no_room_ends_no_run(tmp_path: Path) -> None:
    """The run goes on without it and says so; what was kept until then is whole."""
    captures = archive(tmp_path, 3, 100)
    path = tmp_path / "checkpoint"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))
    try:
        result = interrupted(captures, path, 6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    again = Checkpoint(path, "")
    again.run = json.loads(path.read_bytes().splitlines()[0])["run"]
    again.open()
    again.close(finished=False)

    assert [f"{path}: the checkpoint cannot be written: file too large"] == list(map(str, result.unwritten))
    assert 0 < len(again.done) < 6
