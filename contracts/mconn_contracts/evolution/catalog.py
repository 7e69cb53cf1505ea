"""The kinds of changes between two documents: each has a code, and a severity and a reason for each audience."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mconn_contracts.contract.document import Document, load
from mconn_contracts.model.finding import Severity, Statement

Audience = Literal["consumer", "producer", "codegen"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
IN_WORDS: Mapping[Audience, str] = {
    "consumer": "readers (a generated client, an archive)",
    "producer": "servers (a mock)",
    "codegen": "code generation",
}
NEEDS = "documents"
"""The `needs` of every change: two documents decide it."""
_BASIS = "published"

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change from one document to another."""

    code: str
    name: str
    statement: str
    """The statement that such a change breaks."""
    weights: Mapping[Audience, tuple[Severity, str]]
    """The severity for each audience, and the reason."""
    required_only: frozenset[Audience] = frozenset()
    """The audiences for which the change has its severity only if the added thing is required. Otherwise it is an info."""

    def statement_for(self, audience: Audience) -> Statement:
        """The change as a statement, with its severity for one audience."""
        severity, why = self.weights[audience]
        return Statement(self.code, self.name, severity, _BASIS, self.statement, why, f"/x-contracts/{self.code}", NEEDS)


def _change(
    code: str,
    name: str,
    statement: str,
    consumer: tuple[Severity, str],
    producer: tuple[Severity, str],
    codegen: tuple[Severity, str],
    required_only: tuple[Audience, ...] = (),
) -> Change:
    return Change(
        code, name, statement, {"consumer": consumer, "producer": producer, "codegen": codegen}, frozenset(required_only)
    )


CHANGES: tuple[Change, ...] = (
    _change(
        "MC801",
        "kind-added",
        "The revision has no kind of event that the base does not have.",
        (_ERROR, "A client of the base refuses an event of a kind that it does not know, or misreads it."),
        (_INFO, "A server that never sends the kind keeps the revision."),
        (_WARNING, "The generated union gets another member, which code that lists them all does not have."),
    ),
    _change(
        "MC802",
        "kind-removed",
        "The revision has every kind of event that the base has.",
        (_WARNING, "The kind no longer comes, but archives have it, and the revision refuses it."),
        (_ERROR, "A server that still sends the kind breaks the revision."),
        (_ERROR, "The type of the kind is no longer generated, and code that names it does not compile."),
    ),
    _change(
        "MC803",
        "kind-renamed",
        "Every kind of event keeps its name.",
        (_ERROR, "A client of the base does not know the new name, and the old one never comes."),
        (_ERROR, "A server that sends the old name breaks the revision."),
        (_ERROR, "The type has another name, and code that has the old one does not compile."),
    ),
    _change(
        "MC804",
        "payload-declared",
        "The revision declares no field of a kind's events that the base does not declare.",
        (_INFO, "Clients ignore fields that they do not know."),
        (_ERROR, "A server that does not send a required field breaks the revision."),
        (_INFO, "The generated type gets another member."),
        ("producer",),
    ),
    _change(
        "MC805",
        "payload-undeclared",
        "The revision declares every field of a kind's events that the base declares.",
        (_ERROR, "A client that reads the field can no longer rely on it, and one that requires it refuses events without it."),
        (_INFO, "A server that still sends the field breaks nothing where events are open."),
        (_ERROR, "The generated type has no such member, and code that reads it does not compile."),
    ),
    _change(
        "MC806",
        "union-opened",
        "Events have no more freedom in the revision than in the base.",
        (_WARNING, "Undeclared fields may come, and a strict client refuses them."),
        (_INFO, "A server that sends the same as before keeps the revision."),
        (_ERROR, "A union of types becomes one object with any fields, and code that distinguishes the types does not compile."),
    ),
    _change(
        "MC807",
        "union-closed",
        "Events have no less freedom in the revision than in the base.",
        (_INFO, "A client of the base accepts everything that comes."),
        (_ERROR, "A server that sends other fields or kinds breaks the revision."),
        (_ERROR, "One object with any fields becomes a union of types, and code that reads the object does not compile."),
    ),
    _change(
        "MC811",
        "field-added",
        "The revision declares no field that the base does not declare.",
        (_INFO, "Clients ignore fields that they do not know."),
        (_ERROR, "A server that does not send a required field breaks the revision."),
        (_INFO, "The generated type gets another member."),
        ("producer",),
    ),
    _change(
        "MC812",
        "field-removed",
        "The revision declares every field that the base declares.",
        (_ERROR, "A client that reads the field can no longer rely on it."),
        (_WARNING, "A server that still sends the field sends an undeclared one."),
        (_ERROR, "The generated type has no such member, and code that reads it does not compile."),
    ),
    _change(
        "MC813",
        "field-required",
        "Every field that is optional in the base is optional in the revision.",
        (_INFO, "The field always comes, which a client of the base accepts."),
        (_ERROR, "A server that leaves the field out breaks the revision."),
        (_WARNING, "The member's type loses its empty value, so code that looks for it may not compile."),
    ),
    _change(
        "MC814",
        "field-optional",
        "Every field that is required in the base is required in the revision.",
        (_ERROR, "A client of the base refuses an answer without the field, or reads nothing where it relies on a value."),
        (_INFO, "A server that always sends the field keeps the revision."),
        (_ERROR, "The member's type gets an empty value, which code that reads it does not expect."),
    ),
    _change(
        "MC815",
        "type-changed",
        "Every value has the type in the revision that it has in the base.",
        (_ERROR, "A client of the base refuses the other type, or misreads it."),
        (_ERROR, "A server that sends the old type may break the revision."),
        (_ERROR, "The member has another type, and code that uses it does not compile."),
    ),
    _change(
        "MC816",
        "bounds-changed",
        "Every value has the bounds in the revision that it has in the base.",
        (_WARNING, "Values may come that a client of the base cannot hold, or requests are refused that were accepted before."),
        (_WARNING, "A server may send values that the revision forbids."),
        (_INFO, "Most generators do not look at bounds."),
    ),
    _change(
        "MC821",
        "operation-added",
        "The revision has no operation that the base does not have.",
        (_INFO, "A client of the base does not ask for it."),
        (_ERROR, "A server of the base does not answer it."),
        (_INFO, "Another method is generated."),
    ),
    _change(
        "MC822",
        "operation-removed",
        "The revision has every operation that the base has.",
        (_ERROR, "A client of the base asks for an operation that is gone."),
        (_INFO, "A server may still answer it."),
        (_ERROR, "The method is no longer generated, and code that calls it does not compile."),
    ),
    _change(
        "MC823",
        "operation-id-changed",
        "Every operation keeps its operationId.",
        (_INFO, "It is never sent. The method and the path identify an operation."),
        (_INFO, "It is never sent. The method and the path identify an operation."),
        (_ERROR, "Generators name methods by it, and code that calls the old name does not compile."),
    ),
    _change(
        "MC824",
        "parameter-added",
        "The revision declares no parameter that the base does not declare.",
        (_ERROR, "A request without a required parameter is refused."),
        (_WARNING, "A server of the base ignores the parameter, and its answer looks right."),
        (_WARNING, "Generated methods get another argument, which may change the order of the others."),
        ("consumer",),
    ),
    _change(
        "MC825",
        "parameter-removed",
        "The revision declares every parameter that the base declares.",
        (_ERROR, "The parameter is ignored, and the answer looks right."),
        (_INFO, "A server may still accept it."),
        (_ERROR, "Generated methods lose an argument, and code that gives it does not compile."),
    ),
    _change(
        "MC826",
        "parameter-required",
        "A parameter that is optional in the base is optional in the revision.",
        (_ERROR, "A request without the parameter is refused."),
        (_INFO, "A server that answers requests without it still works."),
        (_ERROR, "The argument must be given, and code that leaves it out does not compile."),
    ),
    _change(
        "MC827",
        "parameter-optional",
        "A parameter that is required in the base is required in the revision.",
        (_INFO, "A client of the base gives it."),
        (_ERROR, "A server of the base refuses requests without it."),
        (_WARNING, "The argument may be left out, which may change the order of the others."),
    ),
    _change(
        "MC828",
        "status-added",
        "The revision declares no status that the base does not declare.",
        (_WARNING, "A generated client of the base does not handle it."),
        (_INFO, "A server that never answers with it keeps the revision."),
        (_INFO, "The generated method gets another case."),
    ),
    _change(
        "MC829",
        "status-removed",
        "The revision declares every status that the base declares.",
        (_INFO, "A client of the base handles a status that never comes."),
        (_WARNING, "A server that answers with it uses an undeclared status."),
        (_WARNING, "The generated method loses a case, and code that handles it may not compile."),
    ),
    _change(
        "MC831",
        "description-changed",
        "Both documents describe each kind, field and parameter in the same words.",
        (_INFO, "The meaning may have changed. A person must read the new words."),
        (_INFO, "The meaning may have changed. A person must read the new words."),
        (_INFO, "Only comments in the generated code change."),
    ),
    _change(
        "MC832",
        "authoring-differs",
        "Both documents are written in the same way.",
        (_INFO, "They mean the same: `integer` stands for `number`, components have other names, or a union has another form."),
        (_INFO, "They mean the same: `integer` stands for `number`, components have other names, or a union has another form."),
        (_WARNING, "Generated types are named after components, and numbers get other types."),
    ),
)
"""Every change, in the order of codes."""
BY_NAME: Mapping[str, Change] = {each.name: each for each in CHANGES}
BY_CODE: Mapping[str, Change] = {each.code: each for each in CHANGES}


@functools.cache
def document(audience: Audience) -> Document:
    """The contract with the changes, as they weigh for an audience, in place of its statements: what plans are made of."""
    raw: dict[str, Any] = _without_statements(load().raw)
    raw["x-contracts"] = [_entry(each.statement_for(audience)) for each in CHANGES]
    return Document(raw, load().source, checked=True)


def _entry(statement: Statement) -> dict[str, str]:
    return {
        "code": statement.code,
        "name": statement.name,
        "severity": statement.severity.label,
        "basis": statement.basis,
        "needs": statement.needs,
        "statement": statement.statement,
        "why": statement.why,
    }


def _without_statements(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_statements(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _without_statements(each) for key, each in value.items() if key != "x-contracts"}
    return value
