"""Which operation a request calls, and with which parameters."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.reading.calls import EVENT_ID, Call, Router, is_integer, is_number
from mconn_contracts.model.exchange import Request

ROUTER = Router(load())
BASE = "https://api.cloudflare.com/client/v4"
EVENTS = "/accounts/a1/magic/connectors/c1/telemetry/events"
NOT_IDENTITIES = [
    *("1700000000", "1700000000.0.3.0", "1.7e+09.3", "1.", ".1", "01.2", "1.02", "-1.2", "1.-2", "+1.2", "1,2", "a.b"),
    *("١.٢", "1.2%20", "1.2%0A", "%201.2", "9" * 17 + ".1"),
]


def call(url: str, method: str = "GET") -> Call:
    """The call that a request makes."""
    found = ROUTER.route(Request(method, url))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "url, operation, base",
    [
        (f"{BASE}{EVENTS}?from=1&to=2", "listEvents", BASE),
        (f"{BASE}{EVENTS}/latest", "getLatestEvents", BASE),
        (f"{BASE}{EVENTS}/1700000000.3", "getEvent", BASE),
        (f"{BASE}{EVENTS}/garbage", "getEvent", BASE),
        (f"{BASE}{EVENTS}/", "listEvents", BASE),
        (f"{BASE}{EVENTS}/latest/#top", "getLatestEvents", BASE),
        (f"http://127.0.0.1:8080{EVENTS}", "listEvents", "http://127.0.0.1:8080"),
        (f"/client/v4{EVENTS}", "listEvents", "/client/v4"),
        (EVENTS, "listEvents", ""),
    ],
)
def test_a_path_is_matched_at_its_end(url: str, operation: str, base: str) -> None:
    """Whatever stands before `/accounts` is the base; a literal segment goes before a templated one."""
    found = call(url)

    assert found.operation is not None
    assert (operation, base, ("a1", "c1")) == (found.operation.id, found.base, found.owner[1:])


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        f"{BASE}/accounts/a1/magic/connectors/c1/telemetry",
        f"{BASE}{EVENTS}/1.2/more",
        f"{BASE}{EVENTS}//1.2",
        f"{BASE}/accounts//magic/connectors/c1/telemetry/events",
        f"{BASE}/ACCOUNTS/a1/magic/connectors/c1/telemetry/events",
        f"{BASE}{EVENTS}x",
        f"{BASE}/?{EVENTS}",
        f"{BASE}/#{EVENTS}",
    ],
)
def test_another_path_is_no_call(url: str) -> None:
    """Paths are compared by whole segments and in their case; query and fragment are no path."""
    assert ROUTER.route(Request("GET", url)) is None


@pytest.mark.parametrize("method, declared", [("GET", True), ("get", True), ("POST", False), ("HEAD", False)])
def test_an_undeclared_method_is_a_call_of_no_operation(method: str, declared: bool) -> None:
    """The path is known all the same, with the method in upper case."""
    found = call(f"{BASE}{EVENTS}", method)

    assert (declared, method.upper()) == (found.operation is not None, found.method)


@given(st.text(min_size=1), st.text(min_size=1), st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_parameters_are_read_as_they_were_meant(account: str, connector: str, query: list[tuple[str, str]]) -> None:
    """Whatever a client percent-encodes into path and query is read back, repetitions and empty values too."""
    path = f"/accounts/{quote(account, safe='')}/magic/connectors/{quote(connector, safe='')}/telemetry/events"
    found = call(f"{BASE}{path}?{urlencode(query)}")

    assert ({"account_id": account, "connector_id": connector}, tuple(query)) == (found.path, found.query)


@given(st.integers(0, 10**16 - 1), st.integers(0, 10**16 - 1))
def test_an_identity_is_two_integers(t: int, n: int) -> None:
    """`t` and `n` in plain digits, joined by a dot, are the event that is asked for."""
    assert (t, n) == call(f"{BASE}{EVENTS}/{t}.{n}").identity


@pytest.mark.parametrize("event_id", NOT_IDENTITIES)
def test_no_other_form_is_an_identity(event_id: str) -> None:
    """Fractions, exponents, signs, spaces, leading zeros and other digits than ASCII's name no event; the text is kept."""
    found = call(f"{BASE}{EVENTS}/{event_id}")

    assert (None, unquote(event_id)) == (found.identity, found.path[EVENT_ID])


def test_of_a_repeated_parameter_the_first_counts() -> None:
    """Both are kept, and rules that need one value take the first."""
    found = call(f"{BASE}{EVENTS}?from=1&from=2&to=&k=Init")

    assert ("1", "", None) == (found.first("from"), found.first("to"), found.first("limit"))
    assert (("from", "1"), ("from", "2"), ("to", ""), ("k", "Init")) == found.query


@given(st.integers() | st.sampled_from(["", " 1", "1 ", "1.0", "1e3", "01", "-0", "--1", "٣", "1_0", "0x1", "9" * 20]))
def test_an_integer_parameter_is_plain_digits(value: int | str) -> None:
    """Only what every reader takes for the same integer is one, and none of twenty characters."""
    text = str(value)
    found = call(f"{BASE}{EVENTS}?{urlencode({'limit': text})}").integer("limit")

    assert (int(text) if re.fullmatch("-?(0|[1-9][0-9]*)", text) and len(text) < 20 else None) == found


@pytest.mark.parametrize(
    "text, integer, number",
    [
        *[(text, True, True) for text in ("0", "5", "-5", "-0", "9" * 30)],
        *[(text, False, True) for text in ("05", "+5", "1.5", "1.", ".5", "1e3", "-1.5E+3")],
        *[(text, False, False) for text in ("", "a", "1 ", "1\n", "0x1", "1e", ".", "-", "٣", "1,5", "Infinity", "NaN")],
    ],
)
def test_a_text_is_an_integer_or_a_number(text: str, integer: bool, number: bool) -> None:
    """Integers are plain digits; numbers have the usual decimal forms, which a lenient server may read."""
    assert (integer, number) == (is_integer(text), is_number(text))


def test_a_path_without_parameters_is_nobodys() -> None:
    """Its account and connector are empty, and it names no event."""
    found = Call(None, BASE, "GET", {}, ())

    assert ((BASE, "", ""), None) == (found.owner, found.identity)


def test_literal_segments_go_before_templates_whatever_their_order() -> None:
    """As OpenAPI says, a concrete path is matched first, also where it is declared last."""
    paths = {f"/x/{name}": {"get": {"operationId": name.strip("{}"), "responses": {}}} for name in ("{id}", "{a}.{b}", "latest")}
    router = Router(Document({"paths": paths}, "a.yaml"))
    found = [router.route(Request("GET", f"/x/{segment}")) for segment in ("latest", "5")]

    assert ["latest", "id"] == [each.operation.id for each in found if each is not None and each.operation is not None]


@pytest.mark.parametrize(
    "query, odd",
    [
        ("", False),
        ("limit=1", False),
        ("limit=2", False),
        (f"limit={2**53 - 1}", False),
        (f"limit={2**53}", True),
        ("limit=0", True),
        ("limit=-1", True),
        ("limit=1.5", True),
        ("limit=", True),
        ("limit=many", True),
        (f"limit={10**30}", True),
        ("limit=5&limit=0", False),
        ("to=0", False),
    ],
)
def test_a_limit_is_odd_or_not(query: str, odd: bool) -> None:
    """A positive integer up to the largest is not; anything else is."""
    assert odd is call(f"{BASE}{EVENTS}?{query}").has_odd_limit


@pytest.mark.parametrize(
    "text, number", [("9" * 19, int("9" * 19)), ("-" + "9" * 18, -int("9" * 18)), ("9" * 20, None), ("-" + "9" * 19, None)]
)
def test_an_integer_has_at_most_19_characters(text: str, number: int | None) -> None:
    """Its sign is one of them."""
    assert number == call(f"{BASE}{EVENTS}?limit={text}").integer("limit")
