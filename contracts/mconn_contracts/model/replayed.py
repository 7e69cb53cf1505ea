"""What became of the findings of a report when the requests behind them were sent again."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from mconn_contracts.model.outcome import EXIT_CODES, Outcome


class Now(enum.StrEnum):
    """What a finding is now."""

    FIXED = "fixed"
    """It is not found again, and nothing else is; the answers decide its statement, or one of them is a 200."""
    FAILING = "still failing"
    DIFFERENT = "different"
    """The answers break another statement, or are not answers that could decide its own."""
    NOT_SENT = "not sent"
    """Its requests cannot be sent, or are not all that it takes to decide its statement."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A finding of the report, and its state now. `words` explains it."""

    code: str
    name: str
    operation: str | None
    pointer: str
    now: Now
    words: str


@dataclass(frozen=True, slots=True)
class ReplayVerdict:
    """All that a replay came to. `reason` says why it ended before its end."""

    report: str
    server: str
    findings: tuple[Replayed, ...]
    requests: int
    reason: str | None = None

    def total(self, now: Now) -> int:
        """How many findings are that."""
        return sum(each.now is now for each in self.findings)

    @property
    def could_not_judge(self) -> str | None:
        """Why some findings could not be judged. None if all could."""
        if self.reason is None and self.total(Now.NOT_SENT) == len(self.findings):
            if not self.findings:
                return "the report has no finding"
            return "no finding could be decided again" if self.requests else "no request was sent"
        return self.reason

    @property
    def outcome(self) -> Outcome:
        """What it comes to in one word."""
        if self.could_not_judge is not None:
            return Outcome.UNDECIDED
        return Outcome.FAILED if self.total(Now.FAILING) or self.total(Now.DIFFERENT) else Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """What a command exits with."""
        return EXIT_CODES[self.outcome]
