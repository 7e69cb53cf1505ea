"""What a session keeps of its exchanges: all of them up to a bound, and no walk cut by it."""

from __future__ import annotations

import dataclasses
import itertools
import pickle

import pytest
from tests.judge.reading.test_history import OWNER, TRACE, fetched, latest, page

from mconn_contracts.contract.document import load
from mconn_contracts.judge.reading.reader import Reader
from mconn_contracts.judge.reading.recorder import EXCHANGE_BYTES, MOST_BYTES, Recorder, header_of
from mconn_contracts.judge.reading.views import Answer, Summary
from mconn_contracts.model.exchange import Credential, Exchange, Intent, Origin, Request, Response, Trace

ROOM_FOR_TWO = 2 * EXCHANGE_BYTES
"""The bound of a session that has room for two exchanges of an event each."""


def recorded(*views: object, most: int = ROOM_FOR_TWO) -> Recorder:
    """A recorder of these views."""
    recorder = Recorder(most)
    for view in views:
        recorder.add(view)
    return recorder


def test_what_is_past_the_bound_is_counted() -> None:
    """The first exchanges are kept, and the number of all others is known."""
    recorder = recorded(page(1001), latest(1002), fetched(1003), page(1004), latest(1005))
    history = recorder.history()

    assert (1, 1, 0, 3) == (len(history.pages), len(history.latest), len(history.fetched), recorder.unrelated)


def test_a_view_that_is_never_related_needs_no_room() -> None:
    """Pages of other connectors, and those of bare models, are neither kept nor counted."""
    others = [dataclasses.replace(page(1001), own=False), dataclasses.replace(page(1001), owner=None)]
    recorder = recorded(*others * 9, page(1001), latest(1002))

    assert (1, 1, 0) == (len(recorder.history().pages), len(recorder.history().latest), recorder.unrelated)


def test_an_open_walk_is_not_cut() -> None:
    """A walk that the bound meets is kept to its end; one that begins later is not."""
    walk = [page(1001, leads_to="x"), page(1002, cursor="x", leads_to="y"), page(1003, cursor="y")]
    recorder = recorded(*walk, page(1001, leads_to="z"), page(1002, cursor="z"))

    assert [3] == [len(each.pages) for each in recorder.history().walks]
    assert (True, 2) == (recorder.history().walks[0].ended, recorder.unrelated)


def test_an_open_walk_ends_at_twice_the_bound() -> None:
    """A server that never ends a walk does not fill the memory."""
    walk = [page(1000), *(page(1001 + n, cursor=f"{n}", leads_to=f"{n + 1}") for n in range(20))]
    walk[0] = dataclasses.replace(walk[0], next_cursor="0")
    recorder = recorded(*walk)

    assert [4] == [len(each.pages) for each in recorder.history().walks]
    assert (False, 17) == (recorder.history().walks[0].ended, recorder.unrelated)


def test_a_history_stays_as_it_was() -> None:
    """What is asked for while exchanges still come is of those that came, and hides none that come later."""
    recorder = recorded(page(1001), most=100 * EXCHANGE_BYTES)
    before = recorder.history()
    recorder.add(page(1002))

    assert ((1001, 0), 1) == (before.walks[0].identities()[0], len(before.walks))
    assert 2 == len(recorder.history().walks)
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.pages = ()  # type: ignore[misc]


def test_a_history_does_not_know_what_was_listed_later() -> None:
    """An event that was fetched, and is listed after the history was asked for, is not listed in it."""
    recorder = recorded(page(1001), fetched(1002), most=100 * EXCHANGE_BYTES)
    before = recorder.history()
    assert before.listed[OWNER].repeated is False
    recorder.add(page(1002))

    assert [True, False] == [before.was_there(OWNER, (1002, 0), order) for order in (2, 3)]
    assert (1002, 0) not in before.listed[OWNER]
    assert (1002, 0) in recorder.history().listed[OWNER]


def test_what_many_exchanges_have_alike_is_kept_once() -> None:
    """The owner, the window and the fields that were sent; and an event in full that stays as it was."""
    sent = dataclasses.replace(TRACE, request=Request("GET", "http://127.0.0.1", (("A", "b"),)))
    view = dataclasses.replace(page(1001), trace=sent)
    pages = [view, pickle.loads(pickle.dumps(view))]
    recorder = recorded(*pages, latest(1001), fetched(1001), most=100 * EXCHANGE_BYTES)
    (_, one), (_, other) = recorder.history().pages
    assert one.trace.request is not None
    assert other.trace.request is not None

    assert pages[0].owner is not pages[1].owner
    assert (True, True, True) == (
        one.owner is other.owner,
        one.window is other.window,
        one.trace.request.headers is other.trace.request.headers,
    )
    assert recorder.history().latest[0][1].items[0] is recorder.history().fetched[0][1].event


def test_views_are_put_in_the_order_of_their_entries() -> None:
    """Exchanges that are told to have come in another order are numbered in that order."""
    views = [dataclasses.replace(page(time), trace=Trace(Origin(entry=time), None, None)) for time in (1, 2, 3)]
    recorder = recorded(*views, most=100 * EXCHANGE_BYTES)
    recorder.reorder({3: 0, 1: 1, 2: 2})

    assert [(1, 3), (2, 1), (3, 2)] == [(order, each.items[0].t) for order, each in recorder.history().pages]


def test_long_texts_and_kinds_need_room() -> None:
    """What a server invents, such as endless cursors and kinds, is bounded as well."""
    long = dataclasses.replace(TRACE, request=Request("GET", "http://127.0.0.1/" + "x" * 1000 * EXCHANGE_BYTES))
    kinds = dataclasses.replace(page(1001), items=tuple(Summary(1001, n, 1001, f"Kind{n}") for n in range(100)))
    recorders = [
        recorded(view, page(1002), most=20 * EXCHANGE_BYTES) for view in (dataclasses.replace(page(1001), trace=long), kinds)
    ]

    assert [(1, 1), (1, 1)] == [(len(each.history().pages), each.unrelated) for each in recorders]


URL = "http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events"
READER = Reader(load())
PROBE = Intent()


def sized(*views: object) -> list[int]:
    """The memory that each of some views takes, about, after those before it."""
    recorder = Recorder()
    sizes = [recorder.size]
    for view in views:
        recorder.add(view)
        sizes.append(recorder.size)
    assert (0, 256 * 2**20) == (sizes[0], MOST_BYTES)
    return [after - before for before, after in itertools.pairwise(sizes)]


def test_what_is_kept_is_counted_in_bytes() -> None:
    """A thousand for an exchange, 40 for a listed event, 700 for one in full or a kind, and what their texts take."""
    url = 2 * len("http://127.0.0.1")
    kinds = dataclasses.replace(page(1001, 1002), items=(Summary(1, 0, 1, "Init"), Summary(2, 0, 2, "Leave")))
    differing = dataclasses.replace(kinds, items=(Summary(1, 0, 9, "Init"),))
    headers = (("A", "bc"),)
    sent = dataclasses.replace(TRACE, request=Request("GET", "http://127.0.0.1/", headers))

    assert [
        1_000 + 2 * 40 + 2 * 700 + 2 * len("InitLeave") + url,
        1_000 + 2 * 40 + url,
        1_000 + 40 + 700 + url,
        1_000 + 700 + 8 * len('{"k":"Init"}') + url,
        1_000 + url,
        1_000 + 700 + 8 * len('{"k":"Init"}') + url,
        1_000 + 2 * 3 + url + 2,
        1_000 + url + 2,
        1_000,
    ] == sized(
        kinds,
        kinds,
        differing,
        latest(1001),
        fetched(1001),
        fetched(1002),
        dataclasses.replace(latest(), trace=sent),
        dataclasses.replace(latest(), trace=sent),
        dataclasses.replace(latest(), trace=dataclasses.replace(TRACE, request=None)),
    )


def answer(method: str, suffix: str = "/1.0", intent: Intent | None = PROBE, status: int | None = 200, **fields: str) -> Answer:
    """An answer with these fields."""
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return READER.read(Exchange(Response(status, headers, None), Request(method, URL + suffix), intent=intent))


HEAD, GET = answer("HEAD", content_type="a", content_length="5"), answer("GET", content_type="b", content_encoding="gzip")


@pytest.mark.parametrize(
    "answers, pairs",
    [
        ([HEAD, GET], 1),
        ([HEAD, answer("GET", "/2.0"), GET], 1),
        ([HEAD, GET, GET], 1),
        ([HEAD, HEAD, GET], 1),
        ([HEAD, GET, HEAD, GET], 2),
        ([GET, HEAD], 0),
        ([HEAD, answer("GET", status=404)], 1),
        ([HEAD, answer("GET", status=429)], 0),
        ([HEAD, answer("GET", status=429), GET], 1),
        ([HEAD, answer("GET", status=None), GET], 1),
        ([HEAD, answer("GET", status=None)], 0),
        ([HEAD, answer("POST")], 0),
        ([answer("HEAD", status=399), GET], 1),
        ([answer("HEAD", status=400), GET], 0),
        ([answer("HEAD", status=None), GET], 0),
        ([answer("HEAD", intent=None), GET], 0),
        ([HEAD, answer("GET", intent=None)], 0),
        ([HEAD, answer("GET", intent=Intent(Credential.WRONG))], 0),
        ([answer("HEAD", intent=Intent(Credential.ABSENT)), GET], 0),
        ([answer("HEAD", "/a/b"), answer("GET", "/a/b")], 0),
    ],
)
def test_head_stands_beside_the_next_get_of_its_url(answers: list[Answer], pairs: int) -> None:
    """Of probes with the user's own credential, where HEAD is answered and no refusal."""
    recorder = Recorder()
    for each in answers:
        recorder.add(each)

    assert pairs == len(recorder.history().heads)


def test_head_is_noted_after_the_history_was_asked_for() -> None:
    """What was asked for before does not hide it."""
    recorder = Recorder()
    recorder.add(HEAD)
    before = recorder.history()
    recorder.add(GET)

    assert ((), 1) == (before.heads, len(recorder.history().heads))


def test_a_header_says_what_the_content_is() -> None:
    """Its type and coding; its length only of an event, which stays as it is."""
    of_list = answer("GET", "?from=1&to=2", content_type="a", content_length="5", server="x")

    assert (200, {"content-type": "a", "content-length": "5"}) == (header_of(HEAD).status, header_of(HEAD).fields)
    assert {"content-type": "b", "content-encoding": "gzip"} == header_of(GET).fields
    assert {"content-type": "a"} == header_of(of_list).fields
    assert {} == header_of(answer("GET", "/a/b", content_length="5")).fields


def test_a_list_with_an_odd_limit_is_not_related() -> None:
    """Nobody documents what it gets."""
    odd = dataclasses.replace(page(1001), odd_limit=True)

    assert ((), 0) == (recorded(odd).history().pages, recorded(odd).unrelated)


def test_sources_and_open_walks_are_told() -> None:
    """Where what was kept came from, and whether a walk has a next page that was not asked for."""
    view = dataclasses.replace(page(1001, leads_to="x"), trace=Trace(Origin("a.har"), None, None))
    recorder = recorded(view, latest(1), most=100 * EXCHANGE_BYTES)

    assert ({"a.har", ""}, True) == (recorder.sources, recorder.amid_a_walk)
    recorder.add(page(1002, cursor="x"))
    assert not recorder.amid_a_walk
    assert (3, ()) == (recorder.emptied().unrelated, recorder.emptied().history().pages)
    recorder = recorded(*[page(1001)] * 3)
    assert 1 + 2 == recorder.emptied().unrelated


def test_an_entry_without_a_rank_stays_where_it_came() -> None:
    """So does what has no entry."""
    views = [
        dataclasses.replace(page(time), trace=Trace(Origin(entry=entry), None, None))
        for time, entry in ((1, 9), (2, None), (3, 5))
    ]
    recorder = recorded(*views, most=100 * EXCHANGE_BYTES)
    before = recorder.history()
    recorder.reorder({9: 7})

    assert [2, 3, 1] == [each.items[0].t for _, each in recorder.history().pages]
    assert [1, 2, 3] == [each.items[0].t for _, each in before.pages]


def test_traits_are_kept_once_and_need_room() -> None:
    """Each way to answer, with the first exchange that shows it."""
    body = b'{"success": true, "errors": [], "messages": [], "result": {"count": 0, "items": []}}'
    answers = [
        READER.read(Exchange(Response(200, (), body), Request("GET", f"{URL}/latest"), Origin(entry=entry), intent=Intent()))
        for entry in (1, 2)
    ]
    recorder = Recorder()
    assert {} == recorder.history().traits
    for each in answers:
        recorder.add(each)

    assert [1] == [trace.origin.entry for trace in recorder.history().traits.values()]
    assert EXCHANGE_BYTES == recorder.size
    assert ({}, 1) == (recorded(answers[0], most=0).history().traits, recorded(answers[0], most=0).unrelated)
