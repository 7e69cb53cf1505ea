"""Read one capture as records, by the format that its name or its content shows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from mconn_contracts.captures.cassettes import read_json_cassette, read_yaml_cassette
from mconn_contracts.captures.har import read_har, stream_har
from mconn_contracts.captures.inputs import PACKED, Input
from mconn_contracts.captures.payloads import head, looks_like_ndjson, read_json, read_ndjson
from mconn_contracts.captures.records import Batch, Format, Order, ReadOptions, Record, Unanswered, Unreadable, too_large
from mconn_contracts.captures.streams import Meter, Unpacked, opened, peeked, rejoined, seekable
from mconn_contracts.captures.transcripts import read_curl, read_exchanges
from mconn_contracts.model.exchange import Exchange, Origin

_LOOKED_AT = 64 * 1024
_BY_NAME: dict[str, Format] = {
    ".har": "har",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".yaml": "vcr",
    ".yml": "vcr",
    ".parquet": "parquet",
    ".csv": "csv",
}
_EXCHANGE = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t]*"(?:request|response)"[ \t]*:[ \t]*\{')
_BY_CONTENT: tuple[tuple[Format, re.Pattern[bytes]], ...] = (
    # HAR 1.2: the one member of the top object is `log`.
    ("har", re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*"log"[ \t\r\n]*:[ \t\r\n]*\{')),
    ("curl", re.compile(rb"HTTP/[0-9](?:\.[0-9])? [1-5][0-9]{2}[ \r\n]")),
    ("parquet", re.compile(rb"PAR1")),
    ("vcr", re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*(?:"version"[ \t]*:[ \t]*1[ \t]*,[ \t\r\n]*)?"interactions"[ \t]*:[ \t]*\[')),
    ("vcr", re.compile(rb"(?:---[^\n]*\n)?(?:[a-z_]+:[^\n]*\n){0,4}(?:http_)?interactions:[ \t]*\r?\n")),
)


WHOLE_HAR = 4 * 1024 * 1024
"""Bytes from which on a HAR file is read entry by entry, and not held as a whole."""


def read(source: Input, reading: ReadOptions) -> Iterator[Exchange | Unreadable | Unanswered | Order]:
    """The records of one capture, each by itself, in order. InputError where it cannot be read, or not to its end."""
    for record in records(source, reading):
        if isinstance(record, Batch):
            yield from record.exchanges()
        else:
            yield record


def records(source: Input, reading: ReadOptions, meter: Meter | None = None) -> Iterator[Record]:
    """The records of one capture, in order, bare payloads in batches. InputError as for `read`.

    Where neither the user nor the name says the format (`.json` says too little), the content does.
    """
    limit, label = reading.max_document, source.label
    with opened(source, meter=meter) as stream:
        form = reading.format
        if form == "auto":
            start, stream = peeked(stream, _LOOKED_AT)
            form = _form(source, start)
        match form:
            case "ndjson":
                yield from read_ndjson((), stream, label, reading)
            case "exchanges":
                yield from read_exchanges(stream, label, reading)
            case "har":
                body = stream.read(WHOLE_HAR)
                if len(body) < WHOLE_HAR:
                    yield from read_har(body, label)
                else:
                    yield from stream_har(rejoined(body, stream), label, limit)
            case "vcr":
                start, stream = peeked(stream, _LOOKED_AT)
                read_cassette = read_json_cassette if start.lstrip().startswith(b"{") else read_yaml_cassette
                yield from read_cassette(stream, label, limit)
            case "parquet":
                yield from _parquet(source, reading)
            case "csv":
                from mconn_contracts.captures.columns import read_csv

                yield from read_csv(stream, label, reading)
            case _:
                yield from _document(stream, form, label, reading)


def _document(stream: io.BufferedIOBase, form: Format, source: str, reading: ReadOptions) -> Iterator[Record]:
    """What is read as a whole; or NDJSON, as the first lines of a capture show that says nothing else."""
    limit = reading.max_document
    start = head(stream, limit) if form == "auto" else []
    if looks_like_ndjson(start):
        yield from read_ndjson(start, stream, source, reading)
        return
    body = b"".join(line.text or b"" for line in start)
    body += stream.read(max(limit + 1 - len(body), 0))
    if len(body) > limit or any(line.text is None for line in start):
        yield too_large(Origin(source, 1), "the document", limit)
    elif form == "curl":
        yield from read_curl(body, source, reading)
    else:
        yield from read_json(body, source, reading)


def _parquet(source: Input, reading: ReadOptions) -> Iterator[Record]:
    from mconn_contracts.captures.columns import read_parquet

    with seekable(source) as file:
        yield from read_parquet(file, source.label, reading)


def is_bare_ndjson(source: Input, reading: ReadOptions) -> bool:
    """Whether a capture is plain NDJSON of bare payloads: its lines can be judged apart. InputError as for `read`."""
    if reading.format not in ("auto", "ndjson"):
        return False
    with opened(source) as stream:
        if isinstance(stream, Unpacked):
            return False
        if reading.format == "ndjson":
            return True
        start, stream = peeked(stream, _LOOKED_AT)
        form = _form(source, start)
        return form == "ndjson" or (form == "auto" and looks_like_ndjson(head(stream, reading.max_document)))


def _form(source: Input, start: bytes) -> Format:
    """The format that a name or the first bytes show; `.json` says too little, and exchanges are NDJSON as well."""
    form = _by_name(source)
    if form in ("auto", "ndjson") and _EXCHANGE.match(start):
        return "exchanges"
    if form != "auto":
        return form
    return next((form for form, pattern in _BY_CONTENT if pattern.match(start)), "auto")


def _by_name(source: Input) -> Format:
    name = source.label.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return next((form for suffix, form in _BY_NAME.items() if name.endswith(suffix)), "auto")
