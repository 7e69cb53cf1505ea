"""The same again: what was shown must still be there, and as it was."""

from __future__ import annotations

from mconn_contracts.live.probes.windows import window_of
from mconn_contracts.live.scene import Scene


def asked_again(scene: Scene) -> None:
    """The same request several times in a row, then the whole result once more."""
    repeats = scene.profile.repeats
    window = window_of(scene, 12)
    # The latest first: where the budget ends here, they show whether events arrive.
    scene.each(lambda _: scene.ask_latest(), range(repeats))
    scene.each(lambda asked: scene.walk(asked, scene.large), [] if window is None else [window] * repeats)
    again = scene.versioned or next(iter(scene.known), None)
    scene.each(scene.fetch, [] if again is None else [again] * repeats)
    if scene.window is not None:
        scene.walk(scene.window, scene.large)
        scene.walk(scene.window)
    scene.ask_latest()


def oldest_event(scene: Scene) -> None:
    """The oldest event at last: where it is still there, nothing has expired."""
    oldest = min(scene.known, default=None)
    if oldest is not None:
        scene.fetch(oldest)
