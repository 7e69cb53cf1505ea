"""The document itself: its examples against its schemas, and the rules that keep generated clients working."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "spec" / "openapi.yaml").read_text(encoding="utf-8"))
COMPONENTS = DOCUMENT["components"]
SCHEMAS = COMPONENTS["schemas"]
OPERATIONS = {item["get"]["operationId"]: item["get"] for item in DOCUMENT["paths"].values()}
PATHS = {item["get"]["operationId"]: path for path, item in DOCUMENT["paths"].items()}

# Names and words of the vendor's reference, in its order.
KINDS = {
    "Init": "Initialized process",
    "Leave": "Stopped process",
    "StartAttestation": "Started attestation",
    "FinishAttestationSuccess": "Finished attestation",
    "FinishAttestationFailure": "Failed attestation",
    "StartRotateCryptKey": "Started crypt key rotation",
    "FinishRotateCryptKeySuccess": "Finished crypt key rotation",
    "FinishRotateCryptKeyFailure": "Failed crypt key rotation",
    "StartRotatePki": "Started PKI rotation",
    "FinishRotatePkiSuccess": "Finished PKI rotation",
    "FinishRotatePkiFailure": "Failed PKI rotation",
    "StartUpgrade": "Started upgrade",
    "FinishUpgradeSuccess": "Finished upgrade",
    "FinishUpgradeFailure": "Failed upgrade",
    "Reconcile": "Reconciled",
    "ConfigureCloudflaredTunnel": "Configured Cloudflared tunnel",
}
WORDS = {
    ("EventSummary", "a"): "Time the Event was collected (seconds since the Unix epoch)",
    ("EventSummary", "k"): "Kind",
    ("EventSummary", "n"): "Sequence number, used to order events with the same timestamp",
    ("EventSummary", "t"): "Time the Event was recorded (seconds since the Unix epoch)",
    ("EventGetResponse", "n"): "Sequence number, used to order events with the same timestamp",
    ("EventGetResponse", "t"): "Time the Event was recorded (seconds since the Unix epoch)",
    ("EventGetResponse", "v"): "Version",
    ("StartUpgradeEvent", "url"): "Location of upgrade bundle",
}
PORTABLE = {
    "$ref", "const", "description", "discriminator", "format", "items", "maxLength", "maximum",
    "minimum", "oneOf", "properties", "required", "title", "type",
}  # fmt: skip
INT64 = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**53 - 1}
LIST_PATH = "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events"


def escape(key: object) -> str:
    """A key as a segment of a JSON Pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def examples(node: object, pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every example under a node: its pointer, its schema's pointer, its value."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from examples(item, f"{pointer}/{index}")
    if not isinstance(node, dict):
        return
    # A media type, parameter or header has its schema beside its examples; a schema is its own.
    schema = f"{pointer}/schema" if "schema" in node else pointer
    if "example" in node:
        yield f"{pointer}/example", schema, node["example"]
    named = node.get("examples")
    if isinstance(named, list):
        for index, value in enumerate(named):
            yield f"{pointer}/examples/{index}", schema, value
    elif isinstance(named, dict):
        for name, example in named.items():
            yield f"{pointer}/examples/{escape(name)}", schema, example["value"]
    for key, value in node.items():
        if key not in {"example", "examples"} and not str(key).startswith("x-"):
            yield from examples(value, f"{pointer}/{escape(key)}")


def subschemas(schema: dict[str, Any], pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and every schema inside it, with their pointers."""
    yield pointer, schema
    for name, part in schema.get("properties", {}).items():
        yield from subschemas(part, f"{pointer}/properties/{name}")
    for index, part in enumerate(schema.get("oneOf", [])):
        yield from subschemas(part, f"{pointer}/oneOf/{index}")
    if "items" in schema:
        yield from subschemas(schema["items"], f"{pointer}/items")


def all_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of the document's components."""
    for name, schema in SCHEMAS.items():
        yield from subschemas(schema, f"/components/schemas/{name}")
    for group in ("parameters", "headers"):
        for name, part in COMPONENTS[group].items():
            yield from subschemas(part["schema"], f"/components/{group}/{name}/schema")


def judge(document: dict[str, Any], pointer: str) -> Draft202012Validator:
    """A validator for the schema at a pointer of a document."""
    registry: Registry[Any] = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:document#{pointer}"}, registry=registry)


def closed() -> dict[str, Any]:
    """The document with every object schema closed, which finds a misspelt optional field in an example."""
    document = copy.deepcopy(DOCUMENT)
    for name, schema in document["components"]["schemas"].items():
        for _, part in subschemas(schema, name):
            if part.get("type") == "object":
                part["additionalProperties"] = False
    return document


def own(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without the extensions, which no generator reads."""
    return {key: value for key, value in schema.items() if not key.startswith("x-")}


def named(response: str) -> dict[str, Any]:
    """The values of a response's examples, by name."""
    body = COMPONENTS["responses"][response]["content"]["application/json"]
    return {name: example["value"] for name, example in body["examples"].items()}


EXAMPLES = list(examples(DOCUMENT))
EVERY_EXAMPLE = pytest.mark.parametrize(
    "schema, value", [example[1:] for example in EXAMPLES], ids=[example[0] for example in EXAMPLES]
)
EVERY_SCHEMA = pytest.mark.parametrize(
    "schema", [schema for _, schema in all_schemas()], ids=[pointer for pointer, _ in all_schemas()]
)


def test_openapi_spec_validator_accepts_the_document() -> None:
    """The document is valid OpenAPI 3.1."""
    assert [] == [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]


def test_examples_are_found_everywhere() -> None:
    """The walk that feeds the tests below reaches responses, parameters and headers."""
    reached = {pointer.split("/")[2] for pointer, _, _ in EXAMPLES}

    assert {"responses", "parameters", "headers"} == reached


@EVERY_EXAMPLE
def test_example_is_valid(schema: str, value: object) -> None:
    """An example is valid under its own schema."""
    assert [] == [error.message for error in judge(DOCUMENT, schema).iter_errors(value)]


@EVERY_EXAMPLE
def test_example_has_no_undeclared_field(schema: str, value: object) -> None:
    """An example has only fields that its schema declares."""
    assert [] == [error.message for error in judge(closed(), schema).iter_errors(value)]


@pytest.mark.parametrize("response", ["EventPage", "LatestEvents"])
def test_count_of_an_example_is_its_number_of_items(response: str) -> None:
    """An example's count is how many items it has, and no identity is in it twice."""
    results = [body["result"] for body in named(response).values()]

    assert [len(result["items"]) for result in results] == [result["count"] for result in results]
    for result in results:
        identities = [(item["t"], item["n"]) for item in result["items"]]
        assert sorted(set(identities)) == identities


def test_pages_are_exemplified() -> None:
    """The list has a first page with a cursor, a last page without one, and an empty page; latest is full or empty."""
    pages = {name: ("cursor" in body["result"], bool(body["result"]["items"])) for name, body in named("EventPage").items()}
    latest = {name: bool(body["result"]["items"]) for name, body in named("LatestEvents").items()}

    assert {"firstPage": (True, True), "lastPage": (False, True), "emptyPage": (False, False)} == pages
    assert {"latest": True, "empty": False} == latest


def test_listed_examples_lie_in_the_example_window() -> None:
    """The parameters' examples ask for the pages that the responses' examples show."""
    start, end, limit = (COMPONENTS["parameters"][name]["example"] for name in ("From", "To", "Limit"))

    for body in named("EventPage").values():
        assert len(body["result"]["items"]) <= limit
        assert [] == [item for item in body["result"]["items"] if not start <= item["t"] < end]


def test_examples_of_one_event_agree() -> None:
    """An event that is shown in several places has the same kind, and in full the same fields, in each."""
    full = {(body["result"]["t"], body["result"]["n"]): body["result"] for body in named("RecordedEvent").values()}

    for body in named("EventPage").values():
        for item in body["result"]["items"]:
            assert item["k"] == full[item["t"], item["n"]]["e"]["k"]
    for body in named("LatestEvents").values():
        for item in body["result"]["items"]:
            assert item == full[item["t"], item["n"]]


def test_every_kind_has_an_example_of_its_name() -> None:
    """The 16 examples of one event are named after their kinds, and each has an identity of its own."""
    shown = {name: body["result"] for name, body in named("RecordedEvent").items()}

    assert list(KINDS) == list(shown)
    assert list(KINDS) == [event["e"]["k"] for event in shown.values()]
    assert len(KINDS) == len({(event["t"], event["n"]) for event in shown.values()})


def test_failure_examples_say_so() -> None:
    """An example's `success` is true in a 200 and false elsewhere, and every failure names an error."""
    for response in COMPONENTS["responses"]:
        for body in named(response).values():
            succeeded = "result" in body
            assert succeeded == body["success"]
            assert succeeded == (not body.get("errors"))


@pytest.mark.parametrize("kind, words", KINDS.items(), ids=KINDS)
def test_kind_has_a_schema_of_its_own(kind: str, words: str) -> None:
    """A kind is a flat object, titled and described as in the reference, with its constant in place."""
    schema = own(SCHEMAS[f"{kind}Event"])
    fields = ["k", "url"] if kind == "StartUpgrade" else ["k"]
    properties = schema.pop("properties")

    assert {"type": "object", "title": kind, "description": words, "required": fields} == schema
    assert fields == list(properties)
    assert {"type": "string", "const": kind} == properties["k"]


def test_union_is_references_and_a_full_mapping() -> None:
    """The union is `oneOf` references and a discriminator that maps every kind, in the reference's order."""
    references = {kind: f"#/components/schemas/{kind}Event" for kind in KINDS}

    assert {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "k", "mapping": references},
    } == own(SCHEMAS["Event"])
    assert list(KINDS) == list(SCHEMAS["Event"]["discriminator"]["mapping"])
    assert {"$ref": "#/components/schemas/Event"} == SCHEMAS["EventGetResponse"]["properties"]["e"]


def test_only_the_union_is_a_union() -> None:
    """No other schema has `oneOf`, so there is no fallback member anywhere."""
    assert ["/components/schemas/Event"] == [pointer for pointer, schema in all_schemas() if "oneOf" in schema]


@EVERY_SCHEMA
def test_schema_has_portable_keywords_only(schema: dict[str, Any]) -> None:
    """A schema uses no keyword that breaks a generator or the way down to OpenAPI 3.0, and is left open."""
    assert set() == set(own(schema)) - PORTABLE


@EVERY_SCHEMA
def test_type_is_one_name(schema: dict[str, Any]) -> None:
    """A schema's type is one name, and never `null` or `number`; only a reference and the union have none."""
    names = {"array", "boolean", "integer", "object", "string"}

    assert schema.get("type") in names or set(own(schema)) in ({"$ref"}, {"oneOf", "discriminator"})


@EVERY_SCHEMA
def test_integer_is_exact_in_every_language(schema: dict[str, Any]) -> None:
    """An integer is an int64 from 0 (`limit`: 1) to the largest that a double holds exactly; an error's code is any.

    The time of an event is at most the largest that cannot be in milliseconds.
    """
    if schema.get("type") == "integer":
        expected = INT64 | {"minimum": 1} if schema is COMPONENTS["parameters"]["Limit"]["schema"] else INT64
        if any(
            schema is SCHEMAS[model]["properties"].get(name) for model in ("EventSummary", "EventGetResponse") for name in "at"
        ):
            expected = INT64 | {"maximum": 99_999_999_999}
        if schema is SCHEMAS["ApiMessage"]["properties"]["code"]:
            expected = {"type": "integer", "format": "int64"}
        assert expected == {key: value for key, value in own(schema).items() if key != "description"}


@pytest.mark.parametrize(
    "model, required, optional",
    [
        ("EventListResponse", ["count", "items"], ["cursor"]),
        ("EventSummary", ["a", "k", "n", "t"], []),
        ("LatestListResponse", ["count", "items"], []),
        ("EventGetResponse", ["e", "n", "t"], ["v"]),
        ("ApiMessage", ["code", "message"], []),
        ("EventListEnvelope", ["result", "success"], ["errors", "messages"]),
        ("LatestListEnvelope", ["result", "success"], ["errors", "messages"]),
        ("EventGetEnvelope", ["result", "success"], ["errors", "messages"]),
        ("ApiErrorResponse", ["success"], ["errors", "messages"]),
    ],
)
def test_model_has_its_fields(model: str, required: list[str], optional: list[str]) -> None:
    """A model declares the published fields and requires the published ones."""
    assert required == SCHEMAS[model]["required"]
    assert required + optional == list(SCHEMAS[model]["properties"])


def test_schemas_are_the_named_ones() -> None:
    """The document has the models, the envelopes, the union and its kinds, and no other schema."""
    models = {"EventListResponse", "EventSummary", "LatestListResponse", "EventGetResponse", "ApiMessage", "Event"}
    envelopes = {"EventListEnvelope", "LatestListEnvelope", "EventGetEnvelope", "ApiErrorResponse"}

    assert models | envelopes | {f"{kind}Event" for kind in KINDS} == set(SCHEMAS)


@pytest.mark.parametrize("model, field", WORDS, ids=".".join)
def test_field_is_described_in_the_references_words(model: str, field: str) -> None:
    """A field has the reference's description, word for word."""
    assert WORDS[model, field] == SCHEMAS[model]["properties"][field]["description"]


def test_recorded_event_is_described_in_the_references_words() -> None:
    """The model of one event has the reference's description, word for word."""
    assert "Recorded Event" == SCHEMAS["EventGetResponse"]["description"]


@pytest.mark.parametrize("name", ["EventListEnvelope", "LatestListEnvelope", "EventGetEnvelope", "ApiErrorResponse"])
def test_envelope_is_flat(name: str) -> None:
    """An envelope's `success` is a plain boolean, and its `errors` and `messages` are arrays of messages."""
    properties = SCHEMAS[name]["properties"]
    messages = {"type": "array", "items": {"$ref": "#/components/schemas/ApiMessage"}}

    assert {"type", "description"} == set(properties["success"])
    assert "boolean" == properties["success"]["type"]
    assert (messages, messages) == (properties["errors"], properties["messages"])


def test_error_schema_declares_no_result() -> None:
    """A failure's schema has no `result`; that the wire shows null there is said in an extension."""
    assert "result" not in SCHEMAS["ApiErrorResponse"]["properties"]
    assert {"result": {"type": "null"}} == SCHEMAS["ApiErrorResponse"]["x-also-seen"]


def test_listed_kind_is_an_open_string() -> None:
    """The kind in a list is any string."""
    assert {"type": "string", "description": "Kind"} == SCHEMAS["EventSummary"]["properties"]["k"]


def test_operations_are_the_vendors() -> None:
    """Three operations at the vendor's paths, one tag, each with the vendor's operationId beside ours."""
    assert {
        "listEvents": LIST_PATH,
        "getLatestEvents": f"{LIST_PATH}/latest",
        "getEvent": f"{LIST_PATH}/{{event_t}}.{{event_n}}",
    } == PATHS
    assert {
        "listEvents": "mconn-connector-telemetry-events-list",
        "getLatestEvents": "mconn-connector-telemetry-events-latest-get",
        "getEvent": "mconn-connector-telemetry-events-get",
    } == {name: operation["x-vendor-operation-id"] for name, operation in OPERATIONS.items()}
    assert [["Events"]] * 3 == [operation["tags"] for operation in OPERATIONS.values()]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_declares_the_published_statuses(name: str) -> None:
    """An operation declares 200 and the six failures; the list has no 404."""
    failures = ["400", "401", "403", "404", "429", "500"]
    if name == "listEvents":
        failures.remove("404")

    assert ["200", *failures] == list(OPERATIONS[name]["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_takes_either_credential(name: str) -> None:
    """An operation takes a token, or an address and a key together."""
    assert [{"api_token": []}, {"api_email": [], "api_key": []}] == OPERATIONS[name]["security"]


@pytest.mark.parametrize("name", COMPONENTS["responses"])
def test_response_has_its_envelope_and_headers(name: str) -> None:
    """A response has its schema and the rate-limit headers, none of them required; 429 has `retry-after` too."""
    response = COMPONENTS["responses"][name]
    envelopes = {
        "EventPage": "EventListEnvelope",
        "LatestEvents": "LatestListEnvelope",
        "RecordedEvent": "EventGetEnvelope",
    }
    headers = {"Ratelimit", "Ratelimit-Policy", "cf-ray"} | ({"retry-after"} if name == "TooManyRequests" else set())
    reference = f"#/components/schemas/{envelopes.get(name, 'ApiErrorResponse')}"

    assert ["application/json"] == list(response["content"])
    assert {"$ref": reference} == response["content"]["application/json"]["schema"]
    assert headers == set(response["headers"])
    assert [] == [header for header in COMPONENTS["headers"].values() if header.get("required")]


def test_links_name_operations_and_their_parameters() -> None:
    """The list links to one event and to its next page, latest to one event: by operationId, with its parameters."""
    event = ["account_id", "connector_id", "event_t", "event_n"]
    page = ["account_id", "connector_id", "from", "to", "limit", "cursor", "k"]

    assert {
        ("EventPage", "getEvent"): event,
        ("EventPage", "listEvents"): page,
        ("LatestEvents", "getEvent"): event,
    } == {
        (name, link["operationId"]): list(link["parameters"])
        for name, response in COMPONENTS["responses"].items()
        for link in response.get("links", {}).values()
    }


def test_server_is_the_vendors() -> None:
    """The one server is the vendor's base URL, and the revision is named."""
    assert ["https://api.cloudflare.com/client/v4"] == [server["url"] for server in DOCUMENT["servers"]]
    assert "2026-03-26" == DOCUMENT["info"]["x-vendor-revision"]
