"""What any client may ask of any conformant server: no rule over its answers finds anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Request
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.data.store import EventStore

PLAN = Plan(load())
START = 1_700_000_000
SPAN = 12
"""Seconds over which events are recorded; each is collected up to a minute later."""
PATH = f"{BASE_PATH}/accounts/{ACCOUNT_ID}/magic/connectors/{CONNECTOR_ID}/telemetry/events"
HEADERS = (("Authorization", f"Bearer {MAIN_ACCOUNT.token}"),)
KINDS = ("Init", "Leave", "Reconcile")

BEHAVIORS = st.builds(
    Behavior,
    order=st.sampled_from(["ascending", "descending"]),
    time=st.sampled_from(["t", "a"]),
    start=st.sampled_from(["inclusive", "exclusive"]),
    end=st.sampled_from(["inclusive", "exclusive"]),
    count=st.sampled_from(["page", "total"]),
    default_limit=st.integers(1, 6),
    max_limit=st.integers(2, 6),
    over_limit=st.sampled_from(["clamp", "refuse"]),
    paging=st.sampled_from(["keyset", "offset"]),
    last_page=st.sampled_from(["omits-cursor", "omits-cursor-if-short", "leads-to-empty-page"]),
    latest=st.sampled_from(["newest", "newest-of-each-kind"]),
    latest_limit=st.integers(1, 8),
    latest_order=st.sampled_from(["newest-first", "oldest-first"]),
    unknown_kind=st.sampled_from(["empty", "refuse"]),
    reversed_window=st.sampled_from(["empty", "refuse"]),
    envelope=st.sampled_from(["full", "lean"]),
    numbers=st.sampled_from(["integer", "integral-float"]),
    rate_headers=st.booleans(),
    throttle_every=st.sampled_from([None, None, 7, 20]),
    arrival_every=st.sampled_from([None, None, None, 1, 4]),
)
# Windows that share bounds, the whole one more often than others, and any other.
SECONDS = st.integers(-2, SPAN + 60)
WINDOWS = st.one_of(
    st.just((-1, SPAN + 61)),
    st.just((-1, SPAN + 61)),
    st.tuples(st.sampled_from([-1, 3, 6]), st.sampled_from([6, SPAN, SPAN + 61])),
    st.tuples(SECONDS, SECONDS),
)


@dataclass(frozen=True)
class Listing:
    """A client lists a window, in seconds after the start, and follows so many cursors."""

    window: tuple[int, int]
    query: dict[str, Any]
    follow: int


@dataclass(frozen=True)
class Fetching:
    """A client fetches one of the events that there are, by its number, or one that there is not."""

    number: int


@dataclass(frozen=True)
class Latest:
    """A client asks for the latest events."""


@dataclass(frozen=True)
class Arrival:
    """An event is collected only now, which the connector recorded in that second."""

    second: int
    kind: str


Visit = Listing | Fetching | Latest | Arrival
LISTINGS = st.builds(
    Listing,
    WINDOWS,
    st.fixed_dictionaries({}, optional={"limit": st.integers(1, 9), "k": st.sampled_from(["Init", "Init", "Leave", "Other"])}),
    st.sampled_from([99, 99, 99, 0, 1]),
)
FETCHINGS = st.builds(Fetching, st.integers(0, 99))
ARRIVALS = st.builds(Arrival, st.integers(0, SPAN), st.sampled_from(KINDS))
VISITS = st.lists(LISTINGS | LISTINGS | LISTINGS | FETCHINGS | st.just(Latest()) | ARRIVALS, min_size=3, max_size=12)
RECORDED = st.lists(st.tuples(st.integers(0, SPAN), st.sampled_from(KINDS), st.integers(0, 59)), max_size=14)


def events(recorded: list[tuple[int, str, int]]) -> Iterator[StoredEvent]:
    """What a connector recorded: n counts within a second."""
    n, last = 0, -1
    for second, kind, delay in sorted(recorded, key=lambda each: each[0]):
        n, last = (n + 1 if second == last else 0), second
        yield StoredEvent(CONNECTOR_ID, START + second, n, START + second + delay, {"k": kind}, "1" if n else None)


class Client:
    """Asks one handler, and keeps what it got. With a clock, it is late where no event arrives any more."""

    def __init__(self, store: EventStore, behavior: Behavior, *, clock: bool) -> None:
        self.store, self.clock = store, clock
        self.late = 0 if behavior.arrival_every else 10_000
        self.handler = Handler(store, behavior=behavior)
        self.exchanges: list[Exchange] = []

    def ask(self, suffix: str = "", **query: Any) -> Any:
        """The result of one request, or None where it was refused."""
        request = Request("GET", f"{PATH}{suffix}?{urlencode(query)}" if query else PATH + suffix, HEADERS)
        started = max((float(event.t + self.late) for event in self.store.newest(CONNECTOR_ID, 1)), default=0.0)
        response = self.handler.handle(request)
        self.exchanges.append(Exchange(response, request, started=started if self.clock else None))
        return json.loads(response.body or b"").get("result") if response.status == 200 else None

    def visit(self, what: Visit) -> None:
        """Do what a client does."""
        match what:
            case Listing((start, end), query, follow):
                asked = {"from": START + start, "to": START + end, **query}
                page = self.ask(**asked)
                for _ in range(follow):
                    if page is None or "cursor" not in page:
                        break
                    page = self.ask(**asked, cursor=page["cursor"])
            case Fetching(number):
                known = [event.key for event in self.store.newest(CONNECTOR_ID, 1_000)]
                t, n = [*known, (START, 99)][number % (len(known) + 1)]
                self.ask(f"/{t}.{n}")
            case Latest():
                self.ask("/latest")
            case Arrival(second, kind):
                self.collect(START + second, kind)

    def collect(self, t: int, kind: str) -> None:
        """Have the connector's newest event of that second collected after all others."""
        known = self.store.newest(CONNECTOR_ID, 1_000)
        a = max([t, *(event.a + 1 for event in known)])
        n = sum(event.t == t for event in known)
        self.store.insert([StoredEvent(CONNECTOR_ID, t, n, a, {"k": kind}, None)])


@given(BEHAVIORS, RECORDED, VISITS, st.sampled_from([True, True, False]))
def test_a_conformant_server_is_never_accused(
    behavior: Behavior, recorded: list[tuple[int, str, int]], visits: list[Visit], clock: bool
) -> None:
    """Whatever a server chose where nobody documents it, whatever it holds, records meanwhile and is asked, in whatever order."""
    with closing(EventStore(":memory:")) as store:
        store.add_connector(ACCOUNT_ID, CONNECTOR_ID)
        store.insert(events(recorded))
        client = Client(store, behavior, clock=clock)
        for visit in visits:
            client.visit(visit)
    session = Session(PLAN)
    for exchange in client.exchanges:
        session.observe(exchange)
    session.conclude()

    assert [] == [(finding.code, finding.message) for finding in session.tally.findings()]
