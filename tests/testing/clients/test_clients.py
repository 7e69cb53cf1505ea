"""The responses of every client library and test client, in good order and broken."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import django
import flask
import httpx
import pytest
import requests
import urllib3
from django.conf import settings
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.test import Client as DjangoClient
from django.urls import path
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.testing.bodies import PATH, QUERY, page
from werkzeug.test import Client as WerkzeugClient
from werkzeug.wrappers import Response as WerkzeugResponse

from mconn_contracts.errors import UsageError
from mconn_contracts.testing.contract import Contract, ContractError
from mconn_contracts.testing.server import SwitchableServer

TOKEN = "canary-token-000000000000000"
SENT = {"Authorization": f"Bearer {TOKEN}"}
URL = f"{PATH}?{QUERY}"
COUNT = {"count": 1}
"""What the applications below count."""


def of_django(request: HttpRequest) -> JsonResponse:
    """The view."""
    return JsonResponse(page(COUNT["count"]))


def streamed_by_django(request: HttpRequest) -> StreamingHttpResponse:
    """The view, in pieces."""
    return StreamingHttpResponse([json.dumps(page(COUNT["count"])).encode()], content_type="application/json")


urlpatterns = [path(PATH.lstrip("/"), of_django), path(f"streamed{PATH}", streamed_by_django)]

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for tests", DEBUG=False)
django.setup()


def from_starlette() -> Any:
    """Starlette's test client."""
    app = Starlette(routes=[Route(PATH, lambda _: JSONResponse(page(COUNT["count"])))])
    return TestClient(app).get(URL, headers=SENT)


def from_fastapi() -> Any:
    """FastAPI's test client."""
    app = FastAPI()
    app.get(PATH)(lambda: page(COUNT["count"]))
    return TestClient(app).get(URL, headers=SENT)


def from_flask() -> Any:
    """Flask's test client."""
    app = flask.Flask("events")
    app.get(PATH)(lambda: page(COUNT["count"]))
    return app.test_client().get(URL, headers=SENT)


def from_werkzeug() -> Any:
    """Werkzeug's test client."""
    answer = WerkzeugResponse(json.dumps(page(COUNT["count"])), mimetype="application/json")
    return WerkzeugClient(answer).get(URL, headers=SENT)


def from_django() -> Any:
    """Django's test client."""
    return DjangoClient().get(URL, headers=SENT)


def from_django_streaming() -> Any:
    """Django's test client, of a streamed response."""
    return DjangoClient().get(f"/streamed{URL}", headers=SENT)


@pytest.mark.parametrize(
    "get",
    [from_starlette, from_fastapi, from_flask, from_werkzeug, from_django, from_django_streaming],
    ids=lambda each: each.__name__,
)
def test_test_clients(get: Callable[[], Any], contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """The response of an application's test client passes, and fails where it breaks the contract, without its token."""
    assert () == contract.check(get())
    monkeypatch.setitem(COUNT, "count", 0)
    with pytest.raises(ContractError, match="MC301 count-mismatch") as error:
        contract.check(get())

    assert {"listEvents": {"200": 2}} == contract.session.tally.coverage.operations
    assert (False, True) == (TOKEN in str(error.value), "GET http://" in str(error.value))


def with_requests(url: str, headers: dict[str, str]) -> Any:
    """requests."""
    return requests.get(url, headers=headers, timeout=30)


def with_httpx(url: str, headers: dict[str, str]) -> Any:
    """httpx."""
    with httpx.Client(trust_env=False) as client:
        return client.get(url, headers=headers)


def with_aiohttp(url: str, headers: dict[str, str]) -> Any:
    """aiohttp, its body read."""

    async def get() -> aiohttp.ClientResponse:
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
            await response.read()
            return response

    return asyncio.run(get())


def with_urllib3(url: str, headers: dict[str, str]) -> Any:
    """urllib3."""
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, headers=headers)


def with_urllib3_by_path(url: str, headers: dict[str, str]) -> Any:
    """urllib3, by a pool of one host."""
    parts = urllib3.util.parse_url(url)
    with urllib3.HTTPConnectionPool(str(parts.host), parts.port) as pool:
        return pool.request("GET", parts.request_uri, headers=headers)


@pytest.mark.parametrize(
    "get", [with_requests, with_httpx, with_aiohttp, with_urllib3, with_urllib3_by_path], ids=lambda each: each.__name__
)
def test_client_libraries(get: Callable[..., Any], contract: Contract, mconn_server: SwitchableServer) -> None:
    """The response of a library passes, and fails where the server breaks the contract, without its token."""
    url = f"{mconn_server.events_url}?{QUERY}"
    assert () == contract.check(get(url, mconn_server.headers))
    mconn_server.faults("count-off-by-one")
    with pytest.raises(ContractError, match="MC301 count-mismatch") as error:
        contract.check(get(url, mconn_server.headers))

    assert mconn_server.token not in str(error.value)
    assert {"listEvents": {"200": 2}} == contract.session.tally.coverage.operations


def test_a_stream_that_was_not_read_is_wrong_use(contract: Contract, mconn_server: SwitchableServer) -> None:
    """httpx keeps no body of a stream by itself; the error says what to do."""
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("GET", f"{mconn_server.events_url}?{QUERY}") as response,
        pytest.raises(UsageError, match=r"response\.read\(\)"),
    ):
        contract.check(response)


def test_a_body_that_aiohttp_has_not_read_is_wrong_use(contract: Contract, mconn_server: SwitchableServer) -> None:
    """aiohttp reads a body when it is awaited; the error says what to await."""

    async def check() -> None:
        url = f"{mconn_server.events_url}?{QUERY}"
        async with aiohttp.ClientSession() as session, session.get(url, headers=mconn_server.headers) as response:
            with pytest.raises(UsageError, match=r"await response\.read\(\)"):
                contract.check(response)

    asyncio.run(check())


def test_a_response_that_was_not_awaited_is_wrong_use(contract: Contract) -> None:
    """What an asynchronous client returns is not a response; the error says what to do."""

    async def get() -> None:
        """A request."""

    sent = get()
    with contextlib.closing(sent), pytest.raises(UsageError, match="not a response yet; await it first"):
        contract.check(sent)


def made_for_requests(status: int | None, body: bytes) -> requests.Response:
    """A response of requests as a test makes it, which answers no request."""
    made = requests.Response()
    made.status_code = status  # type: ignore[assignment]
    made.headers["Content-Type"] = "application/json"
    made._content = body
    return made


def made_for_httpx(status: int, body: bytes) -> httpx.Response:
    """A response of httpx as a test makes it, which answers no request."""
    return httpx.Response(status, headers={"Content-Type": "application/json"}, content=body)


@pytest.mark.parametrize("operation", ["listEvents", None])
@pytest.mark.parametrize("make", [made_for_requests, made_for_httpx], ids=lambda each: each.__name__)
def test_responses_made_by_hand(make: Callable[[int, bytes], Any], operation: str | None, contract: Contract) -> None:
    """A response that a test has made is judged as what the operation says, or by its shape."""
    assert () == contract.check(make(200, json.dumps(page(1)).encode()), operation)
    with pytest.raises(ContractError, match=r"(?s)the response \(200\).*MC301 count-mismatch"):
        contract.check(make(200, json.dumps(page(0)).encode()), operation)

    assert 2 == contract.session.tally.exchanges


def test_a_response_without_a_status_is_wrong_use(contract: Contract) -> None:
    """A response of requests that was made and never filled says what it lacks."""
    with pytest.raises(UsageError, match="the status of the response is None; give a number from 100 to 599"):
        contract.check(made_for_requests(None, b"{}"), "listEvents")
