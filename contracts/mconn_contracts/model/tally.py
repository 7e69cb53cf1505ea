"""What a run counted: findings, and what was exercised. Any split of the work merges to the same values."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field

from mconn_contracts.model.exchange import Origin
from mconn_contracts.model.finding import Finding, Severity


@dataclass
class Coverage:
    """What a run exercised: exchanges per operation and status, events per kind, statements decided. Mergeable."""

    operations: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    decided_on: dict[str, set[str]] = field(default_factory=dict)
    """The codes that an exchange of an operation decided by itself, by operationId."""

    def decide(self, codes: Iterable[str], operation: str | None) -> None:
        """Note that codes were decided, on an exchange of an operation or over a session (None)."""
        self.decided.update(codes)
        if operation is not None:
            self.decided_on.setdefault(operation, set()).update(codes)

    def saw_status(self, operation: str, status: int | None, number: int = 1) -> None:
        """Count exchanges of an operation; an unrecorded status counts under `unknown`."""
        statuses = self.operations.setdefault(operation, {})
        key = "unknown" if status is None else str(status)
        statuses[key] = statuses.get(key, 0) + number

    def saw_kind(self, kind: str, number: int = 1) -> None:
        """Count sightings of an event kind, in full events."""
        self.kinds[kind] = self.kinds.get(kind, 0) + number

    def merge(self, other: Coverage) -> None:
        """Add another part's counts to this one."""
        for operation, statuses in other.operations.items():
            mine = self.operations.setdefault(operation, {})
            for status, number in statuses.items():
                mine[status] = mine.get(status, 0) + number
        for kind, number in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + number
        self.decided |= other.decided
        for operation, codes in other.decided_on.items():
            self.decided_on.setdefault(operation, set()).update(codes)


@dataclass
class Tally:
    """Exact counts per code, and the `cap` smallest findings of each by `Finding.sort_key`.

    Any split of the work merges to the same tally, whatever the order.
    """

    cap: int = 20
    exchanges: int = 0
    events: int = 0
    foreign: int = 0
    """Recorded entries that belong to other APIs: counted, never judged."""
    unanswered: int = 0
    """Recorded requests that never got a response, as a browser blocks them: counted, never judged."""
    by_code: dict[str, int] = field(default_factory=dict)
    by_severity: dict[Severity, int] = field(default_factory=dict)
    by_operation: dict[str, dict[str, int]] = field(default_factory=dict)
    """Findings by code and operationId; those of no operation are under the empty text."""
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    known: dict[str, int] = field(default_factory=dict)
    """Findings that a baseline has, by the keys of its entries."""
    collected: dict[str, int] = field(default_factory=dict)
    """Findings for a baseline to be written, by the keys of their entries."""

    def add(self, finding: Finding) -> None:
        """Count a finding and keep it if it is among the smallest of its code."""
        self.count(finding.code, finding.severity, 1, finding.operation)
        self._keep(finding.code, (finding,))

    def settled(self, code: str, origin: Origin) -> bool:
        """Whether no finding of that code would be kept from a place on, at later ones of the same source either."""
        kept = self.kept.get(code) or []
        place = (origin.source, origin.line or 0, -1 if origin.entry is None else origin.entry)
        return len(kept) >= self.cap and kept[-1].sort_key[:3] < place

    def count(self, code: str, severity: Severity, number: int, operation: str | None) -> None:
        """Count findings that would not be kept, which is for the caller to know."""
        self.by_code[code] = self.by_code.get(code, 0) + number
        self.by_severity[severity] = self.by_severity.get(severity, 0) + number
        operations = self.by_operation.setdefault(code, {})
        operations[operation or ""] = operations.get(operation or "", 0) + number

    def merge(self, other: Tally) -> None:
        """Add another part's counts and findings to this one."""
        self.exchanges += other.exchanges
        self.events += other.events
        self.foreign += other.foreign
        self.unanswered += other.unanswered
        for code, number in other.by_code.items():
            self.by_code[code] = self.by_code.get(code, 0) + number
        for severity, number in other.by_severity.items():
            self.by_severity[severity] = self.by_severity.get(severity, 0) + number
        for code, operations in other.by_operation.items():
            mine = self.by_operation.setdefault(code, {})
            for operation, number in operations.items():
                mine[operation] = mine.get(operation, 0) + number
        for mine, others in ((self.known, other.known), (self.collected, other.collected)):
            for key, number in others.items():
                mine[key] = mine.get(key, 0) + number
        for code, findings in other.kept.items():
            self._keep(code, findings)
        self.coverage.merge(other.coverage)

    def findings(self) -> list[Finding]:
        """The kept findings of all codes, in the total order."""
        return sorted((finding for kept in self.kept.values() for finding in kept), key=lambda finding: finding.sort_key)

    def worst(self) -> Severity | None:
        """The highest severity counted, or None without findings."""
        return max((severity for severity, number in self.by_severity.items() if number), default=None)

    def _keep(self, code: str, findings: Iterable[Finding]) -> None:
        kept = self.kept.setdefault(code, [])
        for finding in findings:
            if len(kept) < self.cap or finding.sort_key < kept[-1].sort_key:
                bisect.insort(kept, finding, key=lambda each: each.sort_key)
                del kept[self.cap :]
