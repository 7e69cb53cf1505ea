"""A fixed corpus of requests: what a mutant must answer otherwise than its original, to be another server at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from mconn_contracts.model.exchange import Headers, Request, Response

Handle = Callable[[Request], Response]
Answer = tuple[int | None, Headers, bytes | None]
MOST_PAGES = 40
KINDS = ("NoSuchKind", "", "init", "Reconcil", "%00", "Reconcile%20")
NUMBERS = (
    "abc",
    "",
    "-1",
    "-0",
    "0",
    "1",
    "1.0",
    "1.5",
    "1e3",
    "1e-1",
    "01",
    "+1",
    " 1",
    "1_0",
    "nan",
    "1e999",
    "9" * 16,
    "9" * 39,
    "9" * 41,
)
CURSORS = ("", "not-a-cursor", "AAAA" * 20, "%F0%9F%92%A5", "====", "_-_-", "A")
IDS = (
    "abc",
    "abc.def",
    "1.",
    ".1",
    "1.1.1",
    "1,1",
    "01.1",
    "1.01",
    "-1.1",
    "1e9.0",
    "1.0.",
    "%31.%30",
    "1.%00",
    "9" * 17 + ".0",
    "1." + "9" * 17,
)


@dataclass(frozen=True)
class Facts:
    """What the corpus asks for: where the API is, whose events, and by which credential; other connectors, too."""

    base: str
    account: str
    connector: str
    credential: Headers
    by_key: Headers
    others: tuple[tuple[str, str], ...]

    @property
    def events(self) -> str:
        """The path of the connector's events."""
        return self.events_of(self.account, self.connector)

    def events_of(self, account: str, connector: str) -> str:
        """The path of a connector's events."""
        return f"{self.base}/accounts/{account}/magic/connectors/{connector}/telemetry/events"


def answers(handle: Handle, facts: Facts, events: list[Mapping[str, int | str]]) -> Iterator[Answer]:
    """What a server answers to each request of the corpus; walks go on by the cursors that it gives."""
    for method, url, headers in _requests(facts, events):
        yield _sent(handle, Request(method, url, headers))
    times = sorted({int(event["t"]) for event in events})
    whole = (times[0] - 5, times[-1] + 500)
    middle = (times[len(times) // 3], times[2 * len(times) // 3])
    for start, end, more in (
        (*whole, "limit=25"),
        (*whole, "limit=1"),
        (*whole, "k=Reconcile&limit=3"),
        (*middle, "limit=7"),
        (*whole, ""),
    ):
        yield from _walk(handle, facts, f"{facts.events}?from={start}&to={end}&{more}")
    yield from _borrowed(handle, facts, whole)


def listed(handle: Handle, facts: Facts) -> list[Mapping[str, int | str]]:
    """Every event of the connector, as its lists show it."""
    items: dict[tuple[int, int], Mapping[str, int | str]] = {}
    for _, _, body in _walk(handle, facts, f"{facts.events}?from=0&to=2000000000"):
        items |= {(item["t"], item["n"]): item for item in json.loads(body or b"")["result"]["items"]}
    return list(items.values())


def _sent(handle: Handle, request: Request) -> Answer:
    response = handle(request)
    return response.status, response.headers, response.body


def _walk(handle: Handle, facts: Facts, url: str) -> Iterator[Answer]:
    cursor = None
    for _ in range(MOST_PAGES):
        answer = _sent(handle, Request("GET", url + (f"&cursor={quote(cursor)}" if cursor else ""), facts.credential))
        yield answer
        cursor = _cursor(answer)
        if cursor is None:
            return


def _cursor(answer: Answer) -> str | None:
    try:
        cursor = json.loads(answer[2] or b"")["result"]["cursor"]
    except (ValueError, KeyError, TypeError):
        return None
    return cursor if isinstance(cursor, str) else None


def _borrowed(handle: Handle, facts: Facts, whole: tuple[int, int]) -> Iterator[Answer]:
    """Cursors where they do not belong: other bounds, another filter, another connector, changed in a letter."""
    start, end = whole
    url = f"{facts.events}?from={start}&to={end}&limit=4"
    cursor = _cursor(_sent(handle, Request("GET", url, facts.credential))) or "none"
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for text in (cursor, flipped, cursor[:-1], f"{cursor}=", f"{cursor} ", f"{cursor}A", cursor.lower(), cursor.upper()):
        yield _sent(handle, Request("GET", f"{url}&cursor={quote(text)}", facts.credential))
    elsewhere = [facts.events_of(*other) for other in facts.others]
    for path, query in (
        (facts.events, f"from={start + 1}&to={end}&limit=4"),
        (facts.events, f"from={start}&to={end - 1}&limit=4"),
        (facts.events, f"from={start}&to={end}&limit=9"),
        (facts.events, f"from={start}&to={end}&k=Init"),
        *((path, f"from={start}&to={end}&limit=4") for path in elsewhere),
    ):
        yield _sent(handle, Request("GET", f"{path}?{query}&cursor={quote(cursor)}", facts.credential))


def _requests(facts: Facts, events: list[Mapping[str, int | str]]) -> Iterator[tuple[str, str, Headers]]:
    """The requests that need no cursor of the server's."""
    path, valid = facts.events, facts.credential
    for query in _queries(events):
        yield "GET", f"{path}?{query}", valid
    for event in events[:: max(1, len(events) // 25)]:
        yield "GET", f"{path}/{event['t']}.{event['n']}", valid
        yield "GET", f"{path}/{event['t']}.{int(event['n']) + 9}", valid
    for event_id in IDS:
        yield "GET", f"{path}/{event_id}", valid
    first = f"{path}/{events[0]['t']}.{events[0]['n']}"
    targets = (f"{path}?from=0&to=2000000000&limit=2", f"{path}/latest", first)
    for headers in _credentials(facts):
        for target in targets:
            yield "GET", target, headers
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "get", "X" * 30):
        for target in targets:
            yield method, target, valid
    for account, connector in (*facts.others, (facts.account, "nobody"), ("nobody", facts.connector), ("nobody", "nobody")):
        other = facts.events_of(account, connector)
        for target in (f"{other}?from=0&to=2000000000&limit=2", f"{other}/latest", first.replace(path, other)):
            yield "GET", target, valid
    for route in _routes(facts):
        yield "GET", route, valid
    for coding in ("gzip", "GZIP;q=1", "gzip;q=0", "*", "identity", "br, gzip ; q=0.5", "gzip;q=0.000"):
        yield "GET", f"{path}/latest", (*valid, ("Accept-Encoding", coding))


def _queries(events: list[Mapping[str, int | str]]) -> Iterator[str]:
    times = sorted({int(event["t"]) for event in events} | {int(event["a"]) for event in events})
    first, last = times[0], times[-1]
    for instant in times[:: max(1, len(times) // 15)]:
        for start, end in (
            (instant, instant),
            (instant, last),
            (first, instant),
            (instant - 1, instant + 1),
            (instant + 1, instant),
        ):
            yield f"from={start}&to={end}"
    for limit in (1, 2, 3, 10, 25, 26, 40, 50, 99, 100, 101, 250, 251, 999, 1_000, 1_001, 10**6):
        yield f"from=0&to=2000000000&limit={limit}"
    for kind in (*sorted({str(event["k"]) for event in events}), *KINDS):
        yield f"from={first}&to={last}&k={kind}"
    for value in NUMBERS:
        yield f"from={quote(value)}&to={last}"
        yield f"from={first}&to={quote(value)}"
        yield f"from={first}&to={last}&limit={quote(value)}"
    for value in CURSORS:
        yield f"from={first}&to={last}&cursor={value}"
    for query in ("", f"from={first}", f"to={last}", "from=1&from=1&to=2", "from=1&to=2&to=2", "from=0&to=2&limit=1&limit=2"):
        yield query
    for query in ("k=Init&k=Leave", "cursor=a&cursor=b", "other=1", "From=1", "limit=%31", "k=%49nit", f"to={last}", "a=1;b=2"):
        yield f"from={first}&to={last}&{query}"


def _credentials(facts: Facts) -> Iterator[Headers]:
    yield from (facts.credential, facts.by_key, (), (*facts.credential, *facts.by_key), (*facts.credential, *facts.credential))
    (_, value), *_ = facts.credential
    token = value.removeprefix("Bearer ")
    for text in (
        f"bearer {token}",
        f"Bearer  {token} ",
        f"Basic {token}",
        token,
        "Bearer",
        "Bearer ",
        f"Bearer {token}x",
        f"Bearer {token[:-1]}",
    ):
        yield (("Authorization", text),)
    for text in (
        f"Bearer {token.upper()}",
        "Bearer no such",
        "Bearer é",
        "Bearer x=",
        f"BEARER {token}",
        "",
        " ",
        f"Bearer x{token}",
    ):
        yield (("Authorization", text),)
    email, key = facts.by_key
    yield from ((email,), (key,), (email, email, key), (email, key, key), (key, email), (email, ("X-Auth-Key", "wrong")))
    for name, text in (
        ("X-Auth-Key", ""),
        ("X-Auth-Key", "no key"),
        ("X-Auth-Key", key[1].upper()),
        ("X-Auth-Key", key[1] + "0"),
    ):
        yield (email, (name, text))
    for text in ("nobody", "", "nobody@example.com", email[1].upper(), f"x{email[1]}"):
        yield (("X-Auth-Email", text), key)


def _routes(facts: Facts) -> Iterator[str]:
    path = facts.events
    yield from ("", "/", "//", facts.base, f"{facts.base}/accounts", f"{facts.base}//accounts", path.removesuffix("/events"))
    yield from (f"{path}/", f"{path}/latest/", f"{path}/latest/x", f"{path}/a/b", f"{path}x", f"x{path}", path.upper())
    yield from (
        f"{path}/%6Catest",
        f"{path}/Latest",
        f"{path}%2Flatest",
        f"{path}/latest?",
        f"{path}/latest?limit=1",
        f"//{path}",
    )
    yield from (f"http://example.com{path}/latest", f"{path}/../events/latest", path.replace("magic", "Magic"), f"/{'y' * 400}")
