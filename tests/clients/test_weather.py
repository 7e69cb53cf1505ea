"""What a client did about the weather, as its requests tell it."""

from __future__ import annotations

import pytest

from mconn_contracts.clients.observing import Call
from mconn_contracts.clients.weather import WEATHERS, conduct
from mconn_contracts.model.exchange import Request
from mconn_contracts.model.trial import Result

BY_NAME = {each.name: each for each in WEATHERS}
CLEAN = "abc"
HIT = 2
"""The weather begins with the second request."""


def calls(asked: str, status: int, *, seconds: float) -> list[Call]:
    """Requests, a letter each, so many seconds apart; the second is answered with that status, and not wholly below 400."""
    return [
        Call(Request("GET", f"/{letter}"), status if index == 1 else 200, index * seconds, index != 1 or status >= 400)
        for index, letter in enumerate(asked)
    ]


@pytest.mark.parametrize(
    "weather, asked, seconds, code, result, did",
    [
        ("throttled", "abbc", 1.0, 0, Result.PASSED, "waits as Retry-After says, and asks again"),
        ("throttled", "abbc", 0.1, 0, Result.BROKEN, "asks again before Retry-After says"),
        ("throttled", "ab", 1.0, 1, Result.BROKEN, "gives up"),
        ("throttled", "abc", 1.0, 0, Result.BROKEN, "goes on without the answer"),
        ("unavailable", "abbc", 0.1, 0, Result.PASSED, "asks again"),
        ("unavailable", "abb", 0.1, 1, Result.BROKEN, "asks again, and fails"),
        ("unavailable", "ababc", 0.1, 0, Result.BROKEN, "asks again; asks for 1 answer that it had"),
        ("slow", "abc", 2.0, 0, Result.PASSED, "waits"),
        ("slow", "abbc", 0.5, 0, Result.BROKEN, "asks again before the answer comes"),
        ("closed", "abbc", 0.1, 0, Result.PASSED, "asks again"),
        ("unavailable-for-good", "abbb", 0.1, 1, Result.PASSED, "asks 3 times, and fails"),
        ("unavailable-for-good", "ab", 0.1, 0, Result.BROKEN, "asks once, and passes without an answer"),
        ("unavailable-for-good", "abbb", 0.1, None, Result.BROKEN, "asks 3 times, and does not end in time"),
    ],
)
def test_what_a_client_did(weather: str, asked: str, seconds: float, code: int | None, result: Result, did: str) -> None:
    """It waited, asked again, gave up, or asked for what it had; which of that is well depends on the weather."""
    status = {"throttled": 429, "unavailable": 503, "unavailable-for-good": 503}.get(weather, 200)
    clean = calls(CLEAN, 503, seconds=seconds)

    assert (result, did) == conduct(BY_NAME[weather], calls(asked, status, seconds=seconds), HIT, clean, code)
