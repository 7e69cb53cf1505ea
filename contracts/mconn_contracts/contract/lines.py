"""The lines of values in the text of the shipped document."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import yaml

from mconn_contracts.contract.document import find, tokens
from mconn_contracts.contract.yaml_texts import SafeLoader


def lines(pointers: Iterable[str]) -> dict[str, int]:
    """The lines, from 1, of the values at JSON Pointers. A value that an overlay adds has its parent's line."""
    return {pointer: _line(pointer) for pointer in set(pointers)}


def _line(pointer: str) -> int:
    node: yaml.Node | None = _shipped()
    line = 1
    for token in tokens(pointer):
        if isinstance(node, yaml.MappingNode):
            key, node = next(((key, value) for key, value in node.value if key.value == token), (None, None))
        elif isinstance(node, yaml.SequenceNode) and token.isdecimal() and int(token) < len(node.value):
            key = node = node.value[int(token)]
        else:
            break
        if key is None:
            break
        line = key.start_mark.line + 1
    return line


@functools.cache
def _shipped() -> yaml.Node | None:
    return yaml.compose(find().read_text(encoding="utf-8"), Loader=SafeLoader)
