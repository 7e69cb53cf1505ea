"""The smallest values of a shape, and those that have something at a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from mconn_contracts.contract.comparison.normal import Bounds, Field, Shape, Union

ANY_ITEM = "*"
_OTHER: Final = "Other"
"""The name of a kind that nobody declares."""


class NothingError(Exception):
    """There is no such value."""


class _Absent:
    """What stands for a member that is left out."""


ABSENT: Final = _Absent()


def smallest(shape: Shape) -> Any:
    """The smallest value of a shape. NothingError if it has no value. Patterns are ignored."""
    if "enum" in shape.bounds:
        if not shape.bounds["enum"]:
            raise NothingError
        return shape.bounds["enum"][0]
    if shape.union is not None:
        return of_kind(shape.union)
    if shape.alternatives:
        return smallest(shape.alternatives[0])
    for name in ("integer", "number", "string", "boolean", "array", "object", "null"):
        if name in shape.types or not shape.types:
            return _VALUES[name](shape)
    raise NothingError


def of_kind(union: Union, kind: str | None = None) -> dict[str, Any]:
    """The smallest object of a kind, by default of the smallest; of one that is not listed, what any other has."""
    if kind is None:
        sizes = {name: sum(each.required for each in one.fields.values()) for name, one in union.kinds.items()}
        kind = min(sizes, key=lambda name: (sizes[name], len(name)), default=_OTHER)
    said = union.kinds.get(kind, union.others)
    if said is None:
        raise NothingError
    return {union.tag: kind, **_required(said.fields)}


def having(shape: Shape, path: Sequence[str], put: Callable[[Shape], Any], kind: str | None = None) -> Any:
    """The smallest value with the result of `put` for the shape at a path. ABSENT removes a member.

    Where the path leads into a union, it is an object of `kind`. NothingError if the path leads nowhere.
    """
    if not path:
        return put(shape)
    name, *rest = path
    if name == ANY_ITEM:
        if shape.items is None:
            raise NothingError
        item = having(shape.items, rest, put, kind)
        return [] if item is ABSENT else [item]
    value = of_kind(shape.union, kind) if shape.union is not None else _required(shape.fields)
    fields = fields_of(shape, kind)
    if name not in fields:
        raise NothingError
    made = having(fields[name].shape, rest, put, kind)
    if made is ABSENT:
        value.pop(name, None)
    else:
        value[name] = made
    return counted(value)


def fields_of(shape: Shape, kind: str | None) -> Mapping[str, Field]:
    """The members of an object, or of its kind."""
    if shape.union is None:
        return shape.fields
    said = shape.union.kinds.get(kind or "", shape.union.others)
    return {} if said is None else said.fields


def shape_at(shape: Shape, path: Sequence[str], kind: str | None) -> Shape | None:
    """The shape at a path; None if there is none."""
    for name in path:
        if name == ANY_ITEM:
            below = shape.items
        else:
            field = fields_of(shape, kind).get(name)
            below = None if field is None else field.shape
        if below is None:
            return None
        shape = below
    return shape


def at_the_bounds(bounds: Bounds) -> Iterator[Any]:
    """Values on both sides of each bound."""
    for keyword, said in bounds.items():
        if keyword == "enum":
            yield from said
        elif keyword.lower().endswith(("minimum", "maximum")):
            yield from (said, said - 1, said + 1)
        elif keyword in ("minLength", "maxLength"):
            yield from ("x" * each for each in (said - 1, said, said + 1) if each >= 0)


def counted(value: Any) -> Any:
    """A page whose `count` says how many items it has; any other value as it is."""
    if isinstance(value, dict) and isinstance(value.get("items"), list) and type(value.get("count")) is int:
        value["count"] = len(value["items"])
    return value


def _required(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: smallest(each.shape) for name, each in fields.items() if each.required}


def _number(shape: Shape) -> int:
    bounds = shape.bounds
    least = max(bounds.get("minimum", 0), bounds.get("exclusiveMinimum", -1) + 1)
    return int(min(least, bounds.get("maximum", least)))


_VALUES: Mapping[str, Callable[[Shape], Any]] = {
    "integer": _number,
    "number": _number,
    "string": lambda shape: "x" * shape.bounds.get("minLength", 0),
    "boolean": lambda _: True,
    "array": lambda shape: [smallest(shape.items or Shape())] * shape.bounds.get("minItems", 0),
    "object": lambda shape: counted(_required(shape.fields)),
    "null": lambda _: None,
}
