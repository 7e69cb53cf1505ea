"""What a run counted: findings, and what was exercised. Any split of the work merges to the same values."""

from __future__ import annotations

import bisect
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mconn_contracts.model.exchange import Origin
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.undeclared import Undeclared

MOST_UNKNOWN_KINDS = 100
"""Kinds that the document does not declare, counted each by its name: the first of them in the order of text."""
OTHER_KINDS = "(other kinds)"
"""The name under which the events of all further undeclared kinds are counted together."""
_LONGEST_KIND = 100
UNKNOWN_STATUS = "unknown"
"""What stands for a status that was not recorded."""

Key = TypeVar("Key", bound=Hashable)


@dataclass
class Coverage:
    """What a run exercised: exchanges per operation and status, events per kind, statements decided. Mergeable."""

    operations: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    """Events by kind: every declared one, some undeclared ones, and the others together."""
    decided_on: dict[str, set[str]] = field(default_factory=dict)
    """The codes that exchanges of an operation decided by themselves, by operationId; what else was, under the empty text."""
    declared: frozenset[str] = frozenset()
    """The kinds that the document declares. Parts that are merged are of one document."""

    @property
    def decided(self) -> frozenset[str]:
        """The codes that were decided, on exchanges of any operation or over a session. Made anew each time."""
        return frozenset().union(*self.decided_on.values())

    @property
    def answered(self) -> frozenset[str]:
        """The operations that were answered with 200 at least once, or by a recorded body whose status is not known."""
        return frozenset(name for name, statuses in self.operations.items() if statuses.keys() & {"200", UNKNOWN_STATUS})

    def decide(self, codes: Iterable[str], operation: str | None) -> None:
        """Note that codes were decided, on an exchange of an operation or over a session (None)."""
        self.decided_on.setdefault(operation or "", set()).update(codes)

    def saw_status(self, operation: str, status: int | None, number: int = 1) -> None:
        """Count exchanges of an operation; an unrecorded status counts under `unknown`."""
        statuses = self.operations.setdefault(operation, {})
        key = UNKNOWN_STATUS if status is None else str(status)
        statuses[key] = statuses.get(key, 0) + number

    def saw_kind(self, kind: str, number: int = 1) -> None:
        """Count sightings of an event kind, in full events."""
        if kind in self.kinds:
            self.kinds[kind] += number
            return
        if len(kind) > _LONGEST_KIND:
            kind = kind[: _LONGEST_KIND - 1] + "…"
        self.kinds[kind] = self.kinds.get(kind, 0) + number
        self._bound_kinds()

    def merge(self, other: Coverage) -> None:
        """Add another part's counts to this one."""
        for operation, statuses in other.operations.items():
            _add(self.operations.setdefault(operation, {}), statuses)
        self.declared |= other.declared
        _add(self.kinds, other.kinds)
        self._bound_kinds()
        for operation, codes in other.decided_on.items():
            self.decided_on.setdefault(operation, set()).update(codes)

    def _bound_kinds(self) -> None:
        # A name that is one of the first in the end has always been one of them, so its count is exact.
        if len(self.kinds) <= MOST_UNKNOWN_KINDS:
            return
        unknown = self.kinds.keys() - self.declared - {OTHER_KINDS}
        for kind in sorted(unknown)[MOST_UNKNOWN_KINDS:]:
            self.kinds[OTHER_KINDS] = self.kinds.get(OTHER_KINDS, 0) + self.kinds.pop(kind)


@dataclass
class Tally:
    """Exact counts per code, and the `cap` smallest findings of each by `Finding.sort_key`.

    Any split of the work, merged in any order, gives the same tally.
    """

    cap: int = 20
    exchanges: int = 0
    events: int = 0
    foreign: int = 0
    """Recorded entries that belong to other APIs: counted, never judged."""
    unanswered: int = 0
    """Recorded requests that never got a response, as a browser blocks them: counted, never judged."""
    unread: int = 0
    """Responses whose body was not kept, or cannot be unpacked: nothing of it was judged."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Files that were not looked at, or are not captures of this API, by the ending of their names."""
    unrelated: int = 0
    """Answers that were judged alone and not compared with others, because a session keeps a limited number of events."""
    by_operation: dict[str, dict[str, dict[Severity, int]]] = field(default_factory=dict)
    """Findings by code, operationId and severity; those of no operation are under the empty text."""
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    known: dict[str, int] = field(default_factory=dict)
    """Findings that a baseline has, by the keys of its entries."""
    collected: dict[str, int] = field(default_factory=dict)
    """Findings for a baseline to be written, by the keys of their entries."""
    undeclared: Undeclared = field(default_factory=Undeclared)
    """The undeclared kinds and fields, if the run gathers them."""

    @property
    def by_code(self) -> dict[str, int]:
        """Findings by code."""
        return {
            code: sum(sum(severities.values()) for severities in operations.values())
            for code, operations in self.by_operation.items()
        }

    @property
    def by_severity(self) -> dict[Severity, int]:
        """Findings by severity, of those severities that there are."""
        found: dict[Severity, int] = {}
        for operations in self.by_operation.values():
            for severities in operations.values():
                _add(found, severities)
        return found

    def worst(self) -> Severity | None:
        """The highest severity counted, or None without findings."""
        return max(self.by_severity, default=None)

    def add(self, finding: Finding) -> None:
        """Count a finding and keep it if it is among the smallest of its code."""
        self.count(finding.code, finding.severity, 1, finding.operation)
        self._keep(finding.code, (finding,))

    def keeps(self, finding: Finding) -> bool:
        """Whether a finding would be among the smallest of its code, were it added. What it lacks of an excerpt may decide."""
        kept = self.kept.get(finding.code, [])
        return len(kept) < self.cap or not kept[-1].sort_key < finding.sort_key

    def settled(self, code: str, origin: Origin) -> bool:
        """Whether no finding of that code would be kept from a place on, at later ones of the same source either."""
        kept = self.kept.get(code) or []
        return len(kept) >= self.cap and _place(kept[-1]) < _place(origin)

    def count(self, code: str, severity: Severity, number: int, operation: str | None) -> None:
        """Count findings that would not be kept, which is for the caller to know."""
        severities = self.by_operation.setdefault(code, {}).setdefault(operation or "", {})
        severities[severity] = severities.get(severity, 0) + number

    def merge(self, other: Tally) -> None:
        """Add another part's counts and findings to this one."""
        self.exchanges += other.exchanges
        self.events += other.events
        self.foreign += other.foreign
        self.unanswered += other.unanswered
        self.unrelated += other.unrelated
        self.unread += other.unread
        _add(self.left_out, other.left_out)
        for code, operations in other.by_operation.items():
            mine = self.by_operation.setdefault(code, {})
            for operation, severities in operations.items():
                _add(mine.setdefault(operation, {}), severities)
        _add(self.known, other.known)
        _add(self.collected, other.collected)
        for code, findings in other.kept.items():
            self._keep(code, findings)
        self.coverage.merge(other.coverage)
        self.undeclared.merge(other.undeclared)

    def accepted(self) -> Tally:
        """The tally as if a baseline had had all that was collected for it: no finding counts any more."""
        return replace(self, by_operation={}, kept={}, known={**self.known, **self.collected}, collected={})

    def findings(self) -> list[Finding]:
        """The kept findings of all codes, in the total order."""
        return sorted((finding for kept in self.kept.values() for finding in kept), key=lambda finding: finding.sort_key)

    def _keep(self, code: str, findings: Iterable[Finding]) -> None:
        kept = self.kept.setdefault(code, [])
        for finding in findings:
            if kept and finding.sort_key < kept[-1].sort_key:
                bisect.insort(kept, finding, key=lambda each: each.sort_key)
                del kept[self.cap :]
            elif len(kept) < self.cap:
                kept.append(finding)


def _place(at: Finding | Origin) -> tuple[str, int, int]:
    """What comes first in the order of findings."""
    return at.source, at.line or 0, -1 if at.entry is None else at.entry


def _add(counts: dict[Key, int], others: dict[Key, int]) -> None:
    for key, number in others.items():
        counts[key] = counts.get(key, 0) + number
