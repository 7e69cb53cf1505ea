"""What reports say alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.process.lines import visible
from mconn_contracts.reports.wording import number


@pytest.mark.parametrize(
    "text, expected",
    [
        ("größe 事件", "größe 事件"),
        ("a\x1b[2J\n\x7f\x9b", "a\\x1b[2J\\x0a\\x7f\\x9b"),
        ("\u2028\u2029\u202a\u202e\u2066\u2069", "\\u2028\\u2029\\u202a\\u202e\\u2066\\u2069"),
        ("no\u00a0break, zero\u200bwidth", "no\u00a0break, zero\u200bwidth"),
    ],
)
def test_what_a_terminal_obeys_is_written_out(text: str, expected: str) -> None:
    """Control characters, line and paragraph separators and marks of direction are escapes; all else is as it was."""
    assert expected == visible(text)


@given(st.text())
def test_a_visible_text_stays_as_it_is(text: str) -> None:
    """What is visible is not changed, and each text becomes visible at once."""
    assert visible(text) == visible(visible(text))
    assert not {*map(chr, (*range(0x20), *range(0x7F, 0xA0)))} & {*visible(text)}


@pytest.mark.parametrize(
    "words, expected",
    [((1, "event"), "1 event"), ((0, "event"), "0 events"), ((2, "entry", "entries"), "2 entries"), ((2, "info"), "2 info")],
)
def test_numbers_have_their_word(words: tuple[int, str], expected: str) -> None:
    """The word is in the plural unless there is one; `info` has none."""
    assert expected == number(*words)
