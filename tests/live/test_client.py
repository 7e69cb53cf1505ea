"""The one way out, against servers that answer by a script."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest
from tests.live.asking import PATH, Clock, Judge, client_of, line, sender_to, target_at
from tests.live.scripted import OK, Answer, resets, sends, sends_half, silent

from mconn_contracts.errors import ConnectionFailedError, CouldNotJudgeError
from mconn_contracts.live.budget import Budget, BudgetSpentError
from mconn_contracts.live.client import Client
from mconn_contracts.live.sender import Sender
from mconn_contracts.live.transport import Reply, no_answer
from mconn_contracts.model.exchange import Intent, Request, Response

BUSY = "429 Too Many Requests"

# 429.


def test_a_rate_limit_is_waited_out() -> None:
    """A 429 is waited for as it asks, and the request is sent again; both answers are judged."""
    clock = Clock()
    with sender_to(sends(BUSY, "Retry-After: 7"), OK, budget=clock.budget()) as (sender, _, judge):
        assert 200 == sender.send().status

        assert ([429, 200], [7.0], 113.0, 2) == (judge.statuses, clock.slept, sender.budget.wait, sender.budget.spent)


@pytest.mark.parametrize(
    "fields, expected",
    [
        (("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT",), []),
        (("Retry-After: soon",), [1.0]),
        (("Retry-After: -5",), [1.0]),
        (("Retry-After: 1.5",), [1.0]),
        ((), [1.0]),
    ],
)
def test_a_time_that_cannot_be_read_is_a_second(fields: tuple[str, ...], expected: list[float]) -> None:
    """Retry-After is seconds or a date (RFC 9110, 10.2.3); where it is neither, or missing, a second is waited."""
    clock = Clock()
    with sender_to(sends(BUSY, *fields), OK, budget=clock.budget()) as (sender, _, judge):
        sender.send()

        assert ([429, 200], expected) == (judge.statuses, clock.slept)


@pytest.mark.parametrize("after", ["121", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_rate_limit_that_asks_for_too_much_ends_the_run(after: str) -> None:
    """What cannot be waited for is judged, and the run ends without another request or a pause."""
    clock = Clock()
    with sender_to(sends(BUSY, f"Retry-After: {after}"), OK, budget=clock.budget()) as (sender, server, judge):
        with pytest.raises(CouldNotJudgeError, match=r"asks to wait .* seconds \(429\), which is longer than this run may"):
            sender.send()

        assert ([429], [], 1) == (judge.statuses, clock.slept, len(server.heads))


def test_waits_are_bounded_in_all() -> None:
    """What one 429 has been waited for is not there for the next."""
    clock = Clock()
    with sender_to(*[sends(BUSY, "Retry-After: 50")] * 3, budget=clock.budget()) as (sender, server, _):
        with pytest.raises(CouldNotJudgeError):
            sender.send()

        assert ([50.0, 50.0], 3) == (clock.slept, len(server.heads))


def test_a_request_that_is_always_refused_is_left() -> None:
    """After five waits for one request, its 429 is the answer."""
    clock = Clock()
    with sender_to(*[sends(BUSY, "Retry-After: 0")] * 6, budget=clock.budget()) as (sender, server, judge):
        assert 429 == sender.send().status

        assert ([429] * 6, [], 6) == (judge.statuses, clock.slept, len(server.heads))


@pytest.mark.parametrize(
    "after, asked",
    [
        ("86400", "'86400'"),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("Thu, 31 Dec 9998 23:59:59 GMT", "'Thu, 31 Dec 9998 23:59:59 GMT'"),
        ("9" * 400, repr("9" * 60)),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("٣", None),
        ("1e9", None),
        ("Mon, 00 Foo 0000", None),
        ("\xff", None),
    ],
)
def test_what_is_asked_for_is_said_in_any_form(after: str, asked: str | None) -> None:
    """A Retry-After that cannot be read is a second; one that is too long is repeated in the message, cut where it is long."""
    clock = Clock()
    refusal = sends(BUSY, f"Retry-After: {after}")
    with sender_to(refusal, OK, budget=clock.budget()) as (sender, _, judge):
        try:
            sender.send()
            said = None
        except CouldNotJudgeError as error:
            said = str(error)

    assert (asked is None, [1.0] if asked is None else []) == (said is None, clock.slept)
    assert 429 == judge.statuses[0]
    assert asked is None or f"retry-after is {asked}; run it later" in str(said)


# Failures of a gateway.


@pytest.mark.parametrize(
    "status, fields, waited",
    [("502 Bad Gateway", (), []), ("504 Gateway Timeout", (), []), ("503 Service Unavailable", ("Retry-After: 2",), [2.0])],
)
def test_a_failure_that_passes_is_asked_again_once(status: str, fields: tuple[str, ...], waited: list[float]) -> None:
    """A single 502 or 504, and a 503 that says how long it lasts, are not judged; twice in a row they are, once."""
    failure = sends(status, *fields)
    clock = Clock()
    with sender_to(failure, OK, failure, failure, budget=clock.budget()) as (sender, server, judge):
        assert [200, int(status[:3])] == [sender.send().status, sender.send().status]

        assert ([200, int(status[:3])], 4, waited * 2) == (judge.statuses, len(server.heads), clock.slept)


@pytest.mark.parametrize("status", ["503 Service Unavailable", "500 Internal Server Error"])
def test_another_failure_is_the_answer(status: str) -> None:
    """A 500, and a 503 that does not ask to come back, are judged at once."""
    with sender_to(sends(status), OK) as (sender, server, judge):
        sender.send()

        assert ([int(status[:3])], 1) == (judge.statuses, len(server.heads))


# A credential that is accepted no more.

REFUSED = sends("401 Unauthorized")


def test_a_credential_that_expires_ends_the_run() -> None:
    """Refused where it had been accepted, it is no fault of the server: the error says from which request on, and what helps."""
    with sender_to(OK, OK, REFUSED, REFUSED) as (sender, server, judge):
        sender.send("/latest")
        sender.send()
        with pytest.raises(CouldNotJudgeError) as caught:
            sender.send("/1.2")

        assert ([200, 200], 4) == (judge.statuses, len(server.heads))
    said = str(caught.value)
    assert f"refuses the credential (401) from request 3 on (GET {PATH}/1.2), after accepting it 2 times" in said
    assert said.endswith("the findings before that count; use one that lives longer, or --token-command")


@pytest.mark.parametrize(
    "shut",
    [
        sends("302 Found", "Location: https://login.example/"),
        sends("200 OK", "Content-Type: text/html", body=b"<title>Log in</title>"),
        sends("200 OK", body=b"<!DOCTYPE html><title>Log in</title>"),
        sends("400 Bad Request", body=b'{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}]}'),
    ],
    ids=["redirect", "page", "page without a type", "bad request"],
)
def test_a_gate_that_closes_ends_the_run(shut: Answer) -> None:
    """A login that is led to in mid-run, where the API had answered before, is not a fault of the API."""
    with sender_to(OK, shut, shut) as (sender, _, judge):
        sender.send("/latest")
        with pytest.raises(CouldNotJudgeError, match=r"from request 2 on .* it has expired or was revoked"):
            sender.send()

    assert [200] == judge.statuses


def test_a_redirect_of_one_request_is_the_answer() -> None:
    """Where the API still answers elsewhere, what leads away is judged."""
    with sender_to(OK, sends("302 Found", "Location: /elsewhere"), OK) as (sender, _, judge):
        assert [200, 302] == [sender.send("/latest").status, sender.send().status]

    assert [200, 302] == judge.statuses


def test_a_refusal_of_one_request_is_the_answer() -> None:
    """Where the credential is still accepted elsewhere, a 401 is judged."""
    with sender_to(OK, REFUSED, OK) as (sender, _, judge):
        assert [200, 401] == [sender.send("/latest").status, sender.send("/1.2").status]

        assert [200, 401] == judge.statuses


def test_what_refuses_all_alike_is_looked_at_again_now_and_then() -> None:
    """A server that says the same of every wrong request costs no second request for each; one that closes then is noticed."""
    with sender_to(OK, REFUSED, OK, *[REFUSED] * 9) as (sender, server, judge):
        sender.send("/latest")
        for number in range(8):
            assert 401 == sender.send(f"/1.{number}").status
        with pytest.raises(CouldNotJudgeError, match=r"refuses the credential \(401\) from request 10 on"):
            sender.send("/2.0")

        assert ([200, *[401] * 8], 12) == (judge.statuses, len(server.heads))


def test_what_another_path_gets_hides_no_expiry() -> None:
    """A path that is not of the API may be refused as a credential is: a wrong request on one that is shows the expiry."""
    with sender_to(OK, REFUSED, OK, REFUSED, REFUSED, OK, OK) as (sender, _, judge):
        sender.client.renew = lambda _: {"Authorization": "Bearer n3w-t0ken"}
        sender.send("/latest")
        assert 401 == sender.send("/1.2/more").status
        # With the new credential, the wrong request is asked again: no 401 of before is blamed on it.
        assert 200 == sender.send("?from=x").status

        assert [200, 401, 200] == judge.statuses


def test_a_fair_request_that_is_refused_like_wrong_ones_is_looked_at() -> None:
    """A server that says the same of a wrong request and of an expired credential: the first fair request shows which it is."""
    with sender_to(OK, REFUSED, OK, REFUSED, REFUSED) as (sender, server, judge):
        sender.send("/latest")
        assert 401 == sender.send("/1.2x").status
        with pytest.raises(CouldNotJudgeError, match=r"refuses the credential \(401\) from request 3 on"):
            sender.send("/1.2", intent=Intent(fair=True))

        assert ([200, 401], 5) == (judge.statuses, len(server.heads))


def test_a_new_credential_is_asked_for_and_hidden() -> None:
    """With a way to renew it, the request is sent again with the new one; both are in nothing that is judged."""
    echo = sends("200 OK", body=b'["s3cr3t-t0ken", "n3w-t0ken"]')
    with sender_to(OK, REFUSED, REFUSED, OK, echo) as (sender, server, judge):
        sender.client.renew = lambda _: {"Authorization": "Bearer n3w-t0ken"}
        sender.send("/latest")

        assert 200 == sender.send("/1.2").status
        assert ["s3cr3t-t0ken", "n3w-t0ken"] == [server.heads[index].partition("Bearer ")[2].split()[0] for index in (2, 4)]
        assert b'["[secret]", "[secret]"]' == judge.exchanges[-1].response.body
        assert "t0ken" not in repr(judge.exchanges)


# Resets.


@pytest.mark.parametrize("broken", [resets, sends_half])
@pytest.mark.parametrize("number", [1, 2])
def test_resets_are_passed_over(broken: Answer, number: int) -> None:
    """A connection that is reset, even twice, is tried again; the broken exchanges are kept aside, and counted."""
    with sender_to(*[broken] * number, OK) as (sender, _, judge):
        assert 200 == sender.send().status

        assert ([200], number, number + 1) == (judge.statuses, sender.client.passed_over, sender.budget.spent)


def test_a_third_reset_is_judged() -> None:
    """What is reset three times in a row is not a passing fault: the last one is judged, with why nothing came."""
    with sender_to(OK, resets, resets, resets) as (sender, _, judge):
        sender.send()
        answered = sender.send()

        assert ([200, None], 2) == (judge.statuses, sender.client.passed_over)
        assert str(answered.exchange.response.incomplete).startswith("no answer came: ConnectionResetError")


@pytest.mark.parametrize("number, judged", [(4, False), (5, True)])
def test_many_resets_are_judged_after_all(number: int, judged: bool) -> None:
    """Four resets in a run are a network's; more of them are the server's, and the first of them is judged."""
    with sender_to(*[resets, OK] * number) as (sender, _, judge):
        for _attempt in range(number):
            sender.send()
        sender.client.judge_passed_over()

        assert [200] * number + [None] * judged == judge.statuses


def test_a_connection_that_is_closed_without_a_word_is_replaced() -> None:
    """A server may close a connection after any answer (RFC 9112, 9.5): that is no failure, and the next request gets another."""

    def unsaid(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with sender_to(unsaid, unsaid, unsaid) as (sender, _, judge):
        assert [200, 200, 200] == [sender.send().status for _ in range(3)]

        assert ([200, 200, 200], 0) == (judge.statuses, sender.client.passed_over)


class Restarting:
    """Takes connections but for two of them, as a server does that restarts."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def send(self, _request: Request, _deadline: float) -> Reply:
        """The next reply."""
        return self.replies.pop(0)

    def keep_no_connection(self) -> None:
        """Nothing: there are no connections."""

    abandon = close = keep_no_connection


def test_a_server_that_restarts_is_waited_for() -> None:
    """One that has answered, and takes no connection for a while, gets two pauses; that is one failure which passed."""
    ok = Reply(Response(200, (), b"{}"))
    closed = no_answer("no answer came: ConnectionRefusedError", may_pass=True, closed=True)
    clock, judge = Clock(), Judge()
    client = Client(target_at("http://127.0.0.1"), Restarting(ok, closed, closed, ok), clock.budget(), judge)
    sender = Sender(client)

    assert [200, 200] == [sender.send().status, sender.send().status]
    assert ([200, 200], [1.0, 2.0], 1) == (judge.statuses, clock.slept, client.passed_over)


# Servers that do not answer.


def test_nobody_there_is_one_clear_error() -> None:
    """Where nothing listens, the error names the URL and what the system says, and nothing is judged."""
    # A port that is taken, but where nobody listens.
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client_of(target_at(url)) as (client, judge), pytest.raises(ConnectionFailedError) as caught:
            Sender(client).send()

    assert str(caught.value).startswith(f"{url} does not answer: no answer came: ConnectionRefusedError: ")
    assert [] == judge.exchanges


def test_a_name_that_does_not_resolve_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says that the name is not known."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with client_of(target_at("http://telemetry.invalid")) as (client, _), pytest.raises(ConnectionFailedError) as caught:
        Sender(client).send()

    assert "Name or service not known" in str(caught.value)


def test_a_server_that_never_answers_is_not_waited_for_long() -> None:
    """A connection without an answer is given up after the timeout, and not tried again."""
    with sender_to(silent, timeout=0.05) as (sender, server, judge):
        with pytest.raises(ConnectionFailedError, match="does not answer: no answer came in time"):
            sender.send()

        assert (1, []) == (len(server.heads), judge.exchanges)


def test_what_is_no_http_is_no_answer() -> None:
    """A server of another protocol is said not to answer, with what came instead."""
    with sender_to(*[lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")] * 3) as (sender, _, judge):
        with pytest.raises(ConnectionFailedError, match=r"not HTTP: .SSH-2\.0"):
            sender.send()

        assert [] == judge.exchanges


def test_a_server_that_has_stopped_answering_ends_the_run() -> None:
    """Three requests without an answer are judged; then it is asked whether anything is, and the run ends."""
    with sender_to(OK, *[resets] * 10) as (sender, server, judge):
        for _attempt in range(3):
            sender.send("/1.2")
        with pytest.raises(ConnectionFailedError, match="no longer answers: no answer came: ConnectionResetError"):
            sender.send("/1.2")

        assert ([200, None, None, None], 11) == (judge.statuses, len(server.heads))
        assert f"GET {PATH}/latest HTTP/1.1" == line(server, 10)


def test_a_server_that_leaves_out_some_requests_is_asked_on() -> None:
    """Where the question in between is answered, the run goes on: what is not answered is a finding, not the end."""
    with sender_to(OK, *[resets] * 9, OK, *[resets] * 6, OK) as (sender, server, judge):
        for _attempt in range(7):
            sender.send()

        assert ([200, None, None, None, None, None, 200], 18) == (judge.statuses, len(server.heads))


# Budgets.


def test_no_more_is_sent_than_the_budget_has() -> None:
    """Every request counts, those sent again as well."""
    with sender_to(OK, resets, sends(BUSY, "Retry-After: 0"), *[OK] * 5, budget=Budget(4)) as (sender, server, judge):
        sender.send()
        sender.send()
        with pytest.raises(BudgetSpentError):
            sender.send()

        assert (4, [200, 429, 200]) == (len(server.heads), judge.statuses)


def test_nothing_is_sent_after_the_deadline() -> None:
    """Once the time is over, a request is not sent, and a wait that would outlast it is not begun."""
    with sender_to(OK, budget=Budget(9, deadline=time.monotonic() - 1)) as (sender, server, _):
        with pytest.raises(BudgetSpentError):
            sender.send()
        assert [] == server.heads
    with sender_to(sends(BUSY, "Retry-After: 60"), budget=Budget(9, deadline=time.monotonic() + 59)) as (sender, _, judge):
        with pytest.raises(CouldNotJudgeError):
            sender.send()
        assert [429] == judge.statuses


def test_what_the_deadline_cuts_off_is_not_judged() -> None:
    """A request that the end of the run breaks off says nothing about the server."""
    with sender_to(OK, silent) as (sender, _, judge):
        sender.send()
        sender.budget.deadline = time.monotonic() + 0.2
        with pytest.raises(BudgetSpentError):
            sender.send()

        assert [200] == judge.statuses
