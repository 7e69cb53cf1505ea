"""What a failure shows of the inside of a server, and what only looks like it."""

from __future__ import annotations

import json

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.model.exchange import Exchange, Request, Response

PLAN = Plan(load(), select=("MC713",))
URL = "http://127.0.0.1/srv/v4/accounts/a1/magic/connectors/c1/telemetry/events?from=%2Fvar%2Flog&to=/tmp/a+b"


def shown(text: str, status: int | None = 500, url: str = URL) -> str | None:
    """What is found in a failure with this message; None where nothing is decided."""
    body = json.dumps({"success": False, "errors": [{"code": 1, "message": text}]}).encode()
    judgement = check(Exchange(Response(status, (("content-type", "application/json"),), body), Request("GET", url)), PLAN)
    if not judgement.decided:
        return None
    return judgement.findings[0].message if judgement.findings else "nothing"


@pytest.mark.parametrize(
    "text, what",
    [
        ("Traceback (most recent call last):", "a Python traceback"),
        ('File "app.py", line 3', "a Python traceback"),
        ("at com.example.Api.get(Api.java:42)", "a Java stack trace"),
        ('Exception in thread "main"', "a Java stack trace"),
        ("goroutine 17 [running]", "a Go stack trace"),
        ("panic: runtime error: index", "a Go stack trace"),
        ("at get (api.js:3:7)", "a JavaScript stack trace"),
        ("at Object.get (file.cjs:13:2)", "a JavaScript stack trace"),
        ("at Api.Get(String id) in Api.cs:line 9", "a .NET stack trace"),
        ("thread 'main' panicked at", "a Rust panic"),
        ("set RUST_BACKTRACE to 1", "a Rust panic"),
        ("sqlite3.OperationalError", "a database error"),
        ("SQLSTATE 42601", "a database error"),
        ("syntax error at or near SELECT", "a database error"),
        ("ORA-00942", "a database error"),
        ("psycopg2.errors", "a database error"),
        ("see /var/log/api.log", "a file path"),
        ("in /app/main.py", "a file path"),
        ("in /srv/v4_", "a file path"),
        ("C:\\inetpub\\wwwroot", "a file path"),
    ],
)
def test_each_sort_of_leak_is_found(text: str, what: str) -> None:
    """By itself, whatever language and database a server is made with."""
    assert str(shown(text)).startswith(f"the failure shows {what}: ")


@pytest.mark.parametrize(
    "text",
    [
        "No event at 1.0",
        "line 3 of the query",
        "ORA-1",
        "see https://example.com/var/log",
        "goroutine",
        "the thread panicked",
        # What the client sent, as it is and decoded.
        "/srv/v4/accounts/a1",
        "no such file: /var/log",
        "/tmp/a.",
        "C: drive",
    ],
)
def test_what_is_no_leak_is_left_alone(text: str) -> None:
    """Prose, an address, and what the client sent itself."""
    assert "nothing" == shown(text)


def test_a_text_of_the_query_may_be_repeated() -> None:
    """A plus sign stands for a space in it."""
    assert "nothing" == shown("SQLSTATE", url=f"{URL}&k=SQLSTATE")
    assert "nothing" == shown("panic: runtime error", url=f"{URL}&k=panic:+runtime+error")


def test_a_leak_that_is_not_utf_8_is_shown() -> None:
    """As far as it can be decoded."""
    response = Response(500, (("content-type", "application/json"),), b'File "\xff.py", line 3')

    (finding,) = check(Exchange(response, Request("GET", URL)), PLAN).findings
    assert 'the failure shows a Python traceback: "File \\"\ufffd.py\\", line 3"' == finding.message


@pytest.mark.parametrize("status, decided", [(None, False), (200, False), (399, False), (400, True), (599, True)])
def test_only_failures_are_looked_at(status: int | None, decided: bool) -> None:
    """By their status."""
    assert decided is (shown("/var/lib/api", status) is not None)
