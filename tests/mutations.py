"""JSON values that are nearly what the document declares, for hypothesis."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from mconn_contracts.wire.decoding import walk

_NAMES = st.sampled_from(
    ["a", "code", "count", "cursor", "e", "errors", "items", "k", "message", "n", "result", "success", "t", "url", "v", "~/"]
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 5, 2**53 - 1, 2**53, 10**400, 0.5, -0.5, 1700000000.0, 1e300]),
    st.sampled_from(["", "Init", "init", "StartUpgrade", "HaInit", "5", "x" * 400]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(_NAMES, each, max_size=4), max_leaves=6
)
"""Any value, of the names and the scalars that matter here."""


@st.composite
def mutate(draw: st.DrawFn, values: Sequence[Any]) -> Any:
    """One of the values with up to four changes anywhere: something replaced, removed or added."""
    root: Any = {"": copy.deepcopy(draw(st.sampled_from(values)))}
    for _ in range(draw(st.integers(1, 4))):
        owner = draw(st.sampled_from([each for _, each in walk(root) if isinstance(each, dict | list) and each]))
        name = draw(st.sampled_from(sorted(owner) if isinstance(owner, dict) else range(len(owner))))
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "remove" if owner is not root:
                del owner[name]
            case "add" if isinstance(owner, dict) and owner is not root:
                owner[draw(_NAMES)] = draw(VALUES)
            case "add" if isinstance(owner, list):
                owner.insert(name, draw(VALUES))
            case _:
                owner[name] = draw(VALUES)
    return root[""]
