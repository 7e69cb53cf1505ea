"""The catalog of changes."""

from __future__ import annotations

import pytest

from mconn_contracts.contract.comparison.fact import MIRRORED
from mconn_contracts.contract.document import load
from mconn_contracts.evolution.catalog import AUDIENCES, BY_CODE, BY_NAME, CHANGES, IN_WORDS, Audience, document
from mconn_contracts.model.finding import Severity


def test_every_change_has_an_entry() -> None:
    """What a comparison may tell is what the catalog has, each under a code and a name of its own."""
    assert set(MIRRORED) == set(BY_NAME)
    assert len(CHANGES) == len(BY_CODE) == len(BY_NAME)
    assert [each.code for each in CHANGES] == sorted(BY_CODE)


def test_codes_and_names_are_of_no_statement() -> None:
    """Codes and names are not those of the contract's own statements, and have a class of their own."""
    statements = load().statements

    assert set() == {each.code for each in statements} & BY_CODE.keys()
    assert set() == {each.name for each in statements} & BY_NAME.keys()
    assert {"MC8"} == {code[:3] for code in BY_CODE}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_plan_is_made_of_the_changes_alone(audience: Audience) -> None:
    """For each audience there is a document whose statements are the changes, with the severities and reasons for it."""
    expected = {each.code: (each.weights[audience], each.statement) for each in CHANGES}

    assert expected == {each.code: ((each.severity, each.why), each.statement) for each in document(audience).statements}
    assert audience in IN_WORDS


def test_a_change_for_the_better_one_way_weighs_the_other_way() -> None:
    """Of a change and its mirror, one weighs more than an info for everybody, but for words, names and bounds."""
    harmless = [
        (each.name, audience)
        for each in CHANGES
        for audience in AUDIENCES
        if max(each.weights[audience][0], BY_NAME[MIRRORED[each.name]].weights[audience][0]) is Severity.INFO
    ]

    assert {"description-changed", "authoring-differs", "operation-id-changed", "bounds-changed"} == {
        name for name, _ in harmless
    }
