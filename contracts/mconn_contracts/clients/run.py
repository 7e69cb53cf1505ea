"""Runs a client once a scenario, each time against a server of its own, and says what it came to."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mconn_contracts.clients.observing import Call
from mconn_contracts.clients.scenario import CLEAN, Scenario
from mconn_contracts.clients.served import observed
from mconn_contracts.clients.weather import conduct
from mconn_contracts.contract.document import Document
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.errors import CouldNotJudgeError
from mconn_contracts.judge.check import check
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.exchange import Exchange, Origin, Response
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.trial import Group, Result, Trial
from mconn_contracts.process import signals, strays
from mconn_contracts.process.commands import Command, environment
from mconn_contracts.server.embedded import RunningServer, serve_handler_in_thread

_SAID_LINES, _SAID_BYTES = 12, 4_096
_SAID_IN_ONE = 3
"""How many lines of the command's output stand in the message of an error."""
_LEFT = 1.0
"""Seconds to wait for the end of the output."""
_OWN = ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY", "CLOUDFLARE_API_USER_SERVICE_KEY")
"""Credentials of the user, which are not for the reference server."""
_TIMES = 5
"""How often the time of the clean run another run may take: a slow machine breaks no client."""
_CHECKED = 2_000
"""Requests of a run that are judged."""
_REQUESTS = "request"

_Waited = TypeVar("_Waited")


@dataclass(frozen=True, slots=True)
class _Ran:
    """What one run of the command was: its exit code, None if it was ended for its time, what the server saw, and how long."""

    code: int | None
    calls: Sequence[Call]
    requests: int
    met: bool
    said: str
    seconds: float

    @property
    def failed(self) -> str:
        """How the command failed, in words."""
        return "does not end in time" if self.code is None else f"ends with {self.code}"


@dataclass(slots=True)
class Run:
    """A command, and how it is run: `jobs` at a time, each for `timeout` seconds at most, or five times what the clean run took.

    `plan` is what requests are judged by. `on_trial` is told of each scenario as it is done.
    """

    command: Sequence[str]
    plan: Plan
    timeout: float
    jobs: int = 1
    on_trial: Callable[[Trial], None] = lambda _: None
    interrupted: bool = False
    _limit: float = 0.0
    _plans: dict[str, Plan] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _bells: set[threading.Event] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, chosen: Sequence[Scenario]) -> tuple[Trial, ...]:
        """Run the command under the clean server and then each scenario; what is done, in their order.

        CouldNotJudgeError if the clean run fails or asks for nothing, UsageError if the command cannot be run. A signal
        ends it between scenarios, the commands that run then too, and `interrupted` is set.
        """
        done: list[Trial] = []
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="mconn-scenario") as pool:
            try:
                clean = self._waited(pool.submit(self._run, CLEAN, 0))
                _require_passed(clean, self.timeout)
                self._limit = max(self.timeout, _TIMES * clean.seconds)
                self._add(done, self._trial(CLEAN, clean, Result.PASSED, ""))
                waiting = [(each, pool.submit(self._confirmed, each, clean)) for each in chosen]
                for scenario, future in waiting:
                    self._add(done, self._trial(scenario, *self._waited(future)))
            except KeyboardInterrupt:
                self.interrupted = True
            finally:
                self._end()
                pool.shutdown(cancel_futures=True)
        return tuple(_explained(done, {each.id: each for each in chosen}))

    def _add(self, done: list[Trial], trial: Trial) -> None:
        done.append(trial)
        self.on_trial(trial)

    def _waited(self, future: Future[_Waited]) -> _Waited:
        signals.wait(lambda seconds: bool(wait([future], seconds).done))
        return future.result()

    def _end(self) -> None:
        with self._lock:
            self._over.set()
            for bell in self._bells:
                bell.set()

    def _confirmed(self, scenario: Scenario, clean: _Ran) -> tuple[_Ran, Result, str]:
        """Run the command under a scenario, and say what that came to. A scenario breaks a client only if it does so twice."""
        number = clean.requests // 2 + 1
        ran = self._run(scenario, number)
        result, words = _result(scenario, ran, clean)
        if result is not Result.BROKEN or self._over.is_set():
            return ran, result, words
        again, meaning = _result(scenario, self._run(scenario, number), clean)
        if again is Result.BROKEN:
            return ran, result, words
        if again is not Result.UNSTABLE:
            meaning = f"{words if scenario.weather else ran.failed}, but does well when it is run again on a fresh server"
        return ran, Result.UNSTABLE, meaning

    def _run(self, scenario: Scenario, number: int) -> _Ran:
        document = None if scenario.revision is None else self._plan(scenario).document
        with observed(scenario, document, number) as observing, serve_handler_in_thread(observing) as server:
            began = time.monotonic()
            code, said = self._command(server, self._limit or self.timeout)
            seconds = time.monotonic() - began
        return _Ran(code, observing.calls, observing.requests, observing.met, said, seconds)

    def _command(self, server: RunningServer, limit: float) -> tuple[int | None, str]:
        """Run the command; its exit code, None if it was ended, and the end of what it printed."""
        bell = threading.Event()
        with self._lock:
            self._bells.add(bell)
            if self._over.is_set():
                bell.set()
        reading, writing = os.pipe()
        mark = uuid.uuid4().hex
        try:
            tail = _Tail(reading)
            try:
                command = Command(self.command, {**surroundings(os.environ, server), strays.VARIABLE: mark}, bell.set, writing)
            finally:
                os.close(writing)
            bell.wait(limit)
            ended = command.ended
            code = command.end()
            # A daemon would go on asking, and the next server may get this one's port.
            strays.end(mark)
            return (code if ended else None), tail.text()
        finally:
            with self._lock:
                self._bells.discard(bell)

    def _plan(self, scenario: Scenario) -> Plan:
        if scenario.revision is None:
            return self.plan
        with self._lock:
            if scenario.revision not in self._plans:
                document: Document = overlaid(self.plan.document, [scenario.revision])
                self._plans[scenario.revision] = Plan(document, self.plan.select, self.plan.ignore, self.plan.severities)
            return self._plans[scenario.revision]

    def _trial(self, scenario: Scenario, ran: _Ran, result: Result, words: str) -> Trial:
        # Where the server breaks a promise, what is asked for may be its doing.
        findings = () if scenario.group is Group.FAULTS else tuple(self._judged(scenario, ran.calls))
        said = ran.said if ran.code != 0 else ""
        return Trial(scenario.group, scenario.name, scenario.summary, result, words, ran.code, ran.requests, findings, said)

    def _judged(self, scenario: Scenario, calls: Sequence[Call]) -> Iterator[Finding]:
        """What is wrong with the requests of a run, the same thing once."""
        plan = self._plan(scenario)
        found: set[tuple[str, str | None, str]] = set()
        for entry, call in enumerate(calls[:_CHECKED]):
            exchange = Exchange(Response(call.status, (), None), call.request, Origin(scenario.id, entry=entry))
            for finding in check(exchange, plan).findings:
                key = (finding.code, finding.operation, finding.message)
                if key not in found and plan.document.statement(finding.code).needs == _REQUESTS:
                    found.add(key)
                    yield finding


def surroundings(before: Mapping[str, str], server: RunningServer) -> dict[str, str]:
    """The environment that a command finds the reference server in, without the user's own credentials."""
    kept = {name: value for name, value in before.items() if name not in _OWN}
    return {
        **environment(kept, server.url),
        "CLOUDFLARE_ACCOUNT_ID": server.account_id,
        "CLOUDFLARE_API_TOKEN": server.token,
        "MCONN_ACCOUNT_ID": server.account_id,
        "MCONN_CONNECTOR_ID": server.connector_id,
    }


def _require_passed(clean: _Ran, timeout: float) -> None:
    said = f"; it said: {' | '.join(clean.said.splitlines()[-_SAID_IN_ONE:])}" if clean.said else ""
    if clean.code is None:
        raise CouldNotJudgeError(
            f"the command did not end within {timeout:g} s against the reference server; see --timeout{said}"
        )
    if clean.code:
        raise CouldNotJudgeError(
            f"the command ended with {clean.code} against the reference server, but it must pass there first{said}"
        )
    if not clean.requests:
        raise CouldNotJudgeError(
            "the command sent no request to the reference server: it must use MCONN_BASE_URL, or CLOUDFLARE_BASE_URL, of its "
            f"environment{said}"
        )


def _result(scenario: Scenario, ran: _Ran, clean: _Ran) -> tuple[Result, str]:
    """What a run came to, and what that means in words."""
    passed = ran.code == 0
    if not ran.met:
        if passed:
            return Result.NEVER_MET, ""
        return Result.UNSTABLE, f"{ran.failed}, although it got the same answers as in the clean run, in which it passed"
    if scenario.weather is not None:
        number = clean.requests // 2 + 1
        return conduct(scenario.weather, ran.calls, number, clean.calls, ran.code)
    if scenario.group is Group.FAULTS:
        if passed:
            return Result.SURVIVED, "passes, although it got answers that break a promise"
        return Result.NOTICED, ran.failed
    if passed:
        return Result.PASSED, ""
    return Result.BROKEN, f"{'does not end' if ran.code is None else 'breaks'} where {' and '.join(scenario.differences)}"


def _explained(trials: Sequence[Trial], scenarios: Mapping[str, Scenario]) -> Iterator[Trial]:
    """The trials; a style that breaks the client in several ways names those that break it by themselves, and their styles."""
    alone: dict[str, str] = {}
    for trial in trials:
        if trial.group is Group.STYLES and trial.result is Result.BROKEN and len(scenarios[trial.id].differences) == 1:
            alone.setdefault(scenarios[trial.id].differences[0], trial.name)
    for trial in trials:
        several = scenarios[trial.id].differences if trial.result is Result.BROKEN and trial.id in scenarios else ()
        causes = [f"{words}, as `{alone[words]}` does" for words in several if words in alone]
        if len(several) > 1 and causes:
            yield replace(trial, words=f"breaks where {' and where '.join(causes)}")
        else:
            yield trial


class _Tail:
    """Reads a pipe, and keeps the end of its text."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._kept: deque[bytes] = deque()
        self._thread = threading.Thread(target=self._read, name="mconn-output", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """The last lines. Their end comes at once, unless a process that has left the command's group could still write."""
        self._thread.join(_LEFT)
        text = b"".join(self._kept)[-_SAID_BYTES:].decode("utf-8", "replace")
        return "\n".join(text.rstrip().splitlines()[-_SAID_LINES:])

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb", buffering=0) as file:
            while piece := file.read(65_536):
                self._kept.append(piece[-_SAID_BYTES:])
                while sum(map(len, self._kept)) - len(self._kept[0]) >= _SAID_BYTES:
                    self._kept.popleft()
