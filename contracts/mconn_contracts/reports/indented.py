"""JSON text, indented by two spaces and written piece by piece: arrays may be given as iterators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_scalar = json.JSONEncoder(ensure_ascii=False).encode


def encode(value: Any, indent: str = "\n") -> Iterator[str]:
    """The text of a value of dicts, lists, iterators and scalars, as `json.dumps` has it with an indent of 2.

    `indent` is a line break, and what the value's own lines are indented by.
    """
    inner = f"{indent}  "
    if isinstance(value, dict):
        opening = "{"
        for key, each in value.items():
            if isinstance(each, dict | list | Iterator):
                yield f"{opening}{inner}{_scalar(key)}: "
                yield from encode(each, inner)
            else:
                yield f"{opening}{inner}{_scalar(key)}: {_scalar(each)}"
            opening = ","
        yield f"{indent}}}" if opening == "," else "{}"
    elif isinstance(value, list | Iterator):
        opening = "["
        for each in value:
            yield f"{opening}{inner}"
            # A member of a long array is one piece, what holds such an array is not.
            yield from ("".join(encode(each, inner)),) if isinstance(value, Iterator) else encode(each, inner)
            opening = ","
        yield f"{indent}]" if opening == "," else "[]"
    else:
        yield _scalar(value)
