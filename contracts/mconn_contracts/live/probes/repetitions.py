"""The same again: what was shown must still be there, and as it was."""

from __future__ import annotations

from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.live.probes.windows import window_of


def asked_again(context: ProbeContext) -> None:
    """The same request several times in a row, then the whole result once more."""
    repeats = context.profile.repeats
    window = window_of(context, 12)
    # The latest first: where the budget ends here, they show whether events arrive.
    context.each(lambda _: context.ask_latest(), range(repeats))
    context.each(lambda asked: context.walk(asked, context.large), [] if window is None else [window] * repeats)
    again = context.versioned or next(iter(context.known), None)
    context.each(context.fetch, [] if again is None else [again] * repeats)
    if context.window is not None:
        context.walk(context.window, context.large)
        context.walk(context.window)
    context.ask_latest()


def oldest_event(context: ProbeContext) -> None:
    """The oldest event at last: where it is still there, nothing has expired."""
    oldest = min(context.known, default=None)
    if oldest is not None:
        context.fetch(oldest)
