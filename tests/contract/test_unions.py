"""The union of events, rewritten for code generators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from tests import vectors

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.contract.unions import flat, opened
from mconn_contracts.errors import DocumentError

DOCUMENT = load()
OF_29_KINDS = overlaid(DOCUMENT, ["2026-08-14"])
KINDS = set(DOCUMENT.kinds)


def event(document: Document) -> Any:
    """The schema of an event."""
    return document.at("/components/schemas/Event")


@pytest.mark.parametrize("document", [DOCUMENT, OF_29_KINDS], ids=["16 kinds", "29 kinds"])
@pytest.mark.parametrize("change", [flat, opened, lambda each: opened(flat(each))], ids=["flat", "open", "flat and open"])
def test_rewritten_documents_are_valid(document: Document, change: Callable[[Document], Document]) -> None:
    """openapi-spec-validator accepts each form as 3.1 and as 3.0.3, and what it was made from is not altered."""
    changed = change(document)

    assert [] == list(OpenAPIV31SpecValidator(openapi_31(changed)).iter_errors())
    assert [] == list(OpenAPIV30SpecValidator(openapi_30(changed)).iter_errors())
    assert DOCUMENT.raw == load().raw


def test_flat_event_is_one_object() -> None:
    """The flat event requires `k`, an enumeration of the kinds, may have a `url`, and its members are gone."""
    changed = flat(DOCUMENT)

    assert list(DOCUMENT.kinds) == event(changed)["properties"]["k"]["enum"]
    assert ["k", "url"] == list(event(changed)["properties"])
    assert ["k"] == event(changed)["required"]
    assert {f"{kind}Event" for kind in KINDS} == set(DOCUMENT.raw["components"]["schemas"]) - set(
        changed.raw["components"]["schemas"]
    )


def test_open_union_ends_with_an_unknown_event() -> None:
    """The open union keeps its members in order, and one more without `const` follows."""
    references = [member["$ref"] for member in event(opened(DOCUMENT))["anyOf"]]

    assert references == [*(member["$ref"] for member in event(DOCUMENT)["oneOf"]), "#/components/schemas/UnknownEvent"]
    assert {"oneOf", "discriminator"} == set(event(DOCUMENT)) - set(event(opened(DOCUMENT)))


def test_order_of_the_two_does_not_matter() -> None:
    """Flat and then open is open and then flat; each does nothing more when it is done again."""
    assert opened(flat(DOCUMENT)).raw == flat(opened(DOCUMENT)).raw
    assert flat(DOCUMENT).raw == flat(flat(DOCUMENT)).raw
    assert opened(DOCUMENT).raw == opened(opened(DOCUMENT)).raw
    assert "enum" not in event(opened(flat(DOCUMENT)))["properties"]["k"]


def test_an_object_is_flat_already() -> None:
    """A revision whose event is one object stays as it is; open, its `k` is any string."""
    assert OF_29_KINDS.raw == flat(OF_29_KINDS).raw
    assert {"type", "description"} == set(event(opened(OF_29_KINDS))["properties"]["k"])


def test_kinds_that_disagree_cannot_be_one_object() -> None:
    """Two kinds with one property of two types are refused, with the kind and the property."""
    schemas = DOCUMENT.raw["components"]["schemas"]
    leave = schemas["LeaveEvent"] | {"properties": schemas["LeaveEvent"]["properties"] | {"url": {"type": "integer"}}}
    changed = Document(
        {**DOCUMENT.raw, "components": {**DOCUMENT.raw["components"], "schemas": schemas | {"LeaveEvent": leave}}}, "other.yaml"
    )

    with pytest.raises(DocumentError, match=r"other\.yaml: StartUpgrade declares `url` differently from a kind before it"):
        flat(changed)


def recorded(step: Any) -> Any:
    """The recorded event that an exchange holds, bare or in its envelope; None for another body."""
    body = step.get("body")
    if step.get("model") == "EventGetResponse":
        return body
    return body.get("result") if step.get("operation") == "getEvent" and isinstance(body, dict) else None


RECORDED = {
    case.description: (recorded(case.raw), case.raw["findings"]) for case in vectors.load() if recorded(case.raw) is not None
}
"""The recorded events of the vectors, with the findings."""


def taken(document: Document, name: str) -> set[str]:
    """The vectors whose recorded event the exported schema of that name takes."""
    validator = Draft202012Validator(json_schemas(document)[name])
    return {description for description, (body, _) in RECORDED.items() if validator.is_valid(body)}


def test_flat_takes_what_the_union_takes() -> None:
    """The flat schema takes what the union takes, and besides only a StartUpgrade without a `url`."""
    union, one = taken(DOCUMENT, "EventGetResponse"), taken(flat(DOCUMENT), "EventGetResponse")

    assert set() == union - one
    more = [RECORDED[description][0]["e"] for description in one - union]
    assert {("StartUpgrade", False)} == {(each["k"], "url" in each) for each in more}


@pytest.mark.parametrize("change", [opened, lambda each: opened(flat(each))], ids=["open", "flat and open"])
def test_open_takes_what_is_of_an_unknown_kind(change: Callable[[Document], Document]) -> None:
    """Of the vectors' events, the open schema takes what the union takes, and those whose only fault is the kind."""
    wider = taken(change(DOCUMENT), "EventGetResponse")
    unknown = {description for description, (_, found) in RECORDED.items() if {"MC102"} == {each["code"] for each in found}}

    assert len(unknown) > 5
    assert set() == (taken(DOCUMENT, "EventGetResponse") | unknown) - wider


def test_line_has_no_reference() -> None:
    """The schema of a line has everything in place, and takes what the flat schema of a recorded event takes."""
    for document in (DOCUMENT, opened(DOCUMENT), OF_29_KINDS):
        assert "$ref" not in str(json_schemas(document)["ndjson-line"])
        assert taken(flat(document), "EventGetResponse") == taken(document, "ndjson-line")
