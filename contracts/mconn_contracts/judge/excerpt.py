"""A few lines of a body around the place that a finding is at."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from mconn_contracts.contract.document import tokens
from mconn_contracts.wire.arrays import ARRAY
from mconn_contracts.wire.redaction import scrub_value

Excerpt = tuple[str, str, str]
"""JSON-like text before the place, of the place, and after it."""

NOTHING: Excerpt = ("", "", "")
AROUND = 3
"""Members that are shown before the place, and after it."""
_MAX_VALUE = 120
_MAX_PLAIN = 6
_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False).encode


def excerpt(value: Any, pointer: str) -> Excerpt:
    """The member that a JSON pointer leads to, among its neighbors; what is nested deeper is only counted.

    Of a pointer that leads nowhere, the value that it comes to.
    """
    place: tuple[Any, str] | None = None
    for key in tokens(pointer):
        if isinstance(value, dict) and key in value:
            place, value = (value, key), value[key]
        elif isinstance(value, ARRAY) and key.isascii() and key.isdigit() and int(key) < len(value):
            place, value = (value, key), value[int(key)]
        else:
            break
    try:
        parts = ("", _shown(value), "") if place is None else _among(*place)
    except (ValueError, TypeError):  # a number of more digits than Python writes
        return NOTHING
    before, marked, after = (_SURROGATE.sub("\ufffd", part) for part in parts)
    return before, marked, after


def _among(parent: Any, name: str) -> Excerpt:
    of_object = isinstance(parent, dict)
    names: Sequence[Any] = list(parent) if of_object else range(len(parent))
    index = names.index(name if of_object else int(name))
    start, end = max(0, index - AROUND), index + AROUND + 1
    opening, closing = ("{", "}") if of_object else ("[", "]")
    lines = [_member(key, parent[key]) + ("," if key != names[-1] else "") for key in names[start:end]]
    before = [opening, *(["  …"] if start else []), *lines[: index - start]]
    after = [*lines[index - start + 1 :], *(["  …"] if end < len(names) else []), closing]
    return "\n".join(before) + "\n", lines[index - start], "\n" + "\n".join(after)


def _member(key: str | int, value: Any) -> str:
    value = scrub_value(key, value)
    return f"  {_shown(value)}" if isinstance(key, int) else f"  {_short(key)}: {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, *ARRAY)):
        inner = list(value.values()) if isinstance(value, dict) else value
        if len(inner) > _MAX_PLAIN or any(isinstance(each, (dict, *ARRAY)) and each for each in inner):
            word = ("member" if isinstance(value, dict) else "item") + ("" if len(value) == 1 else "s")
            return f"{{… {len(value)} {word}}}" if isinstance(value, dict) else f"[… {len(value)} {word}]"
        if isinstance(value, dict):
            scrubbed = [(key, scrub_value(key, each)) for key, each in value.items()]
            return f"{{{', '.join(f'{_short(key)}: {_short(each)}' for key, each in scrubbed)}}}"
        return f"[{', '.join(_short(scrub_value('', each)) for each in inner)}]"
    return _short(scrub_value("", value))


def _short(value: Any) -> str:
    if isinstance(value, str) and len(value) > _MAX_VALUE:
        return _encode(value[:_MAX_VALUE])[:-1] + "…"
    text = _encode(value)
    return text if len(text) <= 8 * _MAX_VALUE else text[:_MAX_VALUE] + "…"
