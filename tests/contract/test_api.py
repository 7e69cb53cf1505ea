"""What the API is, said in `contract.api`, in the document and in the reference server: three accounts that must agree."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mconn_contracts.contract.api import (
    ENDPOINTS,
    EVENT_ID_PATTERN,
    FAILURE,
    GET,
    LARGEST_INTEGER,
    LATEST_SECOND,
    RELIED_ON,
    Endpoint,
)
from mconn_contracts.contract.document import load
from mconn_contracts.server.api import stages
from mconn_contracts.server.api.routing import BASE_PATH, parse_event_id, route
from mconn_contracts.server.data import events

DOCUMENT = load()
TIMES = {"a", "t"}
EVERY_ENDPOINT = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.operation)


def resolved(pointer: str) -> str:
    """The name of the schema at a pointer, through every `$ref`."""
    return DOCUMENT.resolve(pointer)[1].removeprefix("/components/schemas/")


# The document.


def test_the_endpoints_are_the_operations_of_the_document() -> None:
    """Each operation is there once, in the document's order."""
    assert [operation.id for operation in DOCUMENT.operations] == [endpoint.operation for endpoint in ENDPOINTS]


@EVERY_ENDPOINT
def test_an_endpoint_is_as_the_document_has_it(endpoint: Endpoint) -> None:
    """The path, and the schemas of a success: its envelope, the model inside, and that of its items."""
    operation = DOCUMENT.operation(endpoint.operation)
    envelope = operation.schemas["200"]
    model = f"{envelope}/properties/result"
    items = DOCUMENT.resolve(model)[0]["properties"].get("items")
    item = None if items is None else resolved(f"{DOCUMENT.resolve(model)[1]}/properties/items/items")

    assert endpoint == Endpoint(operation.id, operation.path, resolved(envelope), resolved(model), item)
    assert {FAILURE} == {resolved(pointer) for status, pointer in operation.schemas.items() if status != "200"}


@pytest.mark.parametrize("name", RELIED_ON)
def test_what_rules_rely_on_is_required(name: str) -> None:
    """Each property is required, of its type; an integer is at most the largest that is kept exact, and a time in seconds."""
    place = DOCUMENT.schema_pointer(name)
    schema = DOCUMENT.resolve(place)[0]

    for key, kind in RELIED_ON[name].items():
        declared = DOCUMENT.resolve(f"{place}/properties/{key}")[0]
        assert key in schema["required"]
        assert kind in (None, declared.get("type"))
        assert kind != "integer" or declared["maximum"] == (LATEST_SECOND if key in TIMES else LARGEST_INTEGER)


def test_the_example_of_an_event_has_an_id() -> None:
    """The parameters that the document joins with a dot are an id, by their own examples."""
    parameters = {each.name: DOCUMENT.at(each.pointer)["example"] for each in DOCUMENT.operation(GET.operation).parameters}

    assert EVENT_ID_PATTERN.fullmatch(f"{parameters['event_t']}.{parameters['event_n']}")


# The reference server, which reads neither the table nor the document: one mistake must not blind both.


def test_the_reference_server_has_the_same_operations_kinds_and_numbers() -> None:
    """Its own lists are those of the table and the document."""
    assert [endpoint.operation for endpoint in ENDPOINTS] == [operation.value for operation in stages.OperationId]
    assert DOCUMENT.kinds == events.KINDS
    assert LARGEST_INTEGER == events.LARGEST_INTEGER


@EVERY_ENDPOINT
def test_the_reference_server_routes_the_same_paths(endpoint: Endpoint) -> None:
    """A path that is filled in leads to its operation, with what was filled in."""
    values = {"account_id": "a", "connector_id": "c", "event_t": "1700000000", "event_n": "3"}
    found = route("GET", BASE_PATH + endpoint.path.format_map(values))

    assert (endpoint.operation, "a", "c") == (found.operation.value, found.account_id, found.connector_id)
    assert found.event_id == ("1700000000.3" if endpoint is GET else "")


@given(st.from_regex(r"[0-9]{1,17}\.[0-9]{1,17}", fullmatch=True) | st.text("0123456789.-+e ٣", max_size=12))
@example("1700000000.3")
@example(f"{LARGEST_INTEGER}.{LARGEST_INTEGER}")
def test_the_reference_server_reads_the_same_ids(text: str) -> None:
    """An id that is one by the table, with numbers that are kept exact, is one to the server, and no other is."""
    found = EVENT_ID_PATTERN.fullmatch(text)
    try:
        key: tuple[int, ...] | None = parse_event_id(text)
    except stages.HttpError:
        key = None

    assert key == (tuple(map(int, found.groups())) if found and max(map(int, found.groups())) <= LARGEST_INTEGER else None)
