"""The revision that captures are judged by where it is to be chosen: the oldest that has what they have."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.archives import revision as module
from mconn_contracts.archives.executors import pool
from mconn_contracts.archives.revision import kept, oldest_revision
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.revisions import FIRST_REVISION, NEW_KINDS, REVISION
from mconn_contracts.errors import CouldNotJudgeError

LIST = "https://a.example/accounts/a/magic/connectors/c/telemetry/events?from=1&to=2"
PAGE = {"result": {"count": 0, "items": []}, "success": True}
STANDARD_INPUT = Input("<stdin>", None)


def event(kind: str, **more: Any) -> dict[str, Any]:
    """A recorded event."""
    return {"e": {"k": kind}, "n": 0, "t": 1_700_000_000, **more}


def capture(*values: Any, name: str = "a.ndjson") -> Input:
    """A capture of these in memory, each on a line."""
    return Input(name, None, content="".join(f"{json.dumps(value)}\n" for value in values).encode())


def chosen(*inputs: Input, declared: str | None = None) -> str:
    """What is chosen for captures."""
    return oldest_revision(inputs, ReadOptions(declared=declared), None)


def exchange(url: str) -> dict[str, Any]:
    """A recorded list."""
    return {"request": {"method": "GET", "url": url}, "response": {"status": 200, "body": json.dumps(PAGE)}}


@pytest.mark.parametrize(
    "values, expected",
    [
        ([event("Init")], FIRST_REVISION),
        ([event("Init"), event("StartRotatePki")], "2025-05-14"),
        ([event("Init", v="1")], REVISION),
        ([event("RekeyStart")], "2026-06-02"),
        ([event("RekeyRestart"), event("StartRotatePki"), event("Init", v="1")], "2026-07-13"),
        ([event("HaError"), event("RekeyStart")], "2026-08-12"),
        ([event("BlessSlotPending")], "2026-08-14"),
        ([event("Never"), event("HaInit", site=1)], "2026-08-12"),
        ([event("Never", more=1), 5, "x", {}], FIRST_REVISION),
        ([{"count": 2, "items": [event("Init"), event("HaLeave")]}], "2026-08-12"),
        ([{"result": event("HaLeave"), "success": True}], "2026-08-12"),
        ([exchange(LIST)], FIRST_REVISION),
        ([exchange(f"{LIST}&k=Init")], "2025-07-17"),
        ([], FIRST_REVISION),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_the_oldest_revision_that_has_what_was_seen(values: list[Any], expected: str) -> None:
    """Kinds of events in full, fields and parameters decide; what no revision has decides nothing."""
    assert expected == chosen(capture(*values))


@given(st.lists(st.sampled_from(["Init", "Never", *(kind for kinds in NEW_KINDS.values() for kind in kinds[:1])]), max_size=6))
def test_it_is_the_newest_of_what_each_kind_needs(kinds: list[str]) -> None:
    """Wherever they stand, in one capture or in several."""
    since = {kinds[0]: revision for revision, kinds in NEW_KINDS.items()}
    expected = max([FIRST_REVISION, *(since.get(kind, FIRST_REVISION) for kind in kinds)])

    assert expected == chosen(capture(*map(event, kinds)))
    assert expected == chosen(*(capture(event(kind), name=f"{number}.json") for number, kind in enumerate(kinds)))


def test_what_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    """It is told when it is judged."""
    assert "2026-06-02" == chosen(Input("gone", tmp_path / "gone.json"), capture(event("RekeyStart")))


def test_a_schema_of_a_newer_revision_may_be_declared() -> None:
    """What is declared to be of a kind that the first revision lacks is read by the document's own."""
    assert REVISION == chosen(capture({"k": "StartRotatePki"}), declared="StartRotatePkiEvent")
    assert FIRST_REVISION == chosen(capture({"k": "Init"}), declared="InitEvent")


def test_workers_choose_the_same(tmp_path: Path) -> None:
    """What each of them has seen comes together."""
    paths = [tmp_path / "a.ndjson", tmp_path / "b.ndjson"]
    for path, kind in zip(paths, ("HaError", "RekeyStart"), strict=True):
        path.write_text(f"{json.dumps(event(kind))}\n" * 3, encoding="utf-8")
    with pool("processes", 2, None) as workers:
        assert "2026-08-12" == oldest_revision([Input(path.name, path) for path in paths], ReadOptions(), workers)


@contextmanager
def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> Iterator[None]:
    """Standard input with some content."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        yield


def test_standard_input_is_kept_for_as_long_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept as it came, packed or not; the name is the same, and the file is gone at the end."""
    packed = gzip.compress(json.dumps(event("HaError")).encode())
    with standard_input(monkeypatch, packed), kept([STANDARD_INPUT, capture()]) as found:
        first = found[0]
        assert first.path is not None
        assert ("<stdin>", packed, capture()) == (first.label, first.path.read_bytes(), found[1])
        assert ["2026-08-12"] * 2 == [chosen(*found), chosen(*found)]
    assert not first.path.exists()


def test_standard_input_that_is_closed_is_told_when_it_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays what it is."""
    monkeypatch.setattr(sys, "stdin", None)
    with kept([STANDARD_INPUT]) as found:
        assert [STANDARD_INPUT] == found


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what could not be kept."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.shutil, "copyfileobj", full)
    with (
        standard_input(monkeypatch, b"x"),
        pytest.raises(CouldNotJudgeError, match=r"^<stdin>: cannot be kept to be read twice: no space left on device$"),
        kept([STANDARD_INPUT]),
    ):
        pass
