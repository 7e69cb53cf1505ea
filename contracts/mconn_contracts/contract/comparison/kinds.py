"""The unions of two documents compared: kinds, what each has besides its kind, and whether they are open."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from mconn_contracts.contract.comparison import words
from mconn_contracts.contract.comparison.authoring import UNIONS, Authoring
from mconn_contracts.contract.comparison.descriptions import described_anew, same_words
from mconn_contracts.contract.comparison.fact import Fact, Place
from mconn_contracts.contract.comparison.normal import Kind, Union
from mconn_contracts.contract.document import escape

ALIKE = 0.75
"""From this on, two names are alike (difflib's ratio); `RekeyStart` and `RekeyRestart` come to 0.91."""
_OPENNESS: Mapping[bool | None, int] = {False: 0, None: 1, True: 2}


def compare(before: Union, after: Union, place: Place, authoring: Authoring) -> Iterator[Fact]:
    """What tells two unions of the same value apart."""
    if before.written != after.written:
        authoring.differs(UNIONS)
    spec = (before.place, after.place)
    tag = place.below(escape(after.tag))
    if before.tag != after.tag:
        message = f"The kind was in `{before.tag}`; it is now in `{after.tag}`"
        yield Fact("type-changed", place.pointer.rpartition("/")[2], f"`{before.tag}`", f"`{after.tag}`", message, (place,), spec)
        return
    if before.tag_required != after.tag_required:
        change, said = ("field-required", ("optional", "required"))
        if before.tag_required:
            change, said = "field-optional", ("required", "optional")
        message = f"`{after.tag}` is {said[1]} now; it was {said[0]}"
        yield Fact(change, after.tag, *said, message, (tag,), spec, required=after.tag_required)
    gone, new = _gone(before, after), _gone(after, before)
    renamed = _renamed(gone, new)
    for old, (name, reason) in renamed.items():
        message = f"{old} is likely called {name} now: {reason}"
        yield Fact("kind-renamed", f"{old} → {name}", old, name, message, (tag,), (gone[old].place, new[name].place), name)
    yield from _added("kind-added", new, {name for name, _ in renamed.values()}, tag)
    yield from _added("kind-removed", gone, renamed.keys(), tag)
    yield from _opened(before, after, place)
    for name, first, second in pairs(before, after):
        if not same_words(first.description, second.description):
            yield described_anew(name, first.description, second.description, place, (first.place, second.place), name)


def pairs(before: Union, after: Union) -> Iterator[tuple[str, Kind, Kind]]:
    """The kinds that both unions have, by their names, both where one was renamed; what any other kind has counts as one."""
    renamed = _renamed(_gone(before, after), _gone(after, before))
    for name, kind in before.kinds.items():
        new = renamed[name][0] if name in renamed else name
        known = after.kinds.get(new, after.others)
        if known is not None:
            yield " or ".join(sorted({name, new})), kind, known
    if before.others is not None:
        yield from ((name, before.others, kind) for name, kind in after.kinds.items() if name not in before.kinds)
        if after.others is not None:
            yield "any other kind", before.others, after.others


def _gone(before: Union, after: Union) -> dict[str, Kind]:
    """The kinds that the first of two unions lists and the second does not allow."""
    return {} if after.others else {name: kind for name, kind in before.kinds.items() if name not in after.kinds}


def _added(change: str, those: Mapping[str, Kind], renamed: Iterable[str], place: Place) -> Iterator[Fact]:
    """A fact for each kind that one of the documents has."""
    for name, kind in those.items():
        if name in renamed:
            continue
        said = words.of_kind(kind)
        meaning = words.quoted(kind.description)
        if change == "kind-added":
            message = f"{name} is a new kind{f', {meaning}' if meaning else ''}, {said}"
            yield Fact(change, name, "", said, message, (place,), ("", kind.place), name)
        else:
            message = f"{name} is no longer a kind; it was one {said}"
            yield Fact(change, name, said, "", message, (place,), (kind.place, ""), name)


def _opened(before: Union, after: Union, place: Place) -> Iterator[Fact]:
    """Whether kinds may have other fields than are declared, and whether there may be other kinds."""
    subject = place.pointer.rpartition("/")[2]
    spec = (before.place, after.place)
    both = sorted(before.kinds.keys() & after.kinds.keys())
    for change, sign in (("union-opened", 1), ("union-closed", -1)):
        steps = {name: _OPENNESS[after.kinds[name].open] - _OPENNESS[before.kinds[name].open] for name in both}
        moved = [name for name, step in steps.items() if sign * step > 0]
        if moved:
            whose = "Events" if len(moved) == len(both) else words.in_row(moved)
            said = (_openness(before.kinds[moved[0]].open), _openness(after.kinds[moved[0]].open))
            message = f"{whose} may have fields that are not declared: this is {said[1]} now; it was {said[0]}"
            if len(moved) < len(both):
                said = (f"{whose}: {said[0]}", f"{whose}: {said[1]}")
            yield Fact(change, subject, *said, message, (place,), spec, moved[0])
    if (before.others is None) != (after.others is None):
        change = "union-opened" if after.others else "union-closed"
        said = ("any kind", "only declared kinds") if before.others else ("only declared kinds", "any kind")
        message = f"`{after.tag}` may be {said[1]} now; before, {said[0]}"
        yield Fact(change, f"{subject}/{after.tag}", *said, message, (place.below(after.tag),), spec)


def _openness(open_: bool | None) -> str:
    return {True: "allowed", None: "left unsaid", False: "forbidden"}[open_]


def _renamed(gone: Mapping[str, Kind], new: Mapping[str, Kind]) -> dict[str, tuple[str, str]]:
    """Kinds that are likely the same under another name, with the reason; each is taken once, the likeliest first."""
    likely = []
    for old, before in gone.items():
        for name, after in new.items():
            likeness, reason = _likeness(old, before, name, after)
            if likeness:
                likely.append((-likeness, old, name, reason))
    found: dict[str, tuple[str, str]] = {}
    for _, old, name, reason in sorted(likely):
        if old not in found and all(name != taken for taken, _ in found.values()):
            found[old] = (name, reason)
    return found


def _likeness(old: str, before: Kind, name: str, after: Kind) -> tuple[float, str]:
    """How likely two kinds are the same, and why; 0 where nothing says so."""
    first, second = before.description.split(), after.description.split()
    pair = (old.lower(), name.lower())
    # The ratio of two texts depends on their order.
    alike = difflib.SequenceMatcher(None, min(pair), max(pair)).ratio()
    if first and first == second:
        return 1 + alike, f"it has the same description, {words.quoted(after.description)}"
    if not (first and second) and alike >= ALIKE and before.fields == after.fields:
        return alike, "its name is alike, and its fields are the same"
    return 0, ""
