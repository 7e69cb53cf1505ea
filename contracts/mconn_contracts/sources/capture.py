"""Read one capture as records, by the format that its name or its content shows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from mconn_contracts.model import Exchange, Origin
from mconn_contracts.sources.har import read_har, stream_har
from mconn_contracts.sources.inputs import PACKED, Input
from mconn_contracts.sources.payloads import head, looks_like_ndjson, read_json, read_ndjson
from mconn_contracts.sources.records import Batch, Format, Order, Reading, Record, Unanswered, Unreadable, too_large
from mconn_contracts.sources.streams import Meter, opened, rejoined

_LOOKED_AT = 64 * 1024
_BY_NAME: dict[str, Format] = {".har": "har", ".ndjson": "ndjson", ".jsonl": "ndjson"}
# HAR 1.2: the one member of the top object is `log`.
_HAR = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*"log"[ \t\r\n]*:[ \t\r\n]*\{')


WHOLE_HAR = 4 * 1024 * 1024
"""Bytes from which on a HAR file is read entry by entry, and not held as a whole."""


def read(source: Input, reading: Reading) -> Iterator[Exchange | Unreadable | Unanswered | Order]:
    """The records of one capture, each by itself, in order. InputError where it cannot be read, or not to its end."""
    for record in records(source, reading):
        if isinstance(record, Batch):
            yield from record.exchanges()
        else:
            yield record


def records(source: Input, reading: Reading, meter: Meter | None = None) -> Iterator[Record]:
    """The records of one capture, in order, bare payloads in batches. InputError as for `read`.

    Where neither the user nor the name says the format (`.json` says too little), the content does.
    """
    limit = reading.max_document
    form = reading.format if reading.format != "auto" else _by_name(source)
    with opened(source, meter=meter) as stream:
        if form == "ndjson":
            yield from read_ndjson((), stream, source.label, reading)
            return
        if form == "auto":
            start_of_all = stream.read(_LOOKED_AT)
            form = "har" if _HAR.match(start_of_all) else form
            stream = rejoined(start_of_all, stream)
        if form == "har":
            body = stream.read(WHOLE_HAR)
            if len(body) < WHOLE_HAR:
                yield from read_har(body, source.label)
            else:
                yield from stream_har(rejoined(body, stream), source.label, limit)
            return
        start = head(stream, limit) if form == "auto" else []
        if looks_like_ndjson(start):
            yield from read_ndjson(start, stream, source.label, reading)
            return
        body = b"".join(line.text or b"" for line in start)
        body += stream.read(max(limit + 1 - len(body), 0))
    if len(body) > limit or any(line.text is None for line in start):
        yield too_large(Origin(source.label, 1), "the document", limit)
    else:
        yield from read_json(body, source.label, reading)


def is_bare_ndjson(source: Input, reading: Reading) -> bool:
    """Whether a capture is plain NDJSON of bare payloads: its lines can be judged apart. InputError as for `read`."""
    form = reading.format if reading.format != "auto" else _by_name(source)
    if form not in ("auto", "ndjson"):
        return False
    with opened(source) as stream:
        if not isinstance(stream, io.BufferedReader):
            return False
        return form == "ndjson" or looks_like_ndjson(head(stream, reading.max_document))


def _by_name(source: Input) -> Format:
    name = source.label.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return next((form for suffix, form in _BY_NAME.items() if name.endswith(suffix)), "auto")
