"""Shapes written as schemas, of OpenAPI 3.1 or 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mconn_contracts.contract.comparison.normal import Field, Kind, Shape, Union


class Writer:
    """Writes shapes in the version of a document."""

    def __init__(self, *, is_30: bool, with_words: bool = True) -> None:
        self._is_30 = is_30
        self._with_words = with_words

    def schema(self, shape: Shape) -> Any:
        """A schema that stands alone and has the shape."""
        if shape.types == {"never"}:
            return {"not": {}}
        if shape.union is not None:
            written = self.union(shape.union)
        elif shape.alternatives:
            written = {"anyOf": [self.schema(each) for each in shape.alternatives]}
        else:
            written = self.value(shape)
        if shape.description and self._with_words:
            written = {"description": shape.description, **written}
        return written

    def value(self, shape: Shape) -> dict[str, Any]:
        """The keywords of a shape that is no union."""
        written: dict[str, Any] = {}
        types = sorted(shape.types - {"null"})
        if "null" in shape.types and not self._is_30:
            types.append("null")
        if types:
            written["type"] = types[0] if len(types) == 1 else types
        if "null" in shape.types and self._is_30:
            written["nullable"] = True
        written |= self._bounds(shape.bounds)
        if shape.fields:
            required = [name for name, each in shape.fields.items() if each.required]
            if required:
                written["required"] = required
            written["properties"] = {name: self.schema(each.shape) for name, each in shape.fields.items()}
        if shape.items is not None:
            written["items"] = self.schema(shape.items)
        if shape.open is not None:
            written["additionalProperties"] = shape.open
        return written

    def _bounds(self, bounds: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for keyword, value in bounds.items():
            if keyword == "within":
                continue
            if keyword == "enum":
                written[keyword] = list(value)
            elif keyword.startswith("exclusive") and self._is_30:
                written[keyword.removeprefix("exclusive").lower()] = value
                written[keyword] = True
            else:
                written[keyword] = value
        return written

    def union(self, union: Union) -> dict[str, Any]:
        """A union as one object where its kinds have the same, and else as a union of objects."""
        each = list(union.kinds.values())
        if union.others is None and each and all((kind.fields, kind.open) == (each[0].fields, each[0].open) for kind in each):
            return self.one_object(union)
        members = [self.member(union, name, kind) for name, kind in union.kinds.items()]
        if union.others is not None:
            members.append(self.member(union, None, union.others))
        return {"anyOf": members}

    def one_object(self, union: Union) -> dict[str, Any]:
        """A union whose kinds all have the same, as an object whose tag is one of a list."""
        kind = next(iter(union.kinds.values()))
        tag = Shape(frozenset({"string"}), {"enum": tuple(union.kinds)})
        return self._tagged(union, tag, kind)

    def member(self, union: Union, name: str | None, kind: Kind) -> dict[str, Any]:
        """The object of one kind; of any kind where there is no name."""
        tag = Shape(frozenset({"string"}), {} if name is None else {"enum": (name,)})
        written = self._tagged(union, tag, kind)
        if name is not None and not self._is_30:
            written["properties"][union.tag] = {"type": "string", "const": name}
        if kind.description and self._with_words:
            written = {"description": kind.description, **written}
        return written

    def _tagged(self, union: Union, tag: Shape, kind: Kind) -> dict[str, Any]:
        fields = {union.tag: Field(tag, union.tag_required), **kind.fields}
        return self.value(Shape(frozenset({"object"}), fields=fields, open=kind.open))
