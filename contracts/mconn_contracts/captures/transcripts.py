"""Exchanges as text: NDJSON of requests with their responses (exchange.schema.json), and what `curl -i` prints."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedIOBase
from typing import Any

from mconn_contracts.captures.interaction import RecordingError, answered, recorded
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import lines
from mconn_contracts.model.exchange import Exchange, Origin

# RFC 9112, 4 and 5: a status line and header fields, up to the blank line.
_HEAD = re.compile(
    rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: ([^\r\n]*))?\r?\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r?\n)*)\r?\n"
)


def read_exchanges(stream: BufferedIOBase, source: str, reading: ReadOptions) -> Iterator[Record]:
    """One exchange for each line that is not blank."""
    for number, text in lines(stream, reading.max_document):
        origin = Origin(source, number)
        if text is None:
            yield too_large(origin, "the line", reading.max_document)
        elif text.strip(WHITESPACE):
            yield _exchange(text, origin, reading.max_document)


def _exchange(text: bytes, origin: Origin, limit: int) -> Record:
    try:
        value = json.loads(text.decode("utf-8-sig"), parse_int=_integer)
    except UnicodeDecodeError as error:
        return Unreadable(origin, f"the line is not UTF-8 at its byte {error.start}")
    except json.JSONDecodeError as error:
        return Unreadable(origin, f"the line is not JSON: {error.msg} at its character {error.pos}")
    except RecursionError:
        return Unreadable(origin, "the line is nested too deep")
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
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise RecordingError("response.base64 is not base64") from None


def _integer(digits: str) -> int | float:
    # Python refuses very long integers (CVE-2020-10735).
    return int(digits) if len(digits) < 20 else float(digits)


def read_curl(body: bytes, source: str, reading: ReadOptions) -> Iterator[Record]:
    """Each response of a transcript, without its request; what answers before it (1xx, a proxy) is left out."""
    heads = list(_HEAD.finditer(body))
    if not heads or body[: heads[0].start()].strip(WHITESPACE):
        yield Unreadable(Origin(source, 1), "not what `curl -i` prints: it does not start with a status line")
        return
    line, counted, entry = 1, 0, 0
    for index, head in enumerate(heads):
        line, counted = line + body.count(b"\n", counted, head.start()), head.start()
        end = heads[index + 1].start() if index + 1 < len(heads) else len(body)
        content = body[head.end() : end]
        interim = head[1].startswith(b"1") or (not head[3] and (head[2] or b"").lower().startswith(b"connection established"))
        if interim and not content.strip(WHITESPACE):
            continue
        fields = [field.partition(b":") for field in head[3].splitlines()]
        headers = tuple((name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in fields)
        response = answered(int(head[1]), headers, content, reading.max_document)
        origin = Origin(source, line, entry)
        entry += 1
        if response is None:
            yield too_large(origin, "the body", reading.max_document)
        else:
            yield Exchange(response, None, origin, declared=reading.declared)
