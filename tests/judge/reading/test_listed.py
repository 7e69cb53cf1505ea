"""What lists have shown, drawn by numbers: where each event stands, in which ways, and what is the newest."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable

from tests.judge.reading.test_history import OWNER, history, page

from mconn_contracts.judge.reading.events import Events, shown
from mconn_contracts.judge.reading.listed import Listed
from mconn_contracts.judge.reading.sightings import Appearance, ListedAt, Listings
from mconn_contracts.judge.reading.views import Identity, ListPage, Summary
from mconn_contracts.model.exchange import Origin, Trace

ROUNDS = range(60)
IDENTITIES = [(t, n) for t in range(7) for n in range(2)]


def drawn(rng: random.Random) -> list[Summary]:
    """The items of a list, some of them twice; some events are shown in several ways."""
    chosen = (rng.choice(IDENTITIES) for _ in range(rng.randrange(6)))
    return [Summary(t, n, (t * 5) % 7 + rng.choice((0, 0, 0, 1)), rng.choice("aaab")) for t, n in chosen]


def first_of(items: Iterable[Summary]) -> dict[Identity, Summary]:
    """Each event as it came first."""
    found: dict[Identity, Summary] = {}
    for item in items:
        found.setdefault(item.identity, item)
    return found


def test_the_newest_are_found_among_many() -> None:
    """By their identity and by the time of collection, each without some, however often it is asked."""
    for number in ROUNDS:
        rng = random.Random(number)
        pages = [drawn(rng) for _ in range(6)]
        events = Events()
        kept = [events.add(items) for items in pages]
        listed = Listed(events)
        events.add([Summary(9, 9, 9, "c")])
        before: list[Summary] = []
        for items, each in zip(pages, kept, strict=True):
            listed.add(each.numbers)
            before += items
            first = first_of(before)
            without = rng.sample(IDENTITIES, 5)
            left = [item for item in first.values() if item.identity not in without]

            assert max(left, key=lambda item: item.identity, default=None) == listed.newest(without), number
            collected = max(left, key=lambda item: (item.a, item.identity), default=None)
            assert collected == listed.last_collected(without), number
            assert [first.get(identity) for identity in IDENTITIES] == [listed.item(identity) for identity in IDENTITIES], number
            of_kind = {item.k: max(each.identity for each in first.values() if each.k == item.k) for item in first.values()}
            assert (of_kind, not first) == (listed.newest_of_kind, listed.empty), number
        assert [None, None] == [listed.item((9, 9)), listed.item((8, 0))], number


def listings(number: int) -> tuple[list[tuple[int, ListPage]], Listings]:
    """Some pages with the numbers of their exchanges, and the sightings in them; one page came too late."""
    rng = random.Random(number)
    views = [
        dataclasses.replace(page(), items=tuple(drawn(rng)), trace=Trace(Origin(entry=entry), None, None)) for entry in range(4)
    ]
    session = history(*views)
    pages = [(3 * order, each) for order, each in session.pages]
    assert session.pages[0][1].owner == OWNER
    found = Listings(pages)
    shown(pages[0][1].items).events.add([Summary(9, 9, 9, "c")])
    return pages, found


def test_every_sighting_in_a_list_is_found() -> None:
    """The first and the last of each event, and of those that are shown in several ways the first of each way."""
    repeated = set()
    for number in ROUNDS:
        pages, found = listings(number)
        every = [
            ListedAt(Appearance(each.trace, f"/result/items/{index}", order), item, each.window)
            for order, each in pages
            for index, item in enumerate(each.items)
        ]
        first = {each.item.identity: each for each in reversed(every)}
        in_order = list(dict.fromkeys(each.item.identity for each in every))
        ways: dict[Identity, dict[Summary, ListedAt]] = {}
        for each in every:
            ways.setdefault(each.item.identity, {}).setdefault(each.item, each)
        repeated.add(found.repeated)

        assert in_order == [found.events.identity(each) for each in found.numbers], number
        assert [first[identity] for identity in in_order] == [found.at(each) for each in found.numbers], number
        assert [first[identity].place.order for identity in in_order] == [found.order(each) for each in found.numbers], number
        last = {each.item.identity: each.place.order for each in every}
        assert [last[identity] for identity in in_order] == [found.last[each] for each in found.numbers], number
        assert [first.get(identity) for identity in IDENTITIES] == [found.first(identity) for identity in IDENTITIES], number
        assert [identity in first for identity in IDENTITIES] == [identity in found for identity in IDENTITIES], number
        assert [False, False, None] == [(9, 9) in found, None in found, found.first((9, 9))], number
        several = {identity: list(of_event.values()) for identity, of_event in ways.items() if len(of_event) > 1}
        assert several == found.changed, number
        assert (len(in_order) < len(every)) is found.repeated, number
    assert {True, False} == repeated


def test_the_index_of_an_event_is_that_of_its_first_item() -> None:
    """None where the page does not show it, whether another one does or not."""
    for number in ROUNDS:
        pages, _ = listings(number)
        for _, each in pages:
            identities = [item.identity for item in each.items]
            expected = [identities.index(identity) if identity in identities else None for identity in IDENTITIES]

            assert expected == [shown(each.items).index_of(identity) for identity in IDENTITIES], number
