"""Judge what a program made of its task: one outcome for each column of the matrix."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.codegen.target import SHOWN
from tests.codegen.task import Sample, Truth, events, kinds_alone

from mconn_contracts.contract.document import Document

STEPS = ("accepts", "compiles")
"""The columns that the commands before the program decide."""
COLUMNS = (*STEPS, *SHOWN)
SPELLED = "`1.0` as an integer"
OTHER_CASE = "`T` beside `t`"
INFORMATION = (SPELLED, OTHER_CASE)
"""Columns that are never red, for they are of the language rather than of the document."""


@dataclass(frozen=True)
class Outcome:
    """Whether a column is green, and what was seen, in a few words."""

    passed: bool
    seen: str = ""


def judge(
    result: Mapping[str, Any], given: Sequence[Sample], truth: Truth, document: Document, *, survives: bool = False
) -> dict[str, Outcome]:
    """The outcome of each column that the program shows. A client that `survives` an unknown kind must not refuse it."""
    answers = result["samples"]
    groups = {name: [(each, answers[each.id]) for each in given if each.group == name] for name in {s.group for s in given}}
    calls = result["calls"]
    return {
        "kinds typed": _typed(groups["valid"], document),
        "round trip": _round_trip(groups["valid"]),
        "unknown kind": _unknown(groups["unknown kind"], document, survives),
        "undeclared field": _undeclared(groups["undeclared field"]),
        "three calls": _calls(calls, truth, document),
        "paging": _first([_equal([json.loads(page) for page in calls["pages"]], truth.pages, "the pages")]),
        SPELLED: _spelled(groups["spelled"]),
        OTHER_CASE: Outcome(True, "told apart" if _undeclared(groups["other case"]).passed else "confused"),
    }


def _typed(pairs: Iterable[tuple[Sample, Any]], document: Document) -> Outcome:
    """Every event of every sample is of its own kind's type."""
    seen = set()
    for sample, answer in pairs:
        if "error" in answer:
            return Outcome(False, f"{sample.id}: {answer['error']}")
        expected = kinds(sample.value)
        if expected != (types := [kind_of(name) for name in answer["types"]]):
            return Outcome(False, f"{sample.id}: {expected} became {types}")
        seen |= set(expected)
    return Outcome(seen == set(document.kinds), "" if seen == set(document.kinds) else f"only {sorted(seen)} were seen")


def kinds(value: Any) -> list[str]:
    """The kinds of the events that a body holds, in order."""
    return [event["k"] for event in events(value)]


def kind_of(name: str) -> str:
    """The kind that a type's name in some language stands for: `models.InitEvent`, `Init`."""
    return re.split(r"[.:]", name)[-1].removesuffix("Event")


def _round_trip(pairs: Iterable[tuple[Sample, Any]]) -> Outcome:
    """What is written back is equal, but for what nothing declares."""
    count = 0
    for sample, answer in pairs:
        if "error" in answer:
            return Outcome(False, f"{sample.id}: {answer['error']}")
        back = json.loads(answer["text"])
        if back not in (sample.value, _declared(sample.value)):
            return Outcome(False, f"{sample.id}: {answer['text']}")
        count += 1
    return Outcome(count > 0)


def _declared(value: Any) -> Any:
    """A failure without the `result: null` that is seen on the wire and that nothing declares."""
    return {name: item for name, item in value.items() if not (name == "result" and item is None)}


def _unknown(pairs: Iterable[tuple[Sample, Any]], document: Document, survives: bool) -> Outcome:
    """An unknown kind is refused or handed on, and never taken for a known one; known kinds beside it keep their types."""
    seen = set()
    for sample, answer in pairs:
        if "error" in answer:
            seen.add("refuses")
            continue
        expected = kinds(sample.value)
        for kind, name in zip(expected, answer["types"], strict=True):
            if kind not in document.kinds and kind_of(name) in document.kinds:
                return Outcome(False, f"takes {kind} for {kind_of(name)}")
            if kind in document.kinds and kind_of(name) != kind:
                return Outcome(False, f"takes {kind} for {kind_of(name)}, beside an unknown kind")
        back = json.loads(answer["text"])
        seen.add(
            "hands on" if _within(back, sample.value) and [each.get("k") for each in events(back)] == expected else "empties"
        )
    return Outcome("empties" not in seen and len(seen) == 1 and not (survives and "refuses" in seen), " or ".join(sorted(seen)))


def _undeclared(pairs: Iterable[tuple[Sample, Any]]) -> Outcome:
    """A field that nothing declares does not disturb, whether it is kept or dropped."""
    seen = set()
    for sample, answer in pairs:
        if "error" in answer:
            return Outcome(False, f"refuses; {sample.id}: {answer['error']}")
        back = json.loads(answer["text"])
        if not _within(back, sample.value):
            return Outcome(False, f"{sample.id}: {answer['text']}")
        seen.add("keeps" if back == sample.value else "drops")
    return Outcome(bool(seen), "keeps" if seen == {"keeps"} else "drops")


def _within(part: Any, whole: Any) -> bool:
    """Whether a value is the other one, but for members that it does not have."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and _within(item, whole[name]) for name, item in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)


def _spelled(pairs: Iterable[tuple[Sample, Any]]) -> Outcome:
    taken = [
        "error" not in answer and json.loads(answer["text"]) in (sample.value, _declared(sample.value))
        for sample, answer in pairs
    ]
    return Outcome(True, "reads" if all(taken) else "reads some" if any(taken) else "refuses")


def _calls(calls: Mapping[str, Any], truth: Truth, document: Document) -> Outcome:
    """Every listed event is got, the latest are, each as its own type; an absent event is a 404 with the error model.

    The server sends events of the document that ships; under an overlay, only `k` of them is declared.
    """
    declared = kinds_alone if document.overlays else copy.deepcopy
    latest, got, absent = calls["latest"], calls["events"], calls["absent"]
    return _first(
        [
            _equal([declared(json.loads(event["text"])) for event in got], list(map(declared, truth.events)), "the events"),
            _equal([kind_of(event["type"]) for event in got], [event["e"]["k"] for event in truth.events], "their types"),
            _equal(declared(json.loads(latest["text"])), declared(truth.latest), "the latest events"),
            _equal([kind_of(name) for name in latest["types"]], kinds(truth.latest), "the latest events' types"),
            _equal(absent["status"], 404, "the status of an absent event"),
            _equal(json.loads(absent["text"])["errors"], truth.absent["errors"], "the errors"),
        ]
    )


def _equal(seen: Any, expected: Any, what: str) -> Outcome:
    return Outcome(True) if seen == expected else Outcome(False, f"{what}: {str(seen)[:200]}, expected {str(expected)[:200]}")


def _first(outcomes: Sequence[Outcome]) -> Outcome:
    return next((outcome for outcome in outcomes if not outcome.passed), Outcome(True))
