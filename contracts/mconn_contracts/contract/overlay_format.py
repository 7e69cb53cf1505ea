"""Read an overlay: a document as the OpenAPI Overlay Specification 1.0 or 1.1 has it (https://spec.openapis.org/overlay)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mconn_contracts.contract.queries import MAX_QUERY, check_query
from mconn_contracts.contract.yaml_texts import parse_yaml
from mconn_contracts.errors import DocumentError

MAX_ACTIONS = 500
_VERSION = re.compile(r"(1\.[01])\.[0-9]+", re.ASCII)
_Fields = Mapping[str, tuple[str, ...]]
_ROOT: _Fields = dict.fromkeys(("1.0", "1.1"), ("overlay", "info", "extends", "actions"))
_INFO: _Fields = {"1.0": ("title", "version"), "1.1": ("title", "version", "description")}
_ACTION: _Fields = {
    "1.0": ("target", "description", "update", "remove"),
    "1.1": ("target", "description", "update", "copy", "remove"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """One action, checked: `target` and `copy` are JSONPaths that can be read."""

    where: str
    """The beginning of messages: the overlay, and the place and target of the action."""
    target: str
    updates: bool
    """Whether it has an `update`, which may be null."""
    update: Any
    copy: str | None
    remove: bool


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay, read and checked."""

    name: str
    version: str
    """The feature set: `1.0` or `1.1`."""
    extends: str | None
    actions: tuple[Action, ...]


def read_overlay(path: Path, name: str) -> Overlay:
    """The overlay in a file, YAML or JSON; `name` is what messages call it. DocumentError names the place and the fix."""
    where = f"overlay {name}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{where}: cannot be read: {error}") from None
    raw = parse_yaml(text, where)
    if not isinstance(raw, dict) or "overlay" not in raw:
        raise DocumentError(f"{where}: not an OpenAPI overlay; its first line should say `overlay: 1.1.0`")
    match = _VERSION.fullmatch(raw["overlay"]) if isinstance(raw["overlay"], str) else None
    if match is None:
        raise DocumentError(f"{where}: the version is {raw['overlay']!r}; it must be 1.0.x or 1.1.x, such as `overlay: 1.1.0`")
    version = match[1]
    _only(raw, _ROOT, f"{where}:", version)
    _check_info(raw.get("info"), where, version)
    extends = raw.get("extends")
    if "extends" in raw and not isinstance(extends, str):
        raise DocumentError(f"{where}: `extends` is not a string; write the address of the document that it changes")
    actions = raw.get("actions")
    if not isinstance(actions, list) or not actions:
        raise DocumentError(f"{where}: `actions` is not a list with at least one action")
    if len(actions) > MAX_ACTIONS:
        raise DocumentError(f"{where}: has {len(actions)} actions; at most {MAX_ACTIONS} are read")
    read = tuple(_action(action, f"{where}: action {index}", version) for index, action in enumerate(actions))
    first: dict[str, int] = {}
    for index, action in enumerate(actions):
        earlier = first.setdefault(json.dumps(action, sort_keys=True), index)
        if earlier != index:
            raise DocumentError(f"{read[index].where} is the same as action {earlier}; leave one out")
    return Overlay(name, version, extends, read)


def _check_info(info: Any, where: str, version: str) -> None:
    if not isinstance(info, dict) or not all(isinstance(info.get(key), str) for key in ("title", "version")):
        raise DocumentError(f"{where}: `info` needs `title` and `version`, both strings; quote them")
    _only(info, _INFO, f"{where}: `info`", version)
    _check_description(info, f"{where}: `info`")


def _check_description(value: Mapping[str, Any], where: str) -> None:
    if not isinstance(value.get("description", ""), str):
        raise DocumentError(f"{where}: `description` is {_shown(value['description'])}; it must be a string; quote it")


def _only(value: Mapping[str, Any], fields: _Fields, where: str, version: str) -> None:
    for key in value:
        if key not in fields[version] and not key.startswith("x-"):
            hint = "write `overlay: 1.1.0`, which has it" if key in fields["1.1"] else f"it has {', '.join(fields[version])}"
            raise DocumentError(f"{where} has {key!r}, which Overlay {version} does not know; {hint}")


def _action(action: Any, where: str, version: str) -> Action:
    if not isinstance(action, dict) or not isinstance(action.get("target"), str):
        raise DocumentError(f"{where} has no `target` that is a string; write a JSONPath, such as $.info")
    target = action["target"]
    if len(target) > MAX_QUERY:
        raise DocumentError(f"{where} (target {target[:100]!r}) has a target of more than {MAX_QUERY} characters")
    where = f"{where} (target {target!r})"
    _only(action, _ACTION, where, version)
    _check_description(action, where)
    if not isinstance(action.get("remove", False), bool):
        raise DocumentError(f"{where}: `remove` is {_shown(action['remove'])}; it must be true or false")
    check_query(target, where)
    copy = action.get("copy")
    if "copy" in action:
        if not isinstance(copy, str):
            raise DocumentError(f"{where}: `copy` is {_shown(copy)}; it must be a string, a JSONPath of the value to copy")
        check_query(copy, f"{where}: `copy`")
    return Action(where, target, "update" in action, action.get("update"), copy, action.get("remove", False))


def _shown(value: Any) -> str:
    return repr(value)[:100]
