"""Check responses in tests against the contract, and report the coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import Session
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.exchange import Exchange, Origin
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports import text
from mconn_contracts.reports.wording import curls
from mconn_contracts.testing.responses import exchange_of

_SHOWN = 10
"""Findings that a failure shows."""


class ContractError(AssertionError):
    """A response breaks the contract. `findings` has every broken promise, and `str()` says where and what."""

    def __init__(self, message: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(message)
        self.findings = findings


class Contract:
    """Judges the responses of one test by a plan, and remembers them."""

    def __init__(self, plan: Plan, source: str) -> None:
        self.session = Session(plan)
        self._source = source
        self._checked = 0

    def check(self, response: Any, operation: str | None = None) -> tuple[Finding, ...]:
        """Check one response against the contract. Returns the findings that do not fail, such as warnings.

        `response` is one of requests, httpx, Starlette, FastAPI, Flask, Werkzeug, Django or urllib3, or a tuple (status,
        headers, body). `operation` is the operationId, or a schema's name for a bare model; without it, the request's URL
        tells, and else the shape. ContractError for findings at or above `fail-on`; UsageError for what is not a response
        of the contract.
        """
        __tracebackhide__ = True
        exchange = exchange_of(response, Origin(self._source, entry=self._checked), operation)
        self._checked += 1
        if self.session.plan.reader.foreign(exchange) and exchange.request is not None:
            request = exchange.request
            raise UsageError(f"{request.method} {request.url} is not a path of the contract; say which operation this is")
        findings = self.session.observe(exchange).findings
        return self._held(findings, _subject(exchange))

    def conclude(self) -> tuple[Finding, ...]:
        """Compare the responses so far with each other, such as the pages of a walk, and start anew.

        As `check` otherwise.
        """
        __tracebackhide__ = True
        return self._held(self.session.conclude(), "the responses so far")

    def _held(self, findings: Iterable[Finding], subject: str) -> tuple[Finding, ...]:
        __tracebackhide__ = True
        plan = self.session.plan
        new = tuple(finding for finding in findings if (entry := plan.known_as(finding)) is None or entry.expired)
        failing = tuple(finding for finding in new if finding.severity >= plan.fail_on)
        if failing:
            raise ContractError("\n".join(failure(plan, failing, subject)), failing)
        return new


def failure(plan: Plan, findings: tuple[Finding, ...], subject: str) -> Iterator[str]:
    """The findings as lines: code, place, message, and the statement that is broken."""
    number = len(findings)
    yield f"{subject} breaks the contract: {number} finding{'' if number == 1 else 's'}"
    for finding in findings[:_SHOWN]:
        yield f"{finding.code} {finding.name} ({finding.severity.label}) at {finding.pointer or 'the whole body'}"
        yield f"    {finding.message}"
        yield f"  statement: {plan.document.statement(finding.code).statement}"
        for line in curls(finding.shown_by):
            yield f"  shown by: {line}"
    if number > _SHOWN:
        yield f"… and {number - _SHOWN} more"


def verdict_of(plan: Plan, tally: Tally) -> Verdict:
    """The verdict on what was checked in tests."""
    return verdict(plan, tally, without=frozenset({"live", "pin", "expect"}))


def coverage_lines(verdict: Verdict) -> list[str]:
    """What a verdict says of coverage: as the text report, without its findings."""
    return text.REPORT.render(replace(verdict, tally=replace(verdict.tally, kept={}))).splitlines()


def _subject(exchange: Exchange) -> str:
    status = exchange.response.status
    if exchange.request is not None:
        return f"{exchange.request.method} {exchange.request.url} → {status}"
    return f"the response ({status})"
