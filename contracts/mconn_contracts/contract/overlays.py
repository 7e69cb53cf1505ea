"""Change a document by OpenAPI overlays, as https://spec.openapis.org/overlay/v1.0.0.html says, and check the outcome."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from mconn_contracts.contract.api import RELIED_ON
from mconn_contracts.contract.document import Document, escape, find, parse_yaml
from mconn_contracts.errors import DocumentError

MAX_ACTIONS = 500
MAX_TARGET = 1_000
MAX_MATCHES = 10_000
MAX_STEPS = 300_000
MAX_ADDED = 20_000
MAX_DEPTH = 100
_VERSION = re.compile(r"1\.0\.[0-9]+", re.ASCII)
_SUFFIXES = (".yaml", ".yml", ".json")
_DATA = frozenset({"example", "examples", "value", "default", "enum", "const"})

Place = tuple[str | int, ...]


def shipped() -> tuple[str, ...]:
    """The names of the overlays that ship with the package, in order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def overlaid(document: Document, names: Sequence[str]) -> Document:
    """The document with overlays applied, one after the other; itself where there are none.

    A name is that of a shipped overlay, or a path. DocumentError names the overlay, the action and the fix.
    """
    for name in names:
        document = _Overlay(name).apply(document)
    return document


def _folder() -> Path:
    return find().parent / "overlays"


def _path(name: str) -> Path:
    if name in shipped():
        return _folder() / f"{name}.yaml"
    if name.endswith(_SUFFIXES) or "/" in name or "\\" in name:
        return Path(name)
    raise DocumentError(
        f"no overlay is named {name!r}; there are {', '.join(shipped())}, or give the path of a .yaml or .json file"
    )


class _Overlay:
    """One overlay document, read and checked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = _path(name)
        self.actions = self._read()

    def apply(self, document: Document) -> Document:
        """The document with every action applied in order."""
        self._check_extends(document)
        root: dict[str, Any] = copy.deepcopy(dict(document.raw))
        budget = _Budget()
        added = 0
        for index, action in enumerate(self.actions):
            where = f"overlay {self.name}: action {index} (target {action['target']!r})"
            places = _places(action["target"], root, budget, where)
            if action.get("remove", False):
                _remove(root, places, where)
                continue
            added += _size(action["update"]) * len(places)
            if added > MAX_ADDED:
                raise DocumentError(f"{where} makes the overlay add more than {MAX_ADDED} values; narrow its target")
            for place in places:
                _update(root, place, action["update"], where)
        overlays = (*document.overlays, self.name)
        if not str(root.get("openapi", "")).startswith("3.1"):
            raise DocumentError(f"overlay {self.name}: what it makes is not an OpenAPI 3.1 document; leave `openapi` as it is")
        try:
            result = Document(root, document.source, overlays)
            _check(result, document)
        except DocumentError as error:
            raise DocumentError(f"overlay {self.name}: what it makes cannot be used: {error}") from None
        return result

    def _read(self) -> list[dict[str, Any]]:
        where = f"overlay {self.name}"
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DocumentError(f"{where}: cannot be read: {error}") from None
        raw = parse_yaml(text, where)
        if not isinstance(raw, dict) or "overlay" not in raw:
            raise DocumentError(f"{where}: not an OpenAPI overlay; its first line should say `overlay: 1.0.0`")
        if not isinstance(raw["overlay"], str) or not _VERSION.fullmatch(raw["overlay"]):
            raise DocumentError(f"{where}: of the version {raw['overlay']!r}; versions 1.0.x are read, such as `overlay: 1.0.0`")
        _only(raw, ("overlay", "info", "extends", "actions"), f"{where}:")
        info = raw.get("info")
        if not isinstance(info, dict) or not all(isinstance(info.get(key), str) for key in ("title", "version")):
            raise DocumentError(f"{where}: `info` needs `title` and `version`, both strings; quote them")
        _only(info, ("title", "version"), f"{where}: `info`")
        self._extends = raw.get("extends")
        if not isinstance(self._extends, str | None):
            raise DocumentError(f"{where}: `extends` is no string; write the address of the document that it changes")
        actions = raw.get("actions")
        if not isinstance(actions, list) or not actions:
            raise DocumentError(f"{where}: `actions` is no list, or an empty one; an overlay has at least one action")
        if len(actions) > MAX_ACTIONS:
            raise DocumentError(f"{where}: has {len(actions)} actions; at most {MAX_ACTIONS} are read")
        for index, action in enumerate(actions):
            _check_action(action, f"{where}: action {index}")
        return actions

    def _check_extends(self, document: Document) -> None:
        if self._extends is None:
            return
        source = Path(document.source)
        address = urlsplit(self._extends)
        local = self.path.parent / unquote(address.path)
        if address.scheme or not local.is_file():
            # Nothing is fetched: an address is taken for that of the document by the name at its end.
            same = PurePosixPath(unquote(address.path)).name == source.name
        else:
            same = local.stat().st_size == source.stat().st_size and local.read_bytes() == source.read_bytes()
        if not same:
            raise DocumentError(
                f"overlay {self.name}: `extends` is {self._extends!r}, which is another document than {source}, "
                "to which it is applied; correct `extends`, or leave it out"
            )


def _only(value: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in value:
        if key not in known and not key.startswith("x-"):
            raise DocumentError(f"{where} has {key!r}, which Overlay 1.0 does not know; it has {', '.join(known)}")


def _check_action(action: Any, where: str) -> None:
    if not isinstance(action, dict) or not isinstance(action.get("target"), str):
        raise DocumentError(f"{where} has no `target`, or none that is a string; write a JSONPath, such as $.info")
    where = f"{where} (target {action['target'][:100]!r})"
    _only(action, ("target", "description", "update", "remove"), where)
    if len(action["target"]) > MAX_TARGET:
        raise DocumentError(f"{where} has a target of more than {MAX_TARGET} characters")
    if not isinstance(action.get("remove", False), bool):
        raise DocumentError(f"{where}: `remove` is {action['remove']!r}; it is true or false")
    if "update" not in action and not action.get("remove", False):
        raise DocumentError(f"{where} says neither `update` nor `remove: true`; say one")


class _SpentError(Exception):
    """A budget is spent."""


class _Budget:
    """Steps that an overlay's targets may still take: a few characters of JSONPath can ask for billions."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise _SpentError


class _Object(dict[str, Any]):
    """An object that counts what is read of it."""

    budget: _Budget

    def items(self) -> Any:
        self.budget.spend(1 + len(self))
        return super().items()

    def values(self) -> Any:
        self.budget.spend(1 + len(self))
        return super().values()

    def __iter__(self) -> Iterator[str]:
        self.budget.spend(1 + len(self))
        return super().__iter__()

    def __getitem__(self, key: str) -> Any:
        self.budget.spend(1)
        return super().__getitem__(key)


class _Array(list[Any]):
    """An array that counts what is read of it."""

    budget: _Budget

    def __iter__(self) -> Iterator[Any]:
        self.budget.spend(1 + len(self))
        return super().__iter__()

    def __getitem__(self, key: Any) -> Any:
        self.budget.spend(1)
        return super().__getitem__(key)


def _counted(value: Any, budget: _Budget) -> Any:
    counted: Any = value
    if isinstance(value, dict):
        counted = _Object({key: _counted(child, budget) for key, child in value.items()})
        counted.budget = budget
    elif isinstance(value, list):
        counted = _Array([_counted(child, budget) for child in value])
        counted.budget = budget
    return counted


def _places(target: str, root: dict[str, Any], budget: _Budget, where: str) -> list[Place]:
    """The places that a JSONPath (RFC 9535) leads to, each once, in the order in which they were found."""
    from jsonpath import JSONPathEnvironment
    from jsonpath.exceptions import JSONPathError

    environment = JSONPathEnvironment(strict=True)
    # A pattern of the overlay could keep a matcher busy for ever.
    for name in ("match", "search"):
        environment.function_extensions.pop(name, None)
    places: dict[Place, None] = {}
    try:
        for found in environment.finditer(target, _counted(root, budget)):
            places[tuple(part if isinstance(part, int) else str(part) for part in found.parts)] = None
            if len(places) > MAX_MATCHES:
                raise DocumentError(f"{where} matches more than {MAX_MATCHES} places; narrow it")
    except _SpentError:
        raise DocumentError(
            f"{where} brings the targets to more than {MAX_STEPS} steps; name the members on the way instead of searching"
        ) from None
    except (JSONPathError, RecursionError) as error:
        words = " ".join(str(error).split()) or "it is nested too deep"
        hint = (
            "; match() and search() are not read, compare with == instead" if re.search(r"\b(match|search)\s*\(", target) else ""
        )
        raise DocumentError(f"{where} is not a JSONPath (RFC 9535) that can be read: {words[:200]}{hint}") from None
    if not places:
        raise DocumentError(
            f"{where} matches nothing; compare it with the document (`mconn export openapi-3.1`), or leave it out"
        )
    return list(places)


def _at(root: Any, place: Place) -> Any:
    for part in place:
        root = root[part]
    return root


def _remove(root: dict[str, Any], places: Sequence[Place], where: str) -> None:
    # Later items and inner places first, so that no removal moves another's place.
    for place in sorted(places, key=lambda each: [(isinstance(part, int), part) for part in each], reverse=True):
        if not place:
            raise DocumentError(f"{where} removes the whole document; name a member of it")
        del _at(root, place[:-1])[place[-1]]


def _update(root: dict[str, Any], place: Place, update: Any, where: str) -> None:
    pointer = "".join(f"/{escape(str(part))}" for part in place)
    node = _at(root, place)
    if len(place) + _depth(update) > MAX_DEPTH:
        raise DocumentError(f"{where} nests the document deeper than {MAX_DEPTH} levels at {pointer}")
    if isinstance(node, list):
        node.append(copy.deepcopy(update))
    elif not isinstance(node, dict):
        raise DocumentError(f"{where}: {pointer} is neither an object nor an array; make the object that holds it the target")
    elif not isinstance(update, dict):
        raise DocumentError(f"{where}: {pointer} is an object, and `update` is not; write the members to merge into it")
    else:
        _merge(node, update)


def _merge(node: dict[str, Any], update: Mapping[str, Any]) -> None:
    """Objects are merged, arrays joined, and all else is replaced."""
    for key, value in update.items():
        old = node.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(copy.deepcopy(value))
        else:
            node[key] = copy.deepcopy(value)


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _size(value: Any) -> int:
    return 1 + sum(map(_size, _children(value)))


def _depth(value: Any) -> int:
    return 1 + max(map(_depth, _children(value)), default=0)


def _check(document: Document, before: Document) -> None:
    """DocumentError where a changed document does not say what its readers and the rules rely on."""
    for pointer, reference in _references(document.raw, ""):
        document.resolve(pointer)
        if not reference.startswith("#/"):
            raise DocumentError(f"{document.source}: the $ref at {pointer} leaves the document: {reference!r}")
    for operation in before.operations:
        if "200" not in document.operation(operation.id).schemas:
            raise DocumentError(f"{document.source}: {operation.pointer} has no JSON response 200; leave it there")
    _check_schemas(document)
    _check_statements(document, before)
    document.check_union()


def _references(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield pointer, value["$ref"]
        for key, child in value.items():
            if key not in _DATA:
                yield from _references(child, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _references(child, f"{pointer}/{index}")


def _check_schemas(document: Document) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    for name, schema in document.at("/components/schemas").items():
        place = document.schema_pointer(name)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            inner = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
            raise DocumentError(f"{document.source}: {place}{inner} is no JSON Schema: {error.message[:200]}") from None
    for name, properties in RELIED_ON.items():
        schema, place = document.resolve(document.schema_pointer(name))
        for key, kind in properties.items():
            declared = isinstance(schema, dict) and key in schema.get("required", ()) and key in schema.get("properties", {})
            if not declared or (kind and document.resolve(f"{place}/properties/{key}")[0].get("type") != kind):
                what = f"{key!r} as {kind}" if kind else repr(key)
                raise DocumentError(f"{document.source}: {place} no longer requires {what}, which rules read; leave it there")


def _check_statements(document: Document, before: Document) -> None:
    """An overlay may leave a promise out or weigh it differently; it may not make one that no rule is for."""
    known = {statement.code: statement for statement in before.statements}
    for statement in document.statements:
        old = known.pop(statement.code, None)
        if old is None:
            raise DocumentError(f"{document.source}: {statement.pointer} has the code {statement.code}, which no rule is for")
        if (old.name, old.needs) != (statement.name, statement.needs):
            raise DocumentError(f"{document.source}: {statement.pointer} changes the `name` or `needs` of {statement.code}")
    for code, statement in known.items():
        if statement.about_the_run:
            raise DocumentError(f"{document.source}: the statement {code} is gone; what could not be judged must be said")
