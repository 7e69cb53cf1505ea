"""How much a run may ask of a server: the profiles of `mconn test`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
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
    breaks_owners: bool
    """Whether the account and the connector are sent in encodings that cannot be decoded."""
    repeats: int
    """Times in a row that a request which should be stable is repeated."""
    drawn: int
    """Requests left to schemathesis."""
    examples: int
    """Examples that schemathesis draws for each operation and phase."""


QUICK = Profile(
    name="quick",
    requests=200,
    pages=2,
    fetched=20,
    limits=(1, 2),
    page_counts=(4,),
    windows=1,
    walked_kinds=1,
    breaks_owners=False,
    repeats=3,
    drawn=12,
    examples=3,
)
STANDARD = Profile(
    name="standard",
    requests=1_000,
    pages=8,
    fetched=420,
    limits=(1, 2, 3, 7),
    page_counts=(2, 5, 9),
    windows=6,
    walked_kinds=16,
    breaks_owners=False,
    repeats=12,
    drawn=150,
    examples=20,
)
THOROUGH = Profile(
    name="thorough",
    requests=1_000_000,
    pages=50,
    fetched=20_000,
    limits=(1, 2, 3, 5, 10, 50),
    page_counts=(2, 3, 5, 9, 33),
    windows=40,
    walked_kinds=16,
    breaks_owners=True,
    repeats=10,
    drawn=5_000,
    examples=500,
)

PROFILES = {profile.name: profile for profile in (QUICK, STANDARD, THOROUGH)}
