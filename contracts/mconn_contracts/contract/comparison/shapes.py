"""Schemas of OpenAPI 3.0 and 3.1 read as shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mconn_contracts.contract.comparison.normal import Field, Kind, Shape, Union, meet, narrower
from mconn_contracts.contract.comparison.schemas import Writer
from mconn_contracts.contract.comparison.scope import referred
from mconn_contracts.contract.document import Document, escape, tokens
from mconn_contracts.errors import DocumentError

MOST_SCHEMAS = 50_000
"""Schemas of one document that are read, each as often as something refers to it; this API has some hundred."""
_DEEPEST = 60
_COMPONENTS = "/components/schemas/"
_EVENT, _KIND = "e", "k"
"""The member that holds an event, and the member of it that says the kind."""
_BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)
_JSON_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NEVER: Mapping[str, Any] = {"not": {}}
"""A schema that nothing has, in the words of 3.0."""
_LISTED = re.compile(r"^\s*[-*]\s+`([^`]+)`\s*[:–-]\s*(.+?)\s*$", re.MULTILINE)
"""A line of a description that says what a kind means."""


class Schemas:
    """The shapes of a document's schemas. DocumentError if one is none, refers to nothing, or there are too many."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = str(document.raw.get("openapi", "")).startswith("3.0")
        self._left = MOST_SCHEMAS
        self._read: dict[tuple[str, str], Shape] = {}
        self._within = 0
        """How often a schema was met within itself; what such a schema holds depends on where it stands."""

    def at(self, place: str, name: str = "", above: tuple[str, ...] = ()) -> Shape:
        """The shape of the schema at a place. `name` is that of the member which holds it; `above` are the schemas around it."""
        self._left -= 1
        if self._left < 0 or len(above) > _DEEPEST:
            raise DocumentError(f"{self._document.source}: {place} has more schemas in it than are read")
        local = self._document.at(place)
        value, target = self._document.resolve(place)
        if target in above:
            # How far up it is says all there is to say.
            self._within += 1
            return Shape(bounds={"within": len(above) - above.index(target)}, place=target)
        if isinstance(value, bool) or value == _NEVER:
            return Shape(place=target) if value is True else Shape(types=frozenset({"never"}), place=target)
        if not isinstance(value, Mapping) or "$ref" in value:
            raise DocumentError(f"{self._document.source}: {target} is not a schema, which must be an object, true or false")
        shape = self._read.get((target, name)) or self._whole(value, target, name, (*above, target))
        if isinstance(local, Mapping) and "$ref" in local and len(local) > 1:
            shape = self._beside(local, place, name, above, shape)
        return shape

    def _whole(self, value: Mapping[str, Any], place: str, name: str, above: tuple[str, ...]) -> Shape:
        before = self._within
        shape = self._object(value, place, name, above)
        if place.startswith(_COMPONENTS) and "/" not in place.removeprefix(_COMPONENTS):
            shape = replace(shape, component=tokens(place)[-1])
        if self._within == before:
            self._read[place, name] = shape
        return shape

    def _beside(self, local: Mapping[str, Any], place: str, name: str, above: tuple[str, ...], shape: Shape) -> Shape:
        """A shape with what stands beside its `$ref`: words in every version, keywords in 3.1."""
        description = _words(local.get("description")) or shape.description
        others = {key: value for key, value in local.items() if key not in ("$ref", "description", "summary")}
        if others and not self._is_30:
            shape = meet(shape, self._object(others, place, name, above))
        return replace(shape, description=description)

    def _object(self, value: Mapping[str, Any], place: str, name: str, above: tuple[str, ...]) -> Shape:
        types = self._types(value, place)
        bounds = self._bounds(value, place)
        required = self._list(value, "required", place)
        if not all(isinstance(name, str) for name in required):
            raise DocumentError(f"{self._document.source}: {place}/required must have only names")
        properties = self._mapping(value, "properties", place)
        fields = {key: Field(self.at(f"{place}/properties/{escape(key)}", key, above), key in required) for key in properties}
        items = self.at(f"{place}/items", above=above) if "items" in value else None
        shape = Shape(
            types=types,
            bounds=bounds,
            fields=fields,
            items=items,
            open=_open(value) if fields or value.get("additionalProperties") is False else None,
            description=_words(value.get("description")),
            place=place,
        )
        for index in range(len(self._list(value, "allOf", place))):
            part = self.at(f"{place}/allOf/{index}", above=above)
            shape = meet(shape, replace(part, component="", description=part.description))
        if required:
            shape = replace(
                shape, fields={key: Field(each.shape, each.required or key in required) for key, each in shape.fields.items()}
            )
        for keyword in ("oneOf", "anyOf"):
            if self._list(value, keyword, place):
                shape = self._choice(shape, value, keyword, place, above)
        if shape.union is None and (name == _EVENT or "discriminator" in value):
            shape = self._enumerated(shape, self._tag(value))
        return shape

    def _types(self, value: Mapping[str, Any], place: str) -> frozenset[str]:
        said = value.get("type")
        kinds = [said] if isinstance(said, str) else said
        if kinds is None:
            kinds = self._implied(value)
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise self._no_type(place)
        if not set(kinds) <= _TYPES:
            raise self._no_type(place)
        if self._is_30 and value.get("nullable") is True and kinds:
            kinds = [*kinds, "null"]
        return frozenset(kinds) - ({"integer"} if "number" in kinds else set())

    def _no_type(self, place: str) -> DocumentError:
        return DocumentError(f"{self._document.source}: {place}/type is neither a type of JSON Schema nor a list of types")

    @staticmethod
    def _implied(value: Mapping[str, Any]) -> list[str]:
        """The types of a schema that says none, by its other keywords."""
        if "const" in value or isinstance(value.get("enum"), list):
            values = [value["const"]] if "const" in value else value["enum"]
            return sorted({_JSON_TYPES.get(type(each), "null") for each in values})
        if "properties" in value or "additionalProperties" in value:
            return ["object"]
        return ["array"] if "items" in value else []

    def _bounds(self, value: Mapping[str, Any], place: str) -> dict[str, Any]:
        bounds = {keyword: value[keyword] for keyword in _BOUNDS if keyword in value and value[keyword] is not False}
        for bound in ("minimum", "maximum"):
            exclusive = f"exclusive{bound.capitalize()}"
            # A flag in 3.0, a number in 3.1.
            if bounds.get(exclusive) is True:
                bounds.pop(exclusive)
                if bound in bounds:
                    bounds[exclusive] = bounds.pop(bound)
        for keyword, said in bounds.items():
            wanted = str if keyword == "pattern" else bool if keyword == "uniqueItems" else (int, float)
            if not isinstance(said, wanted):
                raise DocumentError(f"{self._document.source}: {place}/{keyword} is {said!r}, which is not a number")
        if "const" in value:
            bounds["enum"] = (value["const"],)
        elif isinstance(value.get("enum"), list):
            bounds["enum"] = tuple(each for each in value["enum"] if each is not None)
        if "enum" in bounds:
            bounds.pop("pattern", None)
        return bounds

    def _mapping(self, value: Mapping[str, Any], keyword: str, place: str) -> Mapping[str, Any]:
        said = value.get(keyword, {})
        if not isinstance(said, Mapping):
            raise DocumentError(f"{self._document.source}: {place}/{keyword} is not an object")
        return said

    def _list(self, value: Mapping[str, Any], keyword: str, place: str) -> Sequence[Any]:
        said = value.get(keyword, [])
        if not isinstance(said, list):
            raise DocumentError(f"{self._document.source}: {place}/{keyword} is not an array")
        return said

    @staticmethod
    def _tag(value: Mapping[str, Any]) -> str:
        discriminator = value.get("discriminator")
        said = discriminator.get("propertyName") if isinstance(discriminator, Mapping) else None
        return said if isinstance(said, str) else _KIND

    def _choice(self, own: Shape, value: Mapping[str, Any], keyword: str, place: str, above: tuple[str, ...]) -> Shape:
        """A shape that has one of several others besides its own."""
        members = [self.at(f"{place}/{keyword}/{index}", above=above) for index in range(len(value[keyword]))]
        shapes = [each for each in members if each.types != {"null"}]
        null = frozenset({"null"}) if len(shapes) < len(members) else frozenset()
        if len(shapes) == 1:
            only = meet(replace(own, types=frozenset()) if null else own, shapes[0])
            return replace(only, types=only.types | null if only.types else only.types)
        tag = self._tag_of(value, shapes)
        if tag is not None:
            return self._tagged(own, value, keyword, place, shapes, tag, null)
        if all(each.is_plain and not each.bounds and each.types for each in shapes):
            return replace(own, types=frozenset().union(null, *(each.types for each in shapes)))
        if all(each.is_plain and each.bounds.keys() == {"enum"} for each in shapes):
            values = tuple(dict.fromkeys(one for each in shapes for one in each.bounds["enum"]))
            return replace(own, types=frozenset().union(null, *(each.types for each in shapes)), bounds={"enum": values})
        ordered = sorted((replace(each, component="") for each in shapes), key=_written)
        return replace(own, types=own.types | null, alternatives=tuple(ordered))

    def _tag_of(self, value: Mapping[str, Any], shapes: Sequence[Shape]) -> str | None:
        """The member that distinguishes the shapes: that of the discriminator, or one for which each shape names other values."""
        if not all(each.types <= {"object"} and (each.fields or each.union) for each in shapes):
            return None
        if isinstance(value.get("discriminator"), Mapping):
            return self._tag(value)
        for name in shapes[0].fields:
            values = [_values(each, name) for each in shapes]
            if all(values) and len(set().union(*values)) == sum(map(len, values)):
                return name
        return None

    def _tagged(
        self,
        own: Shape,
        value: Mapping[str, Any],
        keyword: str,
        place: str,
        shapes: Sequence[Shape],
        tag: str,
        null: frozenset[str],
    ) -> Shape:
        mapping = self._mapped(value)
        kinds: dict[str, Kind] = {}
        others: Kind | None = None
        required = True
        for each in shapes:
            if each.union is not None and each.union.tag == tag:
                kinds |= each.union.kinds
                others = others or each.union.others
                continue
            fields = {**own.fields, **each.fields}
            said = fields.pop(tag, None)
            words = each.description or (said.shape.description if said else "")
            kind = Kind(fields, narrower(own.open, each.open), words, each.place)
            required = required and (tag in each.fields or tag in own.fields) and bool(said and said.required)
            names = _values(each, tag) or mapping.get(each.place) or ([each.component] if each.component and not said else [])
            for name in names:
                kinds[str(name)] = kind
            if not names:
                others = kind
        union = Union(tag, kinds, others, required, place=f"{place}/{keyword}", written=keyword)
        return replace(own, types=frozenset({"object"}) | null, fields={}, open=None, union=union)

    def _mapped(self, value: Mapping[str, Any]) -> dict[str, list[str]]:
        """The values that a discriminator maps to each schema, by the schema's place."""
        discriminator = value.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
        found: dict[str, list[str]] = {}
        for name, target in (mapping or {}).items() if isinstance(mapping, Mapping) else ():
            if isinstance(target, str) and referred(target).startswith("#/"):
                found.setdefault(self._document.resolve(referred(target)[1:])[1], []).append(name)
        return found

    @staticmethod
    def _enumerated(shape: Shape, tag: str) -> Shape:
        """One object whose kinds are the values of a member, as a union; another shape stays as it is."""
        said = shape.fields.get(tag)
        if said is None or not shape.types <= {"object", "null"}:
            return shape
        listed = dict(_LISTED.findall(shape.description))
        fields = {name: each for name, each in shape.fields.items() if name != tag}
        names = [str(each) for each in said.shape.bounds.get("enum", ())]
        kinds = {name: Kind(fields, shape.open, listed.get(name, ""), said.shape.place) for name in names}
        others = None if names else Kind(fields, shape.open, place=shape.place)
        place = f"{said.shape.place}/enum" if names else said.shape.place
        union = Union(tag, kinds, others, said.required, place=place, written="enum")
        return replace(shape, fields={}, open=None, union=union)


def _written(shape: Shape) -> str:
    """A shape as a text in which nothing counts but what makes it differ from another."""
    return json.dumps(Writer(is_30=False, with_words=False).schema(shape), sort_keys=True, default=str)


def _values(shape: Shape, name: str) -> list[Any]:
    """The texts that a member of a shape may be, where it lists them."""
    said = shape.fields.get(name)
    values = said.shape.bounds.get("enum", ()) if said is not None else ()
    return list(values) if values and all(isinstance(each, str) for each in values) else []


def _open(value: Mapping[str, Any]) -> bool | None:
    additional = value.get("additionalProperties")
    return None if additional is None else additional is not False


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""
