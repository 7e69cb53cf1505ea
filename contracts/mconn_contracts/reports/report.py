"""What a report is: a name, a pure renderer, and what it needs of a run."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mconn_contracts.model.verdict import Verdict


class Need(enum.Enum):
    """What a verdict has only where a report was to show it. The value says who has it."""

    POSITIONS = "line and column of the findings in recorded files (mconn validate)"
    DOCUMENT_LINES = "lines of the document, for findings in no file (mconn test)"
    EVERY = "every finding of a run over captures (mconn validate)"
    EXCHANGES = "every exchange of a live run (mconn test)"


@dataclass(frozen=True, slots=True)
class Report:
    """One format of reports. `--report NAME=PATH` asks for it."""

    name: str
    pieces: Callable[[Verdict], Iterable[str]]
    """The text of the report on a verdict, piece by piece; the same verdict gives the same text."""
    needs: frozenset[Need] = frozenset()
    for_terminals: bool = False
    """Whether standard output gets it as the terminal can show it; the others are UTF-8 everywhere."""

    def render(self, verdict: Verdict) -> str:
        """The whole text of the report."""
        return "".join(self.pieces(verdict))
