"""Judging in bulk: the same tally as judging each payload by itself, whatever the payloads are."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.batches import VIEWS, Batches, _refused, _start_of_line
from mconn_contracts.judge.check import Plan, Session, check
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.page import latest_facts, list_facts
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.tally import Tally
from mconn_contracts.reports.json import REPORT

DOCUMENT = load()
PLANS = {compiled: Plan(DOCUMENT, compiled=compiled) for compiled in (True, False)}
NAMES = (
    None,
    "EventGetResponse",
    "EventListResponse",
    "LatestListResponse",
    "EventSummary",
    "listEvents",
    "getLatestEvents",
    "getEvent",
)


def report(
    plan: Plan, bodies: Sequence[bytes], cap: int, declared: str | None, status: int | None = None, size: int = 1000
) -> str:
    """The JSON report on payloads, judged in batches of at most `size`."""
    session = Session(plan, cap)
    for start in range(0, len(bodies), size):
        part = bodies[start : start + size]
        session.observe_batch(Batch("archive", part, range(start + 1, start + 1 + len(part)), None, declared, status))
    return REPORT.render(session.verdict())


integers = st.one_of(
    st.integers(0, 5),
    st.sampled_from([-1, 0.0, 1.0, 1.5, 2**53 - 1, 2**53, float(2**53), 10**30, 1e300, True, None, "1", [], {}, [[1]]]),
)
texts = st.one_of(
    st.sampled_from(["Init", "Leave", "init", "StartUpgrade", "", "é", "\ud800", '"', "a\\b", "\x00"]), st.text(max_size=3)
)
anything = st.recursive(
    st.one_of(integers, texts), lambda child: st.lists(child, max_size=2) | st.dictionaries(texts, child, max_size=2)
)
unknown = st.dictionaries(st.sampled_from(["z", "k", "result", "count", "items", "e", "t", "x"]), anything, max_size=1)


def objects(**properties: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of those properties, now and then without one, with another, or something else instead."""
    whole = st.fixed_dictionaries(properties)
    partial = st.tuples(st.fixed_dictionaries({}, optional=properties), unknown).map(lambda both: {**both[0], **both[1]})
    return st.one_of(whole, whole, whole, partial, st.tuples(whole, unknown).map(lambda both: {**both[0], **both[1]}))


bodies_of_e = st.one_of(
    st.sampled_from([{"k": kind} for kind in DOCUMENT.kinds]),
    objects(k=texts),
    objects(k=st.just("StartUpgrade"), url=texts),
    anything,
)
events = st.one_of(
    objects(e=bodies_of_e, n=integers, t=integers), objects(e=bodies_of_e, n=st.integers(0, 9), t=st.integers(0, 9), v=texts)
)
summaries = objects(a=integers, k=texts, n=integers, t=integers)
good = st.builds(lambda t, n: {"a": t, "k": "Init", "n": n, "t": t}, st.integers(0, 3), st.integers(0, 3))
lists = st.one_of(st.lists(good, max_size=4), st.lists(summaries, max_size=3), anything)
pages = st.one_of(
    st.lists(good, min_size=1, max_size=4).map(
        lambda items: {"count": len(items), "items": sorted(items, key=lambda i: (i["t"], i["n"]))}
    ),
    objects(count=integers, items=lists),
    objects(count=st.integers(0, 5), items=lists, cursor=texts),
)
latest = objects(count=st.integers(0, 3), items=st.lists(events, max_size=3))
envelopes = objects(
    success=st.sampled_from([True, True, True, False, None, 1]),
    errors=st.sampled_from([[], [], None, [{"code": 1, "message": "m"}]]),
    result=st.one_of(events, pages, latest, anything),
)
documents = st.one_of(events, events, summaries, pages, latest, envelopes, anything)


def written(value: Any, style: int) -> bytes:
    """A document as text, in one of several ways to write it."""
    if style == 1:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    text = json.dumps(value).encode()
    return {
        2: b" \t" + text.replace(b": ", b" : ") + b"\r",
        3: b"\xef\xbb\xbf" + text,
        4: text[:-3],
        5: text + b" {}",
        6: text.replace(b'"n": ', b'"n": 1, "n": '),
        7: text.replace(b"1", b"1.0"),
        8: text.replace(b'"', b"'"),
        9: text.replace(b"a", b"\xff"),
        10: text.replace(b"1", b"NaN"),
        11: text.replace(b'"t"', b'"\\u0074"'),
        12: text.replace(b"1", b"01"),
        13: text.replace(b'"n": ', b'"n": ' + b"[" * 120) + b"]" * 120,
        14: text.replace(b"1", b"1" * 500),
        15: text.replace(b"1", b"1e999"),
        16: b'{"z": ' + b'{"a": ' * 99 + text + b"}" * 100,
    }.get(style, text)


styles = st.one_of(st.just(0), st.just(0), st.just(1), st.integers(0, 16))
hostile = st.sampled_from(
    [b"", b" \r", b"\x00", b"null", b"[]", b"[" * 100_000, b'"' * 3, b"{}", b"\xff\xfe", b'{"e":', b"-", b"1" * 5000]
)
lines = st.one_of(st.builds(written, documents, styles), st.builds(written, events, st.just(0)), hostile)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(lines, min_size=1, max_size=8),
    st.lists(st.integers(0, 7), min_size=1, max_size=50),
    st.integers(1, 3),
    st.sampled_from(NAMES),
    st.sampled_from([None, None, 200, 404]),
    st.integers(1, 100),
)
def test_bulk_and_single_give_the_same_report(
    different: list[bytes], order: list[int], cap: int, declared: str | None, status: int | None, size: int
) -> None:
    """Counting by types and by kinds of defects never changes a report: not a finding, a count, or what was decided."""
    bodies = [different[index % len(different)] for index in order]

    assert report(PLANS[False], bodies, cap, declared, status) == report(PLANS[True], bodies, cap, declared, status, size)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(written, documents, styles), min_size=2, max_size=40), st.sampled_from(NAMES))
def test_many_different_payloads_give_the_same_report(bodies: list[bytes], declared: str | None) -> None:
    """No two payloads that are counted alike differ in what is found in them."""
    assert report(PLANS[False], bodies, 1, declared) == report(PLANS[True], bodies, 1, declared)


ONE = b'{"e":{"k":"Init"},"n":1,"t":2}'


def judged(plan: Plan, text: bytes) -> Session:
    """A session that has seen an event, and then a text of which each line is a payload."""
    session = Session(plan, 3)
    for source, part in (("an event", ONE), ("text", text)):
        session.observe_batch(Batch(source, part, range(1, part.count(b"\n") + (not part.endswith(b"\n")) + 1)))
    return session


def report_on_text(plan: Plan, text: bytes) -> str:
    """The JSON report on such a text."""
    return REPORT.render(judged(plan, text).verdict())


ends = st.sampled_from([b"\n"] * 12 + [b"\r\n", b"\r\n", b" \n", b"\n\n", b"\n \n", b"\r\r\n", b"\t\n", b" ", b""])
accepted = st.one_of(
    st.builds(lambda n, t: {"e": {"k": "Init"}, "n": n, "t": t}, st.integers(0, 20), st.integers(0, 20)),
    st.builds(lambda t, v: {"t": t, "v": v, "n": 0, "e": {"k": "Leave"}}, st.integers(0, 20), texts.filter(str.isprintable)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.builds(written, accepted, st.sampled_from([0, 0, 0, 1, *range(17)])), ends), max_size=12))
def test_a_text_gives_the_same_report_as_its_lines(parts: list[tuple[bytes, bytes]]) -> None:
    """Whatever stands between documents, and in them, a text that is decoded as a whole is judged as its lines are."""
    text = b"".join(body + end for body, end in parts)

    assert report_on_text(PLANS[False], text) == report_on_text(PLANS[True], text)


@pytest.mark.parametrize(
    "text, expected",
    [
        (ONE + b"\n" + ONE + b"\n", {}),
        (ONE + b"\n" + ONE, {}),
        (b"\n" + ONE + b"\n\n \n" + ONE + b"\n\n", {}),
        (ONE + b"\r\n" + ONE + b"\r\n", {}),
        (b" " + ONE.replace(b":", b" : ") + b"  \n\t" + ONE + b"\t\n", {}),
        (ONE + ONE + b"\n\n" + ONE + b"\n", {"MC002": [1]}),
        (ONE + b" " + ONE + b"\n" + ONE + b"\n", {"MC002": [1]}),
        (ONE.replace(b'"n"', b'\n"n"') + ONE + b"\n" + ONE + b"\n", {"MC001": [1], "MC002": [2]}),
        (ONE + ONE.replace(b'"n"', b'\n"n"') + b"\n", {"MC002": [1, 2]}),
        (ONE.replace(b',"n"', b'\n"n"') + b"\n" + ONE + b"\n", {"MC001": [1], "MC002": [2]}),
        (ONE[:-1] + b"0\n" + b',"t":3}\n', {"MC001": [1], "MC002": [2]}),
        (ONE + b"\n\xef\xbb\xbf" + ONE + b"\n", {"MC008": [2]}),
        (ONE + b"\n" + ONE.replace(b'"n"', b'"n":1,"n"') + b"\n", {"MC006": [2]}),
        (ONE + b"\n" + ONE.replace(b'"n"', b'"\\u006e":1,"n"') + b"\n", {"MC006": [2]}),
        (ONE.replace(b"{", b'{"v":"    ",', 1)[:-1] + b',"v":""}\n', {"MC006": [1]}),
        (ONE.replace(b'"n":1', b'"n":1e3,"n":1000') + b"\n", {"MC006": [1]}),
        (ONE.replace(b'"n":1', b'"n":-0') + b"\n" + ONE.replace(b":2", b":2.0") + b"\n" + ONE.replace(b":2", b":2e1"), {}),
        (ONE.replace(b'"n":1', b'"n":' + b"9" * 500) + b"\n", {"MC105": [1]}),
        (ONE + b"\0\n" + ONE + b"\n", {"MC002": [1]}),
        (ONE + b"\n" + ONE[:-1] + b',"v":"\\ud800"}\n', {"MC010": [2]}),
        (ONE + b"\n" + ONE[:-1] + b',"v":"\\\\ \\" \\u00e9 \\ud83d\\ude00"}\n', {}),
        (ONE.replace(b"Init", b"\xff") + b"\n" + ONE + b"\n", {"MC004": [1], "MC102": [1]}),
        (ONE[:-3] + b"\n" + ONE + b"\n", {"MC001": [1]}),
    ],
)
def test_what_a_text_hides_is_found_at_its_line(text: bytes, expected: dict[str, list[int]]) -> None:
    """What a decoder of lines takes without a word is found all the same, and nothing else is."""
    found: dict[str, list[int | None]] = {}
    for finding in judged(PLANS[True], text).tally.findings():
        found.setdefault(finding.code, []).append(finding.line)

    assert expected == found
    assert report_on_text(PLANS[False], text) == report_on_text(PLANS[True], text)


@pytest.mark.parametrize("length", range(20, 40))
def test_a_payload_may_stand_on_several_lines(length: int) -> None:
    """Its first line is as long as its value for one of these lengths; that it says something twice is found all the same."""
    body = b'{"v":"' + b"x" * length + b'",\n"v":"","e":{"k":"Init"},"n":1,"t":2}'

    assert report(PLANS[False], [ONE, body, ONE], 5, None) == report(PLANS[True], [ONE, body, ONE], 5, None)


def test_rules_on_one_exchange_say_that_they_hold_in_batches() -> None:
    """A new rule on one exchange is looked at before bare payloads are counted past it."""
    assert [] == [rule.code for rule in RULES if rule.on in VIEWS and not rule.in_batches]


def test_facts_of_a_page_are_those_that_rules_judge() -> None:
    """Of pages with the same facts, rules say the same: nothing; where they may find something, there are none."""

    def facts(*items: tuple[int, int], count: int | None = None, **rest: str) -> object:
        page = {"count": len(items) if count is None else count, "items": [{"t": t, "n": n} for t, n in items], **rest}
        return list_facts(page, itemgetter), latest_facts(page, itemgetter)

    assert ((0, True), False) == facts()
    assert ((1, True), True) == facts((1, 0))
    assert ((2, True), True) == facts((1, 0), (1, 1), (2, 0))
    assert ((2, True), True) == facts((2, 0), (1, 1), (1, 0))
    assert ((2, False), None) == facts((2, 0), (3, 0), count=3, cursor="c")
    assert (None, True) == facts((2, 0), (3, 0), cursor="")
    assert (None, None) == facts((2, 0), count=0)
    assert [(None, None)] * 2 == [facts((2, 0), (2, 0)), facts((2, 0), (3, 0), (2, 0))]
    assert [(None, True)] * 2 == [facts((1, 1), (1, 0), (2, 0)), facts((2, 0), (1, 0), (1, 1))]


EVENTS = [b'{"e": {"k": "Init"}, "n": %d, "t": 1700000000, "v": "1.%d"}' % (index, index % 3) for index in range(200)]


def singly(plan: Plan, bodies: Sequence[bytes], declared: str | None = None) -> int:
    """How many of the payloads are judged one by one."""
    seen: list[Exchange] = []
    session = Session(plan)
    Batches(plan, check, every=False, gathers=False).take(
        Batch("archive", bodies, range(1, len(bodies) + 1), None, declared), session.tally, seen.append
    )
    return len(seen)


@pytest.mark.parametrize("declared", [None, "EventGetResponse"])
def test_what_types_accept_is_not_judged_singly(declared: str | None) -> None:
    """Of valid events, none is judged by itself, with or without spaces and carriage returns."""
    assert singly(PLANS[True], EVENTS, declared) == 0
    assert singly(PLANS[True], [event.replace(b" ", b"") for event in EVENTS], declared) == 0
    assert singly(PLANS[True], [event.replace(b" ", b"") + b"\r" for event in EVENTS], declared) == 0
    assert singly(PLANS[False], EVENTS, declared) == len(EVENTS)


LISTED = [
    b'{"count": 2, "items": [{"a": 5, "k": "Init", "n": 0, "t": %d}, {"a": 5, "k": "Leave", "n": 1, "t": %d}]}' % (t, t)
    for t in range(40)
]
LATEST = [
    b'{"count": 2, "items": [{"e": {"k": "Init"}, "n": 1, "t": %d}, {"e": {"k": "Leave"}, "n": 0, "t": %d}]}' % (t, t)
    for t in range(40)
]


def enveloped(result: bytes) -> bytes:
    """A result in its envelope."""
    return b'{"success": true, "errors": [], "messages": [], "result": %s}' % result


def one_by_one(monkeypatch: pytest.MonkeyPatch, *batches: Batch) -> list[int]:
    """The indexes of the payloads of some batches that are not decoded together, by a type."""
    seen: list[int] = []
    count_other = Batches._count_other

    def counted(self: Batches, batch: Batch, index: int, tally: Tally) -> bool:
        seen.append(index)
        return count_other(self, batch, index, tally)

    monkeypatch.setattr(Batches, "_count_other", counted)
    session = Session(PLANS[True])
    for batch in batches:
        session.observe_batch(batch)
    return seen


@pytest.mark.parametrize("written_as", ["a text", "one by one", "on several lines", "with carriage returns"])
@pytest.mark.parametrize(
    "bodies, name",
    [
        (EVENTS, "EventGetResponse"),
        (LISTED, "EventListResponse"),
        (LATEST, "LatestListResponse"),
        ([enveloped(each) for each in EVENTS], "getEvent"),
        ([enveloped(each) for each in LISTED], "listEvents"),
        ([enveloped(each) for each in LATEST], "getLatestEvents"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
@pytest.mark.parametrize("declared", [True, False])
def test_valid_payloads_are_decoded_together(
    monkeypatch: pytest.MonkeyPatch, bodies: Sequence[bytes], name: str, written_as: str, declared: bool
) -> None:
    """Whatever model they are of and however they are written, none is looked at by itself, nor those of another model."""
    payloads: Sequence[bytes] | bytes = bodies
    if written_as == "a text":
        payloads = b"\n".join(bodies) + b"\n"
    elif written_as == "on several lines":
        payloads = [body.replace(b", ", b",\n ") for body in bodies]
    elif written_as == "with carriage returns":
        payloads = b"".join(body + b"\r\n" for body in bodies)
    lines = range(1, len(bodies) + 1)
    batch = Batch("archive", payloads, lines, None, name if declared else None)
    other = Batch("archive", EVENTS, range(1, len(EVENTS) + 1))

    assert [] == one_by_one(monkeypatch, batch, batch, other, batch)


@pytest.mark.parametrize("places", [[], [0], [199], [3, 90], [3, 90, 91], [0, 1, 2, 3, 198, 199]])
@pytest.mark.parametrize(
    "bad", [b"{]", b'{"n": 1}', EVENTS[0].replace(b'"t": 17', b'"t": -17'), EVENTS[0] + b" " + EVENTS[1], b""]
)
@pytest.mark.parametrize("as_text", [True, False])
def test_only_what_is_refused_is_looked_at_by_itself(
    monkeypatch: pytest.MonkeyPatch, places: list[int], bad: bytes, as_text: bool
) -> None:
    """What stands around it is decoded together still."""
    bodies = [bad if index in places else body for index, body in enumerate(EVENTS)]
    payloads = b"\n".join(bodies) + b"\n" if as_text else bodies
    batch = Batch("archive", payloads, range(1, len(bodies) + 1), None, "EventGetResponse")

    assert (places if bad else []) == one_by_one(monkeypatch, batch)


@pytest.mark.parametrize("text", [b"", b"a", b"\n", b"a\nbb\n\nccc\n", b"aaaaaaaa\nb\nc\nd", b"a\nb\nc\n" + b"d" * 30 + b"\ne\n"])
def test_a_line_is_found_by_its_number(text: bytes) -> None:
    """Wherever it is looked for first, which hangs on how many lines there seem to be."""
    starts = accumulate((len(line) for line in text.split(b"\n")[:-1]), lambda start, length: start + length + 1, initial=0)
    for index, start in enumerate(starts):
        for number in range(12):
            assert start == _start_of_line(text, index, number), (index, number)


@pytest.mark.parametrize(
    "words, line",
    [
        ("Expected `int`, got `str` - at `$[2].n`", 2),
        ("Expected `int` - at `$[13]`", 13),
        ("JSON is malformed: invalid character (byte 0)", 0),
        ("JSON is malformed: invalid character (byte 2)", 0),
        ("JSON is malformed: invalid character (byte 3)", 0),
        ("JSON is malformed: invalid character (byte 4)", 1),
        ("JSON is malformed: invalid character (byte 6)", 1),
        ("Input data was truncated", 0),
    ],
)
def test_the_line_that_is_refused_is_told_by_the_error(words: str, line: int) -> None:
    """By its number, or by a byte of it; what is wrong with its first byte may be of the line before."""
    assert line == _refused(b"aa\nbb\ncc\n", ValueError(words))


def modified(pointer: str, **keywords: Any) -> Document:
    """The document with keywords added to a schema."""
    raw = copy.deepcopy(DOCUMENT.raw)
    document = Document(raw, "modified")
    document.at(pointer).update(keywords)
    return Document(raw, "modified")


@pytest.mark.parametrize(
    "place, keywords",
    [
        ("/properties/v", {"pattern": "^1[.][01]$"}),
        ("/properties/v", {"maxLength": 2}),
        ("/properties/n", {"multipleOf": 2}),
        ("", {"maxProperties": 3}),
        ("", {"dependentRequired": {"v": ["w"]}}),
        ("", {"not": {"properties": {"n": {"const": 15}}}}),
        ("", {"if": {"properties": {"n": {"const": 15}}}, "then": False}),
        ("/properties/n", {"maximum": 150}),
        ("/properties/v", {"enum": ["1.0", "1.1"]}),
        ("", {"additionalProperties": {"type": "integer"}}),
        ("/properties/e", {"maxProperties": 0}),
    ],
)
@pytest.mark.parametrize("declared", [None, "EventGetResponse"])
def test_a_keyword_of_the_document_is_never_passed_by(place: str, keywords: dict[str, Any], declared: str | None) -> None:
    """With any keyword added, the report is that of `jsonschema`, and another than without."""
    document = modified(f"/components/schemas/EventGetResponse{place}", **keywords)
    bodies = [*EVENTS[::5], b'{"e": {"k": "Init"}, "n": 1, "t": 2, "z": "z"}']
    expected = report(Plan(document, compiled=False), bodies, 5, declared)

    assert expected == report(Plan(document), bodies, 5, declared)
    assert expected != report(PLANS[False], bodies, 5, declared)


def test_a_keyword_without_counterpart_goes_to_jsonschema() -> None:
    """A schema with a keyword that has no counterpart is not compiled: its payloads are judged singly."""
    document = modified("/components/schemas/EventGetResponse/properties/v", pattern="^1")

    assert singly(Plan(document), EVENTS) == len(EVENTS)


def test_choices_of_rules_hold_in_bulk() -> None:
    """Codes that are ignored or of another severity are so in bulk as well."""
    bodies = [b'{"e": {"k": "Init"}, "n": -1, "t": 2, "z": 3}', b'{"e": {"k": "Other"}, "n": 1.5}', b"{", b"[]"] * 50
    for choice in ({"select": ("MC1",)}, {"ignore": ("MC103", "MC0")}, {"select": ("MC105",)}, {"ignore": ("MC9",)}):
        single, bulk = (Plan(DOCUMENT, compiled=compiled, **choice) for compiled in (False, True))

        assert report(single, bodies, 2, None) == report(bulk, bodies, 2, None)
