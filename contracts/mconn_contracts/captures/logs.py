"""Logs and events whose records have a body in one of their members: JSON lines, or documents one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.captures.exchanges import texts
from mconn_contracts.captures.format import Capture
from mconn_contracts.captures.interaction import RecordingError, answered, body_of, json_value, status_of
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Origin, Request
from mconn_contracts.wire.redaction import is_secret, redact_url, scrub, scrub_url, secrets_in, secrets_in_url

_DEEPEST = 8


def read_log(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """The body that `reading.body` names in each record. A record without it is not judged.

    A body is a text, as base64 where its name says so (`data_base64` of CloudEvents), or a JSON value.
    """
    for found in texts(capture, reading.max_document):
        yield found if isinstance(found, Unreadable) else _record(found[1], found[0], reading)


def _record(text: bytes, origin: Origin, reading: ReadOptions) -> Record:
    name = reading.body or ""
    try:
        value = json_value(text, "the record")
        content = member(value, name)
        if content is None:
            return Unanswered(origin)
        given = None if reading.status_member is None else member(value, reading.status_member)
        status = reading.status if given is None else status_of(given)
    except RecordingError as error:
        return Unreadable(origin, str(error))
    url = None if reading.url_member is None else member(value, reading.url_member)
    secrets = [*secrets_in(_secret_fields(value, 0)), *(secrets_in_url(url) if isinstance(url, str) else ())]
    answer = answered(status or 0, (), body_of(content, is_base64=name.endswith("base64")), reading.max_document)
    if answer is None:
        return too_large(origin, "the body", reading.max_document)
    answer = scrub(answer, secrets)
    request = Request("GET", scrub_url(redact_url(url), secrets)) if isinstance(url, str) else None
    return Exchange(replace(answer, status=status), request, origin, declared=reading.declared if request is None else None)


def member(value: Any, path: str) -> Any:
    """The value at a dotted path. A name may itself have dots. None if there is no value."""
    if not isinstance(value, Mapping):
        return None
    if path in value:
        return value[path]
    for index, letter in enumerate(path):
        if letter == "." and path[:index] in value and (found := member(value[path[:index]], path[index + 1 :])) is not None:
            return found
    return None


def _secret_fields(value: Any, depth: int) -> Iterable[tuple[str, str]]:
    """The members of a record, however deep, whose names are those of headers that carry secrets."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        if isinstance(inner, str):
            if is_secret(str(name)):
                yield str(name).lower(), inner
        elif depth < _DEEPEST:
            yield from _secret_fields(inner, depth + 1)
