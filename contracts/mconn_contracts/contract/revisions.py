"""Since when the vendor has published each kind that the contract does not have, by the overlays that ship with the package."""

from __future__ import annotations

from collections.abc import Mapping

NEW_KINDS: Mapping[str, tuple[str, ...]] = {
    "2026-06-02": ("RekeyInstallBoth", "RekeyStart", "RekeyAdvance", "RekeyComplete", "RekeyReset"),
    "2026-07-13": ("RekeyRestart",),
    "2026-08-12": ("HaTransition", "HaError", "HaInit", "HaLeave"),
    "2026-08-14": ("BlessSlotSuccess", "BlessSlotPending", "BlessSlotFailure"),
}
"""The kinds that each overlay declares and those before it do not; written out, for applying all of them takes a second."""
_SINCE = {kind: overlay for overlay, kinds in NEW_KINDS.items() for kind in kinds}


def known_since(kind: str) -> str | None:
    """The first of the shipped overlays that declares a kind which the contract does not have; None where none does."""
    return _SINCE.get(kind)
