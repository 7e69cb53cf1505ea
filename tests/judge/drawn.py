"""Sessions drawn by a number: a small server that chooses this or that, asked at random, and some of its answers spoilt."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Origin, Request, Response
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.data.store import EventStore

SECOND_ID = "00000000-0000-4000-8000-000000000002"
"""Another connector of the same account."""
START, SPAN = 1_000, 12
"""The first second in which events are recorded, and how many seconds there are."""
KINDS = ("Init", "Leave", "StartUpgrade")
AUTHORIZATION = (("Authorization", f"Bearer {MAIN_ACCOUNT.token}"),)
SWITCHES: dict[str, tuple[Any, ...]] = {
    "order": ("ascending", "descending", "newest-second-first", "collected", "collected-descending", "kind"),
    "time": ("t", "a"),
    "start": ("inclusive", "exclusive"),
    "end": ("inclusive", "exclusive"),
    "count": ("page", "total"),
    "default_limit": (2, 3, 5),
    "max_limit": (4, 6),
    "over_limit": ("clamp", "refuse"),
    "paging": ("keyset", "offset"),
    "last_page": ("omits-cursor", "omits-cursor-if-short", "leads-to-empty-page"),
    "widest_window": (None, 8),
    "narrowest_window": (None, 3),
    "latest": ("newest", "newest-of-each-kind"),
    "latest_limit": (2, 4, 20),
    "latest_order": ("newest-first", "oldest-first"),
    "latest_versions": (True, False),
    "unknown_kind": ("empty", "refuse"),
    "reversed_window": ("empty", "refuse"),
    "result_of_errors": ("omitted", "null"),
    "numbers": ("integer", "integral-float"),
    "arrival_every": (None, None, 3),
    "expiry_every": (None, None, 4),
}
WINDOWS = ((-1, SPAN + 90), (-1, SPAN + 90), (0, SPAN + 90), (3, 8), (3, 9), (2, 8), (0, 6), (6, SPAN), (5, 5), (8, 3))


@cache
def session(number: int, *, spoilt: bool = True) -> tuple[Exchange, ...]:
    """The exchanges of a session, each told by its entry; up to three things are spoilt in it, or nothing."""
    rng = random.Random(number)
    chosen = {name: rng.choice(values) for name, values in SWITCHES.items() if rng.random() < 0.3}
    behavior = replace(DEFAULT, **{"default_limit": 3, "max_limit": 6, **chosen})
    behavior = replace(behavior, default_limit=min(behavior.default_limit, behavior.max_limit))
    with closing(EventStore(":memory:")) as store:
        for connector in (CONNECTOR_ID, SECOND_ID):
            store.add_connector(ACCOUNT_ID, connector)
            store.insert(_events(rng, connector))
        client = _Client(rng, store, behavior)
        for _ in range(rng.randint(6, 14)):
            rng.choice(client.visits)()
    exchanges = client.exchanges
    for _ in range(rng.choice((1, 1, 1, 2, 3)) if spoilt else 0):
        rng.choice(_OF_EVENTS if rng.random() < 0.75 else _OF_ANSWERS)(rng, exchanges)
    return tuple(replace(each, origin=Origin("drawn", entry=index)) for index, each in enumerate(exchanges))


def _events(rng: random.Random, connector: str) -> list[StoredEvent]:
    seconds = sorted(rng.randrange(SPAN) for _ in range(rng.randint(3, 12)))
    events = []
    for index, second in enumerate(seconds):
        kind = rng.choice(KINDS)
        e = {"k": kind, "url": "https://example.com/"} if kind == "StartUpgrade" else {"k": kind}
        t = START + second
        a, v = t + rng.choice((0, 1, 2, 30)), rng.choice(("1.0", "1.0", None))
        events.append(StoredEvent(connector, t, index - seconds.index(second), a, e, v))
    return events


class _Client:
    """Asks for lists, events and the latest, and keeps what it got; a probe says what it meant, and a clock may run."""

    def __init__(self, rng: random.Random, store: EventStore, behavior: Behavior) -> None:
        self.exchanges: list[Exchange] = []
        self.visits: list[Callable[[], None]] = [self.list] * 9 + [self.fetch] * 2 + [self.latest] * 2 + [self.head, self.strange]
        self._rng = rng
        self._handler = Handler(store, behavior=behavior)
        self._probes = rng.random() < 0.6
        self._started = rng.choice((None, START + 5.0, START + 200.0, START + 200.0))
        self._windows = [*rng.sample(WINDOWS, 2), WINDOWS[0]]
        self._seen: list[tuple[int, int]] = [(START, 0)]

    def ask(
        self, suffix: str = "", query: dict[str, Any] | None = None, method: str = "GET", intent: Intent | None = None
    ) -> Any:
        """The result of one request, or None if it was refused."""
        connector = SECOND_ID if self._rng.random() < 0.05 else CONNECTOR_ID
        path = f"{BASE_PATH}/accounts/{ACCOUNT_ID}/magic/connectors/{connector}/telemetry/events{suffix}"
        request = Request(method, f"{path}?{urlencode(query)}" if query else path, AUTHORIZATION)
        answer = self._handler.answer(request).response
        request = replace(request, url=f"http://127.0.0.1{request.url}")
        meant = (intent or Intent(fair=True)) if self._probes else None
        self.exchanges.append(Exchange(answer, request, intent=meant, started=self._started))
        return json.loads(answer.body or b"{}").get("result") if answer.status == 200 else None

    def list(self) -> None:
        """A list, and the pages that follow it, now and then not to the end."""
        start, end = self._rng.choice(self._windows)
        asked: dict[str, Any] = {"from": START + start, "to": START + end}
        asked |= {"limit": self._rng.choice((1, 2, 3, 5, 9))} if self._rng.random() < 0.7 else {}
        asked |= {"k": self._rng.choice((*KINDS, "Other"))} if self._rng.random() < 0.3 else {}
        fair = Intent(fair=start < end and asked.get("limit", 1) < 5 and asked.get("k") != "Other")
        page = self.ask(query=asked, intent=fair)
        for _ in range(self._rng.choice((20, 20, 20, 20, 0, 1))):
            if page is None or "cursor" not in page:
                break
            self._seen += [(item["t"], item["n"]) for item in page["items"]]
            page = self.ask(query={**asked, "cursor": page["cursor"]}, intent=fair)

    def fetch(self) -> None:
        """An event that was listed."""
        t, n = self._rng.choice(self._seen)
        self.ask(f"/{int(t)}.{int(n)}")

    def latest(self) -> None:
        """The latest events."""
        self.ask("/latest")

    def head(self) -> None:
        """The header of a list, and the list."""
        asked = {"from": START, "to": START + SPAN}
        self.ask(query=asked, method="HEAD", intent=Intent())
        self.ask(query=asked)

    def strange(self) -> None:
        """A request that is not fair: of a connector that is not there, or with something that was made up."""
        asked = {"from": START, "to": START + SPAN}
        match self._rng.randrange(6):
            case 0:
                self.ask(query={**asked, "limit": "many"}, intent=Intent(malformed=("limit",)))
            case 1:
                self.ask(query={"from": START}, intent=Intent(malformed=("to",)))
            case 2:
                self.ask(query={**asked, "cursor": "made-up"}, intent=Intent(malformed=("cursor",)))
            case 3:
                self.ask("/1.2.3", intent=Intent(malformed=("event_id",)))
            case 4:
                self.ask(query=asked, method="POST", intent=Intent())
            case _:
                self.ask("/latest/x", intent=Intent())


# What goes wrong.


def _answer(rng: random.Random, exchanges: list[Exchange]) -> tuple[int, dict[str, Any]] | None:
    """The index of an answer with a result, and its body."""
    answers = [json.loads(each.response.body or b"{}") for each in exchanges]
    found = [index for index, each in enumerate(answers) if isinstance(each.get("result"), dict)]
    index = rng.choice(found) if found else 0
    return (index, answers[index]) if found else None


def _put(exchanges: list[Exchange], index: int, body: Any, status: int = 200) -> None:
    response = exchanges[index].response
    content = json.dumps(body).encode()
    exchanges[index] = replace(exchanges[index], response=replace(response, status=status, body=content))


def _change_items(rng: random.Random, exchanges: list[Exchange]) -> None:
    """One item of a page is gone, twice there, elsewhere, or another."""
    found = _answer(rng, exchanges)
    if found is None or not found[1]["result"].get("items"):
        return
    index, body = found
    items = body["result"]["items"]
    place = rng.randrange(len(items))
    match rng.randrange(6):
        case 0:
            del items[place]
        case 1:
            items.insert(rng.randrange(len(items)), items[place])
        case 2:
            items.insert(rng.randrange(len(items)), items.pop(place))
        case 3:
            items[place]["t"] += rng.choice((-9, -1, 1, 9))
        case 4:
            items[place]["n"] += rng.choice((1, 2))
        case _:
            name = rng.choice(("a", "k", "v", "e"))
            items[place][name] = {"a": items[place]["t"] + 7, "k": "Leave", "v": "2.0", "e": {"k": "Init"}}[name]
    if rng.random() < 0.7:
        body["result"]["count"] += len(items) - len(json.loads(exchanges[index].response.body or b"")["result"]["items"])
    _put(exchanges, index, body)


def _change_page(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A page counts otherwise, or leads elsewhere."""
    found = _answer(rng, exchanges)
    if found is None or "count" not in found[1]["result"]:
        return
    index, body = found
    result = body["result"]
    match rng.randrange(4):
        case 0:
            result["count"] += rng.choice((-1, 1))
        case 1:
            result.pop("cursor", None)
        case 2:
            others = [json.loads(each.response.body or b"{}").get("result") for each in exchanges]
            cursors = [each["cursor"] for each in others if isinstance(each, dict) and "cursor" in each]
            result["cursor"] = rng.choice([*cursors, ""])
        case _:
            result["items"] = []
    _put(exchanges, index, body)


def _change_event(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A fetched event is another, or says something else."""
    fetched = [index for index, each in enumerate(exchanges) if b'"e"' in (each.response.body or b"")]
    if not fetched:
        return
    index = rng.choice(fetched)
    body = json.loads(exchanges[index].response.body or b"")
    event = rng.choice(body["result"].get("items") or [body["result"]])
    change: dict[str, Any] = rng.choice(
        ({"v": "9"}, {"t": event["t"] + 1}, {"n": event["n"] + 1}, {"e": {"k": "Leave"}}, {"e": {"k": "Reconcile"}})
    )
    event.update(change)
    _put(exchanges, index, body)


def _refuse(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A request is refused, or fails."""
    status = rng.choice((400, 401, 403, 404, 404, 429, 500))
    errors = [{"code": 1000, "message": rng.choice(("No", "No", "No", "see /var/log/api.log"))}]
    _put(exchanges, rng.randrange(len(exchanges)), {"success": False, "errors": errors, "messages": []}, status)


def _envelope(rng: random.Random, exchanges: list[Exchange]) -> None:
    """An envelope lacks something, or says the contrary."""
    found = _answer(rng, exchanges)
    if found is None:
        return
    index, body = found
    match rng.randrange(4):
        case 0:
            body["success"] = False
        case 1:
            del body[rng.choice(sorted(body))]
        case 2:
            body["errors"] = [{"code": 1, "message": "odd"}]
        case _:
            body["result"] = rng.choice((None, [], {}, {"count": 0}))
    _put(exchanges, index, body)


def _answer_of_another(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A request gets what another one got."""
    one, other = rng.randrange(len(exchanges)), rng.randrange(len(exchanges))
    exchanges[one] = replace(exchanges[one], response=exchanges[other].response)


def _reorder(rng: random.Random, exchanges: list[Exchange]) -> None:
    """An exchange is missing, comes twice, or at another time."""
    index = rng.randrange(len(exchanges))
    match rng.randrange(3):
        case 0 if len(exchanges) > 1:
            del exchanges[index]
        case 1:
            exchanges.append(exchanges[index])
        case _:
            exchanges.insert(rng.randrange(len(exchanges)), exchanges.pop(index))


def _meant_otherwise(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A request had another credential, or named another's connector; what it got stays."""
    index = rng.randrange(len(exchanges))
    intent = Intent(rng.choice(list(Credential)), rng.choice(list(Connector)))
    exchanges[index] = replace(exchanges[index], intent=intent)


def _ask_otherwise(rng: random.Random, exchanges: list[Exchange]) -> None:
    """A request asks otherwise; what it got stays."""
    index = rng.randrange(len(exchanges))
    request = exchanges[index].request
    assert request is not None
    path, _, query = request.url.partition("?")
    url, headers = request.url, request.headers
    match rng.randrange(6):
        case 0:
            more = ("from=abc", "to=1.5", "to=99999999999999999999999", "limit=-1", "limit=2", "q=1", "k=init")
            url = f"{path}?{query}&{rng.choice(more)}"
        case 1:
            url = f"{path}?{'&'.join(query.split('&')[1:])}"
        case 2:
            url = request.url.replace(ACCOUNT_ID, "f" * 33)
        case 3:
            headers = rng.choice(
                ((("X-Auth-Email", "a@example.com"),), (("X-Auth-Key", "a"),), (("Authorization", "Basic x"),), ())
            )
        case 4:
            url = f"{path}/{rng.choice(('1000.0', '1e3.0', '1000.0.0.0', 'x'))}"
        case _:
            headers = (*headers, ("X-Auth-Email", "a@example.com"))
    exchanges[index] = replace(exchanges[index], request=Request(request.method, url, headers))


def _headers(rng: random.Random, exchanges: list[Exchange]) -> None:
    """An answer is labeled otherwise."""
    index = rng.randrange(len(exchanges))
    response: Response = exchanges[index].response
    field = rng.choice(
        (("Content-Type", "text/html"), ("Retry-After", "soon"), ("Ratelimit", '"default";r=x;t=1'), ("Content-Encoding", "br"))
    )
    kept = tuple(each for each in response.headers if each[0].lower() != field[0].lower())
    exchanges[index] = replace(exchanges[index], response=replace(response, headers=(*kept, field)))


_OF_EVENTS = [_change_items] * 5 + [_change_page] * 2 + [_change_event] * 2
_OF_ANSWERS = [_refuse, _envelope, _answer_of_another, _reorder, _meant_otherwise, _ask_otherwise, _headers]
