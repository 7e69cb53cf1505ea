"""Every finding as it is made, and the records that had one: the same bytes from every engine, whatever the cuts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.archives.archive import PLAN, VALID, Inline, archive, inputs, texts
from tests.archives.test_distribution import LINES
from tests.archives.test_relations import INIT, OTHER, captures, fetched

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.executors import Pool, pool
from mconn_contracts.captures import har
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.cli.validate import command


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The values of an NDJSON file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def validate(*words: object) -> int:
    """The exit code of `mconn validate`, in this process."""
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False).exit_code


def test_every_finding_is_on_a_line_of_its_own(tmp_path: Path) -> None:
    """Beyond the cap of other reports, in the order of the captures; at last what the JSON report says beside findings."""
    archive(tmp_path, 2, 300)
    reports = [f"--report={name}={tmp_path / name}" for name in ("ndjson", "json")]
    code = validate(*sorted(tmp_path.glob("*.ndjson")), *reports)
    *findings, rest = lines_of(tmp_path / "ndjson")
    report = json.loads((tmp_path / "json").read_text())

    assert (1, 60) == (code, len(findings))
    places = [(each["source"], each["line"]) for each in findings]
    assert sorted(places) == places
    shown = report.pop("findings")
    assert (report, 20) == (rest, len(shown))
    assert all(each in findings for each in shown)


def test_records_with_a_finding_are_written_as_they_were(tmp_path: Path) -> None:
    """Byte for byte, on one line each, so that they can be judged again."""
    bad = [b'{"e": {"k": "Init"},  "n": 1, "t": 1.5}', b'{"e": \xff}', b'{"e":']
    (tmp_path / "a.ndjson").write_bytes(b"\r\n".join([VALID % 1, bad[0], VALID % 2, bad[1], bad[2]]))
    (tmp_path / "b.json").write_bytes(b'{"e": {"k": "Init"},\n "n": "x", "t": 1}')
    validate(tmp_path / "a.ndjson", tmp_path / "b.json", "--rejects", tmp_path / "rejects")

    assert [*bad, b'{"e": {"k": "Init"},  "n": "x", "t": 1}', b""] == (tmp_path / "rejects").read_bytes().split(b"\n")


def test_rejected_exchanges_are_written_as_they_were(tmp_path: Path) -> None:
    """With all that is in their line, so that they can be judged again with the same findings."""
    wrong = fetched({**INIT, "t": 1.5}).replace("{", '{"note": "é",  ', 1)
    captures(tmp_path, [fetched(INIT), wrong, fetched(OTHER)])
    for name, source in (("one", "0.ndjson"), ("two", "rejects.ndjson")):
        words = ("--rejects", tmp_path / "rejects.ndjson", "--report", f"ndjson={tmp_path / name}", "--ignore", "MC5")
        validate(tmp_path / source, *words)
    one, two = ([(each["code"], each["pointer"]) for each in lines_of(tmp_path / name)[:-1]] for name in ("one", "two"))

    assert one == two != []
    assert f"{wrong}\n" == (tmp_path / "rejects.ndjson").read_text(encoding="utf-8")


def har_of(*lines: str, **more: Any) -> str:
    """A HAR file with exchanges as its entries, each with a credential, which the server shows, and further members."""
    entries = []
    for line in lines:
        exchange = json.loads(line)
        body = {**exchange["response"]["json"], "seen": "Bearer s3cret-t0ken"}
        content = {"mimeType": "application/json", "text": json.dumps(body)}
        sent = [{"name": "Authorization", "value": "Bearer s3cret-t0ken"}]
        response = {"status": 200, "headers": [], "content": content, "cookies": [{"name": "id", "value": "c00kie-value"}]}
        entries.append({**more, "request": {**exchange["request"], "headers": sent}, "response": response})
    return json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("whole", [1 << 30, 1])
def test_rejected_entries_are_written_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int) -> None:
    """An entry of a HAR keeps what is not part of an exchange, and loses its credentials."""
    monkeypatch.setattr(har, "WHOLE", whole)
    lines = [fetched(INIT), fetched({**INIT, "t": 1.5})]
    (tmp_path / "a.har").write_text(har_of(*lines, _note="é", time=7.5), encoding="utf-8")
    validate(tmp_path / "a.har", "--rejects", tmp_path / "rejects.ndjson", "--select", "MC106")
    (entry,) = lines_of(tmp_path / "rejects.ndjson")
    text = (tmp_path / "rejects.ndjson").read_text(encoding="utf-8")

    assert ("é", 7.5, "application/json") == (entry["_note"], entry["time"], entry["response"]["content"]["mimeType"])
    assert 1.5 == json.loads(entry["response"]["content"]["text"])["result"]["t"]
    assert [] == [secret for secret in ("s3cret-t0ken", "c00kie-value") if secret in text]


def test_what_several_answers_show_is_found_without_their_records(tmp_path: Path) -> None:
    """Such a finding is of no record by itself; those of --relate come last."""
    captures(tmp_path, [fetched(INIT), fetched(OTHER)], [fetched(OTHER)])
    words = ("--relate", "--rejects", tmp_path / "rejects", "--report", f"ndjson={tmp_path / 'found'}")
    validate(tmp_path / "0.ndjson", tmp_path / "1.ndjson", *words)
    *findings, _ = lines_of(tmp_path / "found")

    assert [("MC508", "0.ndjson"), ("MC508", "1.ndjson")] == [(each["code"], Path(each["source"]).name) for each in findings]
    assert b"" == (tmp_path / "rejects").read_bytes()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.sampled_from(LINES), max_size=30), size=st.integers(1, 600))
def test_every_cut_gives_the_same_bytes(tmp_path: Path, lines: list[bytes], size: int) -> None:
    """One shard or many, in one process or several."""
    (tmp_path / "a.ndjson").write_bytes(b"\n".join(lines))
    (tmp_path / "b.ndjson").write_bytes(b"".join(line + b"\n" for line in LINES))
    sources = inputs(tmp_path / "a.ndjson", tmp_path / "b.ndjson")
    expected = texts(distribute(sources, PLAN, ReadOptions(), every=True))

    assert expected == texts(distribute(sources, PLAN, ReadOptions(), every=True, cap=1, shard_bytes=size))
    assert expected == texts(distribute(sources, PLAN, ReadOptions(), Pool(Inline, 2), every=True, shard_bytes=size))


def test_processes_give_the_same_bytes(tmp_path: Path) -> None:
    """As do those of a checkpoint that goes on."""
    sources = archive(tmp_path, 3, 400)
    expected = texts(distribute(sources, PLAN, ReadOptions(), every=True))
    with pool("processes", 2) as workers:
        result = distribute(sources, PLAN, ReadOptions(), workers, every=True, shard_bytes=5000)

    assert expected == texts(result)


def test_an_interrupted_run_has_what_it_found(tmp_path: Path) -> None:
    """Its findings, and its records, until then; with a checkpoint, the next run has all."""
    sources = archive(tmp_path, 2, 400)
    expected = texts(distribute(sources, PLAN, ReadOptions(), every=True))

    def interrupt(progress: Any) -> None:
        if progress().records > 400:
            raise KeyboardInterrupt

    options: dict[str, Any] = {"every": True, "shard_bytes": 4000, "checkpoint": tmp_path / "checkpoint"}
    result = distribute(sources, PLAN, ReadOptions(), on_progress=interrupt, **options)

    assert result.interrupted
    for came, every in zip(texts(result), expected, strict=True):
        assert 0 < len(came) < len(every)
        assert every.startswith(came)
    assert expected == texts(distribute(sources, PLAN, ReadOptions(), **options))


@pytest.mark.parametrize("option", ["--report ndjson={}", "--rejects {}"])
def test_a_file_that_cannot_be_written_is_wrong_use(tmp_path: Path, option: str) -> None:
    """It is said, and the exit code is 2."""
    sources = archive(tmp_path, 1, 10)

    assert 2 == validate(sources[0].path, *option.format(tmp_path / "no" / "such").split())
