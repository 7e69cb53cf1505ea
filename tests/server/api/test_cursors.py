"""Cursors."""

from __future__ import annotations

import pytest

from mconn_contracts.server.api.cursors import decode_cursor, encode_cursor
from mconn_contracts.server.api.stages import PageStart
from mconn_contracts.server.data.events import Key

QUERY = ("account", "connector", 0, 10, None)


@pytest.mark.parametrize("position", [PageStart(2, Key(1700000000, 3)), PageStart(7, offset=40), PageStart()])
def test_position_comes_back(position: PageStart) -> None:
    """A cursor gives back the position that it was made of."""
    assert decode_cursor(encode_cursor(position, QUERY), QUERY) == position


def test_cursor_is_safe_in_a_url() -> None:
    """A cursor has only letters, digits, hyphens and underscores."""
    text = encode_cursor(PageStart(2, Key(1700000000, 3)), QUERY)
    assert text.replace("-", "").replace("_", "").isalnum()


def test_cursor_belongs_to_its_query() -> None:
    """A cursor of another connector, window or kind is refused."""
    text = encode_cursor(PageStart(2, Key(1700000000, 3)), QUERY)
    for index in range(len(QUERY)):
        other = (*QUERY[:index], "else", *QUERY[index + 1 :])
        with pytest.raises(ValueError, match="cursor"):
            decode_cursor(text, other)


def test_changed_cursor_is_refused() -> None:
    """A cursor with any one character changed, added or left out is refused."""
    text = encode_cursor(PageStart(2, Key(1700000000, 3)), QUERY)
    changed = {text[:index] + other + text[index + 1 :] for index in range(len(text)) for other in ("A", "", "é", " ", "=")}
    changed |= {text + extra for extra in ("A", "=", "==", "\n", "!")} | {"", "garbage"}
    for candidate in changed - {text}:
        with pytest.raises(ValueError, match="cursor"):
            decode_cursor(candidate, QUERY)
