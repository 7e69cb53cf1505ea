"""The values of two documents compared: fields, types, bounds, and what fields mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.contract.comparison import kinds, words
from mconn_contracts.contract.comparison.authoring import COMPONENTS, INTEGERS, Authoring
from mconn_contracts.contract.comparison.descriptions import described_anew, named, same_words
from mconn_contracts.contract.comparison.fact import Fact, Place
from mconn_contracts.contract.comparison.normal import Bounds, Field, Shape, Union
from mconn_contracts.contract.document import escape

_EVERY_KIND = "Every kind"
_MACHINE = 2**31
"""From here on, a signed integer of 32 bits has no room."""


def compare(before: Shape, after: Shape, place: Place, subject: str, authoring: Authoring, kind: str = "") -> Iterator[Fact]:
    """What tells two shapes of the same value apart. `subject` is what people call the value."""
    spec = (before.place, after.place)
    if before.component and after.component and before.component != after.component:
        authoring.differs(COMPONENTS)
    if before.union is not None and after.union is not None:
        yield from kinds.compare(before.union, after.union, place, authoring)
        yield from _payloads(before.union, after.union, place, authoring)
        before, after = _without_union(before), _without_union(after)
    first, second = _type(before), _type(after)
    integers = first == second and before.types != after.types
    if integers:
        authoring.differs(INTEGERS)
    if first != second:
        old, new = words.of_shape(before), words.of_shape(after)
        yield Fact("type-changed", subject, old, new, f"{named(subject)} was {old}; it is {new}", (place,), spec, kind)
        if not (before.types & after.types):
            return
    old_bounds, new_bounds = _bounds(before, after, integers)
    if _comparable(old_bounds) != _comparable(new_bounds):
        yield _bounds_changed(old_bounds, new_bounds, place, subject, spec, kind)
    if before.is_plain and after.is_plain and not same_words(before.description, after.description):
        yield described_anew(subject, before.description, after.description, place, spec, kind)
    yield from compare_fields(before.fields, after.fields, place, authoring, kind)
    if before.items is not None and after.items is not None:
        yield from compare(before.items, after.items, place.below("*"), f"each of {subject}", authoring, kind)


def _payloads(before: Union, after: Union, place: Place, authoring: Authoring) -> Iterator[Fact]:
    """What tells the fields of kinds apart. What tells those of every kind apart alike is one fact."""
    pairs = list(kinds.pairs(before, after))
    found = [list(compare_fields(first.fields, second.fields, place, authoring, _EVERY_KIND)) for _, first, second in pairs]
    shared = set.intersection(*({each.identity for each in facts} for facts in found)) if len(pairs) > 1 else set()
    # Any of them shows it; the one with the shortest name makes the smallest payload.
    shown = min((name for name, _, _ in pairs), key=lambda name: (len(name), name), default="")
    yield from (replace(each, kind=shown) for facts in found[:1] for each in facts if each.identity in shared)
    for (name, first, second), facts in zip(pairs, found, strict=True):
        if any(each.identity not in shared for each in facts):
            own = compare_fields(first.fields, second.fields, place, Authoring(), name)
            yield from (fact for fact, each in zip(own, facts, strict=True) if each.identity not in shared)


def compare_fields(
    before: Mapping[str, Field], after: Mapping[str, Field], place: Place, authoring: Authoring, kind: str = ""
) -> Iterator[Fact]:
    """What tells the members of two objects apart; those of a kind are its payload."""
    for name in dict.fromkeys((*before, *after)):
        yield from _field(before.get(name), after.get(name), name, place.below(escape(name)), authoring, kind)


def _field(before: Field | None, after: Field | None, name: str, place: Place, authoring: Authoring, kind: str) -> Iterator[Fact]:
    """The differences between a member of two objects. One of the objects may not declare the member."""
    subject = f"`{name}` of every kind" if kind == _EVERY_KIND else f"{kind}.{name}" if kind else name
    owner = f"{kind}: " if kind else ""
    if before is None and after is not None:
        new = words.of_field(after)
        message = f"{owner}`{name}` is declared now ({new})"
        change, spec = "payload-declared" if kind else "field-added", ("", after.shape.place)
        yield Fact(change, subject, "", new, message, (place,), spec, kind, after.required)
    elif before is not None and after is None:
        old = words.of_field(before)
        message = f"{owner}`{name}` is no longer declared; it was {old}"
        change, spec = "payload-undeclared" if kind else "field-removed", (before.shape.place, "")
        yield Fact(change, subject, old, "", message, (place,), spec, kind, before.required)
    elif before is not None and after is not None:
        spec = (before.shape.place, after.shape.place)
        if before.required != after.required:
            change = "field-required" if after.required else "field-optional"
            said = ("required", "optional") if before.required else ("optional", "required")
            message = f"{owner}`{name}` is {said[1]} now; it was {said[0]}"
            yield Fact(change, subject, *said, message, (place,), spec, kind, after.required)
        yield from compare(before.shape, after.shape, place, subject, authoring, kind)


def _type(shape: Shape) -> tuple[frozenset[str], bool, tuple[Shape, ...]]:
    """What makes the type of a value, with integers as the numbers that they are."""
    return frozenset("number" if each == "integer" else each for each in shape.types), shape.union is not None, shape.alternatives


def _without_union(shape: Shape) -> Shape:
    return Shape(types=shape.types, bounds=shape.bounds, place=shape.place, component=shape.component)


def _bounds(before: Shape, after: Shape, integers: bool) -> tuple[Bounds, Bounds]:
    """The bounds of both, with whether an object may have other members.

    The usual bounds of integers come with them: the number that they stand for is written for the same values.
    """
    both = [
        {**each.bounds, **({} if each.open is None or each.union is not None else {"additionalProperties": each.open})}
        for each in (before, after)
    ]
    if integers:
        both = [{key: value for key, value in each.items() if not of_integers(key, value)} for each in both]
    return both[0], both[1]


def of_integers(keyword: str, value: Any) -> bool:
    """Whether a bound only says that a number is a count, a time or fits a machine, as is written with `integer`."""
    if keyword == "minimum":
        return value in (0, 1) or value <= -_MACHINE
    return keyword == "maximum" and value >= _MACHINE - 1


def _comparable(bounds: Bounds) -> dict[str, object]:
    return {key: frozenset(map(repr, value)) if key == "enum" else value for key, value in bounds.items()}


def _bounds_changed(old: Bounds, new: Bounds, place: Place, subject: str, spec: tuple[str, str], kind: str) -> Fact:
    first, second = (words.of_bounds(_only(*pair)) for pair in ((old, new), (new, old)))
    message = f"{named(subject)} has other bounds: {first or 'none'} before, {second or 'none'} now"
    return Fact("bounds-changed", subject, first, second, message, (place,), spec, kind)


def _only(bounds: Bounds, others: Bounds) -> Bounds:
    """The bounds that others do not have alike."""
    first, second = _comparable(bounds), _comparable(others)
    return {key: value for key, value in bounds.items() if key not in second or first[key] != second[key]}
