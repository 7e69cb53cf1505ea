"""What a source yields: exchanges, and what stands in a capture but cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange, Origin, Request, Response
from mconn_contracts.wire.decoding import LARGE_BODY

AUTO = "auto"
"""The format of a capture is told by its name and its content."""
MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes of one document, line or HAR file that are read by default, after decompression."""

BLOCK = 64 * 1024
"""Bytes of bare payloads that are judged together: what they decode to fits the processor's cache."""

WHITESPACE = b" \t\r\n"
"""What stands between JSON texts (RFC 8259, 2)."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read, or is too large to be; the next one still is.

    `kind` says which of the two it is; `request` is there where at least that could be read.
    """

    origin: Origin
    message: str
    kind: DefectKind = DefectKind.UNREADABLE_RECORD
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A recorded request that got no response: it was blocked or aborted."""

    origin: Origin


@dataclass(frozen=True)
class Batch:
    """Bare payloads that stand one after the other in a capture: one by one, or as a text with one payload on each line.

    A blank one is none; one may end with a CR. `lines` are the lines where they start, in order; `entries` their indexes,
    where they are elements of an array.
    """

    source: str
    payloads: Sequence[bytes] | bytes
    lines: Sequence[int]
    entries: Sequence[int] | None = None
    declared: str | None = None
    status: int | None = None

    @cached_property
    def bodies(self) -> Sequence[bytes]:
        """The payloads one by one. A text is cut when they are first asked for."""
        return self.payloads.split(b"\n")[: len(self.lines)] if isinstance(self.payloads, bytes) else self.payloads

    @cached_property
    def cut_out(self) -> dict[int, bytes]:
        """Some of the payloads by their indexes, where they were cut out of a text before all are."""
        return {}

    def body(self, index: int) -> bytes:
        """One of the payloads."""
        return self.cut_out[index] if index in self.cut_out else self.bodies[index]

    @property
    def large(self) -> bool:
        """Whether a payload is so large that it is decoded in parts."""
        sizes = [len(self.payloads)] if isinstance(self.payloads, bytes) else map(len, self.payloads)
        return max(sizes, default=0) >= LARGE_BODY

    def origin(self, index: int) -> Origin:
        """Where one of them is."""
        return Origin(self.source, self.lines[index], None if self.entries is None else self.entries[index])

    def exchange(self, index: int) -> Exchange:
        """One of them as an exchange."""
        response = Response(self.status, (), self.body(index).rstrip(b"\r"))
        return Exchange(response, declared=self.declared, origin=self.origin(index))

    def exchanges(self) -> Iterator[Exchange]:
        """Those that are not blank, as exchanges."""
        for index, body in enumerate(self.bodies):
            if body.strip(WHITESPACE):
                yield self.exchange(index)


@dataclass(frozen=True, slots=True)
class Order:
    """The order in which the entries that came before were exchanged, by their indexes, where they stood otherwise.

    `again` reads them once more in that order; None if the capture can be read but once.
    """

    entries: Sequence[int]
    again: Callable[[], Iterator[Record]] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not looked at, or is not a capture of this API; `kind` is the ending of its name."""

    kind: str


Record = Exchange | Batch | Unreadable | Unanswered | Order | LeftOut


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The user's options on how to read captures.

    `declared` and `status` apply to bare payloads, which do not say so themselves; a HAR entry does.
    """

    format: str = AUTO
    declared: str | None = None
    status: int | None = None
    max_document: int = MAX_DOCUMENT
    column: str | None = None
    """The column of a Parquet or CSV file that holds the payloads."""
    body: str | None = None
    """The member of each record of a log that holds the body, as a dotted path; of every capture, where it is given."""
    url_member: str | None = None
    """The member that holds the URL of the request."""
    status_member: str | None = None
    """The member that holds the status."""
    only_ours: bool = False
    """Whether what is not surely of this API is left alone, also where it was named."""
    keep_written: bool = False
    """Whether exchanges of HAR files and of NDJSON have their record as it was written."""


def too_large(origin: Origin, what: str, limit: int) -> Unreadable:
    """The record of something that was passed over for its size."""
    message = f"{what} has more than {limit} bytes; raise --max-document to judge it"
    return Unreadable(origin, message, DefectKind.TOO_LARGE)
