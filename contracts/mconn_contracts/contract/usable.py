"""Whether a document has everything that its readers and the rules rely on. Any other document is refused at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mconn_contracts.contract.api import ENDPOINTS, EVENT, LIST, RELIED_ON, UNION
from mconn_contracts.contract.document import Document, escape, no_kinds
from mconn_contracts.errors import DocumentError

_DATA = frozenset({"example", "examples", "value", "default", "enum", "const"})
_IN_PLACE = ("allOf", "anyOf", "oneOf")
"""Keywords with schemas of the same value."""
_ONE_IN_PLACE = ("not", "if", "then", "else")
_UNREAD = ("$id", "$dynamicRef", "$recursiveRef")
"""Keywords that change where a `$ref` leads."""
_IF_THERE = {LIST.model: {"cursor": "string"}, EVENT: {"v": "string"}}
"""The optional properties that rules read, with their types."""


def check_usable(document: Document, shipped: Document) -> None:
    """Raise DocumentError, with the place, if rules cannot judge by a document as they do by the shipped one."""
    if not document.version:
        raise DocumentError(f"{document.source}: /info/version is empty; say which version of the contract it is")
    for pointer, reference in _references(document.raw, ""):
        document.resolve(pointer)
        if not reference.startswith("#/"):
            raise DocumentError(f"{document.source}: the $ref at {pointer} leaves the document: {reference!r}")
    for endpoint in ENDPOINTS:
        operation = document.operation(endpoint.operation)
        if (operation.method, operation.path) != ("GET", endpoint.path):
            raise DocumentError(f"{document.source}: {operation.pointer} is not GET {endpoint.path}, which rules read")
        if "200" not in operation.schemas:
            raise DocumentError(f"{document.source}: {operation.pointer} has no JSON response 200; leave it there")
    _Schemas(document).check()
    _check_relied_on(document)
    for endpoint in ENDPOINTS:
        _check_leads_to(document, document.operation(endpoint.operation).schemas["200"], endpoint.envelope)
        _check_leads_to(document, f"{document.schema_pointer(endpoint.envelope)}/properties/result", endpoint.model)
        if endpoint.item is not None:
            _check_leads_to(document, f"{document.schema_pointer(endpoint.model)}/properties/items/items", endpoint.item)
    _check_statements(document, shipped)
    _check_union(document)


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


class _Schemas:
    """The schemas of a document: its components, those of its operations, and all that these refer to."""

    def __init__(self, document: Document) -> None:
        self._document = document
        components = document.at("/components/schemas")
        if not isinstance(components, Mapping):
            raise DocumentError(f"{document.source}: /components/schemas is not an object")
        self._waiting = [document.schema_pointer(name) for name in components]
        for operation in document.operations:
            self._waiting += operation.schemas.values()
            self._waiting += [f"{parameter.pointer}/schema" for parameter in operation.parameters]
        self._same: dict[str, list[str]] = {}
        """The places of schemas that are asked about the same value as the one at a place."""

    def check(self) -> None:
        """Raise DocumentError if a schema is not a usable JSON Schema."""
        seen: set[str] = set()
        while self._waiting:
            pointer = self._waiting.pop()
            if pointer not in seen:
                seen.add(pointer)
                self._check_one(pointer)
        done: set[str] = set()
        for pointer in self._same:
            self._check_ends(pointer, done, set())

    def _check_one(self, pointer: str) -> None:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError

        schema = self._document.at(pointer)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            inner = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
            raise DocumentError(
                f"{self._document.source}: {pointer}{inner} is not a JSON Schema: {' '.join(error.message.split())[:200]}"
            ) from None
        self._visit(schema, pointer)

    def _visit(self, schema: Any, pointer: str) -> None:
        """Look at a schema and those within it."""
        if isinstance(schema, list):
            for index, each in enumerate(schema):
                self._visit(each, f"{pointer}/{index}")
        if not isinstance(schema, Mapping) or pointer in self._same:
            return
        source = self._document.source
        for keyword in _UNREAD:
            if isinstance(schema.get(keyword), str):
                raise DocumentError(f"{source}: {pointer}/{keyword} is not read; write a `$ref` within the document")
        patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
        for pattern in (*patterns, *_names(schema.get("patternProperties"))):
            try:
                re.compile(pattern)
            except (re.error, RecursionError, OverflowError) as error:
                raise DocumentError(
                    f"{source}: {pointer} has the pattern {pattern[:100]!r}, which is not a regular expression: {error}"
                ) from None
        if not all(isinstance(name, str) for name in _items(schema.get("x-also-seen", []))):
            raise DocumentError(f"{source}: {pointer}/x-also-seen is neither an object nor an array of names")
        same = self._same[pointer] = [f"{pointer}/{name}" for name in _ONE_IN_PLACE if name in schema]
        for name in _IN_PLACE:
            same += [f"{pointer}/{name}/{index}" for index in range(len(schema.get(name, ())))]
        same += [f"{pointer}/dependentSchemas/{escape(name)}" for name in _names(schema.get("dependentSchemas"))]
        if isinstance(schema.get("$ref"), str):
            target = self._document.resolve(pointer)[1]
            same.append(target)
            self._waiting.append(target)
        for name, child in schema.items():
            if name not in _DATA and not name.startswith("x-"):
                self._visit(child, f"{pointer}/{escape(name)}")

    def _check_ends(self, pointer: str, done: set[str], above: set[str]) -> None:
        """Raise DocumentError if a schema refers to itself for the same value, which never ends."""
        if pointer in above:
            raise DocumentError(f"{self._document.source}: the schema at {pointer} refers to itself for the same value")
        if pointer not in done:
            above.add(pointer)
            for each in self._same.get(pointer, ()):
                self._check_ends(each, done, above)
            above.remove(pointer)
            done.add(pointer)


def _names(value: Any) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Mapping | list) else [None]


def _check_relied_on(document: Document) -> None:
    for needed, names in ((True, RELIED_ON), (False, _IF_THERE)):
        for name, properties in names.items():
            schema, place = document.resolve(document.schema_pointer(name))
            for key, kind in properties.items():
                declared = isinstance(schema, Mapping) and key in schema.get("properties", {})
                if needed and not (declared and key in schema.get("required", ()) and schema.get("type") == "object"):
                    raise _no_longer(document, place, key, kind)
                if declared and kind is not None:
                    inner = document.resolve(f"{place}/properties/{escape(key)}")[0]
                    if not isinstance(inner, Mapping) or inner.get("type") != kind:
                        raise _no_longer(document, place, key, kind)


def _check_leads_to(document: Document, pointer: str, name: str) -> None:
    if document.resolve(pointer)[1] != document.resolve(document.schema_pointer(name))[1]:
        raise DocumentError(f"{document.source}: {pointer} is not the schema {name}, which rules read; leave it there")


def _no_longer(document: Document, place: str, key: str, kind: str | None) -> DocumentError:
    what = f"{key!r} as {kind}" if kind else repr(key)
    return DocumentError(f"{document.source}: {place} no longer requires {what}, which rules read; leave it there")


def _check_statements(document: Document, shipped: Document) -> None:
    """A document may leave a statement out or change its severity, but it must not add one without a rule."""
    known = {statement.code: statement for statement in shipped.statements}
    bases = {statement.basis for statement in shipped.statements}
    for statement in document.statements:
        old = known.pop(statement.code, None)
        if old is None:
            raise DocumentError(
                f"{document.source}: {statement.pointer} has the code {statement.code}, for which there is no rule"
            )
        if (old.name, old.needs) != (statement.name, statement.needs):
            raise DocumentError(f"{document.source}: {statement.pointer} changes the `name` or `needs` of {statement.code}")
        if statement.basis not in bases:
            raise DocumentError(
                f"{document.source}: {statement.pointer} has a `basis` that is not one of {', '.join(sorted(bases))}"
            )
    for code, statement in known.items():
        if statement.about_the_run:
            raise DocumentError(
                f"{document.source}: the statement {code} is missing; keep it, because reports need it to say what could not "
                "be judged"
            )


def _check_union(document: Document) -> None:
    """Raise DocumentError if `Event` does not require a `k` that is one of its kinds, or declares a kind twice."""
    event, place = document.resolve(document.schema_pointer(UNION))
    source = document.source
    kinds = document.kinds
    if len(set(kinds)) < len(kinds):
        raise DocumentError(f"{source}: {place} declares a kind twice")
    if "oneOf" not in event:
        told = event.get("properties", {}).get("k")
        if not isinstance(told, Mapping) or "enum" not in told:
            raise no_kinds(document)
        if event.get("type") != "object" or "k" not in event.get("required", ()):
            raise DocumentError(f"{source}: {place} is not an object that requires `k`")
        if told.get("type") != "string" or not all(isinstance(kind, str) for kind in told["enum"]):
            raise DocumentError(f"{source}: {place}/properties/k is not of `type: string`, with an `enum` of strings")
        return
    members = document.members(event)
    if event["discriminator"].get("propertyName") != "k" or [{"$ref": each} for each in members.values()] != event["oneOf"]:
        raise DocumentError(f"{source}: {place}/oneOf and the discriminator's mapping by `k` name different schemas")
    for kind, reference in members.items():
        member, at = document.resolve(reference[1:])
        told = member.get("properties", {}).get("k") if isinstance(member, Mapping) else None
        one = told.get("const", told.get("enum")) if isinstance(told, Mapping) else None
        if member.get("type") != "object" or "k" not in member.get("required", ()) or one not in (kind, [kind]):
            raise DocumentError(f"{source}: {at} does not require `k` to be {kind!r}")
