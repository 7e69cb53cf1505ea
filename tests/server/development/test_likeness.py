"""Choices of another server, taken on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from tests.live.runs import ALL, NOWHERE, PLAN, probe, target

from mconn_contracts.contract.document import load
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.server.api.stages import Reason
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.development.assembly import Development, Settings
from mconn_contracts.server.development.likeness import Likeness, likeness
from mconn_contracts.server.styles import STYLES, Style

SEEN = STYLES["in-order-of-collection-descending"], STYLES["small-cap-refused"]
MIXED = Style(
    "mixed",
    "Choices that no style has together.",
    Behavior(
        order="descending",
        start="exclusive",
        last_page="leads-to-empty-page",
        latest="newest-of-each-kind",
        unknown_connector="empty",
        reversed_window="refuse",
        future_window="refuse",
        missing_credential=400,
        malformed_credential=403,
        result_of_errors="null",
        numbers="integral-float",
        rate_headers=False,
    ),
)


def choices_of(found: Likeness, pinned: dict[str, str]) -> tuple[set[str], tuple[Choice, ...]]:
    """What a run finds at a server that took on choices, and what the run sees it choose."""
    settings = RunSettings(profile=replace(PROFILES["quick"], drawn=0), cap=ALL, pinned=pinned)
    with closing(Development(Settings(likeness=found), load())) as server:
        run = Run(target(NOWHERE), PLAN, settings, transport=HandlerTransport(server.responder))
        verdict = run.execute()
    return set(verdict.tally.by_code), run.choices


@pytest.mark.parametrize("style", [*SEEN, MIXED], ids=lambda style: style.name)
def test_server_chooses_as_the_one_that_was_seen(style: Style) -> None:
    """Everything that a run pins of a server is taken on, and a run with the same pins finds nothing."""
    pinned = probe(style=style).pinned
    found = likeness(pinned)
    codes, choices = choices_of(found, pinned)

    assert ((), set()) == (found.left, codes)
    assert pinned == {choice.name: choice.value for choice in choices if choice.name in pinned}


def test_statuses_and_members_that_no_style_has_are_taken_on() -> None:
    """Any status of a refusal, and any of the members that an envelope may have."""
    pinned = {
        "over_limit": "refused with 422",
        "largest_limit": "100 to 999",
        "unknown_kind": "refused with 404",
        "unknown_connector": "refused with 410",
        "foreign_account": "refused with 451",
        "absent_credential": "407",
        "wrong_credential": "404",
        "success_members": "messages",
        "failure_members": "result",
    }
    _, choices = choices_of(likeness(pinned), pinned)
    assert pinned == {choice.name: choice.value for choice in choices if choice.name in pinned}


@pytest.mark.parametrize(
    "name, value",
    [
        ("unknown_kind", "shows events"),
        ("reversed_window", "refused with 500"),
        ("unknown_connector", "empty, refused with 403"),
        ("malformed_credential", "400, 403, 405"),
        ("order", "sideways"),
        ("latest", "the newest 0"),
        ("default_limit", "9999999999999999999999"),
        ("success_members", "errors and warnings"),
        ("part_seen", "3 events of 0 to 1, which has more"),
        ("invented", "by a later version"),
    ],
)
def test_what_cannot_be_taken_on_is_said(name: str, value: str) -> None:
    """It is named with its value, and the rest is taken on."""
    found = likeness({name: value, "window_to": "exclusive"})
    (words,) = found.left
    assert words.startswith(f"{name} is {value!r}: this server ")
    assert "exclusive" == found.behavior.end


def test_windows_that_are_refused_differently_are_said() -> None:
    """Old windows and future ones are refused alike, or the second is not taken on."""
    found = likeness({"old_window": "refused with 400", "future_window": "refused with 422"})
    assert ["future_window is 'refused with 422': this server cannot choose that"] == [*found.left]


@pytest.mark.parametrize(
    "absent, malformed, expected",
    [("401", "400, 401", 400), ("401", "401", 401), ("400", "400, 403", 403), ("400", "400, 401", 400), ("403", "400", 400)],
)
def test_malformed_credentials_that_are_taken_for_wrong_ones_say_nothing(absent: str, malformed: str, expected: int) -> None:
    """Of several statuses, the one counts that neither a wrong credential gets nor an absent one, where there is one."""
    found = likeness({"absent_credential": absent, "wrong_credential": "401", "malformed_credential": malformed})
    assert expected == found.statuses[Reason.CREDENTIAL_MALFORMED]


def test_default_limit_stays_within_the_largest() -> None:
    """A default that was not seen does not become one that is refused."""
    assert 50 == likeness({"largest_limit": "50 to 99", "over_limit": "refused with 400"}).behavior.default_limit
