"""Walks beside earlier ones, and what had not expired: what is found in few steps is what looking at everything finds."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Sequence

import pytest
from tests.judge.reading.test_history import OWNER, fetched, history, latest, page

from mconn_contracts.judge.reading.events import Events
from mconn_contracts.judge.reading.order import compare_order
from mconn_contracts.judge.reading.survival import Newest, fresh
from mconn_contracts.judge.reading.views import Identity, Summary, Window
from mconn_contracts.judge.reading.walk import Comparison, Difference, Walk, compare

ROUNDS = range(150)
WINDOWS = [Window(start, end, kind) for start, end in ((0, 9), (2, 7), (2, 9), (5, 5)) for kind in (None, None, "a", "b", "")]
WINDOWS += [Window(None, 9, None), Window(0, None, None), Window(-3, 0, None), Window(-3, 9, None)]


def summaries(rng: random.Random, number: int) -> list[Summary]:
    """So many items of a small set of events, in any order; some are shown with another kind than before."""
    return [
        Summary(t, n, t + 2 * n - (2 if t % 3 == 1 else 0), rng.choice("aab"))
        for t, n in ((rng.randrange(10), rng.randrange(2)) for _ in range(number))
    ]


def drawn(rng: random.Random) -> list[Walk]:
    """Some walks of one owner, of one page or two."""
    events, walks = Events(), []
    windows = rng.choice((WINDOWS, rng.sample(WINDOWS, 2)))
    for order in range(rng.randint(1, 7)):
        pages = [
            dataclasses.replace(page(), items=events.add(summaries(rng, rng.randrange(6)))) for _ in range(rng.randint(1, 2))
        ]
        walks.append(Walk(OWNER, rng.choice(windows), rng.choice((None, 1, 2)), True, [order], pages))
    return walks


def misses(walk: Walk, item: Summary) -> bool:
    """Two of three events that a walk does not show must be shown."""
    return item.identity not in walk.distinct and (item.t + item.n) % 3 != 0


def shows(walk: Walk) -> list[Summary]:
    """The events of a walk, each as it came first in it."""
    found: dict[object, Summary] = {}
    for item in walk.items():
        found.setdefault(item.identity, item)
    return list(found.values())


def identities(walk: Walk) -> list[Identity]:
    """The identities of its events."""
    return [item.identity for item in shows(walk)]


def beside(walk: Walk, earlier: Sequence[Walk], kind: str | None) -> list[Comparison]:
    """A walk beside the last of some earlier ones, of which it must show the events of a kind."""
    if not earlier:
        return []
    due = [item for item in shows(earlier[-1]) if not kind or item.k == kind]
    missing = [as_first_seen(walk, item) for item in due if misses(walk, item)]
    return [Comparison(walk, earlier[-1], missing[0] if missing else None, len(missing))]


def bounds(walk: Walk) -> tuple[int | None, int | None]:
    """The bounds of its window."""
    return walk.window.start, walk.window.end


def as_first_seen(walk: Walk, item: Summary) -> Summary:
    """An item as any list showed it first."""
    number = walk.distinct.events.find(item.identity)
    assert number is not None
    return walk.distinct.events.summary(number)


def compared(walks: list[Walk], times: Sequence[str]) -> dict[Difference, list[Comparison]]:
    """What `compare` finds, by looking at all earlier walks."""
    found: dict[Difference, list[Comparison]] = {how: [] for how in Difference}
    for index, walk in enumerate(walks):
        before, kind = walks[:index], walk.window.kind
        same = [each for each in before if each.window == walk.window]
        found[Difference.LIMIT] += beside(walk, [each for each in same if each.limit != walk.limit], None)
        found[Difference.NOTHING] += beside(walk, [each for each in same if each.limit == walk.limit], kind)
        of_kind = [
            each
            for each in before
            if bounds(each) == bounds(walk)
            and each.window.kind != kind
            and (not kind or kind in [item.k for item in shows(each)])
        ]
        found[Difference.KIND] += beside(walk, [each for each in of_kind if shows(each)], kind)
        found[Difference.BOUNDS] += inside(walks, index, times)
    return found


def inside(walks: list[Walk], index: int, times: Sequence[str]) -> list[Comparison]:
    """A walk beside earlier ones with other bounds, that show what lies inside its own."""
    walk = walks[index]
    start, end = bounds(walk)
    if start is None or end is None:
        return []
    first: dict[object, tuple[Summary, Walk]] = {}
    for each in walks[:index]:
        if each.window.kind == walk.window.kind and None not in bounds(each) and each.window != walk.window:
            for item in shows(each):
                if not each.window.kind or item.k == each.window.kind:
                    first.setdefault(item.identity, (as_first_seen(walk, item), each))
    within = [(item, each) for item, each in first.values() if all(start < getattr(item, time) < end for time in times)]
    missing = sorted((item for item, _ in within if misses(walk, item)), key=lambda item: getattr(item, times[0]))
    if not within:
        return []
    earlier = first[missing[0].identity][1] if missing else within[0][1]
    return [Comparison(walk, earlier, missing[0] if missing else None, len(missing))]


@pytest.mark.parametrize("times", [("t",), ("a",), ("t", "a")], ids=",".join)
def test_comparisons_are_those_of_all_walks(times: Sequence[str]) -> None:
    """Each walk is compared with the last earlier one that differs so, and with all that have other bounds."""
    for number in ROUNDS:
        walks = drawn(random.Random(number))
        found, expected = compare(walks, walks, times, misses), compared(walks, times)
        for how in (Difference.LIMIT, Difference.NOTHING, Difference.KIND):
            assert expected[how] == list(found[how]), (number, how)
        by_walk = {each.walk.begun: each for each in found[Difference.BOUNDS]}
        assert sorted(by_walk) == [each.walk.begun for each in expected[Difference.BOUNDS]], number
        for each in expected[Difference.BOUNDS]:
            ours = by_walk[each.walk.begun]
            assert (each.number, each.missing is None) == (ours.number, ours.missing is None), number
            if each.missing is not None and ours.missing is not None:
                # Of events of one time, the first is any.
                assert getattr(each.missing, times[0]) == getattr(ours.missing, times[0]), number
                assert ours.missing.identity in ours.earlier.distinct, number
                assert misses(each.walk, ours.missing), number
            assert ours.earlier.begun < each.walk.begun, number
            assert ours.earlier.window != each.walk.window, number


def test_nothing_is_compared_by_bounds_where_no_time_is_left() -> None:
    """Where each time was ruled out, nobody knows what windows filter by."""
    walks = drawn(random.Random(1))

    assert () == compare(walks, walks, (), misses)[Difference.BOUNDS]


@pytest.mark.parametrize("a, due", [(9, False), (10, False), (11, True), (89, True), (90, False), (91, False)])
def test_what_one_of_the_times_puts_outside_is_not_due(a: int, due: bool) -> None:
    """As long as windows may filter by `t` or by `a`, an event must be shown where both lie strictly inside."""
    events = Events()
    walks = [
        Walk(OWNER, window, None, True, [order], [dataclasses.replace(page(), items=events.add(items))])
        for order, (window, items) in enumerate([(Window(0, 100, None), [Summary(50, 0, a, "a")]), (Window(10, 90, None), [])])
    ]
    found = compare(walks, walks, ("t", "a"), lambda walk, item: item.identity not in walk.distinct)

    assert [1] * due == [each.number for each in found[Difference.BOUNDS]]


# Order.


def test_walks_that_disagree_on_order_are_found() -> None:
    """Of two lists alike in having a filter, wherever two events stand the other way round; of more, nothing that is not so."""
    for number in ROUNDS:
        walks = [walk for walk in drawn(random.Random(number)) if not walk.window.kind][:2]
        if len(walks) < 2:
            continue
        one, other = ([item.identity for item in shows(walk)] for walk in walks)
        common = [identity for identity in one if identity in other]
        theirs = [identity for identity in other if identity in one]
        has_any, found = compare_order(walks)
        longer, shorter = sorted((one, other), key=len, reverse=True)
        steps = itertools.pairwise([identity for identity in shorter if identity in longer])
        against = [(first, second) for first, second in steps if longer.index(first) > longer.index(second)]

        assert (len(common) > 1, common != theirs) == (has_any, bool(found)), number
        assert against[:1] == [(each.first, each.second) for each in found], number


def test_lists_with_a_filter_may_all_be_the_reverse() -> None:
    """Each goes one way beside the list without one, and all go the same: where not, the last step each way is shown."""
    counts = set()
    for number in ROUNDS:
        walks = drawn(random.Random(number))
        plain = [walk for walk in walks if not walk.window.kind][:1]
        filtered = sorted((walk for walk in walks if walk.window.kind), key=lambda walk: -len(shows(walk)))
        if not plain or not filtered:
            continue
        events = [item.identity for item in shows(plain[0])]
        expected, ways = [], []
        for walk in filtered:
            common = [item.identity for item in shows(walk) if item.identity in events]
            steps = [(events.index(one) < events.index(other), one, other) for one, other in itertools.pairwise(common)]
            last = {up: (one, other) for up, one, other in steps}
            if len(last) == 2:
                expected.append(last)
            elif last:
                ways.append(last)
        if len({up for last in ways for up in last}) == 2:
            expected.append({up: next(last[up] for last in ways if up in last) for up in (False, True)})
        common_with_any = {
            len({*one} & {*other}) > 1 for one, other in itertools.combinations(map(identities, plain + filtered), 2)
        }
        compared, found = compare_order(plain + filtered)
        counts.add(len(expected))

        unlike = [(each, each.unlike) for each in found if each.other is plain[0] and each.unlike is not None]
        assert [(last[False], last[True]) for last in expected] == [
            ((each.first, each.second), (other.first, other.second)) for each, other in unlike
        ], number
        assert compared or not (expected or ways), number
        assert True in common_with_any or not compared, number
    assert len(counts) > 1


def test_what_disagrees_is_shown_as_it_is() -> None:
    """One list has the events of a disagreement in this order, and the other one in the other."""
    filtered = 0
    for number in ROUNDS:
        walks = drawn(random.Random(number))
        for each in compare_order(walks)[1]:
            here, there = ([item.identity for item in shows(walk)] for walk in (each.walk, each.other))
            assert here.index(each.first) < here.index(each.second), number
            assert there.index(each.second) < there.index(each.first), number
            unlike = bool(each.walk.window.kind) != bool(each.other.window.kind)
            filtered += unlike
            assert unlike is (each.unlike is not None), number
            for one in () if each.unlike is None else (each.unlike.walk, each.unlike.other):
                identities = [item.identity for item in shows(one)]
                assert identities.index(each.unlike.first) < identities.index(each.unlike.second), number
            assert each.unlike is None or (each.unlike.walk.window.kind and not each.unlike.other.window.kind), number
    assert filtered


# What had not expired.


def test_what_was_there_is_told_by_all_that_was_shown() -> None:
    """The last exchange that shows an event or an older one, by `t` and `n`, and by `a` of those that were listed."""
    for number in ROUNDS:
        rng = random.Random(number)
        views = []
        for _ in range(rng.randint(1, 6)):
            times = [rng.randrange(9) for _ in range(rng.randrange(4))]
            items = tuple(Summary(t, 0, (t * 5) % 9, "a") for t in times)
            views.append(rng.choice((dataclasses.replace(page(), items=items), latest(*times), fetched(rng.randrange(9)))))
        session = history(*views)
        listed: dict[int, int] = {item.t: order for order, each in session.pages for item in each.items}
        in_full = {event.t: order for order, each in session.latest for event in each.items}
        for order, answer in session.fetched:
            in_full[answer.event.t] = max(order, in_full.get(answer.event.t, 0))
        for t in range(9):
            by_time = max([order for each in (listed, in_full) for time, order in each.items() if time <= t], default=-1)
            older = [time for time in listed if (time * 5) % 9 <= (t * 5) % 9]
            by_collection = max([max(listed[time], in_full.get(time, 0)) for time in older], default=0)
            expected = (by_time, by_collection) if t in listed else (by_time,)
            found = session._survival[OWNER]

            assert expected == found.last_shown((t, 0)), (number, t)
            for order in range(8):
                assert all(last >= order for last in expected) == found.was_there((t, 0), order), (number, t, order)


@pytest.mark.parametrize(
    "times, started, newest, expected",
    [
        ((100,), None, None, False),
        ((40,), 100.0, None, False),
        ((41,), 100.0, None, True),
        ((160,), 100.0, None, True),
        ((161,), 100.0, None, False),
        ((161, 100), 100.0, None, True),
        ((40,), None, 100, False),
        ((41,), None, 100, True),
        ((999,), None, 100, True),
        ((40, 99), None, 100, False),
        ((1,), 100.0, 30, True),
    ],
)
def test_what_was_recorded_within_a_minute_is_fresh(
    times: tuple[int, ...], started: float | None, newest: int | None, expected: bool
) -> None:
    """By the clock, recorded or collected; by the newest event, recorded."""
    assert expected == fresh(times, started, newest)


def test_the_newest_is_known_at_each_exchange() -> None:
    """The greatest time that an exchange or one before it had shown."""
    newest = Newest()
    for order, time in ((2, 5), (3, None), (4, 5), (5, 4), (6, 9), (7, 7)):
        newest.see(time, order)

    assert [None, None, 5, 5, 5, 5, 9, 9] == [newest.by(order) for order in range(8)]
    assert [5, 9] == newest.times
