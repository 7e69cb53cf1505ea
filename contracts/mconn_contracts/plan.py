"""What to judge by, and what judging comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mconn_contracts.document import Document
from mconn_contracts.errors import UsageError
from mconn_contracts.model import Finding, Severity
from mconn_contracts.redaction import curl
from mconn_contracts.rules.catalog import RULES
from mconn_contracts.rules.history import History
from mconn_contracts.rules.observations import PinnedBehavior
from mconn_contracts.rules.reading import Reader
from mconn_contracts.rules.verdict import Hit, Rule, Trace
from mconn_contracts.rules.views import FetchedEvent, LatestPage, ListPage
from mconn_contracts.schemas import shorten

OF_THE_RUN = "MC9"
_OF_ONE = {ListPage: ("listEvents",), LatestPage: ("getLatestEvents",), FetchedEvent: ("getEvent",)}
"""The operation of each view that only one operation has."""
MAX_REQUESTS_SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """What to judge by: a document, and the user's choice of codes and severities.

    `select` keeps only the codes that start with one of its prefixes (all, where it is empty), and those of the run
    itself (MC9xx): what could not be judged is no pass. `ignore` drops those that start with one of its own.
    UsageError where a prefix or a code matches no statement. Without `shapes`, `jsonschema` and every rule see every
    body: slower, with the same findings.
    """

    document: Document
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    shapes: bool = True

    def __post_init__(self) -> None:
        codes = [statement.code for statement in self.document.statements]
        for prefix in (*self.select, *self.ignore, *self.severities):
            if not any(code.startswith(prefix) for code in codes):
                raise UsageError(f"no rule has a code that starts with {prefix!r}; `mconn rules` lists them")

    def __reduce__(self) -> tuple[type[Plan], tuple[Any, ...]]:
        # What is compiled of a document stays in its process.
        chosen = (self.document, self.select, self.ignore, dict(self.severities), self.fail_on, self.shapes)
        return Plan, chosen

    @cached_property
    def reader(self) -> Reader:
        """Reads exchanges against the document."""
        return Reader(self.document, shapes=self.shapes)

    @cached_property
    def rules(self) -> tuple[Rule[Any], ...]:
        """The rules to run, in the order of the catalog."""
        return tuple(rule for rule in RULES if self.judges(rule.code))

    @cached_property
    def _stated(self) -> frozenset[str]:
        return frozenset(statement.code for statement in self.document.statements)

    @cached_property
    def scopes(self) -> dict[str, tuple[str, ...]]:
        """The operations whose exchanges can decide a code by themselves; codes that need several exchanges are left out."""
        every = tuple(operation.id for operation in self.document.operations)
        return {rule.code: _OF_ONE.get(rule.on, every) for rule in self.rules if rule.on not in (History, PinnedBehavior)}

    def judges(self, code: str) -> bool:
        """Whether findings of a code are wanted: of a promise that an overlay has left out, none are."""
        if code not in self._stated:
            return False
        selected = not self.select or code.startswith((*self.select, OF_THE_RUN))
        return selected and not (self.ignore and code.startswith(self.ignore))

    def severity(self, code: str) -> Severity:
        """The severity of a code: the user's, or the statement's. The longest prefix of the user's wins."""
        matching = [prefix for prefix in self.severities if code.startswith(prefix)]
        if matching:
            return self.severities[max(matching, key=len)]
        return self.document.statement(code).severity

    def finding(self, code: str, hit: Hit, trace: Trace) -> Finding:
        """A hit with all that a report shows of it."""
        statement = self.document.statement(code)
        at = hit.at or trace
        requests = [each.request for each in (*hit.beside, at) if each.request is not None]
        return Finding(
            code=code,
            name=statement.name,
            severity=self.severity(code),
            message=shorten(hit.message),
            operation=at.operation,
            source=at.origin.source,
            line=at.origin.line,
            entry=at.origin.entry,
            pointer=hit.pointer,
            spec=hit.spec or statement.pointer,
            curl="\n".join(dict.fromkeys(curl(request) for request in requests[-MAX_REQUESTS_SHOWN:])),
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one exchange, or one session, came to: its findings, the codes that were decided, and its views."""

    findings: tuple[Finding, ...]
    decided: frozenset[str]
    views: tuple[object, ...] = ()
