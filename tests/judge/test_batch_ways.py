"""How each payload of a batch is judged: with others by a type, by the kinds of its defects, or by itself; always the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.batches import Batches
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.rules.rule import Rule
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.known import Known
from mconn_contracts.model.tally import Tally
from mconn_contracts.wire.decoding import LARGE_BODY

DOCUMENT = load()
PLAN = Plan(DOCUMENT)


class Ignored:
    """A sink that keeps nothing."""

    def take(self, finding: Finding) -> None:
        """Let go of a finding."""

    def reject(self, exchange: Exchange) -> None:
        """Let go of an exchange."""


class Bulk:
    """Judges batches, tells how, and holds that the result is that of judging each payload by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, plan: Plan, **options: Any) -> None:
        self.together, self.singly = (Session(plan, 1, **options) for _ in range(2))
        self._ways: dict[int, str] = {}
        count_other, observe = Batches._count_other, self.together.observe

        def counted(batches: Batches, batch: Batch, index: int, tally: Tally) -> bool:
            self._ways[index] = "k"
            return count_other(batches, batch, index, tally)

        def observed(exchange: Exchange) -> object:
            self._ways[(exchange.origin.line or 0) - 1] = "1"
            return observe(exchange)

        monkeypatch.setattr(Batches, "_count_other", counted)
        monkeypatch.setattr(self.together, "observe", observed)

    def judge(self, bodies: Sequence[bytes], declared: str | None = None, status: int | None = None) -> str:
        """A letter for each payload: `t` by a type, `k` by the kinds of its defects, `1` by itself."""
        batch = Batch("archive", bodies, range(1, 1 + len(bodies)), None, declared, status)
        self._ways.clear()
        # The lines of each batch begin anew.
        self.together.begin_capture()
        self.together.observe_batch(batch)
        for exchange in batch.exchanges():
            self.singly.observe(exchange)
        assert self.singly.tally == self.together.tally
        return "".join(self._ways.get(index, "t") for index in range(len(bodies)))


def page(*items: tuple[int, int], **rest: Any) -> bytes:
    """A page of events in short."""
    short = [{"a": t, "k": "Init", "n": n, "t": t} for t, n in items]
    return json.dumps({"count": len(items), "items": short, **rest}).encode()


def latest(*times: int, **rest: Any) -> bytes:
    """The latest events."""
    full = [{"e": {"k": "Init"}, "n": 0, "t": t} for t in times]
    return json.dumps({"count": len(times), "items": full, **rest}).encode()


def enveloped(result: bytes, success: str = "true", errors: str = "[]") -> bytes:
    """A result in its envelope."""
    return b'{"success":%s,"errors":%s,"messages":[],"result":%s}' % (success.encode(), errors.encode(), result)


ERRORS = '[{"code":1,"message":"m"}]'
EVENT = b'{"e":{"k":"Init"},"n":1,"t":2}'
SUMMARY = b'{"a":1,"k":"Init","n":0,"t":1}'
FLOAT = EVENT.replace(b":1", b":1.0")
UNDECLARED = EVENT[:-1] + b',"x":1}'
NEGATIVE = EVENT.replace(b":1", b":-1")
BOTH = NEGATIVE[:-1] + b',"x":1}'
OF_NEW_KIND = EVENT.replace(b"Init", b"Other")
COUNTED = EVENT[:-1] + b',"count":1}'
PAGE, FEW, ZIGZAG = page((1, 0), (2, 0)), page((1, 0), (2, 0), count=0), page((1, 0), (3, 0), (2, 0))
BROKEN, BROKEN_AND_EMPTY = page((1, 0), count="x"), page(count="x")

CASES: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "valid": ({}, [([EVENT] * 2, None, None, "tt"), ([EVENT] * 2, "EventGetResponse", 200, "tt")]),
    "valid and in short": ({}, [([SUMMARY] * 2, None, None, "tt"), ([SUMMARY] * 2, "EventSummary", None, "tt")]),
    "valid and written otherwise": ({}, [([EVENT, FLOAT, FLOAT], None, None, "tkk")]),
    "with carriage returns": (
        {},
        [
            ([EVENT + b"\r"] * 2, None, None, "tt"),
            ([EVENT.replace(b",", b",\r")] * 2, None, None, "tt"),
            ([EVENT + b"_"] * 2, None, None, "1k"),
        ],
    ),
    "a refusal": ({}, [([EVENT] * 2, "EventGetResponse", 404, "11")]),
    "large": ({}, [([b" " * LARGE_BODY + EVENT, EVENT], None, None, "11")]),
    "a defect": ({}, [([UNDECLARED] * 4, None, None, "1kkk"), ([UNDECLARED] * 3, None, 200, "1kk")]),
    "at an earlier place": ({}, [([EVENT, UNDECLARED], None, None, "t1"), ([UNDECLARED] * 2, None, None, "1k")]),
    "without types": ({"compiled": False}, [([EVENT, b"{", b"{"], None, None, "111")]),
    "every finding is wanted": ({"sink": Ignored()}, [([UNDECLARED, NEGATIVE, FLOAT] * 2, None, None, "11k11k")]),
    "none of these is wanted": ({"sink": Ignored(), "ignore": ("MC103",)}, [([UNDECLARED] * 3, None, None, "kkk")]),
    "what is not declared is gathered": (
        {"gathers": True},
        [
            ([each] * 3, None, None, ways)
            for each, ways in ((UNDECLARED, "111"), (NEGATIVE, "1kk"), (OF_NEW_KIND, "111"), (BOTH, "111"))
        ],
    ),
    "some are known": (
        {"known": (Known("MC103", "agreed"),)},
        [([UNDECLARED] * 3, None, None, "111"), ([NEGATIVE] * 3, None, None, "1kk")],
    ),
    "all are collected": ({"collect": True}, [([NEGATIVE] * 3, None, None, "111")]),
    "ignored at another operation": (
        {"ignore": ("MC103@getEvent",)},
        [([enveloped(UNDECLARED)] * 3, None, None, "kkk"), ([UNDECLARED] * 3, None, None, "1kk")],
    ),
    "selected at an operation": (
        {"select": ("MC105@getEvent",)},
        [([enveloped(NEGATIVE)] * 3, None, None, "1kk"), ([enveloped(UNDECLARED)] * 3, None, None, "kkk")],
    ),
    "unreadable": ({}, [([b"{"] * 3, None, None, "1kk"), ([b"{", EVENT, EVENT], None, None, "1kk")]),
    "unreadable, of a known model": ({}, [([EVENT, b"{"], None, None, "t1"), ([b"{", EVENT, EVENT], None, None, "1tt")]),
    "unrecognized": ({}, [([b"[]"] * 2, None, None, "11"), ([b'{"x":1}'] * 2, None, None, "11")]),
    "of another model": (
        {},
        [
            ([EVENT] * 2, None, None, "tt"),
            ([EVENT] * 3, "LatestListResponse", None, "1kk"),
            ([PAGE] * 3, "EventGetResponse", None, "1kk"),
            ([EVENT] * 2, "EventGetResponse", None, "tt"),
        ],
    ),
    "of a failure": (
        {},
        [
            ([enveloped(PAGE, "false"), enveloped(PAGE), enveloped(PAGE)], None, None, "1tt"),
            ([enveloped(EVENT), enveloped(EVENT, "false"), enveloped(EVENT, "true", ERRORS)], None, None, "t11"),
        ],
    ),
    "a failure and what is broken": (
        {},
        [([enveloped(BROKEN, each) for each in ("false", "true", "true", "false")], None, None, "11k1")],
    ),
    "what is broken and a failure": (
        {},
        [([enveloped(BROKEN, each) for each in ("true", "false", "true", "false")], None, None, "11k1")],
    ),
    "errors beside a result": (
        {},
        [
            ([enveloped(PAGE, "true", ERRORS)] * 2, None, None, "11"),
            ([enveloped(BROKEN, "true", ERRORS)] * 3, None, None, "111"),
            ([enveloped(BROKEN)] * 3, None, None, "1kk"),
        ],
    ),
    "errors where there should be none": (
        {},
        [([b'{"e":{"k":"Init"},"n":"1","t":2,"errors":%s}' % ERRORS.encode()] * 3, "EventGetResponse", None, "1kk")],
    ),
    "no number": ({}, [([EVENT.replace(b"2", b"NaN")] * 3, None, None, "111")]),
    "an array": ({}, [([b"[]"] * 3, "listEvents", None, "111"), ([b"[]"] * 3, "EventListResponse", None, "1kk")]),
    "pages": ({}, [([PAGE, FEW, PAGE, ZIGZAG, PAGE], None, None, "t1t1t"), ([page()] * 2, None, None, "tt")]),
    "pages written otherwise": (
        {},
        [([PAGE.replace(b", ", b",\t")] * 2, None, None, "tt"), ([EVENT.replace(b",", b",\t")] * 2, None, None, "kk")],
    ),
    "the latest": (
        {},
        [([latest(1, 3, 2), latest(1, 1), latest(2, 1), latest(1, count=2)], "LatestListResponse", None, "t1t1")],
    ),
    "pages of which something is ignored": ({"ignore": ("MC301",)}, [([FEW, ZIGZAG, FEW, PAGE], None, None, "111t")]),
    "pages that may be of another model": (
        {},
        [([BROKEN] * 3, None, None, "1kk"), ([BROKEN_AND_EMPTY] * 3, None, None, "111"), ([BROKEN] * 2, None, None, "1k")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_payload_is_judged_in_its_way(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """By itself, the first with its kinds of defects is judged, those whose findings are kept or wanted, and what is doubtful."""
    options, batches = CASES[name]
    of_session = {option: value for option, value in options.items() if option in ("sink", "gathers")}
    of_plan = {option: value for option, value in options.items() if option not in of_session}
    bulk = Bulk(monkeypatch, Plan(DOCUMENT, **of_plan) if of_plan else PLAN, **of_session)

    for bodies, declared, status, expected in batches:
        assert expected == bulk.judge(bodies, declared, status)


def changed(change: Callable[[dict[str, Any]], object]) -> Plan:
    """The plan by the document with other schemas."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    change(raw["components"]["schemas"])
    return Plan(Document(raw, "changed"))


def test_what_may_be_recognized_as_another_model_is_not_decoded_as_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event with a `count` is taken for a page, so that events count by their type only where they are declared."""
    plan = changed(lambda schemas: schemas["EventGetResponse"]["properties"].update(count={"type": "integer"}))
    bulk = Bulk(monkeypatch, plan)

    assert "k1k" == bulk.judge([EVENT, COUNTED, EVENT])
    assert "ttt" == bulk.judge([EVENT, COUNTED, EVENT], "EventGetResponse")


@pytest.mark.parametrize("responses", [{}, {"200": {"type": "object", "properties": {"n": {"type": "integer"}}}}])
def test_answers_that_no_rule_reads_are_judged_by_themselves(monkeypatch: pytest.MonkeyPatch, responses: dict[str, Any]) -> None:
    """A document may have other operations, with any content, or none."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    content = {name: {"description": "", "content": {"application/json": {"schema": each}}} for name, each in responses.items()}
    raw["paths"]["/status"] = {"get": {"operationId": "getStatus", "responses": content}}
    bulk = Bulk(monkeypatch, Plan(Document(raw, "changed")))

    assert "11" == bulk.judge([b'{"success":true,"n":1}'] * 2, "getStatus")


@pytest.mark.parametrize("kinds, ways, without", [(["Init", "Leave"], "tt", "1k"), (["Init"], "11", "11")])
def test_kinds_may_be_told_by_an_enumeration(monkeypatch: pytest.MonkeyPatch, kinds: list[str], ways: str, without: str) -> None:
    """Of events in full and in short: where there are several, they are decoded together. An event without one has a defect."""

    def change(schemas: dict[str, Any]) -> None:
        told = {"type": "string", "enum": kinds}
        schemas["Event"] = {"type": "object", "required": ["k"], "properties": {"k": told}}
        schemas["EventSummary"]["properties"]["k"] = told

    bulk = Bulk(monkeypatch, changed(change))

    for body in (EVENT, PAGE, SUMMARY, enveloped(PAGE)):
        assert ways == bulk.judge([body] * 2)
    assert {"Init": 2} == bulk.together.tally.coverage.kinds
    assert without == bulk.judge([EVENT.replace(b'"k":"Init"', b"")] * 2)
    assert {"MC104": 2} == bulk.together.tally.by_code


def test_a_rule_that_may_differ_in_batches_is_asked_of_each_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rule on pages that does not say that it holds in batches is enough."""
    rules = PLAN.rules
    apart = [Rule(each.code, each.on, each.predicate, in_batches=each.code != "MC301") for each in rules]
    monkeypatch.setattr(Plan, "rules", property(lambda _: tuple(apart)))

    assert "11" == Bulk(monkeypatch, Plan(DOCUMENT)).judge([EVENT, b"{"])
