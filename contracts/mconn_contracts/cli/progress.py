"""The progress of a run: continuously on a terminal; elsewhere, one line a minute for a run over captures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mconn_contracts.cli.messages import say
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.tally import Tally
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.wording import number

if TYPE_CHECKING:
    # These imports are slow, and a live run does not need them.
    from mconn_contracts.archives.distribution import Progress as Archive
    from mconn_contracts.archives.distribution import Show as ShowArchive
    from mconn_contracts.proxy.listener import Counts

Show = Callable[[str, Tally, int, int], None]


@contextmanager
def live_progress() -> Iterator[Show | None]:
    """A function that shows the step, the requests sent, their limit, and the findings so far, on standard error.

    None if standard error is not a terminal.
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


class ProxyProgress:
    """The messages of a running proxy: on a terminal, with a count that is updated in place; elsewhere, line by line."""

    def __init__(self, say: Callable[[object], None], show: Callable[[str], None] | None = None) -> None:
        self._say = say
        self._show = show
        self._last = 0.0

    def say(self, text: object) -> None:
        """Print one line."""
        self._say(text)

    def new(self, finding: Finding) -> None:
        """Print the first finding of a code, with its place."""
        asked = next((each.request for each in reversed(finding.shown_by) if each.request is not None), None)
        place = f" of {asked.method} {asked.url}" if asked else ""
        at = f" at {finding.pointer}" if finding.pointer else ""
        self._say(f"{finding.severity.label} {finding.code} {finding.name}{at}{place}: {finding.message}")

    def show(self, tally: Tally, counts: Counts) -> None:
        """Update the count of exchanges and findings, if there is a terminal."""
        now = time.monotonic()
        if self._show is None or now - self._last < BAR_SECONDS:
            return
        self._last = now
        errors = tally.by_severity.get(Severity.ERROR, 0)
        others = sum(tally.by_severity.values()) - errors
        parts = [number(tally.exchanges, "exchange")]
        parts += [f"{tally.foreign} of other APIs"] if tally.foreign else []
        parts += [f"{counts.given_up} without an answer"] if counts.given_up else []
        self._show(", ".join([*parts, number(errors, "error"), number(others, "other finding")]))


@contextmanager
def proxy_progress(*, alone: bool) -> Iterator[ProxyProgress]:
    """The progress of a proxy on standard error. `alone` says that no command writes to the same terminal."""
    # A line that is redrawn erases what others have written on it.
    if not alone or not _on_terminal():
        yield ProxyProgress(say)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("nothing has passed", total=None)
        yield ProxyProgress(
            lambda text: console.print(logged(f"mconn: {text}"), markup=False, highlight=False, soft_wrap=True),
            lambda text: progress.update(task, description=text),
        )


BAR_SECONDS = 0.1
"""Seconds between two updates of the bar on a terminal."""
LINE_SECONDS = 60.0
"""Seconds between two lines of progress without a terminal."""


@contextmanager
def archive_progress(clock: Callable[[], float] = time.monotonic) -> Iterator[ShowArchive]:
    """A function that shows bytes, records a second, the time left and the findings so far, on standard error."""
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
    """Show the progress at most once in `seconds`. Between two showings, the progress is not computed."""
    last = begun

    def told(progress: Callable[[], Archive]) -> None:
        nonlocal last
        now = clock()
        if now - last >= seconds:
            last = now
            show(progress(), now)

    return told


def _on_terminal() -> bool:
    # A process that was started without standard error has no sys.stderr.
    return sys.stderr is not None and sys.stderr.isatty()


def _line(state: Archive, spent: float) -> str:
    left = f", {spent * (state.total - state.done) / state.done:,.0f} s left" if 0 < state.done < state.total else ""
    return (
        f"{state.done / 1e6:,.0f} of {state.total / 1e6:,.0f} MB, {state.records:,} records, "
        f"{state.records / spent:,.0f}/s{left}, {state.findings:,} findings"
    )
