"""What a source yields: exchanges, and what stands in a capture but cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mconn_contracts.model import Exchange, Origin, Request

Format = Literal["auto", "json", "ndjson", "har"]
MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes of one document, line or HAR file that are read by default, after decompression."""

TOO_LARGE = "MC903"
UNREADABLE = "MC905"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read, or is too large to be; the next one still is.

    `code` is the statement that it breaks; `request` is there where at least that could be read.
    """

    origin: Origin
    message: str
    code: str = UNREADABLE
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A recorded request that got no response: it was blocked or aborted."""

    origin: Origin


Record = Exchange | Unreadable | Unanswered


@dataclass(frozen=True, slots=True)
class Reading:
    """How captures are to be read: what the user says of them.

    `declared` and `status` apply to bare payloads, which do not say so themselves; a HAR entry does.
    """

    format: Format = "auto"
    declared: str | None = None
    status: int | None = None
    max_document: int = MAX_DOCUMENT


def too_large(origin: Origin, what: str, limit: int) -> Unreadable:
    """The record of something that was passed over for its size."""
    return Unreadable(origin, f"{what} has more than {limit} bytes; raise --max-document to have it judged", TOO_LARGE)
