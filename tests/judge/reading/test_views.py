"""What an answer says of itself: by its status and its label."""

from __future__ import annotations

import pytest
from tests.judge.reading.test_history import latest, page

from mconn_contracts.contract.document import load
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.judge.reading.views import Answer, AnswerTraits
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Request, Response

READER = Reader(load())
URL = "/accounts/a1/magic/connectors/c1/telemetry/events/latest"


def answer(status: int | None = 200, *fields: tuple[str, str], intent: Intent | None = None, url: str = URL) -> Answer:
    """An answer without content."""
    return READER.read(Exchange(Response(status, fields), Request("GET", url), intent=intent))


@pytest.mark.parametrize(
    "status, classes",
    [
        (None, (False, False, False)),
        (199, (False, False, False)),
        (200, (True, False, False)),
        (299, (True, False, False)),
        (300, (False, True, False)),
        (399, (False, True, False)),
        (400, (False, False, True)),
        (499, (False, False, True)),
        (500, (False, False, False)),
    ],
)
def test_a_status_is_of_one_class(status: int | None, classes: tuple[bool, bool, bool]) -> None:
    """It says that the request succeeded, to look elsewhere, or that the request was at fault."""
    found = answer(status)
    traits = AnswerTraits("a", status or 0, Credential.VALID, Connector.OWN, frozenset(), None, False, "identity")

    assert classes == (found.ok, found.redirected, found.refused)
    assert classes[0] == traits.ok


@pytest.mark.parametrize(
    "fields, intent, labeled",
    [
        ((("Content-Type", "application/json"),), None, True),
        ((("content-type", " Application/JSON ; charset=utf-8"),), None, True),
        ((("Content-Type", "text/html; application/json"),), None, False),
        ((("Server", "a"),), None, False),
        ((), None, None),
        ((), Intent(), False),
    ],
)
def test_a_label_is_json_or_not(fields: tuple[tuple[str, str], ...], intent: Intent | None, labeled: bool | None) -> None:
    """Whatever its parameters and case; a recording without any field does not say, and what a probe got does."""
    assert labeled is answer(200, *fields, intent=intent).labeled_json


def test_what_the_sender_knows_is_told() -> None:
    """Of a probe; of a recording, nothing."""
    intent = Intent(Credential.WRONG, Connector.FOREIGN)
    found, recorded = answer(intent=intent), answer()

    assert (Credential.WRONG, Connector.FOREIGN) == (found.credential, found.connector)
    assert (None, None) == (recorded.credential, recorded.connector)


def test_a_page_is_in_an_envelope_unless_it_is_said_otherwise() -> None:
    """Pointers to what is wrong with it begin there."""
    assert ["/result", "/result"] == [page().root, latest().root]


def test_a_page_follows_another_if_a_cursor_led_to_it() -> None:
    """Whether a cursor leads on from it or not."""
    assert [False, False, True] == [each.follows for each in (page(), page(leads_to="c"), page(cursor="c", leads_to="d"))]


def test_a_recording_of_another_path_is_foreign() -> None:
    """What a probe asked, or what is declared, is not; nor is a path of this API."""
    assert (True, False, False) == (
        answer(url="/zones").foreign,
        answer(url="/zones", intent=Intent()).foreign,
        answer().foreign,
    )
