"""The changes between two documents, as findings and as a verdict that every report renders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mconn_contracts.contract.comparison.fact import Fact
from mconn_contracts.contract.comparison.normal import Api
from mconn_contracts.contract.comparison.words import of_operation
from mconn_contracts.evolution.catalog import BY_NAME, CHANGES, Audience
from mconn_contracts.evolution.sides import Side
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.rules.rule import Hit
from mconn_contracts.judge.verdict import verdict as verdict_of
from mconn_contracts.model.exchange import Origin, Trace
from mconn_contracts.model.finding import Finding, Severity, Witness
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Subject, Verdict

_MOST = 10_000
"""The most findings of one code that a report shows: more than there can be."""


def finding(fact: Fact, witness: Witness | None, base: Side, revision: Side, plan: Plan, audience: Audience) -> Finding | None:
    """A change as a finding for an audience; None if the user does not want it."""
    change = BY_NAME[fact.name]
    operations = operation_ids(fact, base.form, revision.form)
    operation = operations[0] if len(operations) == 1 else None
    if not plan.judges_at(change.code, operation):
        return None
    at_most = Severity.INFO if audience in change.required_only and not fact.required else Severity.ERROR
    pointer = min((each.pointer for each in fact.places), key=lambda each: (len(each), each), default="")
    hit = Hit(pointer, f"{fact.message}{_where(fact, operations)}", fact.spec[0] or fact.spec[1], at_most=at_most)
    made = plan.finding(change.code, hit, Trace(Origin(revision.file), request=None, operation=operation))
    return replace(made, witness=witness)


def operation_ids(fact: Fact, base: Api, revision: Api) -> list[str]:
    """The names of the operations that show a change: from the base, or from the revision if only that has them."""
    keys = dict.fromkeys(each.operation for each in fact.places)
    known = {key: operation for api in (revision, base) for key, operation in api.operations.items()}
    return [known[key].id or of_operation(key) for key in keys]


def _where(fact: Fact, operations: list[str]) -> str:
    """The operations, and their statuses where these are not just the success."""
    if fact.name.startswith("operation-") or not operations:
        return ""
    statuses = sorted({each.status for each in fact.places} - {""})
    shown = f" {', '.join(statuses)}" if statuses and statuses != ["200"] and not fact.name.startswith("status-") else ""
    named = operations if len(operations) > 1 else []
    return f" ({', '.join(named)}{shown})".replace("( ", "(") if named or shown else ""


def verdict(findings: Iterable[Finding], base: Side, revision: Side, plan: Plan, audience: Audience) -> Verdict:
    """The result of a comparison, which looks for every change."""
    tally = Tally(cap=_MOST)
    tally.coverage.decide((each.code for each in CHANGES), None)
    for each in findings:
        tally.add(each)
    names = (base.name, revision.name)
    return replace(
        verdict_of(plan, tally),
        compared=names,
        scopes={},
        overlays=(),
        subject=Subject(
            f"{' → '.join(names)}, for a {audience}" if audience != "codegen" else f"{' → '.join(names)}, for codegen"
        ),
    )
