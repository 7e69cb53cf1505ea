"""Sends the requests behind the findings of a report again, and says for each whether it is fixed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from mconn_contracts.errors import CouldNotJudgeError, InputError, UsageError
from mconn_contracts.judge.check import Session
from mconn_contracts.judge.plan import Plan
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.client import Ask, Client
from mconn_contracts.live.sender import SAFE_METHODS
from mconn_contracts.live.target import FOREIGN_ACCOUNT, MADE_UP, UNKNOWN_CONNECTOR, Target
from mconn_contracts.live.transport import Transport
from mconn_contracts.model.exchange import Connector, Credential, Intent
from mconn_contracts.model.finding import Severity, is_about_the_run
from mconn_contracts.model.replayed import Now, Replayed, ReplayVerdict
from mconn_contracts.model.tally import Tally
from mconn_contracts.policy.reported import Reported
from mconn_contracts.wire.redaction import PLACEHOLDERS

_PRINTABLE = re.compile(r"[!-~]+")
_PATH = re.compile(r"/accounts/([^/?#]*)/magic/connectors/([^/?#]*)/")
_ACCOUNTS = "/accounts/"
_MOST_WAITED = 120.0
"""Seconds that the server may ask to wait for, for one finding."""
_ANSWERS = 3
"""Answers to a request that a report has once because its answers differed. If the first leaves something out, two more tell
whether that comes and goes."""
_TRIES = 8
"""Times that a request may leave: a 429 and a reset connection are not answer yet."""


_FILES = {"expect": "--expect", "pin": "--behavior"}
"""By what a statement needs, the option of `mconn test` whose file a replay does not have."""


class _NotSentError(Exception):
    """A request does not leave; the message says why."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What a curl line of a report says of a request: header fields of credentials only, by lower-case name."""

    method: str
    url: str
    credentials: Mapping[str, str]


def target_of(report: Reported, url: str | None, credentials: Mapping[str, str]) -> Target:
    """The server to ask: at `url`, or the one that the report is about; UsageError if it names none that goes on."""
    base = report.server if url is None else url
    if base is None:
        raise UsageError(f"{report.path} does not name a server; give the base URL of the server as URL")
    urls = (_line(line).url for finding in report.value["findings"] for line in finding["curl"].splitlines())
    found = next((match for match in map(_PATH.search, urls) if match and not _is_made_up(match)), None)
    account, connector = ("-", "-") if found is None else map(unquote, found.groups())
    return Target(base, account, connector, credentials)


def replay(
    report: Reported, target: Target, plan: Plan, transport: Transport, *, times: int = 1, rate: float | None = None
) -> ReplayVerdict:
    """What becomes of each finding when its requests are sent again, `times` at most, until it is found again.

    Only GET, HEAD and OPTIONS leave, and only for the target. An interrupt, and a server that cannot be asked, end it.
    """
    shown: dict[str, _Shown] = {}
    out: list[Replayed] = []
    sent, why = 0, None
    for finding in report.value["findings"]:
        if is_about_the_run(finding["code"]):
            continue
        if why is None:
            try:
                asks = _asks(report, finding, target, plan)
                if len(asks) == 1 and finding["code"] not in plan.scopes:
                    asks *= _ANSWERS
                so_far = shown.setdefault(finding["curl"], _Shown())
                while len(so_far.rounds) < times and not so_far.has(finding["code"]):
                    session, budget = Session(plan), Budget(len(asks) * _TRIES, wait=_MOST_WAITED, rate=rate)
                    client = Client(target, transport, budget, session.observe)
                    for ask in asks:
                        client.ask(ask)
                    session.conclude()
                    sent += budget.spent
                    so_far.rounds.append(session.tally)
                out.append(_now(finding, so_far, plan))
                continue
            except _NotSentError as error:
                out.append(_replayed(finding, Now.NOT_SENT, str(error)))
                continue
            except (CouldNotJudgeError, BudgetSpentError) as error:
                why = str(error) or f"{target.base_url} asks to wait again and again"
            except KeyboardInterrupt:
                why = "interrupted"
        out.append(_replayed(finding, Now.NOT_SENT, why))
    return ReplayVerdict(str(report.path), target.base_url, tuple(out), sent, why)


@dataclass(slots=True)
class _Shown:
    """What the same requests have shown, each time that they were sent."""

    rounds: list[Tally] = field(default_factory=list)

    def has(self, code: str) -> bool:
        """Whether there is a finding of that code."""
        return any(code in tally.by_code for tally in self.rounds)

    @property
    def errors(self) -> list[str]:
        """The codes of errors that were found."""
        found = (finding for tally in self.rounds for finding in tally.findings())
        return sorted({each.code for each in found if each.severity is Severity.ERROR})

    def decides(self, code: str) -> bool:
        """Whether the answers had what it takes to decide that statement."""
        return any(code in tally.coverage.decided for tally in self.rounds)

    @property
    def statuses(self) -> list[str]:
        """The statuses of the answers."""
        return sorted({str(each) for tally in self.rounds for of in tally.coverage.operations.values() for each in of})


def _now(finding: Mapping[str, Any], shown: _Shown, plan: Plan) -> Replayed:
    code = finding["code"]
    if shown.has(code):
        times = len(shown.rounds)
        words = "" if times == 1 else f"the requests were sent {times} times until it was found again"
        return _replayed(finding, Now.FAILING, words)
    if shown.errors:
        return _replayed(finding, Now.DIFFERENT, f"the answers break {', '.join(shown.errors)}")
    if shown.decides(code):
        return _replayed(finding, Now.FIXED, "")
    if code not in plan.scopes:
        words = f"it could not be decided again: {code} takes more requests than the report has; run `mconn test` again"
        return _replayed(finding, Now.NOT_SENT, words)
    if "200" in shown.statuses:
        return _replayed(finding, Now.FIXED, f"it is not found again, but these answers alone cannot prove {code}")
    statuses = ", ".join(shown.statuses) or "none of the API"
    return _replayed(finding, Now.DIFFERENT, f"the answers ({statuses}) do not decide {code}")


def _replayed(finding: Mapping[str, Any], now: Now, words: str) -> Replayed:
    return Replayed(finding["code"], finding["name"], finding["operation"], finding["pointer"], now, words)


def _asks(report: Reported, finding: Mapping[str, Any], target: Target, plan: Plan) -> list[Ask]:
    """The requests of a finding, for the target alone."""
    option = next((_FILES.get(each.needs) for each in plan.document.statements if each.code == finding["code"]), None)
    if option is not None:
        raise _NotSentError(
            f"it could not be decided again, because that takes the file of {option}; run `mconn test {option}` again"
        )
    lines = [_line(line) for line in finding["curl"].splitlines()]
    if not lines:
        raise _NotSentError("the report has no request for it")
    return [_ask(line, report.server, target) for line in lines]


def _ask(line: _Line, server: str | None, target: Target) -> Ask:
    if line.method not in SAFE_METHODS:
        raise _NotSentError(f"{line.method} is not sent again; only GET, HEAD and OPTIONS are")
    if server is not None:
        base = server.rstrip("/")
        if not line.url.startswith(f"{base}/"):
            raise _NotSentError("its request did not go to the server of the report")
        below = line.url.removeprefix(base)
    else:
        _, found, rest = line.url.partition(_ACCOUNTS)
        if not found:
            raise _NotSentError(f"the path of its request has no {_ACCOUNTS}")
        below = found + rest
    if not _PRINTABLE.fullmatch(below) or "#" in below:
        raise _NotSentError("the URL of its request cannot be sent")
    credential, form = _credential(line.credentials, target)
    path = _PATH.search(below)
    connector = Connector.OWN
    if path is not None and _is_made_up(path):
        connector = Connector.FOREIGN if path[1] == FOREIGN_ACCOUNT else Connector.UNKNOWN
    return Ask(line.method, target.base_url + below, Intent(credential, connector), form)


def _is_made_up(path: re.Match[str]) -> bool:
    return path[1] == FOREIGN_ACCOUNT or path[2] == UNKNOWN_CONNECTOR


def _credential(shown: Mapping[str, str], target: Target) -> tuple[Credential, int]:
    """Which credential a request carried, as a report shows it, and in which way of authentication."""
    for credential, forms in MADE_UP.items():
        for index, fields in enumerate(forms):
            if shown == {name.lower(): value for name, value in fields.items()}:
                return credential, index
    derived = {made: actual for actual, made in target.derived.items()}
    for credential in Credential:
        for index, fields in enumerate(target.forms(credential)):
            if any(derived.get(value) in fields.values() for value in shown.values()):
                return credential, index
    # A report of a run with the other way of authentication is replayed in the user's.
    if all(value.removeprefix("Bearer ") == PLACEHOLDERS[name] for name, value in shown.items()):
        return Credential.VALID, 0
    raise _NotSentError("its request had a credential that the report does not contain")


def _line(text: str) -> _Line:
    """A curl line of a report. InputError if mconn does not write such lines."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    method, url, fields = "GET", "", {}
    rest = iter(words[1:])
    for word in rest:
        match word:
            case "-sS" | "-g" | "--path-as-is" | "--url":
                pass
            case "-I":
                method = "HEAD"
            case "-X":
                method = next(rest, "")
            case "-H":
                name, _, value = next(rest, "").partition(": ")
                fields[name.lower()] = value
            case _:
                url = word
    if words[:2] != ["curl", "-sS"] or not url:
        raise InputError(f"the report has a curl line that mconn does not write: {text[:100]!r}")
    return _Line(method, url, {name: value for name, value in fields.items() if name in PLACEHOLDERS})
