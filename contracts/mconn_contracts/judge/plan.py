"""What to judge by, and what judging comes to."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.usable import check_usable
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.reading.expected import Expectation
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.judge.rules.observations import PinnedBehavior
from mconn_contracts.judge.rules.rule import Hit, Rule
from mconn_contracts.judge.schemas.validation import shorten
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Trace
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.known import Known, KnownFindings

AT_OPERATION = "@"
"""Between a code and the operation that a choice is for."""
BASES = ("documented", "published", "derived", "assumed")
"""The possible bases of a statement: the vendor's reference, its published document, a consequence of them, our reading."""
MAX_REQUESTS_SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """What to judge by: a document, and the user's choice of codes and severities.

    A choice is a prefix of codes, for one operation where `@` and an operationId follow: `MC3`, `MC301@listEvents`.
    `select` keeps only what one of its choices takes in (all, where it is empty), and the codes of the run itself
    (MC9xx): what could not be judged is no pass. `ignore` drops what one of its own takes in. UsageError if a choice
    takes in no statement, or names no operation; DocumentError if nothing can be judged by the document. Without
    `compiled`, `jsonschema` and every rule see every body: slower, with the same findings. Findings that `known` has do not
    count; with `collect`, all others are remembered for it. What rests on none of `basis` is a warning at most, unless a
    severity was chosen for it; where it is empty, all bases count.
    """

    document: Document
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    compiled: bool = True
    known: tuple[Known, ...] = ()
    collect: bool = False
    basis: tuple[str, ...] = ()
    undecided_fails: bool = False
    """Whether a run fails that leaves a statement undecided."""

    def __post_init__(self) -> None:
        if not self.document.checked:
            check_usable(self.document, load())
        codes = [statement.code for statement in self.document.statements]
        operations = [operation.id for operation in self.document.operations]
        for choice in (*self.select, *self.ignore, *self.severities):
            prefix, at, operation = choice.partition(AT_OPERATION)
            if not any(code.startswith(prefix) for code in codes):
                raise UsageError(f"no rule has a code that starts with {prefix!r}; `mconn rules` lists them")
            if at and operation not in operations:
                raise UsageError(f"{choice}: no operation is named {operation!r}; {nearest(operation, operations)}")
        for each in self.basis:
            if each not in BASES:
                raise UsageError(f"no statement rests on {each!r}; {nearest(each, BASES)}")

    def __reduce__(self) -> tuple[type[Plan], tuple[Any, ...]]:
        # What is compiled of a document stays in its process.
        rules = (self.document, self.select, self.ignore, dict(self.severities), self.fail_on)
        chosen = (*rules, self.compiled, self.known, self.collect, self.basis, self.undecided_fails)
        return Plan, chosen

    @cached_property
    def reader(self) -> Reader:
        """Reads exchanges against the document."""
        return Reader(self.document, compiled=self.compiled)

    def alone(self, code: str) -> Plan:
        """The plan for one code alone, with what was compiled of the document for this one."""
        plan = replace(self, select=(code,))
        vars(plan)["reader"] = self.reader
        return plan

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
        read = {code: every for code in self.defects_of(None).values() if not self.document.statement(code).about_the_run}
        ruled = {rule.code: rule.on for rule in self.rules if rule.on not in (Expectation, History, PinnedBehavior)}
        return read | {code: (view.endpoint.operation,) if hasattr(view, "endpoint") else every for code, view in ruled.items()}

    def rules_of(self, operation: str | None) -> tuple[Rule[Any], ...]:
        """The rules to run on an exchange of that operation."""
        if operation not in self._rules_of:
            self._rules_of[operation] = tuple(rule for rule in self.rules if self.judges_at(rule.code, operation))
        return self._rules_of[operation]

    def rules_on(self, views: tuple[type, ...], operation: str | None, *, of_one: bool) -> tuple[Rule[Any], ...]:
        """The rules to run on views of those types: of one exchange, which is of that operation, or of several."""
        key = (views, operation, of_one)
        if key not in self._rules_on:
            rules = self.rules_of(operation) if of_one else self.rules
            self._rules_on[key] = tuple(rule for rule in rules if rule.on in views)
        return self._rules_on[key]

    def defects_of(self, operation: str | None) -> Mapping[DefectKind, str]:
        """The codes of the defects that are reported for exchanges of that operation, by kind."""
        if operation not in self._defects_of:
            self._defects_of[operation] = {kind: code for kind, code in CODES.items() if self.judges_at(code, operation)}
        return self._defects_of[operation]

    def judges(self, code: str) -> bool:
        """Whether findings of a code are wanted, of some operation at least: of a promise that an overlay left out, none are."""
        if code not in self._stated:
            return False
        ignored = any(code.startswith(choice) for choice in self.ignore)
        return not ignored and self._selected(code, self.select)

    def judges_at(self, code: str, operation: str | None) -> bool:
        """Whether findings of a code are wanted for that operation. None means no operation, or an unknown one."""
        if code not in self._stated or any(_takes_in(choice, code, operation) for choice in self.ignore):
            return False
        return self._selected(code, [choice for choice in self.select if _takes_in(choice, code, operation)])

    def severity(self, code: str, operation: str | None = None, at_most: Severity = Severity.ERROR) -> Severity:
        """The severity of a code in an operation: the user's, or the statement's, which a hit can lower to `at_most`.

        Of the user's choices, one for the operation wins over one for all, and then the longest.
        """
        matching = [choice for choice in self.severities if _takes_in(choice, code, operation)]
        if matching:
            return self.severities[max(matching, key=lambda choice: (AT_OPERATION in choice, len(choice)))]
        statement = self.document.statement(code)
        if self.basis and statement.basis not in self.basis and not statement.about_the_run:
            at_most = min(at_most, Severity.WARNING)
        return min(statement.severity, at_most)

    def _selected(self, code: str, choices: Iterable[str]) -> bool:
        selected = not self.select or code.startswith(tuple(choice.partition(AT_OPERATION)[0] for choice in choices))
        return selected or self.document.statement(code).about_the_run

    @cached_property
    def _rules_of(self) -> dict[str | None, tuple[Rule[Any], ...]]:
        return {}

    @cached_property
    def _rules_on(self) -> dict[tuple[tuple[type, ...], str | None, bool], tuple[Rule[Any], ...]]:
        return {}

    @cached_property
    def _known(self) -> KnownFindings:
        return KnownFindings(self.known)

    @cached_property
    def _defects_of(self) -> dict[str | None, Mapping[DefectKind, str]]:
        return {}

    def counted_apart(self, code: str) -> bool:
        """Whether findings of a code must be looked at one by one: a baseline has some, or is to have."""
        return self.collect or code in self._known.codes

    def known_as(self, finding: Finding) -> Known | None:
        """The entry of the baseline that has a finding; one that holds comes before one that has expired."""
        return min(self._known.covering(finding), key=lambda entry: entry.expired, default=None)

    def finding(self, code: str, hit: Hit, trace: Trace) -> Finding:
        """A hit with all that a report shows of it."""
        statement = self.document.statement(code)
        at = hit.at or trace
        return Finding(
            code=code,
            name=statement.name,
            severity=self.severity(code, at.operation, hit.at_most),
            message=shorten(hit.message),
            operation=at.operation,
            source=at.origin.source,
            line=at.origin.line,
            entry=at.origin.entry,
            pointer=hit.pointer,
            spec=hit.spec or statement.pointer,
            shown_by=tuple(each for each in (*hit.beside, at, *hit.later) if each.request is not None)[-MAX_REQUESTS_SHOWN:],
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one exchange, or one session, came to: its findings, the codes that were decided, and its views."""

    findings: tuple[Finding, ...]
    decided: frozenset[str]
    views: tuple[object, ...] = ()


def nearest(name: str, names: Collection[str], otherwise: str | None = None) -> str:
    """The end of a message about a name that is not one of those: the nearest of them, or `otherwise`, by default all of them."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else otherwise or f"there are {', '.join(names)}"


def _takes_in(choice: str, code: str, operation: str | None) -> bool:
    prefix, at, wanted = choice.partition(AT_OPERATION)
    return code.startswith(prefix) and (not at or wanted == operation)
