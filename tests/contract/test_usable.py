"""Any document is judged by, or refused in one line with its place: damaged ones, and all that OpenAPI allows."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from mconn_contracts.contract.document import Document, load, tokens
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.errors import DocumentError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Origin, Request, Response
from mconn_contracts.reports.json import REPORT
from mconn_contracts.wire.decoding import walk

BASE = load()
OPEN = overlaid(BASE, ["2026-08-14"])
EVENTS = "https://a.example/accounts/a/magic/connectors/c/telemetry/events"
EVENT = {"e": {"k": "StartUpgrade", "url": "u"}, "n": 0, "t": 1_700_000_000, "v": "1"}
SUMMARY = {"a": 1_700_000_000, "k": "Init", "n": 0, "t": 1_700_000_000}
ODD = {"e": {"k": "Never", "x": []}, "n": -1, "t": 1.5, "v": 7, "more": {}}
ANSWERS: list[tuple[str, int, Any]] = [
    ("?from=1&to=2", 200, {"result": {"count": 1, "cursor": "c", "items": [SUMMARY]}, "success": True}),
    ("?from=1&to=2&cursor=c", 200, {"result": {"count": 2, "items": [{**SUMMARY, "n": 1}, 5, {}]}, "success": True}),
    ("/latest", 200, {"result": {"count": 1, "items": [EVENT, ODD]}, "success": True, "errors": [], "messages": []}),
    ("/1700000000.0", 200, {"result": EVENT, "success": True}),
    ("/1700000000.1", 200, {"result": ODD, "success": "yes", "more": 1}),
    ("/1700000000.2", 404, {"success": False, "errors": [{"code": 1, "message": "m"}, {"code": "1"}], "result": None}),
]


def judged(document: Document, *, compiled: bool) -> dict[str, Any]:
    """The JSON report on the answers, and on bare payloads, by a document."""
    session = Session(Plan(document, compiled=compiled))
    for number, (end, status, body) in enumerate(ANSWERS):
        request = Request("GET", EVENTS + end)
        session.observe(Exchange(Response(status, (), json.dumps(body).encode()), request, origin=Origin("a", entry=number)))
        session.observe(Exchange(Response(None, (), json.dumps(body).encode()), None, origin=Origin("b", entry=number)))
    session.conclude()
    report: dict[str, Any] = json.loads(REPORT.render(session.verdict()))
    return report


def used(raw: Mapping[str, Any], folder: Path) -> list[dict[str, Any]] | str:
    """The reports of both tiers by a document, by way of a file, or why it is refused."""
    path = folder / "document.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    try:
        document = load(path)
        reports = [judged(document, compiled=compiled) for compiled in (True, False)]
    except DocumentError as error:
        return str(error).removeprefix(f"{path}: ")
    for export in (openapi_31, openapi_30, json_schemas):
        with contextlib.suppress(DocumentError):
            export(document)
    return reports


PLACES = {id(document): [pointer for pointer, _ in walk(document.raw, "")] for document in (BASE, OPEN)}
NEW = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, 10**20, "", "(", "string", [], {}, [None], ["a", "a"], {"a": None}, [{}], {"type": "string"}),
        *({"$ref": reference} for reference in ("#/components/schemas/Event", "#/info", "a.yaml", 5)),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A document of which up to three nodes are deleted, replaced, wrapped, or replaced by another node of it."""
    document = draw(st.sampled_from([BASE, OPEN]))
    raw = Document(copy.deepcopy(dict(document.raw)), "damaged")
    for pointer in draw(st.lists(st.sampled_from(PLACES[id(document)]), min_size=1, max_size=3)):
        above, _, name = pointer.rpartition("/")
        try:
            holder = raw.at(above)
            key: Any = int(name) if isinstance(holder, list) else tokens(pointer)[-1]
            old = holder[key]
        except (DocumentError, LookupError, ValueError, TypeError):
            continue
        match draw(st.integers(0, 3)):
            case 0:
                del holder[key]
            case 1:
                holder[key] = draw(NEW)
            case 2:
                holder[key] = draw(st.sampled_from([[old], {"a": old}, str(old), [], {name: old}]))
            case _:
                holder[key] = copy.deepcopy(BASE.at(draw(st.sampled_from(PLACES[id(BASE)]))))
    return dict(raw.raw)


@settings(max_examples=7, deadline=None)
@given(raw=damaged())
def test_a_damaged_document_is_judged_by_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: dict[str, Any]) -> None:
    """Nothing but a line with the place comes of damage; where it does no harm, both tiers agree and no rule fails."""
    outcome = used(raw, tmp_path_factory.getbasetemp())
    if isinstance(outcome, str):
        assert (1, False) == (len(outcome.splitlines()), outcome.startswith("/work"))
    else:
        assert outcome[0] == outcome[1]
        assert "MC901" not in outcome[0]["counts"]["by_code"]


# What openapi-spec-validator accepts.

OURS = judged(BASE, compiled=True)
UNION = BASE.at("/components/schemas/Event")
MEMBERS = list(UNION["discriminator"]["mapping"].items())
NAMES = {kind: reference.rpartition("/")[2] for kind, reference in MEMBERS}


DELETED = object()


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The document with another value at a place, or without the place where the value is `DELETED`."""
    raw = copy.deepcopy(dict(BASE.raw))
    above, _, _ = pointer.rpartition("/")
    holder, name = Document(raw, "changed").at(above), tokens(pointer)[-1]
    if value is DELETED:
        del holder[name]
    else:
        holder[name] = value
    return raw


EVENT_SCHEMA = "/components/schemas/Event"
BY_ENUM = {name: copy.deepcopy(schema) for name, schema in BASE.at("/components/schemas").items()}
for kind, name in NAMES.items():
    del BY_ENUM[name]["properties"]["k"]["const"]
    BY_ENUM[name]["properties"]["k"]["enum"] = [kind]
SAME = {
    "a discriminator without a mapping": changed(f"{EVENT_SCHEMA}/discriminator", {"propertyName": "k"}),
    "a mapping by names": changed(f"{EVENT_SCHEMA}/discriminator/mapping", NAMES),
    "a mapping of some members": changed(f"{EVENT_SCHEMA}/discriminator/mapping", dict(MEMBERS[:3])),
    "members that are told by an enum": changed("/components/schemas", BY_ENUM),
    "another operation": changed(
        "/paths/~1other~1{id}",
        {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "other", "responses": {"200": {"description": "d"}}},
        },
    ),
    "a schema that is true": changed("/components/schemas/Anything", True),
    "a schema that refers to itself within": changed(
        "/components/schemas/Tree",
        {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}}},
    ),
    "webhooks": changed("/webhooks", {"new": {"post": {"responses": {"200": {"description": "d"}}}}}),
}
REFUSED = {
    "a union by anyOf": (
        changed(EVENT_SCHEMA, {"anyOf": UNION["oneOf"], "discriminator": UNION["discriminator"]}),
        "/components/schemas/Event declares no kinds; give its `oneOf` a `discriminator`, or `k` an `enum`",
    ),
    "a union without a discriminator": (
        changed(f"{EVENT_SCHEMA}/discriminator", DELETED),
        "/components/schemas/Event declares no kinds",
    ),
    "a union by another property": (
        changed(f"{EVENT_SCHEMA}/discriminator", {"propertyName": "kind"}),
        "/components/schemas/Event/oneOf and the discriminator's mapping by `k` name different schemas",
    ),
    "a schema with an identifier": (
        changed("/components/schemas/Other", {"$id": "https://a.example/other", "type": "string"}),
        "/components/schemas/Other/$id is not read; write a `$ref` within the document",
    ),
    "no statements": (
        changed("/x-contracts", DELETED),
        "the statement MC901 is missing; keep it, because reports need it to say what could not be judged",
    ),
    "an operation without a name": (
        changed("/paths/~1other", {"get": {"responses": {"200": {"description": "d"}}}}),
        "/paths/~1other/get has no operationId; give it one",
    ),
    "an operation elsewhere": (
        {
            **changed("/paths", DELETED),
            "paths": {path.replace("/latest", "/newest"): item for path, item in BASE.raw["paths"].items()},
        },
        "/paths/~1accounts~1{account_id}~1magic~1connectors~1{connector_id}~1telemetry~1events~1newest/get is not GET",
    ),
    "no paths": ({key: value for key, value in changed("/webhooks", {}).items() if key != "paths"}, "no `paths`; is this an"),
    "a list without its events": (
        changed("/components/schemas/EventListResponse/properties/items/items", {"type": "object"}),
        "/components/schemas/EventListResponse/properties/items/items is not the schema EventSummary, which rules read",
    ),
    "a cursor that is no text": (
        changed("/components/schemas/EventListResponse/properties/cursor", {"type": "integer"}),
        "/components/schemas/EventListResponse no longer requires 'cursor' as string, which rules read",
    ),
}


@pytest.mark.parametrize("raw", SAME.values(), ids=SAME)
def test_what_says_the_same_otherwise_is_judged_by(tmp_path: Path, raw: dict[str, Any]) -> None:
    """A document that OpenAPI allows, and that says of these answers what ours says, comes to the same findings."""
    OpenAPIV31SpecValidator(raw).validate()
    outcome = used(raw, tmp_path)

    assert not isinstance(outcome, str)
    for report in outcome:
        assert (OURS["counts"], OURS["coverage"]["kinds"]) == (report["counts"], report["coverage"]["kinds"])


@pytest.mark.parametrize("raw, why", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_judged_by_is_refused_at_its_place(tmp_path: Path, raw: dict[str, Any], why: str) -> None:
    """A document that OpenAPI allows, but that lacks what rules read, is told in one line."""
    OpenAPIV31SpecValidator(raw).validate()

    assert why == str(used(raw, tmp_path))[: len(why)]


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_schema_that_never_ends_is_refused(tmp_path: Path, keyword: str) -> None:
    """A schema that asks itself about the same value, which openapi-spec-validator itself does not survive."""
    raw = changed("/components/schemas/Loop", {keyword: [{"$ref": "#/components/schemas/Loop"}]})

    assert "the schema at /components/schemas/Loop refers to itself for the same value" == used(raw, tmp_path)


def test_the_vendors_open_object_has_a_discriminator_without_a_mapping(tmp_path: Path) -> None:
    """From 2026-07-13 on, the vendor publishes one beside the enum of `k`, which says the kinds."""
    raw = copy.deepcopy(dict(OPEN.raw))
    raw["components"]["schemas"]["Event"]["discriminator"] = {"propertyName": "k"}
    OpenAPIV31SpecValidator(raw).validate()
    outcome = used(raw, tmp_path)

    assert not isinstance(outcome, str)
    assert [judged(OPEN, compiled=True)["counts"]] * 2 == [report["counts"] for report in outcome]
