"""MC516, which no vector shows: what a run observed, beside what an earlier one had pinned."""

from __future__ import annotations

import pytest

from mconn_contracts.judge.rules.observations import Choice, PinnedBehavior, behavior_changed
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling
from mconn_contracts.model.exchange import Origin, Request, Trace

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
