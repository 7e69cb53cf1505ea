"""The document as another author writes it, with other names, unions, numbers and envelopes, in 3.0: it means the same."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mconn_contracts.contract.document import Document
from mconn_contracts.contract.export import openapi_30

_REFERENCE = "#/components/schemas/"
_NUMERIC = ("minimum", "maximum", "format")


def rewritten(document: Document) -> dict[str, Any]:
    """The document in 3.0: integers as numbers, inline unions by `anyOf` without mapping, envelopes by `allOf`, other names."""
    raw = openapi_30(document)
    schemas = raw["components"]["schemas"]
    event = schemas["Event"]
    if "oneOf" in event:
        members = [schemas.pop(each["$ref"].removeprefix(_REFERENCE)) for each in event.pop("oneOf")]
        event["anyOf"] = [_inline(member) for member in members]
        event["discriminator"] = {"propertyName": "k"}
    failure = schemas["ApiErrorResponse"]
    for schema in schemas.values():
        if "result" in schema.get("properties", {}):
            result = {"result": schema["properties"]["result"]}
            schema.clear()
            schema["allOf"] = [{"$ref": f"{_REFERENCE}ApiErrorResponse"}, {"properties": result, "required": ["result"]}]
    assert "result" not in failure["properties"]
    for item in raw["paths"].values():
        item["get"]["operationId"] = copy.deepcopy(document.raw)["paths"][_path(raw, item)]["get"]["x-vendor-operation-id"]
        item["get"]["parameters"] = [
            raw["components"]["parameters"][each["$ref"].rpartition("/")[2]]
            for each in (*item.pop("parameters"), *item["get"].get("parameters", ()))
        ]
    numbers = _numbers(raw)
    return dict(_renamed(numbers))


def _path(raw: Mapping[str, Any], item: object) -> str:
    return next(path for path, each in raw["paths"].items() if each is item)


def _inline(member: Mapping[str, Any]) -> dict[str, Any]:
    """A member of a union that says what it means at its kind, and that kind as an `enum` of one."""
    value = {key: each for key, each in copy.deepcopy(dict(member)).items() if key not in ("title", "description")}
    kind = value["properties"]["k"]
    kind.pop("pattern", None)
    kind["description"] = member["description"]
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "integer":
        return {**{key: each for key, each in value.items() if key not in _NUMERIC}, "type": "number"}
    return {key: _numbers(each) for key, each in value.items()}


def _renamed(raw: dict[str, Any]) -> Any:
    """Every schema under another name."""

    def rename(value: Any) -> Any:
        if isinstance(value, list):
            return [rename(each) for each in value]
        if isinstance(value, dict):
            return {key: rename(each) for key, each in value.items()}
        return value.replace(_REFERENCE, f"{_REFERENCE}v_") if isinstance(value, str) else value

    renamed = rename(raw)
    renamed["components"]["schemas"] = {f"v_{name}": each for name, each in renamed["components"]["schemas"].items()}
    return renamed
