"""Named conformant servers: each makes choices of its own where nobody documents one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.lifecycle import Lifecycle, burst, collected_late, first, nothing, single_kind


@dataclass(frozen=True, slots=True)
class Style:
    """A conformant server: its behavior, and what its main connector recorded (None: the routine)."""

    name: str
    summary: str
    behavior: Behavior = DEFAULT
    main: Lifecycle | None = None


REFERENCE: Final = Style("reference", "The reference server without a style.")

_STYLES = (
    REFERENCE,
    Style("descending", "Lists show the newest event first.", Behavior(order="descending")),
    Style("half-open", "`from` is inclusive, but `to` is not.", Behavior(end="exclusive")),
    Style("open", "Neither `from` nor `to` is inclusive.", Behavior(start="exclusive", end="exclusive")),
    Style("left-open", "`to` is inclusive, but `from` is not.", Behavior(start="exclusive")),
    Style("collected", "`from` and `to` filter on the time of collection.", Behavior(time="a")),
    Style(
        "collected-half-open-descending",
        "Windows filter on the time of collection and leave out `to`, and lists show the newest first.",
        Behavior(time="a", end="exclusive", order="descending"),
    ),
    Style("count-total", "`count` is the number of events in the whole result.", Behavior(count="total")),
    Style("offset", "Cursors hold an offset, and `count` is the total.", Behavior(paging="offset", count="total")),
    Style("short-page-ends", "Every full page has a cursor.", Behavior(last_page="omits-cursor-if-short")),
    Style("empty-page-ends", "Every page that is not empty has a cursor.", Behavior(last_page="leads-to-empty-page")),
    Style(
        "offset-descending-empty-page-ends",
        "Cursors hold an offset, lists show the newest first, `count` is the total, and the last page is empty.",
        Behavior(paging="offset", order="descending", count="total", last_page="leads-to-empty-page"),
    ),
    Style(
        "small-cap",
        "The default limit is 10 and the largest is 25. A larger one is lowered to it.",
        Behavior(default_limit=10, max_limit=25),
    ),
    Style(
        "small-cap-refused",
        "The default limit is 20 and the largest is 50. A larger one is refused.",
        Behavior(default_limit=20, max_limit=50, over_limit="refuse"),
    ),
    Style("pages-of-five", "A page has at most five events, whatever `limit` says.", Behavior(default_limit=5, max_limit=5)),
    Style(
        "lean",
        "Envelopes have no `errors` and no `messages`, and answers say nothing of rate limits.",
        Behavior(envelope="lean", rate_headers=False),
    ),
    Style(
        "verbose",
        "Envelopes have a notice in `messages`, and failures have `result: null`.",
        Behavior(
            result_of_errors="null",
            notice="Telemetry is kept for 30 days",
            content_type="application/json; charset=UTF-8",
        ),
    ),
    Style("latest-per-kind", "The latest events are the newest of each kind.", Behavior(latest="newest-of-each-kind")),
    Style("latest-one", "The latest events are only the newest one.", Behavior(latest_limit=1)),
    Style(
        "latest-oldest-first",
        "The latest events come in ascending order, the oldest first.",
        Behavior(latest_order="oldest-first", latest_limit=50),
    ),
    Style(
        "latest-per-kind-oldest-first",
        "The latest events are the newest of each kind, and the oldest of them comes first.",
        Behavior(latest="newest-of-each-kind", latest_order="oldest-first"),
    ),
    Style(
        "forbidding",
        "Every refused credential gets 403.",
        Behavior(missing_credential=403, malformed_credential=403, wrong_credential=403),
    ),
    Style(
        "bad-request",
        "Missing and malformed credentials get 400, and wrong ones get 403.",
        Behavior(missing_credential=400, wrong_credential=403),
    ),
    Style("unauthorized", "Every refused credential gets 401.", Behavior(malformed_credential=401)),
    Style("connector-empty", "An unknown connector has no events.", Behavior(unknown_connector="empty")),
    Style(
        "connector-404",
        "An unknown connector and another's account are not found.",
        Behavior(unknown_connector="404", foreign_account="404"),
    ),
    Style(
        "strict",
        "Unknown kinds and reversed windows get 400.",
        Behavior(unknown_kind="refuse", reversed_window="refuse"),
    ),
    Style("integral-floats", "Numbers are written as 3.0.", Behavior(numbers="integral-float")),
    Style(
        "pretty",
        "JSON is indented, its members are sorted, and letters outside ASCII are escaped.",
        Behavior(indent=2, members="sorted", strings="escaped"),
    ),
    Style("reversed-members", "The members of objects come in reverse order.", Behavior(members="reversed")),
    Style("gzip", "Content is compressed for clients that accept it.", Behavior(gzip=True)),
    Style("chunked", "Content is sent in chunks, without its length.", Behavior(chunked=True)),
    Style("slow", "Every response takes 20 ms.", Behavior(delay=0.02)),
    Style("throttling", "One request in 60 gets 429 with `Retry-After: 1`.", Behavior(throttle_every=60)),
    Style("flaky", "One connection in 75 is reset.", Behavior(reset_every=75)),
    Style("arriving", "An event is recorded before every third request.", Behavior(arrival_every=3)),
    Style(
        "arriving-descending",
        "Events arrive, and lists show the newest first. A cursor names the last event.",
        Behavior(arrival_every=2, order="descending", count="total"),
    ),
    Style("in-order-of-collection", "Lists are in the order of `a`.", Behavior(order="collected"), collected_late),
    Style(
        "in-order-of-collection-descending",
        "Lists are in descending order of `a`, and `count` is the total.",
        Behavior(order="collected-descending", count="total", default_limit=30),
        collected_late,
    ),
    Style(
        "newest-second-first", "Lists show the newest second first, and `n` ascends in it.", Behavior(order="newest-second-first")
    ),
    Style("in-order-of-kind", "Lists are in the order of `k`, and then of `t`.", Behavior(order="kind", default_limit=40)),
    Style("bare-failures", "A failure is `success: false` and nothing else.", Behavior(envelope="bare")),
    Style("wide-windows-refused", "A window has at most one day, and wider ones are refused.", Behavior(widest_window=86_400)),
    Style(
        "narrow-windows-refused",
        "A window has at least ten minutes, and narrower ones are refused.",
        Behavior(narrowest_window=600),
    ),
    Style("old-windows-refused", "A window must start in the last day, and older ones are refused.", Behavior(retention=86_400)),
    Style("future-windows-refused", "A window ends at most a minute after the newest event.", Behavior(future_window="refuse")),
    Style(
        "windows-of-hours",
        "A window has from one minute to six hours, and does not end in the future.",
        Behavior(widest_window=21_600, narrowest_window=60, future_window="refuse"),
    ),
    Style("expiring", "The oldest event is dropped with every other request.", Behavior(expiry_every=2)),
    Style(
        "expiring-offset-descending",
        "The oldest event is dropped with every third request. Cursors hold an offset, lists show the newest first.",
        Behavior(expiry_every=3, paging="offset", order="descending", count="total", default_limit=30),
    ),
    Style(
        "odd-limit-empty", "A limit that is not a positive integer gets no events.", Behavior(odd_limit="empty", count="total")
    ),
    Style("odd-limit-default", "A limit that is not a positive integer counts as absent.", Behavior(odd_limit="default")),
    Style(
        "odd-limit-clamped", "A limit below 1 counts as 1, and a huge limit counts as the largest.", Behavior(odd_limit="clamp")
    ),
    Style(
        "latest-total",
        "`count` is the total, in lists and with the latest events.",
        Behavior(count="total", latest_count="total"),
    ),
    Style("latest-without-versions", "The latest events leave out `v`.", Behavior(latest_versions=False)),
    Style("latest-lags", "Events arrive, and the latest events lag two events behind.", Behavior(arrival_every=3, latest_lag=2)),
    Style("empty", "The connector has no events.", main=nothing),
    Style(
        "empty-not-found",
        "The connector has no events, and its latest events are not found.",
        Behavior(latest_of_none="404"),
        nothing,
    ),
    Style("one-event", "The connector has one event.", main=first(1)),
    Style("one-kind", "The connector has events of one kind.", main=single_kind("Reconcile", 37)),
    Style("exact-pages", "There are 120 events, so the last page is full.", Behavior(default_limit=40), first(120)),
    Style(
        "exact-pages-short-page-ends",
        "There are 120 events, and every full page has a cursor.",
        Behavior(default_limit=40, last_page="omits-cursor-if-short"),
        first(120),
    ),
    Style("burst", "There are 400 events in one second.", main=burst(400)),
    Style(
        "burst-offset-descending",
        "There are 400 events in one second. Cursors hold an offset, and lists show the newest first.",
        Behavior(paging="offset", order="descending", default_limit=30, max_limit=90),
        burst(400),
    ),
)

STYLES: Final[Mapping[str, Style]] = MappingProxyType({style.name: style for style in _STYLES})
"""The styles by name."""
