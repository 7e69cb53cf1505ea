"""What `curl -i` prints: one response after the other; command lines and the requests that HTTPie prints are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.interaction import answered, headers
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Headers, Origin, Response
from mconn_contracts.wire.redaction import scrub, secrets_in

# RFC 9112, 3 to 5: a status line or a request line, and header fields, up to the blank line.
_FIELDS = rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r?\n)*)\r?\n"
_HEAD = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: ([^\r\n]*))?\r?\n" + _FIELDS)
_REQUEST = rb"(?:GET|HEAD) [^ \r\n]+ HTTP/[0-9](?:\.[0-9])?\r?\n" + _FIELDS
_COMMAND = rb"(?:[^\r\n\"{}]{0,200}[$%#>+][ \t]+)?curl (?:[^\r\n]*\\\r?\n){0,99}[^\r\n]*(?:\r?\n|\Z)"
_BETWEEN = rb"(?:[ \t\r\n]++|" + _COMMAND + rb"|" + _REQUEST + rb")"
_ALL_BETWEEN = re.compile(_BETWEEN + rb"*+\Z")
_END_BETWEEN = re.compile(rb"^" + _BETWEEN + rb"++\Z", re.MULTILINE)
_LONGEST_BETWEEN = 16 * 1024
_REQUEST_HEAD = re.compile(rb"^" + _REQUEST, re.MULTILINE)


def read_curl(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """Each response of a transcript, without its request; what answers before it (1xx, a proxy) is left out.

    Secrets of requests that are printed too are replaced where a body has them.
    """
    source, limit = capture.label, reading.max_document
    body = capture.stream.read(limit + 1)
    if len(body) > limit:
        yield too_large(Origin(source, 1), "the document", limit)
        return
    heads = list(_HEAD.finditer(body))
    if not heads or not _ALL_BETWEEN.match(body[: heads[0].start()]):
        yield Unreadable(Origin(source, 1), "not what `curl -i` prints: it does not start with a status line")
        return
    secrets = [secret for sent in _REQUEST_HEAD.finditer(body) for secret in secrets_in(_fields(sent[1]))]
    line, counted, entry = 1, 0, 0
    for index, head in enumerate(heads):
        line, counted = line + body.count(b"\n", counted, head.start()), head.start()
        end = heads[index + 1].start() if index + 1 < len(heads) else len(body)
        content = body[head.end() : end]
        interim = head[1].startswith(b"1") or (not head[3] and (head[2] or b"").lower().startswith(b"connection established"))
        if interim and not content.strip(WHITESPACE):
            continue
        response = _response(int(head[1]), _fields(head[3]), content, limit)
        origin = Origin(source, line, entry)
        entry += 1
        if response is None:
            yield too_large(origin, "the body", limit)
        else:
            yield Exchange(scrub(response, secrets), None, origin, declared=reading.declared)


def _fields(lines: bytes) -> Headers:
    return headers(lines.decode("latin-1"))


def _response(status: int, fields: Headers, content: bytes, limit: int) -> Response | None:
    """The response whose body `content` starts with; None where that has more than `limit` bytes.

    The body ends at its Content-Length where nothing of a body follows: curl prints a body that it unpacked under the
    length of what was sent. Without a length, the line end that a shell puts behind a packed body is none of it.
    """
    length = next((value for name, value in fields if name.lower() == "content-length" and value.isdecimal()), None)
    size = len(content) if length is None or len(length) > 15 else int(length)
    last = max(0, len(content) - _LONGEST_BETWEEN)
    if last <= size < len(content) and _ALL_BETWEEN.match(content[size:]):
        return answered(status, fields, content[:size], limit)
    between = _END_BETWEEN.search(content[last:])
    if between is not None and between[0].strip(WHITESPACE):
        content = content[: last + between.start()]
    response = answered(status, fields, content, limit)
    if response is not None and response.undecodable is not None and content.endswith(b"\n"):
        cut = answered(status, fields, content.removesuffix(b"\n").removesuffix(b"\r"), limit)
        if cut is None or cut.undecodable is None:
            return cut
    return response


_STATUS_LINE = re.compile(_BETWEEN + rb"*+HTTP/[0-9](?:\.[0-9])? [1-5][0-9]{2}[ \r\n]")

FORMAT = CaptureFormat(
    "curl",
    "what `curl -i` prints, one response after the other",
    read_curl,
    told_by="a status line at the start, behind `curl` command lines or a request or not",
    tells=lambda start: _STATUS_LINE.match(start.text) is not None,
)
