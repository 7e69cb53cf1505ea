"""The seed of what is drawn otherwise each day: a light module, since the header of every test run names it."""

from __future__ import annotations

from datetime import UTC, datetime


def of_today() -> int:
    """The day in UTC, as a number."""
    return int(datetime.now(UTC).strftime("%Y%m%d"))
