"""`--expect`: what is read of a file, and what a run says of the events that are to be there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.live.runs import NOWHERE, PLAN, expected_of, probe, reached, target

from mconn_contracts.errors import InputError
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.views import Identity
from mconn_contracts.live.expected import read_expected
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import QUICK
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.files import write_whole
from mconn_contracts.reports import har_writer
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, first, nothing
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import STYLES

CODES = {"MC518", "MC519", "MC520"}
INIT = {"t": 1_700_000_000, "n": 0, "e": {"k": "Init"}}
LEAVE = {"t": 1_700_000_060, "n": 2, "e": {"k": "Leave"}, "v": "1"}
LISTED = {"t": 1_700_000_000, "n": 0, "a": 1_700_000_007, "k": "Init"}


def written(folder: Path, content: str | bytes, name: str = "events.ndjson") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*events: Mapping[str, Any]) -> str:
    """Events as NDJSON."""
    return "".join(f"{json.dumps(event)}\n" for event in events)


def run(
    expected: Mapping[Identity, ExpectedEvent],
    *,
    operations: tuple[str, ...] = (),
    events: Sequence[StoredEvent] | None = None,
    behavior: Behavior = DEFAULT,
    pages: int = QUICK.pages,
) -> Verdict:
    """A quick run against the reference server with the routine events, or these."""
    with closing(open_store(main=nothing if events is not None else None)) as store:
        store.insert(events or ())
        settings = RunSettings(profile=replace(QUICK, drawn=0, pages=pages), operations=operations, expected=expected)
        handler = build_handler(store, style=replace(STYLES["reference"], behavior=behavior))
        return Run(target(NOWHERE), PLAN, settings, transport=HandlerTransport(handler)).execute()


def found(verdict: Verdict) -> set[str]:
    """The codes of what is not as it is expected."""
    return CODES & set(verdict.tally.by_code)


# What is read.


@pytest.mark.parametrize(
    "content, expected",
    [
        (lines(INIT, LEAVE), {(INIT["t"], 0, None, "Init", None), (LEAVE["t"], 2, None, "Leave", "1")}),
        (lines(INIT, INIT, {**INIT, "n": 0.0}), {(INIT["t"], 0, None, "Init", None)}),
        (lines({**INIT, "a": 1_700_000_009}), {(INIT["t"], 0, 1_700_000_009, "Init", None)}),
        (lines(LISTED), {(INIT["t"], 0, 1_700_000_007, "Init", None)}),
        (json.dumps({"count": 1, "items": [LISTED]}), {(INIT["t"], 0, 1_700_000_007, "Init", None)}),
        (json.dumps({"success": True, "result": {"count": 1, "items": [LEAVE]}}), {(LEAVE["t"], 2, None, "Leave", "1")}),
        (lines(INIT, {"count": 1, "items": [LISTED]}), {(INIT["t"], 0, 1_700_000_007, "Init", None)}),
        (lines({**INIT, "e": {"k": "HaTransition"}}), {(INIT["t"], 0, None, "HaTransition", None)}),
        ('{"count": 0, "items": []}', set()),
        ('{"success": true, "result": {"count": 0, "items": []}}', set()),
        (" [ ]\n", set()),
        (lines({"count": 0, "items": []}, INIT), {(INIT["t"], 0, None, "Init", None)}),
    ],
    ids=["events", "twice", "collected", "in short", "list", "latest", "both", "unknown kind", "none", "no result", "[]", "some"],
)
def test_events_are_read_from_what_validate_reads(tmp_path: Path, content: str, expected: set[tuple[object, ...]]) -> None:
    """Lines of events, in full or in short, pages, and both together; the same event twice is once."""
    events = read_expected(written(tmp_path, content), PLAN, CONNECTOR_ID)

    assert expected == {(each.t, each.n, each.a, each.k, each.v) for each in events.values()}


@pytest.mark.parametrize(
    "content, said",
    [
        ("", "it looks like an empty file"),
        ('{"count": 1, "items": []}', "line 1: there is no event in it"),
        ('{"count": 0, "items": [], "cursor": "next"}', "line 1: this page of a list has a cursor"),
        (lines(INIT, {**INIT, "e": {"k": "Leave"}}), "line 2: an event stands there twice, with different k"),
        (lines(INIT, {"t": 1, "n": 0}), "line 2: this is no event: "),
        (lines(INIT) + '{"t": 1,', "line 2: this is no event: the JSON text ends early"),
        (lines(INIT).encode() + b'{"t":1,"n":0,"e":{"k":"\xff"}}\n', "line 2: this is no event: "),
        ("[1, 2]", "it looks like JSON without an object in it"),
    ],
    ids=["empty", "no event", "more to come", "contradiction", "no kind", "cut off", "not UTF-8", "numbers"],
)
def test_what_is_no_event_is_refused_with_its_place(tmp_path: Path, content: str | bytes, said: str) -> None:
    """Nothing is left out in silence: the file, the line and the reason."""
    path = written(tmp_path, content)

    with pytest.raises(InputError) as error:
        read_expected(path, PLAN, CONNECTOR_ID)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_all_pages_of_a_list_are_needed(tmp_path: Path) -> None:
    """A page with a cursor is refused with what to do, unless the last page of its list follows it in the file."""
    page = {"count": 1, "items": [LISTED], "cursor": "next"}
    last = {"count": 1, "items": [{**LISTED, "n": 1}]}

    assert 2 == len(read_expected(written(tmp_path, lines(page, last)), PLAN, CONNECTOR_ID))
    assert 1 == len(read_expected(written(tmp_path, lines(page, {"count": 0, "items": []})), PLAN, CONNECTOR_ID))
    for content in (lines(page), lines(INIT, page), lines(page, last, {**page, "items": [{**LISTED, "n": 2}]})):
        with pytest.raises(InputError, match=r"has a cursor, so more events follow it; give all pages, one after the other"):
            read_expected(written(tmp_path, content), PLAN, CONNECTOR_ID)


def test_a_recording_of_a_run_says_what_is_there(tmp_path: Path) -> None:
    """What a HAR of an earlier run shows of the connector is expected, whatever else was asked; a good server still has it."""
    path = tmp_path / "run.har"
    write_whole(path, "the recording", har_writer.pieces(probe().exchanges))
    expected = read_expected(path, PLAN, CONNECTOR_ID)

    assert (set(expected_of()), set()) == (set(expected), found(run(expected)))
    assert {} == _of_another(path)


def _of_another(path: Path) -> Mapping[Identity, ExpectedEvent]:
    """What a recording shows of a connector that it never asked for: nothing, which is refused."""
    with pytest.raises(InputError, match="there is no event in it"):
        read_expected(path, PLAN, "another")
    return {}


# What is judged.


@pytest.mark.parametrize("operation", ["listEvents", "getLatestEvents"])
def test_that_no_event_is_expected_is_a_statement(operation: str) -> None:
    """Then each event that is there is one too many, and an empty connector is as it is expected, with all decided."""
    full, empty = run({}, operations=(operation,)), run({}, operations=(operation,), events=())

    assert ({"MC519"}, set()) == (found(full), found(empty))
    assert full.expected is not None
    assert full.expected.unexpected == full.tally.by_code["MC519"] > 10
    assert 0 == full.expected.perhaps_newer
    assert "MC519" not in empty.undecided


@pytest.mark.parametrize("style", ["expiring", "old-windows-refused", "windows-of-hours"])
def test_what_expires_or_is_refused_meanwhile_is_not_missing(style: str) -> None:
    """Retention takes the oldest while the run goes on, and what lies in windows that are refused is not looked for."""
    with reached(style=STYLES[style]) as (asked, transport):
        settings = RunSettings(profile=replace(QUICK, drawn=0), expected=expected_of(STYLES[style]))
        verdict = Run(asked, PLAN, settings, transport=transport).execute()

    assert set() == found(verdict)
    assert verdict.expected is not None
    assert verdict.expected.not_looked_for > 0
    assert "MC518" in verdict.undecided


def test_exactly_these_events_are_there() -> None:
    """A server that has them passes with the three statements decided, and the report says how many were seen."""
    verdict = run(expected_of())

    assert (set(), set()) == (found(verdict), CODES & set(verdict.undecided))
    assert verdict.expected is not None
    assert (135, 135, 0, 0) == (
        verdict.expected.events,
        verdict.expected.shown,
        verdict.expected.not_looked_for,
        verdict.expected.perhaps_newer,
    )


@pytest.mark.parametrize("operation", ["listEvents", "getLatestEvents", "getEvent"])
@pytest.mark.parametrize(
    "fault, expected",
    [
        ("event-lost-for-good", {"listEvents": {"MC518"}, "getLatestEvents": set(), "getEvent": {"MC518"}}),
        ("event-made-up", {"listEvents": {"MC519"}, "getLatestEvents": set(), "getEvent": set()}),
        ("event-stored-wrong", {"listEvents": {"MC520"}, "getLatestEvents": {"MC520"}, "getEvent": {"MC520"}}),
    ],
)
def test_each_operation_alone_decides_what_it_can(fault: str, expected: dict[str, set[str]], operation: str) -> None:
    """Of six events, with one lost, made up or wrong: what an operation cannot tell is undecided, and accuses nobody."""
    few = replace(STYLES["reference"], main=first(6))
    settings = RunSettings(profile=replace(QUICK, drawn=0), operations=(operation,), expected=expected_of(few))
    with reached([FAULTS[fault]], few) as (asked, transport):
        verdict = Run(asked, PLAN, settings, transport=transport).execute()

    assert (expected[operation], None) == (found(verdict), verdict.could_not_judge)
    assert expected[operation] or CODES & set(verdict.undecided)


def test_the_newest_is_missed_among_the_latest() -> None:
    """Where the latest show older events and not the newest expected one, or none at all, it is missing."""
    expected = expected_of()
    newest = max(expected)
    events = [StoredEvent(CONNECTOR_ID, each.t, each.n, each.a or 0, each.e or {}, each.v) for each in expected.values()]
    without = [each for each in events if each.key != newest]

    for kept in (without, []):
        verdict = run(expected, operations=("getLatestEvents",), events=kept)
        assert {"MC518"} == found(verdict)
        assert [str(newest)] == [each.message[6 : 6 + len(str(newest))] for each in verdict.tally.kept["MC518"]]


def test_newer_events_accuse_nobody() -> None:
    """What was recorded or collected after the file was written may be there, and is counted."""
    expected = {each: event for each, event in expected_of().items() if event.t < max(expected_of())[0] - 3_600}
    verdict = run(expected)

    assert set() == found(verdict)
    assert verdict.expected is not None
    assert len(expected_of()) - len(expected) == verdict.expected.perhaps_newer


def test_a_part_that_was_seen_is_no_pass() -> None:
    """Where a run sees a part of the time only, what it did not look for is counted, and the statement is undecided."""
    verdict = run(expected_of(), pages=2, behavior=Behavior(default_limit=5, max_limit=5))

    assert set() == found(verdict)
    assert verdict.expected is not None
    assert verdict.expected.not_looked_for > 0
    assert "MC518" in verdict.undecided


@pytest.mark.parametrize("style", ["lean", "integral-floats", "collected-half-open-descending", "latest-per-kind", "latest-lags"])
def test_honest_choices_are_as_expected(style: str) -> None:
    """A server that leaves out members, writes numbers as 1.0, filters by `a` or orders otherwise has the same events."""
    chosen = STYLES[style]
    settings = RunSettings(profile=replace(QUICK, drawn=0), expected=expected_of(chosen))
    with reached(style=chosen) as (asked, transport):
        verdict = Run(asked, PLAN, settings, transport=transport).execute()

    assert (set(), set()) == (found(verdict), CODES & set(verdict.undecided))


def test_a_version_that_is_never_shown_is_counted() -> None:
    """A server may leave out `v` everywhere: nobody is accused, and the events do not count as shown in full."""
    given = sorted(expected_of().values(), key=lambda each: each.identity)[:3]
    expected = {each.identity: replace(each, v="1") for each in given}
    bare = [StoredEvent(CONNECTOR_ID, each.t, each.n, each.a or 0, each.e or {}, None) for each in given]
    verdict = run(expected, events=bare)
    partly = run(expected, events=[replace(bare[0], v="1"), *bare[1:]])

    assert set() == found(verdict)
    assert [(3, 0, 3), (3, 1, 2)] == [
        (each.shown, each.in_full, each.without_v) for each in (verdict.expected, partly.expected) if each is not None
    ]
