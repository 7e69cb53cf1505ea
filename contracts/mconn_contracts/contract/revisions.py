"""Since when the vendor has published each kind and field, by the document and the overlays that ship with the package."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.contract.api import EVENT, LIST

REVISION = "2026-03-26"
"""The revision that the document itself is of; all others are overlays on it."""
FIRST_REVISION = "2025-02-18"
NEW_KINDS: Mapping[str, tuple[str, ...]] = {
    "2025-05-14": ("StartRotatePki", "FinishRotatePkiSuccess", "FinishRotatePkiFailure"),
    "2026-06-02": ("RekeyInstallBoth", "RekeyStart", "RekeyAdvance", "RekeyComplete", "RekeyReset"),
    "2026-07-13": ("RekeyRestart",),
    "2026-08-12": ("HaTransition", "HaError", "HaInit", "HaLeave"),
    "2026-08-14": ("BlessSlotSuccess", "BlessSlotPending", "BlessSlotFailure"),
}
"""The kinds that each revision declares and those before it do not; written out, for applying all of them takes a second."""
NEW_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {REVISION: ((EVENT, "v"),)}
"""The fields that each revision declares and those before it do not, with their schemas; not those of new kinds."""
NEW_PARAMETERS: Mapping[str, tuple[tuple[str, str], ...]] = {"2025-07-17": ((LIST.operation, "k"),)}
"""The parameters that each revision declares and those before it do not, with their operations."""
OPEN_SINCE = "2026-07-13"
"""The first revision in which any field may stand beside `k` in an event."""
_SINCE = {kind: revision for revision, kinds in NEW_KINDS.items() for kind in kinds}
_FIELD_SINCE = {field: revision for revision, fields in NEW_FIELDS.items() for field in fields}
_PARAMETER_SINCE = {parameter: revision for revision, parameters in NEW_PARAMETERS.items() for parameter in parameters}


def known_since(kind: str) -> str | None:
    """The first revision that declares a kind which another lacks; None where none does, or all do."""
    return _SINCE.get(kind)


def field_known_since(schema: str, name: str) -> str | None:
    """The first revision that declares a property of a schema which another lacks; None where none does, or all do."""
    return _FIELD_SINCE.get((schema, name))


def parameter_known_since(operation: str, name: str) -> str | None:
    """The first revision that declares a parameter of an operation which another lacks; None where none does, or all do."""
    return _PARAMETER_SINCE.get((operation, name))


def judged_by(revision: str) -> str:
    """How to have something judged by a revision, as the end of a sentence."""
    return "leave `--overlay` out" if revision == REVISION else f"`--overlay {revision}`"
