"""Entries of a baseline: findings that are known and do not fail a run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from mconn_contracts.model.finding import ANY, Finding, any_index


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of a baseline: findings that do not fail. What is None may be anything; a star
    stands for any one index of a pointer, and any part of a source.

    `expires` is the last day on which it holds, as YYYY-MM-DD; `expired` says that this day is over.
    """

    code: str
    reason: str
    operation: str | None = None
    source: str | None = None
    pointer: str | None = None
    expires: str | None = None
    expired: bool = False

    @classmethod
    def of(cls, finding: Finding, reason: str = "") -> Known:
        """The entry for a finding and its like: wherever in an array, and on whatever live server."""
        live = finding.source.startswith(("http://", "https://"))
        return cls(finding.code, reason, finding.operation, None if live else finding.source, any_index(finding.pointer))

    @property
    def key(self) -> str:
        """What it is told by, apart from its reason and its last day."""
        return json.dumps([self.code, self.operation, self.source, self.pointer])

    def covers(self, finding: Finding) -> bool:
        """Whether it is about that finding."""
        return (
            self.code == finding.code
            and self.operation in (None, finding.operation)
            and (self.pointer is None or self.pointer in (finding.pointer, any_index(finding.pointer)))
            and (self.source is None or self.is_of(finding.source))
        )

    def is_of(self, source: str) -> bool:
        """Whether a source is the one that it is about; a star stands for any text."""
        if self.source is None or ANY not in self.source:
            return self.source in (None, source)
        return re.fullmatch(".*".join(map(re.escape, self.source.split(ANY))), source, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an entry of a baseline came to in a run.

    `known`: so many findings were met. `stale`: none is there any more. `expired`: its last day is over, so its findings
    count again. `unseen`: this run could not tell.
    """

    entry: Known
    state: Literal["known", "stale", "expired", "unseen"]
    findings: int = 0
