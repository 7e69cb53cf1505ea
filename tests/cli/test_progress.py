"""What the progress of a run over captures shows, and how often."""

from __future__ import annotations

import io
import sys

import pytest

from mconn_contracts.archives.distribution import Progress
from mconn_contracts.cli.progress import BAR_SECONDS, LINE_SECONDS, archive_progress


def test_progress_without_a_terminal_is_one_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """It says bytes, records a second, what is left, and the findings so far."""
    times = iter([0.0, 1.0, LINE_SECONDS, LINE_SECONDS + 1, 2 * LINE_SECONDS])
    with archive_progress(lambda: next(times)) as show:
        for done in (1, 100, 110, 200):
            show(lambda done=done: Progress(done * 1_000_000, 400_000_000, done * 60, done))

    expected = [
        "mconn: 100 of 400 MB, 6,000 records, 100/s, 180 s left, 100 findings",
        "mconn: 200 of 400 MB, 12,000 records, 100/s, 120 s left, 200 findings",
    ]
    assert expected == capsys.readouterr().err.splitlines()


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """True."""
        return True


def test_the_bar_of_a_terminal_asks_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is told that a run has come on, the bar asks how far at most so often."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    time, asked = 0.0, 0

    def progress() -> Progress:
        nonlocal asked
        asked += 1
        return Progress(1, 2, 3, 4)

    with archive_progress(lambda: time) as show:
        for tick in range(2048):
            time = tick / 1024
            show(progress)

    assert 2 / BAR_SECONDS - 1 == asked
