"""What a run comes to, in one word and in an exit code."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType


class Outcome(enum.StrEnum):
    """What a run comes to, as reports say it. Each outranks those before it."""

    PASSED = "passed"
    KNOWN = "known"
    """Nothing fails but findings that the baseline has."""
    STALE = "stale"
    """A known finding of the baseline is gone."""
    FAILED = "failed"
    """There is a finding at or above the level that fails, or less was exercised than was asked for."""
    UNDECIDED = "undecided"
    """Not everything could be judged."""


EXIT_CODES: Mapping[Outcome, int] = MappingProxyType(
    {Outcome.PASSED: 0, Outcome.KNOWN: 0, Outcome.STALE: 1, Outcome.FAILED: 1, Outcome.UNDECIDED: 3}
)
"""The exit codes of a command. The reports do not change them."""
