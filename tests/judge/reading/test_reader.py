"""What the reader makes of an exchange: what its body is, what is wrong with it, and the views that rules judge."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.wire.test_arrays import large_from

from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.reading.events import Shown
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.judge.reading.views import Event, FetchedEvent, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Credential, Exchange, Intent, Origin, Request, Response, Trace
from mconn_contracts.wire.arrays import Viewed

READER = Reader(load())
EVENTS = "/client/v4/accounts/a1/magic/connectors/c1/telemetry/events"
URL = f"{EVENTS}/latest"


@pytest.mark.parametrize(
    "method,status,due",
    [
        ("GET", 200, True),
        ("GET", 299, True),
        ("GET", 404, True),
        ("GET", 400, True),
        ("GET", 500, True),
        ("GET", 206, True),
        ("GET", 199, False),
        ("GET", 203, True),
        ("GET", 204, False),
        ("GET", 205, False),
        ("GET", 300, False),
        ("GET", 304, False),
        ("GET", 399, False),
        ("HEAD", 200, False),
        ("HEAD", 404, False),
        ("CONNECT", 200, False),
        ("OPTIONS", 200, False),
        ("POST", 405, True),
    ],
)
def test_content_that_was_due_is_missed(method: str, status: int, due: bool) -> None:
    """A body that a capture did not keep is a defect where a response of that method and status has one (RFC 9110, 6.4.1)."""
    answer = READER.read(Exchange(Response(status, body=None), Request(method, URL)))

    assert ([DefectKind.BODY_NOT_KEPT] if due else []) == [defect.kind for defect in answer.defects]


def test_bare_body_that_was_not_kept_is_not_missed() -> None:
    """Without a status nobody knows whether there was content."""
    answer = READER.read(Exchange(Response(None, body=None), declared="getLatestEvents"))

    assert () == answer.defects


@pytest.mark.parametrize("unread, words", [(None, "the body was not kept"), ("it is in a file that is not there", None)])
def test_why_a_body_was_not_kept_is_said(unread: str | None, words: str | None) -> None:
    """As far as the capture says so, of the whole body."""
    answer = READER.read(Exchange(Response(200, body=None, unread=unread), Request("GET", URL)))

    assert [("", words or unread)] == [(defect.pointer, defect.message) for defect in answer.defects]


def test_a_recording_of_another_path_is_foreign() -> None:
    """A probe of such a path is not, and neither is a recording of a path of the document."""
    other, own = Request("GET", "/client/v4/zones"), Request("GET", URL)
    response = Response(200, body=b"{}")

    assert READER.foreign(Exchange(response, other))
    assert not READER.foreign(Exchange(response, other, intent=Intent()))
    assert not READER.foreign(Exchange(response, own))


def test_a_name_that_is_none_is_wrong_use() -> None:
    """A body that is declared to be something is an operation's, or a schema's; the error names the operations."""
    with pytest.raises(
        UsageError, match=r"'Evnt' is neither an operation \(listEvents, getLatestEvents, getEvent\) nor a schema of the document"
    ):
        READER.read(Exchange(Response(200, body=b"{}"), declared="Evnt"))


def test_content_is_due_where_the_request_is_unknown() -> None:
    """Without a request, a response has the content that its status promises."""
    answer = READER.read(Exchange(Response(200, body=None), declared="getLatestEvents"))

    assert [DefectKind.BODY_NOT_KEPT] == [defect.kind for defect in answer.defects]


SUMMARY = {"a": 7, "k": "Init", "n": 2, "t": 5}
EVENT = {"e": {"k": "Init"}, "n": 2, "t": 5, "v": "1"}
NO = {"success": False, "errors": [{"code": 1, "message": "no"}], "messages": [], "result": None}
LIST, FAILURE = "EventListEnvelope", "ApiErrorResponse"


def page(*items: Any, **more: Any) -> dict[str, Any]:
    """A page of these items."""
    return {"count": len(items), "items": list(items), **more}


def success(result: Any) -> dict[str, Any]:
    """An envelope around a result."""
    return {"success": True, "errors": [], "messages": [], "result": result}


def request(suffix: str = "", method: str = "GET") -> Request:
    """A request for a list, or for what is below it."""
    return Request(method, EVENTS + suffix)


def exchange(body: Any, status: int | None = None, request: Request | None = None, **more: Any) -> Exchange:
    """An exchange with this body; `more` is of the response, or `declared` and `intent`."""
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    of_exchange = {name: more.pop(name) for name in ("declared", "intent", "started") if name in more}
    return Exchange(Response(status, body=content, **more), request, **of_exchange)


def typed(found: Exchange) -> object:
    """The last view of an exchange."""
    return list(READER.views(READER.read(found)))[-1]


@pytest.mark.parametrize(
    "found, operation, schema, views",
    [
        # Recognized by its shape alone.
        (exchange(success(page(SUMMARY))), "listEvents!", LIST, "Envelope ListPage"),
        (exchange(success(page(SUMMARY)), 200), "listEvents!", LIST, "Envelope ListPage"),
        (exchange(success(page(SUMMARY)), 404), "listEvents!", FAILURE, "Envelope"),
        (exchange(success(EVENT)), "getEvent!", "EventGetEnvelope", "Envelope FetchedEvent"),
        (exchange(page(SUMMARY)), "EventListResponse!", "bare EventListResponse", "ListPage"),
        (exchange(EVENT), "EventGetResponse!", "bare EventGetResponse", "FetchedEvent"),
        (exchange(SUMMARY), "EventSummary!", "bare EventSummary", ""),
        (exchange(success(page())), "", LIST, "Envelope"),
        (exchange(page()), "", "bare EventListResponse", ""),
        (exchange({"b": 1}), "", "bare", ""),
        (exchange(NO), "", FAILURE, "Envelope"),
        (exchange(NO, 200), "", "", "Envelope"),
        (exchange(NO, 399), "", "", "Envelope"),
        (exchange(NO, 400), "", FAILURE, "Envelope"),
        # Declared.
        (exchange(NO, declared="listEvents"), "listEvents!", FAILURE, "Envelope"),
        (exchange(success(page()), declared="listEvents"), "listEvents!", LIST, "Envelope ListPage"),
        (exchange(NO, 404, declared="getEvent"), "getEvent!", FAILURE, "Envelope"),
        (exchange([], declared="getEvent"), "getEvent!", "EventGetEnvelope", ""),
        (exchange(SUMMARY, declared="EventSummary"), "EventSummary!", "bare EventSummary", ""),
        (exchange({"success": True, **SUMMARY}, declared="EventSummary"), "EventSummary!", "bare EventSummary", ""),
        (exchange(page(EVENT), declared="LatestListResponse"), "LatestListResponse!", "bare LatestListResponse", "LatestPage"),
        (exchange(EVENT, 404, declared="EventGetResponse"), "EventGetResponse!", "bare EventGetResponse", "FetchedEvent"),
        # By its request and status.
        (exchange(success(page(SUMMARY)), 200, request()), "listEvents", LIST, "Envelope ListPage"),
        (exchange(success(page(EVENT)), 200, request("/latest")), "getLatestEvents", "LatestListEnvelope", "Envelope LatestPage"),
        (exchange(success(EVENT), 200, request("/5.2")), "getEvent", "EventGetEnvelope", "Envelope FetchedEvent"),
        (exchange(success(page(SUMMARY)), 201, request()), "listEvents", "", "Envelope"),
        (exchange({**success(page(SUMMARY)), "success": False}, 200, request()), "listEvents", LIST, "Envelope"),
        (exchange(success([]), 200, request()), "listEvents", LIST, "Envelope"),
        (exchange(success(page({**SUMMARY, "x": 1})), 200, request()), "listEvents", LIST, "Envelope ListPage"),
        (exchange(success(page({**SUMMARY, "t": "5"})), 200, request()), "listEvents", LIST, "Envelope"),
        (exchange([NO], 200, request()), "listEvents", LIST, ""),
        (exchange({"b": 1}, 200, request()), "listEvents", LIST, ""),
        (exchange(NO, 399, request()), "listEvents", "", "Envelope"),
        (exchange(NO, 400, request()), "listEvents", FAILURE, "Envelope Refusal"),
        (exchange(NO, 418, request()), "listEvents", FAILURE, "Envelope Refusal"),
        (exchange(b"<p>", 404, request()), "listEvents", FAILURE, "Refusal"),
        (exchange(NO, 500, request()), "listEvents", FAILURE, "Envelope"),
        (exchange(NO, 599, request()), "listEvents", FAILURE, "Envelope"),
        (exchange(NO, 405, request(method="POST")), "", FAILURE, "Envelope"),
        (exchange(NO, 404, Request("GET", "/zones"), intent=Intent()), "", FAILURE, "Envelope"),
        # Not read.
        (exchange(NO, 404, Request("GET", "/zones")), "", "bare", ""),
        (exchange(NO, 404, request(method="head")), "", FAILURE, ""),
        (exchange(b"{"), "", FAILURE, ""),
    ],
)  # fmt: skip
def test_an_exchange_is_read_by_its_request_its_status_and_its_shape(
    found: Exchange, operation: str, schema: str, views: str
) -> None:
    """What it is, marked where this is told by the user or by its shape; the schema of its body; and its typed forms."""
    answer = READER.read(found)
    name = answer.exchange.declared or ("" if answer.operation is None else answer.operation.id)
    model = "" if answer.schema is None else answer.schema.rpartition("/")[2]
    ours = f"{name}{'!' if answer.exchange.declared else ''}", f"{'' if answer.enveloped else 'bare '}{model}".strip()
    if answer.operation is not None:
        assert operation.strip("!") == answer.operation.id == answer.trace.operation

    assert (operation, schema) == ours
    assert ["Answer", *views.split()] == [type(view).__name__ for view in READER.views(answer)]


@pytest.mark.parametrize(
    "found, defects",
    [
        (exchange(b" ", 200, request()), None),
        (exchange(b"", 204), None),
        (exchange(b"", 304), None),
        (exchange(b"", 205), [("not-json", "", "the body is empty; it must be a JSON text")]),
        (exchange(b" ", 200), [("not-json", "", "the body is empty; it must be a JSON text")]),
        (exchange(b"", None), [("not-json", "", "the body is empty; it must be a JSON text")]),
        (exchange(b"{", 200, request(), incomplete="5 of 9"), ["the body is cut short: 5 of 9"]),
        (exchange(None, 200, request(), undecodable="bad"), None),
        (exchange(b"{", 200, request(), undecodable="bad"), None),
        (exchange(NO, 404, request(method="HEAD")), None),
        (exchange(page(), 200, request()), [("missing-envelope", "", 'it has "count", "items", but no `success`')]),
        (exchange({}, 200, request()), [("missing-envelope", "", "it is empty")]),
        (
            exchange(dict.fromkeys("bcdefgh", 1), 200, request()),
            [("missing-envelope", "", 'it has "b", "c", "d", "e", "f", "g", but no `success`')],
        ),
        (exchange({"messages": 5}, 404, request()), [("missing-property", "", ""), ("schema-mismatch", "/messages", "")]),
        (exchange(success(page({**SUMMARY, "a": float("nan")})), 200, request()), [("not-a-number", "/result/items/0/a", "")]),
        (exchange(b"<p>", 404, request()), [("not-json", "", '"<p>"')]),
        (
            exchange(json.dumps(success({"count": 1, "items": []})).replace("1", '1, "count": "1"').encode(), 200, request()),
            [("duplicate-name", "/result/count", ""), ("schema-mismatch", "/result/count", "")],
        ),
        (exchange({"b": 1}), [("unrecognized-document", "", 'the object has "b", which fits no envelope and no model')]),
        (exchange(b'{"b": 1, "b": 2}'), [("duplicate-name", "/b", ""), ("unrecognized-document", "", "")]),
    ],
)
def test_what_is_wrong_with_a_body_is_said_once(found: Exchange, defects: list[Any] | None) -> None:
    """Its encoding, its shape, or that nobody knows what it is; nothing of what cannot be read."""
    answer = READER.read(found)
    expected = [("body-cut-short", "", each) if isinstance(each, str) else each for each in defects or ()]

    assert [each[:2] for each in expected] == [(each.kind.value, each.pointer) for each in answer.defects]
    assert all(words in each.message for (*_, words), each in zip(expected, answer.defects, strict=True))
    assert defects is not None or answer.decoded is None


GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd\x00"


@pytest.mark.parametrize(
    "found, undecodable",
    [
        (exchange(GZIP, 200), "the content is compressed by gzip, but no content-encoding says so"),
        (exchange(ZSTD, 200), "the content is compressed by zstd, but no content-encoding says so"),
        (exchange(GZIP, 200, headers=(("Content-Encoding", "gzip"),)), None),
        (exchange(GZIP, None), None),
        (exchange(GZIP, 200, undecodable="bad"), "bad"),
        (exchange(b" " + GZIP, 200), None),
        (exchange(ZSTD[:3], 200), None),
        (exchange(None, 200), None),
        (exchange(NO, 200), None),
    ],
)
def test_content_that_is_compressed_without_a_label_is_not_read(found: Exchange, undecodable: str | None) -> None:
    """By the first bytes of gzip and zstd, in a response."""
    answer = READER.read(found)

    assert undecodable == answer.exchange.response.undecodable
    assert undecodable is None or answer.decoded is None


ASKED = "?from=1&to=9&limit=3&k=Init&cursor=c"
OWNER = ("/client/v4", "a1", "c1")


@pytest.mark.parametrize("probe", [None, Intent(fair=True), Intent(Credential.WRONG)], ids=["recorded", "fair", "wrong"])
def test_views_hold_what_was_asked_and_shown(probe: Intent | None) -> None:
    """Of a list its parameters; of an event its identity; of a refusal whether the request was fair; whose they all are."""
    own, fair = probe is None or probe.own, probe is not None and probe.fair
    asked = {"intent": probe, "started": 4.0}
    found = [
        exchange(success(page(SUMMARY, cursor="d")), 200, request(ASKED), **asked),
        exchange(success(page(EVENT)), 200, request("/latest"), **asked),
        exchange(success(EVENT), 200, request("/5.1"), **asked),
        exchange(NO, 404, request(ASKED), **asked),
    ]
    list_trace, latest_trace, event_trace, refused_trace = (READER.read(each).trace for each in found)
    call = READER.read(found[3]).call
    assert call is not None
    window = Window(1, 9, "Init")
    event = Event(5, 2, {"k": "Init"}, "1")

    assert [
        ListPage(list_trace, OWNER, window, 3, "c", 1, (Summary(5, 2, 7, "Init"),), "d", 4.0, own, "/result", odd_limit=False),
        LatestPage(latest_trace, OWNER, 1, (event,), 4.0, own, "/result"),
        FetchedEvent(event_trace, OWNER, (5, 1), event, own),
        Refusal(refused_trace, call, "listEvents", 404, window, 3, "c", own, fair),
    ] == [typed(each) for each in found]
    assert [each.origin for each in found] == [trace.origin for trace in (list_trace, latest_trace, event_trace, refused_trace)]
    assert [each.request for each in found] == [trace.request for trace in (list_trace, latest_trace, event_trace, refused_trace)]


def test_views_of_a_bare_model_are_nobodys() -> None:
    """Nobody knows what was asked; and of an event, `v` may be absent."""
    trace = Trace(Origin(), None, None)
    without_v = {name: value for name, value in EVENT.items() if name != "v"}

    assert [
        ListPage(trace, None, None, None, None, 1, (Summary(5, 2, 7, "Init"),), None, None, own=True, root="", odd_limit=False),
        LatestPage(trace, None, 1, (Event(5, 2, {"k": "Init"}, None),), None, own=True, root=""),
        FetchedEvent(trace, None, None, Event(5, 2, {"k": "Init"}, "1"), own=True),
    ] == [typed(exchange(each)) for each in (page(SUMMARY), page(without_v), EVENT)]


def test_large_lists_are_kept_small() -> None:
    """A list in columns, and the latest as their text, each read when it is looked at; small ones as they are."""
    numbers = range(20)
    bodies = [success(page(*[{**each, "t": t} for t in numbers])) for each in (SUMMARY, EVENT)]
    with large_from(60):
        listed, latest = (typed(exchange(body, 200)) for body in bodies)
        assert isinstance(listed, ListPage)
        assert isinstance(latest, LatestPage)

        assert (Shown, Viewed) == (type(listed.items), type(latest.items))
        assert [Summary(t, 2, 7, "Init") for t in numbers] == list(listed.items)
        assert [Event(t, 2, {"k": "Init"}, "1") for t in numbers] == list(latest.items)


def test_a_page_with_an_odd_limit_says_so() -> None:
    """Nobody documents what it gets."""
    views = [typed(exchange(success(page()), 200, request(query))) for query in ("?limit=0", "?limit=1")]

    assert [True, False] == [view.odd_limit for view in views if isinstance(view, ListPage)]
