"""A second opinion: jsonsubschema decides whether all that one document accepts, the other accepts as well."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from tests.contract.edits import EDITS
from tests.evolution.test_witness import edited

from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.comparison.schemas import Writer
from mconn_contracts.evolution.sides import Side, contract, side
from mconn_contracts.evolution.witness import Judges
from mconn_contracts.model.finding import Severity

with warnings.catch_warnings():
    # Python warns of escapes in its source once, when it is compiled.
    warnings.simplefilter("ignore")
    import jsonsubschema


def schema(document: Side, operation: str) -> Any:
    """The schema of an operation's success, standing alone, in the draft that jsonsubschema knows; it knows no words."""
    shapes = [each.answers["200"].shape for each in document.form.operations.values() if each.id == operation]
    return without_words(Writer(is_30=True).schema(shapes[0])) if shapes[0] is not None else {}


def without_words(value: Any) -> Any:
    """A schema without descriptions; `nullable`, which only OpenAPI knows, as a type."""
    if isinstance(value, list):
        return [without_words(each) for each in value]
    if not isinstance(value, dict):
        return value
    rest = {key: without_words(each) for key, each in value.items() if key not in ("description", "nullable")}
    return {**rest, "type": [rest["type"], "null"]} if value.get("nullable") is True else rest


def refuses(base: Side, revision: Side) -> bool:
    """Whether a payload tells the two apart that the base accepts and the revision refuses."""
    judges = Judges(base, revision)
    cases = [judges.case(fact) for fact in compare(base.form, revision.form)]
    return any(
        Severity.ERROR in {each.severity for each in case.by_revision} and not case.by_base for case in cases if case is not None
    )


@pytest.mark.parametrize("name", ["a field required", "null as well", "a bound"])
def test_a_witness_says_what_jsonsubschema_says_of_an_edit(name: str) -> None:
    """Either way, a payload is refused by one alone just where its schema does not accept all that the other accepts."""
    base, other = contract(), edited(*(edit for each, edit, _ in EDITS if each == name))
    for first, second in ((base, other), (other, base)):
        accepted = jsonsubschema.isSubschema(schema(first, "listEvents"), schema(second, "listEvents"))
        assert refuses(first, second) is not accepted


@pytest.mark.parametrize("before, after", [("2026-07-13", "2026-08-12"), ("2026-08-12", "2026-08-14")])
def test_a_witness_says_what_jsonsubschema_says_of_a_revision(before: str, after: str) -> None:
    """A revision with more kinds accepts all that the one before it accepts, and not the other way."""
    first, second = side(before), side(after)

    assert (True, False) == (not refuses(first, second), not refuses(second, first))
    assert (True, False) == (
        jsonsubschema.isSubschema(schema(first, "getEvent"), schema(second, "getEvent")),
        jsonsubschema.isSubschema(schema(second, "getEvent"), schema(first, "getEvent")),
    )
