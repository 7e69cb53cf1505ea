"""Postman collections, version 2: the examples that are saved with requests (https://schema.postman.com/)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from mconn_contracts.captures.format import Capture, CaptureFormat, Start, json_of
from mconn_contracts.captures.interaction import NoBody, RecordingError, body_of, headers, recorded, status_of
from mconn_contracts.captures.records import ReadOptions, Record, Unreadable
from mconn_contracts.contract.api import GET, LATEST, LIST
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Origin
from mconn_contracts.wire.redaction import secrets_in

_VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")
_DEEPEST = 40
_OPEN = re.compile(r"/:[A-Za-z_]|\{\{|/<|/%3C")
_BASE = re.compile(r"\A\{\{[^{}]*\}\}")
"""A variable at the start of a URL, for its base. The rest of the URL is the request."""
_TEMPLATES = [
    (each, re.compile(re.sub(r"\\\{\w+\\\}(?:\\\.\\\{\w+\\\})?", "[^/]+", re.escape(each.path)) + r"/?\Z"))
    for each in (LIST, LATEST, GET)
]

Variables = Mapping[str, str]


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    collection = json_of(capture, reading.max_document, "a Postman collection")
    # The API of Postman wraps a collection.
    collection = collection.get("collection", collection) if isinstance(collection, Mapping) else None
    items = collection.get("item") if isinstance(collection, Mapping) else None
    if not isinstance(items, list) or not isinstance(collection, Mapping):
        raise InputError(
            f"{capture.label}: not a Postman collection: there is no array `item`; if it is another format, give --format"
        )
    variables = variables_of(collection)
    secrets = secrets_of(collection, variables)
    for entry, example in enumerate(_examples(items, 0)):
        yield _record(example, Origin(capture.label, 1, entry), reading.max_document, variables, secrets)


def _examples(items: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    """The examples of all items, in order, each with the request that it was saved with."""
    for item in items if isinstance(items, list) and depth < _DEEPEST else []:
        if isinstance(item, Mapping):
            for example in item.get("response") or []:
                yield item.get("request"), example
            yield from _examples(item.get("item"), depth + 1)


def _record(found: tuple[Any, Any], origin: Origin, limit: int, variables: Variables, secrets: tuple[str, ...]) -> Record:
    asked, example = found
    if not isinstance(example, Mapping):
        return Unreadable(origin, "the example is not an object")
    request = example.get("originalRequest") or asked
    request = {"url": request} if isinstance(request, str) else request
    if not isinstance(request, Mapping):
        return Unreadable(origin, "the example has no request")
    body = example.get("body")
    url = url_of(request.get("url"), variables)
    try:
        exchange = recorded(
            origin,
            limit,
            method=request.get("method", "GET"),
            url=url,
            sent=headers(request.get("header")),
            status=status_of(example.get("code", example.get("responseCode"))),
            received=headers(example.get("header")),
            body=NoBody() if body is None else body_of(body),
            secrets=secrets,
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))
    operation = _operation(url or "")
    if operation is not None and isinstance(exchange, Exchange):
        return replace(exchange, request=None, declared=operation)
    return exchange


def _operation(url: str) -> str | None:
    """The operation of a URL with open variables. Such a URL shows the operation, but it is not a request."""
    path = _BASE.sub("", url.partition("?")[0])
    return operation_at(path) if _OPEN.search(path) else None


def operation_at(path: str) -> str | None:
    """The operation of a path that ends like a path of this API, with any text for its parameters."""
    return next((endpoint.operation for endpoint, pattern in _TEMPLATES if pattern.search(path)), None)


def variables_of(value: Any) -> dict[str, str]:
    """The variables that a collection or a URL defines, by name."""
    found = value.get("variable") if isinstance(value, Mapping) else None
    pairs = [(each.get("key", each.get("id")), each.get("value")) for each in found or [] if isinstance(each, Mapping)]
    return {str(name): str(text) for name, text in pairs if name is not None and text not in (None, "")}


def secrets_of(value: Any, variables: Variables) -> tuple[str, ...]:
    """The texts of the credentials in every `auth` in a collection or a report, for `scrub`."""
    return secrets_in((name, _filled(text, variables)) for name, text in _authorizations(value, variables, 0))


def _authorizations(value: Any, variables: Variables, depth: int) -> Iterator[tuple[str, str]]:
    """The header fields or members that each `auth` produces."""
    if isinstance(value, Mapping):
        for kind, members in value["auth"].items() if isinstance(value.get("auth"), Mapping) else ():
            yield from _fields(kind, _members(members), variables)
    # Bytes are kept as a list of numbers, which has no texts.
    inner: Iterable[Any] = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner if depth < 2 * _DEEPEST else ():
        if isinstance(each, Mapping) or (isinstance(each, list) and each and not isinstance(each[0], int)):
            yield from _authorizations(each, variables, depth + 1)


def _members(value: Any) -> dict[str, str]:
    """The members of one kind of `auth`: a list of keys and values, an object before version 2.1."""
    pairs = (
        [(each.get("key"), each.get("value")) for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    )
    pairs = list(value.items()) if isinstance(value, Mapping) else pairs
    return {str(name): text for name, text in pairs if isinstance(text, str)}


def _fields(kind: str, members: Mapping[str, str], variables: Variables) -> Iterator[tuple[str, str]]:
    if kind == "apikey":
        yield "api-key", members.get("value", "")
        return
    yield from members.items()
    if "password" in members:
        login = ":".join(_filled(members.get(name, ""), variables) for name in ("username", "password"))
        yield "authorization", f"Basic {base64.b64encode(login.encode(errors='surrogatepass')).decode()}"


def url_of(value: Any, variables: Variables) -> str | None:
    """The URL of a request, which is a text or an object of parts, with its variables filled in as far as they are known."""
    if isinstance(value, str):
        return _filled(value, variables)
    if not isinstance(value, Mapping):
        return None
    own = variables_of(value)
    raw = value.get("raw")
    if not isinstance(raw, str):
        host, path = _joined(value.get("host"), "."), _joined(value.get("path"), "/")
        protocol = f"{value['protocol']}://" if value.get("protocol") else ""
        port = f":{value['port']}" if value.get("port") else ""
        raw = f"{protocol}{host}{port}/{path.lstrip('/')}"
        pairs = [each for each in value.get("query") or [] if isinstance(each, Mapping) and not each.get("disabled")]
        query = "&".join(f"{each.get('key')}={each.get('value') or ''}" for each in pairs)
        raw = f"{raw}?{query}" if query else raw
    path, mark, query = raw.partition("?")
    segments = [
        quote(_filled(own[part[1:]], variables), safe="") if part.startswith(":") and part[1:] in own else part
        for part in path.split("/")
    ]
    return _filled("/".join(segments) + mark + query, variables)


def _joined(value: Any, separator: str) -> str:
    parts = value if isinstance(value, list) else [value]
    return separator.join(str(part.get("value", "") if isinstance(part, Mapping) else part) for part in parts if part is not None)


def _filled(text: str, variables: Variables) -> str:
    for _ in range(3):
        text = _VARIABLE.sub(lambda match: variables.get(match[1].strip(), match[0]), text)
    return text


def _tells(start: Start) -> bool:
    info = start.member("info") or start.member("collection", "info")
    described = isinstance(info, Mapping) and ("_postman_id" in info or "getpostman.com" in str(info.get("schema", "")))
    return "run" not in start.members and (described or (isinstance(info, Mapping) and "item" in start.members))


FORMAT = CaptureFormat(
    "postman",
    "Postman collections, version 2: the examples that are saved with requests",
    _read,
    told_by="`info` and `item`",
    tells=_tells,
)
