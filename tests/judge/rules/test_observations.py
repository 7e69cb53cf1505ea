"""What sessions are observed to choose, and MC516, which no vector shows: that beside what an earlier run had pinned."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import vectors

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.rules.observations import Choice, PinnedBehavior, behavior_changed
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling
from mconn_contracts.model.exchange import Origin, Request, Trace

GOLDEN = Path(__file__).parent / "golden" / "observed.txt"

FIRST, SECOND = (Trace(Origin(entry=entry), Request("GET", f"http://127.0.0.1/{entry}"), None) for entry in (1, 2))
ORDER = Choice("order", "ascending", (FIRST, SECOND))
LIMIT = Choice("largest_limit", "at least 9", (FIRST,), certain=False)


@pytest.mark.parametrize(
    "pinned, expected",
    [
        ({"order": "ascending"}, [DECIDED]),
        (
            {"order": "descending"},
            [DECIDED, Hit("", "order is 'ascending' now; the behavior file says 'descending'", at=SECOND, beside=(FIRST,))],
        ),
        ({}, []),
        ({"count": "page"}, []),
        ({"largest_limit": "at least 5"}, []),
    ],
)
def test_a_changed_choice_is_found_where_it_is_certain(pinned: dict[str, str], expected: list[Ruling]) -> None:
    """A pinned choice is kept or changed; one that was not pinned, not seen again, or not certain is neither."""
    assert expected == list(behavior_changed.predicate(PinnedBehavior((ORDER, LIMIT), pinned)))


def observed() -> list[str]:
    """Each value of each choice, with the first case of the vectors that shows it, and the exchanges that do."""
    plan = Plan(load())
    found: dict[tuple[str, str], str] = {}
    for case in vectors.load():
        session = Session(plan)
        for exchange in case.exchanges:
            session.observe(exchange)
        for choice in session.observe_behavior():
            shown_by = [trace.origin.entry for trace in choice.shown_by]
            words = f"{shown_by} {'' if choice.certain else 'so far '}in: {case.description}"
            found.setdefault((choice.name, choice.value), words)
    return [f"{name}: {value} {words}" for (name, value), words in sorted(found.items())]


def test_choices_are_observed_as_before(request: pytest.FixtureRequest) -> None:
    """A choice says what was seen, and where; `pytest --update-golden` writes what is new, for a diff to be read."""
    text = "".join(f"{line}\n" for line in observed())
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text("utf-8").splitlines() == text.splitlines()
