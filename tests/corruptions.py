"""Valid bodies, from the examples of the document, and every single corruption of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mconn_contracts.contract.api import LATEST_SECOND
from mconn_contracts.contract.document import Document, escape

_OF_EACH_TYPE: Mapping[str, Any] = {"null": None, "boolean": True, "integer": 5, "string": "5", "array": [], "object": {}}


@dataclass(frozen=True)
class Body:
    """A valid value: what it is called, and the pointer of its schema."""

    name: str
    schema: str
    value: Any


@dataclass(frozen=True)
class Corruption:
    """A value with one fault: its code, and the pointer where it shows."""

    value: Any
    code: str
    pointer: str


def bodies(document: Document) -> Iterator[Body]:
    """Every example of a response body, with the bare models inside it."""
    for name in document.raw["components"]["responses"]:
        place = f"/components/responses/{name}/content/application~1json"
        schema = document.resolve(f"{place}/schema")[1]
        for key, example in document.at(f"{place}/examples").items():
            yield Body(f"{name}.{key}", schema, example["value"])
            result = example["value"].get("result")
            if result is None:
                continue
            model = document.resolve(f"{schema}/properties/result")[1]
            yield Body(f"{name}.{key}.result", model, result)
            for index, item in enumerate(result.get("items", ())):
                yield Body(f"{name}.{key}.result.items.{index}", document.resolve(f"{model}/properties/items/items")[1], item)


def corruptions(document: Document, value: Any, schema: str, pointer: str = "") -> Iterator[Corruption]:
    """Every single corruption of a value: another type, a number out of range, a required property missing, a kind in
    another case; in the value itself, and anywhere inside it.
    """
    definition, place = document.resolve(schema)
    if "oneOf" in definition:
        kind = value["k"]
        for other in sorted({kind.swapcase(), kind.lower(), kind.upper()}):
            yield Corruption({**value, "k": other}, "MC102", f"{pointer}/k")
        yield from corruptions(document, value, definition["discriminator"]["mapping"][kind][1:], pointer)
        return
    for name, other in _OF_EACH_TYPE.items():
        if name != definition["type"]:
            yield Corruption(other, "MC101", pointer)
    if definition["type"] == "integer":
        yield Corruption(0.5, "MC106", pointer)
        if "minimum" in definition:
            yield Corruption(definition["minimum"] - 1, "MC105", pointer)
            code = "MC107" if definition["maximum"] == LATEST_SECOND else "MC105"
            yield Corruption(definition["maximum"] + 1, code, pointer)
    if isinstance(value, Mapping):
        for name in definition.get("required", ()):
            yield Corruption({key: child for key, child in value.items() if key != name}, "MC104", pointer)
        for name, child in value.items():
            if name not in definition["properties"]:
                continue
            for inside in corruptions(document, child, f"{place}/properties/{name}", f"{pointer}/{escape(name)}"):
                yield Corruption({**value, name: inside.value}, inside.code, inside.pointer)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            for inside in corruptions(document, child, f"{place}/items", f"{pointer}/{index}"):
                yield Corruption([*value[:index], inside.value, *value[index + 1 :]], inside.code, inside.pointer)
