"""How a probe was answered, apart from the events: what is kept of an answer, and of which answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.reading.history import traits_of
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.judge.reading.views import AnswerTraits
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Request, Response

READER = Reader(load())
URL = "/accounts/a1/magic/connectors/c1/telemetry/events"
LIST = Exchange(
    Response(200, (), b'{"success": true, "result": {"count": 0, "items": []}}'), Request("GET", URL), intent=Intent()
)
PLAIN = AnswerTraits(
    "listEvents",
    200,
    Credential.VALID,
    Connector.OWN,
    frozenset({"success", "result"}),
    False,
    rate_limits=False,
    coding="identity",
)


@pytest.mark.parametrize(
    "exchange, expected",
    [
        (LIST, PLAIN),
        (replace(LIST, request=Request("GET", URL + "/latest")), replace(PLAIN, operation="getLatestEvents")),
        (
            replace(LIST, intent=Intent(Credential.WRONG, Connector.FOREIGN)),
            replace(PLAIN, credential=Credential.WRONG, connector=Connector.FOREIGN),
        ),
        (replace(LIST, response=Response(500, (), b"{}")), replace(PLAIN, status=500, members=frozenset(), integral_floats=None)),
        (
            replace(LIST, response=replace(LIST.response, headers=(("RateLimit", "5"), ("Content-Encoding", "br")))),
            replace(PLAIN, rate_limits=True, coding="br"),
        ),
        (replace(LIST, response=Response(429, (), b"{}")), None),
        (replace(LIST, response=replace(LIST.response, status=None)), None),
        (replace(LIST, response=Response(200, (), b"[]")), None),
        (replace(LIST, response=Response(200, (), None)), None),
        (replace(LIST, request=Request("POST", URL)), None),
        (replace(LIST, intent=None), None),
    ],
)
def test_what_is_kept_of_an_answer(exchange: Exchange, expected: AnswerTraits | None) -> None:
    """Of a probe of a declared operation that is answered by an object, unless it is asked to wait."""
    assert expected == traits_of(READER.read(exchange))


@pytest.mark.parametrize(
    "result, integral_floats",
    [
        ({"count": 1}, False),
        ({"count": 1.0}, True),
        ({"t": 1, "n": 0.0}, True),
        ({"a": 1.0}, True),
        ({"t": "1.0"}, None),
        ({"x": 1.0}, None),
        ({"count": 2, "items": [{"t": 1}, {"t": 1.0}]}, False),
        ({"count": 2, "items": [{"t": 1.0}, {"t": 1}]}, True),
        ({"count": 2, "items": [{"t": 1.0}, 5]}, True),
        ({"count": 0, "items": []}, False),
        ({"count": 1, "items": [1.0]}, False),
        ({"count": 1, "items": {"0": {"t": 1.0}}}, False),
        ({"items": [{"a": 5.0}]}, True),
        ([1.0], None),
        (None, None),
        ({}, None),
    ],
)
def test_how_numbers_are_written(result: Any, integral_floats: bool | None) -> None:
    """Those that are declared as integers, of the result and of its first item: as floats if any is, unknown if there is none."""
    body = json.dumps({"success": True, "result": result}).encode()
    found = traits_of(READER.read(replace(LIST, response=Response(200, (), body))))

    assert found is not None
    assert integral_floats is found.integral_floats
