"""Read the JSON subset of YAML safely, within limits."""

from __future__ import annotations

from typing import Any

import yaml

from mconn_contracts.errors import DocumentError

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

SafeLoader = _SafeLoader
"""PyYAML's safe loader, in the version of libyaml if it is installed."""
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_MAX_DEPTH = 100
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_NOT_JSON = (_TIMESTAMP, *(f"tag:yaml.org,2002:{name}" for name in ("binary", "omap", "pairs", "set")))


class _Loader(SafeLoader):
    """Reads YAML with the values of JSON: names are strings and stand once, and a date is a text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is not a string; quote it", key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands twice; remove one of them", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_constructors = {
    tag: constructor for tag, constructor in SafeLoader.yaml_constructors.items() if tag not in _NOT_JSON
}


def parse_yaml(text: str, source: str, most: int = MAX_DOCUMENT_BYTES) -> Any:
    """The value of a YAML (or JSON) text, read safely: no tags, no aliases, with limits on characters and 100 levels."""
    if len(text) > most:
        raise DocumentError(f"{source}: larger than {most} characters; not a document of this API")
    try:
        _limit(text, source)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except (ValueError, LookupError) as error:  # an integer of more digits than Python reads, or a tag on another value
        raise DocumentError(f"{source}: has a value that cannot be read: {' '.join(str(error).split())[:200]}") from None
    except yaml.YAMLError as error:
        reason, mark = str(error), getattr(error, "problem_mark", None)
        if isinstance(error, yaml.MarkedYAMLError) and mark is not None:
            if "nesting depth" in str(error.problem):  # newer libyaml looks 1,024 characters ahead, and has a limit of its own
                raise DocumentError(f"{source}: line {mark.line + 1} is nested deeper than {_MAX_DEPTH} levels") from None
            reason = f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
        raise DocumentError(f"{source}: not YAML that can be read: {' '.join(reason.split())}") from None


def _limit(text: str, source: str) -> None:
    """DocumentError if a text makes the loader take memory or stack without bound."""
    depth = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        where = f"{source}: line {event.start_mark.line + 1}" if event.start_mark else source
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise DocumentError(f"{where} is nested deeper than {_MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            # Aliases make a small file expand without bound ("billion laughs"); no OpenAPI document needs them.
            raise DocumentError(f"{where} has the YAML alias *{event.anchor}, which is not read; write the value out")
