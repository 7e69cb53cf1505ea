"""Captures of events, their reports, and an executor of this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from mconn_contracts.archives.run import Run
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.reports.json import REPORT

PLAN = Plan(load())
VALID = b'{"e": {"k": "Init"}, "n": %d, "t": 1700000000}'


def inputs(*paths: Path) -> list[Input]:
    """Captures, under their names alone."""
    return [Input(path.name, path) for path in paths]


def report(result: Run) -> str:
    """The JSON report of a run."""
    return REPORT.render(result.verdict(PLAN))


def texts(result: Run) -> tuple[str, str]:
    """All findings of a run, and all of its rejects."""
    assert result.every is not None
    assert result.rejects is not None
    return "".join(result.every), "".join(result.rejects)


def archive(folder: Path, files: int, lines: int) -> list[Input]:
    """Captures of events, of which every tenth line has a fault of its own place."""
    for file in range(files):
        content = [VALID % number if number % 10 else b'{"e": {"k": "Init"}, "n": "x", "t": 1}' for number in range(lines)]
        (folder / f"{file:02}.ndjson").write_bytes(b"\n".join(content) + b"\n")
    return inputs(*sorted(folder.glob("*.ndjson")))


class Inline(Executor):
    """Does what is submitted at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The result of the call, as a future that is done."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
