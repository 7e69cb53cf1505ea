"""JSON text that is written piece by piece."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.reports.indented import encode

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(VALUES)
def test_the_text_is_that_of_the_standard_library(value: Any) -> None:
    """Whatever the value, its text is what `json.dumps` makes of it with an indent of 2."""
    assert json.dumps(value, ensure_ascii=False, indent=2) == "".join(encode(value))


@given(st.lists(VALUES, max_size=3))
def test_an_iterator_is_an_array(values: list[Any]) -> None:
    """What an iterator gives is written as the elements of an array, none of it before it is asked for."""
    assert "".join(encode({"a": values})) == "".join(encode({"a": iter(values)}))
