"""Every fault is found under its own code, live and in a recording, with requests that show it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.live.runs import Ran, needs_expectation, places, probe, replay, validated

from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.faults.catalog import FAULTS

ALSO = {"accepts-any-credential": {"MC703"}, "login-page": {"MC003"}}
"""What a fault breaks besides, which is not a consequence."""
ROUNDS = 31
"""Times that requests are sent again: some faults act on one request in five, in 30, or after the tenth."""

CODES = {each.code for each in FAULTS.values()}
OF_WALKS = {"MC401", "MC402", "MC403", "MC404", "MC405", "MC409", "MC410", "MC511", "MC513", "MC716", "MC717"}
OF_WALKS |= {code for code in CODES if needs_expectation(code)}
"""Codes that whole walks, several requests that were answered, or a user decide, and not the three requests of a finding."""


# Of the module, so that all tests of one fault come after each other, and share its run.
@pytest.fixture(scope="module", params=FAULTS.values(), ids=lambda fault: fault.name)
def fault(request: pytest.FixtureRequest) -> Fault:
    """Each fault in turn."""
    chosen: Fault = request.param
    return chosen


@pytest.fixture(scope="module")
def ran(fault: Fault) -> Ran:
    """The probes against a server with the fault: quick, unless the fault is declared rare."""
    return probe("standard" if fault.rare else "quick", faults=(fault,))


def test_fault_is_found_by_probes_alone_under_its_code(fault: Fault, ran: Ran) -> None:
    """What is found is the fault's own code, and nothing that merely follows from it; no seed plays a part."""
    assert {fault.code} | ALSO.get(fault.name, set()) == ran.codes


def test_recording_gives_the_same_findings(ran: Ran, tmp_path: Path) -> None:
    """`mconn validate` on the run's recording finds the same, by code and pointer, but for what nobody expects there."""
    due = {place: count for place, count in ran.places.items() if not needs_expectation(place[0])}

    assert due == places(validated(ran, tmp_path / "run.har"))


def test_requests_of_a_finding_show_the_fault_again(fault: Fault, ran: Ran) -> None:
    """At most three requests; sent again, the same code is found, and on a clean server nothing.

    Codes of whole walks take more requests than three: there, the answers differ from a clean server's.
    """
    finding = next(each for each in ran.tally.findings() if each.code == fault.code)
    exchanges = ran.shown_by(finding)
    assert 1 <= len(exchanges) <= 3

    rounds = 1 if replay(ran, exchanges, 1, [fault]) != replay(ran, exchanges, 1) else ROUNDS
    found, answers = replay(ran, exchanges, rounds, [fault])
    nothing, expected = replay(ran, exchanges, rounds)

    assert set() == nothing
    assert fault.code in found or (fault.code in OF_WALKS and expected != answers)
