"""The progress of a live run, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mconn_contracts.model import Severity, Tally

Show = Callable[[str, Tally, int, int], None]


@contextmanager
def live_progress() -> Iterator[Show | None]:
    """A function that shows the step, the requests sent of those allowed, and the findings so far, on standard error.

    None where that is no terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(step: str, tally: Tally, sent: int, allowed: int) -> None:
            errors = tally.by_severity.get(Severity.ERROR, 0)
            kinds = len(tally.coverage.kinds)
            progress.update(task, description=f"{step}: {sent} of at most {allowed} requests, {kinds} kinds, {errors} errors")

        yield show
