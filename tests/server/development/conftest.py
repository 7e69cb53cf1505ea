"""A server to develop against, asked without sockets, by clocks that a test sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.server.conftest import TOKEN, Client

from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.model.exchange import Response
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.development.assembly import Development, Settings

BEGUN = 1_800_000_000
"""When a server starts."""


@dataclass
class Asked(Client):
    """Asks a development server. `now` is what its clocks show."""

    now: float = BEGUN

    def prefer(self, *values: str, suffix: str = "/latest", **options: Any) -> OutgoingMessage:
        """The answer to a request with these `Prefer` fields."""
        return self.answer(suffix, headers=(*TOKEN, *(("Prefer", value) for value in values)), **options)


Develop = Callable[..., Asked]


@pytest.fixture
def develop() -> Iterator[Develop]:
    """Starts development servers, of settings and overlays."""
    opened: list[Development] = []

    def begin(*overlays: str, **settings: Any) -> Asked:
        asked = Asked(None)  # type: ignore[arg-type] (the server needs its clock first)
        opened.append(
            Development(Settings(**settings), overlaid(load(), overlays), now=lambda: asked.now, elapsed=lambda: asked.now)
        )
        asked.handler = opened[-1].responder
        return asked

    yield begin
    for each in opened:
        each.close()


@pytest.fixture
def asked(develop: Develop) -> Asked:
    """A server with nothing set."""
    return develop()


def field(response: Response, name: str) -> str | None:
    """The values of a header field, joined; None if there is none."""
    return ", ".join(value for key, value in response.headers if key.lower() == name) or None


def result(response: Response) -> Any:
    """What `result` holds."""
    return json.loads(response.body or b"")["result"]


def message(response: Response) -> str:
    """The message of a refusal, whose envelope is right."""
    document = json.loads(response.body or b"")
    assert document["success"] is False
    return str(document["errors"][0]["message"])
