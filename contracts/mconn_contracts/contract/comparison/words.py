"""What a normal form says, in a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mconn_contracts.contract.api import LIST
from mconn_contracts.contract.comparison.normal import Bounds, Field, Kind, Shape
from mconn_contracts.contract.comparison.scope import template

_LONGEST = 120
_ABOVE_EVENTS = template(LIST.path).rpartition("/")[0]


def of_shape(shape: Shape) -> str:
    """A shape, as the end of a sentence: `string`, `integer from 0`, `array of object`."""
    if shape.alternatives:
        return f"one of {len(shape.alternatives)} shapes"
    if shape.union is not None:
        return f"object of a kind by `{shape.union.tag}`"
    types = " or ".join(sorted(shape.types, key=lambda each: (each == "null", each))) or "anything"
    held = f" of {of_shape(shape.items)}" if shape.items is not None else ""
    bounds = of_bounds(shape.bounds)
    return f"{types}{held}{f' ({bounds})' if bounds else ''}"


def of_bounds(bounds: Bounds) -> str:
    """Bounds with their keywords: `maxLength 32`; empty if there are none."""
    return ", ".join(f"{keyword} {_value(keyword, bounds[keyword])}" for keyword in sorted(bounds))


def _value(keyword: str, value: Any) -> str:
    text = " | ".join(map(_json, sorted(value, key=_json))) if keyword == "enum" else _json(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _json(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def of_field(field: Field) -> str:
    """A field's shape, and whether it must be there."""
    return f"{of_shape(field.shape)}, {'required' if field.required else 'optional'}"


def of_kind(kind: Kind) -> str:
    """The fields of a kind: `with tunnel_id (string, required)`."""
    return f"with {of_fields(kind.fields)}" if kind.fields else "without declared fields"


def of_fields(fields: Mapping[str, Field]) -> str:
    """Fields with their shapes, in the order of their names."""
    return ", ".join(f"`{name}` ({of_field(fields[name])})" for name in sorted(fields))


def in_row(names: Iterable[str], most: int = 4) -> str:
    """A list of names. If there are many, some are shown and the others counted."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def quoted(description: str) -> str:
    """A description on one line, in quotes; empty if there is none."""
    line = " ".join(description.split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return f'"{line}"' if line else ""


def of_operation(key: str) -> str:
    """A method and a path, without what all paths of this API begin with: `GET …/events/latest`."""
    return key.replace(_ABOVE_EVENTS, "…", 1)
