"""What the progress of a run over captures shows, and how often."""

from __future__ import annotations

import io
import sys

import pytest

from mconn_contracts.archives.distribution import Progress
from mconn_contracts.cli.progress import BAR_SECONDS, LINE_SECONDS, ProxyProgress, archive_progress, proxy_progress
from mconn_contracts.model.exchange import Origin, Request, Trace
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.tally import Tally
from mconn_contracts.proxy.listener import Counts


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


FINDING = Finding(
    "MC301", "count-mismatch", Severity.ERROR, "count is \x1b[31m4", "listEvents", "s", pointer="/result/count",
    shown_by=(Trace(Origin(), Request("GET", "http://a/b"), None),),
)  # fmt: skip


def test_a_proxy_tells_each_finding_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line has severity, code, name, pointer, request and message, on a terminal too, where nothing of it is obeyed."""
    line = r"mconn: error MC301 count-mismatch at /result/count of GET http://a/b: count is \x1b[31m4"
    for alone, stream in ((True, io.StringIO()), (False, Terminal()), (True, Terminal())):
        monkeypatch.setattr(sys, "stderr", stream)
        with proxy_progress(alone=alone) as progress:
            progress.new(FINDING)
        assert line in stream.getvalue().replace("\n", " ")
        assert (alone and stream.isatty()) == ("nothing has passed" in stream.getvalue())


def test_a_proxy_counts_in_place() -> None:
    """What is shown grows with what has passed; what is nothing is left out."""
    shown: list[str] = []
    tally = Tally()
    for exchanges, foreign, given_up in ((1, 0, 0), (2000, 3, 1)):
        tally.exchanges, tally.foreign = exchanges, foreign
        ProxyProgress(print, shown.append).show(tally, Counts(given_up=given_up))
        tally.add(FINDING)

    assert [
        "1 exchange, 0 errors, 0 other findings",
        "2000 exchanges, 3 of other APIs, 1 without an answer, 1 error, 0 other findings",
    ] == shown
