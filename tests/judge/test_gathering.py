"""What is gathered of answers: kinds and fields that the document does not declare, their types, and examples."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.model.undeclared import Undeclared, UndeclaredField

DOCUMENT = load()
OLD = overlaid(DOCUMENT, ["2025-02-18"])
"""The first revision: without `v`, the kinds of Pki, and the parameter `k`."""
URL = "http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events"


def gathered(body: Any, suffix: str = "/latest", document: Document = DOCUMENT, method: str = "GET") -> Undeclared:
    """What is gathered of an answer."""
    session = Session(Plan(document), gathers=True)
    response = Response(200, (("content-type", "application/json"),), json.dumps(body).encode())
    session.observe(Exchange(response, Request(method, URL + suffix)))
    return session.tally.undeclared


def latest(*events: Any, **envelope: Any) -> dict[str, Any]:
    """The latest events in their envelope."""
    result = {"count": len(events), "items": list(events)}
    return {"success": True, "errors": [], "messages": [], "result": result, **envelope}


def event(n: int = 0, **e: Any) -> dict[str, Any]:
    """An event in full, of a kind that nobody declares."""
    return {"t": 1, "n": n, "e": {"k": "Other", **e}}


def field(value: Any, name: str = "site") -> UndeclaredField:
    """What is gathered of one field of an event of an unknown kind."""
    return gathered(latest(event(**{name: value}))).kinds["Other"].fields.kept[name]


LONG = "x" * 198


@pytest.mark.parametrize(
    "value, kind, shown",
    [
        (None, "null", "null"),
        (True, "boolean", "true"),
        (5, "integer", "5"),
        (5.0, "number", "5.0"),
        (0.5, "number", "0.5"),
        (math.nan, "number", ""),
        (math.inf, "number", ""),
        ("a", "string", '"a"'),
        ("é", "string", '"é"'),
        ({"a": 1}, "object", '{"a":1}'),
        ({"a": 1, "b": 2}, "object", '{"a":1,"b":2}'),
        ({"a": 1, "b": 2, "c": 3}, "object", ""),
        ({"a": {"b": 1}}, "object", '{"a":{"b":1}}'),
        ({"a": {"b": {"c": 1}}}, "object", ""),
        ([], "array", "[]"),
        ([1, 2], "array", "[1,2]"),
        ([1, 2, 3], "array", ""),
        ([[1]], "array", "[[1]]"),
        ([[1, 2]], "array", ""),
        (LONG, "string", f'"{LONG}"'),
        (LONG + "x", "string", ""),
    ],
)
def test_a_field_has_a_type_and_an_example(value: Any, kind: str, shown: str) -> None:
    """As JSON Schema names it; what is made of more than three values, or has more than 200 characters, is not shown."""
    found = field(value)

    assert (1, {kind: 1}, shown) == (found.number, found.types, found.example)


@pytest.mark.parametrize(
    "items, counted",
    [
        ([], {}),
        ([1, "a", "b", None], {"integer": 1, "string": 2, "null": 1}),
        ([0] * 1_000, {"integer": 1_000}),
        ([0] * 1_001, {"any": 1}),
        ("aa", {}),
        ({"a": 1}, {}),
    ],
)
def test_items_of_an_array_are_counted_by_type(items: Any, counted: dict[str, int]) -> None:
    """Up to a thousand; of more, they may be of any type."""
    assert counted == field(items).items


def test_a_secret_is_no_example() -> None:
    """What is hidden is shown as hidden where it stays of its type, and not at all where it would not."""
    assert ['"[secret]"', ""] == [field(value, "token").example for value in ("abc", 5)]


def test_events_of_a_kind_are_counted_with_the_shortest_example() -> None:
    """Each with its fields but for the kind itself; the example is the whole event."""
    found = gathered(latest(event(0, site="aa", m=1), event(1, site="b"), event(2, site=["c"])))
    kind = found.kinds["Other"]

    assert (3, '{"k":"Other","site":"b"}', ["m", "site"]) == (kind.number, kind.example, sorted(kind.fields.kept))
    assert {"string": 2, "array": 1} == kind.fields.kept["site"].types
    assert ({}, {}) == (found.revisions, found.schemas)


@pytest.mark.parametrize("length, shown", [(400, True), (401, False)])
def test_a_long_event_is_no_example(length: int, shown: bool) -> None:
    """One of more than 400 characters is not shown."""
    text = "x" * (length - len('{"k":"Other","a":""}'))

    assert shown == bool(gathered(latest(event(a=text))).kinds["Other"].example)


@pytest.mark.parametrize("number, shown", [(18, True), (19, False)])
def test_a_large_event_is_no_example(number: int, shown: bool) -> None:
    """One that is made of more than 20 values, itself among them, is not shown."""
    assert shown == bool(gathered(latest(event(**{f"f{index}": 1 for index in range(number)}))).kinds["Other"].example)


@pytest.mark.parametrize("number, kept, left_out", [(40, 40, 0), (41, 40, 1)])
def test_kinds_and_fields_are_bounded(number: int, kept: int, left_out: int) -> None:
    """A server may invent as many as it likes."""
    found = gathered(latest(*(event(index, k=f"K{index:02}") for index in range(number))))
    fields = gathered(latest(event(**{f"f{index:02}": 1 for index in range(number - 10)}))).kinds["Other"].fields

    assert (kept, left_out) == (len(found.kinds), found.left_out)
    assert (kept - 10, left_out) == (len(fields.kept), fields.left_out)


def test_a_name_that_is_too_long_is_counted() -> None:
    """Of a kind or a field, of more than 100 characters."""
    found = gathered(latest(event(k="K" * 101), event(1, **{"f" * 101: 1, "f" * 100: 1})))

    assert (["Other"], 1, ["f" * 100], 1) == (
        list(found.kinds),
        found.left_out,
        list(found.kinds["Other"].fields.kept),
        found.kinds["Other"].fields.left_out,
    )


def test_fields_elsewhere_are_counted_by_schema() -> None:
    """In an event, in an item of a list, in the envelope; the place is that of the properties which lack it."""
    found = gathered(latest({"t": 1, "n": 0, "e": {"k": "Init", "x": 1}, "site": "a"}, zone=1))
    places = {place.split("/")[-2]: sorted(fields.kept) for place, fields in found.schemas.items()}
    listed = {"count": 1, "items": [{"t": 1, "n": 0, "a": 1, "k": "Other", "site": "a"}]}

    assert {"InitEvent": ["x"], "EventGetResponse": ["site"], "LatestListEnvelope": ["zone"]} == places
    assert [["site"]] == [sorted(each.kept) for each in gathered(latest(result=listed), "?from=1&to=2").schemas.values()]


@pytest.mark.parametrize(
    "body, suffix, document, revisions",
    [
        (latest({"t": 1, "n": 0, "e": {"k": "HaInit"}}), "/latest", DOCUMENT, {"2026-08-12": 1}),
        (latest(*({"t": 1, "n": n, "e": {"k": "StartRotatePki"}} for n in (0, 1))), "/latest", OLD, {"2025-05-14": 2}),
        (latest({"t": 1, "n": 0, "e": {"k": "Init"}, "v": "1"}), "/latest", OLD, {"2026-03-26": 1}),
        (latest({"t": 1, "n": 0, "e": {"k": "Init"}, "w": "1"}), "/latest", OLD, {}),
        (latest(), "?from=1&to=2&k=Init", DOCUMENT, {"2025-07-17": 1}),
        (latest(), "?from=1&to=2&kind=Init", DOCUMENT, {}),
        (latest(), "/latest?k=Init", DOCUMENT, {}),
    ],
)
def test_what_a_revision_is_the_first_to_declare_is_counted(
    body: Any, suffix: str, document: Document, revisions: dict[str, int]
) -> None:
    """Kinds, fields and parameters."""
    assert revisions == gathered(body, suffix, document).revisions


def test_a_recorded_body_is_gathered_without_its_request() -> None:
    """It has no parameters; without the wish, nothing is gathered of it."""
    body = json.dumps(latest(event(k="HaInit"))).encode()
    counted = []
    for wanted in ({"gathers": True}, {}):
        session = Session(Plan(DOCUMENT), **wanted)
        session.observe(Exchange(Response(200, (), body), declared="getLatestEvents"))
        counted.append((session.tally.undeclared.revisions, list(session.tally.undeclared.kinds)))

    assert [({"2026-08-12": 1}, ["HaInit"]), ({}, [])] == counted


@pytest.mark.parametrize("suffix, method", [("/latest", "HEAD"), ("?from=1&to=2&k=Init", "POST")])
def test_nothing_is_gathered_where_nothing_is_declared(suffix: str, method: str) -> None:
    """An answer without content that counts, and a request for no operation."""
    assert Undeclared() == gathered(latest(event()), suffix, method=method)
