"""The overlay that makes one document of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.contract.document import Document

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
VERSION = "1.0.0"
"""The version of the Overlay Specification that is written."""


def overlay(before: Document, after: Document, title: str, extends: str | None = None) -> dict[str, Any]:
    """An overlay that, applied to the first document, gives the second; its `actions` are empty if both are the same."""
    head = {"overlay": VERSION, "info": {"title": title, "version": "1.0.0"}}
    if extends is not None:
        head["extends"] = extends
    return {**head, "actions": list(_actions(before.raw, after.raw, "$"))}


def _actions(before: Mapping[str, Any], after: Mapping[str, Any], target: str) -> Iterator[dict[str, Any]]:
    """Actions that make one object of another: what is removed, then what is added or replaced, then what is changed within."""
    update: dict[str, Any] = {}
    within: list[tuple[str, Any, Any]] = []
    for key, old in before.items():
        if key not in after:
            yield {"target": _member(target, key), "remove": True}
        elif old != after[key]:
            new = after[key]
            if isinstance(old, Mapping) and isinstance(new, Mapping):
                within.append((_member(target, key), old, new))
            elif isinstance(old, list) and isinstance(new, list) and new[: len(old)] == old:
                # An update that is an array would be appended as one item.
                within.extend((_member(target, key), None, each) for each in new[len(old) :])
            elif isinstance(old, list) and (gone := _gone(old, new)):
                yield from ({"target": f"{_member(target, key)}[{index}]", "remove": True} for index in reversed(gone))
            else:
                if isinstance(old, Mapping | list):
                    yield {"target": _member(target, key), "remove": True}
                update[key] = new
    update |= {key: new for key, new in after.items() if key not in before}
    if update:
        yield {"target": target, "update": update}
    for place, old, new in within:
        if old is None:
            yield {"target": place, "update": new}
        else:
            yield from _actions(old, new, place)


def _gone(old: list[Any], new: Any) -> list[int]:
    """The indexes of an array's items that another does not have, where it has all others in their order; else none."""
    if not isinstance(new, list):
        return []
    left, gone = list(new), []
    for index, each in enumerate(old):
        if left and left[0] == each:
            left.pop(0)
        else:
            gone.append(index)
    return [] if left else gone


def _member(target: str, key: str) -> str:
    """The JSONPath (RFC 9535) of a member of what another path leads to."""
    if _NAME.fullmatch(key):
        return f"{target}.{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{target}['{escaped}']"
