"""What is wrong with requests, also by documents whose parameters are others than this one's."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mconn_contracts.contract.api import LIST
from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.model.exchange import Exchange, Intent, Request, Response
from mconn_contracts.model.finding import Severity

DOCUMENT = load()
EVENTS = "/magic/connectors/c1/telemetry/events"
BODY = b'{"success": true, "errors": [], "messages": [], "result": {"count": 0, "items": []}}'
WINDOW = "from=1&to=2"
OF_REQUESTS = ("MC6",)


def documented(**bounds: Any) -> Document:
    """The document with the parameters of its path the other way round, one in a header, and other bounds of `limit`."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    place = raw["paths"][LIST.path]
    place["parameters"].reverse()
    header = {"name": "page", "in": "header", "required": True, "schema": {"type": "integer", "maximum": 3}}
    place["get"]["parameters"].insert(0, header)
    raw["components"]["parameters"]["AccountId"]["schema"] = {"type": "string", **bounds.pop("account", {})}
    raw["components"]["parameters"]["Limit"]["schema"] = {"type": "integer", **bounds}
    return Document(raw, "changed.yaml")


def found(
    document: Document, query: str, account: str = "a1", status: int | None = 200, **rest: Any
) -> list[tuple[str, str, str]]:
    """The findings in a request for a list: code, severity and message."""
    request = Request("GET", f"http://127.0.0.1/accounts/{account}{EVENTS}?{query}", (("page", "x"),))
    response = Response(status, (("content-type", "application/json"),), BODY)
    judgement = check(Exchange(response, request, **rest), Plan(document, select=OF_REQUESTS))
    return [(each.code, each.severity.name.lower(), each.message) for each in judgement.findings]


@pytest.mark.parametrize(
    "bounds, query, account, expected",
    [
        ({}, WINDOW, "a1", []),
        ({}, f"{WINDOW}&limit=0", "a1", []),
        ({}, f"{WINDOW}&limit={2**53 - 1}", "a1", []),
        ({}, f"{WINDOW}&limit={2**53}", "a1", [("MC603", f'limit is "{2**53}", but must be from 0 to {2**53 - 1}')]),
        ({}, f"{WINDOW}&limit=-1", "a1", [("MC603", f'limit is "-1", but must be from 0 to {2**53 - 1}')]),
        ({"minimum": 2, "maximum": 5}, f"{WINDOW}&limit=2", "a1", []),
        ({"minimum": 2, "maximum": 5}, f"{WINDOW}&limit=5", "a1", []),
        ({"minimum": 2, "maximum": 5}, f"{WINDOW}&limit=6", "a1", [("MC603", 'limit is "6", but must be from 2 to 5')]),
        ({"minimum": 2, "maximum": 5}, f"{WINDOW}&limit=1", "a1", [("MC603", 'limit is "1", but must be from 2 to 5')]),
        ({}, f"{WINDOW}&limit=1.0", "a1", [("MC603", 'limit is "1.0", but must be an integer in decimal digits')]),
        (
            {"maximum": 10**30},
            f"{WINDOW}&limit={10**20}",
            "a1",
            [("MC603", f'limit is "{10**20}", but must be from 0 to {10**30}')],
        ),
        ({"maximum": 10**30}, f"{WINDOW}&limit={10**19}", "a1", []),
        ({}, f"{WINDOW}&limit=1&limit=1&limit=2", "a1", [("MC605", "limit is sent 3 times; it must be sent once")]),
        (
            {},
            f"{WINDOW}&page=1",
            "a1",
            [("MC606", 'listEvents does not declare "page"; it declares from, to, limit, cursor, k')],
        ),
        ({}, "to=2", "a1", [("MC602", "the query has no 'from', which listEvents requires")]),
        ({}, WINDOW, "a" * 32, []),
        ({}, WINDOW, "a" * 33, [("MC607", "the account id has 33 characters; at most 32 are allowed")]),
        ({"account": {"maxLength": 3}}, WINDOW, "aaa", []),
        ({"account": {"maxLength": 3}}, WINDOW, "aaaa", [("MC607", "the account id has 4 characters; at most 3 are allowed")]),
    ],
)
def test_a_request_is_held_to_what_its_document_declares(
    bounds: dict[str, Any], query: str, account: str, expected: list[tuple[str, str]]
) -> None:
    """Whatever the order of the parameters; those of a header are not of the query."""
    assert expected == [(code, message) for code, _, message in found(documented(**bounds), query, account)]


@pytest.mark.parametrize(
    "status, severity", [(None, "error"), (200, "error"), (399, "error"), (400, "warning"), (499, "warning"), (500, "error")]
)
def test_what_was_refused_did_no_harm(status: int | None, severity: str) -> None:
    """A wrong request that is refused with 4xx is a warning."""
    assert [("MC603", severity)] == [each[:2] for each in found(DOCUMENT, f"{WINDOW}&limit=x", status=status)]


@pytest.mark.parametrize("known", [{"intent": Intent()}, {"negative": True}])
def test_what_was_made_up_is_not_judged(known: dict[str, Any]) -> None:
    """Neither the request of a probe, nor one that a recorder marked as meant to be refused."""
    assert [] == found(DOCUMENT, "limit=x&q=1", "a" * 40, **known)


def test_a_document_without_an_account_id_asks_nothing_of_it() -> None:
    """A path may be another one."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    raw["components"]["parameters"]["AccountId"]["name"] = "owner"
    for path in list(raw["paths"]):
        raw["paths"][path.replace("{account_id}", "{owner}")] = raw["paths"].pop(path)
    plan = Plan(DOCUMENT, select=OF_REQUESTS)
    object.__setattr__(plan, "document", Document(raw, "changed.yaml"))
    request = Request("GET", f"/accounts/{'a' * 40}{EVENTS}?{WINDOW}")

    assert () == check(Exchange(Response(200, (), BODY), request), plan).findings


BEARER, EMAIL, KEY = ("Authorization", "Bearer abc"), ("X-Auth-Email", "a@example.com"), ("X-Auth-Key", "abc")


@pytest.mark.parametrize(
    "headers, expected",
    [
        ((), None),
        ((("Accept", "a"),), None),
        ((BEARER,), []),
        ((EMAIL, KEY), []),
        ((BEARER, EMAIL), []),
        ((BEARER, KEY), []),
        ((EMAIL,), ["X-Auth-Email is sent without X-Auth-Key; a request must have both"]),
        ((KEY,), ["X-Auth-Key is sent without X-Auth-Email; a request must have both"]),
        ((("authorization", "Basic abc"),), ["Authorization is not `Bearer` and a token, as it must be"]),
        ((("AUTHORIZATION", ""),), ["Authorization is not `Bearer` and a token, as it must be"]),
        ((("Authorization", "Basic abc"), EMAIL, KEY), ["Authorization is not `Bearer` and a token, as it must be"]),
        ((("Authorization", "[REDACTED]"),), None),
        ((("Authorization", "Bearer [secret]"),), []),
    ],
)
def test_a_credential_has_one_of_two_forms(headers: tuple[tuple[str, str], ...], expected: list[str] | None) -> None:
    """One that was left out or replaced by a recorder decides nothing."""
    request = Request("GET", f"http://127.0.0.1/accounts/a1{EVENTS}?{WINDOW}", headers)
    judgement = check(Exchange(Response(200, (), BODY), request), Plan(DOCUMENT, select=("MC604",)))

    assert expected == ([each.message for each in judgement.findings] if "MC604" in judgement.decided else None)
    assert all(each.severity is Severity.ERROR for each in judgement.findings)
