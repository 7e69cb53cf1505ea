"""The part of a document that is of this API: the paths of its events, and all that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from mconn_contracts.contract.api import LIST
from mconn_contracts.contract.document import Document, escape, tokens
from mconn_contracts.errors import DocumentError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DEEPEST = 100
MOST_COMPONENTS = 2_000
"""Components that the operations of this API may refer to; the vendor's document has about ten."""
_PARAMETER = re.compile(r"\{[^{}]*\}")


def template(path: str) -> str:
    """A path's template without the names of its parameters."""
    return _PARAMETER.sub("{}", path)


def names_in(path: str) -> list[str]:
    """The names of the parameters of a path's template, in their order."""
    return [each[1:-1] for each in _PARAMETER.findall(path)]


def is_of_this_api(path: str) -> bool:
    """Whether a path is that of the events, or one below it."""
    return f"{template(path)}/".startswith(f"{template(LIST.path)}/")


def cut(raw: Mapping[str, Any], source: str) -> Document:
    """The part of a document that is of this API, however much else the document has.

    DocumentError if it has none of the paths, or the part is larger than this API can be.
    """
    paths = raw.get("paths")
    if not isinstance(paths, Mapping):
        raise DocumentError(f"{source}: no `paths`; is this an OpenAPI document?")
    ours = {path: _identified(path, item) for path, item in paths.items() if is_of_this_api(path)}
    if not ours:
        raise DocumentError(f"{source}: has none of the paths of this API; one of them is {LIST.path}")
    kept: dict[str, Any] = {key: value for key, value in raw.items() if key not in ("paths", "components", "webhooks", "tags")}
    kept["paths"] = ours
    for section, name in _referenced(raw, ours, source):
        kept.setdefault("components", {}).setdefault(section, {})[name] = raw["components"][section][name]
    schemes = raw.get("components", {}).get("securitySchemes") if isinstance(raw.get("components"), Mapping) else None
    if schemes is not None:
        kept.setdefault("components", {})["securitySchemes"] = schemes
    _limit(kept, source)
    return Document(kept, source)


def _limit(kept: Mapping[str, Any], source: str) -> None:
    """DocumentError if a document is nested so deep that its readers would have no stack left."""
    waiting: list[tuple[int, Any]] = [(1, kept)]
    while waiting:
        depth, value = waiting.pop()
        if depth > _DEEPEST:
            raise DocumentError(f"{source}: nested deeper than {_DEEPEST} levels")
        if isinstance(value, Mapping | list):
            waiting.extend((depth + 1, each) for each in (value.values() if isinstance(value, Mapping) else value))


def _identified(path: str, item: Any) -> Any:
    """A path item whose operations have an operationId, as `Document` wants it; OpenAPI does not ask for one."""
    if not isinstance(item, Mapping):
        return item
    unnamed = {
        method: {**item[method], "operationId": unnamed_id(method, path)}
        for method in METHODS
        if isinstance(item.get(method), Mapping) and "operationId" not in item[method]
    }
    return {**item, **unnamed} if unnamed else item


def unnamed_id(method: str, path: str) -> str:
    """The replacement for the operationId of an operation without one."""
    return f"{method.upper()} {path}"


def _referenced(raw: Mapping[str, Any], value: Any, source: str) -> list[tuple[str, str]]:
    """The components that a value refers to, directly or not, in the order in which they are met; those that are there."""
    components = raw.get("components")
    found: dict[tuple[str, str], None] = {}
    waiting = [value]
    while waiting:
        for reference in _references(waiting.pop()):
            _, *path = tokens(unquote(reference.removeprefix("#"))) or [""]
            if not reference.startswith("#/components/") or len(path) < 2 or (path[0], path[1]) in found:
                continue
            section = components.get(path[0]) if isinstance(components, Mapping) else None
            if not isinstance(section, Mapping) or path[1] not in section:
                continue
            found[path[0], path[1]] = None
            waiting.append(section[path[1]])
            if len(found) > MOST_COMPONENTS:
                raise DocumentError(f"{source}: the paths of this API refer to more than {MOST_COMPONENTS} components")
    return list(found)


def _references(value: Any) -> Iterator[str]:
    """Every `$ref` within a value, and what a discriminator maps its values to."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, Mapping):
            waiting.extend(each.values())
            if isinstance(each.get("$ref"), str):
                yield each["$ref"]
            discriminator = each.get("discriminator")
            mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
            if isinstance(mapping, Mapping):
                yield from (referred(target) for target in mapping.values() if isinstance(target, str))


def referred(target: str) -> str:
    """What a discriminator's mapping refers to: a `$ref`, or the name of a schema."""
    return target if "/" in target else f"#/components/schemas/{escape(target)}"
