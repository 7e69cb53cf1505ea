"""Entries of a baseline: findings that are known and do not fail a run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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
    folders: tuple[str, ...] = field(default=(), compare=False)
    """The working folder, then that of the baseline, both absolute: a relative source is below either."""

    @classmethod
    def of(cls, finding: Finding, reason: str = "") -> Known:
        """The entry for a finding and others like it, at any index of an array and on any live server."""
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

    @property
    def sources(self) -> frozenset[str]:
        """The source as it may be spelled: as it stands, and as an absolute path."""
        if self.source is None or not _is_path(self.source):
            return frozenset(filter(None, (self.source,)))
        return frozenset((self.source, *(_absolute(folder, self.source) for folder in self.folders)))

    def is_of(self, source: str) -> bool:
        """Whether a source, however its path is spelled, is the one that it is about; a star stands for any text."""
        if self.source is None:
            return True
        forms = spelled([source], self.folders[0]) if self.folders else {source}
        if ANY not in self.source:
            return not self.sources.isdisjoint(forms)
        patterns = [re.compile(".*".join(map(re.escape, each.split(ANY))), re.DOTALL) for each in self.sources]
        return any(pattern.fullmatch(each) for pattern in patterns for each in forms)

    def is_of_any(self, sources: frozenset[str]) -> bool:
        """Whether one of these sources, which are `spelled`, is one that it is about."""
        if self.source is None or ANY in self.source:
            return any(map(self.is_of, sources))
        return not self.sources.isdisjoint(sources)


def spelled(sources: Iterable[str], folder: str) -> frozenset[str]:
    """Sources as they stand, and as the absolute paths that they are in a folder."""
    return frozenset(form for each in sources for form in (each, _absolute(folder, each) if _is_path(each) else each))


def _is_path(source: str) -> bool:
    return "://" not in source and not source.startswith("<")


def _absolute(folder: str, source: str) -> str:
    return os.path.normpath(os.path.join(folder, source))  # noqa: PTH118 - pathlib keeps `..`


class KnownFindings:
    """The entries of a baseline, found by the findings that they cover: by code, pointer and source, not one by one."""

    def __init__(self, entries: Iterable[Known]) -> None:
        self.known = tuple(entries)
        self._entries: dict[tuple[str, str | None, str | None], list[tuple[int, Known]]] = {}
        self._with_a_star: dict[tuple[str, str | None], list[tuple[int, Known]]] = {}
        for place in enumerate(self.known):
            _, entry = place
            if entry.source is not None and ANY in entry.source:
                self._with_a_star.setdefault((entry.code, entry.pointer), []).append(place)
            else:
                for source in entry.sources or (None,):
                    self._entries.setdefault((entry.code, entry.pointer, source), []).append(place)
        self._folder = next((entry.folders[0] for entry in self.known if entry.folders), None)
        self.codes = frozenset(code for code, *_ in (*self._entries, *self._with_a_star))

    def covering(self, finding: Finding) -> list[Known]:
        """The entries that cover a finding, in their order."""
        if finding.code not in self.codes:
            return []
        found: dict[int, Known] = {}
        sources: set[str | None] = {None, finding.source}
        if self._folder is not None:
            sources |= spelled([finding.source], self._folder)
        for pointer in {None, finding.pointer, any_index(finding.pointer)}:
            found.update(self._with_a_star.get((finding.code, pointer), ()))
            for source in sources:
                found.update(self._entries.get((finding.code, pointer, source), ()))
        return [entry for _, entry in sorted(found.items()) if entry.covers(finding)]


@dataclass(frozen=True, slots=True)
class EntryState:
    """The state of an entry of a baseline in a run.

    `known`: the run has some of its findings. `stale`: all of them are gone. `expired`: its last day is over, so its findings
    count again. `unseen`: this run could not tell.
    """

    entry: Known
    state: Literal["known", "stale", "expired", "unseen"]
    findings: int = 0
