"""Recognize what a recorded body is by its shape, even if it is corrupt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mconn_contracts.contract.api import GET, LATEST, LIST, RELIED_ON, SUMMARY, are_errors
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.wire.arrays import ARRAY
from mconn_contracts.wire.decoding import excerpt

_LOOKED_AT = 16
"""How many items of a page are examined."""
_HINT = "; say what it is with --as"


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a body is. `name` is an operationId if the body is enveloped, else a schema's name; None for a failure.

    `certain` is False if several operations or models fit. The findings are the same for each of them.
    """

    name: str | None
    enveloped: bool
    certain: bool = True


FAILURE = Recognized(None, enveloped=True)


def recognize(body: Any) -> Recognized | Defect:
    """What a decoded body is, or a defect at the value that leaves this open."""
    if not isinstance(body, dict):
        shown = "a string" if isinstance(body, str) else excerpt(body)
        return _unrecognized("", f"{shown} is neither an envelope nor a model", hint="")
    if "success" in body or "result" in body or are_errors(body.get("errors")):
        return _enveloped(body)
    if "items" in body or "count" in body:
        return _page(body, "", LIST.model, LATEST.model)
    if "e" in body:
        return Recognized(GET.model, enveloped=False)
    # One of the four properties of a summary, or of the two of an event, may be missing.
    if len(body.keys() & RELIED_ON[SUMMARY].keys()) >= 3:
        return Recognized(SUMMARY, enveloped=False)
    if body.keys() >= {"n", "t"}:
        return Recognized(GET.model, enveloped=False)
    if not body:
        return _unrecognized("", "the object is empty", hint="")
    return _unrecognized("", f"the object has {_names(body)}, which fits no envelope and no model")


def _enveloped(body: Mapping[str, Any]) -> Recognized | Defect:
    result = body.get("result")
    if result is None and (body.get("success") is False or body.get("errors")):
        return FAILURE
    # Without a result or errors, it has a success.
    if "result" not in body and body["success"] is not True:
        return FAILURE
    if not isinstance(result, dict):
        return Recognized(LIST.operation, enveloped=True, certain=False)
    if "items" in result or "count" in result:
        return _page(result, "/result", LIST.operation, LATEST.operation)
    if any(name in result for name in ("e", "n", "t")):
        return Recognized(GET.operation, enveloped=True)
    return _unrecognized("/result", f"the result has {_names(result)}, which fits no model" if result else "the result is empty")


def _page(page: Mapping[str, Any], pointer: str, listed: str, latest: str) -> Recognized | Defect:
    enveloped = bool(pointer)
    items = page.get("items")
    seen = [item for item in items[:_LOOKED_AT] if isinstance(item, dict)] if isinstance(items, ARRAY) else []
    short = sum(len(item.keys() & {"a", "k"}) for item in seen)
    full = sum(2 for item in seen if "e" in item)
    if short == full == 0 and any(item.keys() & {"n", "t"} for item in seen):
        # The items have neither `a`, `k` nor `e`: a summary lacks two properties then, a full event only one.
        return Recognized(latest, enveloped)
    if short or full:
        return Recognized(latest if full > short else listed, enveloped)
    if seen:
        return _unrecognized(f"{pointer}/items", "the items are neither short events nor full events")
    return Recognized(listed, enveloped, certain="cursor" in page)


def _unrecognized(pointer: str, reason: str, hint: str = _HINT) -> Defect:
    return Defect(DefectKind.UNRECOGNIZED_DOCUMENT, pointer, reason + hint)


def _names(value: Mapping[str, Any]) -> str:
    shown = ", ".join(excerpt(name, 30) for name in list(value)[:6])
    return f"{shown} and {len(value) - 6} more" if len(value) > 6 else shown
