"""What any client may ask of any conformant server: no rule over its answers finds anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields, replace
from typing import Any, get_args, get_type_hints
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Intent, Request
from mconn_contracts.model.finding import Severity
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.behavior import DEFAULT, Behavior
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

# What a switch may be set to, where its type does not say so; each is its default in about half of the servers.
OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "default_limit": st.integers(1, 6),
    "max_limit": st.integers(2, 6),
    "widest_window": st.integers(1, 2 * SPAN),
    "narrowest_window": st.integers(1, SPAN),
    "retention": st.integers(1, 2 * SPAN),
    "latest_limit": st.integers(1, 8),
    "latest_lag": st.integers(1, 3),
    "notice": st.just("Telemetry is kept for 30 days"),
    "indent": st.sampled_from([0, 2]),
    "content_type": st.sampled_from(["application/json; charset=UTF-8", "Application/JSON"]),
    "rate_quota": st.integers(1, 9),
    "rate_window": st.integers(1, 9),
    "retry_after": st.integers(0, 9),
    "throttle_every": st.sampled_from([7, 20]),
    "reset_every": st.sampled_from([7, 20]),
    "arrival_every": st.sampled_from([1, 4]),
    "expiry_every": st.sampled_from([1, 2, 5]),
}
ON_THE_WIRE = {"delay"}
"""Switches that no response shows."""
WEIGHED = {"MC202", "MC302", "MC305", "MC406"}
"""What a server is warned of, and not accused: an order of its own, a failure that says no error."""


def switched(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """What a switch of a behavior may be set to."""
    if name in OTHERS:
        return OTHERS[name]
    return st.booleans() if kind is bool else st.sampled_from(get_args(kind))


def agreeing(chosen: dict[str, Any]) -> Behavior:
    """A behavior whose switches agree: a server takes its own default, and the latest say the total where lists do."""
    behavior = replace(DEFAULT, **chosen)
    behavior = replace(behavior, default_limit=min(behavior.default_limit, behavior.max_limit))
    return behavior if behavior.count == "total" else replace(behavior, latest_count="number")


SWITCHES = {name: switched(name, kind) for name, kind in get_type_hints(Behavior).items() if name not in ON_THE_WIRE}
BEHAVIORS = st.fixed_dictionaries(
    # By default a page would have all events.
    {"max_limit": OTHERS["max_limit"], "latest_limit": OTHERS["latest_limit"]},
    optional={name: each for name, each in SWITCHES.items() if name not in ("max_limit", "latest_limit")},
).map(agreeing)
ODD_LIMITS = (0, -3, 10**20)
"""Limits of which nobody documents what they get."""
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
LIMITS = st.integers(1, 9) | st.integers(1, 9) | st.sampled_from([*ODD_LIMITS])
LISTINGS = st.builds(
    Listing,
    WINDOWS,
    st.fixed_dictionaries({}, optional={"limit": LIMITS, "k": st.sampled_from(["Init", "Init", "Leave", "Other"])}),
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
        """The result of one request, or None if it was refused."""
        request = Request("GET", f"{PATH}{suffix}?{urlencode(query)}" if query else PATH + suffix, HEADERS)
        intent = Intent(malformed=("limit",)) if query.get("limit") in ODD_LIMITS else None
        started = max((float(event.t + self.late) for event in self.store.newest(CONNECTOR_ID, 1)), default=0.0)
        answer = self.handler.answer(request)
        if answer.delivery.reset:
            return None
        response = answer.response
        self.exchanges.append(Exchange(response, request, intent=intent, started=started if self.clock else None))
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

    accusing = [
        finding for finding in session.tally.findings() if finding.severity is Severity.ERROR or finding.code not in WEIGHED
    ]
    assert [] == [(finding.code, finding.message) for finding in accusing]


def test_every_switch_is_drawn() -> None:
    """Whatever a server may choose is among what is drawn, but for what no response shows."""
    assert {field.name for field in fields(Behavior)} == SWITCHES.keys() | ON_THE_WIRE
