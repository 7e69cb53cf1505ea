"""Judging by the document's schemas: the verdict is plain Draft 2020-12, the explanation one defect at its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corruptions import Body, bodies, corruptions
from tests.draft import Draft
from tests.mutations import VALUES, mutate

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.judge.schemas.validation import MAX_MESSAGE, Schemas, shorten
from mconn_contracts.model.defect import Defect
from mconn_contracts.wire.decoding import walk

DOCUMENT = load()
SCHEMAS = Schemas(DOCUMENT)
DRAFT = Draft(DOCUMENT)
BODIES = list(bodies(DOCUMENT))
EVERY_BODY = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)

SCHEMA_POINTERS = st.sampled_from([f"/components/schemas/{name}" for name in DOCUMENT.raw["components"]["schemas"]])
MUTATED = st.sampled_from(BODIES).flatmap(lambda body: st.tuples(mutate([body.value]), st.just(body.schema)))
"""A changed body, and the schema that it had."""


def explained(value: Any, schema: str) -> list[Defect]:
    """Every defect of a value, once all that holds for any is asserted."""
    defects = list(SCHEMAS.explain(value, schema))
    owner = Document({"paths": {}, "body": value}, "the body")
    for defect in defects:
        owner.at(f"/body{defect.pointer}")
        DOCUMENT.at(defect.spec)
        assert 0 < len(defect.message) <= MAX_MESSAGE
        assert "is not valid under any of the given schemas" not in defect.message
        assert "\n" not in defect.message
    return defects


def errors(value: Any, schema: str) -> list[Defect]:
    """The defects of a value that are not allowed by plain Draft 2020-12."""
    return [defect for defect in explained(value, schema) if CODES[defect.kind] != "MC103"]


# The verdict.


@EVERY_BODY
def test_an_example_is_valid(body: Body) -> None:
    """Every example of the document has no defect."""
    assert ([], True) == (explained(body.value, body.schema), DRAFT.accepts(body.value, body.schema))


@given(MUTATED)
def test_errors_are_where_plain_validation_refuses(case: tuple[Any, str]) -> None:
    """However a body is changed, it has an error exactly where Draft 2020-12 refuses it."""
    value, schema = case

    assert DRAFT.accepts(value, schema) == (not errors(value, schema))


@given(VALUES, SCHEMA_POINTERS)
def test_any_value_under_any_schema_has_the_plain_verdict(value: Any, schema: str) -> None:
    """Of every schema of the document, the explanation agrees with the verdict, on whatever value."""
    assert DRAFT.accepts(value, schema) == (not errors(value, schema))


@given(MUTATED)
def test_one_value_has_one_error(case: tuple[Any, str]) -> None:
    """A value is explained once; only missing properties are as many as are missing."""
    defects = [defect for defect in errors(*case) if CODES[defect.kind] != "MC104"]
    missing = [defect for defect in errors(*case) if CODES[defect.kind] == "MC104"]

    assert len(defects) == len({defect.pointer for defect in defects})
    assert len(missing) == len({(defect.pointer, defect.message) for defect in missing})


# The explanation.


@EVERY_BODY
def test_a_corruption_is_one_defect_at_its_place(body: Body) -> None:
    """Every other type, every number out of range, every missing property and every kind in another case is one defect."""
    for corruption in corruptions(DOCUMENT, body.value, body.schema):
        defects = explained(corruption.value, body.schema)

        assert [(corruption.code, corruption.pointer)] == [(CODES[defect.kind], defect.pointer) for defect in defects]
        assert not DRAFT.accepts(corruption.value, body.schema)


@EVERY_BODY
def test_an_undeclared_property_is_mc103_and_valid(body: Body) -> None:
    """In every object of a body, a property that nothing declares is one defect, which no schema refuses."""
    for pointer, _ in [each for each in walk(body.value) if isinstance(each[1], dict)]:
        value = copy.deepcopy(body.value)
        Document({"paths": {}, "body": value}, "").at(f"/body{pointer}")["~new/"] = {"deep": [None]}

        assert [("MC103", f"{pointer}/~0new~1")] == [(CODES[each.kind], each.pointer) for each in explained(value, body.schema)]
        assert DRAFT.accepts(value, body.schema)


def test_a_null_result_on_a_failure_is_no_defect() -> None:
    """What is often seen beside what is declared is left alone."""
    failure = next(body for body in BODIES if body.schema.endswith("ApiErrorResponse"))

    assert [] == explained({**failure.value, "result": None}, failure.schema)


EVENT = {"e": {"k": "Init"}, "n": 3, "t": 1700000000}


def test_a_long_list_ends_at_a_name() -> None:
    """Of kinds that find no room in a message, the number is said."""
    (defect,) = explained({**EVENT, "e": {"k": "Other"}}, "/components/schemas/EventGetResponse")
    named, _, more = defect.message.partition(": ")[2].rpartition(" and ")

    assert len(defect.message) <= 300
    assert (f"{16 - named.count(',') - 1} more", []) == (more, sorted(set(named.split(", ")) - set(load().kinds)))


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("", {"e": {"k": "HaInit"}}, '"HaInit" is a kind since revision 2026-08-12: judge with `--overlay 2026-08-12`'),
        ("2026-07-13", {"e": {"k": "HaInit"}}, '"HaInit" is a kind since revision 2026-08-12: judge with `--overlay 2026-08-12`'),
        (
            "2025-02-18",
            {"e": {"k": "StartRotatePki"}},
            '"StartRotatePki" is a kind since revision 2025-05-14: judge with `--overlay 2025-05-14`',
        ),
        (
            "2025-02-18",
            {"v": "1"},
            '"v" is not declared; the schema has e, n, t; it is declared since revision 2026-03-26: judge without `--overlay`',
        ),
        (
            "2026-06-02",
            {"e": {"k": "Init", "url": ""}},
            '"url" is not declared; the schema has k; '
            'since revision 2026-07-13, an event may have any field: judge with `--overlay 2026-07-13`',
        ),
        ("", {"site": ""}, '"site" is not declared; the schema has e, n, t, v'),
        ("2026-07-13", {"site": ""}, '"site" is not declared; the schema has e, n, t, v'),
    ],
)  # fmt: skip
def test_what_another_revision_knows_is_told(name: str, value: dict[str, Any], message: str) -> None:
    """A kind or field that is not declared names the first revision that has it, and how to judge by that."""
    schemas = Schemas(overlaid(load(), [name] if name else []))
    (defect,) = schemas.explain({"e": {"k": "Init"}, "n": 0, "t": 1_700_000_000, **value}, "/components/schemas/EventGetResponse")

    assert message == defect.message


@pytest.mark.parametrize(
    "change, code, pointer, spec, message",
    [
        ({"n": "3"}, "MC101", "/n", "EventGetResponse/properties/n/type", '`n` is "3", but must be an integer'),
        ({"n": None}, "MC101", "/n", "EventGetResponse/properties/n/type", "`n` is null, but must be an integer"),
        ({"n": True}, "MC101", "/n", "EventGetResponse/properties/n/type", "`n` is true, but must be an integer"),
        ({"n": -3}, "MC105", "/n", "EventGetResponse/properties/n/minimum", "-3 is below the minimum, 0"),
        ({"n": 2**60}, "MC105", "/n", "EventGetResponse/properties/n/maximum", f"{2**60} is above the maximum, {2**53 - 1}"),
        ({"n": 0.5}, "MC106", "/n", "EventGetResponse/properties/n/type", "0.5 has a fraction, but must be an integer"),
        ({"n": -0.5}, "MC106", "/n", "EventGetResponse/properties/n/type", "-0.5 has a fraction, but must be an integer"),
        ({"v": 2}, "MC101", "/v", "EventGetResponse/properties/v/type", "`v` is 2, but must be a string"),
        ({"w": 2}, "MC103", "/w", "EventGetResponse/properties", '"w" is not declared; the schema has e, n, t, v'),
        ({"e": []}, "MC101", "/e", "Event/oneOf", "`e` is an array, but must be an object"),
        ({"e": {}}, "MC104", "/e", "Event/oneOf", 'the required property "k" is missing; the object is empty'),
        ({"e": {"k": 5}}, "MC101", "/e/k", "Event/oneOf", "`k` is 5, but must be a string"),
        ({"e": {"k": "init"}}, "MC102", "/e/k", "Event/oneOf", '"init" is not one of the 16 kinds (did it mean Init?): '),
        ({"e": {"k": "Other"}}, "MC102", "/e/k", "Event/oneOf", '"Other" is not one of the 16 kinds: Init, Leave'),
        (
            {"e": {"k": "HaInit"}},
            *("MC102", "/e/k", "Event/oneOf", '"HaInit" is a kind since revision 2026-08-12: judge with `--overlay 2026-08-12`'),
        ),
        (
            {"e": {"k": "StartUpgrade"}},
            *("MC104", "/e", "StartUpgradeEvent/required", 'the required property "url" is missing; the object has k'),
        ),
        (
            {"e": {"k": "Init", "url": ""}},
            *("MC103", "/e/url", "InitEvent/properties", '"url" is not declared; the schema has k; '),
        ),
    ],
)  # fmt: skip
def test_a_defect_says_what_was_seen_and_what_is_allowed(
    change: dict[str, Any], code: str, pointer: str, spec: str, message: str
) -> None:
    """A message has the value and what was allowed, and the pointer into the document leads to the keyword that it breaks."""
    (defect,) = explained({**EVENT, **change}, "/components/schemas/EventGetResponse")

    assert (code, pointer, f"/components/schemas/{spec}") == (CODES[defect.kind], defect.pointer, defect.spec)
    assert message == defect.message[: len(message)]
    assert (code == "MC102" or message.endswith("; ")) or message == defect.message


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\nb\r\nc", "a b c"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 299 + "\n" + "y" * 400, "x" * 299 + "…"),
        ("\r\n" * 301 + "x", " " * 299 + "…"),
    ],
)
def test_a_message_is_one_line_of_300_characters(text: str, shown: str) -> None:
    """What is longer is cut."""
    assert shown == shorten(text)
