"""What a verdict comes to, in one word and in an exit code."""

from __future__ import annotations

from typing import Literal

from mconn_contracts.model.verdict import Verdict

Outcome = Literal["passed", "known", "stale", "failed", "undecided"]


def outcome(verdict: Verdict) -> Outcome:
    """`undecided` outranks `failed`, as exit code 3 outranks 1; `failed` outranks `stale`, and that `known`.

    A run fails by a finding at or above `fail_on`, and by exercising less than was asked for. It is `stale` where a known
    finding is gone, and `known` where such findings are all that there is.
    """
    if verdict.could_not_judge is not None:
        return "undecided"
    worst = verdict.tally.worst()
    if verdict.gaps or (worst is not None and worst >= verdict.fail_on):
        return "failed"
    states = {each.state for each in verdict.baseline}
    if "stale" in states:
        return "stale"
    return "known" if "known" in states else "passed"


def exit_code(verdict: Verdict) -> int:
    """0 nothing at or above `fail_on`, 1 findings, known ones that are gone, or too little exercised; 3 could not judge."""
    return {"passed": 0, "known": 0, "stale": 1, "failed": 1, "undecided": 3}[outcome(verdict)]
