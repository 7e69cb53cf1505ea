"""Requests as probes ask for them."""

from __future__ import annotations

import pytest
from tests.live.asking import PATH, client_of, line, sender_to, target_at
from tests.live.scripted import OK, sends

from mconn_contracts.live.sender import Sender
from mconn_contracts.live.target import FOREIGN_ACCOUNT, UNKNOWN_CONNECTOR, WRONG_TOKEN
from mconn_contracts.model.exchange import Connector, Credential, Intent


def test_a_request_goes_to_the_connectors_events() -> None:
    """The path, the query as it was given, the credential, and who asks; and no header that a library adds."""
    with sender_to(OK, OK) as (sender, server, _):
        sender.send("/1.2")
        sender.send("", {"from": 0, "to": 5, "limit": None, "k": "a b+c"})

        names = {header.partition(":")[0] for header in server.heads[0].split("\r\n")[1:] if header}
        assert [f"GET {PATH}/1.2 HTTP/1.1", f"GET {PATH}?from=0&to=5&k=a%20b%2Bc HTTP/1.1"] == [line(server), line(server, 1)]
        assert {"Host", "Accept", "Accept-Encoding", "User-Agent", "Authorization"} == names
        assert "Authorization: Bearer s3cr3t-t0ken\r\n" in server.heads[0]


@pytest.mark.parametrize(
    "intent, path, header",
    [
        (Intent(), PATH, "Authorization: Bearer s3cr3t-t0ken"),
        (Intent(Credential.WRONG), PATH, f"Authorization: Bearer {WRONG_TOKEN}"),
        (Intent(Credential.MALFORMED), PATH, "Authorization: Bearer"),
        (Intent(Credential.ABSENT), PATH, ""),
        (Intent(connector=Connector.UNKNOWN), PATH.replace("c1", UNKNOWN_CONNECTOR), "Authorization: Bearer s3cr3t-t0ken"),
        (Intent(connector=Connector.FOREIGN), PATH.replace("a1", FOREIGN_ACCOUNT), "Authorization: Bearer s3cr3t-t0ken"),
    ],
)
def test_an_intent_is_what_is_sent(intent: Intent, path: str, header: str) -> None:
    """The credential and the connector are those of the intent, which goes with the exchange."""
    with sender_to(OK) as (sender, server, judge):
        sender.send(intent=intent)

        sent = [each for each in server.heads[0].split("\r\n") if each.startswith("Authorization")]
        assert (f"GET {path} HTTP/1.1", [header] if header else []) == (line(server), sent)
        assert [intent] == [exchange.intent for exchange in judge.exchanges]


def test_what_is_judged_holds_no_secret() -> None:
    """The token is replaced in the request, and where the server gives it back in its headers or its body."""
    with sender_to(sends("200 OK", "X-Echo: s3cr3t-t0ken", body=b'{"a": "Bearer s3cr3t-t0ken"}')) as (sender, _, judge):
        sender.send()

        (exchange,) = judge.exchanges
        assert exchange.request is not None
        assert ("Authorization", "Bearer $CLOUDFLARE_API_TOKEN") in exchange.request.headers
        assert "s3cr3t" not in repr(exchange)
        assert b'{"a": "[secret]"}' == exchange.response.body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
def test_only_safe_methods_leave_for_other_machines(method: str) -> None:
    """Without --allow-writes, nothing but GET, HEAD and OPTIONS may leave: the budget shows that nothing did."""
    with client_of(target_at("http://telemetry.invalid")) as (client, _):
        sender = Sender(client)
        with pytest.raises(PermissionError, match=f"{method} is not sent to .* without --allow-writes"):
            sender.send(method=method)

    assert (False, 0) == (sender.may_write, sender.budget.spent)


def test_any_method_leaves_for_this_machine_and_where_writes_are_allowed() -> None:
    """To a loopback address every method is sent as it is."""
    with sender_to(OK) as (sender, server, _):
        sender.send(method="BREW")

        assert (True, f"BREW {PATH} HTTP/1.1") == (sender.may_write, line(server))
    with client_of(target_at("http://telemetry.invalid")) as (client, _):
        assert [False, True] == [Sender(client, allow_writes=allowed).may_write for allowed in (False, True)]
