"""The undeclared kinds and fields that were seen: how often, and with which types. Any split of the work merges to the same."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_KINDS = 40
MOST_FIELDS = 30
"""Kinds, and fields of each kind or schema, that are kept: the first of them in the order of text."""
LONGEST_NAME = 100
"""Characters of the name of a kind or field that is kept."""


@dataclass
class UndeclaredField:
    """The values of one field."""

    number: int = 0
    types: dict[str, int] = field(default_factory=dict)
    """How many are of each JSON type."""
    items: dict[str, int] = field(default_factory=dict)
    """How many items of those that are arrays are of each JSON type."""
    example: str = ""
    """The shortest example that can be shown, as JSON, and the first of these in the order of text. Empty without an example."""

    def saw(self, kind: str, items: dict[str, int], example: str) -> None:
        """Count a value of a JSON type."""
        self.number += 1
        _add(self.types, {kind: 1})
        _add(self.items, items)
        self.example = shorter(self.example, example)

    def merge(self, other: UndeclaredField) -> None:
        """Add another part's counts to this one."""
        self.number += other.number
        _add(self.types, other.types)
        _add(self.items, other.items)
        self.example = shorter(self.example, other.example)


@dataclass
class UndeclaredFields:
    """Fields of one kind or schema, by their names."""

    kept: dict[str, UndeclaredField] = field(default_factory=dict)
    left_out: int = 0
    """Values of further fields."""

    def of(self, name: str) -> UndeclaredField | None:
        """The field of that name; None if it is too long to be kept. `bound` follows when the value is counted."""
        if len(name) > LONGEST_NAME:
            self.left_out += 1
            return None
        return self.kept.setdefault(name, UndeclaredField())

    def bound(self) -> None:
        """Let go of those that are too many."""
        # A name that is one of the first in the end has always been one of them, so its count is exact.
        for name in sorted(self.kept)[MOST_FIELDS:]:
            self.left_out += self.kept.pop(name).number

    def merge(self, other: UndeclaredFields) -> None:
        """Add another part's counts to this one."""
        self.left_out += other.left_out
        for name, each in other.kept.items():
            self.kept.setdefault(name, UndeclaredField()).merge(each)
        self.bound()


@dataclass
class UndeclaredKind:
    """The events of one kind."""

    number: int = 0
    fields: UndeclaredFields = field(default_factory=UndeclaredFields)
    example: str = ""
    """As of a field."""

    def merge(self, other: UndeclaredKind) -> None:
        """Add another part's counts to this one."""
        self.number += other.number
        self.fields.merge(other.fields)
        self.example = shorter(self.example, other.example)


@dataclass
class Undeclared:
    """Kinds and fields that the document does not declare."""

    kinds: dict[str, UndeclaredKind] = field(default_factory=dict)
    schemas: dict[str, UndeclaredFields] = field(default_factory=dict)
    """The fields by the place of the `properties` that do not have them, a JSON pointer into the document."""
    left_out: int = 0
    """Events of further kinds."""
    revisions: dict[str, int] = field(default_factory=dict)
    """For each dated revision, how much of what was seen it is the first to declare."""

    def kind(self, name: str) -> UndeclaredKind | None:
        """Count one event of the kind of that name, and return the kind. None if the name is too long to be kept."""
        if len(name) > LONGEST_NAME:
            self.left_out += 1
            return None
        kind = self.kinds.setdefault(name, UndeclaredKind())
        kind.number += 1
        return kind

    def bound(self) -> None:
        """Let go of kinds that are too many."""
        for name in sorted(self.kinds)[MOST_KINDS:]:
            self.left_out += self.kinds.pop(name).number

    def known_since(self, revision: str) -> None:
        """Count something that a revision is the first to declare."""
        _add(self.revisions, {revision: 1})

    def merge(self, other: Undeclared) -> None:
        """Add another part's counts to this one."""
        self.left_out += other.left_out
        for name, kind in other.kinds.items():
            self.kinds.setdefault(name, UndeclaredKind()).merge(kind)
        self.bound()
        for place, fields in other.schemas.items():
            self.schemas.setdefault(place, UndeclaredFields()).merge(fields)
        _add(self.revisions, other.revisions)

    @property
    def omitted(self) -> int:
        """How many events and values are of kinds and fields that were not kept."""
        every = [*self.schemas.values(), *(kind.fields for kind in self.kinds.values())]
        return self.left_out + sum(fields.left_out for fields in every)


def shorter(one: str, other: str) -> str:
    """The better of two examples: the shorter, or with equal length the first in the order of text. Empty is no example."""
    return min((each for each in (one, other) if each), key=lambda each: (len(each), each), default="")


def _add(counts: dict[str, int], others: dict[str, int]) -> None:
    for key, number in others.items():
        counts[key] = counts.get(key, 0) + number
