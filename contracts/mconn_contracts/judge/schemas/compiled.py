"""The document's schemas compiled: types for msgspec that accept values, and the faults of what they refuse.

A type accepts only what has no fault. A schema with a keyword that has no counterpart here is not compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from operator import gt, lt, ne
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from mconn_contracts.contract.document import Document, escape
from mconn_contracts.wire.arrays import ARRAY, TextArray

UNDECLARED = "undeclared"
DISCRIMINATOR = "discriminator"
_BROKEN: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": lt,
    "maximum": gt,
    "const": ne,
    "enum": lambda value, allowed: value not in allowed,
}
"""Whether a value breaks what a keyword says of values of a type."""
_KEYWORDS: Mapping[str, frozenset[str]] = {
    "$ref": frozenset({"$ref"}),
    "oneOf": frozenset({"oneOf", "discriminator"}),
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items"}),
    "string": frozenset({"type", "enum", "const"}),
    "integer": frozenset({"type", "minimum", "maximum"}),
    "boolean": frozenset({"type"}),
    "null": frozenset({"type"}),
}
"""The keywords that have a counterpart, by the one that tells what kind of schema it is, or by its `type`."""
# `format` is an annotation in Draft 2020-12, and `jsonschema` asserts none unless it is told to.
_ANNOTATIONS = frozenset(
    {"$comment", "default", "deprecated", "description", "example", "examples", "externalDocs", "format"}
) | {"readOnly", "title", "writeOnly"}
_SCALARS: Mapping[str, Any] = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
_ALONE = "msgspec takes a struct that is not in a union without the property that tells it"
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


class Compiled(NamedTuple):
    """A schema: the type that accepts its values, and what adds the faults of a value at a path, in the order of `jsonschema`."""

    type: Any
    faults: Callable[[Any, Path, list[Fault]], None]


def compile_schema(document: Document, pointer: str, depth: int = 0, tag: tuple[str, str] | None = None) -> Compiled:
    """The schema at a pointer; InexpressibleError if it has no counterpart.

    `tag` is the property that tells an object from the others of its union, and its value.
    """
    schema = _asserted(document.at(pointer), pointer)
    form = str(next((name for name in ("$ref", "oneOf") if name in schema), schema.get("type")))
    if form not in _KEYWORDS or not schema.keys() <= _KEYWORDS[form] or depth > _MAX_NESTING:
        raise InexpressibleError(f"{pointer} has a keyword without counterpart, or is nested too deep")
    if form == "$ref":
        if not str(schema["$ref"]).startswith("#/"):
            raise InexpressibleError(f"{pointer}/$ref leaves the document")
        return compile_schema(document, schema["$ref"][1:], depth + 1)
    if form == "object":
        return _object(document, pointer, schema, depth, tag)
    if form in _SCALARS:
        return _scalar(pointer, schema)
    return (_union if form == "oneOf" else _array)(document, pointer, schema, depth)


def accepts(kind: Any, value: Any) -> bool:
    """Whether a decoded value is one of a type."""
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def kind_of(variant: type) -> str | None:
    """The `k` of the values of a struct, if all have the same."""
    return getattr(getattr(variant, "__struct_config__", None), "tag", None)


def example(kind: Any, *, whole: bool) -> Any:
    """A value with the names that values of a type have: all of them, or only the required ones."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = [field for field in msgspec.structs.fields(kind) if whole or field.required]
        return {field.encode_name: example(field.type, whole=whole) for field in fields}
    if get_origin(kind) is Union:
        # Any member will do: they are objects, except the one that says that a property may be absent.
        member, *_ = get_args(kind)
        return example(member, whole=whole)
    return [example(item, whole=whole) for item in get_args(kind)] if get_origin(kind) is list else kind is bool


def _scalar(pointer: str, schema: Mapping[str, Any]) -> Compiled:
    """A string, integer, boolean or null; a string may be one of a few, and an integer have bounds."""
    kind = _SCALARS[schema["type"]]
    limits = {name: limit for name, limit in schema.items() if name != "type"}
    accepted: Any = kind
    usual: Container[Any] = ()
    if kind is str and limits:
        values = schema.get("enum", [schema.get("const")])
        if len(limits) > 1 or not values or not all(isinstance(value, str) for value in values):
            raise InexpressibleError(f"{pointer} allows what is not a string, or nothing")
        accepted, usual = Literal[tuple(dict.fromkeys(values))], frozenset(values)
    elif limits:
        if any(type(bound) is not int or abs(bound) >= _LARGEST_BOUND for bound in limits.values()):
            raise InexpressibleError(f"{pointer} has a bound that is no integer, or too large")
        accepted = Annotated[int, msgspec.Meta(ge=schema.get("minimum"), le=schema.get("maximum"))]
        usual = range(schema.get("minimum", 0), schema.get("maximum", 0) + 1)

    def faults(value: Any, path: Path, found: list[Fault]) -> None:
        right = value.__class__ is kind
        if right and (not limits or value in usual):
            return
        right = right or (kind is int and isinstance(value, float) and value.is_integer())
        if not right:
            found.append(Fault("type", schema["type"], value, path, f"{pointer}/type"))
        for name, limit in limits.items():
            # A value of another type, or with a fraction, has one fault, not two; `const` is said of any value.
            if (right or name == "const") and _BROKEN[name](value, limit):
                found.append(Fault(name, limit, value, path, f"{pointer}/{name}"))

    return Compiled(accepted, faults)


def _array(document: Document, pointer: str, schema: Mapping[str, Any], depth: int) -> Compiled:
    """An array of items of one schema."""
    if "items" not in schema:
        raise InexpressibleError(f"{pointer} says nothing of its items")
    item = compile_schema(document, f"{pointer}/items", depth + 1)
    whole: Any = list[item.type]  # type: ignore[name-defined]

    def faults(value: Any, path: Path, found: list[Fault]) -> None:
        if not isinstance(value, ARRAY):
            found.append(Fault("type", "array", value, path, f"{pointer}/type"))
        else:
            # What the type accepts has no fault, and that is seen of many at once.
            parts = value.parts() if isinstance(value, TextArray) else [(0, value)]
            for start, part in parts:
                if isinstance(value, list) or not accepts(whole, part):
                    for index, each in enumerate(part, start):
                        item.faults(each, (*path, index), found)

    return Compiled(whole, faults)


def _object(document: Document, pointer: str, schema: Mapping[str, Any], depth: int, tag: tuple[str, str] | None) -> Compiled:
    """An object with declared properties.

    Where `k` is one of several, the type is a union of structs that `k` tells apart, so that their values can be counted by type.
    """
    declared, required = schema.get("properties", {}), schema.get("required", ())
    other = schema.get("additionalProperties")
    if not set(required) <= set(declared) or other not in (None, True, False):
        raise InexpressibleError(f"{pointer} requires an undeclared property, or has a schema for such")
    properties = {name: compile_schema(document, f"{pointer}/properties/{escape(name)}", depth + 1) for name in declared}
    needed = frozenset(required)
    known = {*declared, *document.at(pointer).get("x-also-seen", ())} if declared and other is None else None
    kinds = _asserted(declared.get("k", {}), pointer).get("enum", ()) if "k" in needed else ()
    tags = [tag] if tag or not kinds else [("k", kind) for kind in dict.fromkeys(kinds)]
    if len(tags) == 1 and tags != [tag]:
        raise InexpressibleError(f"{pointer} has one kind alone: {_ALONE}")

    def faults(value: Any, path: Path, found: list[Fault]) -> None:
        if not isinstance(value, dict):
            found.append(Fault("type", "object", value, path, f"{pointer}/type"))
            return
        if not needed.issubset(value):
            missing = [name for name in required if name not in value]
            found += [Fault("required", [name], value, path, f"{pointer}/required") for name in missing]
        for name, each in properties.items():
            if name in value:
                each.faults(value[name], (*path, name), found)
        if other is False and not value.keys() <= properties.keys():
            found.append(Fault("additionalProperties", False, value, path, f"{pointer}/additionalProperties"))
        if known is not None and not known.issuperset(value):
            undeclared = [name for name in value if name not in known]
            found += [Fault(UNDECLARED, None, value, (*path, name), f"{pointer}/properties") for name in undeclared]

    return Compiled(Union[tuple(_struct(properties, needed, each) for each in tags)], faults)  # noqa: UP007


def _struct(properties: Mapping[str, Compiled], needed: Container[str], tag: tuple[str, str] | None) -> type[msgspec.Struct]:
    """A type of objects. An attribute has the name of its property, if that can be the name of an attribute."""
    fields: list[Any] = []
    names: dict[str, str] = {}
    for name, schema in properties.items():
        if tag is None or name != tag[0]:
            # A name that begins with `_` may be one that was made up for another.
            attribute = name if name.isidentifier() and name[0] != "_" else f"_{len(names)}"
            absent = (Union[schema.type, msgspec.UnsetType], msgspec.UNSET)  # noqa: UP007
            fields.append((attribute, *((schema.type,) if name in needed else absent)))
            names[attribute] = name
    options: dict[str, Any] = {} if tag is None else {"tag_field": tag[0], "tag": tag[1]}
    # Values are trees: without their share of the collector's work, they are made in half the time.
    try:
        return msgspec.defstruct("Accepted", fields, rename=names, kw_only=True, forbid_unknown_fields=True, gc=False, **options)
    except ValueError as error:  # a name that msgspec takes for none, such as one with a quotation mark
        raise InexpressibleError(str(error)) from None


def _union(document: Document, pointer: str, schema: Mapping[str, Any], depth: int) -> Compiled:
    """Objects of several schemas that a property tells apart."""
    place, mapping = f"{pointer}/oneOf", document.members(schema)
    if len(mapping) == 1:
        raise InexpressibleError(f"{place} has one member alone: {_ALONE}")
    if not mapping or [{"$ref": target} for target in mapping.values()] != schema["oneOf"]:
        raise InexpressibleError(f"{place} is not told by a discriminator that names every member in order")
    tag = schema["discriminator"]["propertyName"]
    members: dict[str, Compiled] = {}
    for value, target in mapping.items():
        member, at = document.resolve(target[1:])
        own = _asserted(member, at)
        told = _asserted(own.get("properties", {}).get(tag, {}), at)
        if told != {"type": "string", "const": value} or tag not in own.get("required", ()) or own.get("type") != "object":
            raise InexpressibleError(f"{at} is no object that requires {tag} to be {value!r}")
        members[value] = compile_schema(document, at, depth + 1, (tag, value))

    def faults(value: Any, path: Path, found: list[Fault]) -> None:
        if not isinstance(value, dict):
            found.append(Fault("type", "object", value, path, place))
        elif tag not in value:
            found.append(Fault("required", [tag], value, path, place))
        elif not isinstance(value[tag], str):
            found.append(Fault("type", "string", value[tag], (*path, tag), place))
        elif value[tag] not in members:
            found.append(Fault(DISCRIMINATOR, list(members), value[tag], (*path, tag), place))
        else:
            members[value[tag]].faults(value, path, found)

    return Compiled(Union[tuple(member.type for member in members.values())], faults)  # noqa: UP007


def _asserted(schema: Any, pointer: str) -> dict[str, Any]:
    """The keywords of a schema that say something of values."""
    if not isinstance(schema, Mapping):
        raise InexpressibleError(f"{pointer} is not an object")
    return {name: value for name, value in schema.items() if not name.startswith("x-") and name not in _ANNOTATIONS}
