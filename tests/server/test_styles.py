"""The styles: each a conformant server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.lifecycle import END, FOREIGN_ACCOUNT_ID, FOREIGN_CONNECTOR_ID, nothing
from mconn_contracts.server.data.store import Order
from mconn_contracts.server.styles import STYLES, Style

if TYPE_CHECKING:
    from tests.server.conftest import Start

# A walk of 60 pages meets these on its way; probes retry, this test's client does not.
DISTURBING = {"throttling", "flaky"}
SIX_HOURS = 21_600
KEYS: dict[Order, Callable[[dict[str, Any]], tuple[Any, ...]]] = {
    "ascending": lambda item: (item["t"], item["n"]),
    "descending": lambda item: (-item["t"], -item["n"]),
    "newest-second-first": lambda item: (-item["t"], item["n"]),
    "collected": lambda item: (item["a"], item["t"], item["n"]),
    "collected-descending": lambda item: (-item["a"], -item["t"], -item["n"]),
    "kind": lambda item: (item["k"], item["t"], item["n"]),
}
"""What the items of each order are sorted by."""


@pytest.mark.parametrize("style", [style for name, style in STYLES.items() if name not in DISTURBING], ids=lambda s: s.name)
def test_walks_are_whole_and_in_order(start: Start, style: Style) -> None:
    """In every style, walks at several limits show the same sequence, in its order, without a repetition.

    Where events expire, a later walk shows what is left of an earlier one.
    """
    client = start(style.behavior, main=style.main)
    choice = style.behavior
    since = END - SIX_HOURS if choice.widest_window or choice.retention else 0
    walks = [[item for page in client.walk(from_=since, to=END, limit=limit) for item in page] for limit in (20, 13, 7)]
    for earlier, later in pairwise(walks):
        assert later == [item for item in earlier if choice.expiry_every is None or item in later]
    keys = [KEYS[choice.order](item) for item in walks[0]]
    assert bool(keys) == (style.main is not nothing)
    assert keys == sorted(keys)
    assert len(keys) == len({(item["t"], item["n"]) for item in walks[0]})


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
def test_style_differs_from_the_reference(style: Style) -> None:
    """Every style but the reference differs from it in behavior or in what was recorded."""
    assert (style.behavior != Behavior() or style.main is not None) == (style.name != "reference")


def test_there_are_enough_styles() -> None:
    """Styles are unlike each other, and there are twenty or more."""
    assert len(STYLES) >= 20
    assert Counter((style.behavior, style.main) for style in STYLES.values()).most_common(1)[0][1] == 1


def keys(items: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The identities of items."""
    return [(item["t"], item["n"]) for item in items]


@pytest.mark.parametrize("start_bound", ["inclusive", "exclusive"])
@pytest.mark.parametrize("end_bound", ["inclusive", "exclusive"])
@pytest.mark.parametrize("time", ["t", "a"])
def test_bounds(start: Start, start_bound: Any, end_bound: Any, time: Any) -> None:
    """Bounds of each sort, on either time, hold exactly the events that they say."""
    client = start(Behavior(start=start_bound, end=end_bound, time=time))
    whole = client.page(limit=1_000)["items"]
    low, high = whole[10][time], whole[50][time]
    expected = [
        item
        for item in whole
        if low < item[time] < high
        or (item[time] == low and start_bound == "inclusive")
        or (item[time] == high and end_bound == "inclusive")
    ]
    assert client.page(from_=low, to=high, limit=1_000)["items"] == expected


def test_count_as_total(start: Start) -> None:
    """With `count` as the total, every page, the empty last one too, says how many events the walk has."""
    client = start(Behavior(count="total", last_page="leads-to-empty-page"))
    total = len(client.page(limit=1_000)["items"])
    page = client.page(limit=60)
    counts = [page["count"]]
    while "cursor" in page:
        page = client.page(limit=60, cursor=page["cursor"])
        counts.append(page["count"])
    assert counts == [total] * 4
    assert page["items"] == []


@pytest.mark.parametrize("paging", ["keyset", "offset"])
@pytest.mark.parametrize(
    "last_page, expected",
    [("omits-cursor", [40, 40, 40]), ("omits-cursor-if-short", [40, 40, 40, 0]), ("leads-to-empty-page", [40, 40, 40, 0])],
)
def test_last_page(start: Start, last_page: Any, expected: list[int], paging: Any) -> None:
    """Where pages come out even, the walk ends at the last page, or at an empty one behind it."""
    client = start(Behavior(last_page=last_page, paging=paging), main=STYLES["exact-pages"].main)
    assert [len(page) for page in client.walk(limit=40)] == expected


def test_short_page_ends_a_walk(start: Start) -> None:
    """A page that is not full has no cursor, or one to an empty page, as the behavior is."""
    main = STYLES["exact-pages"].main
    for last_page, expected in (("omits-cursor-if-short", [70, 50]), ("leads-to-empty-page", [70, 50, 0])):
        assert [len(page) for page in start(Behavior(last_page=last_page), main=main).walk(limit=70)] == expected


def test_limits(start: Start) -> None:
    """Beyond the largest limit a page is clamped, or the request is refused."""
    assert start(Behavior(default_limit=10, max_limit=25)).page()["count"] == 10
    assert start(Behavior(max_limit=25)).page(limit=26)["count"] == 25
    refusing = start(Behavior(max_limit=25, over_limit="refuse"))
    assert refusing.page(limit=25)["count"] == 25
    assert refusing.get(from_=0, to=1, limit=26).status == 400


def test_latest_of_each_kind(start: Start) -> None:
    """The latest of each kind are 16 events, one a kind, in the order of the behavior."""
    for order, reverse in (("newest-first", True), ("oldest-first", False)):
        client = start(Behavior(latest="newest-of-each-kind", latest_order=order))
        items = json.loads(client.get("/latest").body or b"")["result"]["items"]
        assert len({item["e"]["k"] for item in items}) == len(items) == 16
        assert keys(items) == sorted(keys(items), reverse=reverse)


def test_unknown_things(start: Start) -> None:
    """Unknown kinds, connectors and accounts, and reversed windows, get what the behavior says."""
    strict = start(STYLES["strict"].behavior)
    assert strict.get(from_=0, to=1, k="Nonsense").status == 400
    assert strict.get(from_=2, to=1).status == 400
    assert strict.get(from_=1, to=1, k="Init").status == 200
    missing = start(STYLES["connector-404"].behavior)
    empty = start(STYLES["connector-empty"].behavior)
    for connector in (FOREIGN_CONNECTOR_ID, "nobody"):
        assert missing.get("/latest", connector=connector).status == 404
        for suffix in ("", "/latest"):
            response = empty.get(suffix, connector=connector, from_=0, to=END)
            assert json.loads(response.body or b"")["result"] == {"count": 0, "items": []}
        assert empty.get(f"/{END}.0", connector=connector).status == 404
    assert missing.get("/latest", account=FOREIGN_ACCOUNT_ID).status == 404


@pytest.mark.parametrize(
    "name, expected", [("forbidding", (403, 403, 403)), ("bad-request", (400, 400, 403)), ("unauthorized", (401, 401, 401))]
)
def test_statuses_of_refusal(start: Start, name: str, expected: tuple[int, ...]) -> None:
    """Missing, malformed and wrong credentials get the statuses of the style."""
    client = start(STYLES[name].behavior)
    headers = ((), (("Authorization", "Bearer"),), (("Authorization", "Bearer wrong"),))
    assert tuple(client.get("/latest", headers=each).status for each in headers) == expected


def test_writing_says_the_same(start: Start) -> None:
    """However JSON is written, it says the same; integral floats are written as such."""
    expected = start().page()
    for name in ("integral-floats", "pretty", "reversed-members", "lean", "verbose", "gzip", "chunked"):
        assert start(STYLES[name].behavior).page() == expected
    text = start(STYLES["integral-floats"].behavior).get(from_=0, to=END, limit=1).body or b""
    assert b'"count":1.0,' in text
    assert b'"n":0.0,' in text
    assert b"\\u03b2" in (start(STYLES["pretty"].behavior).get("/latest").body or b"")


def test_envelopes(start: Start) -> None:
    """Lean envelopes leave out what is empty; verbose ones have a notice, and `result: null` in errors."""
    lean, verbose = start(STYLES["lean"].behavior), start(STYLES["verbose"].behavior)
    assert set(json.loads(lean.get("/latest").body or b"")) == {"result", "success"}
    assert set(json.loads(lean.get("/1.1").body or b"")) == {"errors", "success"}
    assert json.loads(verbose.get("/latest").body or b"")["messages"][0]["message"]
    assert json.loads(verbose.get("/1.1").body or b"")["result"] is None


def test_throttling(start: Start) -> None:
    """Now and then a request gets 429 with `Retry-After` and nothing left of the limit; the next is answered."""
    client = start(Behavior(throttle_every=3))
    responses = [client.get("/latest") for _ in range(6)]
    assert [response.status for response in responses] == [200, 200, 429] * 2
    assert responses[2].header("Retry-After") == "1"
    assert responses[2].header("Ratelimit") == '"default";r=0;t=1'


def test_arrivals(start: Start) -> None:
    """Events that arrive are newer than all others, and leave windows of the past as they are."""
    client = start(Behavior(arrival_every=2))
    before = client.page(to=END, limit=1_000)
    newest = [json.loads(client.get("/latest").body or b"")["result"]["items"][0]["t"] for _ in range(4)]
    assert newest == [END + 1, END + 1, END + 2, END + 2]
    assert client.page(to=END, limit=1_000) == before


def test_main_connectors_of_styles(start: Start) -> None:
    """Styles with data of their own have none, one, one kind, an even number, or hundreds in one second."""
    items = {name: start(main=style.main).page(limit=1_000)["items"] for name, style in STYLES.items() if style.main}
    assert [len(items[name]) for name in ("empty", "one-event", "exact-pages")] == [0, 1, 120]
    assert {item["k"] for item in items["one-kind"]} == {"Reconcile"}
    assert max(Counter(item["t"] for item in items["burst"]).values()) == 400
