"""What browsers are told."""

from __future__ import annotations

import pytest
from tests.server.conftest import TOKEN
from tests.server.development.conftest import Asked, Develop, field

from mconn_contracts.model.exchange import Response

PREFLIGHT = (("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization,prefer, bad name"))


def of(asked: Asked, *origins: str, preflight: bool = False) -> Response:
    """The response to a request of a page of this origin."""
    headers = (*(() if preflight else TOKEN), *(("Origin", origin) for origin in origins), *(PREFLIGHT if preflight else ()))
    return asked.get("/latest", method="OPTIONS" if preflight else "GET", headers=headers)


@pytest.mark.parametrize(
    "origin, allowed",
    [
        ("http://localhost", True),
        ("http://localhost:3000", True),
        ("https://localhost:8443", True),
        ("http://app.localhost:5173", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:9", True),
        ("http://localhost.example.com", False),
        ("http://notlocalhost", False),
        ("http://localhost:3000.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@example.com", False),
        ("https://example.com", False),
        ("null", False),
        ("file://", False),
        ("http://localhost\n", False),
        ("", False),
    ],
)
def test_loopback_origins_may_read_by_default(asked: Asked, origin: str, allowed: bool) -> None:
    """Pages of this machine may, whatever their port; what merely looks like it may not."""
    for preflight in (False, True):
        response = of(asked, origin, preflight=preflight)
        assert (origin if allowed else None) == field(response, "access-control-allow-origin")
        assert "Origin" == field(response, "vary")
        assert field(response, "access-control-allow-credentials") is None


def test_preflight_is_answered_before_the_credential_is_asked_for(asked: Asked) -> None:
    """It has no content, allows what it asked for, and is kept for ten minutes."""
    response = of(asked, "http://localhost:3000", preflight=True)
    assert (204, b"") == (response.status, response.body)
    assert ("GET, HEAD", "authorization, prefer", "600") == tuple(
        field(response, f"access-control-{name}") for name in ("allow-methods", "allow-headers", "max-age")
    )


def test_options_of_no_preflight_are_not_answered_otherwise(asked: Asked) -> None:
    """Without an origin that may ask, OPTIONS is a method that the API does not have."""
    assert [405, 405, 405] == [
        asked.get("/latest", method="OPTIONS", headers=(("Origin", "http://localhost"),)).status,
        asked.get("/latest", method="OPTIONS", headers=PREFLIGHT).status,
        of(asked, "https://example.com", preflight=True).status,
    ]


def test_pages_see_the_fields_that_clients_need(asked: Asked) -> None:
    """Refusals can be read too, with how long to wait."""
    headers = (*TOKEN, ("Origin", "http://localhost"), ("Prefer", "code=429"))
    response = asked.get("/latest", headers=headers)
    exposed = str(field(response, "access-control-expose-headers")).lower().split(", ")
    assert 429 == response.status
    assert {"retry-after", "ratelimit", "preference-applied", "cf-ray"} <= {*exposed}


def test_origins_are_those_that_were_named(develop: Develop) -> None:
    """Named origins replace the default, exactly as they are written; two `Origin` fields are none."""
    asked = develop(origins=("https://app.example.com",))
    assert "https://app.example.com" == field(of(asked, "https://app.example.com"), "access-control-allow-origin")
    for origins in (
        ["http://localhost"],
        ["https://app.example.com:444"],
        ["https://app.example.com", "https://app.example.com"],
    ):
        assert field(of(asked, *origins), "access-control-allow-origin") is None


def test_any_origin_is_a_wildcard_without_credentials(develop: Develop) -> None:
    """`*` is sent as such, so that no browser sends cookies, and answers need not vary."""
    response = of(develop(origins=("*",)), "null")
    assert ("*", None, None) == (
        field(response, "access-control-allow-origin"),
        field(response, "access-control-allow-credentials"),
        field(response, "vary"),
    )


def test_nobody_may_read_where_none_is_named(develop: Develop) -> None:
    """Without origins the answers are as they are without a browser in mind."""
    response = of(develop(origins=()), "http://localhost")
    assert (None, None) == (field(response, "access-control-allow-origin"), field(response, "vary"))
