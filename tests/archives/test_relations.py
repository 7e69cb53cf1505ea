"""Captures related to each other by event: what one says otherwise than another is found, wherever it lies, by every engine."""

from __future__ import annotations

import json
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.archives.archive import PLAN, Inline, inputs, report
from tests.judge.test_batches import events as bare_events
from tests.judge.test_batches import written

from mconn_contracts.archives import facts, relations
from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.executors import Pool
from mconn_contracts.archives.facts import FactsJob, digest
from mconn_contracts.archives.relations import relate
from mconn_contracts.archives.run import Run
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input

BASE = "https://api.cloudflare.com/client/v4/accounts/{}/magic/connectors/{}/telemetry/events"
ACCOUNT, CONNECTOR = "a" * 32, "c" * 32
RELATED = {"MC504", "MC505", "MC507", "MC508"}
INIT: dict[str, Any] = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
LISTED: dict[str, Any] = {"a": 1700000005, "k": "Init", "n": 1, "t": 1700000000}


def exchange(path: str, result: Any, connector: str = CONNECTOR, status: int = 200) -> str:
    """A line of recorded exchanges."""
    body = {"success": True, "errors": [], "messages": [], "result": result}
    url = BASE.format(ACCOUNT, connector) + path
    return json.dumps({"request": {"method": "GET", "url": url}, "response": {"status": status, "json": body}})


def fetched(event: dict[str, Any], connector: str = CONNECTOR) -> str:
    """An event that was asked for."""
    return exchange(f"/{event['t']}.{event['n']}", event, connector)


def latest(*events: dict[str, Any]) -> str:
    """The latest events."""
    return exchange("/latest", {"count": len(events), "items": events})


def listed(*items: dict[str, Any], query: str = "?from=1600000000&to=1800000000") -> str:
    """A page of a list."""
    return exchange(query, {"count": len(items), "items": items})


def captures(folder: Path, *contents: list[str]) -> list[Input]:
    """Files of lines."""
    for number, lines in enumerate(contents):
        (folder / f"{number}.ndjson").write_text("".join(line + "\n" for line in lines))
    return inputs(*(folder / f"{number}.ndjson" for number in range(len(contents))))


def related(
    sources: list[Input], pool: Pool | None = None, *, same_connector: bool = False, cap: int = 20, size: int = 100_000
) -> Run:
    """A run over captures that are related to each other."""
    result = distribute(sources, PLAN, ReadOptions(), pool, cap=cap, shard_bytes=size)
    relate(result, pool, job=FactsJob(PLAN, ReadOptions(), same_connector), cap=cap)
    return result


def found(result: Run) -> list[tuple[str, str, int | None, str]]:
    """Where the statements about one event are broken."""
    findings = result.tally.findings()
    return [(each.code, each.source, each.line, each.pointer) for each in findings if each.code in RELATED]


OTHER = {**INIT, "e": {"k": "Leave"}}
NEWER = {**INIT, "v": "2026.1.0"}


@pytest.mark.parametrize(
    "one, other, code, pointer, words",
    [
        (fetched(INIT), fetched(OTHER), "MC508", "/result", "has another e here than in 0.ndjson, line 1"),
        (fetched(NEWER), fetched(INIT), "MC508", "/result", "has another v here than in 0.ndjson, line 1"),
        (latest(NEWER), latest({**NEWER, "v": "2"}), "MC508", "/result/items/0", "has another v here than in 0.ndjson"),
        (latest(INIT), fetched(OTHER), "MC505", "/result", "another e in full here than among the latest in 0.ndjson"),
        (fetched(INIT), latest(OTHER), "MC505", "/result/items/0", "another e among the latest here than in full in 0.ndjson"),
        (listed(LISTED), fetched(OTHER), "MC504", "/result", 'is "Leave" in full here, but "Init" in the list in 0.ndjson'),
        (latest(OTHER), listed(LISTED), "MC504", "/result/items/0", 'is "Init" in the list here, but "Leave" among the latest'),
        (listed(LISTED), listed({**LISTED, "a": 9}), "MC507", "/result/items/0", "has a 9 here, but 1700000005 in 0.ndjson"),
        (
            listed(LISTED),
            listed({**LISTED, "k": "Odd"}),
            "MC507",
            "/result/items/0",
            'has k of an unknown kind here, but "Init" in',
        ),
    ],
)
def test_what_one_capture_says_otherwise_than_another_is_found(
    tmp_path: Path, one: str, other: str, code: str, pointer: str, words: str
) -> None:
    """At the later place, with the earlier one in words, whichever of them comes first."""
    result = related(captures(tmp_path, [one], [other]))
    (finding,) = [each for each in result.tally.findings() if each.code in RELATED]

    assert (code, "1.ndjson", 1, pointer) == (finding.code, finding.source, finding.line, finding.pointer)
    assert words in finding.message
    assert code in result.tally.coverage.decided


@pytest.mark.parametrize(
    "one, other",
    [
        (fetched(INIT), fetched(INIT)),
        (fetched(INIT), latest(NEWER)),
        (fetched(INIT), fetched(OTHER, connector="d" * 32)),
        (fetched({**INIT, "e": {"k": "Init", "x": 1}}), fetched({**INIT, "e": {"x": 1.0, "k": "Init"}})),
        (listed(LISTED), fetched(INIT)),
        (listed(LISTED), listed({**LISTED, "a": 9}, query="?from=1&to=2&limit=0")),
        (fetched(INIT), exchange("/1700000001.1", OTHER)),
        (fetched(INIT), exchange("/1700000000.1", OTHER, status=500)),
        (json.dumps(INIT), json.dumps(OTHER)),
        (fetched(INIT), '{"request": 1}'),
    ],
)
def test_what_may_differ_is_not_accused(tmp_path: Path, one: str, other: str) -> None:
    """The same event, `v` that one endpoint leaves out, other connectors, answers that were not asked for, bare payloads."""
    assert [] == found(related(captures(tmp_path, [one], [other])))


def test_one_capture_is_judged_once(tmp_path: Path) -> None:
    """What a session finds within a capture is not found again, and each capture that differs is named once."""
    lines = [fetched(INIT), fetched(OTHER)]
    result = related(captures(tmp_path, lines, [fetched(OTHER), fetched(OTHER)], [fetched(INIT)]))

    assert [("MC508", "0.ndjson", 2, "/result"), ("MC508", "1.ndjson", 1, "/result")] == [
        (code, source, line, pointer.removesuffix("/e")) for code, source, line, pointer in found(result)
    ]


def test_what_follows_is_left_out(tmp_path: Path) -> None:
    """The list's other kind follows from a kind that disagrees, and the latest's other content from an event that changed."""
    sources = captures(
        tmp_path, [fetched(INIT), listed(LISTED)], [fetched(OTHER), listed({**LISTED, "k": "Leave"})], [latest(OTHER)]
    )

    assert ["MC504", "MC508", "MC504"] == [code for code, *_ in found(related(sources))]


def test_bare_payloads_of_one_connector_are_related(tmp_path: Path) -> None:
    """Where the user says so, those of one file too, and beside recorded exchanges."""
    bare, changed = json.dumps(INIT), json.dumps(OTHER)
    page = json.dumps({"count": 1, "items": [{**LISTED, "k": "Leave"}]})
    sources = captures(tmp_path, [bare, bare, changed], [fetched(OTHER)], [page])
    result = related(sources, same_connector=True)

    assert [("MC508", "0.ndjson", 3, ""), ("MC508", "1.ndjson", 1, "/result"), ("MC504", "2.ndjson", 1, "/items/0")] == found(
        result
    )
    assert [] == found(related(sources))


def test_lines_are_those_of_the_capture(tmp_path: Path) -> None:
    """Wherever a capture was cut."""
    lines = [json.dumps({**INIT, "n": number % 90}) for number in range(100)]
    lines[95] = json.dumps({**OTHER, "n": 5})
    sources = captures(tmp_path, lines)
    whole, cut = (related(sources, same_connector=True, size=size) for size in (100_000, 300))

    assert [("MC508", "0.ndjson", 96, "")] == found(whole)
    assert ["event (1700000000, 5) has another e here than in 0.ndjson, line 6"] == [
        each.message for each in whole.tally.findings()
    ]
    assert report(whole) == report(cut)


EVENTS = st.builds(
    lambda t, kind, version: {"e": {"k": kind}, "n": 0, "t": t} | version,
    st.integers(1, 3),
    st.sampled_from(["Init", "Leave"]),
    st.sampled_from([{}, {"v": "1"}, {"v": "2"}]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(EVENTS, max_size=6), min_size=1, max_size=3), st.integers(30, 200), st.integers(1, 3))
def test_every_cut_and_engine_gives_the_same_report(
    tmp_path: Path, files: list[list[dict[str, Any]]], size: int, cap: int
) -> None:
    """And what differs from the first of an event is found, at its first place in each file."""
    sources = captures(tmp_path, *[[json.dumps(event) for event in events] for events in files])
    result = related(sources, same_connector=True, cap=cap)
    first: dict[int, dict[str, Any]] = {}
    expected = set()
    for number, events in enumerate(files):
        for event in events:
            before = first.setdefault(event["t"], event)
            other_version = "v" in event and "v" in before and event["v"] != before["v"]
            if event["e"] != before["e"] or other_version:
                expected.add((number, event["t"]))

    assert len(expected) == result.tally.by_code.get("MC508", 0)
    assert report(result) == report(related(sources, same_connector=True, cap=cap, size=size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relations, "PARTITION_BYTES", 40)
        assert report(result) == report(related(sources, Pool(Inline, 2), same_connector=True, cap=cap, size=size))


class Killing(Inline):
    """An executor whose worker dies with what is read for the capture `1`, as often as it is told to."""

    left = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is broken, for that capture."""
        if fn.__name__ == "_gather_pickled" and any(shard.source.label.startswith("1") for shard in args[1]) and Killing.left:
            Killing.left -= 1
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a worker died"))
            return future
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize("deaths, codes", [(1, ["MC508"]), (9, [])])
def test_a_killed_worker_loses_nothing_unless_it_dies_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, codes: list[str]
) -> None:
    """A capture that no worker survives is named as one that cannot be related."""
    monkeypatch.setattr(Killing, "left", deaths)
    started: list[Executor] = []

    def start() -> Executor:
        started.append(Killing())
        return started[-1]

    sources = captures(tmp_path, [json.dumps(INIT)], [json.dumps(OTHER)])
    result = related(sources, Pool(start, 2), same_connector=True)

    assert codes == [code for code, *_ in found(result)]
    assert ["1.ndjson: cannot be related: its worker died each time"] * (not codes) == [str(each) for each in result.problems]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.builds(written, bare_events, st.sampled_from([0, 0, 0, 0, 1, 6, 7, 11])), max_size=6))
def test_bare_events_are_dealt_alike_together_and_one_by_one(tmp_path: Path, lines: list[bytes]) -> None:
    """Reading many events at once says of each what reading it by itself does."""
    (tmp_path / "a.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    shards = distribute(inputs(tmp_path / "a.ndjson"), PLAN, ReadOptions(format="ndjson")).shards
    job = FactsJob(PLAN, ReadOptions(format="ndjson"), same_connector=True)
    together = facts.gather(job, shards)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "_bare_events", lambda *_: None)

        assert facts.gather(job, shards).parts == together.parts


def test_each_event_is_in_one_partition(tmp_path: Path) -> None:
    """What is dealt to partitions is all there is, a record of fixed size for each place of an event."""
    sources = captures(tmp_path, [json.dumps({**INIT, "n": number}) for number in range(500)] * 2)
    result = distribute(sources, PLAN, ReadOptions())
    dealt = facts.gather(FactsJob(PLAN, ReadOptions(), same_connector=True, partitions=7), result.shards)
    events = [each for part in dealt.parts for each in facts.by_event([part])]

    assert [2] * 500 == [len(each) for each in events]
    assert 1000 * 69 == sum(map(len, dealt.parts))
    assert {(0, 0): "0.ndjson"} == dealt.names


def test_equal_values_have_equal_digests() -> None:
    """Whatever the order of members, and however an integer is written."""
    assert digest({"a": 1, "b": [2.0, {"c": True}]}) == digest({"b": [2, {"c": True}], "a": 1.0})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest({"a": 1.5}) != digest({"a": 1})
    assert digest(3.0) == digest(3)
    assert digest({"a": "3.0"}) != digest({"a": "3"})
    assert digest("3.0,") != digest("3,")
