"""What a command came to, as rows in tables: the same for every format, and for every command that has no verdict of its own."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from mconn_contracts.model.outcome import Outcome


class State(enum.Enum):
    """What a row is to the outcome."""

    GOOD = "good"
    BAD = "bad"
    """It fails the run, or counts against it."""
    NOTED = "noted"
    """It is not as one would have it, and fails nothing."""
    SKIPPED = "skipped"
    """It does not count: nothing was seen of it, it is known, or no gate is about it."""
    UNDECIDED = "undecided"
    """It should have been judged, and could not be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its name, the result in a word or two, what that means, and a cell for each column of its table.

    `about` is what the row is, for a reader who has nothing else of the table. `said` is text of the user's program.
    """

    name: str
    result: str
    state: State
    words: str = ""
    cells: tuple[str, ...] = ()
    about: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one sort. `id` is its name in programs, `subject` what a row is, `score` what its rows come to."""

    id: str
    title: str
    subject: str
    rows: Sequence[Row]
    columns: tuple[str, ...] = ()
    score: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The result of a command. `summary` is a line without the outcome, `tiles` are its numbers, each with its unit.

    `notes` are for people: why it fails, or could not be judged. `run` has the same as rows, for programs. A `brief` listing
    has many good rows, and a text for people leaves them out.
    """

    command: str
    outcome: Outcome
    summary: str
    tables: Sequence[Table]
    tiles: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    run: Sequence[Row] = ()
    brief: bool = False


def undecided(reason: str | None) -> tuple[Row, ...]:
    """The row of a run that could not judge everything. No row if it could."""
    return () if reason is None else (Row("could not judge", "undecided", State.UNDECIDED, reason),)
