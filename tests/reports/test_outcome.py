"""What a verdict comes to."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from jsonschema import Draft202012Validator
from tests.reports.test_json import SCHEMA
from tests.reports.verdicts import VERDICTS, exercised, finding, verdict

from mconn_contracts.model.finding import Severity
from mconn_contracts.model.known import EntryState, Known
from mconn_contracts.reports import json as report
from mconn_contracts.reports import text


@pytest.mark.parametrize("fail_on", list(Severity))
@pytest.mark.parametrize("worst", [None, *Severity])
def test_findings_at_or_above_the_level_fail(worst: Severity | None, fail_on: Severity) -> None:
    """Exit code 1 where the worst finding is at or above the level, and 0 below it or without any."""
    each = verdict(*([] if worst is None else [finding(severity=worst)]), tally=exercised(), fail_on=fail_on)
    fails = worst is not None and worst >= fail_on

    assert (("failed", 1) if fails else ("passed", 0)) == (each.outcome, each.exit_code)


def test_what_could_not_be_judged_outranks_findings() -> None:
    """Exit code 3 where something could not be judged, with findings or without."""
    assert [("undecided", 3)] * 2 == [(VERDICTS[name].outcome, VERDICTS[name].exit_code) for name in ("undecided", "nothing")]


@pytest.mark.parametrize(
    "states, changes, expected",
    [
        (("known", "unseen"), {}, ("known", 0)),
        (("unseen",), {}, ("passed", 0)),
        (("expired",), {}, ("passed", 0)),
        (("known", "stale"), {}, ("stale", 1)),
        (("stale",), {"gaps": ("kinds: 1 of 2",)}, ("failed", 1)),
        ((), {"gaps": ("kinds: 1 of 2",)}, ("failed", 1)),
        (("stale",), {"gaps": ("kinds: 1 of 2",), "could_not_judge": "interrupted"}, ("undecided", 3)),
    ],
)
def test_a_baseline_and_a_gate_have_outcomes(
    states: tuple[Literal["known", "stale", "expired", "unseen"], ...], changes: dict[str, object], expected: tuple[str, int]
) -> None:
    """Known findings pass, gone ones and too little exercised fail, and what could not be judged outranks all."""
    known = Known("MC301", "why", "listEvents", pointer="/result/count", expires="2027-01-01")
    each = verdict(tally=exercised(), baseline=tuple(EntryState(known, state, 3) for state in states), **changes)

    assert expected == (each.outcome, each.exit_code)
    assert [] == list(Draft202012Validator(SCHEMA).iter_errors(json.loads(report.REPORT.render(each))))
    shown = text.REPORT.render(each)
    assert ("stale" in states) == ("MC301 listEvents /result/count: gone; remove it from the baseline" in shown)
    assert all(gap in shown for gap in each.gaps)
