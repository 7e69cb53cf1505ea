"""What tells one report from a later one."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from mconn_contracts.model.finding import Severity
from mconn_contracts.model.outcome import EXIT_CODES, Outcome


class Change(enum.StrEnum):
    """What became of findings that are alike."""

    NEW = "new"
    GROWN = "grown"
    """There are more of them."""
    GONE = "gone"
    UNSEEN = "unseen"
    """They are not there, but the later run would not have met them: it was cut short, or did not decide their statement, or
    had no answer of their operation."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Findings that are alike: of one statement, and, where both reports list all of those, at one place.

    `operation`, `source` and `pointer` are of the place, a star in the pointer for any index; None if nothing is known of
    it. `message` is of the first one.
    """

    change: Change
    code: str
    name: str
    severity: Severity
    operation: str | None
    source: str | None
    pointer: str | None
    message: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that changed from `old` to `new`, the paths of two reports. `reason` says why the later run is undecided."""

    old: str
    new: str
    changes: tuple[Changed, ...]
    fail_on: Severity = Severity.ERROR
    reason: str | None = None

    def of(self, change: Change) -> tuple[Changed, ...]:
        """The changes of that sort."""
        return tuple(each for each in self.changes if each.change is change)

    @property
    def outcome(self) -> Outcome:
        """What it comes to in one word: it fails where something is new or has grown."""
        if self.reason is not None:
            return Outcome.UNDECIDED
        worse = (*self.of(Change.NEW), *self.of(Change.GROWN))
        return Outcome.FAILED if any(each.severity >= self.fail_on for each in worse) else Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """What a command exits with."""
        return EXIT_CODES[self.outcome]
