"""What a verdict comes to."""

from __future__ import annotations

import pytest
from tests.reports.verdicts import VERDICTS, exercised, finding, verdict

from mconn_contracts.model import Severity
from mconn_contracts.reports.outcome import exit_code, outcome


@pytest.mark.parametrize("fail_on", list(Severity))
@pytest.mark.parametrize("worst", [None, *Severity])
def test_findings_at_or_above_the_level_fail(worst: Severity | None, fail_on: Severity) -> None:
    """Exit code 1 where the worst finding is at or above the level, and 0 below it or without any."""
    each = verdict(*([] if worst is None else [finding(severity=worst)]), tally=exercised(), fail_on=fail_on)
    fails = worst is not None and worst >= fail_on

    assert (("failed", 1) if fails else ("passed", 0)) == (outcome(each), exit_code(each))


def test_what_could_not_be_judged_outranks_findings() -> None:
    """Exit code 3 where something could not be judged, with findings or without."""
    assert [("undecided", 3)] * 2 == [(outcome(VERDICTS[name]), exit_code(VERDICTS[name])) for name in ("undecided", "nothing")]
