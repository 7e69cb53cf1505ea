"""The values that cross the waist: `Exchange` in, `Finding` and `Tally` out. Frozen, no I/O."""

from __future__ import annotations

import bisect
import enum
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Headers = tuple[tuple[str, str], ...]
"""Header fields in wire order; names keep their case, and a name may repeat."""


class Severity(enum.IntEnum):
    """How much a finding matters; ordered."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The name used in reports and options: `info`, `warning`, `error`."""
        return self.name.lower()


class Credential(enum.Enum):
    """What the sender knows of the credential that a request carried."""

    VALID = "valid"
    ABSENT = "absent"
    WRONG = "wrong"
    MALFORMED = "malformed"


class Connector(enum.Enum):
    """What the sender knows of the connector that a request names."""

    OWN = "own"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Intent:
    """What the sender of a request knows and its bytes do not show. A recording keeps it as `_mconn`.

    `malformed` names the parameters that were made up to be refused. `fair` says that nothing undocumented was asked
    for, so that a server which has the connector answers.
    """

    credential: Credential = Credential.VALID
    connector: Connector = Connector.OWN
    malformed: tuple[str, ...] = ()
    fair: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an exchange came from: a file or URL, a 1-based line, a 0-based entry of a HAR."""

    source: str = ""
    line: int | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as sent. `url` is absolute, or the origin-form target (RFC 9112, 3.2.1)."""

    method: str
    url: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Response:
    """A response as received.

    `status` is None where a bare body was recorded without one. `body` is the content after content decoding, in
    bytes, or None where the capture did not keep it. `incomplete` and `undecodable` say why the body is known to be
    cut short, or not to decode by its content coding.
    """

    status: int | None
    headers: Headers = ()
    body: bytes | None = b""
    incomplete: str | None = None
    undecodable: str | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header field, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One response, with its request where it is known, and where it came from.

    `declared` is the operationId or schema name that the user gave for a bare payload (`--as`).
    `started` is in epoch seconds, where it is known.
    """

    response: Response
    request: Request | None = None
    origin: Origin = Origin()
    declared: str | None = None
    intent: Intent | None = None
    started: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, at a place. Field names are those of the JSON report, version 1."""

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
    curl: str = ""
    status: int | None = None
    excerpt: tuple[str, str, str] = ("", "", "")
    """Lines of the response's body before the place, of the place, and after it; empty where it is of no one body.

    This and the status are for people: the JSON report has neither.
    """

    @property
    def place(self) -> Place:
        """Where it is in its source."""
        return self.source, self.line, self.entry, self.pointer

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The total order of findings: source, line, entry, pointer, code, message, and then whatever else differs."""
        return (
            self.source,
            self.line or 0,
            -1 if self.entry is None else self.entry,
            self.pointer,
            self.code,
            self.message,
            self.operation or "",
            self.spec,
            self.curl,
            self.name,
            self.severity,
            self.status or 0,
            self.excerpt,
        )


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
    """What decides it: `response`, `request`, `session` (several responses), `live` (the sender's knowledge) or `pin`."""
    explains: tuple[str, ...] = ()
    """Codes whose findings follow from this one's in the same session."""


Place = tuple[str, int | None, int | None, str]
"""Where a finding is: source, line, entry and pointer."""


@dataclass(frozen=True, slots=True)
class Region:
    """The first character of a value within the text of a source: line and column, both from 1."""

    line: int
    column: int


_INDEX = re.compile(r"(?<=/)[0-9]+(?=/|$)")
ANY = "*"
"""In an entry of a baseline: any one index of a pointer, any part of a source."""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of a baseline: findings that do not fail. What is None may be anything.

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
        pointer = _INDEX.sub(ANY, finding.pointer)
        return cls(finding.code, reason, finding.operation, None if live else finding.source, pointer)

    @property
    def key(self) -> str:
        """What it is told by, apart from its reason and its last day."""
        return json.dumps([self.code, self.operation, self.source, self.pointer])

    def covers(self, finding: Finding) -> bool:
        """Whether it is about that finding."""
        return (
            self.code == finding.code
            and self.operation in (None, finding.operation)
            and (self.pointer is None or self.pointer in (finding.pointer, _INDEX.sub(ANY, finding.pointer)))
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


@dataclass(frozen=True, slots=True)
class Observed:
    """One undocumented choice that a run could determine, with the requests that showed it as curl lines."""

    value: str
    shown_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finished run, as every report renders it."""

    tally: Tally
    contract_version: str
    operations: tuple[str, ...]
    """The operations that the document declares, by operationId, in its order."""
    kinds: tuple[str, ...]
    """The kinds that the document declares, in its order."""
    statements: tuple[str, ...]
    """The codes of the statements that were to be judged."""
    rules: Mapping[str, Statement] = field(default_factory=dict)
    """What each statement of the document says, by code."""
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The operations whose exchanges can decide a statement by themselves; one that is left out needs several exchanges."""
    overlays: tuple[str, ...] = ()
    observed: Mapping[str, Observed] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    could_not_judge: str | None = None
    """Why the run is undecided: one line, or None where it judged something."""
    exchanges: tuple[Exchange, ...] = ()
    """What was sent and received, in order, where a report was to show it."""
    regions: Mapping[Place, Region] = field(default_factory=dict)
    """Where findings stand in the text of their sources, as far as that is known."""
    seed: int | None = None
    """What the requests were drawn by; None where none were."""
    baseline: tuple[Remembered, ...] = ()
    gaps: tuple[str, ...] = ()
    """What the run would have had to exercise as well, one line each."""
