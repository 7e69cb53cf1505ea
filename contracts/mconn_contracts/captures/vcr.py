"""Cassettes: interactions in YAML or JSON, as VCR writes them and many have after it.

Where they differ (the names are those of each tool's documents and source):

- VCR.py: `body.string`, a text or `!!binary`; `status.code`. With httpx, version 5 wrote `content` and `status_code`.
- VCR of Ruby and betamax: `http_interactions`; `body.string`, or `body.base64_string` (`preserve_exact_body_bytes`).
- go-vcr: `body` is a text; `status` is "200 OK" and `code` is 200 (up to version 1, without a `version`).
- OkReplay and php-vcr: `body` is a text; `status` is a number, or `status.code` a text. php-vcr has a list at the top.
- schemathesis: `body.base64` or `body.string`, and whether the request was meant to be refused: `generation.mode`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

from mconn_contracts.captures.elements import CutShortError, NoArrayError, elements
from mconn_contracts.captures.format import LOOKED_AT, Capture, CaptureFormat, Start, outline, whole
from mconn_contracts.captures.interaction import (
    Body,
    NoBody,
    RecordingError,
    body_of,
    from_base64,
    headers,
    json_value,
    recorded,
    status_of,
    time_of,
)
from mconn_contracts.captures.json_texts import documents_in
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import peeked
from mconn_contracts.captures.yaml_list import yaml_items
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Origin

_LISTS = ("interactions", "http_interactions")
_NO_CHARSETS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
"""Encodings of Python that no content has, or that differ from machine to machine."""


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    limit = reading.max_document
    start, stream = peeked(capture.stream, LOOKED_AT)
    capture = replace(capture, stream=stream)
    first = start.lstrip(WHITESPACE)
    if first.startswith(b"{"):
        yield from _read_json(capture, outline(first), limit)
    elif isinstance(outline(first), list):
        for found in documents_in(whole(capture, limit), capture.label):
            yield found if isinstance(found, Unreadable) else _parsed(found[1], found[0], limit)
    else:
        for item in yaml_items(stream, capture.label, _LISTS, "a cassette", limit):
            yield item if isinstance(item, Unreadable) else _record(item[1], item[0], limit)


def _read_json(capture: Capture, start: Any, limit: int) -> Iterator[Record]:
    """The interactions of a JSON cassette, one after the other; InputError if it is none, or ends early."""
    index, source = -1, capture.label
    name = next((name for name in _LISTS if isinstance(start, Mapping) and name in start), _LISTS[0])
    try:
        for index, text in enumerate(elements(capture.stream, (name,), limit)):
            origin = Origin(source, 1, index)
            yield too_large(origin, "the interaction", limit) if text is None else _parsed(text, origin, limit)
    except NoArrayError:
        raise InputError(
            f"{source}: not a cassette: there is no array `{name}`; if it is another format, give --format"
        ) from None
    except CutShortError:
        raise InputError(f"{source}: cannot be read to its end: it is cut short after {index + 1} interactions") from None


def _parsed(text: bytes, origin: Origin, limit: int) -> Record:
    try:
        return _record(json_value(text, "the interaction"), origin, limit)
    except RecordingError as error:
        return Unreadable(origin, str(error))


def _record(value: Any, origin: Origin, limit: int) -> Record:
    if not isinstance(value, Mapping):
        return Unreadable(origin, "the interaction is not an object")
    request, response = value.get("request"), value.get("response")
    if not isinstance(request, Mapping):
        return Unreadable(origin, "there is no request")
    if response is None:
        return Unanswered(origin)
    if not isinstance(response, Mapping):
        return Unreadable(origin, "there is no response")
    method = request.get("method")
    try:
        exchange = recorded(
            origin,
            limit,
            method=method.lstrip(":").upper() if isinstance(method, str) else method,
            url=request.get("uri", request.get("url")),
            sent=headers(request.get("headers")),
            status=status_of(next((response[name] for name in ("status_code", "code", "status") if name in response), None)),
            received=headers(response.get("headers")),
            body=_body(response),
            started=_started(value),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error))
    generation = value.get("generation")
    if isinstance(exchange, Exchange) and isinstance(generation, Mapping) and generation.get("mode") == "negative":
        return replace(exchange, negative=True)
    return exchange


def _body(response: Mapping[str, Any]) -> Body:
    if "truncated_from" in response:
        return NoBody("the recorder cut the body short")
    name = next((name for name in ("body", "content", "body_base64") if name in response), "")
    content = response.get(name)
    if not isinstance(content, Mapping):
        return body_of(b"" if content is None and name else content, is_base64=name == "body_base64")
    for packed in ("base64_string", "base64"):
        if isinstance(content.get(packed), str):
            decoded = from_base64(content[packed])
            if decoded is None:
                raise RecordingError(f"response.body.{packed} is not base64")
            return decoded
    if content and not content.keys() & {"string", "encoding"}:
        return body_of(content)
    text, encoding = content.get("string"), content.get("encoding")
    if not isinstance(text, str) or not isinstance(encoding, str):
        return body_of(b"" if text is None else text)
    try:
        if codecs.lookup(encoding).name in _NO_CHARSETS:
            return body_of(text)
        return text.encode(encoding, errors="surrogatepass")
    except (LookupError, ValueError):
        # It is unknown, no encoding of text, cannot write this text, or its name has a NUL.
        return body_of(text)


def _started(value: Mapping[str, Any]) -> float | None:
    """When the request was sent: in ISO 8601, or as in a Date field, which VCR of Ruby writes."""
    text = value.get("recorded_at", value.get("recorded"))
    if not isinstance(text, str):
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return time_of(text)


def _tells(start: Start) -> bool:
    if start.members & {*_LISTS}:
        return "consumer" not in start.members and "provider" not in start.members
    first = start.json[0] if isinstance(start.json, list) and start.json else None
    if isinstance(first, Mapping):
        return isinstance(start.member("request", "headers"), Mapping) and "index" in first
    return start.name.endswith((".yaml", ".yml")) and start.text.lstrip().startswith(b"-")


FORMAT = CaptureFormat(
    "vcr",
    "cassettes of VCR.py, VCR (Ruby), betamax, go-vcr, OkReplay, php-vcr and schemathesis, in YAML or JSON",
    _read,
    endings=(".yaml", ".yml"),
    in_folders=True,
    told_by="`interactions` or `http_interactions`",
    tells=_tells,
)
