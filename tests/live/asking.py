"""A client and a sender to a server that answers by a script."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.live.scripted import Answer, Scripted, scripted

from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Client
from mconn_contracts.live.http import HttpTransport
from mconn_contracts.live.sender import Sender
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Exchange

TOKEN = {"Authorization": "Bearer s3cr3t-t0ken"}
PATH = "/accounts/a1/magic/connectors/c1/telemetry/events"


class Judge:
    """Takes every exchange, and finds nothing."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> Judgement:
        """Keep the exchange."""
        self.exchanges.append(exchange)
        return Judgement((), frozenset())

    @property
    def statuses(self) -> list[int | None]:
        """The statuses of what was judged, in order."""
        return [exchange.response.status for exchange in self.exchanges]


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Sleep, which takes no time."""
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def budget(self, requests: int = 100, **options: Any) -> Budget:
        """A budget that keeps time by this clock."""
        return Budget(requests, clock=lambda: self.now, sleep=self.sleep, **options)


def target_at(url: str) -> Target:
    """A target with a token."""
    return Target(url, "a1", "c1", TOKEN)


@contextmanager
def client_of(target: Target, budget: Budget | None = None, **options: Any) -> Iterator[tuple[Client, Judge]]:
    """A client of a target."""
    judge = Judge()
    with closing(Client(target, HttpTransport(target), budget or Budget(100), judge, **options)) as client:
        yield client, judge


@contextmanager
def sender_to(*script: Answer, **options: Any) -> Iterator[tuple[Sender, Scripted, Judge]]:
    """A sender to a server with this script."""
    with scripted(*script) as server, client_of(target_at(server.url), **options) as (client, judge):
        yield Sender(client), server, judge


def line(server: Scripted, index: int = 0) -> str:
    """The first line of a request that the server got."""
    return server.heads[index].partition("\r\n")[0]
