"""Rewrite the union of events for code generators that cannot read it, or whose clients must survive the next kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.contract.document import Document
from mconn_contracts.errors import DocumentError

_COMPONENT = "#/components/schemas/"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
_UNKNOWN = {
    "type": "object",
    "title": "Unknown",
    "description": "An event of a kind that this document does not know.",
    "required": ["k"],
    "properties": {"k": {"type": "string", "description": "Event kind"}},
}


def component_name(kind: str) -> str:
    """The name of the schema of a kind, of the few characters that OpenAPI allows in one."""
    return f"{_NOT_IN_NAMES.sub('_', kind)}Event"


def flat(document: Document) -> Document:
    """The document with `Event` as one object: `k` is an enumeration, and fields that only some kinds require are optional.

    The schemas of the single kinds are left out. Where the union is open, `k` is any string. An `Event` that is one object
    already stays as it is. Raises `DocumentError` where two kinds declare the same property differently.
    """
    event = document.at(document.schema_pointer("Event"))
    references = [member["$ref"] for member in event.get("oneOf", event.get("anyOf", ()))]
    if not references:
        return document
    members = [document.resolve(reference[1:])[0] for reference in references]
    kinds = {member["properties"]["k"]["const"]: member for member in members if "const" in member["properties"]["k"]}
    properties: dict[str, Any] = {"k": {"type": "string", "description": "Event kind"}}
    if len(kinds) == len(members):
        properties["k"]["enum"] = list(kinds)
    for kind, member in kinds.items():
        for name, schema in member["properties"].items():
            if name != "k" and properties.setdefault(name, schema) != schema:
                raise DocumentError(f"{document.source}: {kind} declares `{name}` differently from a kind before it")
    lines = [f"- `{kind}`: {member.get('description', kind)}" for kind, member in kinds.items()]
    flattened = {
        "type": "object",
        "description": "\n".join(["The kind of an event, and the fields that some kinds have.", "", *lines]),
        "required": [name for name in properties if all(name in member["required"] for member in members)],
        "properties": properties,
    }
    return _with_schemas(document, {"Event": flattened}, without=[each.removeprefix(_COMPONENT) for each in references])


def opened(document: Document) -> Document:
    """The document in which an event of any other kind is valid too.

    A union becomes an `anyOf` that ends with `UnknownEvent`, which declares only `k`. It has no discriminator, which
    could not map the kinds that nobody knows. Where `Event` is one object, its `k` is any string.
    """
    event = document.at(document.schema_pointer("Event"))
    if "oneOf" in event:
        kept = {name: value for name, value in event.items() if name not in ("oneOf", "discriminator")}
        union = kept | {"anyOf": [*event["oneOf"], {"$ref": f"{_COMPONENT}UnknownEvent"}]}
        return _with_schemas(document, {"Event": union, "UnknownEvent": _UNKNOWN})
    if "anyOf" in event:
        return document
    kind = {name: value for name, value in event["properties"]["k"].items() if name != "enum"}
    return _with_schemas(document, {"Event": event | {"properties": event["properties"] | {"k": kind}}})


def _with_schemas(document: Document, changed: Mapping[str, Any], *, without: Collection[str] = ()) -> Document:
    components = document.raw["components"]
    schemas = {name: schema for name, schema in components["schemas"].items() if name not in without} | dict(changed)
    return replace(document, raw={**document.raw, "components": {**components, "schemas": schemas}})
