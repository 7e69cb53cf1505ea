"""Find, load and resolve the OpenAPI document, and read its operations and contract statements."""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mconn_contracts.contract.yaml_texts import parse_yaml
from mconn_contracts.errors import DocumentError
from mconn_contracts.model.finding import Severity, Statement

_SCHEMAS = "/components/schemas/"
_EVENT = f"{_SCHEMAS}Event"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_TEXTS = ("code", "name", "severity", "basis", "needs", "statement", "why")
_SEVERITIES = {severity.label: severity for severity in reversed(Severity)}
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)


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
    """JSON pointer of the JSON body's schema, by status (`200`), range of statuses (`4XX`) or `default`."""

    def schema_of(self, status: int) -> str | None:
        """The JSON pointer of the schema for a status: its own, its range's, or the default; None if none is declared
        (OpenAPI 3.1, Responses Object).
        """
        for declared in (str(status), f"{status // 100}XX", "default"):
            if declared in self.schemas:
                return self.schemas[declared]
        return None

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
    checked: bool = field(default=False, compare=False)
    """Whether it is known to have everything that code relies on, as the shipped document does (`contract.usable`)."""
    operations: tuple[Operation, ...] = field(init=False)
    statements: tuple[Statement, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", tuple(self._read_operations()))
        object.__setattr__(self, "statements", tuple(self._read_statements()))

    @property
    def version(self) -> str:
        """The contract's version, `info.version`."""
        return str(self.at("/info/version"))

    def at(self, pointer: str) -> Any:
        """The value at a JSON pointer (RFC 6901) into the document; DocumentError if there is none."""
        value: Any = self.raw
        for key in tokens(pointer):
            if isinstance(value, Mapping) and key in value:
                value = value[key]
            elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
                value = value[int(key)]
            else:
                raise DocumentError(f"{self.source}: there is nothing at {pointer}")
        if pointer.partition("/")[0]:
            raise DocumentError(f"{self.source}: {pointer} is not a JSON pointer, which must start with a slash")
        return value

    def resolve(self, pointer: str) -> tuple[Any, str]:
        """The value at a pointer and its final pointer, after following `$ref` within the document."""
        place = pointer
        value = self.at(place)
        for _ in range(32):
            if not (isinstance(value, Mapping) and isinstance(value.get("$ref"), str)):
                return value, place
            target = self._target(value["$ref"], place)
            try:
                value = self.at(target)
            except DocumentError:
                raise DocumentError(f"{self.source}: the $ref at {place} leads nowhere: {value['$ref']!r}") from None
            place = target
        raise DocumentError(f"{self.source}: the $ref at {pointer} never ends")

    def schema_pointer(self, name: str) -> str:
        """The pointer of the component schema of that name; DocumentError names the known ones."""
        if name not in self._schemas:
            raise DocumentError(f"{self.source}: no schema is named {name!r}; there are {', '.join(sorted(self._schemas))}")
        return f"{_SCHEMAS}{escape(name)}"

    @property
    def _schemas(self) -> Mapping[str, Any]:
        components = self.raw.get("components")
        schemas = components.get("schemas") if isinstance(components, Mapping) else None
        return schemas if isinstance(schemas, Mapping) else {}

    @functools.cached_property
    def kinds(self) -> tuple[str, ...]:
        """The event kinds of `Event`, in the document's order."""
        event = self._object(_EVENT)
        kinds = tuple(self.members(event)) or declared_kinds(event)
        if not kinds:
            raise no_kinds(self)
        return kinds

    @property
    def kinds_pointer(self) -> str:
        """The pointer of the kinds of `Event`: the discriminated `oneOf`, or the `enum` of the property `k`."""
        return f"{_EVENT}/oneOf" if "oneOf" in self._object(_EVENT) else f"{_EVENT}/properties/k/enum"

    def members(self, union: Mapping[str, Any]) -> dict[str, str]:
        """The `$ref` of the member of a `oneOf` that each value of its discriminator's property names.

        Without a `mapping`, a member's own `const` or only `enum` of that property names it, or else the name of its schema
        (OpenAPI 3.1, Discriminator Object). Empty if no discriminator tells the members apart.
        """
        discriminator, members = union.get("discriminator"), union.get("oneOf")
        if not isinstance(discriminator, Mapping) or not isinstance(members, list):
            return {}
        name, mapping = discriminator.get("propertyName"), discriminator.get("mapping", {})
        references = [member["$ref"] for member in members if isinstance(member, Mapping) and isinstance(member.get("$ref"), str)]
        if not isinstance(name, str) or not isinstance(mapping, Mapping) or len(references) < len(members):
            return {}
        told: dict[str, str] = {}
        for value, target in mapping.items():
            told[value] = f"#{_SCHEMAS}{escape(target)}" if target in self._schemas else str(target)
        mapped = set(told.values())
        told |= {self._own_value(reference, name): reference for reference in references if reference not in mapped}
        return told if set(told.values()) == set(references) else {}

    def _own_value(self, reference: str, name: str) -> str:
        """The value of the property that a member of a union declares, or else the name of its schema."""
        member = self.resolve(self._target(reference, "a oneOf"))[0]
        properties = member.get("properties") if isinstance(member, Mapping) else None
        own = properties.get(name) if isinstance(properties, Mapping) else None
        if isinstance(own, Mapping):
            values = own.get("enum", [own.get("const")])
            if isinstance(values, list) and len(values) == 1 and isinstance(values[0], str):
                return values[0]
        return tokens(reference)[-1]

    def operation(self, operation_id: str) -> Operation:
        """The operation of that operationId; DocumentError names the known ones."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        known = ", ".join(operation.id for operation in self.operations)
        raise DocumentError(f"{self.source}: no operation has the id {operation_id!r}; there are {known}")

    def statement(self, code: str) -> Statement:
        """The statement of that code; KeyError if there is none."""
        return self._by_code[code]

    @functools.cached_property
    def _by_code(self) -> dict[str, Statement]:
        return {statement.code: statement for statement in self.statements}

    def _target(self, reference: str, place: str) -> str:
        if not reference.startswith("#/"):
            raise DocumentError(f"{self.source}: the $ref at {place} leaves the document: {reference!r}; bundle it first")
        # A $ref is a URI, so its fragment may be percent-encoded (RFC 6901, 6).
        return unquote(reference[1:])

    def _object(self, pointer: str) -> Mapping[str, Any]:
        value = self.resolve(pointer)[0]
        if not isinstance(value, Mapping):
            raise DocumentError(f"{self.source}: {pointer} is not an object")
        return value

    def _read_operations(self) -> Iterator[Operation]:
        if "paths" not in self.raw:
            raise DocumentError(f"{self.source}: no `paths`; is this an OpenAPI document?")
        known: dict[str, str] = {}
        for path in self._object("/paths"):
            item = self._object(f"/paths/{escape(path)}")
            shared = self._parameters(item, f"/paths/{escape(path)}")
            for method in _METHODS:
                if method not in item:
                    continue
                pointer = f"/paths/{escape(path)}/{method}"
                operation = self._object(pointer)
                if not isinstance(operation.get("operationId"), str):
                    raise DocumentError(f"{self.source}: {pointer} has no operationId; give it one")
                earlier = known.setdefault(operation["operationId"], pointer)
                if earlier != pointer:
                    raise DocumentError(f"{self.source}: {pointer} has the operationId of {earlier}; give it one of its own")
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    pointer=pointer,
                    parameters=tuple(map(self._read_parameter, (*shared, *self._parameters(operation, pointer)))),
                    schemas=dict(self._read_schemas(f"{pointer}/responses")) if "responses" in operation else {},
                )

    def _parameters(self, value: Mapping[str, Any], pointer: str) -> list[str]:
        """The places of the parameters of a path or an operation."""
        parameters = value.get("parameters", [])
        if not isinstance(parameters, list):
            raise DocumentError(f"{self.source}: {pointer}/parameters is not an array")
        return [f"{pointer}/parameters/{index}" for index in range(len(parameters))]

    def _read_parameter(self, place: str) -> Parameter:
        value, pointer = self._object(place), self.resolve(place)[1]
        for name in ("name", "in"):
            if not isinstance(value.get(name), str):
                raise DocumentError(f"{self.source}: the parameter at {pointer} has no `{name}`")
        schema = self._object(f"{pointer}/schema")
        return Parameter(value["name"], value["in"], bool(value.get("required", False)), schema, pointer)

    def _read_schemas(self, pointer: str) -> Iterator[tuple[str, str]]:
        for status in self._object(pointer):
            response, place = self._object(f"{pointer}/{status}"), self.resolve(f"{pointer}/{status}")[1]
            if "content" in response and "application/json" in self._object(f"{place}/content"):
                yield status, self.resolve(f"{place}/content/application~1json/schema")[1]

    def _read_statements(self) -> Iterator[Statement]:
        known: dict[str, str] = {}
        for pointer, entry in _find_statements(self.raw, ""):
            where = f"{self.source}: the statement at {pointer}"
            if not isinstance(entry, Mapping):
                raise DocumentError(f"{where} is not an object")
            for name in _TEXTS:
                if not isinstance(entry.get(name), str):
                    raise DocumentError(f"{where} has no `{name}` that is a string")
            if entry["severity"] not in _SEVERITIES:
                raise DocumentError(f"{where} has the severity {entry['severity']!r}; there are {', '.join(_SEVERITIES)}")
            explains = entry.get("explains", [])
            if not isinstance(explains, list) or not all(isinstance(code, str) for code in explains):
                raise DocumentError(f"{where} has an `explains` that is not an array of codes")
            earlier = known.setdefault(entry["code"], pointer)
            if earlier != pointer:
                raise DocumentError(
                    f"{where} has the same code, {entry['code']}, as the statement at {earlier}; give it a code of its own"
                )
            yield Statement(
                code=entry["code"],
                name=entry["name"],
                severity=_SEVERITIES[entry["severity"]],
                basis=entry["basis"],
                statement=" ".join(entry["statement"].split()),
                why=" ".join(entry["why"].split()),
                pointer=pointer,
                needs=entry["needs"],
                explains=tuple(explains),
            )


def escape(token: str) -> str:
    """A JSON pointer reference token (RFC 6901, 3) for a property name."""
    return token.replace("~", "~0").replace("/", "~1")


def tokens(pointer: str) -> list[str]:
    """The names and indexes of a JSON Pointer (RFC 6901). Text before its first slash is left out."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def no_kinds(document: Document) -> DocumentError:
    """The error for a document whose `Event` declares no kinds."""
    return DocumentError(f"{document.source}: {_EVENT} declares no kinds; give its `oneOf` a `discriminator`, or `k` an `enum`")


def declared_kinds(schema: Any) -> tuple[str, ...]:
    """The kinds that a schema itself allows for `k`: those that its discriminator maps, or the `enum` of an open object's `k`."""
    kinds: Any = None
    if isinstance(schema, Mapping):
        discriminator, properties = schema.get("discriminator"), schema.get("properties")
        kinds = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
        if kinds is None and isinstance(properties, Mapping) and isinstance(properties.get("k"), Mapping):
            kinds = properties["k"].get("enum")
    return tuple(kind for kind in kinds if isinstance(kind, str)) if isinstance(kinds, Mapping | list) else ()


def _find_statements(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
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


def find() -> Path:
    """The path of the document that ships with the package: in the wheel, or the repository's `spec/`."""
    packaged = importlib.resources.files("mconn_contracts") / "spec" / "openapi.yaml"
    for candidate in (Path(str(packaged)), Path(__file__).resolve().parents[3] / "spec" / "openapi.yaml"):
        if candidate.is_file():
            return candidate
    raise DocumentError("spec/openapi.yaml is not in the package; reinstall mconn-contracts")


def load(path: Path | None = None) -> Document:
    """Load an OpenAPI document, the shipped one by default; DocumentError names the place and the fix."""
    source = find() if path is None else path
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{source}: cannot be read: {error}") from None
    return _read(text, str(source), checked=path is None)


@functools.lru_cache(maxsize=2)
def _read(text: str, source: str, *, checked: bool) -> Document:
    """The document of a text. It is cached, because reading the shipped document takes longer than most uses of it."""
    raw = parse_yaml(text, source)
    if not isinstance(raw, dict) or not str(raw.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"{source}: not an OpenAPI 3.1 document; its first line should say `openapi: 3.1.0`")
    return Document(raw, source, checked=checked)
