"""HAR files of any size: entry by entry, as if the file were read as a whole."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures import capture, elements, har
from mconn_contracts.captures.records import Order, ReadOptions, Record, Unreadable
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.errors import InputError
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.reading.recorder import EXCHANGE_BYTES
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.reports.json import REPORT

PLAN = Plan(load())
URL = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events"

texts = st.text(st.sampled_from('ab"\\[]{},:é\n '), max_size=12)
values = st.recursive(
    st.one_of(st.integers(0, 9), st.none(), texts),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(texts, child, max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(values, max_size=5), values, values, st.integers(1, 40), st.sampled_from([None, 1, 2]), st.sampled_from([12, 99]))
def test_elements_are_those_of_the_array(
    items: list[Any], before: Any, after: Any, chunk: int, indent: int | None, long: int
) -> None:
    """Whatever stands around it and in it, and however the document is cut into pieces."""
    document = {"a": before, "log": {"log": before, "entries": items, "entries2": [1], "z": after}, "entries": [after]}
    if isinstance(before, dict):
        before.pop("log", None)
    text = json.dumps(document, ensure_ascii=False, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "_CHUNK", chunk)
        patch.setattr(elements, "_LONG_STRING", long)
        found = list(elements.elements(io.BytesIO(text), ("log", "entries"), 10_000))

    assert items == [json.loads(element or b"") for element in found]


@settings(max_examples=100, deadline=None)
@given(st.lists(values, min_size=1, max_size=4), st.integers(1, 30), st.data())
def test_a_document_that_is_cut_short_says_so(items: list[Any], chunk: int, data: st.DataObject) -> None:
    """The elements that are whole come before."""
    text = json.dumps({"log": {"entries": items}}).encode()
    end = data.draw(st.integers(1, len(text) - 1))
    found: list[bytes | None] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "_CHUNK", chunk)
        cut = elements.elements(io.BytesIO(text[:end]), ("log", "entries"), 10_000)
        with pytest.raises(elements.CutShortError):
            found.extend(cut)

    assert [json.loads(each or b"") for each in found] == items[: len(found)]


@pytest.mark.parametrize(
    "document", ["[]", "{}", '{"log": []}', '{"log": {"entries": {}}}', '{"entries": [1]}', '[{"log": 1}]', "1"]
)
def test_without_the_array_there_is_an_error(document: str) -> None:
    """Only that of the path is meant."""
    with pytest.raises(elements.NoArrayError):
        list(elements.elements(io.BytesIO(document.encode()), ("log", "entries"), 100))


def entry(index: int, started: int | None, **body: Any) -> dict[str, Any]:
    """An entry of a list page that is one event long."""
    page = {"count": 1, "items": [{"a": 5, "k": "Init", "n": index % 4, "t": 10 + index % 3}], **body}
    content = {"mimeType": "application/json", "text": json.dumps({"success": True, "result": page})}
    response = {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}], "content": content}
    time = {} if started is None else {"startedDateTime": f"2026-01-01T00:00:{started:02}Z"}
    query = f"?from=0&to={20 + index % 2}&limit=1" + (f"&cursor=c{index - 1}" if index % 4 else "")
    return {**time, "request": {"method": "GET", "url": URL + query, "headers": []}, "response": response}


def reports(path: Path, document: Any) -> Iterator[str]:
    """The report of a HAR file that is read as a whole, and of the same one read entry by entry."""
    path.write_text(json.dumps(document), encoding="utf-8")
    for size in (1 << 30, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(har, "WHOLE", size)
            yield REPORT.render(distribute([Input(path.name, path)], PLAN, ReadOptions()).verdict(PLAN))


@pytest.mark.parametrize("seed", range(6))
def test_entry_by_entry_gives_the_report_of_the_whole(tmp_path: Path, seed: int) -> None:
    """Entries in any order, dated or not, readable or not: relations between them are judged in the order of their start."""
    random.seed(seed)
    entries: list[Any] = [entry(i, i, **({"cursor": f"c{i}"} if i % 4 < 3 else {})) for i in range(24)]
    random.shuffle(entries)
    if seed % 3 == 1:
        entries.insert(3, entry(3, None))
    if seed % 3 == 2:
        entries[5:5] = [
            7,
            {"request": {}},
            {"request": {"method": "GET", "url": "https://example.com/"}, "response": {"status": 0}},
        ]
    whole, streamed = reports(tmp_path / "a.har", {"log": {"version": "1.2", "entries": entries}})

    assert whole == streamed
    assert "MC" in whole


def streamed(path: Path, content: bytes, reading: ReadOptions, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records of a HAR file, read entry by entry."""
    path.write_bytes(content)
    monkeypatch.setattr(har, "WHOLE", 1)
    return list(capture.records(Input(path.name, path), reading))


def test_an_entry_that_is_too_large_or_not_json_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a finding at its place, and the next one is read."""
    monkeypatch.setattr(elements, "_CHUNK", 64)
    good = json.dumps(entry(0, 0))
    parts = [good, '{"x": "' + "y" * 5000 + '"}', '{"x": 01}', '{"x": "\\"]"', '{"x": ' + "[" * 2000 + "]" * 2000 + "}", good]
    parts[3] = "{}"
    content = ('{"log": {"entries": [' + ",".join(parts) + "]}}").encode()
    records = streamed(tmp_path / "a.har", content, ReadOptions(max_document=4500), monkeypatch)

    unreadable = [record for record in records if isinstance(record, Unreadable)]
    assert [1, 2, 3, 4] == [record.origin.entry for record in unreadable]
    assert DefectKind.TOO_LARGE is unreadable[0].kind
    assert "not JSON" in unreadable[1].message
    assert 6 == len(records)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"{}", "there is no array log.entries"),
        (b"", "there is no array log.entries"),
        (b'{"log": {"entries": 1}}', "there is no array log.entries"),
        (b'{"log": {"entr', "cut short before its entries"),
        (b'{"log": {"entries": [{"a": 1}, {"b', "cut short after 1 entries"),
    ],
)
def test_what_is_no_har_is_an_input_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    """The error names the file and what is wrong."""
    with pytest.raises(InputError, match=message):
        streamed(tmp_path / "a.har", content + b" " * 10, ReadOptions(format="har"), monkeypatch)


def test_the_order_is_told_at_the_end_where_it_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries come as they stand; no order is told of what is in order, or not dated."""
    for times, expected in (([3, 1, 2], [1, 2, 0]), ([1, 2, 2], None), ([3, None, 2], None)):
        content = json.dumps({"log": {"entries": [entry(0, time) for time in times]}}).encode()
        *_, last = streamed(tmp_path / "a.har", content, ReadOptions(), monkeypatch)

        assert expected == (list(last.entries) if isinstance(last, Order) else None)


def related(path: Path, entries: list[Any], most: int, *, readable_again: bool = True) -> tuple[list[str], int, frozenset[str]]:
    """What a HAR file comes to in a session of `most` bytes: codes, answers that were not related, and what was decided."""
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    session = Session(PLAN, most=most)
    for record in capture.records(Input(path.name, path), ReadOptions()):
        if isinstance(record, Exchange):
            session.observe(record)
        elif isinstance(record, Order):
            session.put_in_order(record if readable_again else replace(record, again=None))
    return sorted(each.code for each in session.conclude()), session.tally.unrelated, session.tally.coverage.decided


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("most", [4, 11, 100])
def test_entries_are_put_in_order_before_any_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    """What finds room in a session are the entries that came first, wherever they stand in the file."""
    random.seed(seed)
    monkeypatch.setattr(har, "WHOLE", 1)
    entries = [entry(i, i, **({"cursor": f"c{i}"} if i % 4 < 3 else {})) for i in range(24)]
    expected = related(tmp_path / "a.har", entries, most * EXCHANGE_BYTES)
    random.shuffle(entries)

    assert expected == related(tmp_path / "a.har", entries, most * EXCHANGE_BYTES)
    assert (most < 100) == (expected[1] > 0)


def test_what_cannot_be_read_again_in_order_is_not_related(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input that is not in order and finds no room accuses nobody."""
    monkeypatch.setattr(har, "WHOLE", 1)
    entries = [entry(i, 24 - i) for i in range(24)]

    assert ([], 24) == related(tmp_path / "a.har", entries, 4 * EXCHANGE_BYTES, readable_again=False)[:2]
