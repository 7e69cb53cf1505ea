"""A new dated revision: the overlay that makes one document agree with another in everything that is judged."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

from mconn_contracts.contract.comparison.agreement import agreeing
from mconn_contracts.contract.comparison.overlay import overlay
from mconn_contracts.contract.document import Document
from mconn_contracts.evolution.sides import REVISION, Side

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS = re.compile(r"\b[0-9]+ kinds\b")


def overlay_to(base: Side, revision: Side) -> dict[str, Any] | None:
    """The overlay that, applied to the base, promises what the revision does; None if the base does already."""
    wanted = agreeing(base.document, revision.form)
    if wanted.raw == base.document.raw:
        return None
    made = _dated(wanted, revision) if base.ours else wanted
    title = f"{base.name}, changed to promise what {revision.name} does"
    return overlay(base.document, made, title, Path(base.document.source).name)


def _dated(document: Document, revision: Side) -> Document:
    """Our document with the date of the vendor's revision, if the name of the other document has that date."""
    date = _DATE.search(Path(revision.name).name)
    if date is None:
        return document
    raw = copy.deepcopy(dict(document.raw))
    info, before = raw["info"], str(document.at(f"/info/{REVISION}"))
    info[REVISION] = date[0]
    kinds = f"{len(document.kinds)} kinds"
    info["summary"] = _KINDS.sub(kinds, str(info.get("summary", "")).replace(before, date[0]))
    return Document(raw, document.source, document.overlays)
