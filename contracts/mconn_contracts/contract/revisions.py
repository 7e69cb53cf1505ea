"""The revision in which the vendor first published each kind and field."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.contract.api import EVENT, LIST

REVISION = "2026-03-26"
"""The revision of the document itself. All others are overlays on it."""
FIRST_REVISION = "2025-02-18"
NEW_KINDS: Mapping[str, tuple[str, ...]] = {
    "2025-05-14": ("StartRotatePki", "FinishRotatePkiSuccess", "FinishRotatePkiFailure"),
    "2026-06-02": ("RekeyInstallBoth", "RekeyStart", "RekeyAdvance", "RekeyComplete", "RekeyReset"),
    "2026-07-13": ("RekeyRestart",),
    "2026-08-12": ("HaTransition", "HaError", "HaInit", "HaLeave"),
    "2026-08-14": ("BlessSlotSuccess", "BlessSlotPending", "BlessSlotFailure"),
}
"""The kinds that each revision adds. They are written out because applying all overlays takes a second."""
NEW_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {REVISION: ((EVENT, "v"),)}
"""The fields that each revision adds, with their schemas. Fields of new kinds are left out."""
NEW_PARAMETERS: Mapping[str, tuple[tuple[str, str], ...]] = {"2025-07-17": ((LIST.operation, "k"),)}
"""The parameters that each revision adds, with their operations."""
OPEN_SINCE = "2026-07-13"
"""The first revision that allows any field beside `k` in an event."""
_SINCE = {kind: revision for revision, kinds in NEW_KINDS.items() for kind in kinds}
_FIELD_SINCE = {field: revision for revision, fields in NEW_FIELDS.items() for field in fields}
_PARAMETER_SINCE = {parameter: revision for revision, parameters in NEW_PARAMETERS.items() for parameter in parameters}


def known_since(kind: str) -> str | None:
    """The revision that added a kind. None if no revision declares it, or all do."""
    return _SINCE.get(kind)


def field_known_since(schema: str, name: str) -> str | None:
    """The revision that added a property of a schema. None if no revision declares it, or all do."""
    return _FIELD_SINCE.get((schema, name))


def parameter_known_since(operation: str, name: str) -> str | None:
    """The revision that added a parameter of an operation. None if no revision declares it, or all do."""
    return _PARAMETER_SINCE.get((operation, name))


def judged_by(revision: str) -> str:
    """How to judge by a revision, as the end of a sentence."""
    return "judge without `--overlay`" if revision == REVISION else f"judge with `--overlay {revision}`"
