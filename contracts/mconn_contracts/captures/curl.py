"""What `curl -i` prints: one response after the other, without their requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.interaction import answered
from mconn_contracts.captures.records import WHITESPACE, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Origin

# RFC 9112, 4 and 5: a status line and header fields, up to the blank line.
_HEAD = re.compile(
    rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: ([^\r\n]*))?\r?\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r?\n)*)\r?\n"
)


def read_curl(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """Each response of a transcript, without its request; what answers before it (1xx, a proxy) is left out."""
    source, limit = capture.label, reading.max_document
    body = capture.stream.read(limit + 1)
    if len(body) > limit:
        yield too_large(Origin(source, 1), "the document", limit)
        return
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
        response = answered(int(head[1]), headers, content, limit)
        origin = Origin(source, line, entry)
        entry += 1
        if response is None:
            yield too_large(origin, "the body", limit)
        else:
            yield Exchange(response, None, origin, declared=reading.declared)


_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? [1-5][0-9]{2}[ \r\n]")

FORMAT = CaptureFormat(
    "curl",
    "what `curl -i` prints, one response after the other",
    read_curl,
    told_by="a status line at the start",
    tells=lambda start: _STATUS_LINE.match(start.text) is not None,
)
