"""Large arrays that are kept as text: a body decodes to the same values and the same defects as if it were held whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.wire.test_decoding import PIECES, VALUES

from mconn_contracts.wire import arrays, decoding
from mconn_contracts.wire.arrays import TextArray, UnbalancedError, Viewed, large_arrays
from mconn_contracts.wire.decoding import Decoded, decode


@contextmanager
def large_from(size: int) -> Iterator[None]:
    """Take bodies and arrays of so many bytes as large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "LARGE_BODY", size)
        patch.setattr(arrays, "LARGE_ARRAY", size)
        patch.setattr(arrays, "TOGETHER_BYTES", size - 3)
        # Otherwise, bodies without a fault are decoded at once.
        patch.setattr(decoding, "_decode_plain", lambda _: None)
        yield


def held(value: Any) -> Any:
    """A value with its arrays as lists, and integers apart from floats that are equal."""
    if isinstance(value, list | TextArray):
        return [held(each) for each in value]
    if isinstance(value, dict):
        return {name: held(each) for name, each in value.items()}
    return repr(value)


def outcome(decoded: Decoded) -> tuple[Any, list[tuple[str, str, str]], bool]:
    """What a body decodes to, with its defects in an order of their own."""
    defects = sorted((defect.pointer, defect.kind.value, defect.message) for defect in decoded.defects)
    return held(decoded.value), defects, decoded.readable


BROKEN = st.sampled_from(
    [
        b'{"a": 1, "a": 2}',
        b"NaN",
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b"",
        b"[",
        b"}",
        b'"',
        b"-",
        b"01",
        b"[" * 110 + b"]" * 110,
    ]
)
WRITTEN = st.one_of(*[VALUES.map(lambda value: json.dumps(value).encode())] * 3, BROKEN)
LISTS = st.lists(WRITTEN, max_size=6).map(lambda items: b"[" + b" , ".join(items) + b"]")
BODIES = st.one_of(
    LISTS,
    st.tuples(WRITTEN, LISTS, LISTS).map(lambda parts: b'{"b": %b, "result": {"items": %b}, "errors": %b}' % parts),
    st.tuples(LISTS, LISTS).map(lambda parts: b'{"items": %b, "count": 1, "items": %b}' % parts),
    st.tuples(st.integers(90, 101), LISTS).map(lambda parts: b"[" * parts[0] + parts[1] + b"]" * parts[0]),
    st.tuples(LISTS, st.integers(1, 9)).map(lambda parts: parts[0][: -parts[1]]),
    st.tuples(st.sampled_from([b"-", b"1", b"\xef\xbb\xbf", b'{"a": ']), LISTS, st.sampled_from([b"", b"5", b"}", b" {}"])).map(
        b"".join
    ),
    st.lists(PIECES, max_size=30).map("".join).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@settings(max_examples=100, deadline=None)
@given(BODIES, st.sampled_from([2, 10, 50]))
@example(b'[{"a": [1, 2, {"b": NaN}]}, "\\ud83d", [[], {}]]', 2)
@example(b'{"items": [1, 2, 3], "items": [4, 5, {"a": 1, "a": 1}]}', 2)
def test_a_large_body_decodes_as_a_small_one_does(body: bytes, size: int) -> None:
    """Keeping arrays as text changes neither the value, nor a defect, nor whether there is a value at all."""
    whole = outcome(decode(body))

    with large_from(size):
        assert whole == outcome(decode(body))


def test_elements_are_read_where_they_are_looked_at() -> None:
    """An array that is kept as text is a sequence: of its length, by index, by slice, and in order."""
    text = b'{"a": [1, {"a": [2]}, "x,]", [] ]}'
    with large_from(20):
        ((start, end, found),) = large_arrays(text, 100, json.loads)
    expected = [1, {"a": [2]}, "x,]", []]

    assert text[start:end] == b'[1, {"a": [2]}, "x,]", [] ]'
    assert (4, expected, expected[1], expected[-1], expected[1:3], 1) == (
        len(found),
        list(found),
        found[1],
        found[-1],
        found[1:3],
        found.depth,
    )


def test_small_elements_are_read_together_and_large_ones_alone() -> None:
    """What is read at a time is bounded in number and in bytes, whatever the elements are."""
    values = [*range(100), "x" * 50_000, "y" * 20_000, *range(5)]
    text = json.dumps(values).encode()
    ((_, _, found),) = large_arrays(text, 100, json.loads)

    assert values == list(found)
    assert [32, 32, 32, 2, 2, 1, 1, 5] == [len(indexes) for indexes, _ in found.texts()]


@pytest.mark.parametrize("text", [b"[1, 2}", b'{"a": [1, 2', b"[[1]]]", b"[" * 101 + b"]" * 101])
def test_brackets_that_do_not_match_are_no_arrays(text: bytes) -> None:
    """A text whose brackets do not match, or are nested too deep, is told from one without large arrays."""
    with large_from(2), pytest.raises(UnbalancedError):
        large_arrays(text, 100, json.loads)


def test_a_view_is_made_of_what_is_looked_at() -> None:
    """A view has the length and the order of its sequence, and calls its function only where it is looked at."""
    seen: list[int] = []

    def double(value: int) -> int:
        seen.append(value)
        return 2 * value

    viewed = Viewed([1, 2, 3], double)

    assert (3, 4, [4, 6]) == (len(viewed), viewed[1], viewed[1:])
    assert [2, 2, 3] == seen
    assert [2, 4, 6] == list(viewed)
