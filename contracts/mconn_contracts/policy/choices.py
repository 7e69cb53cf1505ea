"""The choices of a user about rules, from flags, the environment and configuration files, and the plan that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mconn_contracts.contract.document import Document
from mconn_contracts.judge.plan import AT_OPERATION, Plan
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.known import Known

UNKNOWN_KIND, UNDECLARED_PROPERTY = CODES[DefectKind.UNKNOWN_KIND], CODES[DefectKind.UNDECLARED_PROPERTY]
IGNORE = "ignore"
LEVELS = {severity.label: severity for severity in reversed(Severity)}
UNDECIDED = "undecided"
"""The level of --fail-on that also requires every statement to be decided. Errors fail too."""
POLICIES = ("error", "warning", IGNORE)


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of a user. None leaves a choice to the document.

    `unknown_kinds` and `undeclared_properties` are one of `POLICIES`. A severity that is given to their codes wins.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    unknown_kinds: str | None = None
    undeclared_properties: str | None = None
    undecided_fails: bool = False
    basis: tuple[str, ...] = ()
    """The bases that a finding must have to be more than a warning. Empty means any basis."""

    @classmethod
    def of_options(
        cls,
        select: Iterable[tuple[str, ...]],
        ignore: Iterable[tuple[str, ...]],
        severity: Iterable[tuple[str, Severity]],
        fail_on: str,
    ) -> Policy:
        """The choices of the options that every judging command has; those that may be repeated come as a list of values."""
        return cls(
            select=tuple(code for codes in select for code in codes),
            ignore=tuple(code for codes in ignore for code in codes),
            severities=dict(severity),
            fail_on=LEVELS.get(fail_on, Severity.ERROR),
            undecided_fails=fail_on == UNDECIDED,
        )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Policy:
        """The policy of a configuration."""
        return cls(
            select=tuple(map(normal, values.get("select", ()))),
            ignore=tuple(map(normal, values.get("ignore", ()))),
            severities={normal(choice): LEVELS[level] for choice, level in values.get("severity", {}).items()},
            fail_on=LEVELS.get(values.get("fail-on", ""), Severity.ERROR),
            undecided_fails=values.get("fail-on") == UNDECIDED,
            unknown_kinds=values.get("unknown-kinds"),
            undeclared_properties=values.get("undeclared-properties"),
            basis=tuple(values.get("basis", ())),
        )

    def plan(self, document: Document, known: tuple[Known, ...] = (), *, collect: bool = False) -> Plan:
        """The plan to judge by. `known` and `collect` are as in `Plan`. UsageError if a code or an operation does not exist."""
        severities: dict[str, Severity] = {}
        ignore = list(self.ignore)
        for code, policy in ((UNKNOWN_KIND, self.unknown_kinds), (UNDECLARED_PROPERTY, self.undeclared_properties)):
            if policy == IGNORE:
                ignore.append(code)
            elif policy is not None:
                severities[code] = LEVELS[policy]
        severities |= self.severities
        return Plan(
            document,
            self.select,
            tuple(ignore),
            severities,
            self.fail_on,
            known=known,
            collect=collect,
            basis=self.basis,
            undecided_fails=self.undecided_fails,
        )


def normal(choice: str) -> str:
    """A choice of codes as plans have it: `mc301@listEvents` is `MC301@listEvents`."""
    prefix, at, operation = choice.strip().partition(AT_OPERATION)
    return prefix.strip().upper() + at + operation.strip()
