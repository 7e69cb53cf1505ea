"""Filters by kind: each kind, page by page, and texts that only begin like a kind or stand for many."""

from __future__ import annotations

from collections import Counter

from mconn_contracts.judge.reading.views import Window
from mconn_contracts.live.probes.probe import PLAIN
from mconn_contracts.live.scene import WALKED, Scene

PATTERNS = ("%", "*", ".*")
"""What stands for anything in SQL, in a shell and in a regular expression."""


def kind_filters(scene: Scene) -> None:
    """Each kind's filter over the main window, and the largest of them page by page."""
    if scene.window is None or not scene.filtered:
        return
    start, end = scene.window.start, scene.window.end
    seen = Counter(scene.known[identity].k for identity in scene.order)

    def filtered(kind: str) -> None:
        scene.walk(Window(start, end, kind))
        if kind not in seen and start and scene.accepts_from(0):
            # Not in the main window: from all time before it, so that every kind is met.
            scene.page(Window(0, start, kind), 1)

    def page_by_page(kind: str) -> None:
        scene.walk(Window(start, end, kind), max(1, seen[kind] // 3), most=12)

    paged = [kind for kind, _ in seen.most_common(scene.profile.walked_kinds)]
    tasks = [(filtered, kind) for kind in dict.fromkeys([*scene.kinds, *sorted(seen)])] + [(page_by_page, kind) for kind in paged]
    scene.each(lambda each: each[0](each[1]), tasks, WALKED)


def inexact_filters(scene: Scene) -> None:
    """Filters that are no kind, but that a kind begins or ends with, or that stand for many kinds."""
    if scene.window is None or not scene.filtered or not scene.order:
        return
    kind = Counter(scene.known[identity].k for identity in scene.order).most_common(1)[0][0]
    texts = [kind[:-1], *PATTERNS]
    if scene.profile.windows > 1:
        texts += [kind[1:], f"{kind[:2]}%", f"{kind[:2]}*", f"{kind[:2]}.*", f"_{kind[1:]}", f"?{kind[1:]}", f".{kind[1:]}"]
    start, end = scene.window.start, scene.window.end
    scene.each(lambda text: scene.page(Window(start, end, text), 5, intent=PLAIN), filter(None, texts))
