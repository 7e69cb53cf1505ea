"""What a verdict comes to, in one word and in an exit code."""

from __future__ import annotations

from typing import Literal

from mconn_contracts.model import Verdict

Outcome = Literal["passed", "failed", "undecided"]


def outcome(verdict: Verdict) -> Outcome:
    """`undecided` outranks `failed`, as exit code 3 outranks 1."""
    if verdict.could_not_judge is not None:
        return "undecided"
    worst = verdict.tally.worst()
    return "failed" if worst is not None and worst >= verdict.fail_on else "passed"


def exit_code(verdict: Verdict) -> int:
    """0 nothing at or above `fail_on`, 1 findings, 3 could not judge."""
    return {"passed": 0, "failed": 1, "undecided": 3}[outcome(verdict)]
