"""`mconn validate --suggest-overlay`: in every engine and format, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.cli import validate

URL = "https://a.example/accounts/a/magic/connectors/c/telemetry/events/latest"
SECRET = "Zm9vYmFyYmF6cXV4MTIz"


def event(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """A recorded event of a kind."""
    return {"e": {"k": kind, **fields}, "n": number, "t": 1_700_000_000}


def run(*words: object) -> Result:
    """`mconn validate` in this process; exceptions come through."""
    return CliRunner().invoke(validate.command, [str(word) for word in words], catch_exceptions=False)


def archive(folder: Path) -> Path:
    """An archive of many events, some of them of kinds and with fields that nobody declared."""
    path = folder / "events.ndjson"
    lines = [event(f"New{number % 7}", number, size=number % 3, **{f"f{number % 5}": None}) for number in range(400)]
    lines += [event("Init", number, since="x" * (number % 4)) for number in range(400, 500)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_the_same_traffic_is_clean_under_what_is_suggested(tmp_path: Path) -> None:
    """The findings of before are gone, and the report names the overlay."""
    path, out = archive(tmp_path), tmp_path / "new.yaml"
    first = run(path, "--suggest-overlay", out, "--quiet")
    second = run(path, "--overlay", out, "--strict-overlays", "--report", "json=-")
    report = json.loads(second.stdout)

    assert (1, 0) == (first.exit_code, second.exit_code)
    assert ({}, [str(out)]) == (report["counts"]["by_code"], report["contract"]["overlays"])


@pytest.mark.parametrize("engine", [("processes", "--workers", "2"), ("dask", "--workers", "1")], ids=lambda engine: engine[0])
def test_every_engine_suggests_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: tuple[str, ...]) -> None:
    """Parts of an archive merge to the same overlay, byte by byte."""
    monkeypatch.setitem(distribute.__kwdefaults__, "shard_bytes", 4_096)
    path = archive(tmp_path)
    run(path, "--suggest-overlay", tmp_path / "serial.yaml")
    run(path, "--engine", *engine, "--suggest-overlay", tmp_path / "other.yaml")

    assert (tmp_path / "serial.yaml").read_bytes() == (tmp_path / "other.yaml").read_bytes()


def test_what_a_recording_has_is_declared_without_its_secrets(tmp_path: Path) -> None:
    """A HAR is read as any capture; what its requests held as credentials stands in no example."""
    body = {"result": {"count": 1, "items": [event("New", 0, echo=SECRET, token="abcdefgh1234")]}, "success": True}
    entry = {
        "request": {"method": "GET", "url": URL, "headers": [{"name": "Authorization", "value": f"Bearer {SECRET}"}]},
        "response": {
            "status": 200,
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"text": json.dumps(body), "mimeType": "application/json"},
        },
    }
    har, out = tmp_path / "a.har", tmp_path / "new.yaml"
    har.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")
    run(har, "--suggest-overlay", out)
    text = out.read_text("utf-8")

    assert ("const: New" in text, "echo:" in text) == (True, True)
    assert (SECRET not in text, "abcdefgh1234" not in text) == (True, True)
    assert {} == {
        code: number
        for code, number in json.loads(run(har, "--overlay", out, "--report", "json=-").stdout)["counts"]["by_code"].items()
        if code in ("MC102", "MC103")
    }


def test_it_is_on_top_of_other_overlays(tmp_path: Path) -> None:
    """What the overlays of the run declare is not declared again."""
    path, out = tmp_path / "a.json", tmp_path / "new.yaml"
    path.write_text(json.dumps(event("HaError", 0)), encoding="utf-8")
    known = run(path, "--overlay", "2026-08-12", "--suggest-overlay", out)

    assert (0, False) == (known.exit_code, out.exists())
    assert f"mconn: {out} is not written: the document declares everything in the inputs" in known.stderr


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    """A name that is too long to be declared is counted."""
    path, out = tmp_path / "a.json", tmp_path / "new.yaml"
    path.write_text(json.dumps(event("Init", 0, **{"x" * 101: 1, "y": 1})), encoding="utf-8")

    assert f"mconn: {out} leaves out 1 value: there are more kinds and fields" in run(path, "--suggest-overlay", out).stderr


@pytest.mark.parametrize(
    "name, why", [("new.json", "is not a YAML file; end its name in .yaml"), ("no/new.yaml", "cannot be written")]
)
def test_where_it_cannot_be_written_is_told_before_the_run(tmp_path: Path, name: str, why: str) -> None:
    """The path is looked at first."""
    with pytest.raises(click.BadParameter, match=why):
        validate.command.make_context("validate", ["-", "--suggest-overlay", str(tmp_path / name)])
