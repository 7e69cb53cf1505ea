"""What a decoder made of each vector."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mconn_contracts.model.outcome import EXIT_CODES, Outcome


class Expected(enum.StrEnum):
    """What a decoder must do with a body."""

    ACCEPT = "accept"
    """It keeps the contract."""
    EITHER = "either"
    """It breaks the contract in a way that a decoder may pass on, such as an unknown kind or an undeclared property."""
    REFUSE = "refuse"
    """It is not a JSON text, or does not have the shape that its schema declares."""


class Made(enum.StrEnum):
    """What a decoder made of a body."""

    RIGHT = "right"
    REFUSED = "refused"
    """It refuses a body that keeps the contract."""
    OTHER_KIND = "other kind"
    """It takes an event for one of another kind."""
    CHANGED = "changed"
    """What it writes back is another value."""
    FAILED = "failed"
    """It died, hung, or printed something else than an answer."""
    LENIENT = "lenient"
    """It accepts a body that breaks the contract."""
    UNANSWERED = "unanswered"
    """It was not asked, or had ended before it came to it."""


WRONG = frozenset({Made.REFUSED, Made.OTHER_KIND, Made.CHANGED, Made.FAILED})


@dataclass(frozen=True, slots=True)
class Decoded:
    """One vector and what the decoder made of it. `words` says what is wrong."""

    id: str
    expected: Expected
    made: Made
    words: str = ""


@dataclass(frozen=True, slots=True)
class DecoderVerdict:
    """All that a decoder came to. `reason` says why not every vector was answered; `strict` that leniency fails."""

    command: Sequence[str]
    contract_version: str
    decoded: tuple[Decoded, ...]
    reason: str | None = None
    strict: bool = False
    _counts: Counter[tuple[Expected, Made]] = field(default_factory=Counter, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._counts.update((each.expected, each.made) for each in self.decoded)

    def count(self, expected: Expected, made: Made) -> int:
        """How many bodies of a sort came to that."""
        return self._counts[expected, made]

    def total(self, made: Made) -> int:
        """How many bodies came to that."""
        return sum(self.count(expected, made) for expected in Expected)

    @property
    def outcome(self) -> Outcome:
        """What it comes to in one word."""
        if self.reason is not None:
            return Outcome.UNDECIDED
        wrong = WRONG | ({Made.LENIENT} if self.strict else set())
        return Outcome.FAILED if any(map(self.total, wrong)) else Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """What a command exits with."""
        return EXIT_CODES[self.outcome]
