"""Gather what answers have that the document does not declare: kinds of events, and fields with their types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mconn_contracts.contract.document import tokens
from mconn_contracts.contract.revisions import field_known_since, known_since, parameter_known_since
from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.model.undeclared import Undeclared, UndeclaredField, UndeclaredFields, shorter
from mconn_contracts.wire.arrays import ARRAY
from mconn_contracts.wire.decoding import scrubbed

GATHERED = frozenset({DefectKind.UNKNOWN_KIND, DefectKind.UNDECLARED_PROPERTY})
"""The kinds of defects about undeclared kinds and fields."""
_LONGEST_EXAMPLE, _LONGEST_EVENT = 200, 400
_LARGEST_EXAMPLE, _LARGEST_EVENT = 3, 20
"""Characters of an example, of a field and of an event, and values that it is made of."""
_MOST_ITEMS = 1_000
"""Items of an array that are looked at; one of more has items of any type."""
ANY_TYPE = "any"
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def gather(answer: Answer, seen: Undeclared) -> None:
    """Count what an answer, or its request, has that is not declared."""
    if answer.call is not None and answer.operation is not None:
        for name, _ in answer.call.query:
            _since(parameter_known_since(answer.operation.id, name), seen)
    for defect in answer.defects if answer.decoded is not None else ():
        if defect.kind in GATHERED:
            assert answer.decoded is not None  # noqa: S101 - it was looked at before the loop
            *above, name = tokens(defect.pointer)
            holder = answer.decoded.value
            for token in above:
                holder = holder[int(token) if isinstance(holder, ARRAY) else token]
            if defect.kind is DefectKind.UNKNOWN_KIND:
                _gather_kind(holder, name, seen)
            else:
                _gather_field(holder[name], name, defect, seen)


def _gather_kind(event: Mapping[str, Any], tag: str, seen: Undeclared) -> None:
    _since(known_since(event[tag]), seen)
    kind = seen.kind(event[tag])
    if kind is None:
        return
    example = _example("", event, _LONGEST_EVENT, _LARGEST_EVENT)
    kind.example = shorter(kind.example, example)
    for name, value in event.items():
        if name != tag:
            _count(kind.fields, name, value)
    seen.bound()


def _gather_field(value: Any, name: str, defect: Defect, seen: Undeclared) -> None:
    _since(field_known_since(defect.spec.split("/")[-2], name), seen)
    _count(seen.schemas.setdefault(defect.spec, UndeclaredFields()), name, value)


def _since(revision: str | None, seen: Undeclared) -> None:
    if revision is not None:
        seen.known_since(revision)


def _count(fields: UndeclaredFields, name: str, value: Any) -> None:
    each: UndeclaredField | None = fields.of(name)
    if each is not None:
        items: Mapping[str, int] = {}
        if isinstance(value, ARRAY):
            items = Counter(map(_type, value)) if len(value) <= _MOST_ITEMS else {ANY_TYPE: 1}
        each.saw(_type(value), dict(items), _example(name, value, _LONGEST_EXAMPLE, _LARGEST_EXAMPLE))
        fields.bound()


def _type(value: Any) -> str:
    """The JSON type of a value, as JSON Schema names it; a number may have a fraction where it is written with one."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _example(name: str, value: Any, longest: int, largest: int) -> str:
    """A value as JSON, its secrets hidden; empty if it is too large to be shown, or would no longer be of its type."""
    if _size(value, largest) > largest:
        return ""
    shown = scrubbed(name, value)
    if _type(shown) != _type(value):
        return ""
    try:
        text = _encode(shown)
    except ValueError:  # a number that JSON does not have
        return ""
    return text if len(text) <= longest else ""


def _size(value: Any, most: int) -> int:
    """How many values a value is made of. If there are more than `most`, any number above it."""
    size, waiting = 0, [value]
    while waiting and size <= most:
        each = waiting.pop()
        size += 1
        if isinstance(each, ARRAY):
            waiting += each[:most]
        elif isinstance(each, Mapping):
            waiting += list(each.values())[:most]
    return size
