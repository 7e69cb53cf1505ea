"""Entries of a baseline: findings that are known and do not fail a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
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

    def is_of_any(self, sources: frozenset[str]) -> bool:
        """Whether one of these sources is one that it is about."""
        if self.source is None or ANY in self.source:
            return any(map(self.is_of, sources))
        return self.source in sources


class KnownFindings:
    """The entries of a baseline, found by the findings that they cover: by code, pointer and source, not one by one."""

    def __init__(self, entries: Iterable[Known]) -> None:
        self._entries: dict[tuple[str, str | None, str | None], list[tuple[int, Known]]] = {}
        self._with_a_star: dict[tuple[str, str | None], list[tuple[int, Known]]] = {}
        for place in enumerate(entries):
            _, entry = place
            if entry.source is not None and ANY in entry.source:
                self._with_a_star.setdefault((entry.code, entry.pointer), []).append(place)
            else:
                self._entries.setdefault((entry.code, entry.pointer, entry.source), []).append(place)
        self.codes = frozenset(code for code, *_ in (*self._entries, *self._with_a_star))

    def covering(self, finding: Finding) -> list[Known]:
        """The entries that cover a finding, in their order."""
        if finding.code not in self.codes:
            return []
        found: dict[int, Known] = {}
        for pointer in {None, finding.pointer, any_index(finding.pointer)}:
            found.update(self._with_a_star.get((finding.code, pointer), ()))
            for source in (None, finding.source):
                found.update(self._entries.get((finding.code, pointer, source), ()))
        return [entry for _, entry in sorted(found.items()) if entry.covers(finding)]


@dataclass(frozen=True, slots=True)
class EntryState:
    """What an entry of a baseline came to in a run.

    `known`: so many findings were met. `stale`: none is there any more. `expired`: its last day is over, so its findings
    count again. `unseen`: this run could not tell.
    """

    entry: Known
    state: Literal["known", "stale", "expired", "unseen"]
    findings: int = 0
