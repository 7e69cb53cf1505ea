"""The way to a server: the environment, proxies, TLS, and connections that are used again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.live.asking import PATH, client_of, line, sender_to, target_at
from tests.live.scripted import OK, scripted, sends

from mconn_contracts.live.sender import Sender
from mconn_contracts.model.exchange import Credential, Intent

# The environment.


def test_no_proxy_is_used_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxies of the environment are for other machines: neither request nor credential goes there."""
    with scripted(OK) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with sender_to(OK) as (sender, server, _):
            assert (200, 1, []) == (sender.send().status, len(server.heads), proxy.heads)


def test_the_proxy_of_the_environment_is_used_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user behind a proxy reaches the vendor by it."""
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with scripted(OK) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with client_of(target_at("http://telemetry.invalid")) as (client, _):
            assert (200, f"GET http://telemetry.invalid{PATH} HTTP/1.1") == (Sender(client).send().status, line(proxy))


def test_a_netrc_entry_does_not_replace_the_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry for the host in the user's .netrc is not used, with the credential or without one."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with sender_to(OK, OK) as (sender, server, _):
        sender.send()
        sender.send(intent=Intent(Credential.ABSENT))

        assert ["Authorization: Bearer s3cr3t-t0ken" in server.heads[0], "Authorization" in server.heads[1]] == [True, False]


def test_cookies_are_not_sent_back() -> None:
    """A cookie that the server sets is not in the next request."""
    with sender_to(sends("200 OK", "Set-Cookie: a=1; Path=/"), OK) as (sender, server, _):
        sender.send()
        sender.send()

        assert [False, False] == ["Cookie:" in head for head in server.heads]


# Redirects.


@pytest.mark.parametrize("location", ["{elsewhere}/", "http://[", "//", "\xff"])
def test_a_redirect_is_an_answer(location: str) -> None:
    """It is judged with its body and not followed, wherever it leads: the credential goes nowhere else."""
    with scripted(OK) as elsewhere:
        answer = sends("302 Found", f"Location: {location.format(elsewhere=elsewhere.url)}", body=b"moved")
        with sender_to(answer) as (sender, _, judge):
            sender.send()

            assert [(302, b"moved", None)] == [
                (each.response.status, each.response.body, each.response.incomplete) for each in judge.exchanges
            ]
        assert [] == elsewhere.heads
