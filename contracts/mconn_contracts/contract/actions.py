"""Apply the actions of an overlay to a document, as the OpenAPI Overlay Specification 1.0 or 1.1 requires."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mconn_contracts.contract.document import escape
from mconn_contracts.contract.overlay_format import Action, Overlay
from mconn_contracts.contract.queries import Budget, Place, places
from mconn_contracts.errors import DocumentError

MAX_ADDED = 20_000
MAX_DEPTH = 100


def apply(document: Mapping[str, Any], overlay: Overlay, warn: Callable[[str], object]) -> dict[str, Any]:
    """A changed copy of a document. Each action changes the result of the one before.

    `warn` is told of each action that cannot change anything, as the specification allows. DocumentError names the action
    that cannot be done, and the fix.
    """
    root: dict[str, Any] = copy.deepcopy(dict(document))
    budget, added = Budget(), 0
    for action in overlay.actions:
        found = places(action.target, root, budget, action.where)
        if not found:
            warn(f"{action.where} matches nothing; compare it with the document (`mconn export openapi-3.1`), or leave it out")
        elif action.remove:
            _remove(root, found, action.where)
        elif action.updates and action.copy is not None:
            warn(f"{action.where} has both `update` and `copy`, so neither has an impact; leave one out")
        elif action.updates or action.copy is not None:
            value = action.update if action.copy is None else _source(action.copy, root, budget, action.where)
            added += _size(value) * len(found)
            if added > MAX_ADDED:
                raise DocumentError(f"{action.where} makes the overlay add more than {MAX_ADDED} values; narrow its target")
            _change(root, found, value, action, overlay.version)
    return root


def _source(query: str, root: dict[str, Any], budget: Budget, where: str) -> Any:
    """The value that a `copy` names, before anything is copied."""
    found = places(query, root, budget, f"{where}: `copy`")
    if len(found) != 1:
        raise DocumentError(f"{where}: `copy` matches {len(found)} places; it must match exactly one")
    return copy.deepcopy(_at(root, found[0]))


def _at(root: Any, place: Place) -> Any:
    for part in place:
        root = root[part]
    return root


def _pointer(place: Place) -> str:
    return "".join(f"/{escape(str(part))}" for part in place)


def _remove(root: dict[str, Any], found: Sequence[Place], where: str) -> None:
    # Later items and inner places first, so that no removal moves another's place.
    for place in sorted(found, key=lambda each: [(isinstance(part, int), part) for part in each], reverse=True):
        if not place:
            raise DocumentError(f"{where} removes the whole document; name a member of it")
        del _at(root, place[:-1])[place[-1]]


def _change(root: dict[str, Any], found: Sequence[Place], value: Any, action: Action, version: str) -> None:
    """Merge a value into each place that was found."""
    forms = [_form(_at(root, place)) for place in found]
    if version != "1.0" and len(set(forms)) > 1:
        other = next(index for index, form in enumerate(forms) if form != forms[0])
        raise DocumentError(
            f"{action.where} matches {forms[0]} at {_pointer(found[0])} and {forms[other]} at {_pointer(found[other])}; "
            "narrow it to objects, arrays or primitive values"
        )
    field = "update" if action.copy is None else "copy"
    for place in found:
        _change_one(root, place, value, f"{action.where}: `{field}`", version)


def _change_one(root: dict[str, Any], place: Place, value: Any, where: str, version: str) -> None:
    pointer = _pointer(place)
    if len(place) + _depth(value) > MAX_DEPTH:
        raise DocumentError(f"{where} nests the document deeper than {MAX_DEPTH} levels at {pointer}")
    node = _at(root, place)
    if isinstance(node, list):
        # In version 1.0, an array is added as one item, like any other value.
        many = isinstance(value, list) and version != "1.0"
        node.extend(copy.deepcopy(value) if many else [copy.deepcopy(value)])
    elif isinstance(node, dict):
        if not isinstance(value, dict):
            raise DocumentError(f"{where} is {_form(value)}, but {pointer} is an object; write the members to merge into it")
        _merge(node, value, pointer, where, version)
    elif version == "1.0":
        raise DocumentError(
            f"{where}: {pointer} is neither an object nor an array; make the object that holds it the target, "
            "or write `overlay: 1.1.0`"
        )
    elif isinstance(value, dict | list):
        raise DocumentError(f"{where} is {_form(value)}, but {pointer} is a primitive value; write one to replace it")
    else:
        _at(root, place[:-1])[place[-1]] = value


def _merge(node: dict[str, Any], value: Mapping[str, Any], pointer: str, where: str, version: str) -> None:
    """Objects are merged, arrays joined, and primitive values replaced. 1.0 leaves other pairs open: the value is replaced."""
    for key, new in value.items():
        old, place = node.get(key), f"{pointer}/{escape(key)}"
        if isinstance(old, dict) and isinstance(new, dict):
            _merge(old, new, place, where, version)
        elif isinstance(old, list) and isinstance(new, list):
            old.extend(copy.deepcopy(new))
        elif version != "1.0" and key in node and _form(old) != _form(new):
            raise DocumentError(f"{where} has {_form(new)} for {place}, which is {_form(old)}; remove that in an action before")
        else:
            node[key] = copy.deepcopy(new)


def _form(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else "a primitive value"


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _size(value: Any) -> int:
    return 1 + sum(map(_size, _children(value)))


def _depth(value: Any) -> int:
    return 1 + max(map(_depth, _children(value)), default=0)
