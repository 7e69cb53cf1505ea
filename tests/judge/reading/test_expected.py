"""The events that a user expects, beside drawn sessions: what is missing, unexpected or different, by looking at everything."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from tests.judge.reading.test_history import OWNER, TRACE, history, latest, page

from mconn_contracts.judge.reading.calls import EVENT_ID, Call
from mconn_contracts.judge.reading.expected import Expectation, ExpectedEvent, Missing, Sighting
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.sightings import Appearance
from mconn_contracts.judge.reading.views import Event, FetchedEvent, Identity, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.judge.reading.walk import Owner, Walk
from mconn_contracts.model.exchange import Origin, Trace

ROUNDS = range(100)
DAY = 86_400
E = {"k": "a"}
TIMES = (*range(-1, 8), *range(-1, 8), *range(DAY + 2, DAY + 8))
WINDOWS = [Window(0, 6, None), Window(-1, 8, None), Window(2, DAY + 6, None), Window(-1, DAY + 9, None), Window(0, 7, "a")]
WINDOWS += [Window(-1, 9, ""), Window(-1, DAY + 9, "b"), Window(None, DAY + 9, None), Window(0, None, None)]
View = ListPage | LatestPage | FetchedEvent | Refusal


def refused(t: int | None, n: int = 0, status: int = 404) -> Refusal:
    """A refusal of the event recorded then, or of none."""
    path = {"account_id": OWNER[1], "connector_id": OWNER[2]} | ({} if t is None else {EVENT_ID: f"{t}.{n}"})
    return Refusal(TRACE, Call(None, OWNER[0], "GET", path, ()), "getEvent", status, None, None, None, own=True, fair=False)


@dataclass
class Drawing:
    """What one session is drawn from: some events, the windows that are asked for, and who leaves out `v` throughout."""

    rng: random.Random
    events: list[tuple[int, int, int, str, str | None]]
    windows: list[Window]
    latest_without_v: bool | None

    def event(self) -> tuple[int, int, int, str, str | None]:
        """Mostly one of the events as it is."""
        t, n, a, k, v = self.rng.choice(self.events)
        return self.rng.choice([(t, n, a, k, v)] * 6 + [(t, n, a + 1, k, v), (t, n, a, "b", None)])

    def full(self, *, latest: bool) -> Event:
        """One of them in full."""
        t, n, _, k, v = self.event()
        return Event(t, n, {"k": k}, None if latest is self.latest_without_v else v)

    def view(self, number: int) -> View:
        """What one exchange shows: a page, the latest, an event, or the refusal of one."""
        rng, trace = self.rng, Trace(Origin(entry=number), None, None)
        started = rng.choice((None, 62.0, 500.0, 1e6))
        sort = rng.randrange(8)
        if sort < 4:
            items = tuple(Summary(t, n, a, k) for t, n, a, k, _ in (self.event() for _ in range(rng.randrange(3))))
            cursor, leads_to = rng.choice(((None, None), (None, "c"), ("c", None)))
            shown = page(cursor=cursor, leads_to=leads_to, window=rng.choice(self.windows))
            return dataclasses.replace(shown, trace=trace, items=items, started=started)
        if sort < 6:
            full = tuple(self.full(latest=True) for _ in range(rng.randrange(3)))
            return LatestPage(trace, OWNER, len(full), full, started, own=True)
        one = self.full(latest=False)
        if sort == 6:
            return FetchedEvent(trace, OWNER, one.identity, one, own=True)
        return dataclasses.replace(refused(one.t if one.v else None, one.n, rng.choice((404, 404, 428, 429, 430))), trace=trace)


def drawn(number: int) -> Expectation:
    """A session of some views, and some events that are expected of it."""
    rng = random.Random(number)
    events = []
    for _ in range(rng.randint(3, 7)):
        t = rng.choice(TIMES)
        events.append((t, rng.choice((0, 0, 1)), t + rng.choice((0, 0, 3)), rng.choice("aab"), rng.choice((None, "1", "1", "2"))))
    drawing = Drawing(rng, events, rng.sample(WINDOWS, rng.choice((1, 2))), rng.choice((None, True, False)))
    session = history(*(drawing.view(entry) for entry in range(1, rng.randint(3, 9))))
    expected = {}
    for t, n, a, k, v in rng.sample(events, rng.randint(1, len(events) - 1)):
        event = ExpectedEvent(
            t,
            n,
            a=rng.choice((None, a, a, t - 1)),
            k=rng.choice((None, k, k)),
            e=rng.choice((None, {"k": k})),
            v=v,
            versioned=rng.random() < 0.6,
        )
        expected[event.identity] = event
    return Expectation(session, expected)


def every(session: History) -> list[tuple[Appearance, Summary | Event, bool]]:
    """All that is shown, by lists first: where, what, and whether among the latest."""
    found: list[tuple[Appearance, Summary | Event, bool]] = []
    for order, each in session.pages:
        for index, item in enumerate(each.items):
            found.append((Appearance(each.trace, f"/result/items/{index}", order), item, False))
    full: list[tuple[Appearance, Summary | Event, bool]] = []
    for order, answer in session.fetched:
        full.append((Appearance(answer.trace, "/result", order), answer.event, False))
    for order, last in session.latest:
        for index, event in enumerate(last.items):
            full.append((Appearance(last.trace, f"/result/items/{index}", order), event, True))
    return found + sorted(full, key=lambda each: each[0].order)


def times(event: ExpectedEvent) -> list[int]:
    """`t`, and `a` if it is known."""
    return [time for time in (event.t, event.a) if time is not None]


def is_sure(session: History, owner: Owner, event: ExpectedEvent, begun: int, order: int, started: float | None) -> bool:
    """Whether an event can neither have expired nor be too new."""
    expired = owner in session.expiring and not session.was_there(owner, event.identity, begun)
    return not expired and not session.is_fresh(owner, times(event), order, started)


def is_due(session: History, walk: Walk, event: ExpectedEvent) -> bool:
    """Whether a walk had to show an event."""
    start, end, kind = walk.window.start, walk.window.end, walk.window.kind
    if not walk.ended or start is None or end is None or kind not in (None, "", event.k):
        return False
    collected = event.t + DAY if event.a is None else event.a
    by_time, by_collection = start < event.t < end, start < event.t <= collected < end
    fields = session.times(walk.owner)
    inside = bool(fields) and (by_time or "t" not in fields) and (by_collection or "a" not in fields)
    return inside and is_sure(session, walk.owner, event, walk.begun, walk.orders[-1], walk.pages[-1].started)


def is_latest(expected: Expectation, event: ExpectedEvent, page: LatestPage) -> bool:
    """Whether the latest had to have the newest event: they are none, or older by a day or by both times, and none is newer."""
    newer = [each for each in page.items if each.identity > event.identity]
    if any(event.k is None or each.kind == event.k for each in newer):
        return False
    for each in page.items:
        known = expected.expected.get(each.identity)
        collected = None if known is None else known.a
        both = each not in newer and collected is not None and event.a is not None and collected < event.a
        if both or each.t + DAY < event.t:
            return True
    return not page.items


def missing(expected: Expectation, shown: set[Identity]) -> Iterator[Missing]:
    """All reasons to miss an event that nothing showed, the first one first."""
    session = expected.history
    left = [event for event in expected.expected.values() if event.identity not in shown]
    for walk in session.walks:
        words = f"the list of {walk.window.start} to {walk.window.end} leaves it out"
        yield from (Missing(each, walk.pages[0].trace, "/result/items", words) for each in left if is_due(session, walk, each))
    for order, refusal in session.refusals:
        for event in left:
            owner = refusal.call.owner
            asked = refusal.call.identity == event.identity and refusal.status != 429
            if asked and is_sure(session, owner, event, order, order, None):
                yield Missing(event, refusal.trace, "", f"fetching it is refused with status {refusal.status}")
    for order, each in session.latest:
        assert each.owner is not None
        for event in left:
            sure = is_sure(session, each.owner, event, order, order, each.started)
            if event.identity == max(expected.expected) and sure and is_latest(expected, event, each):
                yield Missing(event, each.trace, "/result/items", "older events are among the latest, and it is not")


def test_what_is_missing_had_to_be_shown() -> None:
    """By a list, by a request for the event, or by the latest; the first that had to counts, and what none had to is counted."""
    reasons = set()
    for number in ROUNDS:
        expected = drawn(number)
        shown = {item.identity for _, item, _ in every(expected.history)} & set(expected.expected)
        first: dict[Identity, Missing] = {}
        for each in missing(expected, shown):
            first.setdefault(each.event.identity, each)
            reasons.add(each.words.split(" ")[0])

        assert shown == expected.shown, number
        assert tuple(first[identity] for identity in sorted(first)) == expected.missing, number
        assert len(expected.expected) - len(shown) - len(first) == expected.not_looked_for, number
    assert {"the", "fetching", "older"} == reasons


def test_what_was_shown_in_full_is_told() -> None:
    """Fetched or among the latest; an event whose `v` is expected and never shown is not."""
    found = set()
    for number in ROUNDS:
        expected = drawn(number)
        full = [(each.identity, each.v) for _, each, _ in every(expected.history) if isinstance(each, Event)]
        whole = {identity for identity, _ in full} & set(expected.expected)
        bare = {each for each in whole if expected.expected[each].v and {v for identity, v in full if identity == each} == {None}}
        found |= {bool(bare), bool(whole - bare)}

        assert (bare, whole - bare) == (set(expected.without_version), set(expected.in_full)), number
    assert {True, False} == found


def test_what_is_not_expected_was_there_before_or_may_be_newer() -> None:
    """It was collected before the last time that the expected ones name, or with it and recorded before the newest."""
    counts = [0, 0]
    for number in ROUNDS:
        expected = drawn(number)
        until = max(time for event in expected.expected.values() for time in times(event))
        first: dict[Identity, tuple[bool, tuple[Identity, str, Appearance]]] = {}
        for place, item, _ in every(expected.history):
            kind = item.k if isinstance(item, Summary) else item.kind
            certain = isinstance(item, Summary) and (item.a, item.identity) < (until, max(expected.expected))
            if item.identity not in expected.expected:
                first.setdefault(item.identity, (certain, (item.identity, kind, place)))
        ours = [first[identity] for identity in sorted(first)]
        counts[0] += len(expected.unexpected)
        counts[1] += expected.perhaps_newer

        assert tuple(shown for certain, shown in ours if certain) == expected.unexpected, number
        assert sum(not certain for certain, _ in ours) == expected.perhaps_newer, number
    assert all(counts)


def test_what_came_with_the_newest_is_not_expected_unless_it_is_newer() -> None:
    """An event with the last time that the expected ones name was there if it was recorded before the newest of them."""
    others = [Summary(4, 0, 9, "a"), Summary(5, 1, 9, "a"), Summary(6, 0, 8, "a"), Summary(6, 1, 9, "a"), Summary(3, 0, 10, "a")]
    session = history(dataclasses.replace(page(), items=tuple(others)))
    expected = Expectation(session, {(5, 0): ExpectedEvent(5, 0, a=9)})

    assert ([(4, 0), (6, 0)], 3) == ([identity for identity, *_ in expected.unexpected], expected.perhaps_newer)


def due(item: Summary | Event, event: ExpectedEvent, *, says_version: bool) -> list[tuple[str, object, object]]:
    """The members that are expected: their names, and the values that are shown and expected."""
    if isinstance(item, Summary):
        every: list[tuple[str, object, object]] = [("a", item.a, event.a), ("k", item.k, event.k)]
    elif event.e is None:
        every = [("e/k", item.kind, event.k)]
    else:
        every = [("e", item.e, event.e)]
    known = [each for each in every if each[2] is not None]
    is_versioned = event.versioned and says_version
    return [*known, ("v", item.v, event.v)] if isinstance(item, Event) and is_versioned else known


def test_what_differs_is_found_once_for_each_member() -> None:
    """In lists `a` and the kind; in full `e`, or its kind, and `v` unless the endpoint leaves it out throughout."""
    members = set()
    for number in ROUNDS:
        expected = drawn(number)
        shown = every(expected.history)
        versioned = {by for _, item, by in shown if isinstance(item, Event) and item.v}
        found: dict[tuple[Identity, str], Sighting] = {}
        for place, item, by in shown:
            event = expected.expected.get(item.identity)
            for name, value, wanted in () if event is None else due(item, event, says_version=by in versioned):
                if value != wanted:
                    found.setdefault((item.identity, name), Sighting(place, item.identity, name, value, wanted))
        members |= {name for _, name in found}

        assert found == {(each.identity, each.member): each for each in expected.differing}, number
        assert len(found) == len(expected.differing), number
    assert {"a", "k", "e", "e/k", "v"} == members


def test_a_list_that_shows_the_whole_time_is_known() -> None:
    """It has ended, has no filter, and goes from the first expected event to the last time that they name."""
    found = set()
    for number in ROUNDS:
        expected = drawn(number)
        until = max(time for event in expected.expected.values() for time in times(event))
        first = min(expected.expected)[0]
        whole = any(
            not walk.pages[-1].next_cursor
            and not walk.window.kind
            and (walk.window.start is None or walk.window.start <= first)
            and walk.window.end is not None
            and until <= walk.window.end
            for walk in expected.history.walks
        )
        found.add(whole)

        assert whole == expected.is_whole, number
    assert {True, False} == found


@pytest.mark.parametrize(
    "collected, kind, shown, is_missing",
    [
        (None, None, (), True),
        (None, None, ((9, "a"),), False),
        (12, None, ((9, "a"),), False),
        (12, None, ((8, "a"),), True),
        (11, None, ((8, "a"),), False),
        (None, None, ((8, "a"),), False),
        (12, None, ((7, "a"),), False),
        (12, None, ((8, "a"), (9, "a")), True),
        (12, None, ((8, "a"), (10, "a")), False),
        (12, "a", ((8, "a"), (10, "a")), False),
        (12, "a", ((8, "a"), (10, "b")), True),
        (12, None, ((10 - 86_400, "a"),), False),
        (None, None, ((9 - 86_400, "a"),), False),
        (None, None, ((8 - 86_400, "a"),), True),
    ],
)
def test_the_latest_miss_the_newest_where_they_show_older_ones(
    collected: int | None, kind: str | None, shown: tuple[tuple[int, str], ...], is_missing: bool
) -> None:
    """Older by a day, or by `a` as well as it is expected; a newer one that may be of its kind may stand for it."""
    full = tuple(Event(t, 0, {"k": k}, None) for t, k in shown)
    expected = [ExpectedEvent(7, 0), ExpectedEvent(8, 0, a=11), ExpectedEvent(9, 1, a=collected, k=kind)]
    session = history(LatestPage(TRACE, OWNER, len(full), full, None, own=True))

    found = Expectation(session, {each.identity: each for each in expected}).missing
    assert ([(9, 1)] if is_missing else []) == [each.event.identity for each in found]


WINDOW = Window(0, 20, None)


@pytest.mark.parametrize(
    "asked, expired, kept",
    [(page(8, window=WINDOW), [9], [4, 9]), (refused(4), [], [4]), (latest(), [], [9])],
    ids=["list", "event", "latest"],
)
@pytest.mark.parametrize("expires", [True, False])
def test_what_expired_is_not_missing(
    asked: ListPage | Refusal | LatestPage, expired: list[int], kept: list[int], expires: bool
) -> None:
    """An event may have expired as well where another did, and nothing as old was shown any more."""
    session = history(page(5, 8, window=Window(4, 9, None)), refused(5 if expires else None), asked)

    found = missed(session, *(ExpectedEvent(t, 0, a=t) for t in (4, 9)))
    assert (expired if expires else kept) == found


def missed(session: History, *expected: ExpectedEvent) -> list[int]:
    """When the missing events were recorded."""
    return [each.event.t for each in Expectation(session, {each.identity: each for each in expected}).missing]


FILTERS = {"t": [Summary(5, 1, 25, "a")], "a": [Summary(-5, 1, 5, "a")], "t, a": []}
FILTERS["none"] = FILTERS["t"] + FILTERS["a"]


@pytest.mark.parametrize(
    "filters, t, a, is_missing",
    [
        *[("t, a", t, a, False) for t, a in ((0, 5), (20, 20), (19, 20), (5, 4), (1, None))],
        *[("t, a", t, a, True) for t, a in ((1, 5), (19, 19), (4, 4))],
        *[("t", t, a, False) for t, a in ((0, 5), (20, 20), (20, None))],
        *[("t", t, a, True) for t, a in ((1, 5), (19, 20), (5, 4), (1, None))],
        *[("a", t, a, False) for t, a in ((0, 5), (20, 20), (19, 20), (5, 4), (1, None))],
        *[("a", t, a, True) for t, a in ((1, 5), (19, 19), (4, 4))],
        ("none", 4, 4, False),
    ],
)
def test_a_window_must_show_what_is_inside_by_what_it_filters(filters: str, t: int, a: int | None, is_missing: bool) -> None:
    """By the times that no item of a list has ruled out; where both were ruled out, nothing."""
    session = history(dataclasses.replace(page(window=WINDOW), items=tuple(FILTERS[filters])))

    assert ([t] if is_missing else []) == missed(session, ExpectedEvent(t, 0, a=a))


@pytest.mark.parametrize("end, is_missing", [(86_406, True), (86_405, False)])
def test_what_was_collected_at_an_unknown_time_was_so_within_a_day(end: int, is_missing: bool) -> None:
    """A window must show an event for sure where it goes on for a day."""
    session = history(page(window=Window(0, end, None)))

    assert ([5] if is_missing else []) == missed(session, ExpectedEvent(5, 0))


def test_a_list_is_as_new_as_its_last_page() -> None:
    """What is recorded within the minute before that may be left out, by the clock and by what was shown."""
    first, last = page(leads_to="c", window=Window(0, 99, None)), page(cursor="c", window=Window(0, 99, None))
    by_clock = history(dataclasses.replace(first, started=900.0), dataclasses.replace(last, started=100.0))
    by_events = history(first, latest(99), latest(100), last)
    expected = [ExpectedEvent(t, 0, a=t) for t in (40, 41)]

    assert [[40], [40]] == [missed(each, *expected) for each in (by_clock, by_events)]


@pytest.mark.parametrize("t, is_missing", [(40, True), (41, False)])
def test_what_is_as_new_as_what_arrives_is_not_missing(t: int, is_missing: bool) -> None:
    """Caches lag by a minute: an event may be refused for so long."""
    session = history(latest(99), latest(100), refused(t))

    assert ([t] if is_missing else []) == missed(session, ExpectedEvent(t, 0))


def test_what_nobody_shows_misses_nothing() -> None:
    """The latest of an unknown owner may be those of another."""
    nobodys = LatestPage(TRACE, None, 0, (), None, own=True)

    assert () == Expectation(History(latest=((1, nobodys),)), {(1, 0): ExpectedEvent(1, 0)}).missing


@pytest.mark.parametrize(
    "known, in_short, in_full, without_v",
    [
        ({}, {"a": 3, "k": "a"}, {"k": "a", "e": E, "v": "1"}, {"k": "a", "e": E}),
        ({"a": 3, "k": "a"}, {"a": 3, "k": "a"}, {"a": 3, "k": "a", "e": E, "v": "1"}, {"a": 3, "k": "a", "e": E}),
        ({"k": "b"}, "k", "k", "k"),
        ({"a": 4}, "a", {"a": 4, "k": "a", "e": E, "v": "1"}, {"a": 4, "k": "a", "e": E}),
        ({"e": {"k": "b"}}, {"a": 3, "k": "a", "e": {"k": "b"}}, "e", "e"),
        ({"v": "2"}, {"a": 3, "k": "a", "v": "2"}, "v", {"k": "a", "e": E, "v": "2"}),
    ],
)
def test_what_is_said_of_an_event_is_put_together(known: dict[str, Any], in_short: Any, in_full: Any, without_v: Any) -> None:
    """By a list and in full; where one contradicts another, the member is named."""
    event = ExpectedEvent(1, 2, **known)
    ways = [
        (partial(event.with_summary, Summary(1, 2, 3, "a")), in_short),
        (partial(event.with_event, Event(1, 2, E, "1")), in_full),
        (partial(event.with_event, Event(1, 2, E, None)), without_v),
    ]
    for way, expected in ways:
        if isinstance(expected, str):
            with pytest.raises(ValueError, match=f"^{expected}$"):
                way()
        else:
            assert ExpectedEvent(1, 2, **expected) == way()


def test_an_event_without_a_version_is_not_expected_to_lack_it() -> None:
    """Unless that is said."""
    assert [False, True] == [ExpectedEvent(1, 2).versioned, ExpectedEvent(1, 2, versioned=True).versioned]
