"""A broken promise at a place, and the statement that it breaks."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace

from mconn_contracts.model.exchange import Trace

_INDEX = re.compile(r"(?<=/)(?:0|[1-9][0-9]*)(?=/|\Z)")
ANY = "*"
"""In the pointer of a group of findings: any one index of an array."""


class Severity(enum.IntEnum):
    """How much a finding matters; ordered."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The name used in reports and options: `info`, `warning`, `error`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Statement:
    """One promise of the contract, as an `x-contracts` entry says it. `pointer` leads to it in the document."""

    code: str
    name: str
    severity: Severity
    basis: str
    statement: str
    why: str
    pointer: str
    needs: str
    """What decides it: `response`, `request`, `session` (several responses), `live` (the sender's knowledge), `pin` (a behavior
    file) or `expect` (a file of events).
    """
    explains: tuple[str, ...] = ()
    """Codes whose findings follow from this one's in the same session."""

    @property
    def about_the_run(self) -> bool:
        """Whether it is about this tool, which could not judge something, and not about the API."""
        return is_about_the_run(self.code)


def is_about_the_run(code: str) -> bool:
    """Whether the statement of that code is about the run itself: those are MC9xx."""
    return code.startswith("MC9")


Place = tuple[str, int | None, int | None, str]
"""Where a finding is: source, line, entry and pointer."""


@dataclass(frozen=True, slots=True)
class Position:
    """The first character of a value within the text of a source: line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Witness:
    """What two documents are told apart by: what was sent or answered, and what the judge says of it by either."""

    payload: str
    """On one line."""
    base: str
    revision: str
    documents: tuple[str, str]
    """What people call the two."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, at a place: facts only; reports word them. Fields are named as in the JSON report, version 1."""

    code: str
    name: str
    severity: Severity
    message: str
    operation: str | None = None
    source: str = ""
    line: int | None = None
    entry: int | None = None
    pointer: str = ""
    spec: str = ""
    shown_by: tuple[Trace, ...] = ()
    """The exchanges whose requests show it, its own last."""
    status: int | None = None
    excerpt: tuple[str, str, str] = ("", "", "")
    """Lines of the response's body before the place, of the place, and after it; empty if it is of no one body.

    This and the status are for people: the JSON report has neither. It is made once a finding is kept.
    """

    witness: Witness | None = None
    """Of a change between two documents; None if no payload shows it."""

    @property
    def place(self) -> Place:
        """Its place in its source."""
        return self.source, self.line, self.entry, self.pointer

    @property
    def in_file(self) -> bool:
        """Whether its source is a file, and neither a server, nor a URL, nor standard input."""
        return bool(self.source) and "://" not in self.source and not self.source.startswith("<")

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The total order of findings: source, line, entry, pointer, code, message, and then all other members."""
        return (
            self.source,
            self.line or 0,
            -1 if self.entry is None else self.entry,
            self.pointer,
            self.code,
            self.message,
            self.operation or "",
            self.spec,
            tuple(trace.sort_key for trace in self.shown_by),
            self.name,
            self.severity,
            self.status or 0,
            self.excerpt,
        )

    def below(self, lines: int) -> Finding:
        """The same finding, moved down its source by a number of lines."""
        if not lines or self.line is None:
            return self
        shown_by = tuple(
            trace if (line := trace.origin.line) is None else replace(trace, origin=replace(trace.origin, line=line + lines))
            for trace in self.shown_by
        )
        return replace(self, line=self.line + lines, shown_by=shown_by)


def any_index(pointer: str) -> str:
    """A JSON Pointer with a star for each index of an array, as findings have it that differ in nothing else."""
    return _INDEX.sub(ANY, pointer)
