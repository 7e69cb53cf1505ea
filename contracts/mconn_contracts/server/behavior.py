"""What the API leaves open, as one frozen value: every combination is a conformant server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mconn_contracts.server.data.store import Order


@dataclass(frozen=True, slots=True)
class Behavior:
    """One choice for each thing that nobody documents. The defaults are the reference server's."""

    # Which events a list holds, and in which order.
    order: Order = "ascending"
    time: Literal["t", "a"] = "t"
    start: Literal["inclusive", "exclusive"] = "inclusive"
    end: Literal["inclusive", "exclusive"] = "inclusive"

    # What a page says of the result.
    count: Literal["page", "total"] = "page"
    default_limit: int = 100
    max_limit: int = 1000
    over_limit: Literal["clamp", "refuse"] = "clamp"
    paging: Literal["keyset", "offset"] = "keyset"
    last_page: Literal["omits-cursor", "omits-cursor-if-short", "leads-to-empty-page"] = "omits-cursor"

    # Windows and limits that are refused, or read in a way of their own; windows in seconds, before the newest event.
    widest_window: int | None = None
    narrowest_window: int | None = None
    retention: int | None = None
    future_window: Literal["answer", "refuse"] = "answer"
    odd_limit: Literal["refuse", "empty", "default", "clamp"] = "refuse"

    # What latest means.
    latest: Literal["newest", "newest-of-each-kind"] = "newest"
    latest_limit: int = 20
    latest_order: Literal["newest-first", "oldest-first"] = "newest-first"
    latest_count: Literal["number", "total"] = "number"
    latest_versions: bool = True
    latest_lag: int = 0
    latest_of_none: Literal["empty", "404"] = "empty"

    # Requests that name nothing known, or nothing at all.
    unknown_kind: Literal["empty", "refuse"] = "empty"
    unknown_connector: Literal["empty", "403", "404"] = "403"
    foreign_account: Literal["403", "404"] = "403"
    reversed_window: Literal["empty", "refuse"] = "empty"

    # Refusals of a credential.
    missing_credential: Literal[400, 401, 403] = 401
    malformed_credential: Literal[400, 401, 403] = 400
    wrong_credential: Literal[401, 403] = 401

    # The envelope, and how it is written down.
    envelope: Literal["full", "lean", "bare"] = "full"
    result_of_errors: Literal["omitted", "null"] = "omitted"
    notice: str | None = None
    numbers: Literal["integer", "integral-float"] = "integer"
    members: Literal["declared", "sorted", "reversed"] = "declared"
    strings: Literal["utf-8", "escaped"] = "utf-8"
    indent: int | None = None

    # Transport.
    content_type: str = "application/json"
    gzip: bool = False
    chunked: bool = False
    delay: float = 0.0
    rate_quota: int = 1200
    rate_window: int = 300
    rate_headers: bool = True

    # Events between requests. Each happens once in this number of requests.
    throttle_every: int | None = None
    retry_after: int = 1
    reset_every: int | None = None
    arrival_every: int | None = None
    expiry_every: int | None = None


DEFAULT = Behavior()
"""The behavior of `mconn serve` without a style."""
