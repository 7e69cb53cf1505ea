"""Where things stand in the text of the document."""

from __future__ import annotations

import re

import pytest

from mconn_contracts.contract.document import find, load
from mconn_contracts.contract.lines import lines

TEXT = find().read_text(encoding="utf-8").splitlines()


def test_every_statement_is_found_at_its_line() -> None:
    """The line of a statement's pointer is the one that has its code."""
    statements = load().statements
    found = lines(each.pointer for each in statements)

    assert [each.code for each in statements] == [
        match[0] if (match := re.search(r"MC\d{3}", TEXT[found[each.pointer] - 1])) else None for each in statements
    ]


@pytest.mark.parametrize(
    "pointer, line",
    [
        ("", TEXT[0]),
        ("/components/schemas", "  schemas:"),
        ("/components/schemas/OnlyInAnOverlay/properties/k", "  schemas:"),
        ("/openapi/nothing", TEXT[0]),
        ("/no~1where", TEXT[0]),
    ],
)
def test_what_is_not_there_is_found_where_it_would_be(pointer: str, line: str) -> None:
    """The line is that of the last part of a pointer that the document has; without any, the first."""
    assert line == TEXT[lines([pointer])[pointer] - 1]
