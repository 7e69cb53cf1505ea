"""Limits and latency."""

from __future__ import annotations

from typing import Any

import pytest
from tests.server.development.conftest import BEGUN, Asked, Develop, field, message

from mconn_contracts.server.development import pace


def told(asked: Asked, **options: Any) -> tuple[int | None, str | None, str | None]:
    """The status, the limit and the wait that an answer tells."""
    response = asked.get("/latest", **options)
    return response.status, field(response, "ratelimit"), field(response, "retry-after")


def test_past_the_quota_every_request_gets_429_for_a_window(develop: Develop) -> None:
    """As documented: 429 with `retry-after` for the next window, and then again as at first."""
    asked = develop(rate_limit=(2, 300))
    assert (200, '"default";r=1;t=300', None) == told(asked)
    asked.now = BEGUN + 100.5
    assert (200, '"default";r=0;t=200', None) == told(asked)
    assert (429, '"default";r=0;t=300', "300") == told(asked)
    asked.now = BEGUN + 301
    assert (429, '"default";r=0;t=100', "100") == told(asked)
    asked.now = BEGUN + 400.5
    assert (200, '"default";r=1;t=300', None) == told(asked)
    assert '"default";q=2;w=300' == field(asked.get("/latest"), "ratelimit-policy")


def test_quota_comes_again_with_the_next_window(develop: Develop) -> None:
    """Who stays within it is never refused."""
    asked = develop(rate_limit=(2, 10))
    statuses = []
    for number in range(10):
        asked.now = BEGUN + 5 * number
        statuses.append(told(asked)[0])
    assert [200] * 10 == statuses


def test_each_credential_has_its_own(develop: Develop) -> None:
    """Another token, and none, are other callers; they are limited whatever they ask for."""
    asked = develop(rate_limit=(1, 10))
    wrong = (("Authorization", "Bearer wrong"),)
    asking: list[dict[str, Any]] = [{}, {}, {"headers": wrong}, {"headers": wrong, "path": "/client/v4/other"}, {"headers": ()}]
    assert [200, 429, 401, 429, 401] == [told(asked, **options)[0] for options in asking]


def test_few_callers_are_remembered(develop: Develop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who makes up credentials does not fill the memory: the caller that came first is forgotten."""
    monkeypatch.setattr(pace, "MOST_CALLERS", 2)
    asked = develop(rate_limit=(1, 10))
    others = [told(asked, headers=(("X-Auth-Key", str(number)),))[0] for number in (1, 2, 1)]
    assert [401, 401, 429] == others
    assert [200, 401] == [told(asked)[0], told(asked, headers=(("X-Auth-Key", "1"),))[0]]


def test_refusal_is_in_the_envelope(develop: Develop) -> None:
    """A 429 is as the vendor's API has it; one that a request prefers keeps its own wait."""
    asked = develop(rate_limit=(1, 10))
    preferred = asked.prefer("code=429").response
    assert ("1", '"default";q=1;w=10') == (field(preferred, "retry-after"), field(preferred, "ratelimit-policy"))
    assert "Please wait and consider throttling your request speed" == message(asked.get("/latest"))


def test_latency_lies_in_its_span(develop: Develop) -> None:
    """Each answer takes some time of the span, the same for the same seed."""
    one, again = ([asked.answer("/latest").delivery.delay for _ in range(20)] for asked in map(spanned, (develop, develop)))
    assert one == again
    assert all(0.1 <= delay <= 0.3 for delay in one)
    assert len({*one}) > 1


def spanned(develop: Develop) -> Asked:
    """A server that takes from 100 to 300 ms."""
    return develop(latency=(0.1, 0.3))
