"""What the reader makes of a body that was not kept, by the method and the status of its exchange."""

from __future__ import annotations

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange, Intent, Request, Response

READER = Reader(load())
URL = "/client/v4/accounts/a1/magic/connectors/c1/telemetry/events/latest"


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
    with pytest.raises(UsageError, match=r"'Evnt' is neither an operation \(.*getEvent.*\) nor a schema of the document"):
        READER.read(Exchange(Response(200, body=b"{}"), declared="Evnt"))


def test_content_is_due_where_the_request_is_unknown() -> None:
    """Without a request, a response has the content that its status promises."""
    answer = READER.read(Exchange(Response(200, body=None), declared="getLatestEvents"))

    assert [DefectKind.BODY_NOT_KEPT] == [defect.kind for defect in answer.defects]
