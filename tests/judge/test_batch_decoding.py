"""Types that decode the payloads of a batch together: what they accept, and how seldom a line is decoded by itself."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from tests.judge.schemas.test_compiled import documented

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.document import load
from mconn_contracts.judge.batches import Batches, Model, _marks_of_items
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.judge.schemas.compiled import compile_schema

PLAN = Plan(load())
VALID = {
    "short": b'{"e":{"k":"Init"},"n":1,"t":2}',
    "long": b'{"e":{"k":"Leave"},"n":3,"t":1700000000,"v":"1.0 and more of it"}',
    "spaced": b' {"e": {"k": "Init"}, "n": 1, "t": 2} ',
    "ordered otherwise": b'{"t":2,"n":1,"e":{"k":"Init"}}',
}
REFUSED = {
    "of another type": b'{"e":{"k":"Init"},"n":"1","t":2}',
    "no JSON": b'{"e":]',
    "twice": b'{"e":{"k":"Init"},"n":1,"t":2} {"e":{"k":"Init"},"n":1,"t":2}',
    "a name twice": b'{"e":{"k":"Init"},"n":1,"n":2,"t":2}',
    "blank": b"",
}
LINES = VALID | REFUSED
PLAIN = ("short", "long", "spaced", "ordered otherwise", "of another type", "no JSON")
"""Lines of which a decoder of lines says where it stops, or nothing at all."""


class Counting:
    """A decoder that counts how often it decodes a line by itself."""

    def __init__(self, decoder: Any) -> None:
        self.singly = 0
        self.decode_lines = decoder.decode_lines
        self._decode = decoder.decode

    def decode(self, line: bytes) -> Any:
        """The value of a line."""
        self.singly += 1
        return self._decode(line)


def model(name: str) -> tuple[Model, Counting]:
    """The model of that name, and its decoder."""
    found = Batches(PLAN, check, every=False, gathers=False)._model(name)
    assert found is not None
    counting = Counting(found._decoder)
    found._decoder = counting  # type: ignore[assignment]
    return found, counting


EVENT, DECODER = model("EventGetResponse")


def texts() -> Iterator[Sequence[str]]:
    """Every text of at most three lines, and some that are longer."""
    for number in (1, 2, 3):
        yield from itertools.product(LINES, repeat=number)
    drawn = random.Random(7)
    for _ in range(400):
        yield drawn.choices(tuple(LINES), k=drawn.randint(4, 12))


def batch(names: Sequence[str], end: bytes = b"\n") -> Batch:
    """A text of the lines of those names."""
    return Batch("archive", b"\n".join(LINES[name] for name in names) + end, range(1, 1 + len(names)))


def held(indexes: Sequence[int], values: Sequence[Any]) -> dict[int, Any]:
    """Values by their indexes, as JSON has them."""
    return dict(sorted(zip(indexes, map(msgspec.to_builtins, values), strict=True)))


@pytest.mark.parametrize("end", [b"\n", b""], ids=["with an end", "without an end"])
def test_a_text_is_accepted_line_by_line(end: bytes) -> None:
    """Whatever stands in it: each valid line has its value, and each of the others is named, and handed out as it stands."""
    for names in texts():
        if not end and names[-1] == "blank":
            # It is the end of the line before it.
            continue
        taken = batch(names, end)
        indexes, values, others = EVENT.accept(taken)
        valid = {index: json.loads(LINES[name]) for index, name in enumerate(names) if name in VALID}

        assert (valid, [*set(range(len(names))) - valid.keys()]) == (held(indexes, values), sorted(others)), names
        assert [LINES[names[index]] for index in others] == [taken.body(index) for index in others], names


def test_payloads_are_accepted_one_by_one() -> None:
    """Those that are no text have the same values, also if one of them stands on several lines."""
    for names in itertools.product(LINES, repeat=2):
        lines = [LINES[name].replace(b",", b",\n") for name in names]
        indexes, values, others = EVENT.accept(Batch("archive", lines, range(len(lines))))
        valid = {index: json.loads(lines[index]) for index, name in enumerate(names) if name in VALID}

        assert (valid, [*set(range(len(names))) - valid.keys()]) == (held(indexes, values), sorted(others)), names


def test_a_line_is_decoded_by_itself_only_after_two_that_are_refused() -> None:
    """What stands around these is decoded together, and the text is not cut."""
    drawn = random.Random(11)
    for _ in range(200):
        names = drawn.choices(PLAIN, weights=(4, 4, 2, 2, 1, 1), k=drawn.randint(1, 14))
        refused = [index for index, name in enumerate(names) if name in REFUSED]
        taken = batch(names)
        DECODER.singly = 0
        _, _, others = EVENT.accept(taken)

        assert [LINES[names[index]] for index in others] == [taken.body(index) for index in others], names
        assert (len(names) - refused[1] - 1 if len(refused) > 2 else 0) == DECODER.singly, names
        assert "bodies" not in vars(taken), names


def page(items: Sequence[str], count: str = "2", rest: str = "") -> str:
    """A page of events in short."""
    return f'{{"count":{count},"items":[{",".join(items)}]{rest}}}'


ITEM = '{"a":1,"k":"Init","n":0,"t":1}'
PAGES = {
    page([]): True,
    page([ITEM]): True,
    page([ITEM, ITEM], rest=',"cursor":"c"'): True,
    page([ITEM, ITEM]).replace(",", ",\t"): True,
    page([ITEM, '{"t":1,"n":0,"k":"Init","a":1}']): True,
    page([ITEM], count="2.0"): False,
    page([ITEM, ITEM], rest=',"count":2'): False,
    page([ITEM, '{"a":1,"k":"Init","n":0,"t":1,"t":1}']): False,
    page([ITEM, ITEM.replace("Init", r"\u0022")]): False,
    # The marks in a value that are written as escapes make room for a name that comes twice.
    page([ITEM], rest=r',"cursor":"\u0022\u0022","count":1'): False,
    page([ITEM], rest=r',"cursor":"\\"'): False,
    page([ITEM], rest=',"cursor":""'): True,
    page([ITEM])[:-1]: False,
}


@pytest.mark.parametrize("enveloped", [True, False])
def test_pages_are_accepted_by_their_quotation_marks(enveloped: bool) -> None:
    """Where a page has as many as its value, no name comes twice; one with an escape is looked at by itself."""
    found, _ = model("listEvents" if enveloped else "EventListResponse")
    around = '{"success":true,"errors":[],"messages":[],"result":%s}' if enveloped else "%s"
    bodies = [(around % body).encode() for body in PAGES]
    indexes, values, others = found.accept(Batch("archive", bodies, range(len(bodies))))
    valid = {index: json.loads(bodies[index]) for index, accepted in enumerate(PAGES.values()) if accepted}

    assert (valid, [*set(range(len(bodies))) - valid.keys()]) == (held(indexes, values), sorted(others))


INTEGER, STRING = {"type": "integer"}, {"type": "string"}
TRIED = documented({})


def typed(**schemas: Any) -> Any:
    """The type of the schema `Tried`."""
    TRIED.raw["components"]["schemas"].update(schemas)
    return compile_schema(TRIED, "/components/schemas/Tried").type


@pytest.mark.parametrize(
    "properties, optional, marks",
    [
        ({"a": INTEGER}, (), 2),
        ({"a": {"type": "integer", "minimum": 0}}, (), 2),
        ({"a": INTEGER, "b": STRING}, (), 6),
        ({"a": {"type": "string", "enum": ["x", "y"]}, "b": {"type": "string", "const": "x"}}, (), 8),
        ({"k": {"type": "string", "enum": ["x", "y"]}, "n": INTEGER, "s": STRING}, (), 10),
        ({"a": INTEGER, "b": STRING}, ("b",), None),
        ({"a": INTEGER, "b": INTEGER}, ("a",), None),
        ({"a": {"type": "array", "items": STRING}}, (), None),
        ({"a": {"type": "array", "items": INTEGER}}, (), 2),
        ({"a": {"type": "object", "properties": {"b": STRING}}}, (), None),
    ],
)
def test_items_have_as_many_quotation_marks_as_names_and_texts(
    properties: dict[str, Any], optional: Sequence[str], marks: int | None
) -> None:
    """Two for each name and each text, where no item has others: what is optional, or nested, may have more or fewer."""
    item = {"type": "object", "properties": properties, "required": [name for name in properties if name not in optional]}
    pages = {"type": "object", "properties": {"count": INTEGER, "items": {"type": "array", "items": item}}, "required": ["items"]}
    whole = {"type": "object", "properties": {"ok": {"type": "boolean"}, "result": pages}, "required": ["result"]}

    assert marks == _marks_of_items(typed(Tried=pages), enveloped=False)
    assert marks == _marks_of_items(typed(Tried=whole), enveloped=True)


def test_items_may_be_told_apart_by_their_kind() -> None:
    """Where all kinds have as many quotation marks, so have all items."""
    kinds = [
        {"type": "object", "properties": {"kind": {"type": "string", "const": each}, "n": INTEGER}, "required": ["kind", "n"]}
        for each in "ab"
    ]
    other = {"type": "object", "properties": {"kind": {"type": "string", "const": "b"}}, "required": ["kind"]}
    union = {
        "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "kind", "mapping": {each: f"#/components/schemas/{each.upper()}" for each in "ab"}},
    }
    pages = {"type": "object", "properties": {"items": {"type": "array", "items": union}}, "required": ["items"]}

    assert 6 == _marks_of_items(typed(Tried=pages, A=kinds[0], B=kinds[1]), enveloped=False)
    assert None is _marks_of_items(typed(Tried=pages, A=kinds[0], B=other), enveloped=False)
