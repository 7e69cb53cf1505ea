"""Derive the exports for consumers from the document: OpenAPI 3.1 and 3.0.3, and self-contained schemas in Draft 2020-12."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from mconn_contracts.contract.document import Document, escape
from mconn_contracts.contract.unions import flat
from mconn_contracts.errors import DocumentError

OPENAPI_30 = "3.0.3"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMPONENT = "#/components/schemas/"

_Members = Mapping[str, str | None]
# What each object of OpenAPI 3.0.3 may hold, and of what type: `[x]` is an array of x, `{x}` a map to x, None is any value
# that reads the same in both versions. https://spec.openapis.org/oas/v3.0.3#schema
_OBJECTS: Mapping[str, _Members] = {
    "openapi": {
        "openapi": None,
        "info": "info",
        "servers": None,
        "tags": None,
        "externalDocs": None,
        "security": None,
        "paths": "{path item}",
        "components": "components",
    },
    "info": dict.fromkeys(("title", "description", "termsOfService", "contact", "version"), None) | {"license": "license"},
    "license": {"name": None, "url": None},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{request body}",
        "headers": "{header}",
        "securitySchemes": "{security scheme}",
        "links": "{link}",
        "callbacks": "{callback}",
    },
    "path item": {"summary": None, "description": None, "servers": None, "parameters": "[parameter]"}
    | dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation"),
    "operation": {
        **dict.fromkeys(
            ("tags", "summary", "description", "externalDocs", "operationId", "deprecated", "security", "servers"), None
        ),
        "parameters": "[parameter]",
        "requestBody": "request body",
        "responses": "{response}",
        "callbacks": "{callback}",
    },
    "parameter": {
        **dict.fromkeys(
            ("name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved"), None
        ),
        "example": None,
        "schema": "schema",
        "examples": "{example}",
        "content": "{media type}",
    },
    "header": {
        **dict.fromkeys(("description", "required", "deprecated", "style", "explode", "example"), None),
        "schema": "schema",
        "examples": "{example}",
        "content": "{media type}",
    },
    "request body": {"description": None, "required": None, "content": "{media type}"},
    "media type": {"schema": "schema", "example": None, "examples": "{example}", "encoding": "{encoding}"},
    "encoding": dict.fromkeys(("contentType", "style", "explode", "allowReserved"), None) | {"headers": "{header}"},
    "response": {"description": None, "headers": "{header}", "content": "{media type}", "links": "{link}"},
    "callback": {},
    "example": dict.fromkeys(("summary", "description", "value", "externalValue"), None),
    "link": dict.fromkeys(("operationRef", "operationId", "parameters", "requestBody", "description", "server"), None),
    "security scheme": dict.fromkeys(
        ("type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"), None
    ),
    "schema": {
        **dict.fromkeys(
            (
                *("title", "description", "default", "example", "deprecated", "readOnly", "writeOnly", "nullable"),
                *("type", "format", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
                *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
                *("required", "minProperties", "maxProperties", "discriminator", "xml", "externalDocs"),
            ),
            None,
        ),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), "[schema]"),
        "not": "schema",
        "items": "schema",
        "properties": "{schema}",
        "additionalProperties": "schema",
    },
}
# Keywords that OpenAPI adds to JSON Schema; int64 is one of its formats.
_OPENAPI_ONLY = frozenset({"discriminator", "xml", "externalDocs", "example"})
# Members whose own members have names that the author chose, which may start with `x-`.
_MAPS = frozenset(
    {
        *("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks"),
        *("pathItems", "content", "encoding", "variables", "scopes", "mapping"),
        *("properties", "patternProperties", "dependentSchemas", "$defs"),
    }
)
# The escapes that ECMA-262 knows in a pattern. It refuses others, such as those of `re.escape`.
_SPECIAL = re.compile(r"[\\^$.*+?()\[\]{}|]")
_DATA = frozenset({"example", "value", "default", "enum", "const"})


def openapi_31(document: Document, *, discriminator: bool = True) -> dict[str, Any]:
    """The document as OpenAPI 3.1 without extensions (`x-…`); without `discriminator`, its unions have none."""

    def change(each: dict[str, Any]) -> None:
        if not discriminator:
            each.pop("discriminator", None)

    result: dict[str, Any] = _copy(document.raw, change)
    return result


def openapi_30(document: Document, *, discriminator: bool = True, pattern: bool = True) -> dict[str, Any]:
    """The document as OpenAPI 3.0.3 without extensions.

    `const` becomes an `enum` of one value, with a pattern for a string unless `pattern` is false; `type: [X, 'null']`
    becomes `nullable`; an exclusive bound becomes a flag; `info.summary` opens the description; a license's identifier
    becomes its address.
    Raises `DocumentError` with the place of the first thing that 3.0.3 cannot express.
    """
    upper = openapi_31(document, discriminator=discriminator) | {"openapi": OPENAPI_30}
    lowered: dict[str, Any] = _Lowering(document.source, pattern=pattern).walk(upper, "openapi", "")
    return lowered


def json_schemas(document: Document) -> dict[str, dict[str, Any]]:
    """A Draft 2020-12 schema for each JSON response, as `OPERATION-STATUS`, for each model, by its name, and `ndjson-line`.

    Each stands alone: what it refers to is under its `$defs`. Keywords and formats that only OpenAPI knows are left out.
    `ndjson-line` is a recorded event, one line of an archive, as registries and tables take it: without references, and with
    the event as one object.
    """
    schemas: Mapping[str, Any] = document.raw["components"]["schemas"]
    named = {
        f"{operation.id}-{status}": f"#{pointer}"
        for operation in document.operations
        for status, pointer in operation.schemas.items()
    }
    named |= {name: f"{_COMPONENT}{escape(name)}" for name in schemas}
    found = {name: _standalone(document, name, reference) for name, reference in named.items()}
    return found | {"ndjson-line": _line(flat(document))}


def to_yaml(value: Mapping[str, Any]) -> str:
    """A value as YAML: in the order of the value, without aliases, texts of several lines as blocks."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def to_json(value: Mapping[str, Any]) -> str:
    """A value as JSON: in the order of the value, indented by two, with a final line feed."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes no aliases; `load` reads none."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML reads these as line breaks, and does not write them as such.
    style = '"' if any(mark in text for mark in "\x85\u2028\u2029") else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


class _Lowering:
    """Rewrites OpenAPI 3.1 as 3.0.3 by the table of objects. `walk` returns new values; pointers lead into the document."""

    def __init__(self, source: str, *, pattern: bool) -> None:
        self._source = source
        self._pattern = pattern
        self._rewrites: Mapping[str, Callable[[dict[str, Any], str], None]] = {
            "info": self._info,
            "license": self._license,
            "operation": self._operation,
            "security scheme": self._security_scheme,
            "schema": self._schema,
        }

    def walk(self, value: Any, kind: str | None, pointer: str) -> Any:
        """The value, which is of this kind of object, as 3.0.3."""
        if kind is None:
            return value
        if kind.startswith("["):
            self._check_type(value, list, pointer)
            return [self.walk(item, kind[1:-1], f"{pointer}/{index}") for index, item in enumerate(value)]
        if kind == "schema" and isinstance(value, bool):
            return self._boolean_schema(value, pointer)
        self._check_type(value, Mapping, pointer)
        if kind.startswith("{"):
            return {key: self.walk(item, kind[1:-1], f"{pointer}/{escape(str(key))}") for key, item in value.items()}
        if "$ref" in value:
            return self._reference(value, pointer)
        if kind == "callback":
            return {key: self.walk(item, "path item", f"{pointer}/{escape(str(key))}") for key, item in value.items()}
        value = dict(value)
        if kind in self._rewrites:
            self._rewrites[kind](value, pointer)
        members = _OBJECTS[kind]
        for key in value:
            if key not in members:
                raise self._refusal(f"{pointer}/{escape(str(key))}", f"3.0.3 has no `{key}` in {_article(kind)}")
        return {key: self.walk(item, members[key], f"{pointer}/{escape(str(key))}") for key, item in value.items()}

    def _check_type(self, value: Any, form: type, pointer: str) -> None:
        if not isinstance(value, form):
            raise self._refusal(pointer, f"it is no {'array' if form is list else 'object'}")

    def _refusal(self, pointer: str, reason: str) -> DocumentError:
        return DocumentError(f"{self._source}: {pointer} cannot be written in OpenAPI {OPENAPI_30}: {reason}")

    def _reference(self, value: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        for key in value:
            if key != "$ref":
                raise self._refusal(f"{pointer}/{escape(str(key))}", "nothing may stand beside a $ref")
        return dict(value)

    def _boolean_schema(self, value: bool, pointer: str) -> Any:
        if pointer.endswith("/additionalProperties"):
            return value
        return {} if value else {"not": {}}

    @staticmethod
    def _info(info: dict[str, Any], _: str) -> None:
        texts = [info.pop("summary", None), info.get("description")]
        if any(texts):
            info["description"] = "\n\n".join(str(text) for text in texts if text)

    @staticmethod
    def _license(value: dict[str, Any], _: str) -> None:
        if "identifier" in value:
            value["url"] = f"https://spdx.org/licenses/{value.pop('identifier')}.html"

    def _operation(self, operation: dict[str, Any], pointer: str) -> None:
        if not operation.get("responses"):
            raise self._refusal(pointer, "an operation needs `responses`")

    def _security_scheme(self, scheme: dict[str, Any], pointer: str) -> None:
        if scheme.get("type") == "mutualTLS":
            raise self._refusal(f"{pointer}/type", "3.0.3 does not know mutualTLS")

    def _schema(self, schema: dict[str, Any], pointer: str) -> None:
        self._type(schema, pointer)
        for bound in ("minimum", "maximum"):
            flag = f"exclusive{bound.capitalize()}"
            if flag in schema:
                if bound in schema:
                    raise self._refusal(f"{pointer}/{flag}", f"`{bound}` and `{flag}` exclude each other")
                schema[bound], schema[flag] = schema[flag], True
        if "const" in schema:
            if "enum" in schema:
                raise self._refusal(f"{pointer}/const", "`const` becomes an `enum`, and there is one already")
            value = schema.pop("const")
            schema["enum"] = [value]
            # openapi-generator's Go client decides by the pattern which member of a union a value is; openapi-zod-client
            # writes a method for it that zod's literals do not have.
            if self._pattern and isinstance(value, str):
                schema.setdefault("pattern", "^" + _SPECIAL.sub(r"\\\g<0>", value) + "$")
        examples = schema.pop("examples", None)
        if isinstance(examples, list) and examples:
            schema.setdefault("example", examples[0])
        schema.pop("$comment", None)

    def _type(self, schema: dict[str, Any], pointer: str) -> None:
        kinds = schema.get("type")
        if isinstance(kinds, list):
            others = [kind for kind in kinds if kind != "null"]
            if len(others) != 1:
                raise self._refusal(f"{pointer}/type", f"a schema has one type, not {', '.join(kinds)}")
            schema["type"] = others[0]
            if "null" in kinds:
                schema["nullable"] = True
        elif kinds == "null":
            raise self._refusal(f"{pointer}/type", "there is no type `null`")


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _copy(value: Any, change: Callable[[dict[str, Any]], None], *, is_map: bool = False) -> Any:
    """A deep copy without extensions; `change` alters each object in place. Data, such as an example's, stays as it is."""
    if isinstance(value, list):
        return [_copy(item, change) for item in value]
    if not isinstance(value, Mapping):
        return value
    if is_map:
        return {name: _copy(item, change) for name, item in value.items()}
    result = {
        key: copy.deepcopy(item) if _is_data(key, item) else _copy(item, change, is_map=key in _MAPS)
        for key, item in value.items()
        if not key.startswith("x-")
    }
    change(result)
    return result


def _is_data(key: str, value: Any) -> bool:
    return key in _DATA or (key == "examples" and isinstance(value, list))


def _standalone(document: Document, name: str, reference: str) -> dict[str, Any]:
    used: dict[str, Any] = {}
    schema, _ = document.resolve(reference[1:])
    _collect(document, schema, used)
    body = {} if schema is True else {"not": {}} if schema is False else _portable(schema)
    result = {"$schema": _DIALECT, "title": name} | body
    if used:
        result["$defs"] = {each: _portable(value) for each, value in used.items()}
    return result


def _line(document: Document) -> dict[str, Any]:
    """A recorded event, with its event in place."""
    recorded = document.at(document.schema_pointer("EventGetResponse"))
    event, _ = document.resolve(f"{document.schema_pointer('EventGetResponse')}/properties/e")
    whole = recorded | {"properties": recorded["properties"] | {"e": event}}
    return {"$schema": _DIALECT, "title": "EventLine"} | _portable(whole)


def _collect(document: Document, value: Any, used: dict[str, Any]) -> None:
    """Put every component schema that a value refers to, directly or not, into `used`, in order of appearance."""
    if isinstance(value, list):
        for item in value:
            _collect(document, item, used)
    elif isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str):
            if not reference.startswith(_COMPONENT):
                raise DocumentError(
                    f"{document.source}: the $ref {reference!r} does not name a component schema; move the schema to the "
                    "components"
                )
            name = reference.removeprefix(_COMPONENT)
            if name not in used:
                used[name] = document.at(reference[1:])
                _collect(document, used[name], used)
        for key, item in value.items():
            if key not in _OPENAPI_ONLY:
                _collect(document, item, used)


def _portable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without what only OpenAPI knows, its references to components as references to `$defs`."""

    def change(each: dict[str, Any]) -> None:
        for key in _OPENAPI_ONLY & each.keys():
            del each[key]
        if each.get("format") == "int64":
            del each["format"]
        if "$ref" in each:
            each["$ref"] = each["$ref"].replace(_COMPONENT, "#/$defs/")

    result: dict[str, Any] = _copy(schema, change)
    return result
