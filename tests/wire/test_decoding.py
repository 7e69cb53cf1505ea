"""Decoding JSON bytes: each fault at its place, and agreement with the standard library where there is none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.wire.decoding import HUGE, MAX_DEPTH, decode, excerpt, walk

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=12,
)
SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])
# What JSON texts are made of, so that most draws are nearly JSON.
PIECES = st.sampled_from(
    [
        *'{}[]:,"\\-+.eE0123456789 \n\t\u00a0',
        "true",
        "false",
        "null",
        "NaN",
        "Infinity",
        "-Infinity",
        '"a"',
        "1.5",
        "\\u",
        "\\ud83d",
        "\ufeff",
    ]
)


def encode(value: Any, before: str, between: str, *, ascii_only: bool) -> bytes:
    """A value as a JSON text, with white space wherever it may stand."""
    separators = (f"{between},{before}", f"{before}:{between}")
    return f"{before}{json.dumps(value, ensure_ascii=ascii_only, separators=separators)}{between}".encode()


def strictly(text: str) -> Any:
    """What the standard library reads, held to RFC 8259: without its constants."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


# Agreement with the standard library.


@given(VALUES, SPACES, SPACES, st.booleans())
def test_valid_json_has_its_value_and_no_defect(value: Any, before: str, between: str, ascii_only: bool) -> None:
    """What json.dumps writes is read back as it was, types included, without a word."""
    decoded = decode(encode(value, before, between, ascii_only=ascii_only))

    assert ((), True) == (decoded.defects, decoded.readable)
    assert repr(value) == repr(decoded.value)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("\u00a01")
@example('{"a":1,}')
@example("[01]")
@example('"\t"')
def test_what_is_accepted_is_what_the_standard_library_accepts(text: str) -> None:
    """A text without defects is what a strict json.loads reads, to the same value; any other has a defect."""
    decoded = decode(text.encode())
    clean = not {"MC001", "MC002", "MC005", "MC008"} & {CODES[defect.kind] for defect in decoded.defects}
    try:
        expected = strictly(text)
    except ValueError:
        assert not clean
    else:
        assert clean
        if not decoded.defects and "e" not in text.lower():
            assert repr(expected) == repr(decoded.value)


@given(VALUES, st.booleans())
@example(value=-1.5e300, ascii_only=True)
@example(value=["😀é", {"\u2028": None}], ascii_only=False)
def test_a_body_cut_anywhere_is_cut_short_or_a_shorter_text(value: Any, ascii_only: bool) -> None:
    """What is left of a text ends early (MC001), unless it is a text itself, such as 1 of 12."""
    body = encode(value, "", "", ascii_only=ascii_only)

    for end in range(1, len(body)):
        assert [] == [defect for defect in decode(body[:end]).defects if CODES[defect.kind] != "MC001"]


@given(st.binary(max_size=60) | st.lists(PIECES.map(str.encode) | st.binary(max_size=3), max_size=12).map(b"".join))
def test_any_bytes_are_decoded(body: bytes) -> None:
    """No bytes make the decoder fail; what it makes of them can be written out, and every pointer leads to a value."""
    decoded = decode(body)
    places = {pointer for pointer, _ in walk(decoded.value)}

    json.dumps(decoded.value).encode()
    for defect in decoded.defects:
        assert defect.pointer in places
        defect.message.encode()
    assert decoded.readable or decoded.defects


# Each fault at its place.


@pytest.mark.parametrize(
    "body, expected",
    [
        (b'{"a": [1, 2', [("MC001", "", "the JSON text ends early, at line 1, column 12, after 11 characters")]),
        (b'{"a":\n "b', [("MC001", "", "the JSON text ends early, at line 2, column 2, after 9 characters")]),
        (b'{"a": tru', [("MC001", "", "the JSON text ends early, at line 1, column 7, after 9 characters")]),
        ('"né'.encode()[:-1], [("MC001", "", "the JSON text ends early, at line 1, column 1, after 3 characters")]),
        (b"", [("MC002", "", "the body is empty; it must be a JSON text")]),
        (b" \r\n", [("MC002", "", "the body is empty; it must be a JSON text")]),
        (b"<html>", [("MC002", "", 'not JSON at line 1, column 1: Expecting value, found "<html>"')]),
        (b'{"a": 1} {}', [("MC002", "", 'not JSON at line 1, column 10: Extra data, found "{}"')]),
        (b'{"a":\n 01}', [("MC002", "", "not JSON at line 2, column 3: Expecting ',' delimiter, found \"1}\"")]),
        (b'{"a": "\xe9"}', [("MC004", "", "byte 7 is not UTF-8: E9 22 7D")]),
        (b'{"a": [0, NaN]}', [("MC005", "/a/1", "NaN is not JSON; a number must be finite")]),
        (b'{"a": -Infinity}', [("MC005", "/a", "-Infinity is not JSON; a number must be finite")]),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', [("MC006", "/a/b", 'the name "b" stands more than once in one object')]),
        (b'[{"~/": 1, "~/": 2}]', [("MC006", "/0/~0~1", 'the name "~/" stands more than once in one object')]),
        (b'\xef\xbb\xbf{"a": 1}', [("MC008", "", "the body starts with a byte order mark, EF BB BF")]),
        (b'{"a": "\\ud83d"}', [("MC010", "/a", "the string has a lone surrogate, which UTF-8 cannot represent")]),
        (b"[" * 101 + b"]" * 101, [("MC904", "", "nested deeper than 100 levels at line 1, character 100")]),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_place(body: bytes, expected: list[tuple[str, str, str]]) -> None:
    """A fault of encoding has a code, the pointer of the value that it spoils, and words that name line or byte."""
    assert expected == [(CODES[defect.kind], defect.pointer, defect.message) for defect in decode(body).defects]


def test_faults_do_not_hide_each_other() -> None:
    """One body may have several: each is found, and the rest of the value is there."""
    decoded = decode(b'\xef\xbb\xbf{"a": NaN, "b": 1, "b": "\\udc00", "c": true}')

    found = {CODES[defect.kind]: defect.pointer for defect in decoded.defects}
    assert {"MC008": "", "MC005": "/a", "MC006": "/b", "MC010": "/b"} == found
    assert ("\ufffd", True, True) == (decoded.value["b"], decoded.value["c"], decoded.readable)
    assert math.isnan(decoded.value["a"])


def test_bytes_that_are_not_utf_8_are_the_one_root() -> None:
    """Where a stray byte breaks the JSON as well, the byte is the finding."""
    assert ["MC004"] == [CODES[defect.kind] for defect in decode(b'{"a": \xff}').defects]


def test_a_repeated_name_has_its_last_value() -> None:
    """As most decoders do, and the name is told once however often it was written."""
    decoded = decode(b'{"a": 1, "a": 2, "a": 3}')

    assert ({"a": 3}, 1) == (decoded.value, len(decoded.defects))


def test_depth_is_counted_outside_strings() -> None:
    """As many levels as are allowed are read, and brackets in a string are none."""
    assert () == decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).defects
    assert () == decode(b'["' + b'[{\\"' * 500 + b'"]').defects


@pytest.mark.parametrize("number", ["9" * 401, "-" + "9" * 401, "1e999", "-1e999", "9" * 5000])
def test_a_huge_number_stands_for_itself(number: str) -> None:
    """A number beyond a double is valid JSON: it keeps its sign, and passes every bound."""
    decoded = decode(number.encode())

    assert ((), HUGE) == (decoded.defects, abs(decoded.value))
    assert number.startswith("-") == (decoded.value < 0)


# Excerpts.


@given(VALUES, st.integers(2, 80))
def test_an_excerpt_is_short_and_one_line(value: Any, limit: int) -> None:
    """A value in a message has at most so many characters, and breaks no line."""
    seen = excerpt(value, limit)

    assert len(seen) <= max(limit, len("an object with 10 properties"))
    assert "\n" not in seen


@pytest.mark.parametrize(
    "value, expected",
    [
        ("a\nb", '"a\\nb"'),
        ("x" * 100, '"' + "x" * 58 + "…"),
        (None, "null"),
        (list(range(9)), "an array of 9 items"),
        (dict.fromkeys("abcdefghi"), "an object with 9 properties"),
        (HUGE, "a number with more than 400 digits, or too large for a double,"),
        ("\ud83d", '"\ufffd"'),
    ],
)
def test_an_excerpt_shows_json(value: Any, expected: str) -> None:
    """A value stands as JSON, and what is large by its size."""
    assert expected == excerpt(value)
