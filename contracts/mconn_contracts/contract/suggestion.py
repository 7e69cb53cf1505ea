"""The overlay that declares the undeclared kinds and fields that were seen. A person must review it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.contract.api import UNION
from mconn_contracts.contract.comparison.overlay import overlay
from mconn_contracts.contract.document import Document
from mconn_contracts.contract.export import to_yaml
from mconn_contracts.contract.unions import component_name
from mconn_contracts.model.undeclared import Undeclared, UndeclaredField, UndeclaredFields, UndeclaredKind

_JSON_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_HEAD = """\
# `mconn validate` suggests this overlay, and a person must review it: it declares what was seen, but not what it means.
"""


def suggestion(document: Document, seen: Undeclared) -> Iterator[str] | None:
    """The text of the overlay, YAML; None if nothing was seen that the document does not declare."""
    after = copy.deepcopy(dict(document.raw))
    changed = Document(after, document.source)
    for place, fields in sorted(seen.schemas.items()):
        if fields.kept:
            changed.at(place).update(_properties(fields))
    event = changed.resolve(document.schema_pointer(UNION))[0]
    for name, kind in sorted(seen.kinds.items()):
        if "oneOf" in event:
            _add_member(after, event, name, kind)
        else:
            event["properties"]["k"]["enum"].append(name)
    title = f"What was seen beyond {', '.join(document.overlays) or 'the contract'}"
    written = overlay(document, changed, title)
    return iter([_HEAD, to_yaml(written)]) if written["actions"] else None


def _add_member(document: dict[str, Any], event: dict[str, Any], name: str, kind: UndeclaredKind) -> None:
    """Declare a kind as one more member of the union."""
    schemas = document["components"]["schemas"]
    component = base = component_name(name)
    number = 1
    while component in schemas:
        number += 1
        component = f"{base}{number}"
    tag = {"type": "string", "const": name, "description": "Event kind"}
    times = f"Seen {_times(kind.number)}; nobody has said what it means."
    schema = {"type": "object", "description": times, "required": ["k"], "properties": {"k": tag, **_properties(kind.fields)}}
    if kind.example:
        schema["examples"] = [json.loads(kind.example)]
    schemas[component] = schema
    reference = f"#/components/schemas/{component}"
    event["oneOf"].append({"$ref": reference})
    if "mapping" in event["discriminator"]:
        event["discriminator"]["mapping"][name] = reference


def _properties(fields: UndeclaredFields) -> dict[str, Any]:
    return {name: _property(each) for name, each in sorted(fields.kept.items())}


def _property(field: UndeclaredField) -> dict[str, Any]:
    schema: dict[str, Any] = {**_typed(field.types), "description": f"Seen {_times(field.number)}."}
    if field.types.keys() == {"array"}:
        # If the types of an array's items are unknown, the schema says nothing about the items.
        items = _typed(field.items)
        if items:
            schema["items"] = items
    if field.example:
        schema["examples"] = [json.loads(field.example)]
    return schema


def _typed(types: Mapping[str, int]) -> dict[str, Any]:
    """The types of values as a schema has them; nothing where there are none, or one is not known."""
    known = [each for each in _JSON_TYPES if each in types and not (each == "integer" and "number" in types)]
    if not known or types.keys() - set(_JSON_TYPES):
        return {}
    return {"type": known[0] if len(known) == 1 else known}


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
