"""The lines around a finding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.judge.excerpt import NOTHING, excerpt

BODY = {
    "result": {"count": 3, "items": [{"a": 1, "k": "Init", "n": 0, "t": -1}, *({"t": index} for index in range(8))]},
    "success": True,
    "errors": [],
}


@pytest.mark.parametrize(
    "pointer, expected",
    [
        ("", ("", "{… 3 members}", "")),
        ("/success", ('{\n  "result": {… 2 members},\n', '  "success": true,', '\n  "errors": []\n}')),
        ("/result/count", ("{\n", '  "count": 3,', '\n  "items": [… 9 items]\n}')),
        ("/result/items/0/t", ('{\n  "a": 1,\n  "k": "Init",\n  "n": 0,\n', '  "t": -1', "\n}")),
        (
            "/result/items/4",
            ('[\n  …\n  {"t": 0},\n  {"t": 1},\n  {"t": 2},\n', '  {"t": 3},', '\n  {"t": 4},\n  {"t": 5},\n  {"t": 6},\n  …\n]'),
        ),
        ("/result/cursor", ("{\n", '  "result": {… 2 members},', '\n  "success": true,\n  "errors": []\n}')),
        ("/result/items/0/a", ("{\n", '  "a": 1,', '\n  "k": "Init",\n  "n": 0,\n  "t": -1\n}')),
        ("/x/success", ("", "{… 3 members}", "")),
        ("/result/items/²", ('{\n  "count": 3,\n', '  "items": [… 9 items]', "\n}")),
        ("/result/items/x", ('{\n  "count": 3,\n', '  "items": [… 9 items]', "\n}")),
        ("/result/0", ("{\n", '  "result": {… 2 members},', '\n  "success": true,\n  "errors": []\n}')),
        ("/result/count/0", ("{\n", '  "count": 3,', '\n  "items": [… 9 items]\n}')),
        ("/errors/0", ('{\n  "result": {… 2 members},\n  "success": true,\n', '  "errors": []', "\n}")),
    ],
)
def test_a_place_stands_among_its_neighbors(pointer: str, expected: tuple[str, str, str]) -> None:
    """The member that a pointer leads to is the middle part; a pointer that leads nowhere shows what it comes to."""
    assert expected == excerpt(BODY, pointer)


def test_what_is_long_is_cut() -> None:
    """A long text is cut, a number that Python does not write is left out, and a lone surrogate is replaced."""
    assert len("".join(excerpt({"a": "x" * 10_000}, "/a"))) < 200
    assert ("", "", "") == NOTHING == excerpt({"a": 10**5000}, "/a")
    assert ("[\n", '  "\ufffd"', "\n]") == excerpt(["\ud800"], "/0")


@pytest.mark.parametrize(
    "value, shown",
    [
        ("é", '"é"'),
        ("x" * 120, f'"{"x" * 120}"'),
        ("x" * 121, f'"{"x" * 120}…'),
        (10**959, f"1{'0' * 959}"),
        (10**960, f"1{'0' * 119}…"),
        ([1, 2, 3, 4, 5, 6], "[1, 2, 3, 4, 5, 6]"),
        ([1, 2, 3, 4, 5, 6, 7], "[… 7 items]"),
        ({"a": [], "b": {}}, '{"a": [], "b": {}}'),
        ({"a": [0]}, "{… 1 member}"),
        ({"a": [0], "b": 1}, "{… 2 members}"),
        ([[0]], "[… 1 item]"),
        (["x" * 121, "Bearer 0123456789abcdef"], f'["{"x" * 120}…, "Bearer [secret]"]'),
        ({"a": "x" * 121}, f'{{"a": "{"x" * 120}…}}'),
        ({"token": "abc", "b": 1}, '{"token": "[secret]", "b": 1}'),
    ],
)
def test_what_is_small_is_shown_whole(value: Any, shown: str) -> None:
    """A text of 120 characters, another value of 960, and six values that are not nested; no secret."""
    assert ("", shown, "") == excerpt(value, "")


@pytest.mark.parametrize(
    "value, pointer, shown",
    [
        (["token"], "/token", ("", '["token"]', "")),
        ({"token": "abc", "b": "x"}, "/token", ("{\n", '  "token": "[secret]",', '\n  "b": "x"\n}')),
        ({"a": "x" * 121}, "/a", ("{\n", f'  "a": "{"x" * 120}…', "\n}")),
        ({"x" * 121: 1}, f"/{'x' * 121}", ("{\n", f'  "{"x" * 120}…: 1', "\n}")),
    ],
)
def test_a_member_is_shown_with_its_name(value: Any, pointer: str, shown: tuple[str, str, str]) -> None:
    """Both are cut, and a secret is told by its name; an item has none."""
    assert shown == excerpt(value, pointer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(
    VALUES, st.lists(st.text(max_size=3) | st.integers(0, 9).map(str)).map(lambda names: "".join(f"/{name}" for name in names))
)
def test_any_value_and_pointer_give_few_short_lines(value: Any, pointer: str) -> None:
    """Whatever the body and the pointer, what is shown is small, and text that can be written."""
    parts = excerpt(value, pointer)

    assert "".join(parts).count("\n") <= 11
    json.dumps(parts).encode()
    "".join(parts).encode("utf-8")
