"""JSON documents: one response body or bare model, an array of such, or several one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.captures.format import Capture, CaptureFormat
from mconn_contracts.captures.json_texts import Document, documents_in
from mconn_contracts.captures.records import BLOCK, WHITESPACE, Batch, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.model.exchange import Exchange, Origin, Response


def read_document(capture: Capture, reading: ReadOptions, start: bytes = b"") -> Iterator[Record]:
    """The documents of a capture that is read as a whole; `start` is what has been read of it."""
    limit = reading.max_document
    # Without a rest, this is not a copy.
    body = start + capture.stream.read(max(limit + 1 - len(start), 0))
    del start
    if len(body) > limit:
        return iter([too_large(Origin(capture.label, 1), "the document", limit)])
    return read_json(body, capture.label, reading)


def read_json(body: bytes, source: str, reading: ReadOptions) -> Iterator[Record]:
    """The documents of a text, as bare payloads: one as an exchange, several in batches."""
    found: list[Document] = []
    size = 0
    for each in documents_in(body, source):
        if isinstance(each, Unreadable):
            yield from _batch(found, source, reading)
            yield each
            found, size = [], 0
            continue
        # A blank payload of a batch does not count as a payload, but a blank element is a fault.
        blank = not each[1].strip(WHITESPACE)
        if blank or size >= BLOCK or (found and (each[0].entry is None) != (found[0][0].entry is None)):
            yield from _batch(found, source, reading)
            found, size = [], 0
        if blank:
            yield from _batch([each], source, reading)
        else:
            found.append(each)
            size += len(each[1])
    yield from _batch(found, source, reading)


def _batch(found: list[Document], source: str, reading: ReadOptions) -> Iterator[Record]:
    if len(found) == 1:
        yield Exchange(Response(reading.status, (), found[0][1]), declared=reading.declared, origin=found[0][0])
    elif found:
        lines = [origin.line or 1 for origin, _ in found]
        entries = [origin.entry for origin, _ in found if origin.entry is not None]
        yield Batch(source, [text for _, text in found], lines, entries or None, reading.declared, reading.status)


FORMAT = CaptureFormat(
    "json",
    "one response body or bare model, an array of them, or several one after the other (with or without RFC 7464 separators)",
    read_document,
    endings=(".json",),
    in_folders=True,
    told_by="anything else",
)
