"""The vendor's npm package against the reference server. Run by the tox environment `sdks`, after `npm ci`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_main import mconn
from tests.interop import recorded

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the program saw."""
    with recorded.environment(tmp_path_factory.mktemp("npm")) as environment:
        return recorded.result_of("node", "main.mjs", folder=HERE, environment=environment)


def test_listed_events_are_got_by_their_numbers(result: Any) -> None:
    """Each listed event is asked for in plain digits, and is the recorded one."""
    events = recorded.events()
    listed, *got = (recorded.below_events(url) for url in result["requests"][:-2])

    assert "?from=0&to=2000000000&limit=100" == listed
    assert [f"/{event['t']}.{event['n']}" for event in events] == got
    assert events == result["got"]


def test_list_is_whole(result: Any) -> None:
    """The page has every event, in short, and the numbers are numbers."""
    assert [(event["t"], event["n"], event["e"]["k"]) for event in recorded.events()] == [
        (item["t"], item["n"], item["k"]) for item in result["page"]["items"]
    ]
    assert len(recorded.events()) == result["page"]["count"]


def test_latest_hands_unknown_kinds_on(result: Any) -> None:
    """The latest events are as recorded, the unknown kind too: nothing is decoded."""
    assert recorded.UNKNOWN in {item["e"]["k"] for item in result["latest"]["items"]}
    assert [] == [item for item in result["latest"]["items"] if item not in recorded.events()]


def test_absent_event_is_an_error_with_its_code(result: Any) -> None:
    """A 404 raises the package's own error, with the envelope's errors."""
    assert ("NotFoundError", 404) == (result["absent"]["type"], result["absent"]["status"])
    assert 1 == len(result["absent"]["errors"])
    assert {"code", "message"} == set(result["absent"]["errors"][0])


def test_the_proxy_changes_nothing_and_judges_both_sides(result: Any, tmp_path: Path) -> None:
    """Through the proxy, the package sees the same; the unknown kind is found, and no fault of the package's requests."""
    with recorded.environment(tmp_path) as environment, recorded.through_the_proxy(environment) as (through, proxy):
        again = recorded.result_of("node", "main.mjs", folder=HERE, environment=through)

    assert result == again
    assert ({"MC102"}, len(result["requests"])) == (set(proxy.tally.by_code), proxy.tally.exchanges)


def test_the_package_takes_any_order(tmp_path: Path) -> None:
    """The program of `benchmarks/clients_assume.py` passes where the list descends, and asks for nothing in a wrong form."""
    report = tmp_path / "report.json"
    done = mconn("client", "--select", "styles/descending", "--report", f"json={report}", "--", "node", HERE / "client.mjs")

    assert ([("passed", []), ("passed", [])], 0) == (recorded.outcomes(report), done.returncode)
