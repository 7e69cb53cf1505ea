"""The judge of the matrix sees what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.codegen.columns import judge
from tests.codegen.target import SHOWN
from tests.codegen.task import Sample, Truth

from mconn_contracts.contract.document import load

DOCUMENT = load()


def event(kind: str) -> dict[str, Any]:
    """A recorded event."""
    return {"e": {"k": kind} | ({"url": "u"} if kind == "StartUpgrade" else {}), "n": 1, "t": 2}


SAMPLES = [
    *(Sample(kind, "valid", "EventGetResponse", json.dumps(event(kind))) for kind in DOCUMENT.kinds),
    Sample("failure", "valid", "ApiErrorResponse", '{"success": false, "result": null}'),
    Sample("fraction", "spelled", "EventGetResponse", '{"e": {"k": "Init"}, "n": 1.0, "t": 2}'),
    Sample("unknown", "unknown kind", "EventGetResponse", json.dumps(event("HaInit"))),
    Sample("case", "other case", "EventGetResponse", json.dumps(event("Init") | {"T": 3})),
    Sample("undeclared", "undeclared field", "EventGetResponse", json.dumps(event("Init") | {"more": 1})),
]
PAGE = {"count": 1, "items": [{"a": 1, "k": "Init", "n": 1, "t": 2}]}
LATEST = {"count": 1, "items": [event("Leave")]}
ABSENT = {"success": False, "errors": [{"code": 1, "message": "no"}], "messages": []}
TRUTH = Truth([PAGE], LATEST, [event("Init")], ABSENT)


def perfect() -> dict[str, Any]:
    """What a client writes that does everything right, and hands unknown kinds on."""
    answers = {
        each.id: {"types": [] if each.id == "failure" else [f"models.{each.value['e']['k']}Event"], "text": each.text}
        for each in SAMPLES
    }
    calls = {
        "pages": [json.dumps(PAGE)],
        "events": [{"type": "InitEvent", "text": json.dumps(event("Init"))}],
        "latest": {"types": ["LeaveEvent"], "text": json.dumps(LATEST)},
        "absent": {"status": 404, "text": json.dumps(ABSENT)},
    }
    return {"samples": answers, "calls": calls}


def red(result: Any) -> set[str]:
    """The columns that are red."""
    outcomes = judge(result, SAMPLES, TRUTH, DOCUMENT)
    assert set(SHOWN) <= set(outcomes)
    return {column for column, outcome in outcomes.items() if not outcome.passed}


def test_open_client_survives_an_unknown_kind() -> None:
    """With an open document, refusing an unknown kind is red, and handing it on is green."""
    result = perfect()
    assert judge(result, SAMPLES, TRUTH, DOCUMENT, survives=True)["unknown kind"].passed
    result["samples"]["unknown"] = {"error": "cannot"}

    assert not judge(result, SAMPLES, TRUTH, DOCUMENT, survives=True)["unknown kind"].passed


def test_perfect_client_is_green() -> None:
    """A client that does everything right has no red column."""
    assert set() == red(perfect())


@pytest.mark.parametrize(
    "place, value, expected",
    [
        ("samples/Leave/types", ["InitEvent"], {"kinds typed"}),
        ("samples/Leave/types", [], {"kinds typed"}),
        ("samples/Leave", {"error": "cannot"}, {"kinds typed", "round trip"}),
        ("samples/StartUpgrade/text", '{"e": {"k": "StartUpgrade"}, "n": 1, "t": 2}', {"round trip"}),
        ("samples/failure/text", '{"success": false}', set()),
        ("samples/failure/text", '{"success": false, "errors": []}', {"round trip"}),
        ("samples/fraction", {"error": "cannot"}, set()),
        ("samples/unknown", {"error": "cannot"}, set()),
        ("samples/unknown/types", ["Init"], {"unknown kind"}),
        ("samples/unknown/text", '{"e": {}, "n": 1, "t": 2}', {"unknown kind"}),
        ("samples/undeclared/text", '{"e": {"k": "Init"}, "n": 1, "t": 2}', set()),
        ("samples/undeclared", {"error": "cannot"}, {"undeclared field"}),
        ("samples/undeclared/text", '{"e": {"k": "Init"}, "n": 1, "t": 3}', {"undeclared field"}),
        ("samples/case/text", json.dumps(event("Init") | {"t": 3}), set()),
        ("calls/pages", [], {"paging"}),
        ("calls/events", [], {"three calls"}),
        ("calls/latest/types", ["InitEvent"], {"three calls"}),
        ("calls/absent/status", 400, {"three calls"}),
        ("calls/absent/text", '{"success": false, "errors": []}', {"three calls"}),
    ],
)
def test_fault_turns_its_column_red(place: str, value: Any, expected: set[str]) -> None:
    """A fault in what a client writes turns its own columns red, and no other."""
    result = perfect()
    *parents, last = place.split("/")
    target = result
    for name in parents:
        target = target[name]
    target[last] = value

    assert expected == red(result)
