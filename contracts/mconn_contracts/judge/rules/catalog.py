"""All rules, listed module by module. No rule registers itself when it is imported."""

from __future__ import annotations

from typing import Any

from mconn_contracts.judge.rules import (
    agreement,
    envelope,
    expected,
    observations,
    page,
    refusals,
    requests,
    transport,
    walks,
    windows,
)
from mconn_contracts.judge.rules.rule import Rule

RULES: tuple[Rule[Any], ...] = (
    *transport.RULES,
    *envelope.RULES,
    *page.RULES,
    *walks.RULES,
    *agreement.RULES,
    *windows.RULES,
    *expected.RULES,
    *observations.RULES,
    *requests.RULES,
    *refusals.RULES,
)
