"""Entries of a baseline: which findings they cover."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.known import Known, KnownFindings

CODES = st.sampled_from(["MC101", "MC301"])
OPERATIONS = st.sampled_from([None, "getEvent", "listEvents"])
FINDINGS = st.builds(
    Finding,
    code=CODES,
    name=st.just(""),
    severity=st.just(Severity.ERROR),
    message=st.just(""),
    operation=OPERATIONS,
    source=st.sampled_from(["", "a.json", "b.json", "http://127.0.0.1/"]),
    pointer=st.sampled_from(["", "/items/0/t", "/items/12/t", "/items/*/t"]),
)
ENTRIES = st.builds(
    Known,
    CODES,
    st.just("why"),
    OPERATIONS,
    st.sampled_from([None, "a.json", "*.json", "*", "http://*"]),
    st.sampled_from([None, "", "/items/0/t", "/items/*/t"]),
)


@given(st.lists(ENTRIES, max_size=12), FINDINGS)
def test_entries_are_found_as_one_by_one(entries: list[Known], finding: Finding) -> None:
    """By their index, the entries that cover a finding are the same, in the same order, as those that say so."""
    assert [entry for entry in entries if entry.covers(finding)] == KnownFindings(entries).covering(finding)


@given(FINDINGS)
def test_an_entry_covers_what_it_was_made_of(finding: Finding) -> None:
    """The entry for a finding covers it."""
    assert Known.of(finding).covers(finding)


def test_many_entries_are_not_looked_at_one_by_one() -> None:
    """Of 20,000 entries on as many files, one is looked at for a finding."""
    known = KnownFindings(Known("MC301", "why", source=f"{number}.json", pointer="/t") for number in range(20_000))
    looked_at: list[str] = []

    class Source(str):
        def __eq__(self, other: object) -> bool:
            looked_at.append(str(other))
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    finding = Finding("MC301", "", Severity.ERROR, "", source=Source("77.json"), pointer="/t")
    assert ["77.json"] == [entry.source for entry in known.covering(finding)]
    assert {"77.json", "None"} >= set(looked_at)
