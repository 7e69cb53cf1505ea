"""The server under test, as the user says it."""

from __future__ import annotations

import pytest

from mconn_contracts.errors import UsageError
from mconn_contracts.live.target import HARMLESS, Target
from mconn_contracts.model.exchange import Credential

TOKEN = {"Authorization": "Bearer s3cr3t"}
KEY = {"X-Auth-Email": "reader@example.com", "X-Auth-Key": "s3cr3t"}


def target(url: str = "https://api.cloudflare.com/client/v4", **values: str) -> Target:
    """A target with a token."""
    return Target(url, values.get("account", "a1"), values.get("connector", "c1"), TOKEN)


@pytest.mark.parametrize(
    "url, loopback",
    [
        ("http://127.0.0.1:8765/client/v4", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("https://LOCALHOST:1", True),
        ("http://mock.localhost/x", True),
        ("https://api.cloudflare.com/client/v4", False),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://[2001:db8::1]", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:
    """Addresses of 127.0.0.0/8 and ::1, and names that RFC 6761 gives to them; nothing that only looks like one."""
    assert loopback == target(url).loopback


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.cloudflare.com/client/v4",
        "ftp://api.cloudflare.com",
        "http://",
        "http:///client/v4",
        "http://host:port",
        "http://host:0",
        "http://host:65536",
        "http://[::1",
        "http://ho st",
        "http://host/\nclient",
        "http://höst",
        "http://user@host",
        "http://user:s3cr3t@host",
        "http://@host",
        "http://host?",
        "http://host?x=1",
        "http://host#",
        "http://host/client/v4/accounts",
        "http://host/client/v4/accounts/a1/magic",
    ],
)
def test_what_is_no_base_url_is_wrong_use(url: str) -> None:
    """A URL that cannot be the base of the API is refused before anything is sent, and not repeated in the message."""
    with pytest.raises(UsageError) as caught:
        target(url)

    assert not {"s3cr3t", "x=1"} & set(str(caught.value).replace("'", " ").split())


def test_paths_lie_below_the_base_and_hold_the_ids_as_one_segment_each() -> None:
    """A slash at the end of the base is not doubled, and nothing in an id is read as a path."""
    given = target("https://api.cloudflare.com/client/v4//", account="a/../b", connector="c?d#e%2F")

    assert "https://api.cloudflare.com/client/v4" == given.base_url
    assert "/accounts/a%2F..%2Fb/magic/connectors/c%3Fd%23e%252F/telemetry/events" == given.events_path()
    assert "/accounts/x/magic/connectors/y/telemetry/events" == given.events_path("x", "y")


def test_secrets_are_every_text_that_a_credential_holds() -> None:
    """The token, or email and key, and what is made of them to be refused: the longest first, so that none is left over."""
    token, key = target().secrets, Target("https://h", "a1", "c1", KEY).secrets

    assert {"s3cr3t", "s3cr3tx", "S3CR3T", "\ts3cr3t"} == {each.removeprefix("Bearer ") for each in token}
    assert {"reader@example.com", "s3cr3t", "s3cr3tx", "S3CR3T"} == set(key)
    assert [list(token), list(key)] == [sorted(each, key=len, reverse=True) for each in (token, key)]


def test_derived_credentials_are_shown_as_made_from_the_variable() -> None:
    """A shell can make each value that stands in a report, and none of them has a part of the token or the key."""
    shown = [*target().derived.values(), *Target("https://h", "a1", "c1", KEY).derived.values()]

    assert 5 == len(shown)
    assert [] == [each for each in shown if "s3cr3t" in each.lower() or "$" not in each]


def test_credentials_are_not_in_the_representation() -> None:
    """What a traceback or a log shows of a target has no secret in it."""
    assert "s3cr3t" not in repr(target()) + repr(Target("http://host", "a", "c", KEY))


def test_made_up_credentials_are_those_that_are_shown() -> None:
    """The valid one is the user's own; each of the others is made up, and of the headers that are shown as they are."""
    assert (TOKEN,) == target().forms(Credential.VALID)
    assert ({},) == target().forms(Credential.ABSENT)
    for credential in (Credential.WRONG, Credential.MALFORMED):
        forms = target().forms(credential)
        assert 2 == len(forms)
        assert {value for fields in forms for value in fields.values()} <= HARMLESS


@pytest.mark.parametrize(
    "host, public",
    [
        ("127.0.0.1", False), ("localhost", False), ("[::1]", False),
        ("10.1.2.3", False), ("172.16.0.1", False), ("172.31.255.255", False), ("192.168.1.1", False),
        ("[fd12:3456::1]", False), ("[fc00::1]", False),
        ("mock.local", False), ("mock.svc.internal", False), ("mock", False), ("mock.internal.", False),
        ("172.32.0.1", True), ("11.0.0.1", True), ("8.8.8.8", True), ("[2606:4700::1]", True),
        ("api.cloudflare.com", True), ("local.example", True), ("internal.example.com", True),
    ],
)  # fmt: skip
def test_a_private_host_is_not_public(host: str, public: bool) -> None:
    """RFC 1918, RFC 4193, .local, .internal and names of one label are private; what only looks like one is public."""
    assert public == target(f"http://{host}:8080/client/v4").public
