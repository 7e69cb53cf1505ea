"""Histories drawn by their numbers: what each says of its owners is what looking at everything says."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

from tests.judge.reading.test_history import OTHER, OWNER, TRACE, fetched, history, latest, page

from mconn_contracts.judge.reading.calls import EVENT_ID, Call
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Identity, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.judge.reading.walk import Owner, Walk

ROUNDS = range(200)
WINDOWS = [Window(0, 9, None), Window(0, 9, None), Window(2, 6, None), Window(None, 9, None), Window(0, None, None)]


def refused(rng: random.Random) -> Refusal:
    """A refusal of an event, or of a list."""
    asked = {EVENT_ID: f"{rng.randrange(9)}.0"} if rng.random() < 0.8 else {}
    call = Call(None, OWNER[0], "GET", {"account_id": OWNER[1], "connector_id": OWNER[2], **asked}, ())
    operation = "getEvent" if asked else "listEvents"
    return Refusal(TRACE, call, operation, 404, None, None, None, own=True, fair=False)


def listed(rng: random.Random) -> ListPage:
    """A page of a list, which may lead on or be led to."""
    items = tuple(Summary(t, 0, t + rng.choice((0, 0, 5)), "a") for t in [rng.randrange(9) for _ in range(rng.randrange(5))])
    cursor, leads_to = rng.choice(((None, None), (None, None), (None, "c"), ("c", None)))
    shown = page(cursor=cursor, leads_to=leads_to, window=rng.choice(WINDOWS), limit=rng.choice((None, 2)))
    started = rng.choice((None, 5.0, 500.0))
    return dataclasses.replace(shown, items=items, started=started, owner=OTHER if rng.random() < 0.1 else OWNER)


def drawn(number: int) -> History:
    """A history of some views."""
    rng = random.Random(number)
    views: list[object] = []
    for _ in range(rng.randint(2, 9)):
        times = [rng.randrange(12) for _ in range(rng.randrange(4))]
        views.append(rng.choice((listed(rng), listed(rng), listed(rng), latest(*times), fetched(rng.randrange(9)), refused(rng))))
    return history(*views)


def complete(session: History) -> Iterator[tuple[Walk, Walk | None]]:
    """Each complete walk, with the last one before it of the same result."""
    walks = [walk for walk in session.walks if walk.complete]
    for index, walk in enumerate(walks):
        same = [each for each in walks[:index] if (each.owner, each.window) == (walk.owner, walk.window)]
        yield walk, same[-1] if same else None


def shows(view: ListPage | LatestPage | Walk) -> list[Identity]:
    """The events of a view."""
    return view.identities() if isinstance(view, Walk) else [each.identity for each in view.items]


def test_owners_whose_events_expire() -> None:
    """An event that was listed is refused, or gone from a list, and nothing as old is shown any more."""
    seen = set()
    for number in ROUNDS:
        session = drawn(number)
        expected: set[Owner] = set()
        for order, refusal in session.refusals:
            identity = refusal.call.identity
            known = any(page.owner == OWNER and identity in shows(page) for _, page in session.pages)
            if identity is not None and known and not session.was_there(OWNER, identity, order):
                expected.add(OWNER)
        for walk, before in complete(session):
            gone = [] if before is None else [each for each in shows(before) if each not in shows(walk)]
            if any(not session.was_there(walk.owner, each, walk.begun) for each in gone):
                expected.add(walk.owner)
        seen.add(frozenset(expected))

        assert expected == session.expiring, number
    assert len(seen) > 1


def test_walks_that_are_whole() -> None:
    """Those that have ended, of a past window, or of any on one page; where events expire, those of one page only."""
    lengths = set()
    for number in ROUNDS:
        session = drawn(number)
        complete: dict[Owner, list[Walk]] = {}
        ended: dict[Owner, list[Walk]] = {}
        for walk in session.walks:
            single = len(walk.pages) == 1
            if walk.pages[-1].next_cursor or not (single or walk.closed) or not (single or walk.owner not in session.expiring):
                continue
            ended.setdefault(walk.owner, []).append(walk)
            if walk.closed:
                complete.setdefault(walk.owner, []).append(walk)
                lengths.add((single, walk.owner in session.expiring))

        assert {owner: tuple(walks) for owner, walks in complete.items()} == session.complete_walks, number
        assert {owner: tuple(walks) for owner, walks in ended.items()} == session.ended_walks, number
    assert {(True, True), (True, False), (False, False)} == lengths


def test_what_each_exchange_shows_as_its_newest() -> None:
    """In the order of the exchanges; what shows no event is left out."""
    for number in ROUNDS:
        session = drawn(number)
        views = [(order, view.owner, shows(view)) for order, view in (*session.pages, *session.latest)]
        views += [(order, answer.owner, [answer.event.identity]) for order, answer in session.fetched]
        expected = [(order, owner, max(several)) for order, owner, several in sorted(views, key=lambda each: each[0]) if several]

        assert expected == list(session.shown()), number


def test_results_that_grow() -> None:
    """A complete walk shows what the first of the same result does not."""
    found = 0
    for number in ROUNDS:
        session = drawn(number)
        first: dict[object, Walk] = {}
        expected = set()
        for walk, _ in complete(session):
            before = first.setdefault((walk.owner, walk.window), walk)
            if set(shows(walk)) - set(shows(before)):
                expected.add((walk.owner, walk.window))
        found += len(expected)

        assert expected == session.grown, number
    assert found


def test_times_that_windows_do_not_filter_by() -> None:
    """An event lies outside its window by one time, and inside by the other; the first such sighting of each counts."""
    found = 0
    for number in ROUNDS:
        session = drawn(number)
        expected: dict[tuple[Owner, str], tuple[int, str]] = {}
        for order, each in session.pages:
            window = each.window
            assert window is not None
            assert each.owner is not None
            if window.start is None or window.end is None:
                continue
            for index, item in enumerate(each.items):
                outside = [name for name in ("t", "a") if not window.start <= getattr(item, name) <= window.end]
                if len(outside) == 1:
                    expected.setdefault((each.owner, outside[0]), (order, f"/result/items/{index}"))
        found += len(expected)
        ours = {
            (owner, name): (sighting.place.order, sighting.place.pointer)
            for owner, against in session.ruled_out.items()
            for name, sighting in against.items()
        }

        assert expected == ours, number
        assert session.times(OWNER) == tuple(name for name in ("t", "a") if (OWNER, name) not in expected), number
    assert found


def test_windows_that_are_past() -> None:
    """An event after the end was shown before by the same owner; or the clock is past it, and the server's own does not run."""
    found = 0
    for number in ROUNDS:
        session = drawn(number)
        views = sorted([*session.pages, *session.latest], key=lambda each: each[0])
        arriving = False
        newest: list[Identity] = []
        for _, view in views:
            if view.owner == OWNER and shows(view):
                arriving = arriving or bool(newest and max(shows(view)) > newest[-1])
                if isinstance(view, LatestPage):
                    newest.append(max(shows(view)))
        # A page that goes on with no walk that began here shows nothing of when.
        known = [order for walk in session.walks for order in walk.orders] + [order for order, _ in session.latest]
        for walk in session.walks:
            end, started = walk.window.end, walk.pages[0].started
            earlier = [view for order, view in views if order < walk.begun and order in known and view.owner == walk.owner]
            by_clock = started is not None and end is not None and started > end + 60 and not (arriving and walk.owner == OWNER)
            expected = end is not None and (any(t > end for view in earlier for t, _ in shows(view)) or by_clock)
            found += expected

            assert expected == walk.closed, (number, walk.begun)
    assert found


def test_the_latest_stand_beside_what_was_listed_before() -> None:
    """Each answer with the latest events, and the events of the lists that came before it."""
    for number in ROUNDS:
        session = drawn(number)
        found = [(order, known.newest(()), known.empty) for order, _, known in session.latest_beside_listed()]
        expected = []
        for order, each in session.latest:
            before = [item for at, view in session.pages if at < order and view.owner == each.owner for item in view.items]
            first = {
                item.identity: item
                for item in reversed([i for _, view in session.pages if view.owner == OWNER for i in view.items])
            }
            expected.append((order, first[max(before).identity] if before else None, not before))

        assert expected == found, number
