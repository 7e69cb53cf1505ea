"""The payloads that tell two documents apart."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.contract.edits import EDITS, Edit, schemas
from tests.vectors import SCHEMA, Case, judge

from mconn_contracts.contract.comparison.fact import Fact
from mconn_contracts.contract.comparison.normal import Field, Kind, Shape, Union
from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.comparison.scope import cut
from mconn_contracts.contract.document import load
from mconn_contracts.evolution import witness
from mconn_contracts.evolution.payloads import ABSENT, NothingError, at_the_bounds, having, of_kind, smallest
from mconn_contracts.evolution.sides import Side, contract, side
from mconn_contracts.evolution.vectors import FILES, files
from mconn_contracts.evolution.witness import Judges
from mconn_contracts.judge.check import Plan

PROSE = {
    "description-changed a",
    *(f"operation-{change} GET …/events/{path}" for change in ("added", "removed") for path in ("summary", "latest")),
    "operation-id-changed GET …/events/{}.{}",
    "status-added status 404",
    "status-removed status 404",
    "type-changed query parameter `k`",
}
"""Changes that no payload shows: words and names, what our judge does not look at, and 404, with which any server may answer."""
BREAKING = {"a field optional", "another type", "null as well", "a payload required", "one kind open", "any kind", "no JSON"}
"""Edits after which rules lack what they rely on, or that others of the same place hide."""


def told(base: Side, revision: Side) -> list[tuple[Fact, witness.Case | None]]:
    """Each change that is not only written, with the case that tells it."""
    judges = Judges(base, revision)
    facts = compare(base.form, revision.form)
    return [(fact, judges.case(fact)) for fact in facts if fact.name != "authoring-differs"]


@functools.cache
def newest() -> list[tuple[Fact, witness.Case | None]]:
    """What tells the newest revision from the contract."""
    return told(contract(), side("2026-08-14"))


def test_every_change_of_the_newest_revision_has_a_witness() -> None:
    """Each of the 15 changes has a payload that one of the two accepts and the other does not."""
    cases = [case for _, case in newest()]

    assert 15 == len(cases)
    assert [True] * 15 == [case is not None and bool(case.by_base) is not bool(case.by_revision) for case in cases]


@pytest.mark.parametrize(
    "name, subject, expected",
    [
        ("kind-added", "HaError", '{"result":{"e":{"k":"HaError"},"n":0,"t":0},"success":true}'),
        ("payload-undeclared", "StartUpgrade.url", '{"result":{"e":{"k":"StartUpgrade"},"n":0,"t":0},"success":true}'),
        (
            "union-opened",
            "e",
            '{"result":{"e":{"k":"ConfigureCloudflaredTunnel","other":0},"n":0,"t":0},"success":true}',
        ),
    ],
)
def test_a_witness_is_the_smallest_payload(name: str, subject: str, expected: str) -> None:
    """A payload has what is required, the change, and nothing else."""
    cases = {(fact.name, fact.subject): case for fact, case in newest()}
    case = cases[name, subject]

    assert expected == (case and case.text)


def test_a_witness_says_both_verdicts() -> None:
    """In words, a case has the payload, and what is found by each document, which are named."""
    base, revision = contract(), side("2025-02-18")
    judges = Judges(base, revision)
    said = {fact.subject: judges.witness(judges.case(fact)) for fact in compare(base.form, revision.form)}

    assert {each and each.documents for each in said.values()} == {("2026-03-26", "2025-02-18")}
    assert {subject: each and (each.base, each.revision) for subject, each in said.items()} == {
        "StartRotatePki": ("accepted", "MC102 unknown-kind (error) at /result/e/k"),
        "FinishRotatePkiSuccess": ("accepted", "MC102 unknown-kind (error) at /result/e/k"),
        "FinishRotatePkiFailure": ("accepted", "MC102 unknown-kind (error) at /result/e/k"),
        "v": ("accepted", "MC103 undeclared-property (warning) at /result/v"),
        "query parameter `k`": ("accepted", "MC606 undeclared-parameter (warning) at /"),
    }


def edited(*edits: Edit) -> Side:
    """The contract after edits, as another's document; of what an earlier one has taken away, nothing is changed."""
    raw = copy.deepcopy(dict(load().raw))
    for edit in edits:
        with contextlib.suppress(KeyError, ValueError):
            edit(raw)
    return Side("edited", cut(raw, "edited"), "edited", ours=False)


def test_a_change_has_a_witness_unless_it_is_prose() -> None:
    """Whatever many edits change in bodies and requests that our judge looks at, a payload shows, each change its own."""
    revision = edited(*(edit for name, edit, _ in EDITS if name not in BREAKING))
    ways = (told(contract(), revision), told(revision, contract()))

    for cases in ways:
        assert {f"{fact.name} {fact.subject}" for fact, case in cases if case is None} <= PROSE
        assert all(case.whole and case.by_base != case.by_revision for _, case in cases if case is not None)
    assert 8 == len([case for _, case in ways[0] if case is not None])


@pytest.mark.parametrize("name", ["a field optional", "another type", "null as well"])
def test_what_cannot_be_judged_by_is_judged_by_its_schemas(name: str) -> None:
    """Where a document lacks what rules rely on, the schemas of both decide, and no vector is written."""
    cases = told(contract(), edited(*(edit for each, edit, _ in EDITS if each == name)))

    assert [False] == [case.whole for _, case in cases if case is not None]
    assert {} == files(cases, ("a", "b"))


def test_cases_are_vectors() -> None:
    """Each document's file is of the form of vectors, and the document finds in each case just what its file says."""
    for name in ("2026-08-14", "2025-02-18"):
        base, revision = contract(), side(name)
        texts = files(told(base, revision), (base.name, revision.name))
        assert FILES == tuple(texts)
        for document, text in zip((base, revision), texts.values(), strict=True):
            raw: dict[str, Any] = json.loads(text)
            Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(raw)
            plan = Plan(document.judged)
            for case in (Case("made", each) for each in raw["cases"]):
                outcome = judge(case, plan)
                assert (case.expected[0], case.lowered) == (outcome.alone, outcome.lowered), case.description


@pytest.mark.parametrize(
    "edit, expected",
    [
        (
            lambda raw: schemas(raw)["LeaveEvent"]["properties"].update(x={"type": "object"}),
            '{"result":{"e":{"k":"Leave","x":{}},"n":0,"t":0},"success":true}',
        ),
        (
            lambda raw: schemas(raw)["LeaveEvent"]["properties"].update(x={"oneOf": [{"type": "object"}, {"type": "string"}]}),
            '{"result":{"e":{"k":"Leave","x":""},"n":0,"t":0},"success":true}',
        ),
        (lambda raw: schemas(raw)["ApiErrorResponse"].update(required=["success", "errors"]), '400 {"success":false}'),
        (
            lambda raw: raw["components"]["parameters"]["Limit"]["schema"].update(maximum=100),
            "GET /accounts/1/magic/connectors/1/telemetry/events?from=0&to=0&limit=101"
            ' 200 {"result":{"count":0,"items":[]},"success":true}',
        ),
    ],
    ids=["an object", "one of two types", "errors of a failure", "a bound of a number"],
)
def test_a_change_is_shown_by(edit: Edit, expected: str) -> None:
    """An object without members, one of several types, a failure without errors and a number beyond a bound are payloads, too."""
    assert [expected] == [case and case.text for _, case in told(contract(), edited(edit))]


def test_the_smallest_values_have_their_shapes() -> None:
    """Bounds, enumerations, items and required members are kept."""
    number = Shape(frozenset({"integer"}), {"minimum": 3})
    text = Shape(frozenset({"string"}), {"minLength": 2})
    pair = Shape(frozenset({"array"}), {"minItems": 2}, items=number)
    shape = Shape(
        frozenset({"object"}),
        fields={
            "number": Field(number, required=True),
            "text": Field(text, required=True),
            "pair": Field(pair, required=True),
            "one": Field(Shape(bounds={"enum": ("b", "a")}), required=True),
            "left out": Field(number),
        },
    )

    assert {"number": 3, "text": "xx", "pair": [3, 3], "one": "b"} == smallest(shape)
    assert (None, True, 4) == (
        smallest(Shape(frozenset({"null"}))),
        smallest(Shape(frozenset({"boolean"}))),
        smallest(Shape(frozenset({"number"}), {"exclusiveMinimum": 3})),
    )


def test_a_value_has_what_is_put_at_a_place() -> None:
    """What lies on the way is there, an absent member is not, and of a union it is the kind that was asked for."""
    leave = Kind({"reason": Field(Shape(frozenset({"string"})))})
    event = Shape(frozenset({"object"}), union=Union("k", {"Init": Kind(), "Leave": leave}))
    page = Shape(
        frozenset({"object"}),
        fields={
            "count": Field(Shape(frozenset({"integer"})), required=True),
            "items": Field(Shape(frozenset({"array"}), items=event), required=True),
        },
    )

    assert {"count": 1, "items": [{"k": "Leave", "reason": 7}]} == having(page, ["items", "*", "reason"], lambda _: 7, "Leave")
    assert {"count": 0} == having(page, ["items"], lambda _: ABSENT)
    assert {"count": 0, "items": []} == having(page, ["items", "*"], lambda _: ABSENT)


@pytest.mark.parametrize("shape", [Shape(frozenset({"never"})), Shape(bounds={"enum": ()})])
def test_of_what_cannot_be_there_is_no_value(shape: Shape) -> None:
    """A shape that nothing has, a place that is not there, and a kind that is none have no value."""
    with pytest.raises(NothingError):
        smallest(shape)
    for path in (["gone"], ["*"]):
        with pytest.raises(NothingError):
            having(Shape(frozenset({"object"})), path, lambda _: 0)
    with pytest.raises(NothingError):
        of_kind(Union("k", {"Init": Kind()}), "Leave")


def test_bounds_are_tried_on_both_sides() -> None:
    """Of each bound there are values that keep it and that break it."""
    assert [3, 2, 4, "x", "xx", "xxx", "a", "b"] == list(at_the_bounds({"minimum": 3, "maxLength": 2, "enum": ("a", "b")}))
