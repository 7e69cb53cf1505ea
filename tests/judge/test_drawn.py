"""What is found in sessions drawn by their numbers, and what their servers are observed to choose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.judge.drawn import session

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.model.exchange import Exchange, Trace
from mconn_contracts.model.finding import Finding, Severity

GOLDEN = Path(__file__).parent / "rules" / "golden"
PLAN = Plan(load())
NUMBER, PART = 300, 30
"""How many sessions there are, and how many of them a test looks at."""
NAMED = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|\"[^\"]*\"|MC[0-9]+")
OF_SESSIONS = frozenset(rule.code for rule in RULES if rule.on is History)
OF_EACH_ANSWER = {"numbers", "success_members", "failure_members", "rate_limit_fields", "content_coding"}
"""What any answer shows: the vectors have it."""


def entries(shown_by: tuple[Trace, ...]) -> str:
    """The exchanges that show something, by their places in the session."""
    return ",".join(str(each.origin.entry) for each in shown_by)


def line(number: int, finding: Finding) -> str:
    """A finding, with the exchanges that show it, and what its message names; how it is worded is for the vectors to say."""
    place = f"at {finding.entry}{finding.pointer} by {entries(finding.shown_by)}"
    return f"{number} {finding.code} {finding.severity.name.lower()} {place}: {' '.join(NAMED.findall(finding.message))}"


def judge(exchanges: Sequence[Exchange]) -> tuple[list[Finding], list[Choice], frozenset[str]]:
    """The findings of a session, what its server chose, and the codes that were decided."""
    judged = Session(PLAN)
    found = [finding for exchange in exchanges for finding in judged.observe(exchange).findings]
    chosen = [choice for choice in judged.observe_behavior() if choice.name not in OF_EACH_ANSWER]
    return [*found, *judged.conclude()], chosen, frozenset(judged.tally.coverage.decided)


def lines(number: int) -> list[str]:
    """A line for each finding of a session, one for what its server chose, and one for what was decided."""
    found, chosen, decided = judge(session(number))
    words = [f"{each.name} {each.value}{'' if each.certain else ' so far'} by {entries(each.shown_by)}" for each in chosen]
    codes = sorted(code[2:] for code in decided & OF_SESSIONS)
    return [*(line(number, each) for each in found), f"{number} {'; '.join(words)}", f"{number} decides {' '.join(codes)}"]


@pytest.mark.parametrize("start", range(0, NUMBER, PART))
def test_drawn_sessions_are_judged_as_before(start: int, request: pytest.FixtureRequest) -> None:
    """What is found and observed is what it was; `pytest --update-golden` writes what is new, for a diff to be read."""
    path = GOLDEN / f"drawn-{start:03}.txt"
    text = "".join(f"{each}\n" for number in range(start, start + PART) for each in lines(number))
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text("utf-8").splitlines() == text.splitlines()


def test_nothing_is_wrong_where_nothing_was_spoilt() -> None:
    """A server that only chooses is accused of nothing, whatever it was asked."""
    findings = [finding for number in range(60) for finding in judge(session(number, spoilt=False))[0]]

    assert [] == [finding.message for finding in findings if finding.severity is Severity.ERROR]
