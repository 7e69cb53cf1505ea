"""What can notice a changed point of the judge, and the lines of the judge that each of it runs: no other can notice them."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest
from benchmarks.combinations import TARGET
from benchmarks.pure import probed
from tests import vectors

import mconn_contracts
from mconn_contracts.contract.document import load
from mconn_contracts.judge import check
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.rules.observations import observe
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES

ROOT = Path(__file__).resolve().parents[1]
JUDGE = Path(mconn_contracts.__file__).parent / "judge"
TESTS = ("tests/judge",)
LEFT_OUT = ("test_steps.py", "test_sizes.py")
"""Tests that count steps, or look at memory, take minutes."""
_BY_ITSELF = ("-p", "no:cacheprovider", "--assert=plain", "--hypothesis-profile", "brief")
"""A test that draws examples draws the same few each time."""
LEAST_SECONDS, TIMES_AS_LONG = 3.0, 20.0
"""CPU time that is granted to what takes none without a mutant, and how many times as long as without one the rest may take."""
Line = tuple[str, int]
"""A file, and a line in it."""


@dataclass(frozen=True)
class Noticer:
    """Something that differs where the judge is another: what `run` says of the difference, and nothing without one."""

    sort: str
    run: Callable[[], str | None]


class TimedOutError(BaseException):
    """The mutant takes too long: no part of the judge may catch this."""


@dataclass(frozen=True)
class Ran:
    """A noticer, and the CPU seconds that it may take."""

    noticer: Noticer
    seconds: float


class Cases:
    """The vectors, each a noticer; and, after all those that ran, whether every statement is kept by some case still."""

    def __init__(self) -> None:
        self.plan = check.Plan(load())
        self.cases = vectors.load()
        self._keeping: dict[int, frozenset[str]] = {}

    def noticers(self) -> Iterator[Noticer]:
        """One of each case."""
        for index, case in enumerate(self.cases):
            yield Noticer("vectors", lambda index=index, case=case: self._judge(index, case))  # type: ignore[misc]

    def _judge(self, index: int, case: vectors.Case) -> str | None:
        outcome = vectors.judge(case, self.plan)
        self._keeping[index] = outcome.decided - outcome.codes
        found = (outcome.alone, outcome.together, outcome.lowered)
        alike = found == (*case.expected, case.lowered) and not case.told_apart(outcome.decided)
        return None if alike else f"the case: {case.description}"

    def kept(self) -> frozenset[str]:
        """The statements that some case keeps, as far as is known."""
        return frozenset(code for each in self._keeping.values() for code in each)


@dataclass(frozen=True)
class Recording:
    """A run of the probes over the handler of a style."""

    style: str
    exchanges: list[Exchange]


def recordings() -> list[Recording]:
    """The runs of all styles."""
    every = []
    for style in STYLES.values():
        exchanges: list[Exchange] = []
        with contextlib.closing(open_store(main=style.main)) as store:
            probed(build_handler(store, style=style), TARGET, check.Plan(load()), record=exchanges.append)
        every.append(Recording(style.name, exchanges))
    return every


def of_histories(recorded: Iterable[Recording], plan: check.Plan) -> Iterator[Noticer]:
    """What a style's whole run shows: no finding, and the choices that were observed."""
    for each in recorded:
        session = check.Session(plan)
        for exchange in each.exchanges:
            session.observe(exchange)
        kept = session._recorder.history()

        def judged(kept: History = kept) -> object:
            history = History(kept.pages, kept.latest, kept.fetched, kept.refusals, kept.traits, kept.heads)
            found = sorted((each.code, each.pointer, each.message) for each in check.check_session(history, plan).findings)
            return found, observe(history, plan.document.kinds)

        yield Noticer("histories", _compared(judged, f"the style: {each.style}"))


def of_runs(recorded: Iterable[Recording], plan: check.Plan) -> Iterator[Noticer]:
    """What each exchange of a style's run is judged to be, and what is kept of it."""
    for each in recorded:

        def judged(exchanges: list[Exchange] = each.exchanges) -> object:
            session = check.Session(plan)
            for exchange in exchanges:
                session.observe(exchange)
            choices = session.observe_behavior()
            session.conclude()
            return session.tally.by_code, session.tally.coverage, {choice.name: choice.value for choice in choices}

        yield Noticer("runs", _compared(judged, f"the run: {each.style}"))


def _compared(judged: Callable[[], object], name: str) -> Callable[[], str | None]:
    expected = judged()
    return lambda: None if judged() == expected else name


class _Collector:
    """Takes the collected tests, and runs none."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Keep the tests, and end."""
        self.items = [item for item in session.items if item.path.name not in LEFT_OUT]
        self.then()
        return True

    then: Callable[[], None] = staticmethod(lambda: None)


def with_tests(then: Callable[[list[Noticer]], None]) -> None:
    """Collect the judge's tests, and go on with them while their session is open."""
    os.chdir(ROOT)
    collector = _Collector()
    collector.then = lambda: then([Noticer("tests", lambda item=item: _test(item)) for item in collector.items])  # type: ignore[misc]
    code = pytest.main(["-q", "-s", "--no-header", "--no-summary", *_BY_ITSELF, *TESTS], plugins=[collector])
    if code != 0:
        sys.exit(f"the tests cannot be collected: {code}")


def tests_pass() -> bool:
    """Whether the judge's tests pass, imported as things are now."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main(["-q", "-x", *_BY_ITSELF, *(f"--ignore-glob=*/{name}" for name in LEFT_OUT), *TESTS]) == 0


def _test(item: pytest.Item) -> str | None:
    from _pytest.runner import runtestprotocol

    if isinstance(item, pytest.Function):
        # It ran before: its fixtures are to be had anew.
        item._initrequest()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        reports = runtestprotocol(item, log=False, nextitem=None)
    return f"the test: {item.nodeid}" if any(report.failed for report in reports) else None


def traced(runs: Iterable[Callable[[], object]]) -> tuple[list[object], Mapping[Line, Sequence[int]]]:
    """What each of some runs comes to, and the numbers of those that run a line of the judge."""
    tracer = coverage.Coverage(data_file=None, config_file=False, include=[f"{JUDGE}/*"], messages=False)
    results = []
    with tracer.collect():
        for number, run in enumerate(runs):
            tracer.switch_context(str(number))
            results.append(run())
    data = tracer.get_data()
    lines = {
        (file, line): sorted(map(int, contexts))
        for file in data.measured_files()
        for line, contexts in data.contexts_by_lineno(file).items()
    }
    return results, lines


def timed(ran: Ran) -> str | None:
    """What a noticer says within its CPU time; that it took longer, or failed, is a difference."""

    def stop(*_: object) -> None:
        raise TimedOutError

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ran.seconds)
    try:
        return ran.noticer.run()
    except TimedOutError:
        return "time"
    except Exception as error:
        return type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def spans(source: str) -> Mapping[int, frozenset[int]]:
    """The lines of the statement around each line; of a compound one, those of its head."""
    found: dict[int, frozenset[int]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
            for line in range(node.lineno, last + 1):
                before = found.get(line)
                if before is None or len(before) > last + 1 - node.lineno:
                    found[line] = frozenset(range(node.lineno, last + 1))
    return found
