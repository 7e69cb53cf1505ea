"""What a recorded body is, told by its shape alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from tests.mutations import VALUES

from mconn_contracts.judge.reading.recognition import FAILURE, Recognized, recognize
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.model.defect import Defect
from mconn_contracts.wire.decoding import walk

SUMMARY = {"a": 1, "k": "Init", "n": 0, "t": 1}
EVENT = {"e": {"k": "Init"}, "n": 0, "t": 1}


def page(*items: Any, **more: Any) -> dict[str, Any]:
    """A page of these items."""
    return {"count": len(items), "items": list(items), **more}


def success(result: Any) -> dict[str, Any]:
    """An envelope around a result."""
    return {"success": True, "errors": [], "messages": [], "result": result}


LISTED, LATEST, FETCHED = (Recognized(name, enveloped=True) for name in ("listEvents", "getLatestEvents", "getEvent"))
LIST_MODEL, LATEST_MODEL, EVENT_MODEL, SUMMARY_MODEL = (
    Recognized(name, enveloped=False) for name in ("EventListResponse", "LatestListResponse", "EventGetResponse", "EventSummary")
)
EMPTY = Recognized("listEvents", enveloped=True, certain=False)


@pytest.mark.parametrize(
    "body, expected",
    [
        (success(page(SUMMARY)), LISTED),
        (success(page(EVENT)), LATEST),
        (success(EVENT), FETCHED),
        (page(SUMMARY), LIST_MODEL),
        (page(EVENT), LATEST_MODEL),
        (EVENT, EVENT_MODEL),
        (SUMMARY, SUMMARY_MODEL),
        ({"success": False, "errors": []}, Recognized(None, enveloped=True)),
        ({"success": False, "result": None}, FAILURE),
        ({"errors": [{"code": 1, "message": "no"}]}, FAILURE),
        ({"success": None}, FAILURE),
        # Corrupt, but what it was.
        ({"success": True}, EMPTY),
        (success(None), EMPTY),
        (success([SUMMARY]), EMPTY),
        ({"success": "true", "result": EVENT}, FETCHED),
        ({"result": page(SUMMARY)}, LISTED),
        ({"success": False, "result": page(SUMMARY)}, LISTED),
        (success({"count": 1}), EMPTY),
        (success({"items": None, "count": 0, "cursor": "x"}), LISTED),
        (success({"items": [SUMMARY]}), LISTED),
        (success({"items": [EVENT]}), LATEST),
        ({"items": [SUMMARY]}, LIST_MODEL),
        ({"count": 1}, Recognized("EventListResponse", enveloped=False, certain=False)),
        ({"success": None, "result": None}, EMPTY),
        ({"result": None}, EMPTY),
        ({"success": False, "result": EVENT}, FETCHED),
        ({"success": True, "result": None, "errors": [{"code": 1, "message": "no"}]}, FAILURE),
        ({"success": True, "errors": [{"code": 1, "message": "no"}]}, FAILURE),
        ({"success": None, "result": []}, EMPTY),
        (success({"n": 0}), FETCHED),
        (success({"t": 0}), FETCHED),
        (success({"e": None}), FETCHED),
        (success({"n": 0, "t": 1}), FETCHED),
        (page({"k": "Init", "n": 0, "t": 1}), LIST_MODEL),
        (page({"n": 0, "t": 1}), LATEST_MODEL),
        (page({"n": 0}), LATEST_MODEL),
        (page({"t": 1}), LATEST_MODEL),
        (page({"a": 1}), LIST_MODEL),
        (page({"k": "Init"}), LIST_MODEL),
        (page({"a": 1, "e": {}}), LATEST_MODEL),
        (page({"k": "Init", "e": {}}), LATEST_MODEL),
        (page({**SUMMARY, "e": {}}), LIST_MODEL),
        (page(SUMMARY, EVENT), LIST_MODEL),
        (page(SUMMARY, EVENT, EVENT), LATEST_MODEL),
        (page(*[{"b": 1}] * 15, SUMMARY), LIST_MODEL),
        (page(None, SUMMARY, 5), LIST_MODEL),
        ({"a": 1, "n": 0, "t": 1}, SUMMARY_MODEL),
        ({"a": 1, "k": "Init", "t": 1}, SUMMARY_MODEL),
        ({"n": 0, "t": 1}, EVENT_MODEL),
        ({"e": None}, EVENT_MODEL),
        # No event in it says which of the two it is.
        (success(page()), EMPTY),
        (success(page(cursor="x")), LISTED),
        (page(), Recognized("EventListResponse", enveloped=False, certain=False)),
        (page(cursor="x"), LIST_MODEL),
    ],
)  # fmt: skip
def test_a_body_is_what_its_shape_says(body: Any, expected: Recognized) -> None:
    """Envelope or bare model, page or event: told by the properties that are there, also where one is missing or wrong."""
    assert expected == recognize(body)


@pytest.mark.parametrize(
    "body, pointer, words",
    [
        (None, "", "null is neither an envelope nor a model"),
        ([EVENT], "", '[{"e": {"k": "Init"}, "n": 0, "t": 1}] is neither an envelope nor a model'),
        ("a text", "", "a string is neither an envelope nor a model"),
        ({}, "", "the object is empty"),
        ({"b": 1, "c": 2}, "", 'the object has "b", "c", which fits no envelope and no model'),
        (
            dict.fromkeys("bcdfghij", 1),
            "",
            'the object has "b", "c", "d", "f", "g", "h" and 2 more, which fits no envelope and no model',
        ),
        (
            dict.fromkeys("bcdfghi", 1),
            "",
            'the object has "b", "c", "d", "f", "g", "h" and 1 more, which fits no envelope and no model',
        ),
        (dict.fromkeys("bcdfgh", 1), "", 'the object has "b", "c", "d", "f", "g", "h", which fits no envelope and no model'),
        ({"b" * 28: 1, "c" * 29: 1}, "", f'the object has "{"b" * 28}", "{"c" * 28}…, which fits no envelope and no model'),
        ({"t": 1}, "", 'the object has "t", which fits no envelope and no model'),
        ({"n": 1}, "", 'the object has "n", which fits no envelope and no model'),
        ({"a": 1, "k": "Init"}, "", 'the object has "a", "k", which fits no envelope and no model'),
        # Many programs have errors.
        ({"errors": [], "mappings": []}, "", 'the object has "errors", "mappings", which fits no envelope and no model'),
        (success({}), "/result", "the result is empty"),
        (success({"b": 1}), "/result", 'the result has "b", which fits no model'),
        (success(page({"b": 1})), "/result/items", "the items are neither short events nor full events"),
        (page(*[{"b": 1}] * 16, SUMMARY), "/items", "the items are neither short events nor full events"),
        (page({"b": 1}), "/items", "the items are neither short events nor full events"),
    ],
)
def test_any_other_shape_is_mc902_where_it_shows(body: Any, pointer: str, words: str) -> None:
    """What could be nothing of the API is said to be so, with what it has, and the way out where there is one."""
    found = recognize(body)

    assert isinstance(found, Defect)
    assert ("MC902", pointer) == (CODES[found.kind], found.pointer)
    assert words + ("; say what it is with --as" if body and isinstance(body, dict) else "") == found.message


@given(VALUES)
def test_every_value_is_recognized_or_not(value: Any) -> None:
    """No value makes it fail, and where it says that a shape is unknown, the pointer leads to a value."""
    found = recognize(value)

    assert isinstance(found, Recognized) or found.pointer in {pointer for pointer, _ in walk(value)}
