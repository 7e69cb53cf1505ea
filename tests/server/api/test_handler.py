"""The protocol, without sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT
from mconn_contracts.server.data.events import KINDS
from mconn_contracts.server.data.lifecycle import (
    EMPTY_CONNECTOR_ID,
    END,
    FOREIGN_ACCOUNT_ID,
    FOREIGN_CONNECTOR_ID,
    SECOND_CONNECTOR_ID,
)

if TYPE_CHECKING:
    from tests.server.conftest import Client

UNKNOWN_CONNECTOR_ID = "00000000-0000-4000-8000-000000000000"
WINDOW = {"from_": 0, "to": END}


def envelope(response: Response) -> dict[str, Any]:
    """The body of a response."""
    document = json.loads(response.body or b"")
    assert isinstance(document, dict)
    return document


def refusal(response: Response) -> tuple[int | None, int]:
    """The status of a refusal and the code of its one error, its envelope being right."""
    document = envelope(response)
    assert set(document) == {"success", "errors", "messages"}
    assert document["success"] is False
    (error,) = document["errors"]
    assert error["message"]
    return response.status, error["code"]


def keys(items: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The identities of items."""
    return [(item["t"], item["n"]) for item in items]


def test_list_is_in_its_envelope(client: Client) -> None:
    """A list has `result` with `count` and `items`, `success`, and empty `errors` and `messages`."""
    document = envelope(client.get(**WINDOW, limit=2))
    assert list(document) == ["result", "success", "errors", "messages"]
    assert (document["success"], document["errors"], document["messages"]) == (True, [], [])
    assert set(document["result"]) == {"count", "items", "cursor"}
    assert {tuple(sorted(item)) for item in document["result"]["items"]} == {("a", "k", "n", "t")}


@pytest.mark.parametrize("limit", [1, 2, 7, 50, 1_000])
def test_walks_agree_at_every_limit(client: Client, limit: int) -> None:
    """Pages of any size together are the whole result, in order, and only the last has no cursor."""
    whole = client.page(limit=1_000)
    pages = client.walk(limit=limit)
    assert [item for page in pages for item in page] == whole["items"]
    assert keys(whole["items"]) == sorted(keys(whole["items"]))
    assert all(len(page) == limit for page in pages[:-1])
    assert 0 < len(pages[-1]) <= limit


def test_limit_may_change_within_a_walk(client: Client) -> None:
    """A cursor goes on where its page ended, whatever the next page's limit is."""
    whole = client.page(limit=1_000)["items"]
    first = client.page(limit=3)
    assert client.page(limit=5, cursor=first["cursor"])["items"] == whole[3:8]


def test_default_and_largest_limit(client: Client) -> None:
    """Without a limit a page has 100 items; a limit beyond 1,000 counts as 1,000."""
    assert client.page()["count"] == 100
    whole = client.page(limit=10**9)
    assert whole["count"] == len(whole["items"]) > 100


def test_bounds_are_inclusive(client: Client) -> None:
    """A window from one event's `t` to another's holds both."""
    whole = keys(client.page(limit=1_000)["items"])
    start, end = whole[20][0], whole[60][0]
    found = keys(client.page(from_=start, to=end, limit=1_000)["items"])
    assert found == [key for key in whole if start <= key[0] <= end]


def test_filters_of_all_kinds_make_the_whole(client: Client) -> None:
    """Each kind's list has only that kind, and all of them together are the unfiltered list."""
    found = []
    for kind in KINDS:
        items = client.page(k=kind, limit=1_000)["items"]
        assert {item["k"] for item in items} == {kind}
        found += keys(items)
    assert sorted(found) == keys(client.page(limit=1_000)["items"])


def test_unknown_kind_and_reversed_window_are_empty(client: Client) -> None:
    """A kind that nobody knows, and a window that ends before it starts, have no events."""
    for query in ({"k": "Nonsense"}, {"k": ""}, {"from_": END, "to": 0}):
        assert client.page(**query) == {"count": 0, "items": []}


def test_listed_events_can_be_fetched(client: Client) -> None:
    """Every listed event can be fetched, and has the same kind, `t` and `n`."""
    for item in client.page(limit=1_000)["items"]:
        event = envelope(client.get(f"/{item['t']}.{item['n']}"))["result"]
        assert (event["t"], event["n"], event["e"]["k"]) == (item["t"], item["n"], item["k"])


def test_latest_are_the_newest(client: Client) -> None:
    """The latest events are the 20 newest, the newest first, equal to what is fetched."""
    latest = envelope(client.get("/latest"))["result"]
    newest = client.page(limit=1_000)["items"][-20:]
    assert keys(latest["items"]) == keys(newest)[::-1]
    assert latest["count"] == len(latest["items"])
    for event in latest["items"]:
        assert envelope(client.get(f"/{event['t']}.{event['n']}"))["result"] == event


@pytest.mark.parametrize(
    "query, word",
    [
        ({"to": 1}, "from"),
        ({"from_": 1}, "to"),
        ({}, "from"),
        *(
            ({**WINDOW, name: value}, name.rstrip("_"))
            for name in ("from_", "to", "limit")
            for value in ("", "abc", "1.5", "-1", "NaN", "1e999", "0x10", "1_000", "١", " 1", "+1", "01", 2**53, "9" * 9_000)
        ),
        ({**WINDOW, "limit": 0}, "limit"),
        ({**WINDOW, "cursor": ""}, "cursor"),
        ({**WINDOW, "cursor": "garbage"}, "cursor"),
    ],
)
def test_bad_parameters_are_named(client: Client, query: dict[str, object], word: str) -> None:
    """A parameter that is missing or malformed gets 400, and a message that names it."""
    response = client.get(**query)
    assert refusal(response)[0] == 400
    assert f"Parameter {word} " in envelope(response)["errors"][0]["message"]


@pytest.mark.parametrize("name", ["from", "to", "limit", "cursor", "k"])
def test_repeated_parameters_are_refused(client: Client, name: str) -> None:
    """A parameter that is given twice gets 400."""
    response = client.get(f"?from=0&to={END}&{name}=1&{name}=1")
    assert refusal(response)[0] == 400
    assert f"Parameter {name} is given" in envelope(response)["errors"][0]["message"]


def test_whole_numbers_may_be_written_with_a_fraction(client: Client) -> None:
    """`1767200000.0` is a whole number, as JSON and the vendor's Python SDK write it."""
    assert client.page(to=f"{END}.0") == client.page(to=END)


def test_cursor_is_refused_elsewhere(client: Client) -> None:
    """A cursor is refused with another window, kind or connector."""
    cursor = client.page(limit=1)["cursor"]
    for query in ({"to": END - 1}, {"from_": 1}, {"k": "Init"}, {"connector": SECOND_CONNECTOR_ID}):
        response = client.get(**{"from_": 0, "to": 2_000_000_000, "cursor": cursor, **query})
        assert refusal(response) == (400, 1004)


@pytest.mark.parametrize(
    "event_id",
    [
        "1700000000.0.3.0",
        "1.7e+09.3",
        "1700000000",
        ".3",
        "1700000000.",
        "1700000000.-1",
        "a.b",
        "01.2",
        "1.02",
        f"1.{2**53}",
        "١.٢",
    ],
)
def test_malformed_event_id_is_explained(client: Client, event_id: str) -> None:
    """A malformed event id gets 400, and a message that says what a right one looks like."""
    response = client.get(f"/{event_id}")
    assert refusal(response) == (400, 1003)
    assert "digits.digits" in envelope(response)["errors"][0]["message"]
    assert "1700000000.3" in envelope(response)["errors"][0]["message"]


def test_unknown_event_is_not_found(client: Client) -> None:
    """An event that was not recorded gets 404."""
    assert refusal(client.get("/1700000000.3")) == (404, 1006)


def test_percent_encoded_segments_are_understood(client: Client) -> None:
    """A path is compared decoded, segment by segment."""
    assert client.get("/%6Catest").status == 200
    assert client.get("/1%2E2").status == 404
    assert refusal(client.get("%2Flatest")) == (404, 7003)


@pytest.mark.parametrize(
    "path",
    ["/", "/client/v4", "/client/v4/", "/client/v4/accounts", "*", "", "//", "/client/v4/accounts//magic", "/%zz", "http://["],
)
def test_unknown_routes_get_an_envelope(client: Client, path: str) -> None:
    """A path that is not of the API gets 404 with the envelope, with or without a credential."""
    assert refusal(client.get(path=path or "x")) == (404, 7003)
    assert refusal(client.get(path=path or "x", headers=())) == (404, 7003)


@pytest.mark.parametrize("suffix", ["", "/latest", "/1700000000.3"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "get"])
def test_undeclared_methods_are_refused(client: Client, method: str, suffix: str) -> None:
    """A method that is not declared gets 405 with the envelope and `Allow`."""
    response = client.get(suffix, method=method)
    assert refusal(response) == (405, 7001)
    assert response.header("Allow") == "GET, HEAD"


@pytest.mark.parametrize("suffix", ["", "/latest", "/1700000000.3"])
def test_head_is_get_without_content(client: Client, suffix: str) -> None:
    """HEAD gets the header fields of GET, its length included, and no content."""
    get, head = client.get(suffix, **WINDOW), client.get(suffix, method="HEAD", **WINDOW)
    assert (head.status, head.body) == (get.status, b"")
    assert dict(head.headers) | {"cf-ray": ""} == dict(get.headers) | {"cf-ray": ""}


def bearer(value: str) -> Headers:
    """The header fields of a token."""
    return (("authorization", value),)


TOKEN, KEY, EMAIL = MAIN_ACCOUNT.token, MAIN_ACCOUNT.key, MAIN_ACCOUNT.email


@pytest.mark.parametrize(
    "headers",
    [
        bearer(f"Bearer {TOKEN}"),
        bearer(f"bearer  {TOKEN}"),
        (("X-Auth-Email", EMAIL), ("X-Auth-Key", KEY)),
        (("x-auth-key", KEY), ("x-auth-email", EMAIL)),
    ],
)
def test_both_credentials_are_accepted(client: Client, headers: Headers) -> None:
    """A token, and an email with its key, are accepted; names of header fields and schemes in any case."""
    assert client.get("/latest", headers=headers).status == 200


@pytest.mark.parametrize(
    "headers, expected",
    [
        ((), (401, 9106)),
        ((("X-Auth-Email", EMAIL),), (401, 9106)),
        ((("X-Auth-Key", KEY),), (401, 9106)),
        (bearer("Bearer"), (400, 6003)),
        (bearer("Bearer "), (400, 6003)),
        (bearer(""), (400, 6003)),
        (bearer(TOKEN), (400, 6003)),
        (bearer(f"Basic {TOKEN}"), (400, 6003)),
        (bearer("Bearer not a token"), (400, 6003)),
        (bearer("Bearer é"), (400, 6003)),
        ((*bearer(f"Bearer {TOKEN}"), *bearer(f"Bearer {TOKEN}")), (400, 6003)),
        ((("X-Auth-Email", "nobody"), ("X-Auth-Key", KEY)), (400, 6003)),
        ((("X-Auth-Email", EMAIL), ("X-Auth-Key", "a b")), (400, 6003)),
        (bearer(f"Bearer {TOKEN[:-1]}"), (401, 10000)),
        (bearer(f"Bearer {TOKEN.upper()}"), (401, 10000)),
        ((("X-Auth-Email", EMAIL), ("X-Auth-Key", FOREIGN_ACCOUNT.key)), (401, 10000)),
        ((("X-Auth-Email", "a@example.com"), ("X-Auth-Key", KEY)), (401, 10000)),
    ],
)
@pytest.mark.parametrize("suffix", ["", "/latest", "/1.2"])
def test_other_credentials_are_refused(client: Client, suffix: str, headers: Headers, expected: tuple[int, int]) -> None:
    """Missing, malformed and wrong credentials are refused under the vendor's codes, and 401 has a challenge."""
    response = client.get(suffix, headers=headers, **WINDOW)
    assert refusal(response) == expected
    assert response.header("WWW-Authenticate") == ("Bearer" if expected[0] == 401 else None)


@pytest.mark.parametrize("suffix", ["", "/latest", "/1.2"])
@pytest.mark.parametrize(
    "path",
    [
        {"account": FOREIGN_ACCOUNT_ID},
        {"account": FOREIGN_ACCOUNT_ID, "connector": FOREIGN_CONNECTOR_ID},
        {"account": "x" * 33},
        {"connector": FOREIGN_CONNECTOR_ID},
        {"connector": UNKNOWN_CONNECTOR_ID},
        {"connector": "'; DROP TABLE events; --"},
    ],
)
def test_accounts_cannot_see_each_other(client: Client, suffix: str, path: dict[str, str]) -> None:
    """Another account's connector and one that does not exist are refused in the same words."""
    assert refusal(client.get(suffix, **path, **WINDOW)) == (403, 10000)


def test_each_account_sees_its_own(client: Client) -> None:
    """The other account's token reads its connector, and not the main account's."""
    token = bearer(f"Bearer {FOREIGN_ACCOUNT.token}")
    own = {"account": FOREIGN_ACCOUNT_ID, "connector": FOREIGN_CONNECTOR_ID}
    assert envelope(client.get("/latest", headers=token, **own))["result"]["count"] == 20
    assert client.get("/latest", headers=token).status == 403


def test_empty_connector_is_empty(client: Client) -> None:
    """A connector without events has an empty list and no latest events."""
    for suffix in ("", "/latest"):
        result = envelope(client.get(suffix, connector=EMPTY_CONNECTOR_ID, **WINDOW))["result"]
        assert result == {"count": 0, "items": []}


def test_every_response_has_the_vendors_headers(client: Client) -> None:
    """Results and refusals alike are JSON, and have a `cf-ray` of their own, rate limits and their length."""
    rays = set()
    for response in (client.get(**WINDOW), client.get(), client.get(path="/x"), client.get(method="PUT")):
        assert response.header("Content-Type") == "application/json"
        assert response.header("Ratelimit") == '"default";r=1199;t=300'
        assert response.header("Ratelimit-Policy") == '"default";q=1200;w=300'
        assert response.header("Content-Length") == str(len(response.body or b""))
        rays.add(response.header("cf-ray"))
    assert len(rays) == 4


def test_malfunction_is_an_envelope(client: Client) -> None:
    """What goes wrong within the server is a 500 with the envelope, and shows nothing of it."""
    answer = client.handler.malfunction(Request("GET", "/"))
    assert refusal(answer.response) == (500, 1009)
