"""Captures of bare payloads: how their format is told, and where their documents are."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.captures.recorded import one_by_one, read

from mconn_contracts.captures.documents import read_json
from mconn_contracts.captures.records import ReadOptions, Record, Unreadable
from mconn_contracts.captures.source import Input
from mconn_contracts.errors import InputError
from mconn_contracts.model.exchange import Exchange, Response

BOM = b"\xef\xbb\xbf"
Place = tuple[int | None, int | None, bytes | str]
"""The line and the entry of a record, with its body, or with why it cannot be read."""
DEFAULT = ReadOptions()


def place(record: Record) -> Place:
    """Where a record is, and what."""
    if isinstance(record, Unreadable):
        return record.origin.line, record.origin.entry, record.message
    assert isinstance(record, Exchange)
    return record.origin.line, record.origin.entry, record.response.body or b""


def places(path: Path, content: bytes, reading: ReadOptions = DEFAULT) -> list[Place]:
    """The records of a file of that content."""
    path.write_bytes(content)
    return [place(record) for record in read(Input(path.name, path), reading)]


@pytest.mark.parametrize("name", ["events.ndjson", "events.JSONL", "events.json", "events"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        b'{"n": 1}\n{"n": 2}\n{"n": 3}\n',
        b'{"n": 1}\n{"n": 2}\n{"n": 3}',
        b'{"n": 1}\r\n{"n": 2}\r\n{"n": 3}\r\n',
        BOM + b'{"n": 1}\n{"n": 2}\n{"n": 3}',
        BOM + b'{"n": 1}\r\n{"n": 2}\r\n{"n": 3}\r\n\r\n \t\n',
    ],
)
def test_ndjson_has_a_document_on_each_line(tmp_path: Path, name: str, packed: bool, content: bytes) -> None:
    """Line ends of both kinds, a mark at the start and no last newline make no difference, whatever the file's name."""
    content = gzip.compress(content) if packed else content

    expected = [(1, None, b'{"n": 1}'), (2, None, b'{"n": 2}'), (3, None, b'{"n": 3}')]
    assert expected == places(tmp_path / name, content)


def test_blank_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    """A document keeps the number of its line."""
    content = b'\n\n{"n": 1}\n \r\n\n{"n": 2}\n'

    assert [(3, None, b'{"n": 1}'), (6, None, b'{"n": 2}')] == places(tmp_path / "events.json", content)


@pytest.mark.parametrize("first", [b'{"k": "Ini', b"{{}", b"\xff\xfe", b"text", b"\0\0"])
def test_a_first_line_that_cannot_be_read_hides_no_ndjson(tmp_path: Path, first: bytes) -> None:
    """NDJSON is told by its second line where the first is broken."""
    content = first + b'\n{"n": 2}\n{"n": 3}\n'

    assert [1, 2, 3] == [line for line, _, _ in places(tmp_path / "events", content)]


@pytest.mark.parametrize(
    "content",
    [
        b'{"n": 1}',
        b'\n\n{"n": 1}\n\n',
        b'{\n "n": 1\n}\n',
        b'{"n":\n{"m": 1}\n}\n',
        b'{"n": [\n{"m": 1}\n]}\n',
        b'{"n": 1,\n{"m": 1}\n}\n',
        BOM + b'{"n": 1}',
        b"[",
        b"null",
    ],
)
def test_anything_else_is_one_document_with_every_byte(tmp_path: Path, content: bytes) -> None:
    """A document over several lines and what is not JSON are judged as they are."""
    assert [(1, None, content)] == places(tmp_path / "body", content)


def test_a_named_format_goes_before_name_and_content(tmp_path: Path) -> None:
    """--format says how to read, even where the name or the content says otherwise."""
    content = b'{"n":\n1}\n'

    assert [(1, None, content)] == places(tmp_path / "a.ndjson", content, ReadOptions(format="json"))
    assert [(1, None, b"{"), (2, None, b"}")] == places(tmp_path / "b.har", b"{\n}\n", ReadOptions(format="ndjson"))


def test_an_array_is_a_file_of_documents(tmp_path: Path) -> None:
    """Each element is a document as it is written, at the line where it starts, with its index as the entry."""
    content = b'\n[ {"n": 1,\n "n": 01},\n\n  {"s": "],[{\\"\\\\"}, [1, [2]]\n, 3\n]\n'

    assert [
        (2, 0, b'{"n": 1,\n "n": 01}'),
        (5, 1, b'{"s": "],[{\\"\\\\"}'),
        (5, 2, b"[1, [2]]"),
        (6, 3, b"3"),
    ] == places(tmp_path / "events.json", content)


@pytest.mark.parametrize(
    "content, expected",
    [
        (b'[{"n": 1}, {"n": 2', [(1, 0, b'{"n": 1}'), (1, 1, b'{"n": 2')]),
        (b'[{"n": 1},\n', [(1, 0, b'{"n": 1}'), (2, 1, "the array does not end; the file is cut short")]),
        (b'[{"n": 1}\n', [(1, 0, b'{"n": 1}'), (1, 1, "the array does not end; the file is cut short")]),
        (b"[{},]", [(1, 0, b"{}"), (1, 1, b"")]),
        (b"[{}]\n]", [(1, 0, b"{}"), (2, 1, "there is something after the end of the array")]),
        (b'[{"n": 1]}', [(1, 0, b'{"n": 1]')]),
        (b'["n', [(1, 0, b'"n'), (1, 1, "the array does not end; the file is cut short")]),
    ],
)
def test_a_broken_array_is_read_as_far_as_it_goes(tmp_path: Path, content: bytes, expected: list[Place]) -> None:
    """The elements before the fault are documents, and what is left over is said to be there."""
    assert expected == places(tmp_path / "events.json", content)


@given(
    elements=st.lists(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())), min_size=1),
    indent=st.sampled_from([None, 1]),
)
def test_any_array_falls_into_its_elements(elements: list[object], indent: int | None) -> None:
    """Whatever the strings hold, the documents are the elements."""
    body = json.dumps(elements, ensure_ascii=False, indent=indent).encode("utf-8", errors="surrogatepass")
    found = [place(record) for record in one_by_one(read_json(body, "events.json", ReadOptions()))]

    assert elements == [
        json.loads(text.decode("utf-8", errors="surrogatepass")) for _, _, text in found if isinstance(text, bytes)
    ]
    assert list(range(len(elements))) == [entry for _, entry, _ in found]


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_the_limit_holds_for_each_line(tmp_path: Path, name: str) -> None:
    """A longer line is passed over wherever it stands; the limit is of its content, without the line's end."""
    long, just = b'{"n": "' + b"x" * 300_000 + b'"}', b'{"n": 12}'
    reading = ReadOptions(max_document=len(just))
    too_large = f"the line has more than {len(just)} bytes; raise --max-document to judge it"

    for order in itertools.permutations([long, just, b"{}"]):
        for end in (b"\n", b"\r\n"):
            found = places(tmp_path / name, end.join(order), reading)
            assert [(number, None, too_large if line == long else line) for number, line in enumerate(order, 1)] == found


@pytest.mark.parametrize(
    "content", [b'{\n"n": "' + b"x" * 100 + b'"}', b'{"n": "' + b"x" * 100 + b'"}', b"[" + b"{},\n" * 100 + b"{}]"]
)
def test_the_limit_holds_for_a_document(tmp_path: Path, content: bytes) -> None:
    """A longer document is one record that says so, on one line or over many."""
    too_large = "the document has more than 99 bytes; raise --max-document to judge it"

    assert [(1, None, too_large)] == places(tmp_path / "body.json", content, ReadOptions(max_document=99))


def test_what_the_user_says_goes_with_every_payload(tmp_path: Path) -> None:
    """The status and the name of --as are those of each document."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"{}\n")

    (record,) = read(Input("events.ndjson", path), ReadOptions(declared="getEvent", status=404))

    assert isinstance(record, Exchange)
    assert ("getEvent", Response(404, (), b"{}"), None) == (record.declared, record.response, record.request)


# Each worker of pytest-xdist is to collect the same names, so the gzip in them has no time.
@pytest.mark.parametrize(
    "content, why",
    [
        (gzip.compress(b'{"n": 1}\n' * 10_000, mtime=0)[:-10], "cannot be read to its end: the gzip data is cut short"),
        (
            gzip.compress(b"{}", mtime=0)[:-8] + b"\0" * 8,
            "cannot be read to its end: the gzip data is corrupt: Error -3 while decompressing data: incorrect data check",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03garbage", "cannot be read to its end: the gzip data is corrupt: Error -3"),
        (b"{}", "cannot be read: not gzip data"),
        (b"", "cannot be read: not gzip data"),
    ],
)
def test_gzip_that_cannot_be_unpacked_is_one_clear_error(tmp_path: Path, content: bytes, why: str) -> None:
    """Cut, corrupt or no gzip at all: the file is named, with what is wrong."""
    with pytest.raises(InputError) as caught:
        places(tmp_path / "a.ndjson.gz", content)

    assert str(caught.value).startswith(f"a.ndjson.gz: {why}")


def test_lines_before_a_cut_are_documents(tmp_path: Path) -> None:
    """What unpacks of a cut gzip is judged, except the line that is not whole."""
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"n": %d}\n' % number for number in range(100_000)))[:-100_000])

    found: list[Place] = []
    with pytest.raises(InputError):
        found.extend(map(place, read(Input("a.ndjson.gz", path), ReadOptions())))

    assert 1000 < len(found) < 100_000
    assert [(number + 1, None, b'{"n": %d}' % number) for number in range(len(found))] == found


def test_a_gzip_of_several_members_is_one_stream(tmp_path: Path) -> None:
    """Packed logs that were appended to each other are read through."""
    content = gzip.compress(b'{"n": 1}\n') + gzip.compress(b'{"n": 2}\n')

    assert [1, 2] == [line for line, _, _ in places(tmp_path / "a.ndjson.gz", content)]


@given(
    values=st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text())), min_size=2, max_size=4),
    indent=st.sampled_from([None, 1]),
    between=st.sampled_from(["", "\n", "\n\x1e", " \r\n"]),
)
def test_documents_one_after_the_other_fall_apart(values: list[object], indent: int | None, between: str) -> None:
    """Whatever the strings hold and whatever stands between, the documents are the values, each at its line."""
    texts = [json.dumps(value, ensure_ascii=False, indent=indent) for value in values]
    body = between.join(texts).encode("utf-8", errors="surrogatepass")
    found = [place(record) for record in one_by_one(read_json(body, "events.json", ReadOptions()))]

    assert texts == [text.decode("utf-8", errors="surrogatepass") for _, _, text in found if isinstance(text, bytes)]
    ends = itertools.accumulate(text.count("\n") + between.count("\n") for text in texts)
    assert [1, *(1 + end for end in ends)][:-1] == [line for line, _, _ in found]
