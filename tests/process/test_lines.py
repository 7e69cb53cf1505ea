"""Lines that no CI service takes for a command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.process.lines import logged, visible

STARTS = (
    "::",
    "##[",
    "##vso[",
    "##teamcity[",
    " ",
    "\t",
    "\u00a0",
    "\u3000",
    "#",
    ":",
    "a",
    "\n",
    "\r",
    "\x1b[0m",
    "\u200e",
    "\u061c",
)
TAKEN = re.compile(r"\s*::|.*##(?:\[|vso\[|teamcity\[)", re.IGNORECASE | re.DOTALL)
"""What the runners of GitHub and Azure, and TeamCity, take for a command, wherever a line may begin."""


@given(st.lists(st.sampled_from(STARTS), max_size=8).map("".join), st.text(max_size=20))
def test_no_line_starts_a_command(start: str, rest: str) -> None:
    """Whatever comes before it, and whatever the text breaks lines by."""
    assert [] == [line for line in logged(start + rest).splitlines() if TAKEN.match(line)]


@pytest.mark.parametrize("text", ["a::b", "MC301 ##", "C# [1]", "größer 事件"])
def test_other_lines_stay_as_they_are(text: str) -> None:
    """What is not a command is not changed."""
    assert text == logged(text)


@pytest.mark.parametrize("code", [0x61C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069])
def test_controls_of_direction_are_escaped(code: int) -> None:
    """No text of others is shown in another order than it stands."""
    assert f"a\\u{code:04x}b" == visible(f"a{chr(code)}b")
