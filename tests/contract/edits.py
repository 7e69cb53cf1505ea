"""Single changes of the document, each with what tells the outcome from the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mconn_contracts.contract import api

LIST, LATEST, GET = api.LIST.path, api.LATEST.path, api.GET.path


def schemas(raw: dict[str, Any]) -> Any:
    """The component schemas of a document, to be changed."""
    return raw["components"]["schemas"]


def change(raw: dict[str, Any], **members: Any) -> None:
    """Set members of the page of events."""
    schemas(raw)["EventListResponse"]["properties"].update(members)


Edit = Callable[[dict[str, Any]], object]
EDITS: list[tuple[str, Edit, list[str]]] = [
    ("a field more", lambda raw: change(raw, total={"type": "integer"}), ["field-added total"]),
    ("a field less", lambda raw: schemas(raw)["EventListResponse"]["properties"].pop("cursor"), ["field-removed cursor"]),
    ("a field required", lambda raw: schemas(raw)["EventListResponse"]["required"].append("cursor"), ["field-required cursor"]),
    ("a field optional", lambda raw: schemas(raw)["EventGetResponse"]["required"].remove("n"), ["field-optional n"]),
    ("another type", lambda raw: change(raw, cursor={"type": "integer"}), ["type-changed cursor"]),
    ("null as well", lambda raw: change(raw, cursor={"type": ["string", "null"]}), ["type-changed cursor"]),
    (
        "null by a union",
        lambda raw: change(raw, cursor={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ["type-changed cursor"],
    ),
    ("a bound", lambda raw: change(raw, cursor={"type": "string", "maxLength": 9}), ["bounds-changed cursor"]),
    (
        "a bound by allOf",
        lambda raw: change(raw, cursor={"allOf": [{"type": "string"}, {"maxLength": 9}]}),
        ["bounds-changed cursor"],
    ),
    (
        "no other fields",
        lambda raw: schemas(raw)["EventSummary"].update(additionalProperties=False),
        ["bounds-changed each of items"],
    ),
    (
        "another meaning",
        lambda raw: schemas(raw)["EventSummary"]["properties"]["a"].update(description="Milliseconds"),
        ["description-changed a"],
    ),
    ("a member of every envelope", lambda raw: schemas(raw)["ApiMessage"]["required"].remove("code"), ["field-optional code"]),
    ("a status less", lambda raw: raw["paths"][GET]["get"]["responses"].pop("404"), ["status-removed status 404"]),
    (
        "a status more",
        lambda raw: raw["paths"][LIST]["get"]["responses"].update({"404": {"$ref": "#/components/responses/NotFound"}}),
        ["status-added status 404"],
    ),
    (
        "a parameter required",
        lambda raw: raw["components"]["parameters"]["Limit"].update(required=True),
        ["parameter-required query parameter `limit`"],
    ),
    (
        "a parameter of another type",
        lambda raw: raw["components"]["parameters"]["Kind"].update(schema={"type": "boolean"}),
        ["type-changed query parameter `k`"],
    ),
    (
        "a parameter in other bounds",
        lambda raw: raw["components"]["parameters"]["AccountId"]["schema"].update(maxLength=36),
        ["bounds-changed path parameter `account_id`"],
    ),
    ("an operation less", lambda raw: raw["paths"].pop(LATEST), ["operation-removed GET …/events/latest"]),
    (
        "an operation more",
        lambda raw: raw["paths"].update({f"{LIST}/summary": {"get": {"responses": {}}}}),
        ["operation-added GET …/events/summary"],
    ),
    (
        "another operationId",
        lambda raw: raw["paths"][GET]["get"].update(operationId="fetchEvent"),
        ["operation-id-changed GET …/events/{}.{}"],
    ),
    (
        "a payload more",
        lambda raw: schemas(raw)["LeaveEvent"]["properties"].update(reason={"type": "string"}),
        ["payload-declared Leave.reason"],
    ),
    (
        "a payload required",
        lambda raw: schemas(raw)["StartUpgradeEvent"]["required"].remove("url"),
        ["field-optional StartUpgrade.url"],
    ),
    (
        "one kind open",
        lambda raw: schemas(raw)["StartUpgradeEvent"].update(additionalProperties=True),
        ["union-opened e"],
    ),
    (
        "any kind",
        lambda raw: raw["components"]["schemas"].update(
            Event={"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}}}
        ),
        ["payload-undeclared StartUpgrade.url", "union-opened e/k"],
    ),
    ("no JSON", lambda raw: raw["components"]["responses"]["NotFound"].pop("content"), ["type-changed body"]),
]


APART: list[tuple[str, Edit]] = [
    ("an operation's own refusal", lambda raw: _own(raw, "responses", {"403": {"description": "No.", "content": _ANY}})),
    (
        "an operation's own parameter",
        lambda raw: _own(raw, "parameters", [{"name": "account_id", "in": "path", "required": True, "schema": {}}]),
    ),
    ("a result of any shape", lambda raw: schemas(raw)["EventListEnvelope"]["properties"].update(result={})),
    ("a result that is none", lambda raw: schemas(raw)["EventListEnvelope"]["properties"].update(result=False)),
    ("a kind that may be left out", lambda raw: schemas(raw)["LeaveEvent"]["required"].remove("k")),
    (
        "a union that nothing tells apart",
        lambda raw: schemas(raw).update(
            Event={"anyOf": [{"type": "object", "properties": {}}, {"type": "string", "minLength": 1}]}
        ),
    ),
]
"""Changes of one place among several that share what they refer to, or of what is seldom written."""
_ANY = {"application/json": {"schema": {}}}


def _own(raw: dict[str, Any], name: str, value: Any) -> None:
    """Give the operation of one event something that the others share."""
    operation = raw["paths"][GET]["get"]
    if isinstance(value, dict):
        operation[name].update(value)
    else:
        operation[name] = value
