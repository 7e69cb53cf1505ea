"""The document's schemas compiled: types for msgspec that accept values, and the faults of what they refuse.

A type accepts only what has no fault. A schema with a keyword that has no counterpart here is not compiled.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import chain
from operator import attrgetter, ge, gt, le, lt
from typing import Annotated, Any, Literal, NamedTuple, Protocol, Union, get_args, get_origin

import msgspec

from mconn_contracts.contract.document import Document, escape

UNDECLARED = "undeclared"
DISCRIMINATOR = "discriminator"
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("ge", lt),
    "maximum": ("le", gt),
    "exclusiveMinimum": ("gt", le),
    "exclusiveMaximum": ("lt", ge),
}
"""What msgspec calls a bound, and how a number breaks it."""
_KEYWORDS: Mapping[str, frozenset[str]] = {
    "$ref": frozenset({"$ref"}),
    "oneOf": frozenset({"oneOf", "discriminator"}),
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items"}),
    "string": frozenset({"type", "enum", "const"}),
    "integer": frozenset({"type", *_BOUNDS}),
    "boolean": frozenset({"type"}),
    "null": frozenset({"type"}),
}
"""The keywords that have a counterpart, by the one that tells what kind of schema it is, or by its `type`."""
# `format` is an annotation in Draft 2020-12, and `jsonschema` asserts none unless it is told to.
_ANNOTATIONS = frozenset(
    {"$comment", "default", "deprecated", "description", "example", "examples", "externalDocs", "format"}
) | {
    "readOnly",
    "title",
    "writeOnly",
}
_SCALARS: Mapping[str, Any] = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
_MAX_NESTING = 24
_LARGEST_BOUND = 2**62

Path = tuple[str | int, ...]


class InexpressibleError(Exception):
    """A schema has a keyword without counterpart."""


class Fault(NamedTuple):
    """A validation error, with the names of `jsonschema`; `place` is the pointer of the keyword in the document."""

    validator: str
    validator_value: Any
    instance: Any
    path: Path
    place: str


class Compiled(Protocol):
    """A schema: the type that accepts its values, and the faults of a value, in the order of `jsonschema`."""

    type: Any
    each: int | None
    """Quotation marks around the names and strings of a value of the type, if all values have as many."""

    def quotes(self, values: Iterable[Any], types: Mapping[type, int]) -> int:
        """Quotation marks around the names and strings of values of the type; `types` may say how many are of which struct."""

    def faults(self, value: Any, path: Path, found: list[Fault]) -> None:
        """Add the faults of a value at a path."""


def compile_schema(document: Document, pointer: str, depth: int = 0) -> Compiled:
    """The schema at a pointer; InexpressibleError where it has no counterpart."""
    schema = _asserted(document.at(pointer), pointer)
    form = str(next((name for name in ("$ref", "oneOf") if name in schema), schema.get("type")))
    if form not in _KEYWORDS or not schema.keys() <= _KEYWORDS[form] or depth > _MAX_NESTING:
        raise InexpressibleError(f"{pointer} has a keyword without counterpart, or is nested too deep")
    if form == "$ref":
        if not str(schema["$ref"]).startswith("#/"):
            raise InexpressibleError(f"{pointer}/$ref leaves the document")
        return compile_schema(document, schema["$ref"][1:], depth + 1)
    if form == "oneOf":
        return _Union(document, pointer, schema, depth)
    if form == "object":
        return _Object(document, pointer, schema, depth)
    return _Array(document, pointer, schema, depth) if form == "array" else _Scalar(pointer, schema)


def kind_of(variant: type) -> str | None:
    """The `k` of the values of a struct, where that is one and the same."""
    config = getattr(variant, "__struct_config__", None)
    return None if config is None else config.tag


def example(kind: Any, *, whole: bool) -> Any:
    """A value with the names that values of a type have: all of them, or only the required ones."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = [field for field in msgspec.structs.fields(kind) if whole or field.required]
        return {field.encode_name: example(field.type, whole=whole) for field in fields}
    # Of a union, any member does: they are objects, but for the one that says that a property may be absent.
    inner = [example(each, whole=whole) for each in get_args(kind)[:1]]
    if get_origin(kind) is Union:
        return inner[0]
    return inner if get_origin(kind) is list else kind is bool


class _Scalar:
    """A string, integer, boolean or null; a string may be one of a few, and an integer have bounds."""

    def __init__(self, pointer: str, schema: Mapping[str, Any]) -> None:
        self._pointer, self._name, self._class = pointer, schema["type"], _SCALARS[schema["type"]]
        self._limits = {name: limit for name, limit in schema.items() if name != "type"}
        limits = self._limits.values()
        self._usual: Container[Any] = ()
        self.each: int | None = 2 if self._class is str else 0
        self.type: Any = self._class
        if self._name == "string" and limits:
            values = schema.get("enum", [schema.get("const")])
            if len(limits) > 1 or not values or not all(isinstance(value, str) for value in values):
                raise InexpressibleError(f"{pointer} allows what is not a string, or nothing")
            self.type, self._usual = Literal[tuple(dict.fromkeys(values))], frozenset(values)
        elif limits:
            if len({name.lower().removeprefix("exclusive") for name in self._limits}) < len(limits) or any(
                type(bound) is not int or abs(bound) >= _LARGEST_BOUND for bound in limits
            ):
                raise InexpressibleError(f"{pointer} has two bounds on one side, or one that is no integer, or too large")
            meta: dict[str, Any] = {_BOUNDS[name][0]: bound for name, bound in self._limits.items()}
            self.type = Annotated[int, msgspec.Meta(**meta)]
            if self._limits.keys() <= {"minimum", "maximum"}:
                self._usual = range(schema.get("minimum", 0), schema.get("maximum", 0) + 1)

    def quotes(self, values: Iterable[Any], types: Mapping[type, int]) -> int:
        """Two for each string."""
        del types
        return (self.each or 0) * len(list(values))

    def faults(self, value: Any, path: Path, found: list[Fault]) -> None:
        """That it is of another type, is not allowed, or is out of bounds."""
        right = value.__class__ is self._class
        if right and (not self._limits or value in self._usual):
            return
        if not right and not (self._class is int and isinstance(value, float) and value.is_integer()):
            found.append(Fault("type", self._name, value, path, f"{self._pointer}/type"))
        for name, limit in self._limits.items():
            if name in _BOUNDS:
                # A fraction that is negative besides is one fault, not two.
                integral = right or (isinstance(value, float) and value.is_integer())
                broken = integral and _BOUNDS[name][1](value, limit)
            else:
                # For `enum`, a value of another type is one fault, not two.
                broken = value != limit if name == "const" else right and value not in limit
            if broken:
                found.append(Fault(name, limit, value, path, f"{self._pointer}/{name}"))


class _Array:
    """An array of items of one schema."""

    def __init__(self, document: Document, pointer: str, schema: Mapping[str, Any], depth: int) -> None:
        if "items" not in schema:
            raise InexpressibleError(f"{pointer} says nothing of its items")
        self._pointer = pointer
        self._item = compile_schema(document, f"{pointer}/items", depth + 1)
        self.each: int | None = 0 if self._item.each == 0 else None
        self.type: Any = list[self._item.type]  # type: ignore[name-defined]

    def quotes(self, values: Iterable[Any], types: Mapping[type, int]) -> int:
        """Those of all items."""
        if self._item.each is not None:
            return self._item.each * sum(map(len, values))
        return self._item.quotes(chain.from_iterable(values), types)

    def faults(self, value: Any, path: Path, found: list[Fault]) -> None:
        """That it is no array, or those of its items."""
        if not isinstance(value, list):
            found.append(Fault("type", "array", value, path, f"{self._pointer}/type"))
            return
        faults = self._item.faults
        for index, item in enumerate(value):
            faults(item, (*path, index), found)


class _Object:
    """An object with declared properties; `tag` is the property that tells it from the others of its union, and its value.

    Where `k` is one of several, the type is a union of structs that `k` tells apart, so that their values can be counted by type.
    """

    def __init__(
        self, document: Document, pointer: str, schema: Mapping[str, Any], depth: int, tag: tuple[str, str] | None = None
    ) -> None:
        declared, self._required = schema.get("properties", {}), schema.get("required", ())
        if not set(self._required) <= set(declared) or not isinstance(schema.get("additionalProperties", True), bool):
            raise InexpressibleError(f"{pointer} requires an undeclared property, or has a schema for such")
        self._pointer, self._needed = pointer, frozenset(self._required)
        self._properties = {
            name: compile_schema(document, f"{pointer}/properties/{escape(name)}", depth + 1) for name in declared
        }
        self._attributes = {name: _attribute(name, index) for index, name in enumerate(declared)}
        optional = [name for name in declared if name not in self._needed]
        certain = [self._properties[name].each for name in self._needed]
        self._certain = 2 * len(certain) + sum(number or 0 for number in certain)
        self.each: int | None = None if optional or None in certain else self._certain
        self._uncertain = [
            (attrgetter(self._attributes[name]), schema, name in self._needed)
            for name, schema in self._properties.items()
            if name in optional or schema.each is None
        ]
        also = document.at(pointer).get("x-also-seen", ())
        self._declared = {*declared, *also} if declared and "additionalProperties" not in schema else None
        self._allowed = set(declared) if schema.get("additionalProperties") is False else None
        kinds = _asserted(declared.get("k", {}), pointer).get("enum", ()) if "k" in self._required else ()
        tags = [tag] if tag or not kinds else [("k", kind) for kind in dict.fromkeys(kinds)]
        self.type: Any = Union[tuple(map(self._struct, tags))]  # noqa: UP007

    def quotes(self, values: Iterable[Any], types: Mapping[type, int]) -> int:
        """Those of all properties that are there, with their names."""
        owners = list(values)
        total = self._certain * len(owners)
        for get, schema, needed in self._uncertain:
            if needed:
                total += schema.quotes(map(get, owners), types)
            else:
                found = [value for value in map(get, owners) if value is not msgspec.UNSET]
                total += 2 * len(found) + schema.quotes(found, types)
        return total

    def faults(self, value: Any, path: Path, found: list[Fault]) -> None:
        """That it is no object, what it lacks, those of its properties, and which of them are not declared."""
        if not isinstance(value, dict):
            found.append(Fault("type", "object", value, path, f"{self._pointer}/type"))
            return
        if not self._needed.issubset(value):
            missing = [name for name in self._required if name not in value]
            found += [Fault("required", [name], value, path, f"{self._pointer}/required") for name in missing]
        for name, schema in self._properties.items():
            if name in value:
                schema.faults(value[name], (*path, name), found)
        if self._allowed is not None and not self._allowed.issuperset(value):
            found.append(Fault("additionalProperties", False, value, path, f"{self._pointer}/additionalProperties"))
        if self._declared is not None and not self._declared.issuperset(value):
            undeclared = [name for name in value if name not in self._declared]
            found += [Fault(UNDECLARED, None, value, (*path, name), f"{self._pointer}/properties") for name in undeclared]

    def _struct(self, tag: tuple[str, str] | None) -> type[msgspec.Struct]:
        fields: list[Any] = []
        for name, schema in self._properties.items():
            absent = (Union[schema.type, msgspec.UnsetType], msgspec.UNSET)  # noqa: UP007
            if tag is None or name != tag[0]:
                fields.append((self._attributes[name], *((schema.type,) if name in self._needed else absent)))
        return msgspec.defstruct(
            "Accepted",
            fields,
            rename={attribute: name for name, attribute in self._attributes.items()},
            tag_field=tag and tag[0],
            tag=tag and tag[1],
            kw_only=True,
            forbid_unknown_fields=True,
            # Values are trees: without their share of the collector's work, they are made in half the time.
            gc=False,
        )


class _Union:
    """Objects of several schemas that a property tells apart."""

    def __init__(self, document: Document, pointer: str, schema: Mapping[str, Any], depth: int) -> None:
        discriminator = schema.get("discriminator", {})
        self._pointer, self._tag = f"{pointer}/oneOf", discriminator.get("propertyName")
        mapping = discriminator.get("mapping", {})
        if not mapping or [{"$ref": target} for target in mapping.values()] != schema["oneOf"]:
            raise InexpressibleError(f"{self._pointer} is not told by a discriminator that maps every member in order")
        self._members: dict[str, _Object] = {}
        for value, target in mapping.items():
            member, place = document.resolve(target[1:])
            own = _asserted(member, place)
            told = _asserted(own.get("properties", {}).get(self._tag, {}), place)
            if told != {"type": "string", "const": value} or self._tag not in own.get("required", ()):
                raise InexpressibleError(f"{place} does not require {self._tag} to be {value!r}")
            if own.get("type") != "object" or not own.keys() <= _KEYWORDS["object"]:
                raise InexpressibleError(f"{place} has a keyword without counterpart")
            self._members[value] = _Object(document, place, own, depth + 1, (self._tag, value))
        self._variants: dict[type, _Object] = {member.type: member for member in self._members.values()}
        self._various = None in [member.each for member in self._variants.values()]
        self.each: int | None = None
        self.type: Any = Union[tuple(member.type for member in self._members.values())]  # noqa: UP007

    def quotes(self, values: Iterable[Any], types: Mapping[type, int]) -> int:
        """Those of each member's values."""
        if self._various or not types.keys() & self._variants.keys():
            values = list(values)
            types = Counter(map(type, values))
        total = 0
        for kind, number in types.items():
            member = self._variants.get(kind)
            if member is not None and member.each is not None:
                total += member.each * number
            elif member is not None:
                total += member.quotes((value for value in values if type(value) is kind), types)
        return total

    def faults(self, value: Any, path: Path, found: list[Fault]) -> None:
        """That the property is missing or unknown, or those of the member that it names."""
        if not isinstance(value, dict):
            found.append(Fault("type", "object", value, path, self._pointer))
        elif self._tag not in value:
            found.append(Fault("required", [self._tag], value, path, self._pointer))
        elif not isinstance(value[self._tag], str):
            found.append(Fault("type", "string", value[self._tag], (*path, self._tag), self._pointer))
        elif value[self._tag] not in self._members:
            found.append(Fault(DISCRIMINATOR, list(self._members), value[self._tag], (*path, self._tag), self._pointer))
        else:
            self._members[value[self._tag]].faults(value, path, found)


def _attribute(name: str, index: int) -> str:
    """What a struct calls a property: by its name, where that may be an attribute's."""
    plain = name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    return name if plain else f"_{index}"


def _asserted(schema: Any, pointer: str) -> dict[str, Any]:
    """The keywords of a schema that say something of values."""
    if not isinstance(schema, Mapping):
        raise InexpressibleError(f"{pointer} is not an object")
    return {name: value for name, value in schema.items() if not name.startswith("x-") and name not in _ANNOTATIONS}
