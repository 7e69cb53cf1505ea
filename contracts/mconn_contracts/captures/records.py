"""The records that a source yields: exchanges, and records that cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange, Origin, Request, Response
from mconn_contracts.wire.decoding import LARGE_BODY

AUTO = "auto"
"""The name and the content of a capture determine its format."""
MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes of one document, line or HAR file that are read by default, after decompression."""

BLOCK = 64 * 1024
"""Bytes of bare payloads that are judged together. Their decoded values fit into the processor's cache."""

WHITESPACE = b" \t\r\n"
"""The white space between JSON texts (RFC 8259, 2)."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read, or is too large. The records after it are still read.

    `kind` says which of the two it is. `request` is set if at least the request could be read.
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
        """Some payloads by their indexes, if they were cut out before the whole text is cut."""
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
    """The indexes of all earlier entries in order of time. It is sent last, if the file was not sorted.

    `again` reads them again in that order. None if the capture can be read only once.
    """

    entries: Sequence[int]
    again: Callable[[], Iterator[Record]] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not read, or is not a capture of this API. `kind` is the ending of its name."""

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
    """Whether to ignore everything that does not clearly belong to this API, even if the user named it."""
    keep_written: bool = False
    """Whether exchanges of HAR files and of NDJSON keep the original text of their record."""


def too_large(origin: Origin, what: str, limit: int) -> Unreadable:
    """The record of something that was skipped because of its size."""
    message = f"{what} has more than {limit} bytes; raise --max-document to judge it"
    return Unreadable(origin, message, DefectKind.TOO_LARGE)
