"""One change from a document to another, said once wherever it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

MIRRORED: Mapping[str, str] = {
    first: second
    for one, other in (
        ("kind-added", "kind-removed"),
        ("kind-renamed", "kind-renamed"),
        ("payload-declared", "payload-undeclared"),
        ("union-opened", "union-closed"),
        ("field-added", "field-removed"),
        ("field-required", "field-optional"),
        ("type-changed", "type-changed"),
        ("bounds-changed", "bounds-changed"),
        ("operation-added", "operation-removed"),
        ("operation-id-changed", "operation-id-changed"),
        ("parameter-added", "parameter-removed"),
        ("parameter-required", "parameter-optional"),
        ("status-added", "status-removed"),
        ("description-changed", "description-changed"),
        ("authoring-differs", "authoring-differs"),
    )
    for first, second in ((one, other), (other, one))
}
"""What each change is, seen from the other side."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a change shows."""

    operation: str
    """The method and the path's template."""
    status: str = ""
    """Of the answer; empty if it is the operation's or a parameter's."""
    pointer: str = ""
    """Into the body, with a star for any item of an array."""
    parameter: tuple[str, str] = ("", "")
    """The location and the name of the parameter; empty if it is of none."""

    def below(self, name: str) -> Place:
        """The place of a member, or of the items."""
        return replace(self, pointer=f"{self.pointer}/{name}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One change. `before` and `after` say in words what each side has; empty if it has nothing."""

    name: str
    subject: str
    """What has changed: a kind, a kind and its field, a field, a parameter, a status, or a method and a path."""
    before: str = ""
    after: str = ""
    message: str = ""
    places: tuple[Place, ...] = ()
    spec: tuple[str, str] = ("", "")
    """The JSON Pointers of it in the two documents; empty if one does not have it."""
    kind: str = ""
    """The kind of event that it is about."""
    required: bool = False
    """Whether what was added, or removed, must be there."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What it is told by, wherever it shows."""
        return self.name, self.subject, self.before, self.after

    @property
    def seen_from_the_other_side(self) -> tuple[str, str, str, str, tuple[Place, ...]]:
        """The same change from the second document to the first: its identity and its places."""
        subject = " → ".join(reversed(self.subject.split(" → ")))
        return MIRRORED[self.name], subject, self.after, self.before, tuple(sorted(self.places))


def once(facts: Iterable[Fact]) -> list[Fact]:
    """Each change once, with all of its places, in the order in which they were met."""
    found: dict[tuple[str, str, str, str], Fact] = {}
    for each in facts:
        known = found.get(each.identity)
        if known is None:
            found[each.identity] = each
        else:
            found[each.identity] = replace(known, places=tuple(dict.fromkeys((*known.places, *each.places))))
    return list(found.values())
