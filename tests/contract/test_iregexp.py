"""I-Regexp (RFC 9485): what Python's `re` matches of the same pattern, and in few steps whatever the pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.contract.iregexp import MOST_STATES, PatternError, compiled


def matched(pattern: str, text: str, *, within: bool) -> bool:
    """Whether a text is of a pattern, or has some part that is."""
    return compiled(pattern).matches(text, within=within, spend=lambda _: None)


@pytest.mark.parametrize(
    "pattern, whole, part, neither",
    [
        ("", [""], ["", "a"], []),
        ("abc", ["abc"], ["xabcx"], ["ab", "ABC"]),
        ("a|bc|", ["a", "bc", ""], ["x"], []),
        ("(a|b)c", ["ac", "bc"], ["xbcx"], ["c", "abb"]),
        ("ab*c+d?", ["ac", "abbccd"], ["xacx"], ["abd", "b"]),
        ("a{2}", ["aa"], ["baaab"], ["a", "aba"]),
        ("a{2,}", ["aa", "aaaa"], ["baaab"], ["a"]),
        ("(ab){1,2}c", ["abc", "ababc"], ["abababc"], ["ac"]),
        ("a{0}b", ["b"], ["ab"], ["a"]),
        ("a{0,1}", ["", "a"], ["aa"], []),
        (".", ["x", "é", "\U0001f600", "\u2028"], ["ab"], ["\n", "\r", ""]),
        ("[a-c]", ["a", "b", "c"], ["xbx"], ["d", "-"]),
        ("[^a-c\\n]", ["d", "-"], ["ad"], ["a", "\n", ""]),
        ("[-a]", ["-", "a"], ["b-"], ["b"]),
        ("[a-]", ["-", "a"], ["b-"], ["b"]),
        ("[\\-\\]\\\\]", ["-", "]", "\\"], ["a]"], ["a"]),
        ("\\.\\*\\(\\)", [".*()"], ["x.*()"], ["a"]),
        ("\\n\\t", ["\n\t"], ["a\n\t"], ["nt"]),
        ("\\p{Lu}\\P{L}", ["A1", "Ä "], ["xA1"], ["AB", "a1"]),
        ("[\\p{Nd}x]", ["1", "x", "٣"], ["a1"], ["a"]),
        ("^a$", ["^a$"], ["x^a$"], ["a"]),
    ],
)
def test_a_pattern_matches(pattern: str, whole: list[str], part: list[str], neither: list[str]) -> None:
    """A whole text, or a part of one; `^` and `$` are characters like others."""
    assert [(True, True)] * len(whole) == [tuple(matched(pattern, each, within=way) for way in (False, True)) for each in whole]
    assert [True] * len(part) == [matched(pattern, each, within=True) for each in part]
    assert [(False, False)] * len(neither) == [
        tuple(matched(pattern, each, within=way) for way in (False, True)) for each in neither
    ]


@pytest.mark.parametrize(
    "pattern, why",
    [
        ("(", "ends too soon"),
        ("(a", "ends too soon"),
        (")", "')' closes nothing"),
        ("a)", "')' closes nothing"),
        ("*", "'*' stands alone; write \\*"),
        ("a**", "'*' stands alone"),
        ("a{2", "a counted repetition is {2}, {2,} or {2,3}"),
        ("a{,2}", "a counted repetition is"),
        ("a{3,2}", "{3,2} repeats at most less often than at least"),
        ("a}", "'}' stands alone"),
        ("[a", "ends too soon"),
        ("[]", "']' in a class is written \\]"),
        ("[z-a]", "z-a is a range of nothing"),
        ("[a[b]", "'[' in a class is written \\["),
        ("[a-c-e]", "'-' in a class is written \\-"),
        ("\\d", "\\d is no escape of RFC 9485"),
        ("\\", "ends too soon"),
        ("\\p{Greek}", "a category is written like \\p{Lu}"),
        ("a{9999}", f"more than {MOST_STATES} states"),
        ("((a{50}){50}){50}", f"more than {MOST_STATES} states"),
        ("(" * 100 + ")" * 100, "nested too deep"),
    ],
)
def test_what_is_no_pattern_is_told(pattern: str, why: str) -> None:
    """Nor is one of too many states, or nested too deep."""
    with pytest.raises(PatternError) as caught:
        compiled(pattern)

    assert why in str(caught.value)


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\.", "[b-]"])
pieces = st.recursive(
    atoms,
    lambda inner: st.builds(
        lambda parts, sign, choice: f"({choice.join(parts)}){sign}",
        st.lists(inner, min_size=1, max_size=3),
        st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}"]),
        st.sampled_from(["", "|"]),
    ),
    max_leaves=5,
)


@given(st.lists(pieces, max_size=3).map("".join), st.text(alphabet="ab.-\n", max_size=6))
def test_it_agrees_with_re(pattern: str, text: str) -> None:
    """What both read in the same way, they match alike."""
    other = re.compile(pattern)

    assert bool(other.fullmatch(text)) == matched(pattern, text, within=False)
    assert bool(other.search(text)) == matched(pattern, text, within=True)


def test_no_pattern_lasts_for_ever() -> None:
    """Steps grow with the text, where a matcher that goes back takes twice as many for each character."""

    def steps(length: int) -> int:
        taken: list[int] = []
        assert not compiled("(a+)+b").matches("a" * length, within=False, spend=taken.append)
        return sum(taken)

    assert steps(400) < 2.1 * steps(200)
