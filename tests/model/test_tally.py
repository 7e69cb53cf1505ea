"""The values of the waist: how tallies merge, and how findings are ordered."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.model import tally as tally_module
from mconn_contracts.model.exchange import Origin, Request, Response, Trace
from mconn_contracts.model.finding import Finding, Severity, any_index
from mconn_contracts.model.tally import OTHER_KINDS, Coverage, Tally

CODES = st.sampled_from(["MC101", "MC301", "MC402"])
SHORT = st.sampled_from(["", "a", "b"])
TRACES = st.builds(
    Trace,
    st.builds(Origin, SHORT, st.none() | st.integers(1, 2), st.none() | st.integers(0, 1)),
    st.none() | st.builds(Request, SHORT, SHORT, st.lists(st.tuples(SHORT, SHORT), max_size=1).map(tuple)),
    st.sampled_from([None, "getEvent"]),
)
FINDINGS = st.builds(
    Finding,
    code=CODES,
    name=SHORT,
    severity=st.sampled_from(Severity),
    message=SHORT,
    operation=st.sampled_from([None, "getEvent"]),
    source=SHORT,
    line=st.none() | st.integers(1, 2),
    entry=st.none() | st.integers(0, 1),
    pointer=SHORT,
    spec=SHORT,
    shown_by=st.lists(TRACES, max_size=2).map(tuple),
    status=st.none() | st.just(200),
    excerpt=st.tuples(SHORT, SHORT, SHORT),
)
COVERAGES = st.builds(
    Coverage,
    operations=st.dictionaries(SHORT, st.dictionaries(SHORT, st.integers(1, 9))),
    kinds=st.dictionaries(SHORT, st.integers(1, 9)),
    decided_on=st.dictionaries(SHORT, st.sets(CODES)),
)
PARTS = st.lists(st.tuples(st.lists(FINDINGS, max_size=8), COVERAGES, st.integers(0, 9)), min_size=1, max_size=5)
Part = tuple[list[Finding], Coverage, int]


def tallied(parts: Sequence[Part], cap: int) -> Tally:
    """The tally of some parts of the work, done one after the other."""
    tally = Tally(cap=cap)
    for findings, coverage, number in parts:
        for finding in findings:
            tally.add(finding)
        tally.coverage.merge(copy.deepcopy(coverage))
        tally.exchanges += number
        tally.events += 2 * number
        tally.foreign += 3 * number
        tally.unanswered += 4 * number
        tally.unrelated += 5 * number
    return tally


@given(PARTS, st.integers(1, 4), st.randoms(use_true_random=False), st.data())
def test_any_split_in_any_order_merges_to_the_same_tally(
    parts: list[Part], cap: int, order: random.Random, data: st.DataObject
) -> None:
    """Work that is split, done in any order and merged in any order comes to what one worker comes to."""
    expected = tallied(parts, cap)

    shuffled = [(order.sample(findings, len(findings)), coverage, number) for findings, coverage, number in parts]
    order.shuffle(shuffled)
    cut = data.draw(st.integers(0, len(shuffled)))
    merged = Tally(cap=cap)
    for part in order.sample([shuffled[:cut], shuffled[cut:]], 2):
        merged.merge(tallied(part, cap))

    assert expected == merged


@given(st.lists(FINDINGS, max_size=30), st.integers(1, 5))
def test_a_tally_keeps_the_smallest_of_each_code_and_counts_all(findings: list[Finding], cap: int) -> None:
    """Whatever came first, the `cap` smallest findings of each code are kept, and every finding is counted."""
    tally = tallied([(findings, Coverage(), 0)], cap)
    by_code = {
        code: sorted((each for each in findings if each.code == code), key=lambda each: each.sort_key)
        for code in {each.code for each in findings}
    }

    assert {code: each[:cap] for code, each in by_code.items()} == tally.kept
    assert {code: len(each) for code, each in by_code.items()} == tally.by_code
    assert Counter(each.severity for each in findings) == tally.by_severity
    assert sorted((each for kept in tally.kept.values() for each in kept), key=lambda each: each.sort_key) == tally.findings()


@given(st.lists(FINDINGS, max_size=12), FINDINGS, st.integers(1, 3))
def test_a_tally_knows_what_it_would_keep(findings: list[Finding], finding: Finding, cap: int) -> None:
    """A finding that it says it would not keep is not kept; one that is the smallest of its code is."""
    tally = tallied([(findings, Coverage(), 0)], cap)
    keeps = tally.keeps(replace(finding, excerpt=("", "", "")))
    before = copy.deepcopy(tally.kept)
    tally.add(finding)

    assert keeps or before == tally.kept
    assert keeps or finding.sort_key > before[finding.code][-1].sort_key


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 3)), max_size=20), st.integers(0, 20))
def test_kinds_are_bounded_and_their_counts_are_exact(seen: list[tuple[str, int]], cut: int) -> None:
    """Declared kinds and the first of the others are counted by name, the rest together; any split merges to the same."""
    declared = frozenset("ag")
    parts = [Coverage(declared=declared), Coverage(declared=declared)]
    whole, merged = Coverage(declared=declared), Coverage()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally_module, "MOST_UNKNOWN_KINDS", 2)
        for index, (kind, number) in enumerate(seen):
            parts[index < cut].saw_kind(kind, number)
            whole.saw_kind(kind, number)
        for part in parts:
            merged.merge(part)
    counts: Counter[str] = Counter()
    for kind, number in seen:
        counts[kind] += number
    named = {*declared, *sorted(counts.keys() - declared)[:2]}
    others = sum(number for kind, number in counts.items() if kind not in named)

    expected = {kind: number for kind, number in counts.items() if kind in named}
    assert {**expected, **({OTHER_KINDS: others} if others else {})} == whole.kinds
    assert whole == merged


def test_a_kind_has_a_bounded_name() -> None:
    """A kind as long as a body is counted under its beginning."""
    coverage = Coverage()
    coverage.saw_kind("x" * 1_000_000)

    assert ({100: 1}) == {len(kind): number for kind, number in coverage.kinds.items()}


def test_a_finding_moves_with_the_lines_of_its_source() -> None:
    """Its line and those of the exchanges that show it count from another line on; what has no line stays."""
    asked = Request("GET", "/")
    finding = Finding("MC101", "", Severity.ERROR, "", source="a", line=2, shown_by=(Trace(Origin("a", 2), asked, None),))

    moved = finding.below(10)
    assert (12, 12) == (moved.line, moved.shown_by[0].origin.line)
    assert replace(finding, line=None) == replace(finding, line=None).below(10)


@pytest.mark.parametrize(
    "pointer, expected",
    [("", ""), ("/0/1/a", "/*/*/a"), ("/items/12", "/items/*"), ("/a1/01/2b/-1", "/a1/01/2b/-1"), ("/0\n", "/0\n")],
)
def test_a_pointer_for_any_index(pointer: str, expected: str) -> None:
    """Every token that is an index of an array (RFC 6901, 4) is a star; names with digits are as they were."""
    assert expected == any_index(pointer)


def test_an_accepted_tally_has_no_findings_and_knows_all() -> None:
    """What was collected for a baseline is known, and nothing fails; what was exercised stays."""
    tally = tallied([([Finding("MC101", "", Severity.ERROR, "")], Coverage({"a": {"200": 1}}), 3)], 5)
    tally.known, tally.collected = {"old": 2}, {"new": 1}
    accepted = tally.accepted()

    assert ({}, {}, [], None) == (accepted.by_code, accepted.by_severity, accepted.findings(), accepted.worst())
    assert ({"old": 2, "new": 1}, {}) == (accepted.known, accepted.collected)
    assert (3, tally.coverage) == (accepted.exchanges, accepted.coverage)


@given(FINDINGS, FINDINGS)
def test_the_order_of_findings_is_total(one: Finding, other: Finding) -> None:
    """Two findings that differ in anything have an order, so what is kept does not depend on which came first."""
    assert (one == other) == (one.sort_key == other.sort_key)


def test_findings_are_ordered_as_they_are_read() -> None:
    """Source, line, entry, pointer, code, in this order, the numbers as numbers."""
    expected = [
        Finding("MC999", "", Severity.ERROR, "", source="a", line=2, entry=9, pointer="/z"),
        Finding("MC999", "", Severity.ERROR, "", source="a", line=10, entry=2, pointer="/z"),
        Finding("MC999", "", Severity.ERROR, "", source="a", line=10, entry=10, pointer="/a"),
        Finding("MC101", "", Severity.ERROR, "", source="a", line=10, entry=10, pointer="/b"),
        Finding("MC102", "", Severity.ERROR, "", source="a", line=10, entry=10, pointer="/b"),
        Finding("MC101", "", Severity.ERROR, "", source="b"),
    ]
    tally = Tally()
    for finding in reversed(expected):
        tally.add(finding)

    assert expected == tally.findings()


@pytest.mark.parametrize(
    "severities, expected",
    [
        ([], None),
        ([Severity.INFO], Severity.INFO),
        ([Severity.WARNING, Severity.INFO], Severity.WARNING),
        ([Severity.INFO, Severity.ERROR, Severity.WARNING], Severity.ERROR),
    ],
)
def test_the_worst_severity_is_the_highest_counted(severities: list[Severity], expected: Severity | None) -> None:
    """What decides the exit code is the highest severity, also of findings that were not kept."""
    tally = Tally(cap=1)
    for severity in severities:
        tally.add(Finding("MC101", "", severity, ""))

    assert expected == tally.worst()


def test_merging_leaves_the_other_tally_alone() -> None:
    """A part that was merged is what it was, so it can be merged elsewhere too."""
    part = tallied(
        [([Finding("MC101", "", Severity.ERROR, "")], Coverage({"a": {"200": 1}}, {"Init": 1}, {"": {"MC101"}}), 1)], 5
    )
    before = copy.deepcopy(part)
    whole = Tally()
    whole.merge(part)
    whole.merge(part)

    assert before == part
    assert {"a": {"200": 2}} == whole.coverage.operations


def test_an_unrecorded_status_is_counted_as_unknown() -> None:
    """Coverage counts statuses by operation; a bare body has none."""
    coverage = Coverage()
    for status in (200, None, 200):
        coverage.saw_status("getEvent", status)

    assert {"getEvent": {"200": 2, "unknown": 1}} == coverage.operations


def test_a_header_is_found_in_any_case() -> None:
    """Field names are case-insensitive (RFC 9110, 5.1), and of several the first counts."""
    response = Response(200, (("Content-Type", "a"), ("content-type", "b")))

    assert ("a", None) == (response.header("CONTENT-type"), response.header("content"))


def test_severities_are_ordered_and_named() -> None:
    """`info` is less than `warning`, and `warning` than `error`."""
    assert ["info", "warning", "error"] == [severity.label for severity in sorted(Severity)]
