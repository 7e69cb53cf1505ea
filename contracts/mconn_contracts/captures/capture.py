"""Read one capture as records, by the format that its name or its content shows."""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace

from mconn_contracts.captures import documents, ndjson, responses, vcr
from mconn_contracts.captures.format import LOOKED_AT, Beside, Capture, CaptureFormat, Start
from mconn_contracts.captures.logs import read_log
from mconn_contracts.captures.records import AUTO, LeftOut, ReadOptions, Record, Unreadable, too_large
from mconn_contracts.captures.registry import BY_NAME, FORMATS
from mconn_contracts.captures.source import Input, ending, read_beside
from mconn_contracts.captures.strangers import NOTHING, doubtful, is_cassette, no_exchanges, stranger
from mconn_contracts.captures.streams import PACKED, Meter, Unpacked, opened, peeked, transcoded
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Origin, Response

_CASSETTES = (vcr.FORMAT, responses.FORMAT)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def records(source: Input, reading: ReadOptions, meter: Meter | None = None) -> Iterator[Record]:
    """The records of one capture, in order, bare payloads in batches. InputError if it cannot be read, or not to its end.

    If neither the user nor the name determines the format (`.json` is not enough), the content does.
    """
    with opened(source, meter=meter) as stream:
        yield from _records(source, stream, reading, lambda folder, name: read_beside(source, folder, name, reading.max_document))


def _records(source: Input, stream: io.BufferedIOBase, reading: ReadOptions, beside: Beside) -> Iterator[Record]:
    form, foreign, stream = _form(source, stream, reading)
    if foreign is not None:
        if not (source.met or reading.only_ours):
            raise InputError(f"{source.label}: not a capture of this API: it looks like {foreign}")
        if foreign == NOTHING and not reading.only_ours and _name(source).endswith(documents.FORMAT.endings):
            # A document without a byte is cut off, but a recording of lines without a line is complete.
            yield Exchange(Response(reading.status, (), b""), origin=Origin(source.label, 1))
        else:
            yield _others(source)
        return

    def within(inner: Input, beside: Beside) -> Iterator[Record]:
        with opened(inner) as content:
            yield from _records(inner, content, reading, beside)

    @contextlib.contextmanager
    def again() -> Iterator[io.BufferedIOBase]:
        with opened(source) as content:
            first, content = peeked(content, len(_UTF_16[0]))
            yield transcoded(content) if first.startswith(_UTF_16) else content

    capture = Capture(source, stream, beside, within, None if source.is_standard_input else again)
    if reading.body is not None:
        yield from read_log(capture, reading)
    elif form is None:
        yield from _bare(capture, reading)
    elif reading.only_ours and (not form.in_folders or form in _CASSETTES):
        yield from _without_others(form.read(capture, reading), source)
    else:
        yield from form.read(capture, reading)


def _without_others(found: Iterator[Record], source: Input) -> Iterator[Record]:
    """The records of a capture whose content determined the format. Content that breaks the format is of another program."""
    try:
        for record in found:
            yield _others(source) if isinstance(record, Unreadable) and record.request is None else record
    except InputError:
        yield _others(source)


def _others(source: Input) -> LeftOut:
    return LeftOut(f"{ending(_name(source))} of another program")


def is_bare_ndjson(source: Input, reading: ReadOptions) -> bool:
    """Whether a capture is plain NDJSON of bare payloads: its lines can be judged apart. InputError as for `read`."""
    if reading.format not in (AUTO, ndjson.FORMAT.name) or reading.body is not None:
        return False
    with opened(source) as stream:
        if isinstance(stream, Unpacked):
            return False
        form, foreign, stream = _form(source, stream, reading)
        if foreign is not None:
            return False
        return form is ndjson.FORMAT or (form is None and ndjson.looks_like(ndjson.head(stream, reading.max_document)))


def _form(
    source: Input, stream: io.BufferedIOBase, reading: ReadOptions
) -> tuple[CaptureFormat | None, str | None, io.BufferedIOBase]:
    """The format that the user, the name or the first bytes show, None if none does, and the stream as it was.

    Between them is what the content looks like if it is not a capture of this API.
    """
    if reading.body is not None:
        # It says what to look for in records of any kind.
        return None, None, stream
    if reading.format != AUTO:
        return BY_NAME[reading.format], None, stream
    first, stream = peeked(stream, LOOKED_AT)
    if not first:
        # Where nothing can be read, this says why.
        stream.read(1)
    start = Start(_name(source), first)
    form = told(start)
    if first.startswith(_UTF_16):
        text = first.decode("utf-16", errors="ignore").encode()
        form = told(replace(start, text=text))
        if form not in (None, ndjson.FORMAT, documents.FORMAT):
            start, stream = replace(start, text=text), transcoded(stream)
    bare = form in (None, ndjson.FORMAT) and reading.declared is None
    if bare:
        return form, stranger(start) or (doubtful(start) if reading.only_ours else None), stream
    if form not in _CASSETTES:
        return form, None, stream
    unnamed = source.met or reading.only_ours
    return form, "YAML of another program" if unnamed and not is_cassette(start) else no_exchanges(start), stream


def _bare(capture: Capture, reading: ReadOptions) -> Iterator[Record]:
    """Bare payloads: a document on each line, as the first ones show, or one document."""
    limit = reading.max_document
    start = ndjson.head(capture.stream, limit)
    if ndjson.looks_like(start):
        yield from ndjson.read_ndjson(start, capture.stream, capture.label, reading)
    elif any(line.text is None for line in start):
        yield too_large(Origin(capture.label, 1), "the document", limit)
    else:
        first = b"".join(line.text or b"" for line in start)
        # The part of a large document that has been read is not held twice.
        del start
        yield from documents.read_document(capture, reading, first)


def told(start: Start) -> CaptureFormat | None:
    """The format of a capture that starts so; None for bare payloads, which its first lines tell apart."""
    magic = next((form for form in FORMATS if form.magic and start.text.startswith(form.magic)), None)
    if magic is not None:
        return magic
    named = [form for form in FORMATS if form.endings and start.name.endswith(form.endings)]
    if named == [documents.FORMAT]:
        named = []
    found = next((form for form in named or FORMATS if form.tells(start)), None)
    return found or (named[0] if named else None)


def _name(source: Input) -> str:
    name = source.label.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return name
