"""HAR 1.2: the entries of a recording, as exchanges. The format: http://www.softwareishard.com/blog/har-12-spec/"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import gt
from typing import Any
from urllib.parse import urlsplit

from mconn_contracts.captures.custom import field_in, harmless, intent_in, text_in, told
from mconn_contracts.captures.elements import CutShortError, NoArrayError, elements
from mconn_contracts.captures.format import Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import (
    Body,
    NoBody,
    RecordingError,
    body_of,
    from_base64,
    headers,
    json_text,
    json_value,
    recorded,
    status_of,
    time_of,
)
from mconn_contracts.captures.records import Order, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import rejoined
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Headers, Origin, Request
from mconn_contracts.wire.redaction import redact_url, scrub_written, secrets_in

WHOLE = 4 * 1024 * 1024
"""A HAR file with at least this many bytes is read entry by entry, and not held as a whole."""
_NO_ENTRIES = "not a HAR file: there is no array log.entries; if it is another format, give --format"


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    content = capture.stream.read(WHOLE)
    if len(content) < WHOLE:
        return _read_whole(content, capture, reading)
    return _read_stream(replace(capture, stream=rejoined(content, capture.stream)), reading)


def _read_whole(content: bytes, capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """The entries of a recording, in the order in which they started; InputError if it is not HAR.

    Credentials are replaced as they are read. `entry` counts the entries as they stand in the file.
    """
    entries = _entries(content, capture.label)
    # HAR 1.2, entries: a reader must sort them itself.
    times = [_started(entry) for entry in entries]
    order = list(range(len(entries)))
    if all(time is not None for time in times):
        order.sort(key=lambda index: times[index] or 0.0)
    for index in order:
        written = json_text(entries[index]) if reading.keep_written else None
        yield record_of(entries[index], Origin(capture.label, 1, index), capture, reading.max_document, written)


def _read_stream(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """The entries of a recording of any size, as they stand in the file; at last an `Order`, if they started in another.

    An entry of more bytes than a document may have is passed over, and one that is not JSON is unreadable. InputError where
    the file is not HAR, or ends early.
    """
    source, limit = capture.label, reading.max_document
    times = array("d")
    dated = True
    index = -1
    try:
        for index, text in enumerate(elements(capture.stream, ("log", "entries"), limit)):
            origin = Origin(source, 1, index)
            if text is None:
                yield too_large(origin, "the entry", limit)
                dated = False
                continue
            try:
                entry = json_value(text, "the entry")
            except RecordingError as error:
                yield Unreadable(origin, str(error))
                dated = False
                continue
            started = _started(entry)
            dated = dated and started is not None
            if dated:
                times.append(started or 0.0)
            yield record_of(entry, origin, capture, limit, text if reading.keep_written else None)
    except NoArrayError:
        raise InputError(f"{source}: {_NO_ENTRIES}") from None
    except CutShortError as error:
        if error.found:
            raise InputError(f"{source}: cannot be read to its end: it is cut short after {index + 1} entries") from None
        raise InputError(f"{source}: not a HAR file: it is cut short before its entries") from None
    if dated and any(map(gt, times, times[1:])):
        order = array("q", sorted(range(len(times)), key=times.__getitem__))
        yield Order(order, None if capture.again is None else partial(_read_again, capture, limit, order))


def _read_again(capture: Capture, limit: int, order: Sequence[int]) -> Iterator[Record]:
    """The entries of a recording once more, in an order: from a file of their own, which can be read from any place."""
    if capture.again is None:
        return
    places = array("Q", [0])
    with capture.again() as stream, tempfile.TemporaryFile() as file:
        for text in elements(stream, ("log", "entries"), limit):
            places.append(places[-1] + file.write(text or b""))
        for index in order:
            file.seek(places[index])
            entry = json_value(file.read(places[index + 1] - places[index]), "the entry")
            yield record_of(entry, Origin(capture.label, 1, index), capture, limit)


def _entries(content: bytes, source: str) -> list[Any]:
    try:
        value = json_value(content, "it")
    except RecordingError as error:
        raise InputError(f"{source}: not a HAR file: {error}") from None
    log = value.get("log") if isinstance(value, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(entries, list):
        raise InputError(f"{source}: {_NO_ENTRIES}")
    return entries


def record_of(entry: Any, origin: Origin, capture: Capture, limit: int, written: bytes | None = None) -> Record:
    """An entry as an exchange. Unreadable if it is not an exchange, unanswered if no response came. `written` is its text."""
    if not isinstance(entry, Mapping):
        return Unreadable(origin, "the entry is not an object")
    known: Request | None = None
    try:
        custom = field_in(entry)
        intent = intent_in(custom)
        method, url, sent = _request(entry.get("request"))
        spared = harmless(intent, sent)
        known = Request(method, redact_url(url))
        response, status = _response(entry.get("response"))
        why = text_in(custom, "incomplete")
        if status == 0 and why is None:
            # Only our own recordings say why no answer came. That was judged when they were made.
            return Unanswered(origin)
        content = response.get("content")
        content = content if isinstance(content, Mapping) else {}
        received = headers(response.get("headers"))
        media_type = content.get("mimeType")
        if not received and isinstance(media_type, str) and "/" in media_type:
            received = (("content-type", media_type),)
        exchange = recorded(
            origin,
            limit,
            method=method,
            url=url,
            sent=sent,
            status=status,
            received=received,
            body=_body(content, capture),
            started=_started(entry),
            intent=intent,
            harmless=spared,
            written=None if written is None else scrub_written(written, b"", secrets_in(_cookies(entry))),
        )
    except RecordingError as error:
        return Unreadable(origin, str(error), request=known)
    if isinstance(exchange, Unreadable):
        return exchange
    answer = exchange.response
    if status == 0:
        answer = replace(answer, status=None)
    return replace(exchange, response=told(answer, custom))


def _cookies(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The separate cookies of a HAR, as header fields."""
    for part in (entry.get("request"), entry.get("response")):
        cookies = part.get("cookies") if isinstance(part, Mapping) else None
        for cookie in cookies if isinstance(cookies, list) else ():
            if isinstance(cookie, Mapping) and isinstance(cookie.get("value"), str):
                yield "set-cookie", f"{cookie.get('name')}={cookie['value']}"


def _request(value: Any) -> tuple[str, str, Headers]:
    if not isinstance(value, Mapping):
        raise RecordingError("the entry has no request")
    method, url = value.get("method"), value.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        raise RecordingError("request.method and request.url are not both strings")
    try:
        urlsplit(url)
    except ValueError as error:
        raise RecordingError(f"request.url is not a URL: {error}") from None
    return method, url, headers(value.get("headers"))


def _response(value: Any) -> tuple[Mapping[str, Any], int]:
    """The response and its status. The status is 0 if no response came: browsers write 0 or less, or nothing."""
    if value is None:
        return {}, 0
    if not isinstance(value, Mapping):
        raise RecordingError("response is not an object")
    status, content = value.get("status"), value.get("content")
    if status is None and not (isinstance(content, Mapping) and content.get("text")):
        return value, 0
    if isinstance(status, int) and not isinstance(status, bool):
        return value, max(status, 0)
    return value, status_of(status)


def _body(content: Mapping[str, Any], capture: Capture) -> Body:
    """The body: in a file beside the HAR (`_file` of Playwright), or in `text`, where Polly.js keeps chunks still packed."""
    text, encoding, size, file = (content.get(name) for name in ("text", "encoding", "size", "_file"))
    if text is None and isinstance(file, str):
        body = capture.beside(".", file)
        return NoBody(f"the body is in the file {file!r}, which cannot be read") if body is None else body
    if text is None or (text == "" and isinstance(size, int | float) and size > 0):
        return NoBody()
    if not isinstance(text, str):
        raise RecordingError("response.content.text is not a string")
    is_base64 = isinstance(encoding, str) and encoding.lower() == "base64"
    if text.startswith("[") and (is_base64 or content.get("_isBinary")):
        chunks = _chunks(text, is_hex=not is_base64)
        if chunks is not None:
            return chunks
    kept = body_of(text, is_base64=is_base64)
    if isinstance(kept, bytes) and isinstance(size, int | float) and size > len(kept) and _is_cut(kept):
        return NoBody(f"the recorder kept {len(kept)} of {size} bytes of the body")
    return kept


def _is_cut(body: bytes) -> bool:
    """Whether a body is JSON that is cut off at its end."""
    try:
        json.loads(body.decode("utf-8", "replace"), parse_int=float)
    except json.JSONDecodeError as error:
        return body[:1] in (b"{", b"[") and (error.pos >= len(error.doc) or error.msg.startswith("Unterminated string"))
    except RecursionError:
        pass
    return False


def _chunks(text: str, *, is_hex: bool) -> bytes | None:
    """The bytes of a list of chunks, each in base64, or in hexadecimal as older versions of Polly.js write them."""
    try:
        pieces = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(piece, str) for piece in pieces):
        return None
    try:
        found = [bytes.fromhex(piece) if is_hex else from_base64(piece) for piece in pieces]
    except ValueError:
        return None
    return None if None in found else b"".join(piece for piece in found if piece is not None)


def _started(entry: Any) -> float | None:
    if not isinstance(entry, Mapping):
        return None
    custom = field_in(entry)
    if "started" in custom:
        started = custom["started"]
        return float(started) if isinstance(started, int | float) else None
    return time_of(entry.get("startedDateTime"))


def _tells(start: Start) -> bool:
    log = start.member("log")
    return isinstance(log, dict) and bool(log.keys() & {"creator", "entries", "pages"} or not log.keys() - {"version", "comment"})


FORMAT = CaptureFormat(
    "har",
    "HAR 1.2, as browsers, Playwright (with the bodies in files beside it, too), mitmproxy, Polly.js and `mconn test` write it",
    _read,
    endings=(".har",),
    in_folders=True,
    told_by='`{"log": {`',
    tells=_tells,
)
