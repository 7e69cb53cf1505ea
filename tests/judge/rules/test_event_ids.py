"""What is an event id, of a request that a client sent and of one that the server must refuse."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.model.exchange import Exchange, Intent, Request, Response

PLAN = Plan(load(), select=("MC601", "MC707"))
SENT, ACCEPTED = "MC601", "MC707"
NO_DOT, SPACE, EXPONENT, SIGN = "has no dot between two numbers", "has a space", "has an exponent", "has a sign"
NO_DIGITS, LACKING, ZEROS = "has characters that are no digits", "lacks a number", "has leading zeros"
LARGE = "has a number that is too large"


def judged(event_id: str, status: int | None, intent: Intent | None = None) -> dict[str, str | None]:
    """Of each statement that is decided, what is found, if anything."""
    url = f"http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events/{quote(event_id, safe='')}"
    judgement = check(Exchange(Response(status, (), None), Request("GET", url), intent=intent), PLAN)
    return {code: next((each.message for each in judgement.findings if each.code == code), None) for code in judgement.decided}


@pytest.mark.parametrize(
    "event_id, flaw",
    [
        ("0.0", None),
        ("1700000000.3", None),
        (f"{2**53 - 1}.9999999999999999", None),
        # The times of an id may be decimal fractions, joined by a dot.
        ("1.5.2", None),
        ("1.5.2.5", None),
        ("01.5.2.5", None),
        ("1", NO_DOT),
        ("1-2", NO_DOT),
        ("1 2", NO_DOT),
        ("1. 2", SPACE),
        ("1.2e3", EXPONENT),
        ("1.7E+09.3", EXPONENT),
        ("+1.2", SIGN),
        ("1.-2", SIGN),
        ("1.2a", NO_DIGITS),
        ("١.٢", NO_DIGITS),
        ("e3.1", NO_DIGITS),
        (".2", LACKING),
        ("1.", LACKING),
        ("01.2", ZEROS),
        ("1.00", ZEROS),
        ("10000000000000000.0", LARGE),
        ("0.10000000000000000", LARGE),
    ],
)
def test_what_is_no_event_id_must_be_refused(event_id: str, flaw: str | None) -> None:
    """The message says what is wrong with it; what may be two numbers in any notation is left to the server."""
    accepted, refused = (judged(event_id, status, Intent()) for status in (200, 404))
    words = f"{flaw}, but is answered with status 200; it must be refused, because an event id is like 1700000000.3"

    assert {} == judged(event_id, None, Intent())
    assert refused == ({} if flaw is None else {ACCEPTED: None})
    assert accepted == ({} if flaw is None else {ACCEPTED: f'the event id "{event_id}" {words}'})


@pytest.mark.parametrize(
    "event_id, right",
    [("0.0", True), ("1700000000.3", True), ("1.5.2", False), ("01.2", False), ("1.2e3", False), ("1", False), ("1.", False)],
)
def test_a_client_sends_two_numbers(event_id: str, right: bool) -> None:
    """In decimal digits, joined by a dot."""
    words = f'the event id is "{event_id}"; it must be t and n in decimal digits, such as 1700000000.3'

    assert (None if right else words) == judged(event_id, 404)[SENT]
