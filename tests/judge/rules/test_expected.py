"""What is said of events that are expected: those that are missing, those that are not expected, and those that differ."""

from __future__ import annotations

import dataclasses

import pytest
from tests.judge.reading.test_history import HOUR, TRACE, fetched, history, latest, page

from mconn_contracts.judge.reading.expected import Expectation, ExpectedEvent
from mconn_contracts.judge.reading.views import Event, ListPage, Summary
from mconn_contracts.judge.rules.expected import expected_event_differs, expected_event_missing, unexpected_event
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling

RULES = (expected_event_missing, unexpected_event, expected_event_differs)


def ruled(*views: object, expected: tuple[ExpectedEvent, ...]) -> list[list[Ruling]]:
    """What each rule says of a session of these views."""
    expectation = Expectation(history(*views), {each.identity: each for each in expected})
    return [list(rule.predicate(expectation)) for rule in RULES]


def listed(*items: tuple[int, str]) -> ListPage:
    """The list of a window, with items of these times and kinds."""
    found = tuple(Summary(t, 0, t, kind) for t, kind in items)
    return dataclasses.replace(page(window=HOUR), items=found, count=len(found), started=9_999.0)


FIRST, SECOND = (ExpectedEvent(t, 0, t, "Init") for t in (1_100, 1_200))
UNKNOWN = ExpectedEvent(1_200, 0)
LEFT_OUT = "the list of 1000 to 2000 leaves it out"


@pytest.mark.parametrize(
    "views, expected, found",
    [
        ([listed((1_100, "Init"), (1_200, "Init"))], (FIRST, SECOND), [[DECIDED], [DECIDED], [DECIDED]]),
        ([], (FIRST,), [[], [], []]),
        # One of the two is seen, and nothing that was asked for had to show the other.
        ([fetched(1_100)], (FIRST, SECOND), [[], [], [DECIDED]]),
        (
            [listed((1_100, "Init"))],
            (FIRST, SECOND),
            [
                [
                    DECIDED,
                    Hit("/result/items", f'event (1200, 0) ("Init") is expected, and nothing shows it: {LEFT_OUT}', at=TRACE),
                ],
                [DECIDED],
                [DECIDED],
            ],
        ),
        (
            [listed((1_100, "Init"))],
            (FIRST, dataclasses.replace(UNKNOWN, a=1_200)),
            [
                [DECIDED, Hit("/result/items", f"event (1200, 0) is expected, and nothing shows it: {LEFT_OUT}", at=TRACE)],
                [DECIDED],
                [DECIDED],
            ],
        ),
        (
            [listed((1_100, "Leave"), (1_150, "Init"), (1_200, "Init"))],
            (FIRST, SECOND),
            [
                [DECIDED],
                [
                    DECIDED,
                    Hit(
                        "/result/items/1",
                        'event (1150, 0) ("Init") is not expected, and was there before the newest expected one',
                        at=TRACE,
                    ),
                ],
                [
                    DECIDED,
                    Hit("/result/items/0/k", 'event (1100, 0) has k "Leave" here, and "Init" is expected', at=TRACE),
                ],
            ],
        ),
        (
            [fetched(1_100)],
            (ExpectedEvent(1_100, 0, k="Leave"),),
            [
                [DECIDED],
                [],
                [DECIDED, Hit("/result/e/k", 'event (1100, 0) has e.k "Init" here, and "Leave" is expected', at=TRACE)],
            ],
        ),
        (
            [dataclasses.replace(fetched(1_100), event=Event(1_100, 0, {"k": "Init"}, "2.0"))],
            (ExpectedEvent(1_100, 0, versioned=True),),
            [[DECIDED], [], [DECIDED, Hit("/result/v", 'event (1100, 0) has v "2.0" here, and absent is expected', at=TRACE)]],
        ),
        (
            [dataclasses.replace(fetched(1_150), event=Event(1_150, 0, {"k": "Init"}, "2.0")), fetched(1_100)],
            (ExpectedEvent(1_100, 0, v="2.0", versioned=True),),
            [[DECIDED], [], [DECIDED, Hit("/result", 'event (1100, 0) has v absent here, and "2.0" is expected', at=TRACE)]],
        ),
        (
            [latest(1_100)],
            (FIRST, SECOND),
            [
                [
                    DECIDED,
                    Hit(
                        "/result/items",
                        'event (1200, 0) ("Init") is expected, and nothing shows it: '
                        "older events are among the latest, and it is not",
                        at=TRACE,
                    ),
                ],
                [],
                [DECIDED],
            ],
        ),
    ],
)
def test_expected_events(views: list[object], expected: tuple[ExpectedEvent, ...], found: list[list[Ruling]]) -> None:
    """What is missing, not expected, or other than expected, and whether that could be decided."""
    assert found == ruled(*views, expected=expected)
