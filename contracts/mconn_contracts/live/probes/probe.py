"""What a probe is: one scenario, and how much of a run's budget it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mconn_contracts.judge.reading.views import Window
from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.model.exchange import Intent

PLAIN = Intent()


@dataclass(frozen=True, slots=True)
class Probe:
    """One scenario. `share` is the part of the profile's requests that it may send at most, `needs` what it sends at least."""

    name: str
    ask: Callable[[ProbeContext], None]
    share: float
    needs: int


def some_window(context: ProbeContext) -> Window:
    """The main window, or any where there is none."""
    return context.window or Window(0, 1, None)


def some_event(context: ProbeContext) -> str:
    """The path of a known event below the connector's events, or else of an expected one, or of any."""
    t, n = min(context.known or context.expected, default=(1_700_000_000, 0))
    return f"/{t}.{n}"
