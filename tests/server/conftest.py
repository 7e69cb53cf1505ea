"""A client of the handler, without sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID, Lifecycle
from mconn_contracts.server.reference import open_store

TOKEN: Headers = (("Authorization", f"Bearer {MAIN_ACCOUNT.token}"),)


@dataclass
class Client:
    """Asks one handler for the events of the main connector, with the main account's token."""

    handler: Handler

    def answer(
        self,
        suffix: str = "",
        *,
        method: str = "GET",
        headers: Headers = TOKEN,
        account: str = ACCOUNT_ID,
        connector: str = CONNECTOR_ID,
        path: str | None = None,
        **query: object,
    ) -> OutgoingMessage:
        """The answer to a request to the connector's events plus `suffix`, or to `path`."""
        target = path or f"{BASE_PATH}/accounts/{account}/magic/connectors/{connector}/telemetry/events{suffix}"
        text = urlencode({name.rstrip("_"): value for name, value in query.items()})
        return self.handler.answer(Request(method, f"{target}?{text}" if text else target, headers))

    def get(self, suffix: str = "", **options: Any) -> Response:
        """The response of such an answer."""
        return self.answer(suffix, **options).response

    def page(self, **query: object) -> dict[str, Any]:
        """The result of a list, of everything unless the query says otherwise."""
        response = self.get(**{"from_": 0, "to": 2_000_000_000, **query})
        assert response.status == 200, response.body
        return json.loads(response.body or b"")["result"]

    def walk(self, **query: object) -> list[list[dict[str, Any]]]:
        """The items of each page, by cursor, up to 500 pages."""
        pages, more = [], {}
        for _ in range(500):
            page = self.page(**query, **more)
            pages.append(page["items"])
            if "cursor" not in page:
                break
            more = {"cursor": page["cursor"]}
        return pages


Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts handlers, each over a store of its own."""
    opened = []

    def begin(
        behavior: Behavior = DEFAULT, *, main: Lifecycle | None = None, faults: tuple[Fault, ...] = (), seed: int = 0
    ) -> Client:
        store = open_store(seed=seed, main=main, faults=faults)
        opened.append(closing(store))
        return Client(Handler(store, behavior=behavior, hooks=faults))

    yield begin
    for each in opened:
        with each:
            pass


@pytest.fixture
def client(start: Start) -> Client:
    """A client of the reference server's own behavior."""
    return start()
