"""What sessions are observed to choose, and MC516, which no vector shows: that beside what an earlier run had pinned."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests import vectors

from mconn_contracts.contract.api import LIST
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.rules.observations import Choice, PinnedBehavior, behavior_changed
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling
from mconn_contracts.model.exchange import Exchange, Origin, Request, Trace
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.reference import build_handler, open_store

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
            [DECIDED, Hit("", "order is now 'ascending', but the behavior file says 'descending'", at=SECOND, beside=(FIRST,))],
        ),
        ({}, []),
        ({"count": "page"}, []),
        ({"largest_limit": "at least 5"}, []),
    ],
)
def test_a_changed_choice_is_found_where_it_is_certain(pinned: dict[str, str], expected: list[Ruling]) -> None:
    """A pinned choice is kept or changed; one that was not pinned, not seen again, or not certain is neither."""
    assert expected == list(behavior_changed.predicate(PinnedBehavior((ORDER, LIMIT), pinned)))


@pytest.mark.parametrize(
    "before, now, same",
    [
        ("50 to 99", "50 to 68", True),
        ("50 to 68", "60 to 99", True),
        ("50 to 99", "75", True),
        ("50 to 99", "99 to 120", True),
        ("50 to 99", "100 to 120", False),
        ("50 to 99", "49", False),
        ("50", "51", False),
        ("50 to 99", "at least 60", False),
    ],
)
def test_ranges_that_overlap_are_no_change(before: str, now: str, same: bool) -> None:
    """How narrow a range is hangs on what a run asked for; the same limit may lie in both."""
    choice = Choice("largest_limit", now, (FIRST,))
    ruled = [*behavior_changed.predicate(PinnedBehavior((choice,), {"largest_limit": before}))]
    assert same is (ruled == [DECIDED])


@pytest.mark.parametrize("query", ["from=-1&to=9", f"from={2**53}&to={2**53 + 9}"])
def test_number_that_is_refused_is_no_window(query: str) -> None:
    """A bound that the document does not allow is refused for itself: windows are neither too old nor in the future for that."""
    session = Session(Plan(load()))
    with closing(open_store()) as store:
        handler = build_handler(store)
        for asked in ("from=1000&to=1767200000", "from=2000&to=2005", query):
            target = BASE_PATH + LIST.path.format(account_id=ACCOUNT_ID, connector_id=CONNECTOR_ID) + f"?{asked}"
            request = Request("GET", target, (("Authorization", f"Bearer {MAIN_ACCOUNT.token}"),))
            response = handler.handle(request)
            session.observe(Exchange(response, replace(request, url=f"http://127.0.0.1{target}"), Origin("run.har")))

    assert 400 == response.status
    assert {"old_window", "future_window"}.isdisjoint(choice.name for choice in session.observe_behavior())


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
