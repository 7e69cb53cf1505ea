"""Schemas as types: what they accept has no defect, and what they refuse has those of `jsonschema`, word for word."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from tests.wire.test_arrays import large_from

from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.schemas.compiled import accepts, compile_schema, example, kind_of
from mconn_contracts.judge.schemas.validation import Schemas, _in_row
from mconn_contracts.model.defect import Defect
from mconn_contracts.wire.decoding import decode

A, B = ({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "const": each}}} for each in "ab")
A["properties"]["n"] = {"type": "integer", "minimum": 0}
UNION: dict[str, Any] = {
    "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
    "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/B"}},
}
ANNOTATIONS = [
    *("$comment", "default", "deprecated", "description", "example", "examples", "externalDocs", "format"),
    *("readOnly", "title", "writeOnly", "x-a"),
]
INTEGER, STRING = {"type": "integer"}, {"type": "string"}


def an_object(*required: str, **properties: Any) -> dict[str, Any]:
    """A schema of objects."""
    return {"type": "object", **({"required": list(required)} if required else {}), "properties": properties}


def with_mapping(**mapping: str) -> dict[str, Any]:
    """The union, with other values of its discriminator."""
    return {**UNION, "discriminator": {"propertyName": "kind", "mapping": mapping}}


TO_A, TO_B = "#/components/schemas/A", "#/components/schemas/B"
COMPILED: dict[str, dict[str, Any]] = {
    "string": STRING,
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "integer": INTEGER,
    "least": {"type": "integer", "minimum": 1},
    "most": {"type": "integer", "maximum": 3},
    "most that is negative": {"type": "integer", "maximum": -1},
    "range": {"type": "integer", "minimum": -2, "maximum": 3},
    "range of large numbers": {"type": "integer", "minimum": -(2**62) + 1, "maximum": 2**62 - 1},
    "one of": {"type": "string", "enum": ["a", "b", "a"]},
    "just": {"type": "string", "const": "a"},
    "annotated": STRING | dict.fromkeys(ANNOTATIONS, "a"),
    "list": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    "lists": {"type": "array", "items": {"type": "array", "items": STRING}},
    "object": an_object("n", n=INTEGER, s=STRING),
    "object of nothing": {"type": "object"},
    "object that needs all": an_object("s", "n", n=INTEGER, s=STRING),
    "object that is closed": {**an_object("n", n=INTEGER, s=STRING), "additionalProperties": False},
    "object that is closed and empty": {"type": "object", "properties": {}, "additionalProperties": False},
    "object that is open": {**an_object("n", n=INTEGER), "additionalProperties": True},
    "object with others": {**an_object("n", n=INTEGER), "x-also-seen": ["also", "s"]},
    "object with odd names": an_object("class", "_n", "a b", **{"class": INTEGER, "_n": INTEGER, "a b": INTEGER, "a/b~": STRING}),
    "object of one kind": an_object("k", k={"type": "string", "enum": ["a", "b"]}, n=INTEGER),
    "object whose kind may be left out": an_object(k={"type": "string", "enum": ["a", "b"]}),
    "object whose kind is free": an_object("k", k=STRING),
    "object of objects": an_object("inner", inner=an_object("n", n={"type": "integer", "maximum": 3})),
    "union": UNION,
    "list of a union": {"type": "array", "items": UNION},
    "elsewhere": {"$ref": "#/components/schemas/A"},
}
REFUSED: dict[str, dict[str, Any]] = {
    "no type": {},
    "a number": {"type": "number"},
    "several types": {"type": ["string", "null"]},
    "a pattern": {"type": "string", "pattern": "a"},
    "a constant of another type": {"type": "string", "const": 1},
    "a value of another type": {"type": "string", "enum": ["a", 1]},
    "no value": {"type": "string", "enum": []},
    "a value and a constant": {"type": "string", "enum": ["a"], "const": "a"},
    "a bound of a string": {"type": "string", "minimum": 1},
    "a bound with a fraction": {"type": "integer", "minimum": 0.5},
    "a bound that is true": {"type": "integer", "maximum": True},
    "a bound that is too large": {"type": "integer", "minimum": 0, "maximum": 2**62},
    "a bound that is too small": {"type": "integer", "minimum": -(2**62), "maximum": 0},
    "a multiple": {"type": "integer", "multipleOf": 2},
    "items of anything": {"type": "array"},
    "an array of a number": {"type": "array", "items": {"type": "number"}},
    "an array of at least one": {"type": "array", "items": STRING, "minItems": 1},
    "a property that is required and not declared": an_object("z", n=INTEGER),
    "other properties of a schema": {**an_object(n=INTEGER), "additionalProperties": STRING},
    "a boolean schema": an_object(n=True),
    "a kind that is a boolean schema": an_object("k", k=True),
    "a name with a quotation mark": an_object(**{'"': INTEGER}),
    "at least one property": {**an_object(n=INTEGER), "minProperties": 1},
    "no discriminator": {"oneOf": UNION["oneOf"]},
    "a union in another order": with_mapping(b=TO_B, a=TO_A),
    "a union with a member that is not told": {**UNION, "oneOf": [*UNION["oneOf"], {"$ref": "#/components/schemas/C"}]},
    "a union told by another value": with_mapping(c=TO_A, b=TO_B),
    "a union told by another name": {**UNION, "discriminator": {**UNION["discriminator"], "propertyName": "n"}},
    "a union beside a type": {**UNION, "type": "object"},
    "a reference beside a type": {"$ref": "#/components/schemas/A", "type": "object"},
    "a member that does not require it": {
        "oneOf": [{"$ref": "#/components/schemas/C"}],
        "discriminator": {"propertyName": "kind", "mapping": {"c": "#/components/schemas/C"}},
    },
    "a member without a type": {
        "oneOf": [{"$ref": "#/components/schemas/D"}],
        "discriminator": {"propertyName": "kind", "mapping": {"d": "#/components/schemas/D"}},
    },
}
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        "",
        "a",
        "b",
        "c",
        0,
        1,
        -1,
        -2,
        -3,
        3,
        4,
        2,
        1.0,
        3.0,
        4.0,
        -0.5,
        1.5,
        2**62 - 1,
        2**62,
        -(2**62),
        10**30,
    ),
    *([], [1], [-1, "a", 1], ["a"], [["a"], []], [["a", 1], 1], [{"kind": "a"}, {"kind": "c"}], {}),
    *({"n": 1}, {"n": "1"}, {"n": 1, "s": "a"}, {"s": 1}, {"n": 1, "s": 1, "z": 1, "y": 2}, {"n": 1, "also": 1}, {"z": 1}),
    *({"kind": "a"}, {"kind": "b"}, {"kind": "c"}, {"kind": 1}, {"kind": None}, {"kind": "a", "n": -1}, {"kind": "b", "n": -1}),
    *({"k": "a"}, {"k": "b", "n": 1}, {"k": "c"}, {"k": 1}, {"k": "a", "z": 1}, {"inner": {"n": 9, "z": 1}}, {"inner": {}}),
    *({"class": 1, "_n": 1, "a b": 1, "a/b~": "a"}, {"class": "1", "_n": "1", "a b": "1", "a/b~": 1}, {"inner": [], "kind": []}),
]


def documented(schema: dict[str, Any]) -> Document:
    """The document with a schema, and what that refers to."""
    raw = copy.deepcopy(dict(load().raw))
    told = {
        name: an_object(*required, kind={"type": "string", "const": name.lower()})
        for name, required in (("C", ()), ("D", ["kind"]))
    }
    del told["D"]["type"]
    raw["components"]["schemas"] |= {"A": A, "B": B, **told, "Tried": schema}
    return Document(raw, "tried.yaml")


POINTER = "/components/schemas/Tried"


@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_schema_has_the_defects_of_jsonschema(name: str) -> None:
    """Of every value: where it is accepted, none, and else the same ones, in the same order and words."""
    document = documented(COMPILED[name])
    compiled, plain = Schemas(document), Schemas(document, compiled=False)
    schema = compiled.compiled(POINTER)

    declared = set(COMPILED[name].get("properties", ()))

    assert schema is not None
    for value in VALUES:
        expected = list(plain.explain(value, POINTER))
        assert expected == list(compiled.explain(value, POINTER)), value
        assert [defect.kind for defect in expected] == compiled.kinds(value, POINTER), value
        # The type takes no float for an integer, and no property that is not declared, whether any may be there or not.
        usual = "." not in str(value) and (not isinstance(value, dict) or "type" not in COMPILED[name] or set(value) <= declared)
        assert (not expected and usual) == accepts(schema.type, value), value


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_is_not_compiled(name: str) -> None:
    """A schema that says anything else goes to `jsonschema`."""
    document = documented(REFUSED[name])

    assert Schemas(document).compiled(POINTER) is None
    assert Schemas(document).compiled("/components/schemas/A") is not None


@pytest.mark.parametrize("depth, compiled", [(24, True), (25, False)])
def test_schemas_are_compiled_as_deep_as_they_may_be_nested(depth: int, compiled: bool) -> None:
    """Arrays in arrays, 24 of them at most."""
    schema: dict[str, Any] = STRING
    for _ in range(depth):
        schema = {"type": "array", "items": schema}

    assert compiled == (Schemas(documented(schema)).compiled(POINTER) is not None)


def test_a_reference_that_leaves_the_document_is_not_compiled() -> None:
    """Nobody fetches it."""
    assert Schemas(documented({"$ref": "other.yaml#/A"})).compiled(POINTER) is None


def test_examples_have_all_names_or_those_that_are_required() -> None:
    """What a type's values look like, to see whether they are recognized."""
    event = compile_schema(load(), "/components/schemas/EventGetResponse").type
    page = compile_schema(load(), "/components/schemas/EventListResponse").type

    assert ({"e", "n", "t", "v"}, {"e", "n", "t"}) == tuple(set(example(event, whole=each)) for each in (True, False))
    assert {"a", "k", "n", "t"} == set(example(page, whole=True)["items"][0])
    assert (["cursor"], []) == tuple([name for name in example(page, whole=each) if name == "cursor"] for each in (True, False))
    assert isinstance(example(event, whole=False)["e"], dict)


def test_types_tell_their_kinds() -> None:
    """A struct of one kind of event has its `k`; what has none of its own has none."""
    event: Any = compile_schema(load(), "/components/schemas/EventGetResponse").type
    value = msgspec.json.decode(b'{"e": {"k": "Leave"}, "n": 1, "t": 2}', type=event)

    assert ("Leave", None, None) == (kind_of(type(value.e)), kind_of(event), kind_of(int))


def explained(body: bytes) -> list[Defect]:
    """The defects of a list."""
    return list(Schemas(documented(COMPILED["list"])).explain(decode(body).value, POINTER))


def test_items_of_a_large_array_have_their_own_places() -> None:
    """An array that is decoded in parts has the defects of one that is held whole."""
    body = b"[" + b",".join([b"1"] * 20 + [b"-1"] + [b"2"] * 20 + [b'"a"']) + b"]"
    whole = explained(body)
    with large_from(10):
        assert whole == explained(body)
    assert ["/20", "/41"] == [defect.pointer for defect in whole]


LONG = "x" * 80


@pytest.mark.parametrize(
    "schema, value, message",
    [
        (STRING, 5, "the value is 5, but must be a string"),
        (INTEGER, "a", 'the value is "a", but must be an integer'),
        (INTEGER, [1], "the value is an array, but must be an integer"),
        (INTEGER, {"a": 1}, "the value is an object, but must be an integer"),
        (INTEGER, 0.5, "0.5 has a fraction, but must be an integer"),
        (STRING, 0.5, "the value is 0.5, but must be a string"),
        ({"type": "null"}, 5, "the value is 5, but must be null"),
        ({"type": "boolean"}, None, "the value is null, but must be a boolean"),
        ({"type": ["string", "null"]}, 5, "the value is 5, but must be a string or null"),
        ({"type": ["integer", "null"]}, 0.5, "the value is 0.5, but must be an integer or null"),
        (COMPILED["list"], [1, "a"], 'item 1 is "a", but must be an integer'),
        (an_object(n=INTEGER), {"n": "a"}, '`n` is "a", but must be an integer'),
        (an_object(**{LONG: INTEGER}), {LONG: "a"}, f'`{LONG[:60]}` is "a", but must be an integer'),
        (COMPILED["least"], 0, "0 is below the minimum, 1"),
        (COMPILED["most"], 4, "4 is above the maximum, 3"),
        ({"type": "integer", "exclusiveMinimum": 1}, 1, "1 is not allowed by exclusiveMinimum: 1"),
        (COMPILED["one of"], "c", '"c" is not allowed by enum: ["a", "b", "a"]'),
        (COMPILED["just"], "c", '"c" is not allowed by const: "a"'),
        ({"type": "string", "pattern": "^a"}, "b", '"b" is not allowed by pattern: "^a"'),
        (an_object("n", n=INTEGER), {}, 'the required property "n" is missing; the object is empty'),
        (
            {**an_object("n", n=INTEGER), "additionalProperties": True},
            dict.fromkeys("abcdefghij", 1),
            'the required property "n" is missing; the object has a, b, c, d, e, f, g, h',
        ),
        (UNION, {"kind": "A"}, '"A" is not one of the 2 kinds (did it mean a?): a, b'),
        (UNION, {"kind": "zz"}, '"zz" is not one of the 2 kinds: a, b'),
        (UNION, {"kind": "HaInit"}, '"HaInit" is a kind since revision 2026-08-12: judge with `--overlay 2026-08-12`'),
    ],
)
def test_a_defect_is_said_in_one_sentence(schema: dict[str, Any], value: Any, message: str) -> None:
    """What was seen, and what is allowed; the same by types and by `jsonschema`."""
    document = documented(schema)
    for compiled in (True, False):
        (defect,) = Schemas(document, compiled=compiled).explain(value, POINTER)
        assert message == defect.message


@pytest.mark.parametrize(
    "start, names, text",
    [
        ("", ["a"], "a"),
        ("it: ", ["a", "b"], "it: a, b"),
        ("", ["x" * 298, "y"], "x" * 298 + " and 1 more"),
        ("", ["x" * 297, "y"], "x" * 297 + ", y"),
        ("", ["x" * 100, "y" * 100, "z" * 100], f"{'x' * 100}, {'y' * 100} and 1 more"),
        ("", ["x" * 400, "y", "z"], "x" * 400 + " and 2 more"),
        ("", ["x" * 400], "x" * 400),
    ],
)
def test_as_many_names_are_said_as_find_room(start: str, names: list[str], text: str) -> None:
    """In 300 characters, one at least; of the others, how many there are."""
    assert text == _in_row(start, names)
