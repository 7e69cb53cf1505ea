"""Find, load and resolve the OpenAPI document, and read its operations and contract statements."""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mconn_contracts.errors import DocumentError
from mconn_contracts.model import Severity

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Aliases make a small file expand without bound ("billion laughs"); no OpenAPI document needs them.
_ALIAS = re.compile(r"(?m)(?:^|[\s\[{,])\*[\w-]+\s*(?:$|[,}\]:])")


@dataclass(frozen=True, slots=True)
class Statement:
    """One promise of the contract, as an `x-contracts` entry says it. `pointer` leads to it in the document."""

    code: str
    name: str
    severity: Severity
    basis: str
    statement: str
    why: str
    pointer: str
    needs: str
    """What decides it: `response`, `request`, `session` (several responses), `live` (the sender's knowledge) or `pin`."""
    explains: tuple[str, ...] = ()
    """Codes whose findings follow from this one's in the same session."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter of an operation."""

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    pointer: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One declared operation: its method (upper case), path template, parameters and response schemas."""

    id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    schemas: Mapping[str, str]
    """JSON pointer of the JSON body's schema, by status (`200`)."""

    def parameter(self, name: str) -> Parameter:
        """The declared parameter of that name; KeyError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)


@dataclass(frozen=True)
class Document:
    """A loaded OpenAPI document. `raw` must not be changed."""

    raw: Mapping[str, Any]
    source: str
    overlays: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = field(init=False)
    statements: tuple[Statement, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", tuple(self._read_operations()))
        object.__setattr__(self, "statements", tuple(self._read_statements()))

    @property
    def version(self) -> str:
        """The contract's version, `info.version`."""
        return str(self.raw["info"]["version"])

    def at(self, pointer: str) -> Any:
        """The value at a JSON pointer (RFC 6901) into the document; DocumentError where there is none."""
        value: Any = self.raw
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise DocumentError(f"{self.source}: nothing at {pointer}; check the $ref that names it") from None
        return value

    def resolve(self, pointer: str) -> tuple[Any, str]:
        """The value at a pointer and its final pointer, after following `$ref` within the document."""
        for _ in range(32):
            value = self.at(pointer)
            if not (isinstance(value, Mapping) and isinstance(value.get("$ref"), str)):
                return value, pointer
            pointer = self._target(value["$ref"], pointer)
        raise DocumentError(f"{self.source}: the $ref at {pointer} never ends")

    def schema_pointer(self, name: str) -> str:
        """The pointer of the component schema of that name; DocumentError names the known ones."""
        schemas = self.raw.get("components", {}).get("schemas", {})
        if name not in schemas:
            raise DocumentError(f"{self.source}: no schema is named {name!r}; there are {', '.join(sorted(schemas))}")
        return f"/components/schemas/{escape(name)}"

    @functools.cached_property
    def kinds(self) -> tuple[str, ...]:
        """The event kinds of the union, in the document's order: the discriminator's mapping of `Event`."""
        return tuple(self.raw["components"]["schemas"]["Event"]["discriminator"]["mapping"])

    def operation(self, operation_id: str) -> Operation:
        """The operation of that operationId; DocumentError names the known ones."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        known = ", ".join(operation.id for operation in self.operations)
        raise DocumentError(f"{self.source}: no operation is called {operation_id!r}; there are {known}")

    def statement(self, code: str) -> Statement:
        """The statement of that code; KeyError if there is none."""
        return self._by_code[code]

    @functools.cached_property
    def _by_code(self) -> dict[str, Statement]:
        return {statement.code: statement for statement in self.statements}

    def _target(self, reference: str, place: str) -> str:
        if not reference.startswith("#/"):
            raise DocumentError(f"{self.source}: the $ref at {place} leaves the document: {reference!r}; bundle it first")
        return reference[1:]

    def _read_operations(self) -> Iterator[Operation]:
        paths = self.raw.get("paths")
        if not isinstance(paths, Mapping):
            raise DocumentError(f"{self.source}: no `paths`; is this an OpenAPI document?")
        for path, item in paths.items():
            shared = item.get("parameters", ())
            for method in _METHODS:
                if method not in item:
                    continue
                operation = item[method]
                pointer = f"/paths/{escape(path)}/{method}"
                if "operationId" not in operation:
                    raise DocumentError(f"{self.source}: {pointer} has no operationId; give it one")
                places = [f"/paths/{escape(path)}/parameters/{index}" for index in range(len(shared))]
                places += [f"{pointer}/parameters/{index}" for index in range(len(operation.get("parameters", ())))]
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    pointer=pointer,
                    parameters=tuple(self._read_parameter(place) for place in places),
                    schemas=dict(self._read_schemas(pointer, operation.get("responses", {}))),
                )

    def _read_parameter(self, place: str) -> Parameter:
        value, pointer = self.resolve(place)
        schema, _ = self.resolve(f"{pointer}/schema")
        return Parameter(value["name"], value["in"], bool(value.get("required", False)), schema, pointer)

    def _read_schemas(self, pointer: str, responses: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for status in responses:
            response, place = self.resolve(f"{pointer}/responses/{status}")
            if "application/json" in response.get("content", {}):
                yield str(status), self.resolve(f"{place}/content/application~1json/schema")[1]

    def _read_statements(self) -> Iterator[Statement]:
        for pointer, entry in _find_statements(self.raw, ""):
            try:
                yield Statement(
                    code=entry["code"],
                    name=entry["name"],
                    severity=Severity[entry["severity"].upper()],
                    basis=entry["basis"],
                    statement=" ".join(entry["statement"].split()),
                    why=" ".join(entry["why"].split()),
                    pointer=pointer,
                    needs=entry["needs"],
                    explains=tuple(entry.get("explains", ())),
                )
            except (KeyError, TypeError, AttributeError) as error:
                raise DocumentError(f"{self.source}: the statement at {pointer} is wrong: {error!r}") from None


def escape(token: str) -> str:
    """A JSON pointer reference token (RFC 6901, 3) for a property name."""
    return token.replace("~", "~0").replace("/", "~1")


def _find_statements(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            place = f"{pointer}/{escape(str(key))}"
            if key == "x-contracts" and isinstance(child, list):
                yield from ((f"{place}/{index}", entry) for index, entry in enumerate(child))
            else:
                yield from _find_statements(child, place)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _find_statements(child, f"{pointer}/{index}")


def parse_yaml(text: str, source: str) -> Any:
    """The value of a YAML (or JSON) text, read safely: no tags, no aliases, at most `MAX_DOCUMENT_BYTES`."""
    if len(text) > MAX_DOCUMENT_BYTES:
        raise DocumentError(f"{source}: larger than {MAX_DOCUMENT_BYTES} characters; not a document of this API")
    try:
        if _ALIAS.search(text) and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_SafeLoader)):
            raise DocumentError(f"{source}: YAML aliases are not read; write the value out")
        return yaml.load(text, Loader=_SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DocumentError(f"{source}: not YAML that can be read: {reason}") from None


def find() -> Path:
    """The path of the document that ships with the package: in the wheel, or the repository's `spec/`."""
    packaged = importlib.resources.files("mconn_contracts") / "spec" / "openapi.yaml"
    for candidate in (Path(str(packaged)), Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"):
        if candidate.is_file():
            return candidate
    raise DocumentError("spec/openapi.yaml is not in the package; reinstall mconn-contracts")


def load(path: Path | None = None, overlays: Sequence[str] = ()) -> Document:
    """Load an OpenAPI document, the shipped one by default; DocumentError names the place and the fix."""
    source = find() if path is None else path
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{source}: cannot be read: {error}") from None
    raw = parse_yaml(text, str(source))
    if not isinstance(raw, dict) or not str(raw.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"{source}: not an OpenAPI 3.1 document; its first line should say `openapi: 3.1.0`")
    return Document(raw, str(source), tuple(overlays))
