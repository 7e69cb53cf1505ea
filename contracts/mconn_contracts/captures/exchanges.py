"""Exchanges: NDJSON of requests with their responses, as exchange.schema.json describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mconn_contracts.captures.format import Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import RecordingError, from_base64, json_value, recorded
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import lines
from mconn_contracts.model.exchange import Exchange, Origin


def read_exchanges(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """One exchange for each line that is not blank."""
    for number, text in lines(capture.stream, reading.max_document):
        origin = Origin(capture.label, number)
        if text is None:
            yield too_large(origin, "the line", reading.max_document)
        elif text.strip(WHITESPACE):
            yield _exchange(text, origin, reading.max_document)


def _exchange(text: bytes, origin: Origin, limit: int) -> Record:
    try:
        value = json_value(text, "the line")
    except RecordingError as error:
        return Unreadable(origin, str(error))
    if not isinstance(value, Mapping) or "request" not in value:
        return Unreadable(origin, "the line is no exchange, which has a request and a response")
    response = value.get("response")
    if response is None:
        return Unanswered(origin)
    try:
        exchange = recorded(value["request"], response, "url", origin, limit, _body)
    except RecordingError as error:
        return Unreadable(origin, str(error))
    started = value.get("started")
    if isinstance(exchange, Exchange) and isinstance(started, int | float) and not isinstance(started, bool):
        return replace(exchange, started=float(started))
    return exchange


def _body(response: Mapping[str, Any]) -> bytes | None:
    given = [name for name in ("body", "base64", "json") if name in response]
    if len(given) > 1:
        raise RecordingError(f"response has {' and '.join(given)}; one of them is the body")
    if not given or (response[given[0]] is None and given[0] != "json"):
        return None
    content = response[given[0]]
    if given[0] == "json":
        return json.dumps(content, ensure_ascii=False).encode("utf-8", errors="surrogatepass")
    if not isinstance(content, str):
        raise RecordingError(f"response.{given[0]} is not a string")
    if given[0] == "body":
        return content.encode("utf-8", errors="surrogatepass")
    body = from_base64(content)
    if body is None:
        raise RecordingError("response.base64 is not base64")
    return body


def _tells(start: Start) -> bool:
    return isinstance(start.member("request"), dict) or isinstance(start.member("response"), dict)


FORMAT = CaptureFormat(
    "exchanges",
    "NDJSON of requests with their responses, as described by `exchange.schema.json`",
    read_exchanges,
    endings=(".ndjson", ".jsonl"),
    told_by='`{"request": {` on the first line',
    tells=_tells,
)
