"""HAR 1.2: the entries of a recording, as exchanges. The format: http://www.softwareishard.com/blog/har-12-spec/"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BufferedIOBase
from operator import gt
from typing import Any
from urllib.parse import urlsplit

from mconn_contracts.captures.custom import field_in, harmless, intent_in, text_in
from mconn_contracts.captures.elements import CutShortError, NoArrayError, elements
from mconn_contracts.captures.format import Capture, CaptureFormat, Start
from mconn_contracts.captures.interaction import RecordingError, from_base64, json_value
from mconn_contracts.captures.records import Order, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import rejoined
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Headers, Intent, Origin, Request, Response
from mconn_contracts.wire.redaction import redact_headers, redact_url, scrub, scrub_url, secrets_in

WHOLE = 4 * 1024 * 1024
"""Bytes from which on a HAR file is read entry by entry, and not held as a whole."""
_NO_ENTRIES = "not a HAR file: there is no array log.entries; --format says what it is"


def _read(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    content = capture.stream.read(WHOLE)
    if len(content) < WHOLE:
        return read_har(content, capture.label)
    return stream_har(rejoined(content, capture.stream), capture.label, reading.max_document)


def read_har(content: bytes, source: str) -> Iterator[Record]:
    """The entries of a recording, in the order in which they started; InputError where it is not HAR.

    Credentials are replaced as they are read. `entry` counts the entries as they stand in the file.
    """
    entries = _entries(content, source)
    # HAR 1.2, entries: a reader must make sure itself that they are sorted.
    times = [_started(entry) for entry in entries]
    order = list(range(len(entries)))
    if all(time is not None for time in times):
        order.sort(key=lambda index: times[index] or 0.0)
    for index in order:
        yield _record(entries[index], Origin(source, 1, index))


def stream_har(stream: BufferedIOBase, source: str, limit: int) -> Iterator[Record]:
    """The entries of a recording of any size, as they stand in the file; at last an `Order`, if they started in another.

    An entry of more than `limit` bytes is passed over, and one that is not JSON is unreadable. InputError where the file
    is not HAR, or ends early.
    """
    times = array("d")
    dated = True
    index = -1
    try:
        for index, text in enumerate(elements(stream, ("log", "entries"), limit)):
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
            yield _record(entry, origin)
    except NoArrayError:
        raise InputError(f"{source}: {_NO_ENTRIES}") from None
    except CutShortError as error:
        if error.found:
            raise InputError(f"{source}: cannot be read to its end: it is cut short after {index + 1} entries") from None
        raise InputError(f"{source}: not a HAR file: it is cut short before its entries") from None
    if dated and any(map(gt, times, times[1:])):
        yield Order(array("q", sorted(range(len(times)), key=times.__getitem__)))


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


def _record(entry: Any, origin: Origin) -> Record:
    request: Request | None = None
    if not isinstance(entry, Mapping):
        return Unreadable(origin, "the entry is not an object")
    try:
        intent = intent_in(field_in(entry))
        request, secrets = _request(entry.get("request"), intent)
        response = _response(entry)
    except RecordingError as error:
        return Unreadable(origin, str(error), request=request)
    if response is None:
        return Unanswered(origin)
    return Exchange(scrub(response, secrets), request, origin, intent=intent, started=_started(entry))


def _request(value: Any, intent: Intent | None) -> tuple[Request, tuple[str, ...]]:
    """The request without its secrets, and the secrets, which a server may have echoed."""
    if not isinstance(value, Mapping):
        raise RecordingError("the entry has no request")
    method, url = value.get("method"), value.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        raise RecordingError("request.method and request.url are not both strings")
    try:
        urlsplit(url)
    except ValueError as error:
        raise RecordingError(f"request.url is not a URL: {error}") from None
    headers = _headers(value.get("headers"))
    known = harmless(intent, headers)
    secrets = secrets_in(headers, known)
    return Request(method, scrub_url(redact_url(url), secrets), redact_headers(headers, known)), secrets


def _response(entry: Mapping[str, Any]) -> Response | None:
    value, custom = entry.get("response"), field_in(entry)
    if not isinstance(value, Mapping):
        raise RecordingError("the entry has no response")
    status = value.get("status")
    if not isinstance(status, int) or isinstance(status, bool):
        raise RecordingError("response.status is not an integer")
    if status <= 0:
        # Only a recording of ours says why nothing came, which was judged when it was made.
        why = text_in(custom, "incomplete")
        return None if why is None else Response(None, body=None, incomplete=why)
    content = value.get("content")
    content = content if isinstance(content, Mapping) else {}
    headers = redact_headers(_headers(value.get("headers")))
    media_type = content.get("mimeType")
    if not headers and isinstance(media_type, str) and "/" in media_type:
        headers = (("content-type", media_type),)
    return Response(status, headers, _body(content), text_in(custom, "incomplete"), text_in(custom, "undecodable"))


def _headers(value: Any) -> Headers:
    """Header fields, without the pseudo fields of HTTP/2, which are none (RFC 9113, 8.3)."""
    if not isinstance(value, list):
        return ()
    fields = [(field.get("name"), field.get("value")) for field in value if isinstance(field, Mapping)]
    return tuple(
        (name, text) for name, text in fields if isinstance(name, str) and isinstance(text, str) and not name.startswith(":")
    )


def _body(content: Mapping[str, Any]) -> bytes | None:
    """The body, in which a recorder has already undone every content coding; None where it was not kept."""
    text, encoding, size = content.get("text"), content.get("encoding"), content.get("size")
    if text is None or (text == "" and isinstance(size, int | float) and size > 0):
        return None
    if not isinstance(text, str):
        raise RecordingError("response.content.text is not a string")
    if not encoding:
        return text.encode("utf-8", errors="surrogatepass")
    if not isinstance(encoding, str) or encoding.lower() != "base64":
        raise RecordingError("response.content.encoding is not base64")
    body = from_base64(text)
    if body is None:
        raise RecordingError("response.content.text is not base64, which its encoding says")
    return body


def _started(entry: Any) -> float | None:
    if not isinstance(entry, Mapping):
        return None
    custom = field_in(entry)
    if "started" in custom:
        started = custom["started"]
        return float(started) if isinstance(started, int | float) else None
    try:
        time = datetime.fromisoformat(entry["startedDateTime"])
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _tells(start: Start) -> bool:
    return isinstance(start.member("log"), dict)


FORMAT = CaptureFormat(
    "har",
    "HAR 1.2, as browsers, mitmproxy and `mconn test` write it",
    _read,
    endings=(".har",),
    in_folders=True,
    told_by='`{"log": {`',
    tells=_tells,
)
