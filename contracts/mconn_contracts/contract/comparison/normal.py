"""The normal form of a document: what it promises of this API, however its author wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Bounds = Mapping[str, Any]
"""Keywords of JSON Schema that narrow a value, such as `maxLength` or `enum`, and what they say."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be. Words, names and places do not make two shapes differ."""

    types: frozenset[str] = frozenset()
    """The JSON types, and `integer`; empty if any will do."""
    bounds: Bounds = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    """The declared members of an object."""
    items: Shape | None = None
    open: bool | None = None
    """Whether an object may have other members: said so, said not to be so, or left unsaid (None)."""
    union: Union | None = None
    """The kinds of an object that a member tells apart; its members are then those of each kind."""
    alternatives: tuple[Shape, ...] = ()
    """The alternative shapes of the value, if no member distinguishes them."""
    description: str = field(default="", compare=False)
    component: str = field(default="", compare=False)
    """The name of the component that says it; empty where it stands by itself."""
    place: str = field(default="", compare=False)
    """The JSON Pointer of the schema in its document."""

    @property
    def is_plain(self) -> bool:
        """Whether it is a value of its own, such as a number or a text, and holds no others."""
        return not (self.fields or self.items or self.union or self.alternatives)


@dataclass(frozen=True, slots=True)
class Field:
    """A declared member of an object."""

    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What objects of one kind have besides the member that says the kind."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    open: bool | None = None
    description: str = field(default="", compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """Objects of several kinds."""

    tag: str
    """The member that says the kind."""
    kinds: Mapping[str, Kind]
    others: Kind | None = None
    """What objects of any other kind have; None if there are no others."""
    tag_required: bool = True
    place: str = field(default="", compare=False)
    written: str = field(default="", compare=False)
    """How the author wrote it: `oneOf`, `anyOf`, or `enum` of one object."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation. Those of the path are told by where they stand in it: their names are never sent."""

    name: str
    location: str
    required: bool
    shape: Shape
    description: str = field(default="", compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of an operation with one status: the shape of its JSON, or None without JSON."""

    shape: Shape | None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path."""

    method: str
    path: str
    """The template as its document writes it."""
    id: str
    """The operationId; empty if there is none."""
    published_id: str
    """The vendor's operationId, where the document has one of its own besides it; otherwise the same as `id`."""
    parameters: Mapping[tuple[str, str], Parameter]
    """By location and name; those of the path by their index."""
    answers: Mapping[str, Answer]
    """By status."""
    words: tuple[str, str] = field(default=("", ""), compare=False)
    """The summary and the description."""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Api:
    """All that a document promises of this API, by method and path; the names of a path's parameters are left out of it."""

    operations: Mapping[str, Operation]
    name: str = field(default="", compare=False)
    """The document, as people call it."""


def meet(first: Shape, second: Shape) -> Shape:
    """What a value may be that has both shapes, as `allOf` says it."""
    types = first.types or second.types
    if first.types and second.types:
        types = first.types & second.types
        for one, other in ((first.types, second.types), (second.types, first.types)):
            if "integer" in one and "number" in other:
                types |= {"integer"}
        types = types - {"number"} if "integer" in types else types
    items = first.items or second.items
    if first.items is not None and second.items is not None:
        items = meet(first.items, second.items)
    return replace(
        first,
        types=types,
        bounds=_tightest(first.bounds, second.bounds),
        fields=_of_both(first.fields, second.fields),
        items=items,
        open=narrower(first.open, second.open),
        union=_common(first.union, second.union),
        alternatives=first.alternatives or second.alternatives,
        description=first.description or second.description,
        component=first.component or second.component,
    )


def _of_both(first: Mapping[str, Field], second: Mapping[str, Field]) -> dict[str, Field]:
    fields = dict(first)
    for name, each in second.items():
        known = fields.get(name)
        fields[name] = each if known is None else Field(meet(known.shape, each.shape), known.required or each.required)
    return fields


def _common(first: Union | None, second: Union | None) -> Union | None:
    """A union that has the kinds of both."""
    if first is None or second is None or first.tag != second.tag:
        return first or second
    kinds: dict[str, Kind] = {}
    for name in dict.fromkeys((*first.kinds, *second.kinds)):
        one, other = first.kinds.get(name, first.others), second.kinds.get(name, second.others)
        if one is not None and other is not None:
            kinds[name] = replace(one, fields=_of_both(one.fields, other.fields), open=narrower(one.open, other.open))
    return replace(first, kinds=kinds, others=first.others and second.others)


def narrower(first: bool | None, second: bool | None) -> bool | None:
    """Whether an object may have other members that two schemas speak of."""
    if first is False or second is False:
        return False
    return True if first or second else None


def _tightest(first: Bounds, second: Bounds) -> Bounds:
    bounds = dict(first)
    for keyword, value in second.items():
        if keyword not in bounds:
            bounds[keyword] = value
            continue
        old: Any = bounds[keyword]
        if keyword == "enum":
            bounds[keyword] = tuple(each for each in old if each in value)
        elif keyword.lower().removeprefix("exclusive").startswith("min"):
            bounds[keyword] = max(old, value)
        elif keyword.lower().removeprefix("exclusive").startswith("max"):
            bounds[keyword] = min(old, value)
        else:
            bounds[keyword] = value
    return bounds


def inner(shape: Shape) -> Iterator[Shape]:
    """A shape and all that it holds."""
    yield shape
    held = [each.shape for each in shape.fields.values()]
    if shape.items is not None:
        held.append(shape.items)
    held += shape.alternatives
    if shape.union is not None:
        others = (shape.union.others,) if shape.union.others is not None else ()
        held += [each.shape for kind in (*shape.union.kinds.values(), *others) for each in kind.fields.values()]
    for each in held:
        yield from inner(each)
