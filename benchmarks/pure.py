"""Runs of `mconn test` over a pure handler: no socket, no thread, no waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from mconn_contracts.judge.check import Plan
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage

ORIGIN = "http://localhost"
Handle = Callable[[Request], Response]


@dataclass(frozen=True)
class _Answering:
    """A function in the place of the reference server's handler."""

    handle: Handle

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer to a request."""
        return OutgoingMessage(self.handle(request))


def probed(
    handler: Handler | Handle,
    target: Target,
    plan: Plan,
    profile: str = "quick",
    record: Callable[[Exchange], None] | None = None,
    most: int | None = None,
) -> Verdict:
    """The verdict of the probes of a profile on a handler, until `most` errors; requests drawn at random are left out."""
    answering = handler if isinstance(handler, Handler) else cast("Handler", _Answering(handler))
    settings = RunSettings(profile=replace(PROFILES[profile], drawn=0), max_findings=most)
    run = Run(target, plan, settings, record=record, transport=HandlerTransport(answering))
    run.budget.sleep = lambda _: None
    return run.execute()


def accusations(verdict: Verdict) -> list[str]:
    """The codes of errors that a verdict has, and `undecided` where the run could not judge."""
    errors = {finding.code for finding in verdict.tally.findings() if finding.severity is Severity.ERROR}
    return sorted(errors) + (["undecided"] if verdict.could_not_judge is not None else [])
