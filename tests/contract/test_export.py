"""What is derived from the document for its consumers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from tests import vectors
from tests.draft import Draft

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31, to_json, to_yaml
from mconn_contracts.contract.yaml_texts import parse_yaml
from mconn_contracts.errors import DocumentError

DOCUMENT = load()


def small(schema: Any = None, **more: Any) -> Document:
    """A document of one operation, and of one schema `Thing`."""
    answer = {"description": "fine", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    raw = {
        "openapi": "3.1.0",
        "info": {"title": "small", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "listThings", "responses": {"200": answer}}}},
        "components": {"schemas": {"Thing": {"type": "object"} if schema is None else schema}},
    }
    return Document(raw | more, "small.yaml")


def lowered(schema: dict[str, Any]) -> Any:
    """The schema as 3.0.3."""
    return openapi_30(small(schema))["components"]["schemas"]["Thing"]


def keys(value: Any) -> set[str]:
    """Every member name in a value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*(keys(item) for item in value.values()))
    return set().union(*(keys(item) for item in value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("discriminator", [True, False])
def test_derived_3_1_is_valid(discriminator: bool) -> None:
    """openapi-spec-validator accepts the 3.1 form, with and without the discriminator."""
    assert [] == list(OpenAPIV31SpecValidator(openapi_31(DOCUMENT, discriminator=discriminator)).iter_errors())


@pytest.mark.parametrize("discriminator", [True, False])
def test_derived_3_0_is_valid(discriminator: bool) -> None:
    """openapi-spec-validator accepts the 3.0.3 form, with and without the discriminator."""
    assert [] == list(OpenAPIV30SpecValidator(openapi_30(DOCUMENT, discriminator=discriminator)).iter_errors())


@pytest.mark.parametrize("derive", [openapi_31, openapi_30])
def test_derived_documents_have_no_extension(derive: Callable[..., dict[str, Any]]) -> None:
    """No `x-` member is left anywhere, and the document itself is not altered."""
    before = json.dumps(DOCUMENT.raw)

    assert [] == [name for name in keys(derive(DOCUMENT)) if name.startswith("x-")]
    assert before == json.dumps(DOCUMENT.raw)


@pytest.mark.parametrize("derive", [openapi_31, openapi_30])
def test_without_discriminator_only_the_discriminator_is_missing(derive: Callable[..., dict[str, Any]]) -> None:
    """`discriminator=False` takes the union's discriminator away, and nothing else."""
    whole, bare = derive(DOCUMENT), derive(DOCUMENT, discriminator=False)

    del whole["components"]["schemas"]["Event"]["discriminator"]

    assert whole == bare


def test_3_1_differs_from_the_document_by_extensions_only() -> None:
    """What the 3.1 form and the document both have is equal, and it has every schema."""
    derived = openapi_31(DOCUMENT)

    assert DOCUMENT.raw["servers"] == derived["servers"]
    assert list(DOCUMENT.raw["components"]["schemas"]) == list(derived["components"]["schemas"])
    assert [each.id for each in DOCUMENT.operations] == [each.id for each in Document(derived, "derived").operations]


def test_each_kind_is_a_pattern_in_3_0() -> None:
    """A kind's constant becomes an enumeration of one, with the pattern that openapi-generator's Go client needs."""
    schemas = openapi_30(DOCUMENT)["components"]["schemas"]

    for kind in DOCUMENT.kinds:
        assert {"type": "string", "enum": [kind], "pattern": f"^{kind}$"} == schemas[f"{kind}Event"]["properties"]["k"]


@pytest.mark.parametrize(
    "schema, expected",
    [
        ({"const": 7}, {"enum": [7]}),
        ({"const": "a.b"}, {"enum": ["a.b"], "pattern": r"^a\.b$"}),
        ({"const": "a-b", "pattern": "-"}, {"enum": ["a-b"], "pattern": "-"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"exclusiveMinimum": 3}, {"minimum": 3, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 3}, {"maximum": 3, "exclusiveMaximum": True}),
        ({"examples": [1, 2]}, {"example": 1}),
        ({"examples": [1], "example": 2}, {"example": 2}),
        ({"$comment": "why"}, {}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"properties": {"a": True, "b": False}}, {"properties": {"a": {}, "b": {"not": {}}}}),
        ({"items": {"const": 1}}, {"items": {"enum": [1]}}),
        ({"oneOf": [{"const": 1}]}, {"oneOf": [{"enum": [1]}]}),
        ({"properties": {"x-name": {"const": 1}}}, {"properties": {"x-name": {"enum": [1]}}}),
        ({"default": {"x-data": 1, "const": 2}}, {"default": {"x-data": 1, "const": 2}}),
    ],
)
def test_schema_is_lowered(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """A schema that 3.0.3 says in other words is rewritten, at any depth; data and names stay as they are."""
    assert expected == lowered(schema)


def test_pattern_beside_a_kind_can_be_left_out() -> None:
    """`pattern=False` leaves out just the patterns of the 16 kinds."""
    whole, bare = openapi_30(DOCUMENT), openapi_30(DOCUMENT, pattern=False)

    for kind in DOCUMENT.kinds:
        assert f"^{kind}$" == whole["components"]["schemas"][f"{kind}Event"]["properties"]["k"].pop("pattern")
    assert bare == whole


@pytest.mark.parametrize(
    "schema, place",
    [
        ({"if": {}}, "/if"),
        ({"$defs": {}}, "/$defs"),
        ({"patternProperties": {}}, "/patternProperties"),
        ({"unevaluatedProperties": False}, "/unevaluatedProperties"),
        ({"prefixItems": []}, "/prefixItems"),
        ({"contentEncoding": "base64"}, "/contentEncoding"),
        ({"type": "null"}, "/type"),
        ({"type": ["string", "integer"]}, "/type"),
        ({"const": 1, "enum": [1]}, "/const"),
        ({"minimum": 1, "exclusiveMinimum": 1}, "/exclusiveMinimum"),
        ({"properties": {"a/b": {"contains": {}}}}, "/properties/a~1b/contains"),
        ({"items": {"$ref": "#/components/schemas/Thing", "description": "mine"}}, "/items/description"),
        ({"allOf": [{}, {"not": {"propertyNames": {}}}]}, "/allOf/1/not/propertyNames"),
    ],
)
def test_schema_that_3_0_cannot_express_is_refused(schema: dict[str, Any], place: str) -> None:
    """What 3.0.3 has no words for is refused with its place."""
    with pytest.raises(DocumentError, match=r"cannot be written in OpenAPI 3\.0\.3") as caught:
        lowered(schema)

    assert f"small.yaml: /components/schemas/Thing{place} cannot" in str(caught.value)


@pytest.mark.parametrize(
    "more, place",
    [
        ({"webhooks": {}}, "/webhooks"),
        ({"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema"}, "/jsonSchemaDialect"),
        ({"components": {"pathItems": {}}}, "/components/pathItems"),
        ({"components": {"securitySchemes": {"tls": {"type": "mutualTLS"}}}}, "/components/securitySchemes/tls/type"),
    ],
)
def test_object_that_3_0_does_not_know_is_refused(more: dict[str, Any], place: str) -> None:
    """What stands outside of schemas and is new in 3.1 is refused with its place."""
    document = Document({"openapi": "3.1.0", "info": {"title": "small", "version": "1"}, "paths": {}} | more, "small.yaml")

    with pytest.raises(DocumentError) as caught:
        openapi_30(document)

    assert str(caught.value).startswith(f"small.yaml: {place} cannot be written in OpenAPI 3.0.3")


def test_operation_without_responses_is_refused() -> None:
    """3.0.3 requires the responses of an operation."""
    document = Document(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a"}}}}, "small"
    )

    with pytest.raises(DocumentError, match="/paths/~1a/get cannot be written"):
        openapi_30(document)


def test_info_keeps_its_summary_and_license() -> None:
    """A summary opens the description, and a license's identifier becomes the address of its text."""
    info = {"title": "t", "version": "1", "summary": "Short.", "license": {"name": "MIT License", "identifier": "MIT"}}

    assert {
        "title": "t",
        "version": "1",
        "license": {"name": "MIT License", "url": "https://spdx.org/licenses/MIT.html"},
        "description": "Short.",
    } == openapi_30(small(info=info))["info"]


def test_header_with_an_x_name_is_no_extension() -> None:
    """A response header keeps its name, though it starts with `x-`."""
    document = small()
    document.raw["paths"]["/things"]["get"]["responses"]["200"]["headers"] = {"x-request-id": {"schema": {"type": "string"}}}

    for derived in (openapi_31(document), openapi_30(document)):
        assert ["x-request-id"] == list(derived["paths"]["/things"]["get"]["responses"]["200"]["headers"])


def test_json_schema_for_each_response_and_model() -> None:
    """There is a schema for each declared response, for each model and for a line of an archive, and no other."""
    responses = {f"{operation.id}-{status}" for operation in DOCUMENT.operations for status in operation.schemas}

    assert responses | set(DOCUMENT.raw["components"]["schemas"]) | {"ndjson-line"} == set(json_schemas(DOCUMENT))
    assert 20 == len(responses)


@pytest.mark.parametrize("name, schema", json_schemas(DOCUMENT).items(), ids=json_schemas(DOCUMENT))
def test_json_schema_stands_alone(name: str, schema: dict[str, Any]) -> None:
    """A schema is valid Draft 2020-12, says so, refers only to its own `$defs`, and has nothing of OpenAPI's."""
    Draft202012Validator.check_schema(schema)
    references = {part["$ref"] for part in _objects(schema) if "$ref" in part}

    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    assert references == {f"#/$defs/{each}" for each in schema.get("$defs", {})}
    assert set() == {"discriminator", "example"} & keys(schema)
    assert "int64" not in json.dumps(schema)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [each for item in value for each in _objects(item)]
    return [value, *(each for item in value.values() for each in _objects(item))] if isinstance(value, dict) else []


def test_json_schemas_judge_as_the_document() -> None:
    """On every vector's body, a model's exported schema and the document's come to the same verdict."""
    exported, draft, judged = json_schemas(DOCUMENT), Draft(DOCUMENT), set()
    envelopes = {operation.id: operation.schemas for operation in DOCUMENT.operations}

    for step in (step for case in vectors.load() for step in case.steps if "body" in step):
        value, pointer = step["body"], envelopes.get(step.get("operation"), {}).get(str(step.get("status")))
        if "model" not in step and pointer is None:
            continue
        model = step.get("model") or str(pointer).rpartition("/")[2]
        verdict = Draft202012Validator(exported[model]).is_valid(value)
        judged.add((model, verdict))
        assert verdict == draft.accepts(value, DOCUMENT.schema_pointer(model)), value

    assert {(model, verdict) for model in ("EventListEnvelope", "EventGetEnvelope") for verdict in (True, False)} <= judged


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_yaml_and_json_say_the_same(value: Any) -> None:
    """What is written as YAML or as JSON reads back equal."""
    whole = {"value": value}

    assert whole == yaml.safe_load(to_yaml(whole))
    assert whole == json.loads(to_json(whole))


def test_written_yaml_is_read_by_the_loader(tmp_path: Path) -> None:
    """The 3.1 form, written, loads as a document with the same operations."""
    path = tmp_path / "openapi.yaml"
    path.write_text(to_yaml(openapi_31(DOCUMENT)), encoding="utf-8")

    assert openapi_31(DOCUMENT) == parse_yaml(path.read_text(encoding="utf-8"), str(path))
    assert DOCUMENT.kinds == load(path).kinds
