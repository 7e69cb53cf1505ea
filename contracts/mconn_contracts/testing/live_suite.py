"""The live suite as pytest items: one for each statement."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.rules.deciders import decidable
from mconn_contracts.live.credentials import credentials, credentials_of, header_fields
from mconn_contracts.live.expected import read_expected
from mconn_contracts.live.http import Tls
from mconn_contracts.live.pinned import read_behavior
from mconn_contracts.live.profiles import PROFILES, THOROUGH
from mconn_contracts.live.run import Run, RunSettings, asked_for
from mconn_contracts.live.target import VENDOR_RATE, Target
from mconn_contracts.model.finding import is_about_the_run
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process import signals
from mconn_contracts.testing.contract import failure

_ACCOUNT, _CONNECTOR = "CLOUDFLARE_ACCOUNT_ID", "MCONN_CONNECTOR_ID"
RUN = "run"
"""The item of the run itself: whether everything could be judged."""


@dataclass(frozen=True)
class LiveRun:
    """What a live run came to, and what pytest is to exit with, where a signal ended the run."""

    verdict: Verdict
    exit_code: int | None = None


class LiveError(AssertionError):
    """A statement is broken by the server, or could not be judged. `str()` is what a report shows."""


class StatementItem(pytest.Item):
    """One statement, judged by the live run."""

    def __init__(self, *, code: str, plan: Plan, run: Callable[[], Verdict], **options: Any) -> None:
        super().__init__(**options)
        self._code = code
        self._plan = plan
        self._run = run

    def runtest(self) -> None:
        """Fail where the server breaks the statement, and skip where the run could not decide it.

        What a run has not shown to be broken that did not come to its end, nobody knows: that fails as well.
        """
        verdict = self._run()
        codes = tuple(filter(is_about_the_run, verdict.tally.kept)) if self._code == RUN else (self._code,)
        findings = tuple(
            finding for code in codes for finding in verdict.tally.kept.get(code, ()) if finding.severity >= verdict.fail_on
        )
        if findings:
            place = findings[0].operation or "the server"
            lines = list(failure(self._plan, findings, place))
            total = sum(verdict.tally.by_code[code] for code in codes)
            if total > len(findings):
                lines.append(f"{total} findings in all")
            raise LiveError("\n".join(lines))
        if verdict.could_not_judge is not None:
            raise LiveError(f"not everything could be judged: {verdict.could_not_judge}")
        if self._code != RUN and self._code in verdict.undecided:
            pytest.skip("the run could not decide this statement")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The lines of a broken statement; a traceback of anything else."""
        if isinstance(excinfo.value, LiveError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Where it is, as reports show it."""
        return "mconn", None, self.name


def statement_items(
    session: pytest.Session, plan: Plan, run: Callable[[], Verdict], options: Mapping[str, Any]
) -> list[pytest.Item]:
    """The item of the run, and one for each statement that a live run with these options can judge, sorted by code."""
    without = {"request", "pin", *(() if "expect" in options else ("expect",))}
    asked = asked_for(options.get("operation", ()))
    names = {
        statement.code: f"{statement.code}-{statement.name}"
        for statement in sorted(plan.document.statements, key=lambda each: each.code)
        if plan.judges(statement.code)
        and statement.needs not in without
        and not statement.about_the_run
        and decidable(plan.document, statement, asked)
    }
    return [
        StatementItem.from_parent(session, name=name, nodeid=f"mconn::{name}", code=code, plan=plan, run=run)
        for code, name in ({RUN: "run"} | names).items()
    ]


def run(url: str, plan: Plan, options: Mapping[str, Any], profile: str | None, seed: int | None) -> LiveRun:
    """Run against a server as `mconn test` does, with the table `test` of the configuration as `options`.

    UsageError if the account, the connector or the credential is missing, CouldNotJudgeError if the run has come to
    nothing, as where no server answers.
    """
    account = os.environ.get(_ACCOUNT) or options.get("account-id")
    connector = os.environ.get(_CONNECTOR) or options.get("connector-id")
    for value, variable, key in ((account, _ACCOUNT, "account-id"), (connector, _CONNECTOR, "connector-id")):
        if not value:
            raise UsageError(f"no {key}: set {variable} in the environment, or {key} in [tool.mconn.test]")
    command, behavior, expect = (options.get(name) for name in ("token-command", "behavior", "expect"))
    fields = credentials(os.environ) if command is None else {}
    headers = header_fields(options.get("header", ()), options.get("user-agent"))
    target = Target(url, str(account), str(connector), fields, headers)
    ca_file, client_cert = (Path(options[name]) if name in options else None for name in ("ca-file", "client-cert"))
    settings = RunSettings(
        profile=PROFILES[profile or options.get("profile", "standard")],
        seed=options.get("seed", 0) if seed is None else seed,
        max_time=options.get("max-time"),
        rate_limit=options.get("rate-limit", VENDOR_RATE if target.public else None),
        max_findings=options.get("max-findings"),
        workers=options.get("workers", 1),
        wait=options.get("wait", 0.0),
        tls=Tls(ca_file, client_cert),
        renew=None if command is None else partial(credentials_of, command),
        expected=None if expect is None else read_expected(Path(expect), plan, target.connector_id),
        power=options.get("power", (profile or options.get("profile")) == THOROUGH.name),
        operations=asked_for(options.get("operation", ())),
        pinned=None if behavior is None else read_behavior(Path(behavior)),
    )
    with signals.in_order(), signals.held():
        asked = Run(target, plan, settings)
        verdict = asked.execute()
        if settings.power:
            from mconn_contracts.live.power import measured

            verdict = measured(asked, verdict)
        live = LiveRun(verdict, signals.exit_code())
    worst, reason = live.verdict.tally.worst(), live.verdict.could_not_judge
    if live.exit_code is None and reason is not None and (worst is None or worst < live.verdict.fail_on):
        raise CouldNotJudgeError(reason)
    return live
