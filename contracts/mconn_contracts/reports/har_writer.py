"""A run as HAR 1.2, which `mconn validate` reads as the same exchanges."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mconn_contracts.captures.custom import CUSTOM, field_of, harmless
from mconn_contracts.captures.interaction import PACKED_AS_TEXT
from mconn_contracts.model.exchange import Exchange, Headers, Request, Response
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.wire.redaction import redact_headers, redact_url

_EPOCH = datetime.fromtimestamp(0, UTC)
_HTTP_VERSION = "HTTP/1.1"
FIRST, NEXT, END = "\n", ",\n", "\n]}}\n"
"""What stands before the first entry, before each other, and behind the last."""
_NO_RESPONSE = 0
"""The status that recorders write if no response came. Only we write the reason too."""


def pieces(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Exchanges as one HAR document, one after the other."""
    yield beginning()
    separator = FIRST
    for exchange in exchanges:
        yield separator + json.dumps(entry(exchange), ensure_ascii=False)
        separator = NEXT
    yield END


def beginning() -> str:
    """The text of a HAR document before its entries; the first follows `FIRST`, others `NEXT`, and `END` the last."""
    creator = {"name": "mconn", "version": version("mconn-contracts")}
    return f'{{"log": {{"version": "1.2", "creator": {json.dumps(creator)}, "entries": ['


def entry(exchange: Exchange) -> dict[str, Any]:
    """One exchange as an entry. Its secrets are replaced once more. Its origin is not kept."""
    request, response = exchange.request, exchange.response
    if request is None:
        raise ValueError("a HAR entry has a request")
    started, custom = _time(exchange.started), field_of(exchange)
    if started[1] != exchange.started:
        custom["started"] = exchange.started
    written: dict[str, Any] = {
        "startedDateTime": started[0],
        "time": 0,
        "request": _request(request, redact_headers(request.headers, harmless(exchange.intent, request.headers))),
        "response": _response(response, redact_headers(response.headers)),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }
    return {**written, CUSTOM: custom} if custom else written


def _request(request: Request, headers: Headers) -> dict[str, Any]:
    url = redact_url(request.url)
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return {
        "method": request.method,
        "url": url,
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _fields(headers),
        "queryString": _fields(query),
        "headersSize": -1,
        "bodySize": -1,
    }


def _response(response: Response, headers: Headers) -> dict[str, Any]:
    return {
        "status": response.status or _NO_RESPONSE,
        "statusText": "",
        "httpVersion": _HTTP_VERSION,
        "cookies": [],
        "headers": _fields(headers),
        "content": _content(response),
        "redirectURL": response.header("location") or "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _content(response: Response) -> dict[str, Any]:
    content: dict[str, Any] = {"size": len(response.body or b""), "mimeType": response.header("content-type") or ""}
    if response.body is None:
        return content
    try:
        text = response.body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    # A text that begins as packed bytes do would be read back as those.
    if text is None or text.startswith(PACKED_AS_TEXT):
        return content | {"text": base64.b64encode(response.body).decode("ascii"), "encoding": "base64"}
    return content | {"text": text}


def _fields(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _time(started: float | None) -> tuple[str, float]:
    """A time in ISO 8601, and what it reads as: without more than microseconds."""
    time = _EPOCH + timedelta(seconds=started or 0.0)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z"), time.timestamp()


REPORT = Report("har", lambda verdict: pieces(verdict.exchanges), frozenset({Need.EXCHANGES}))
