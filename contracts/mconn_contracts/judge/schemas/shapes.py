"""The document's schemas compiled for speed: types that accept values, and sketches of values that they do not accept.

A shape accepts only what `jsonschema` accepts and what has no undeclared property. Two values of one sketch have the same
defects under its schema, at their own places. A schema with a keyword that neither can express has no shape.
"""

from __future__ import annotations

import itertools
import keyword
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Literal, Protocol, Union

import msgspec

from mconn_contracts.contract.document import Document, declared_kinds, escape
from mconn_contracts.wire.decoding import MAX_DEPTH

_ANNOTATIONS = frozenset(
    # `format` is an annotation in Draft 2020-12, and `jsonschema` asserts none unless it is told to.
    ("$comment", "default", "deprecated", "description", "example", "examples", "externalDocs", "format", "readOnly")
) | {"title", "writeOnly"}
_MAX_NESTING = 24
_LONGEST_TAG = 64
_ABSENT = "absent"
_EMPTY = "empty"
_SCALARS: Mapping[str, Any] = {"string": str, "integer": int, "boolean": bool, "null": None}
_BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}


_MAX_ORDERS = 1024
_MOST_NAMES = 64
_ATOMS = frozenset({str, int, float, bool, type(None)})


class InexpressibleError(Exception):
    """A schema has a keyword that no shape can express."""


class UnclearError(Exception):
    """A value has something that a sketch does not tell."""


Tags = dict[str, Counter[str]]
"""How often each tag of a union stood, by the pointer of the union's schema."""

Parts = list[tuple["Shape", list[Any]]]
"""The arrays that a sketch has passed over: the shape of their items, and the items."""


Sketch = Callable[[Any, Parts], Hashable]


class Shape(Protocol):
    """One schema, compiled. `pointer` leads to it in the document; `type` is what msgspec decodes by it.

    `strings` is the number of names and texts in a value of it, or None where that is not the same for all. `quick` is
    the start of an expression that sketches its usual values without a call.
    """

    pointer: str
    type: Any
    strings: int | None
    quick: str

    def count(self, values: Sequence[Any], tags: Tags) -> int:
        """The number of names and texts in values of its type together; notes the tags of unions that it comes by."""

    def sketch(self, value: Any, parts: Parts) -> Hashable:
        """What tells the defects of a decoded value, apart from those of the items of its arrays.

        UnclearError where nothing does.
        """

    def hollow(self, value: Any) -> Any:
        """The value with its arrays emptied."""


class Scalar:
    """A string, integer, boolean or null; a string may be one of a few, and an integer have bounds."""

    def __init__(self, pointer: str, kind: Any, bounds: Mapping[str, int], allowed: tuple[str, ...] | None) -> None:
        self.pointer = pointer
        self.kind = kind
        self.quick = ""
        if kind is int:
            self.quick = "0 if {value}.__class__ is int and low_{index} <= {value} <= high_{index} else "
        elif kind is str and not allowed:
            self.quick = "str if {value}.__class__ is str else "
        self.strings: int | None = 1 if kind is str else 0
        self.type: Any = Literal[allowed] if allowed else Annotated[kind, _meta(bounds)] if bounds else kind
        self._allowed = frozenset(allowed or ())
        self.low = max((bounds[name] + (name == "gt") for name in ("ge", "gt") if name in bounds), default=-math.inf)
        self.high = min((bounds[name] - (name == "lt") for name in ("le", "lt") if name in bounds), default=math.inf)

    def count(self, values: Sequence[Any], tags: Tags) -> int:
        """One for every string."""
        del tags
        return len(values) * (self.strings or 0)

    def sketch(self, value: Any, parts: Parts) -> Hashable:
        """Its type, whether it is one of those allowed, and on which side of the bounds it is."""
        del parts
        kind = value.__class__
        if kind is int:
            return 0 if self.low <= value <= self.high else 1 if value < self.low else 2
        if kind is str:
            return value in self._allowed if self._allowed else str
        if kind is float:
            return (value < self.low, value > self.high, value.is_integer())
        return _opaque(value)

    def hollow(self, value: Any) -> Any:
        """The value."""
        return value


class Array:
    """An array of items of one shape."""

    quick = ""

    def __init__(self, pointer: str, item: Shape) -> None:
        self.pointer = pointer
        self.kind = list
        self.item = item
        self.strings: int | None = 0 if item.strings == 0 else None
        self.type: Any = list[item.type]  # type: ignore[name-defined]

    def count(self, values: Sequence[Any], tags: Tags) -> int:
        """Those of all items."""
        if self.item.strings is not None:
            return sum(map(len, values)) * self.item.strings
        return self.item.count(list(itertools.chain.from_iterable(values)), tags)

    def sketch(self, value: Any, parts: Parts) -> Hashable:
        """That it is an array, empty or not; its items are parts."""
        if value.__class__ is not list:
            return _opaque(value)
        if value:
            parts.append((self.item, value))
            return list
        return _EMPTY

    def hollow(self, value: Any) -> Any:
        """An empty array."""
        return [] if isinstance(value, list) else value


class Object:
    """An object with declared properties. `tag` is the property that tells it from the others of its union."""

    quick = ""

    def __init__(
        self, pointer: str, properties: Mapping[str, Shape], required: Iterable[str], tag: tuple[str, str] | None = None
    ) -> None:
        self.pointer = pointer
        self.properties = properties
        self.required = required = frozenset(required)
        self.attributes = {name: _attribute(index, name) for index, name in enumerate(properties)}
        fields: list[Any] = []
        for name, shape in properties.items():
            if name in required:
                fields.append((self.attributes[name], shape.type))
        for name, shape in properties.items():
            if name not in required:
                fields.append((self.attributes[name], Union[shape.type, msgspec.UnsetType], msgspec.UNSET))  # noqa: UP007
        self.type: Any = msgspec.defstruct(
            "Accepted",
            fields,
            rename={attribute: name for name, attribute in self.attributes.items()},
            tag_field=tag[0] if tag else None,
            tag=tag[1] if tag else None,
            forbid_unknown_fields=True,
            # Values are trees: without their part in the collector's work, they are made in half the time.
            gc=False,
        )
        self._fixed = 2 if tag else 0
        self._columns: list[tuple[Callable[[Any], Any], Shape, bool]] = []
        for name, shape in properties.items():
            if name in required and shape.strings is not None:
                self._fixed += 1 + shape.strings
            else:
                self._columns.append((attrgetter(self.attributes[name]), shape, name in required))
        self.strings: int | None = None if self._columns else self._fixed
        self._orders: dict[tuple[str, ...], Sketch] = {}
        self._names = frozenset(properties) | ({tag[0]} if tag else set())

    def count(self, values: Sequence[Any], tags: Tags) -> int:
        """Those of the names that are there, and of their values."""
        total = len(values) * self._fixed
        for getter, shape, required in self._columns:
            column = list(map(getter, values))
            if not required:
                absent = column.count(msgspec.UNSET)
                total += len(column) - absent
                if shape.strings is not None:
                    total += (len(column) - absent) * shape.strings
                    continue
                column = [value for value in column if value is not msgspec.UNSET]
            else:
                total += len(column)
            total += shape.count(column, tags)
        return total

    def sketch(self, value: Any, parts: Parts) -> Hashable:
        """Its names, and the sketches of what they name."""
        if not isinstance(value, dict):
            return _opaque(value)
        names = tuple(value)
        return (self._orders.get(names) or self._order(names))(value, parts)

    def _order(self, names: tuple[str, ...]) -> Sketch:
        """The sketch of objects with those names in that order, as one function: calls are what it would spend its time on."""
        if len(names) > _MOST_NAMES:
            raise UnclearError
        shapes = [self.properties.get(name) for name in names]
        values = [f"value_{index}" for index in range(len(names))]
        inline: list[str] = []
        for index, (name, value) in enumerate(zip(names, values, strict=True)):
            shape = shapes[index]
            if shape is not None:
                quick = shape.quick.format(value=value, index=index)
                inline.append(f"{quick}sketch_{index}({value}, parts)")
            elif name not in self._names:
                inline.append(f"{value}.__class__ if {value}.__class__ in atoms else opaque({value})")
        place: dict[str, Any] = {"atoms": _ATOMS, "opaque": _opaque}
        place["names"] = len(self._orders) if len(self._orders) < _MAX_ORDERS else names
        for index, shape in enumerate(shapes):
            place[f"sketch_{index}"] = None if shape is None else shape.sketch
            if isinstance(shape, Scalar):
                place[f"low_{index}"], place[f"high_{index}"] = shape.low, shape.high
        unpack = f"{', '.join(values)}, = value.values()" if values else "pass"
        # The text has numbers in it, and none of the names.
        exec(f"def order(value, parts):\n    {unpack}\n    return (names, {', '.join(inline)})", place)  # noqa: S102
        order: Sketch = place["order"]
        if len(self._orders) < _MAX_ORDERS:
            self._orders[names] = order
        return order

    def hollow(self, value: Any) -> Any:
        """The object with what is declared hollow."""
        if not isinstance(value, dict):
            return value
        properties = self.properties
        return {name: properties[name].hollow(child) if name in properties else child for name, child in value.items()}


class Variants:
    """A union of objects that a property tells from each other."""

    quick = ""

    def __init__(self, pointer: str, tag: str, members: Mapping[str, Object]) -> None:
        self.pointer = pointer
        self.tag = tag
        self.members = members
        self.strings: int | None = None
        self.type: Any = Union[tuple(member.type for member in members.values())]  # noqa: UP007
        self._tags = {member.type: name for name, member in members.items()}
        self._shapes = {member.type: member for member in members.values()}

    def count(self, values: Sequence[Any], tags: Tags) -> int:
        """Those of every member."""
        total = 0
        seen = tags.setdefault(self.pointer, Counter())
        for kind, number in Counter(map(type, values)).items():
            member = self._shapes[kind]
            seen[self._tags[kind]] += number
            if member.strings is not None:
                total += member.strings * number
            else:
                total += member.count([value for value in values if value.__class__ is kind], tags)
        return total

    def sketch(self, value: Any, parts: Parts) -> Hashable:
        """The tag, and the sketch of the member where there is more than the tag."""
        if value.__class__ is dict and len(value) == 1:
            only = value.get(self.tag)
            if only.__class__ is str and only in self.members:
                return only
        if not isinstance(value, dict):
            return _opaque(value)
        tag = value.get(self.tag, _ABSENT)
        if tag.__class__ is not str:
            return (_opaque(tag), self.tag in value)
        member = self.members.get(tag)
        if member is not None:
            return (tag, member.sketch(value, parts))
        if len(tag) > _LONGEST_TAG or len(value) > 1:
            # What else stands beside a tag that is not known has no schema; it is rare, and may be anything.
            for child in value.values():
                _opaque(child)
            if len(tag) > _LONGEST_TAG:
                raise UnclearError
        return (tag, tag is _ABSENT and self.tag not in value)

    def hollow(self, value: Any) -> Any:
        """The member's."""
        tag = value.get(self.tag) if isinstance(value, dict) else None
        member = self.members.get(tag) if isinstance(tag, str) else None
        return value if member is None else member.hollow(value)


def accepts(shape: Shape, value: Any) -> bool:
    """Whether a decoded value has no defect under its schema; False may only mean that it takes a closer look."""
    try:
        msgspec.convert(value, shape.type)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def compile_shape(document: Document, pointer: str) -> Shape:
    """The shape of the schema at a pointer; InexpressibleError where it has what no shape can express."""
    return _compile(document, pointer, 0)


def _compile(document: Document, pointer: str, depth: int) -> Shape:
    if depth > _MAX_NESTING:
        raise InexpressibleError(f"{pointer} is nested too deep, or in itself")
    schema = document.at(pointer)
    if not isinstance(schema, Mapping):
        raise InexpressibleError(f"{pointer} is not an object")
    keywords = {name: value for name, value in schema.items() if not name.startswith("x-") and name not in _ANNOTATIONS}
    if "$ref" in keywords:
        _only(keywords, pointer, "$ref")
        target = schema["$ref"]
        if not isinstance(target, str) or not target.startswith("#/"):
            raise InexpressibleError(f"{pointer}/$ref leaves the document")
        return _compile(document, target[1:], depth + 1)
    if "oneOf" in keywords:
        return _variants(document, pointer, keywords, depth)
    kind = keywords.get("type")
    if kind == "object":
        if document.at(pointer) is document.raw.get("components", {}).get("schemas", {}).get("Event"):
            return _open_variants(document, pointer, keywords, depth)
        return _object(document, pointer, keywords, depth, tag=None)
    if kind == "array":
        _only(keywords, pointer, "type", "items")
        if "items" not in keywords:
            raise InexpressibleError(f"{pointer} says nothing of its items")
        return Array(pointer, _compile(document, f"{pointer}/items", depth + 1))
    return _scalar(pointer, keywords)


def _scalar(pointer: str, keywords: Mapping[str, Any]) -> Scalar:
    kind = keywords.get("type")
    if not isinstance(kind, str) or kind not in _SCALARS:
        raise InexpressibleError(f"{pointer}/type is {kind!r}")
    bounds: dict[str, int] = {}
    allowed: tuple[str, ...] | None = None
    if kind == "integer":
        _only(keywords, pointer, "type", *_BOUNDS)
        for name, meta in _BOUNDS.items():
            if name in keywords:
                bound = keywords[name]
                if not isinstance(bound, int) or isinstance(bound, bool) or abs(bound) >= 2**62:
                    raise InexpressibleError(f"{pointer}/{name} is {bound!r}")
                bounds[meta] = bound
        if bounds.keys() >= {"ge", "gt"} or bounds.keys() >= {"le", "lt"}:
            raise InexpressibleError(f"{pointer} has two bounds on one side")
    elif kind == "string":
        _only(keywords, pointer, "type", "enum", "const")
        if "const" in keywords or "enum" in keywords:
            values = [*keywords.get("enum", ()), *([keywords["const"]] if "const" in keywords else [])]
            if ("const" in keywords and "enum" in keywords) or not all(isinstance(value, str) for value in values) or not values:
                raise InexpressibleError(f"{pointer} allows what is not a string, or nothing")
            allowed = tuple(dict.fromkeys(values))
    else:
        _only(keywords, pointer, "type")
    return Scalar(pointer, _SCALARS[kind], bounds, allowed)


def _object(document: Document, pointer: str, keywords: Mapping[str, Any], depth: int, tag: tuple[str, str] | None) -> Object:
    # What `additionalProperties` says is of undeclared properties, and no shape accepts any.
    _only(keywords, pointer, "type", "properties", "required", "additionalProperties")
    if not isinstance(keywords.get("additionalProperties", True), bool):
        raise InexpressibleError(f"{pointer}/additionalProperties is a schema")
    declared = keywords.get("properties", {})
    required = keywords.get("required", ())
    if not set(required) <= set(declared):
        raise InexpressibleError(f"{pointer}/required names a property that is not declared")
    # Bodies with an escape are not accepted, so no escaped name is looked for.
    if any(not name.isascii() or not name.isprintable() or set(name) & set('"\\') for name in declared):
        raise InexpressibleError(f"{pointer}/properties has a name that is written with an escape")
    names = [name for name in declared if tag is None or name != tag[0]]
    if not names and not tag:
        raise InexpressibleError(f"{pointer} declares no property")
    properties = {name: _compile(document, f"{pointer}/properties/{escape(name)}", depth + 1) for name in names}
    return Object(pointer, properties, [name for name in required if name in properties], tag)


def _variants(document: Document, pointer: str, keywords: Mapping[str, Any], depth: int) -> Variants:
    _only(keywords, pointer, "oneOf", "discriminator")
    discriminator = keywords.get("discriminator", {})
    mapping = discriminator.get("mapping", {})
    members = keywords["oneOf"]
    if not mapping or [member.get("$ref") for member in members] != list(mapping.values()):
        raise InexpressibleError(f"{pointer}/oneOf is not told by a discriminator that maps every member in order")
    name = discriminator["propertyName"]
    shapes: dict[str, Object] = {}
    for index, (value, target) in enumerate(mapping.items()):
        _only(members[index], f"{pointer}/oneOf/{index}", "$ref")
        schema, place = document.resolve(target[1:])
        own = {key: what for key, what in schema.items() if not key.startswith("x-") and key not in _ANNOTATIONS}
        said = own.get("properties", {}).get(name, {})
        said = {key: what for key, what in said.items() if key not in _ANNOTATIONS}
        if own.get("type") != "object" or said != {"type": "string", "const": value} or name not in own.get("required", ()):
            raise InexpressibleError(f"{place} does not require {name} to be {value!r}")
        shapes[value] = _object(document, place, own, depth + 1, tag=(name, value))
    return Variants(pointer, name, shapes)


def _open_variants(document: Document, pointer: str, keywords: Mapping[str, Any], depth: int) -> Variants:
    """One object whose `k` is one of many, as a union that `k` tells apart: so the kinds of its values are counted."""
    said = {key: what for key, what in keywords.get("properties", {}).get("k", {}).items() if key not in _ANNOTATIONS}
    kinds = declared_kinds(keywords)
    if not kinds or said != {"type": "string", "enum": list(dict.fromkeys(kinds))} or "k" not in keywords.get("required", ()):
        raise InexpressibleError(f"{pointer} does not require k to be one of a list of strings")
    return Variants(pointer, "k", {kind: _object(document, pointer, keywords, depth, tag=("k", kind)) for kind in kinds})


def _only(keywords: Iterable[str], pointer: str, *known: str) -> None:
    for name in keywords:
        if name not in known and not name.startswith("x-") and name not in _ANNOTATIONS:
            raise InexpressibleError(f"{pointer}/{escape(str(name))} has no counterpart")


def _meta(bounds: Mapping[str, Any]) -> msgspec.Meta:
    return msgspec.Meta(**bounds)


def _attribute(index: int, name: str) -> str:
    plain = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    return name if plain and name.isascii() else f"property_{index}"


def _opaque(value: Any) -> Hashable:
    """The type of a value that no schema is for; UnclearError where it might be nested too deep."""
    if isinstance(value, dict | list) and not _shallow(value, MAX_DEPTH - 2 * _MAX_NESTING):
        raise UnclearError
    return dict if isinstance(value, dict) else value.__class__


def _shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    if levels == 0:
        return False
    return all(_shallow(child, levels - 1) for child in (value.values() if isinstance(value, dict) else value))
