"""JSON documents: one response body or bare model, an array of such, or several one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.json_texts import documents_in
from mconn_contracts.captures.records import ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Origin, Response


def read_document(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """The documents of a capture that is read as a whole."""
    limit = reading.max_document
    body = capture.stream.read(limit + 1)
    if len(body) > limit:
        yield too_large(Origin(capture.label, 1), "the document", limit)
    else:
        yield from read_json(body, capture.label, reading)


def read_json(body: bytes, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The documents of a text, as bare payloads."""
    for found in documents_in(body, source):
        if isinstance(found, Unreadable):
            yield found
        else:
            origin, text = found
            yield Exchange(Response(reading.status, (), text), declared=reading.declared, origin=origin)


FORMAT = CaptureFormat(
    "json",
    "one response body or bare model, an array of such, or several one after the other (RFC 7464, or just so)",
    read_document,
    endings=(".json",),
    in_folders=True,
    told_by="anything else",
)
