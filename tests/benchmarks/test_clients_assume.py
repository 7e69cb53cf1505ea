"""The page of what the vendor's clients assume is made of the reports alone."""

from __future__ import annotations

from typing import Any

from benchmarks.clients_assume import GROUPS, Client, page


def run(scenario: str, result: str, meaning: str = "", **more: Any) -> dict[str, Any]:
    """A run of a report."""
    group, _, name = scenario.partition("/")
    about = {"scenario": scenario, "group": group, "name": name, "result": result, "meaning": meaning}
    return {"exit_code": 1, "findings": [], **about, **more}


def told(*runs: dict[str, Any], groups: tuple[str, ...] = GROUPS) -> dict[str, Any]:
    """The report of a client, as the benchmark keeps it."""
    return {"scores": {group: {"good": 1, "met": 2} for group in groups}, "runs": list(runs)}


FINDING = {"code": "MC601", "name": "malformed-event-id", "message": "the event id is 1"}
REPORTS = {
    "A": told(run("styles/x", "broken", "breaks where x"), run("growth/g", "broken", "does not end where g")),
    "B": told(
        run("styles/x", "broken", "breaks where x"),
        run("faults/f", "noticed", findings=[FINDING]),
        run("faults/endless", "noticed", exit_code=None),
        run("faults/h", "noticed"),
    ),
    "C": told(
        run("styles/y", "broken", "breaks where y"),
        run("weather/v", "passed", "waits"),
        run("weather/w", "broken", "gives up"),
        run("weather/u", "broken", "gives up"),
        groups=("styles", "growth", "weather"),
    ),
}
REPORTS["D"] = told(groups=())
CLIENTS = [Client(name, f"{name} 1.0", f"tests/{name}", [name], tuple(REPORTS[name]["scores"])) for name in REPORTS]
LINES = list(page(CLIENTS, REPORTS))


def of(name: str) -> list[str]:
    """The lines about one client."""
    start = LINES.index(f"## {name}") + 1
    return [line for line in LINES[start : next((i for i in range(start, len(LINES)) if LINES[i][:3] == "## "), None)] if line]


def test_each_client_has_its_scores() -> None:
    """A row for each, linked to its program; a group that was not run is empty."""
    assert "| [A](../tests/A) | A 1.0 | 1 of 2 | 1 of 2 | 1 of 2 | 1 of 2 |" in LINES
    assert "| [C](../tests/C) | C 1.0 | 1 of 2 | 1 of 2 | 1 of 2 |  |" in LINES


def test_a_client_that_was_not_run_has_empty_cells() -> None:
    """Its row says so, and nothing is told of it."""
    assert "| [D](../tests/D) | D 1.0 |  |  |  |  |" in LINES
    assert "## D" not in LINES


def test_what_breaks_most_is_said_once() -> None:
    """It stands above the clients, with those that it spares; each client has only what is its own."""
    assert "- `x` breaks all but C: x." in LINES
    assert ["It also breaks where", "- g (`g`)"] == of("A")[:2]
    assert "No other style and no other revision breaks it." == of("B")[0]


def test_weather_faults_and_requests_are_sentences() -> None:
    """What it does about weather is told once for each sort; a program that does not end has not noticed the fault."""
    assert "In bad weather it waits (`v`); gives up, which is not well (`w` and `u`)." in of("C")
    assert [
        "Of the faults that it meets, it notices `f` and `h`.",
        "It does not come to an end under `endless`.",
        "Wrong in its requests: MC601 malformed-event-id: the event id is 1.",
    ] == of("B")[-3:]
    assert "Nothing is wrong with its requests." == of("C")[-1]
