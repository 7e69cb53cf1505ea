"""How much a run may ask of a server: the profiles of `mconn test`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Numbers of requests and of things looked at. `requests` bounds the whole run, retries included."""

    name: str
    requests: int
    pages: int
    """Pages, at the largest limit, that the main window may have."""
    fetched: int
    """Listed events that are fetched."""
    limits: tuple[int, ...]
    """Limits at which a small window is walked page by page."""
    page_counts: tuple[int, ...]
    """Numbers of pages into which the main window is cut."""
    windows: int
    """Windows inside the main one, of each way to place them."""
    walked_kinds: int
    """Kinds whose filtered result is walked page by page as well."""
    repeats: int
    """Times in a row that a request which should be stable is repeated."""
    drawn: int
    """Requests left to schemathesis."""
    examples: int
    """Examples that schemathesis draws for each operation and phase."""


QUICK = Profile("quick", 200, 2, 30, (1, 2), (4,), 1, 1, 6, 12, 3)
STANDARD = Profile("standard", 1_000, 8, 420, (1, 2, 3, 7), (2, 5, 9), 6, 16, 12, 150, 20)
THOROUGH = Profile("thorough", 1_000_000, 50, 20_000, (1, 2, 3, 5, 10, 50), (2, 3, 5, 9, 33), 40, 16, 10, 5_000, 500)

PROFILES = {profile.name: profile for profile in (QUICK, STANDARD, THOROUGH)}
