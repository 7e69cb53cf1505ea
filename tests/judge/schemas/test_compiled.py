"""Schemas as types: what they accept has no defect, and what they refuse has those of `jsonschema`, word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.draft import Draft
from tests.wire.test_arrays import large_from

from mconn_contracts.contract.api import LARGEST_INTEGER, LATEST_SECOND
from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.schemas.compiled import accepts, compile_schema, example, kind_of
from mconn_contracts.judge.schemas.validation import Schemas, _in_row
from mconn_contracts.model.defect import Defect, DefectKind
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


def union_of(**mapping: str) -> dict[str, Any]:
    """A union of the schemas at some places."""
    return with_mapping(**mapping) | {"oneOf": [{"$ref": place} for place in mapping.values()]}


SCHEMAS = "#/components/schemas"
TO_A, TO_B = f"{SCHEMAS}/A", f"{SCHEMAS}/B"
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
    "object whose first name may be left out": an_object("n", s=STRING, n=INTEGER),
    "object with names like those that are made up": an_object("a b", "_0", **{"a b": INTEGER, "_0": INTEGER}),
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
    "union of objects that have kinds": union_of(e=f"{SCHEMAS}/E", b=TO_B),
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
    "several types and values": {"type": ["string", "null"], "enum": ["a", None]},
    "values of any type": {"enum": ["a", 1]},
    "required of any type": {"required": ["n"]},
    "no discriminator": {"oneOf": UNION["oneOf"]},
    "a union of nothing": {"oneOf": []},
    "a union in another order": with_mapping(b=TO_B, a=TO_A),
    "a union with a member that is not told": {**UNION, "oneOf": [*UNION["oneOf"], {"$ref": "#/components/schemas/C"}]},
    "a union told by another value": with_mapping(c=TO_A, b=TO_B),
    "a union told by another name": {**UNION, "discriminator": {**UNION["discriminator"], "propertyName": "n"}},
    "a union beside a type": {**UNION, "type": "object"},
    "a reference beside a type": {"$ref": "#/components/schemas/A", "type": "object"},
    "a member that does not require it": union_of(c=f"{SCHEMAS}/C", a=TO_A),
    "a member without a type": union_of(d=f"{SCHEMAS}/D", a=TO_A),
    # A type of one kind alone accepts what does not say its kind.
    "a union of one member": union_of(a=TO_A),
    "an object of one kind": an_object("k", k={"type": "string", "enum": ["a", "a"]}, n=INTEGER),
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
    *({"kind": "e", "k": "a"}, {"kind": "e", "k": "c"}, {"kind": "e"}),
    *({"k": "a"}, {"k": "b", "n": 1}, {"k": "c"}, {"k": 1}, {"k": "a", "z": 1}, {"inner": {"n": 9, "z": 1}}, {"inner": {}}),
    *({"class": 1, "_n": 1, "a b": 1, "a/b~": "a"}, {"class": "1", "_n": "1", "a b": "1", "a/b~": 1}, {"inner": [], "kind": []}),
]


def documented(schema: dict[str, Any]) -> Document:
    """The document with a schema, and what that refers to."""
    raw = dict(load().raw)
    told = {
        name: an_object(*required, kind={"type": "string", "const": name.lower()})
        for name, required in (("C", ()), ("D", ["kind"]))
    }
    del told["D"]["type"]
    told["E"] = an_object("kind", "k", kind={"type": "string", "const": "e"}, k={"type": "string", "enum": ["a", "b"]})
    schemas = {**raw["components"]["schemas"], "A": A, "B": B, **told, "Tried": schema}
    raw["components"] = {**raw["components"], "schemas": schemas}
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
        assert [defect.kind for defect in expected] == compiled.kinds(value, POINTER) == plain.kinds(value, POINTER), value
        # The type takes no float for an integer, and no property that is not declared, whether any may be there or not.
        usual = "." not in str(value) and (not isinstance(value, dict) or "type" not in COMPILED[name] or set(value) <= declared)
        assert (not expected and usual) == accepts(schema.type, value), value


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_is_not_compiled(name: str) -> None:
    """A schema that says anything else goes to `jsonschema`."""
    document = documented(REFUSED[name])

    assert Schemas(document).compiled(POINTER) is None
    assert Schemas(document).compiled("/components/schemas/A") is not None


JUDGED_BY_JSONSCHEMA = [
    name for name in REFUSED if name not in ("a bound that is true", "a boolean schema", "a union of nothing")
]


@pytest.mark.parametrize("name", JUDGED_BY_JSONSCHEMA)
def test_what_is_not_compiled_has_the_plain_verdict(name: str) -> None:
    """A value has an error where Draft 2020-12 refuses it, unless a discriminator says which member it is judged by."""
    document = documented(REFUSED[name])
    schemas, draft = Schemas(document), Draft(document)
    for value in VALUES:
        found = schemas.explain(value, POINTER)
        errors = [defect for defect in found if defect.kind is not DefectKind.UNDECLARED_PROPERTY]
        told = "discriminator" in REFUSED[name]

        assert told or draft.accepts(value, POINTER) == (not errors), value


NESTED: dict[str, tuple[int, Callable[[dict[str, Any], int], dict[str, Any]]]] = {
    "arrays": (1, lambda schema, _: {"type": "array", "items": schema}),
    "objects": (1, lambda schema, _: an_object(n=schema)),
    "references": (1, lambda _, number: {"$ref": f"#/components/schemas/Inner{number}"}),
    "unions": (2, lambda _, number: union_of(**{f"Inner{number}": f"{SCHEMAS}/Inner{number}", "b": TO_B})),
}
"""How many steps it is to what stands within, and what stands around it."""


@pytest.mark.parametrize("form", NESTED)
def test_schemas_are_compiled_as_deep_as_they_may_be_nested(form: str) -> None:
    """What stands 24 steps within is compiled, and what is deeper is not, whatever it stands in."""
    steps, around = NESTED[form]
    for more, compiled in ((0, True), (1, False)):
        document = documented({})
        schemas = document.raw["components"]["schemas"]
        schema: dict[str, Any] = STRING
        # An array makes the number of steps even, or odd.
        for _ in range(more):
            schema = {"type": "array", "items": schema}
        for number in range(24 // steps):
            told = an_object("kind", kind={"type": "string", "const": f"Inner{number}"}, n=schema)
            schemas[f"Inner{number}"] = told if form == "unions" else schema
            schema = around(schema, number)
        schemas["Tried"] = schema

        assert compiled == (Schemas(document).compiled(POINTER) is not None)


def test_a_schema_within_itself_is_not_compiled() -> None:
    """It is nested without end."""
    assert Schemas(documented(an_object(n={"$ref": f"#{POINTER}"}))).compiled(POINTER) is None


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
    assert example(compile_schema(load(), "/components/schemas/EventGetEnvelope").type, whole=False)["success"]


def test_types_tell_their_kinds() -> None:
    """A struct of one kind of event has its `k`; what has none of its own has none."""
    event: Any = compile_schema(load(), "/components/schemas/EventGetResponse").type
    value = msgspec.json.decode(b'{"e": {"k": "Leave"}, "n": 1, "t": 2}', type=event)

    listed: Any = compile_schema(documented(COMPILED["object of one kind"]), POINTER).type

    assert ("Leave", None, None) == (kind_of(type(value.e)), kind_of(event), kind_of(int))
    assert "b" == kind_of(type(msgspec.json.decode(b'{"k": "b"}', type=listed)))


def explained(body: bytes, schemas: Schemas) -> list[Defect]:
    """The defects of a list."""
    return list(schemas.explain(decode(body).value, POINTER))


@pytest.mark.parametrize("compiled", [True, False])
def test_items_of_a_large_array_have_their_own_places(compiled: bool) -> None:
    """An array that is decoded in parts has the defects of one that is held whole."""
    body = b"[" + b",".join([b"1"] * 20 + [b"-1"] + [b"2"] * 20 + [b'"a"']) + b"]"
    schemas = Schemas(documented(COMPILED["list"]), compiled=compiled)
    whole = explained(body, schemas)
    with large_from(10):
        assert whole == explained(body, schemas)
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
        (COMPILED["lists"], [[1]], "item 0 is 1, but must be a string"),
        (COMPILED["lists"], [[], ["a", 1, "a"]], "item 1 is 1, but must be a string"),
        (COMPILED["lists"], [["a", 1]], "item 1 is 1, but must be a string"),
        (an_object(l=COMPILED["list"]), {"l": ["a"]}, 'item 0 is "a", but must be an integer'),
        (COMPILED["object of objects"], {"inner": {"n": "a"}}, '`n` is "a", but must be an integer'),
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
    "schema, value, kind",
    [
        ({"type": "integer", "maximum": LATEST_SECOND}, LATEST_SECOND + 1, DefectKind.TIME_IN_MILLISECONDS),
        ({"type": "integer", "maximum": LATEST_SECOND}, LARGEST_INTEGER, DefectKind.TIME_IN_MILLISECONDS),
        ({"type": "integer", "maximum": LATEST_SECOND}, LARGEST_INTEGER + 1, DefectKind.NUMBER_OUT_OF_RANGE),
        ({"type": "integer", "maximum": LATEST_SECOND - 1}, LATEST_SECOND, DefectKind.NUMBER_OUT_OF_RANGE),
        ({"type": "integer", "minimum": LATEST_SECOND}, 5, DefectKind.NUMBER_OUT_OF_RANGE),
        ({"exclusiveMinimum": 1}, 1, DefectKind.NUMBER_OUT_OF_RANGE),
        ({"exclusiveMaximum": 1}, 1, DefectKind.NUMBER_OUT_OF_RANGE),
        ({"const": LATEST_SECOND}, 5, DefectKind.SCHEMA_MISMATCH),
        (INTEGER, 0.5, DefectKind.FRACTIONAL_NUMBER),
        ({"type": ["integer", "null"]}, 0.5, DefectKind.SCHEMA_MISMATCH),
        ({"const": "integer"}, 0.5, DefectKind.SCHEMA_MISMATCH),
        (STRING, 0.5, DefectKind.SCHEMA_MISMATCH),
        ({"type": "number", "multipleOf": 2}, 0.5, DefectKind.SCHEMA_MISMATCH),
        ({"required": ["n"]}, {}, DefectKind.MISSING_PROPERTY),
        (UNION, {"kind": "c"}, DefectKind.UNKNOWN_KIND),
    ],
)
def test_a_fault_is_of_one_kind(schema: dict[str, Any], value: Any, kind: DefectKind) -> None:
    """As the keyword says that is broken, and for numbers, what they are; the message of a number names its bound."""
    (defect,) = Schemas(documented(schema)).explain(value, POINTER)

    assert kind is defect.kind
    assert ("seconds" in defect.message) == (schema.get("maximum") == LATEST_SECOND)


def test_a_fraction_may_break_another_keyword_as_well() -> None:
    """It is below the minimum as a fraction, and no multiple: the bound is not said."""
    schema = {"type": "integer", "minimum": 0, "multipleOf": 2}
    kinds = Schemas(documented(schema)).kinds(-0.5, POINTER)

    assert [DefectKind.FRACTIONAL_NUMBER, DefectKind.SCHEMA_MISMATCH] == kinds


@pytest.mark.parametrize(
    "seen, hint",
    [("x" * 26 + "y" * 34 + "z", "did it mean"), ("y" * 34 + "x" * 26, "did it mean"), ("y" * 35 + "x" * 26, "kinds: x")],
)
def test_a_kind_is_compared_by_its_first_60_characters(seen: str, hint: str) -> None:
    """Comparing a text of any length could take any time."""
    kind = "x" * 26
    document = documented(union_of(**{kind: TO_A, "b": TO_B}))
    document.raw["components"]["schemas"]["A"] = an_object("kind", kind={"type": "string", "const": kind})
    (defect,) = Schemas(document).explain({"kind": seen}, POINTER)

    assert hint in defect.message


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
