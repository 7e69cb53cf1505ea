"""What runs over captures on disk come to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.archives.distribution import Progress, distribute
from mconn_contracts.archives.run import Run
from mconn_contracts.captures.inputs import find
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.model.tally import Tally

PLAN = Plan(load())
URL = "https://api.cloudflare.com/client/v4/accounts/a1/magic/connectors/c1/telemetry/events"
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
WRONG = {**EVENT, "n": None}
ENVELOPE = {"success": True, "errors": [], "messages": []}


def judged(*paths: Path, **options: Any) -> Run:
    """A run over these paths."""
    return distribute(find(map(str, paths)).found, PLAN, ReadOptions(), **options)


def lines(path: Path, *documents: object) -> Path:
    """An NDJSON file."""
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents), encoding="utf-8")
    return path


def entry(target: str, result: object, *, status: int = 200, **rest: object) -> dict[str, object]:
    """An entry of a HAR file."""
    text = json.dumps({"result": result, "success": True, "errors": [], "messages": []})
    headers = [{"name": "content-type", "value": "application/json"}]
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "GET", "url": target, "headers": []},
        "response": {"status": status, "headers": headers, "content": {"text": text, "mimeType": "application/json"}},
        **rest,
    }


def recording(path: Path, *entries: object) -> Path:
    """A HAR file."""
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return path


def found(result: Run) -> list[tuple[str, int | None, int | None, str]]:
    """The findings of a run: the name of the file, line, entry and code."""
    return [(Path(each.source).name, each.line, each.entry, each.code) for each in result.tally.findings()]


# What a run adds up to.


def test_captures_add_up(tmp_path: Path) -> None:
    """The tally of several captures is the merged tally of each, whatever their order."""
    paths = [
        lines(tmp_path / "a.ndjson", EVENT, WRONG, {**EVENT, "x": 1}),
        lines(tmp_path / "b.ndjson", WRONG, EVENT),
        recording(tmp_path / "c.har", entry(f"{URL}/1700000000.1", WRONG), entry("https://other.example/", {})),
    ]
    merged = Tally()
    for path in paths:
        merged.merge(judged(path).tally)

    assert merged == judged(*paths).tally == judged(*reversed(paths)).tally
    assert [("a.ndjson", 2, None, "MC101"), ("a.ndjson", 3, None, "MC103")] == found(judged(*paths))[:2]
    assert (6, 1) == (merged.exchanges, merged.foreign)


def test_captures_are_judged_apart_from_each_other(tmp_path: Path) -> None:
    """Two fetches of one event that differ contradict each other within one recording, and not in two."""
    first, second = (entry(f"{URL}/1700000000.1", {**EVENT, "v": version}) for version in ("1", "2"))

    together = judged(recording(tmp_path / "both.har", first, second))
    apart = judged(recording(tmp_path / "first.har", first), recording(tmp_path / "second.har", second))

    assert ({"MC508": 1}, {}) == (together.tally.by_code, apart.tally.by_code)


def test_findings_are_capped_and_counted(tmp_path: Path) -> None:
    """`cap` bounds the findings that are kept of each code, not their number."""
    result = judged(lines(tmp_path / "a.ndjson", *[WRONG] * 9), cap=4)

    assert ([1, 2, 3, 4], {"MC101": 9}) == ([line for _, line, _, _ in found(result)], result.tally.by_code)


# What cannot be judged, and what is left alone.


def test_a_problem_is_told_and_the_next_capture_is_judged(tmp_path: Path) -> None:
    """A capture that cannot be read is passed to `on_problem`, kept, and named in the verdict, which is undecided."""
    paths = [lines(tmp_path / "a.ndjson", WRONG), tmp_path / "b.har", lines(tmp_path / "c.ndjson", WRONG)]
    paths[1].write_text("[]", encoding="utf-8")
    told: list[str] = []

    result = judged(*paths, on_problem=lambda problem: told.append(str(problem)))

    why = f"{paths[1]}: not a HAR file: there is no array log.entries; if it is another format, give --format"
    verdict = result.verdict(PLAN)
    assert ([why], [why], {"MC101": 2}) == (told, [str(each) for each in result.problems], result.tally.by_code)
    assert (why, 3) == (verdict.could_not_judge, verdict.exit_code)


def test_what_was_read_before_a_problem_is_judged(tmp_path: Path) -> None:
    """Exchanges before the place where a capture breaks count, and what they say about each other does."""
    request = {"method": "GET", "url": f"{URL}/1700000000.1"}
    bodies = [{**ENVELOPE, "result": {**EVENT, "v": version}} for version in ("1", "2")]
    exchanges = [{"request": request, "response": {"status": 200, "json": body}} for body in bodies]
    path = tmp_path / "a.ndjson.gz"
    whole = gzip.compress(b"".join(json.dumps(exchange).encode() + b"\n" for exchange in exchanges))
    path.write_bytes(whole[:-8])

    result = judged(path)

    assert (1, 2, {"MC508": 1}) == (len(result.problems), result.tally.exchanges, result.tally.by_code)


def test_three_problems_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    """The reason of a verdict stays one line, however many captures could not be read."""
    paths = [tmp_path / f"{number}.har" for number in range(5)]
    for path in paths:
        path.write_text("{}", encoding="utf-8")

    reason = judged(*paths).verdict(PLAN).could_not_judge

    assert reason is not None
    assert ([True, True, True, False, False], True) == (
        [f"{path}: " in reason for path in paths], reason.endswith("; and 2 more; nothing was judged"),
    )  # fmt: skip


def test_entries_of_other_apis_and_without_a_response_are_counted(tmp_path: Path) -> None:
    """They are left alone, and where there is nothing else, the verdict is undecided and says so."""
    other, blocked = entry("https://other.example/", {}), entry(URL, {}, response={"status": 0})
    path = recording(tmp_path / "a.har", other, other, blocked)

    result = judged(path)
    verdict = result.verdict(PLAN)

    assert (2, 1, 0, {}) == (result.tally.foreign, result.tally.unanswered, result.tally.exchanges, result.tally.by_code)
    assert ("nothing was judged: only records 2 of other APIs and 1 without a response", 3) == (
        verdict.could_not_judge, verdict.exit_code,
    )  # fmt: skip


def test_an_unreadable_record_is_a_finding_unless_it_is_of_another_api(tmp_path: Path) -> None:
    """An entry that is none is MC905 at its place; one of another API is left alone, whatever is wrong with it."""
    ours, other = (entry(url, {}, response={"status": "OK"}) for url in (f"{URL}/latest", "https://other.example/"))
    path = recording(tmp_path / "a.har", entry(f"{URL}/1700000000.1", EVENT), ours, other, 5)

    result = judged(path)

    assert [("a.har", 1, 1, "MC905"), ("a.har", 1, 3, "MC905")] == found(result)
    assert (1, 1) == (result.tally.exchanges, result.tally.foreign)


def test_an_interrupt_ends_the_run_with_what_there_is(tmp_path: Path) -> None:
    """What was judged before the interrupt stands, in the middle of a capture too, and the verdict is undecided because of it."""
    paths = [tmp_path / "none.ndjson", lines(tmp_path / "a.ndjson", WRONG, EVENT), lines(tmp_path / "b.ndjson", WRONG)]

    def interrupt(progress: Callable[[], Progress]) -> None:
        if progress().records == 2:
            raise KeyboardInterrupt

    result = distribute([Input(path.name, path) for path in paths], PLAN, ReadOptions(), on_progress=interrupt)
    verdict = result.verdict(PLAN)

    assert (True, 2, {"MC101": 1}) == (result.interrupted, result.tally.exchanges, result.tally.by_code)
    assert ["none.ndjson: cannot be read: no such file or directory"] == [str(problem) for problem in result.problems]
    assert (True, 3) == (str(verdict.could_not_judge).startswith("interrupted"), verdict.exit_code)


# What captures can decide.


def needs(codes: Iterable[str]) -> set[str]:
    """What statements of these codes need."""
    return {PLAN.document.statement(code).needs for code in codes}


@pytest.mark.parametrize(
    "entries, expected",
    [
        (None, {"response"}),
        ([entry(f"{URL}/1700000000.1", EVENT)], {"response", "request", "session"}),
        (
            [
                entry(
                    f"{URL}/1700000000.1",
                    EVENT,
                    _mconn={"credential": "valid", "connector": "own", "malformed": [], "fair": True},
                )
            ],
            {"response", "session", "live"},
        ),
    ],
    ids=["bare payloads", "another client's recording", "a recording of ours"],
)
def test_statements_are_those_that_such_captures_can_decide(
    tmp_path: Path, entries: list[object] | None, expected: set[str]
) -> None:
    """Bare payloads have no requests, others' recordings no knowledge of the sender, and ours nobody else's requests."""
    path = lines(tmp_path / "a.ndjson", EVENT) if entries is None else recording(tmp_path / "a.har", *entries)

    assert expected == needs(judged(path).verdict(PLAN).statements)
