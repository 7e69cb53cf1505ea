"""The vendor's Go module against the reference server, wrong as it is. Run by the tox environment `sdks`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_main import mconn
from tests.interop import recorded

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program."""
    path = tmp_path_factory.mktemp("go") / "program"
    subprocess.run(["go", "build", "-o", str(path), "."], cwd=HERE, check=True, timeout=600)
    return str(path)


@pytest.fixture(scope="module")
def result(program: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the program saw."""
    with recorded.environment(tmp_path_factory.mktemp("events")) as environment:
        return recorded.result_of(program, folder=HERE, environment=environment)


def test_list_is_whole(result: Any) -> None:
    """The page has every event, and the query has no exponent."""
    count = len(recorded.events())

    assert (count, count) == (result["count"], result["listed"])
    assert {"from=0", "to=2000000000", "limit=100"} == set(result["requests"][0].partition("?")[2].split("&"))


def test_listed_events_are_asked_for_with_an_exponent(result: Any) -> None:
    """`t` becomes a float and is written by `%v`: the event of 1700000001 is asked for as `1.700000001e+09`."""
    _, early, *asked = (recorded.below_events(url) for url in result["requests"][:-2])

    assert "/5.3" == early
    assert "/1.7e+09.0" == asked[0]
    assert "/1.700000001e+09.1" == asked[1]


def test_no_event_of_our_time_is_got(result: Any) -> None:
    """The server refuses every such path with 400, so of all events only that of the year 1970 is got."""
    *refused, absent = result["refused"]

    assert [400] * (len(recorded.events()) - 1) == [each["status"] for each in refused]
    assert 404 == absent["status"]
    assert 1 == len(absent["codes"])
    assert [recorded.EARLY] == [json.loads(event["raw"]) for event in result["got"]]


def test_kinds_have_their_types(result: Any) -> None:
    """A kind of the union decodes to its own type."""
    kinds = {event["e"]["k"] for event in recorded.events()} - {recorded.UNKNOWN}
    types = {event["kind"]: event["type"] for event in result["latest"]}

    assert kinds <= set(types)
    assert {kind: f"magic_transit.ConnectorEventLatestListResponseItemsE{kind}" for kind in kinds} == {
        kind: types[kind] for kind in kinds
    }


def test_unknown_kind_is_taken_for_init(result: Any) -> None:
    """An unknown kind decodes, without an error, to the type of Init."""
    (unknown,) = (event for event in result["latest"] if event["kind"] == recorded.UNKNOWN)

    assert "magic_transit.ConnectorEventLatestListResponseItemsEInit" == unknown["type"]


def test_the_proxy_changes_nothing_and_judges_both_sides(program: str, result: Any, tmp_path: Path) -> None:
    """Through the proxy, the module sees the same; each of its exponents is found in its requests (MC601)."""
    with recorded.environment(tmp_path) as environment, recorded.through_the_proxy(environment) as (through, proxy):
        again = recorded.result_of(program, folder=HERE, environment=through)

    assert result == again
    assert {"MC102", "MC601"} == set(proxy.tally.by_code)
    assert len(result["refused"]) - 1 == proxy.tally.by_code["MC601"]


def test_the_module_takes_any_order(tmp_path: Path) -> None:
    """The program of `benchmarks/clients_assume.py` passes where the list descends, and asks for nothing in a wrong form."""
    report, program = tmp_path / "report.json", tmp_path / "program"
    subprocess.run(["go", "build", "-o", str(program), "./client"], cwd=HERE, check=True, timeout=600)
    done = mconn("client", "--select", "styles/descending", "--report", f"json={report}", "--", program)

    assert ([("passed", []), ("passed", [])], 0) == (recorded.outcomes(report), done.returncode)
