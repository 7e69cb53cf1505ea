"""One run of the proxy. It ends when a command ends, a signal comes, or a limit is reached."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mconn_contracts.judge.check import Judgement, Plan
from mconn_contracts.live.target import Target
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.tally import Tally
from mconn_contracts.process import signals
from mconn_contracts.process.commands import Command, environment
from mconn_contracts.proxy.listener import Counts, Listener, Settings
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.watch import Watch

_IDLE = 1.0
"""Seconds without an exchange after which the exchanges are compared with each other."""
_GATHER = 0.02
"""Seconds that exchanges wait for others to be judged with them."""
_SWITCH = 0.0002
"""Seconds that judging may keep connections waiting at a time."""


@dataclass(slots=True)
class Run:
    """One run and its result. `on_new` is called with the first finding of each code, `on_progress` with the tally."""

    target: Target
    settings: Settings
    command: Sequence[str] = ()
    max_time: float | None = None
    recording: Recording | None = None
    watch: Watch | None = None
    plan: Plan | None = None
    say: Callable[[str], None] = print
    on_new: Callable[[Finding], None] = lambda _: None
    on_progress: Callable[[Tally, Counts], None] = lambda _, __: None
    code: int | None = None
    """The exit code of the command; 128 and more for a signal."""
    interrupted: bool = False
    counts: Counts = field(default_factory=Counts)
    _over: bool = False
    _bell: threading.Event = field(default_factory=threading.Event)
    _command: Command | None = None

    def execute(self, on_ready: Callable[[str], None]) -> Listener:
        """Run; `on_ready` is given the base URL for clients. UsageError if it cannot listen, or the command not be run."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        try:
            listener = Listener(self.target, self.settings, self.recording, ring=self._bell.set, say=self.say)
            self.counts = listener.counts
            with listener.listening(lambda: self._judge(listener)):
                on_ready(listener.url)
                if self.command:
                    self._command = Command(self.command, environment(os.environ, listener.url), self._bell.set)
                try:
                    self._wait(listener)
                except KeyboardInterrupt:
                    self.interrupted = True
                finally:
                    if self._command is not None:
                        self.code = self._command.end((signals.exit_code() or 128 + signal.SIGTERM) - 128)
            self._judge(listener)
        finally:
            sys.setswitchinterval(before)
            if self.recording is not None:
                self.recording.close()
        return listener

    def end(self) -> None:
        """End the run, from another thread."""
        self._over = True
        self._bell.set()

    def _wait(self, listener: Listener) -> None:
        """Judge what passes, until the run is over; KeyboardInterrupt where a signal comes."""
        end = None if self.max_time is None else time.monotonic() + self.max_time
        while not self._over and not listener.full and not (self._command is not None and self._command.ended):
            left = _IDLE if end is None else min(_IDLE, end - time.monotonic())
            if left <= 0:
                if self._command is not None:
                    self.say(f"{self.command[0]} has run for the {self.max_time:g} s of --max-time, so it is ended")
                return
            with signals.interruptible():
                rung = self._bell.wait(left)
                if rung and not self.settings.blocks:
                    # Several exchanges at once, because each change of threads delays connections more than the wait.
                    time.sleep(_GATHER)
            self._bell.clear()
            self._judge(listener)
            if not rung and self.watch is not None:
                for finding in self.watch.glance():
                    self.on_new(finding)

    def _judge(self, listener: Listener) -> None:
        """Judge what waits for it."""
        if self.watch is None:
            return
        for waiting in listener.waiting():
            judgement = self.watch.take(waiting.exchange)
            listener.answer(waiting, self._instead(judgement))
        for finding in self.watch.news():
            self.on_new(finding)
        self.on_progress(self.watch.tally, self.counts)

    def _instead(self, judgement: Judgement | None) -> bytes | None:
        """The envelope that replaces a broken answer. None if the answer does not fail the run."""
        if not self.settings.blocks or judgement is None or self.plan is None:
            return None
        plan = self.plan
        broken = [
            finding
            for finding in judgement.findings
            if finding.severity >= plan.fail_on
            and plan.document.statement(finding.code).needs != "request"
            and not (plan.known and plan.known_as(finding))
        ]
        return blocked(broken) if broken else None


def blocked(findings: Sequence[Finding]) -> bytes:
    """The envelope that replaces an answer and has its findings as errors. The code of an error is the number of the finding."""
    errors = [
        {
            "code": int(finding.code.removeprefix("MC")),
            "message": f"{finding.code} {finding.name}{f' at {finding.pointer}' if finding.pointer else ''}: {finding.message}",
        }
        for finding in findings
    ]
    return json.dumps({"success": False, "errors": errors, "messages": [], "result": None}).encode()
