"""What a tally comes to by a plan: the verdict that reports render."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.rules.deciders import decidable, decider
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Observed, Verdict


def verdict(
    plan: Plan,
    tally: Tally,
    *,
    observed: Mapping[str, Observed] | None = None,
    without: frozenset[str] = frozenset(),
    asked: Collection[str] = (),
    could_not_judge: str | None = None,
) -> Verdict:
    """The verdict on a tally. Statements that need one of `without` cannot be decided here, and are not counted.

    Nor are those that answers of the operations `asked` cannot decide, where not all were asked for.
    """
    document = plan.document
    wanted = tuple(
        statement.code
        for statement in document.statements
        if plan.judges(statement.code)
        and statement.needs not in without
        and not statement.about_the_run
        and decidable(document, statement, asked)
    )
    decided = tally.coverage.decided
    return Verdict(
        tally=tally,
        contract_version=document.version,
        operations=tuple(operation.id for operation in document.operations if not asked or operation.id in asked),
        kinds=document.kinds,
        statements=wanted,
        rules={statement.code: statement for statement in document.statements},
        scopes=plan.scopes,
        overlays=document.overlays,
        observed=observed or {},
        undecided=tuple(code for code in wanted if code not in decided),
        deciders={code: decider(document.statement(code)) for code in wanted if code not in decided},
        ignored=tuple(
            statement.code
            for statement in document.statements
            if not plan.judges(statement.code) and statement.needs not in without
        ),
        fail_on=plan.fail_on,
        undecided_fails=plan.undecided_fails,
        could_not_judge=could_not_judge,
    )
