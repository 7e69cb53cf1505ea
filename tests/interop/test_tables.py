"""Archives of events as tables, as spec/README.md says: DuckDB and pyarrow read the valid events of the vectors."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from tests import vectors

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
LINE = json.loads((ROOT / "spec/generated/json-schema/ndjson-line.json").read_text(encoding="utf-8"))
EVENTS = [
    case.raw["body"]
    for case in vectors.load()
    if case.raw.get("model") == "EventGetResponse" and "body" in case.raw and not case.raw["findings"]
]


def block(language: str, tool: str) -> str:
    """The one block of that language in spec/README.md that names the tool's own reader."""
    (found,) = (each for each in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if tool in each)
    return str(found)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of the vectors' valid events, as `events.ndjson` in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in EVENTS), encoding="utf-8")
    return path


def row(event: dict[str, Any]) -> dict[str, Any]:
    """An event as a row: null for what it does not have."""
    return {"e": {"k": event["e"]["k"], "url": event["e"].get("url")}, "n": event["n"], "t": event["t"], "v": event.get("v")}


def test_columns_are_those_of_the_schema() -> None:
    """The four columns, and the two fields of the event, are what the schema of a line declares."""
    assert ["e", "n", "t", "v"] == list(LINE["properties"])
    assert ["k", "url"] == list(LINE["properties"]["e"]["properties"])


def test_duckdb_counts_kinds(archive: Path) -> None:
    """The query of the README counts the events of each kind."""
    found = duckdb.sql(block("sql", "read_json")).fetchall()

    assert sorted(Counter(event["e"]["k"] for event in EVENTS).items()) == found
    assert len(found) == 16


def test_duckdb_reads_every_event(archive: Path) -> None:
    """With the README's columns, DuckDB reads each event as it is."""
    columns = re.search(r"columns = (\{.*?\})\)", block("sql", "read_json"), re.DOTALL)
    assert columns
    reading = f"read_json('events.ndjson', format = 'newline_delimited', columns = {columns[1]})"
    rows = duckdb.sql(f"SELECT e, n, t, v FROM {reading}").fetchall()

    assert [tuple(row(event).values()) for event in EVENTS] == rows


def test_pyarrow_reads_every_event(archive: Path) -> None:
    """The README's program reads each event as it is, and Parquet keeps it."""
    names: dict[str, Any] = {}
    exec(block("python", "pyarrow"), names)  # the program of the documentation
    table = names["table"]

    assert [row(event) for event in EVENTS] == table.to_pylist()
    pyarrow.parquet.write_table(table, "events.parquet")
    assert table == pyarrow.parquet.read_table("events.parquet")
