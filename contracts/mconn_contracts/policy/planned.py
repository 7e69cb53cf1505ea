"""The plan of a configuration without a command line, and what its verdict is compared with."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mconn_contracts.contract.document import load
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.policy import baseline
from mconn_contracts.policy.choices import Policy
from mconn_contracts.policy.coverage_gate import gaps, parse


def plan_of(values: Mapping[str, Any]) -> Plan:
    """The plan of a configuration, with its baseline."""
    path = values.get("baseline")
    known = () if path is None else baseline.read(Path(path), datetime.datetime.now(datetime.UTC).date())
    return Policy.of(values).plan(load(), known)


def compared(verdict: Verdict, plan: Plan, values: Mapping[str, Any]) -> Verdict:
    """A verdict with the states of its baseline, and with the gaps under the gate of a configuration."""
    least = ",".join(f"{measure}={amount}" for measure, amount in values.get("fail-under", {}).items())
    missing = gaps(verdict, plan.document, parse(least)) if least else ()
    return replace(verdict, baseline=baseline.states(verdict, plan, lambda _: True), gaps=missing)
