"""Where findings stand in the text of their sources."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.captures.positions import _Text, locate
from mconn_contracts.contract.document import escape
from mconn_contracts.model.finding import Finding, Position, Severity

PAGE = """{
  "success": true,
  "a/b~c": {"": [10, {"größe": "x\\ny", "t": -1}]}
}
"""


def finding(pointer: str, source: str = "", line: int | None = 1, entry: int | None = None) -> Finding:
    """A finding at a place."""
    return Finding("MC101", "schema-mismatch", Severity.ERROR, "wrong", source=source, line=line, entry=entry, pointer=pointer)


def found(path: Path, pointer: str, **place: Any) -> Position | None:
    """The position of a pointer into a file."""
    each = finding(pointer, str(path), **place)
    return locate([each]).get(each.place)


@pytest.mark.parametrize(
    "pointer, expected",
    [
        ("", Position(1, 1)),
        ("/success", Position(2, 14)),
        ("/a~1b~0c", Position(3, 12)),
        ("/a~1b~0c//0", Position(3, 18)),
        ("/a~1b~0c//1/t", Position(3, 45)),
        ("/a~1b~0c//1/missing", Position(3, 22)),
    ],
)
def test_a_value_is_where_its_pointer_leads(tmp_path: Path, pointer: str, expected: Position) -> None:
    """Line and column count characters, from 1; what is missing stands where it is missed."""
    path = tmp_path / "page.json"
    path.write_text(PAGE, encoding="utf-8")

    assert expected == found(path, pointer)


def test_lines_elements_and_entries_are_told_apart(tmp_path: Path) -> None:
    """A line of NDJSON begins where it begins, an element in its array, and the body of a HAR entry is its string."""
    lines, array, har = tmp_path / "a.ndjson", tmp_path / "a.json", tmp_path / "a.har"
    lines.write_text('{"t": 1}\r\n  {"t": 2}\r\n')
    array.write_text('[{"t": 1},\n {"t": 2}]')
    har.write_text('{"log": {"entries": [\n{},\n{"response": {"content": {"text": "{}"}}}]}}')

    assert Position(2, 9) == found(lines, "/t", line=2)
    assert Position(2, 8) == found(array, "/t", line=2, entry=1)
    assert Position(3, 35) == found(har, "/result", entry=1)
    assert [None, None] == [found(array, "/t", entry=2), found(har, "", entry=0)]


def test_what_is_no_text_has_no_region(tmp_path: Path) -> None:
    """What is packed, gone, cut short or not JSON has none, and nothing fails."""
    packed, cut = tmp_path / "a.json.gz", tmp_path / "cut.json"
    packed.write_bytes(gzip.compress(PAGE.encode()))
    cut.write_text('{"a": [1, ')

    assert [None] * 4 == [found(packed, ""), found(tmp_path / "gone.json", ""), found(cut, "/a/5"), found(cut, "", line=9)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_whatever_the_value_a_region_leads_back_to_it(value: Any, indent: int | None, ascii_only: bool) -> None:
    """At the position of every pointer stands the JSON text of its value."""
    written = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    text = _Text(written)
    rows = written.split("\n")

    def look(pointer: str, part: Any) -> None:
        position = text.position(finding(pointer))
        assert position is not None
        rest = "\n".join([rows[position.line - 1][position.column - 1 :], *rows[position.line :]])
        assert part == json.JSONDecoder().raw_decode(rest)[0]
        for name, child in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
            look(f"{pointer}/{escape(str(name))}", child)

    look("", value)
