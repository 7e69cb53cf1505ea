"""Filters by kind: each kind, page by page, and texts that only begin like a kind or stand for many."""

from __future__ import annotations

from collections import Counter

from mconn_contracts.judge.reading.views import Window
from mconn_contracts.live.probe_context import WALKED, ProbeContext
from mconn_contracts.live.probes.probe import PLAIN

PATTERNS = ("%", "*", ".*")
"""What stands for anything in SQL, in a shell and in a regular expression."""


def kind_filters(context: ProbeContext) -> None:
    """Each kind's filter over the main window, and the largest of them page by page."""
    if context.window is None or not context.filtered:
        return
    start, end = context.window.start, context.window.end
    seen = Counter(context.known[identity].k for identity in context.order)

    def filtered(kind: str) -> None:
        context.walk(Window(start, end, kind))
        if kind not in seen and start and context.accepts_from(0):
            # Not in the main window: from all time before it, so that every kind is met.
            context.page(Window(0, start, kind), 1)

    def page_by_page(kind: str) -> None:
        context.walk(Window(start, end, kind), max(1, seen[kind] // 3), most=12)

    paged = [kind for kind, _ in seen.most_common(context.profile.walked_kinds)]
    tasks = [(filtered, kind) for kind in dict.fromkeys([*context.kinds, *sorted(seen)])] + [
        (page_by_page, kind) for kind in paged
    ]
    context.each(lambda each: each[0](each[1]), tasks, WALKED)


def inexact_filters(context: ProbeContext) -> None:
    """Filters that are not kind, but that a kind begins or ends with, or that stand for many kinds."""
    if context.window is None or not context.filtered or not context.order:
        return
    kind = Counter(context.known[identity].k for identity in context.order).most_common(1)[0][0]
    texts = [kind[:-1], *PATTERNS]
    if context.profile.windows > 1:
        texts += [kind[1:], f"{kind[:2]}%", f"{kind[:2]}*", f"{kind[:2]}.*", f"_{kind[1:]}", f"?{kind[1:]}", f".{kind[1:]}"]
    start, end = context.window.start, context.window.end
    context.each(lambda text: context.page(Window(start, end, text), 5, intent=PLAIN), filter(None, texts))
