"""The progress of a run: on a terminal, as it goes; of a run over captures elsewhere, in one line a minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mconn_contracts.cli.messages import say
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.tally import Tally

if TYPE_CHECKING:
    # Heavy, and of no use to a live run.
    from mconn_contracts.archives.distribution import Progress as Archive
    from mconn_contracts.archives.distribution import Show as ShowArchive

Show = Callable[[str, Tally, int, int], None]


@contextmanager
def live_progress() -> Iterator[Show | None]:
    """A function that shows the step, the requests sent of those allowed, and the findings so far, on standard error.

    None where that is no terminal.
    """
    if not _on_terminal():
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


BAR_SECONDS = 0.1
"""Between two changes of the bar on a terminal."""
LINE_SECONDS = 60.0
"""Between two lines of progress, where there is no terminal."""


@contextmanager
def archive_progress(clock: Callable[[], float] = time.monotonic) -> Iterator[ShowArchive]:
    """A function that shows bytes, records a second, what is left and the findings so far, on standard error."""
    begun = clock()
    if not _on_terminal():
        yield _now_and_then(LINE_SECONDS, begun, clock, lambda state, now: say(_line(state, now - begun)))
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(state: Archive, now: float) -> None:
            rate = state.records / max(now - begun, 0.001)
            words = f"{state.records:,} records, {rate:,.0f}/s, {state.findings:,} findings"
            progress.update(task, description=words, completed=state.done, total=state.total or None)

        yield _now_and_then(BAR_SECONDS, begun, clock, show)


def _now_and_then(
    seconds: float, begun: float, clock: Callable[[], float], show: Callable[[Archive, float], None]
) -> ShowArchive:
    """Show the progress at most once in so many seconds; in between, it is not even asked for."""
    last = begun

    def told(progress: Callable[[], Archive]) -> None:
        nonlocal last
        now = clock()
        if now - last >= seconds:
            last = now
            show(progress(), now)

    return told


def _on_terminal() -> bool:
    # A process that was started without a standard error has none.
    return sys.stderr is not None and sys.stderr.isatty()


def _line(state: Archive, spent: float) -> str:
    left = f", {spent * (state.total - state.done) / state.done:,.0f} s left" if 0 < state.done < state.total else ""
    return (
        f"{state.done / 1e6:,.0f} of {state.total / 1e6:,.0f} MB, {state.records:,} records, "
        f"{state.records / spent:,.0f}/s{left}, {state.findings:,} findings"
    )
