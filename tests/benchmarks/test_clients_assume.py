"""The page of what the vendor's clients assume is made of the reports alone."""

from __future__ import annotations

from typing import Any

from benchmarks.clients_assume import GROUPS, page


def run(scenario: str, result: str, meaning: str = "", **more: Any) -> dict[str, Any]:
    """A run of a report."""
    group, _, name = scenario.partition("/")
    return {
        "scenario": scenario,
        "group": group,
        "name": name,
        "summary": name,
        "result": result,
        "meaning": meaning,
        "findings": [],
    } | more


def test_each_client_has_its_scores_assumptions_and_weather() -> None:
    """What breaks a client is a line, what it notices is named, and the weather is a table with a column for each."""
    scores = {group: {"good": 1, "met": 2} for group in GROUPS}
    finding = {"code": "MC601", "name": "malformed-event-id", "message": "the event id is 1"}
    reports = {
        "A": {"scores": scores, "runs": [run("styles/x", "broken", "breaks where x"), run("weather/w", "passed", "waits")]},
        "B": {"scores": scores, "runs": [run("faults/f", "noticed", findings=[finding]), run("weather/w", "broken", "gives up")]},
    }
    lines = list(page(reports, {"A": ("a 1.0", "a.py"), "B": ("b 2.0", "b.go")}))

    assert "| [A](../tests/interop/a.py) | a 1.0 | 1 of 2 | 1 of 2 | 1 of 2 | 1 of 2 |" in lines
    assert "- `styles/x`: breaks where x" in lines
    assert "**B**: none. Every honest server, and every revision, is as good to it." in lines
    assert ["**A**: none.", "**B**: `f`."] == [line for line in lines if line in ("**A**: none.", "**B**: `f`.")]
    assert "| w | waits (passed) | gives up (broken) |" in lines
    assert "**B**: MC601 malformed-event-id: the event id is 1." in lines
