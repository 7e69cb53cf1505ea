"""How formats are told: by what the first bytes of a capture show."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import click
from hypothesis import given
from hypothesis import strategies as st
from tests.captures.recorded import read

from mconn_contracts.captures.format import outline
from mconn_contracts.captures.records import AUTO, ReadOptions
from mconn_contracts.captures.registry import FORMATS
from mconn_contracts.captures.source import Input
from mconn_contracts.cli.validate import command

texts = st.text(st.sampled_from('ab"\\[]{},:é\n '), max_size=8)
values = st.recursive(
    st.one_of(st.integers(0, 9), st.none(), texts),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(texts, child, max_size=3),
    max_leaves=12,
)


def part_of(shown: Any, whole: Any) -> bool:
    """Whether a value is another with members and elements left out at its end."""
    if isinstance(whole, dict):
        names = list(whole)[: len(shown)]
        return list(shown) == names and all(part_of(shown[name], whole[name]) for name in names)
    if isinstance(whole, list):
        return len(shown) <= len(whole) and all(map(part_of, shown, whole))
    return bool(shown == whole)


@given(st.lists(values) | st.dictionaries(texts, values), st.data(), st.sampled_from(["", " x", '\n{"a": 1}']))
def test_the_outline_is_what_is_complete(value: Any, data: st.DataObject, rest: str) -> None:
    """A whole value is itself, whatever follows; of one that is cut off, what is complete is shown."""
    text = json.dumps(value)

    assert value == outline((text + rest).encode())
    assert part_of(outline(text[: data.draw(st.integers(1, len(text)))].encode()), value)


def test_what_is_no_object_or_array_has_no_outline() -> None:
    """A text, nothing, and brackets that do not fit."""
    assert [None] * 4 == [outline(text) for text in (b"", b"text", b'"text"', b'{"a" 1}')]


def test_each_format_is_a_choice_of_the_command() -> None:
    """Names stand once, and the command takes each of them."""
    names = [form.name for form in FORMATS]
    (option,) = [each for each in command.params if "--format" in each.opts]

    assert isinstance(option.type, click.Choice)
    assert [AUTO, *names] == list(option.type.choices)
    assert len(names) == len(set(names))


def test_xz_is_unpacked(tmp_path: Path) -> None:
    """As gzip, bzip2 and Zstandard are."""
    path = tmp_path / "a.ndjson.xz"
    path.write_bytes(lzma.compress(b'{"n": 1}\n{"n": 2}\n'))

    assert 2 == len(list(read(Input(path.name, path), ReadOptions())))
