"""What is said of fair requests that are refused, and of a credential that is blamed for something else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tests.judge.reading.test_history import HOUR, OTHER, TRACE, fetched, history, latest, page
from tests.judge.rules.sessions import View, refused, ruled

from mconn_contracts.judge.reading.views import AnswerTraits, Refusal, Window
from mconn_contracts.judge.rules.refusals import credential_blamed, fair_request_refused
from mconn_contracts.judge.rules.rule import DECIDED, Ruling
from mconn_contracts.model.exchange import Connector, Credential, Trace

EARLIER, LATER = Window(900, 1_900, None), Window(1_100, 2_100, None)


def fair(status: int = 400, window: Window | None = HOUR, **more: Any) -> Refusal:
    """A fair request for a list is refused."""
    return refused(status=status, window=window, fair=True, **more)


def no_latest(status: int = 404) -> Refusal:
    """So is one for the latest events."""
    return dataclasses.replace(fair(status, None), operation="getLatestEvents")


def words(at: int, beside: int | None = None, operation: str = "listEvents", status: int = 400) -> list[str]:
    """What is said of it."""
    said = f"{operation} is refused with status {status}, but it is well-formed and the connector has events"
    return [f"{at} by {[] if beside is None else [beside]}: {said}"]


def missing(at: int) -> list[str]:
    """What is said where there are no latest events."""
    return words(at, None, "getLatestEvents", 404)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([page(1001), fair()], words(1, 0)),
        ([page(1001), page(1001), fair(403)], words(2, 0, status=403)),
        ([page(1001), fair(window=dataclasses.replace(HOUR, kind="Init"))], words(1, 0)),
        ([latest(1001), page(), fair()], words(2, 1)),
        ([page(1001), page(), fair(404)], words(2, 0, status=404)),
        ([page(1001), refused(window=HOUR, status=400)], []),
        ([page(1001), fair(429)], []),
        ([page(1001), fair(cursor="x")], []),
        ([page(1001), dataclasses.replace(refused((1001, 0)), fair=True)], []),
        # Only where there are events, windows are known to be accepted.
        ([page(), fair()], []),
        ([fair()], []),
        ([dataclasses.replace(page(1001), owner=OTHER), fair()], []),
        # A window may be refused for its width, until it is accepted.
        ([page(1001, window=LATER), fair()], ["decided"]),
        ([fair(), page(1001)], ["decided"]),
        ([page(1001, window=dataclasses.replace(HOUR, end=2_001)), fair()], ["decided"]),
        # It may have become too old, where all later lists start later.
        ([page(1001), fair(), page(1001, window=LATER)], ["decided"]),
        ([page(1001), fair(), page(1001, window=LATER), page(1001, window=LATER)], ["decided"]),
        ([page(1001), fair(), page(1001, window=LATER), page(1001)], words(1, 0)),
        ([page(1001), fair(), page(1001), page(1001, window=LATER)], words(1, 0)),
        ([page(1001), fair(), page(1001, window=EARLIER), page(1001, window=LATER)], words(1, 0)),
        ([page(1001), page(1001, window=LATER), fair()], words(2, 0)),
        ([page(1001), fair(), dataclasses.replace(page(1001, window=LATER), owner=OTHER)], words(1, 0)),
        (
            [page(1001, window=Window(None, 2_000, None)), fair(window=Window(None, 2_000, None)), page(1001, window=LATER)],
            words(1, 0),
        ),
        ([page(1001), fair(), page(1001, window=Window(None, 2_000, None))], words(1, 0)),
    ],
)
def test_a_fair_list_that_is_refused(views: list[View], expected: list[str]) -> None:
    """Beside the first list that shows that its window was accepted before."""
    assert expected == ruled("MC716", *views)


@pytest.mark.parametrize(
    "views, expected",
    [
        ([latest(1001), no_latest(400)], words(1, None, "getLatestEvents")),
        ([latest(1001), no_latest()], missing(1)),
        ([page(1001), no_latest()], missing(1)),
        ([fetched(1001), no_latest()], missing(1)),
        ([no_latest(), page(1001)], []),
        ([no_latest(400), page(1001)], words(0, None, "getLatestEvents")),
        # They seem gone: a list shows none after the last that shows some.
        ([page(1001), page(), no_latest()], []),
        ([page(1001), no_latest(), page()], []),
        ([page(), page(1001), no_latest()], missing(2)),
        ([page(1001), page(), page(1001), no_latest()], missing(3)),
        ([page(1001), page(), page(1001), page(), no_latest()], []),
        ([page(1001), no_latest(), page(1001)], missing(1)),
        ([page(1001), no_latest(), page(1001), page()], missing(1)),
        ([page(1001), no_latest(), fetched(1001), page()], missing(1)),
        ([page(1001), page(1001), no_latest(), page(1001)], missing(2)),
        # They were there all the same: as old ones are shown later.
        ([page(1001), page(), no_latest(), page(1001)], missing(2)),
        ([page(1001), page(), no_latest(), page(1500)], []),
        ([page(1001), page(1100), page(), no_latest(), page(1050)], missing(3)),
        ([page(1100), page(1001), page(), no_latest(), page(1050)], missing(3)),
    ],
)
def test_latest_events_that_are_not_found(views: list[View], expected: list[str]) -> None:
    """404 says that there are none, which may be so unless something shows that there are."""
    assert expected == ruled("MC716", *views)


TRAITS = {
    AnswerTraits(
        "listEvents", 200, Credential.VALID, Connector.OWN, frozenset(), None, rate_limits=False, coding="identity"
    ): TRACE
}


@pytest.mark.parametrize(
    "views, traits, expected",
    [([page(1001)], TRAITS, [DECIDED]), ([page(1001)], {}, []), ([], TRAITS, []), ([latest(1001)], TRAITS, [DECIDED])],
)
def test_fair_requests_that_are_answered(views: list[View], traits: dict[AnswerTraits, Trace], expected: list[Ruling]) -> None:
    """Only a sender knows that its requests are fair, and only where there are events they must be answered."""
    assert expected == list(fair_request_refused.predicate(dataclasses.replace(history(*views), traits=traits)))


@pytest.mark.parametrize(
    "views, decided, blamed",
    [
        ([refused(status=401), page(1001)], True, True),
        ([refused(status=401), latest(1001)], True, True),
        ([refused(status=401), fetched(1001)], True, True),
        ([refused(status=401), page()], True, True),
        ([refused(status=401), page(1001), refused(status=403)], True, True),
        ([page(1001), refused(status=401)], True, False),
        ([refused(status=403), page(1001)], True, False),
        ([fair(401), page(1001)], True, False),
        ([refused(status=401)], False, False),
        ([refused(status=401), dataclasses.replace(page(1001), owner=OTHER)], True, False),
        ([refused(status=401), page(1001), fetched(1001)], True, True),
        ([page(1001), refused(status=401), latest(1001)], True, True),
        ([latest(1001), refused(status=401), page(1001)], True, True),
    ],
)
def test_a_credential_that_is_blamed(views: list[View], decided: bool, blamed: bool) -> None:
    """It works later, so it was not the reason; a recording decides nothing."""
    session = history(*views)
    outcomes = list(credential_blamed.predicate(dataclasses.replace(session, traits=TRAITS)))

    assert [] == list(credential_blamed.predicate(session))
    assert (decided, blamed) == (DECIDED in outcomes, len(outcomes) == 2)
