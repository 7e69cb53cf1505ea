"""Change a document by overlays, those that ship or any other, and check that what they make can be judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from mconn_contracts.contract.actions import apply
from mconn_contracts.contract.api import RELIED_ON
from mconn_contracts.contract.document import Document, escape, find
from mconn_contracts.contract.overlay_format import Overlay, read_overlay
from mconn_contracts.errors import DocumentError

_SUFFIXES = (".yaml", ".yml", ".json")
_DATA = frozenset({"example", "examples", "value", "default", "enum", "const"})


def shipped() -> tuple[str, ...]:
    """The names of the overlays that ship with the package, in order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def refuse(warning: str) -> None:
    """What `overlaid` tells of an action that changes nothing, as an error."""
    raise DocumentError(warning)


def overlaid(document: Document, names: Sequence[str], warn: Callable[[str], object] = refuse) -> Document:
    """The document with overlays applied, one after the other; itself where there are none.

    A name is that of a shipped overlay, or a path. DocumentError names the overlay, the action and the fix. `warn` is told
    of actions that change nothing, one line each; by default, they are refused.
    """
    for name in names:
        document = _overlaid(document, name, warn)
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


def _overlaid(document: Document, name: str, warn: Callable[[str], object]) -> Document:
    path = _path(name)
    overlay = read_overlay(path, name)
    _check_extends(overlay, path, document)
    root = apply(document.raw, overlay, warn)
    if not str(root.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"overlay {name}: what it makes is not an OpenAPI 3.1 document; leave `openapi` as it is")
    try:
        result = Document(root, document.source, (*document.overlays, name))
        _check(result, document)
    except DocumentError as error:
        raise DocumentError(f"overlay {name}: what it makes cannot be used: {error}") from None
    return result


def _check_extends(overlay: Overlay, path: Path, document: Document) -> None:
    if overlay.extends is None:
        return
    source = Path(document.source)
    try:
        address = urlsplit(overlay.extends)
        local = path.parent / unquote(address.path)
        if address.scheme or not local.is_file():
            # Nothing is fetched: an address is taken for that of the document by the name at its end.
            same = PurePosixPath(unquote(address.path)).name == source.name
        else:
            same = local.stat().st_size == source.stat().st_size and local.read_bytes() == source.read_bytes()
    except (OSError, ValueError) as error:
        raise DocumentError(f"overlay {overlay.name}: `extends` cannot be read as an address: {error}") from None
    if not same:
        raise DocumentError(
            f"overlay {overlay.name}: `extends` is {overlay.extends!r}, which is another document than {source}, "
            "to which it is applied; correct `extends`, or leave it out"
        )


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
