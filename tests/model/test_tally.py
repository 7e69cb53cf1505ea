"""The values of the waist: how tallies merge, and how findings are ordered."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.model.exchange import Response
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.tally import Coverage, Tally

CODES = st.sampled_from(["MC101", "MC301", "MC402"])
SHORT = st.sampled_from(["", "a", "b"])
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
    curl=SHORT,
    status=st.none() | st.just(200),
    excerpt=st.tuples(SHORT, SHORT, SHORT),
)
COVERAGES = st.builds(
    Coverage,
    operations=st.dictionaries(SHORT, st.dictionaries(SHORT, st.integers(1, 9))),
    kinds=st.dictionaries(SHORT, st.integers(1, 9)),
    decided=st.sets(CODES),
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
    assert len(findings) == sum(tally.by_severity.values())
    assert sorted((each for kept in tally.kept.values() for each in kept), key=lambda each: each.sort_key) == tally.findings()


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
    part = tallied([([Finding("MC101", "", Severity.ERROR, "")], Coverage({"a": {"200": 1}}, {"Init": 1}, {"MC101"}), 1)], 5)
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
