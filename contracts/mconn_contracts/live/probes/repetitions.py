"""The same again: what was shown must still be there, and as it was."""

from __future__ import annotations

from mconn_contracts.live.probes.probe import some_window
from mconn_contracts.live.probes.windows import window_of
from mconn_contracts.live.scene import Scene


def asked_again(scene: Scene) -> None:
    """The same request several times in a row, then the whole result once more."""
    repeats = scene.profile.repeats
    window = window_of(scene, 12)
    for _ in range(repeats if window is not None else 0):
        scene.walk(window or some_window(scene), scene.large)
    for _ in range(repeats):
        scene.ask_latest()
    again = scene.versioned or next(iter(scene.known), None)
    for identity in [again] * repeats if again is not None else []:
        scene.fetch(identity)
    if scene.window is not None:
        scene.walk(scene.window, scene.large)
        scene.walk(scene.window)
    scene.ask_latest()


def oldest_event(scene: Scene) -> None:
    """The oldest event at last: where it is still there, nothing has expired."""
    oldest = min(scene.known, default=None)
    if oldest is not None:
        scene.fetch(oldest)
