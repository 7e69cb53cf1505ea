"""The way out for probes, against servers that answer by a script."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.live.scripted import OK, Answer, Scripted, resets, scripted, sends, sends_half, silent

from mconn_contracts.errors import ConnectionFailedError, CouldNotJudgeError
from mconn_contracts.judge.check import Judgement
from mconn_contracts.live.sender import Budget, BudgetSpentError, Sender
from mconn_contracts.live.target import FOREIGN_ACCOUNT, UNKNOWN_CONNECTOR, WRONG_TOKEN, Target
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent

TOKEN = {"Authorization": "Bearer s3cr3t-t0ken"}
PATH = "/accounts/a1/magic/connectors/c1/telemetry/events"
BUSY = "429 Too Many Requests"


class Judge:
    """Takes every exchange, and finds nothing."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> Judgement:
        """Keep the exchange."""
        self.exchanges.append(exchange)
        return Judgement((), frozenset())

    @property
    def statuses(self) -> list[int | None]:
        """The statuses of what was judged, in order."""
        return [exchange.response.status for exchange in self.exchanges]


@contextmanager
def sender_to(*script: Answer, **options: Any) -> Iterator[tuple[Sender, Scripted, Judge]]:
    """A sender to a server with this script."""
    judge = Judge()
    with scripted(*script) as server:
        budget = options.pop("budget", None) or Budget(100)
        sender = Sender(Target(server.url, "a1", "c1", TOKEN), budget, judge, **options)
        with closing(sender):
            yield sender, server, judge


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times that were waited, which take no time."""
    times: list[float] = []
    monkeypatch.setattr(time, "sleep", times.append)
    return times


def line(server: Scripted, index: int = 0) -> str:
    """The first line of a request that the server got."""
    return server.heads[index].partition("\r\n")[0]


# What is sent.


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
    sender = Sender(Target("http://telemetry.invalid", "a1", "c1", TOKEN), Budget(1), Judge())
    with closing(sender), pytest.raises(PermissionError, match=f"{method} does not leave for .* without --allow-writes"):
        sender.send(method=method)

    assert (False, 0) == (sender.may_write, sender.budget.spent)


def test_any_method_leaves_for_this_machine_and_where_writes_are_allowed() -> None:
    """To a loopback address every method is sent as it is."""
    with sender_to(OK) as (sender, server, _):
        sender.send(method="BREW")

        assert (True, f"BREW {PATH} HTTP/1.1") == (sender.may_write, line(server))
    other = Target("http://telemetry.invalid", "a1", "c1", TOKEN)
    assert [False, True] == [Sender(other, Budget(1), Judge(), allow_writes=allowed).may_write for allowed in (False, True)]


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
        sender = Sender(Target("http://telemetry.invalid", "a1", "c1", TOKEN), Budget(1), Judge())
        with closing(sender):
            assert (200, f"GET http://telemetry.invalid{PATH} HTTP/1.1") == (sender.send().status, line(proxy))


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


# 429.


def test_a_rate_limit_is_waited_out(slept: list[float]) -> None:
    """A 429 is waited for as it asks, and the request is sent again; both answers are judged."""
    with sender_to(sends(BUSY, "Retry-After: 7"), OK) as (sender, _, judge):
        assert 200 == sender.send().status

        assert ([429, 200], [7.0], 113.0, 2) == (judge.statuses, slept, sender.budget.wait, sender.budget.spent)


@pytest.mark.parametrize(
    "fields, expected",
    [
        (("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT",), 0.0),
        (("Retry-After: soon",), 1.0),
        (("Retry-After: -5",), 1.0),
        (("Retry-After: 1.5",), 1.0),
        ((), 1.0),
    ],
)
def test_a_time_that_cannot_be_read_is_a_second(slept: list[float], fields: tuple[str, ...], expected: float) -> None:
    """Retry-After is seconds or a date (RFC 9110, 10.2.3); where it is neither, or missing, a second is waited."""
    with sender_to(sends(BUSY, *fields), OK) as (sender, _, judge):
        sender.send()

        assert ([429, 200], [expected]) == (judge.statuses, slept)


@pytest.mark.parametrize("after", ["121", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_rate_limit_that_asks_for_too_much_ends_the_run(slept: list[float], after: str) -> None:
    """What cannot be waited for is judged, and the run ends without another request or a pause."""
    with sender_to(sends(BUSY, f"Retry-After: {after}"), OK) as (sender, server, judge):
        with pytest.raises(CouldNotJudgeError, match=r"asks to wait .* seconds \(429\), which is more than this run may"):
            sender.send()

        assert ([429], [], 1) == (judge.statuses, slept, len(server.heads))


def test_waits_are_bounded_in_all(slept: list[float]) -> None:
    """What one 429 has been waited for is not there for the next."""
    with sender_to(*[sends(BUSY, "Retry-After: 50")] * 3) as (sender, server, _):
        with pytest.raises(CouldNotJudgeError):
            sender.send()

        assert ([50.0, 50.0], 3) == (slept, len(server.heads))


def test_a_request_that_is_always_refused_is_left(slept: list[float]) -> None:
    """After five waits for one request, its 429 is the answer."""
    with sender_to(*[sends(BUSY, "Retry-After: 0")] * 6) as (sender, server, judge):
        assert 429 == sender.send().status

        assert ([429] * 6, [0.0] * 5, 6) == (judge.statuses, slept, len(server.heads))


# Resets.


@pytest.mark.parametrize("broken", [resets, sends_half])
@pytest.mark.parametrize("number", [1, 2])
def test_resets_are_passed_over(broken: Answer, number: int) -> None:
    """A connection that is reset, even twice, is tried again; the broken exchanges are kept aside, and counted."""
    with sender_to(*[broken] * number, OK) as (sender, _, judge):
        assert 200 == sender.send().status

        assert ([200], number, number + 1) == (judge.statuses, len(sender.passed_over), sender.budget.spent)


def test_a_third_reset_is_judged() -> None:
    """What is reset three times in a row is no passing fault: the last one is judged, with why nothing came."""
    with sender_to(OK, resets, resets, resets) as (sender, _, judge):
        sender.send()
        answered = sender.send()

        assert ([200, None], 2) == (judge.statuses, len(sender.passed_over))
        assert str(answered.exchange.response.incomplete).startswith("no answer came: ConnectionResetError")


@pytest.mark.parametrize("number, judged", [(4, False), (5, True)])
def test_many_resets_are_judged_after_all(number: int, judged: bool) -> None:
    """Four resets in a run are a network's; more of them are the server's, and the first of them is judged."""
    with sender_to(*[resets, OK] * number) as (sender, _, judge):
        for _attempt in range(number):
            sender.send()
        sender.judge_resets()

        assert [200] * number + [None] * judged == judge.statuses


# Servers that do not answer.


def test_nobody_there_is_one_clear_error() -> None:
    """Where nothing listens, the error names the URL and what the system says, and nothing is judged."""
    judge = Judge()
    # A port that is taken, but where nobody listens.
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sender = Sender(Target(url, "a1", "c1", TOKEN), Budget(100), judge)
        with closing(sender), pytest.raises(ConnectionFailedError) as caught:
            sender.send()

    assert str(caught.value).startswith(f"{url} does not answer: no answer came: ConnectionRefusedError: ")
    assert [] == judge.exchanges


def test_a_name_that_does_not_resolve_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says that the name is not known."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sender = Sender(Target("http://telemetry.invalid", "a1", "c1", TOKEN), Budget(100), Judge())
    with closing(sender), pytest.raises(ConnectionFailedError, match=r"does not answer: .*Name or service not known"):
        sender.send()


def test_a_server_that_never_answers_is_not_waited_for_long() -> None:
    """A connection without an answer is given up after the timeout, and not tried again."""
    with sender_to(silent, timeout=0.05) as (sender, server, judge):
        with pytest.raises(ConnectionFailedError, match="does not answer: no answer came in time"):
            sender.send()

        assert (1, []) == (len(server.heads), judge.exchanges)


def test_what_is_no_http_is_no_answer() -> None:
    """A server of another protocol is said not to answer, with what came instead."""
    with sender_to(*[lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")] * 3) as (sender, _, judge):
        with pytest.raises(ConnectionFailedError, match=r"BadStatusLine: SSH-2\.0"):
            sender.send()

        assert [] == judge.exchanges


def test_a_server_that_has_stopped_answering_ends_the_run() -> None:
    """Three requests without an answer are judged; then it is asked whether anything is, and the run ends."""
    with sender_to(OK, *[resets] * 10) as (sender, server, judge):
        for _attempt in range(3):
            sender.send("/1.2")
        with pytest.raises(ConnectionFailedError, match="answers no more: no answer came: ConnectionResetError"):
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


def test_a_probe_has_its_share_and_leaves_the_rest() -> None:
    """An allowance ends a probe; the next has its own, and never so much that those after it lack what they need."""
    budget = Budget(10)
    counts = []
    for most, reserved in ((3, 0), (5, 4), (99, 0)):
        budget.allow(most, reserved)
        before = budget.spent
        with pytest.raises(BudgetSpentError):
            spend_all(budget)
        counts.append(budget.spent - before)

    assert ([3, 3, 4], 0) == (counts, budget.left)


def spend_all(budget: Budget) -> None:
    """Spend until nothing is left."""
    while True:
        budget.spend()


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


def test_pace_is_kept_before_each_request() -> None:
    """`pace` is called once for each request, those sent again as well."""
    calls: list[int] = []
    with sender_to(resets, OK, pace=lambda: calls.append(1)) as (sender, server, _):
        sender.send()

        assert 2 == len(calls) == len(server.heads)
