"""What a run authenticates with, and the header fields that a user adds."""

from __future__ import annotations

import base64
import shlex
import sys
from dataclasses import replace

import pytest
from tests.live.asking import client_of, target_at
from tests.live.scripted import scripted, sends

from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.live.credentials import credentials_of, header_field
from mconn_contracts.live.sender import Sender


def test_a_header_field_is_a_name_and_a_value() -> None:
    """Spaces around either are not part of it; a colon in the value is."""
    assert ("CF-Access-Client-Id", "a: b") == header_field(" CF-Access-Client-Id :  a: b ")


@pytest.mark.parametrize("text", ["s3cr3t", ": s3cr3t", "Na me: s3cr3t", "Name:", "Name: s3cr3t\r\nX: y", "Näme: s3cr3t"])
def test_what_is_no_header_field_is_wrong_use(text: str) -> None:
    """The message does not repeat it: it may be a secret."""
    with pytest.raises(UsageError) as caught:
        header_field(text)

    assert ("--header" in str(caught.value), "s3cr3t" in str(caught.value)) == (True, False)


@pytest.mark.parametrize("name", ["Authorization", "X-Auth-Key", "Host", "content-length", "Connection"])
def test_credentials_and_framing_are_no_header_fields_to_add(name: str) -> None:
    """A credential comes from the environment, and what is of the connection from the run."""
    with pytest.raises(UsageError, match=f"--header {name}: "):
        header_field(f"{name}: s3cr3t")


def test_a_header_field_is_sent_and_hidden_everywhere() -> None:
    """It leaves with each request, in place of one of the run's own; its value is in nothing that is judged, echoed or not."""
    value = "gate-s3cr3t-0123456789"
    echo = f'["{value}", "{base64.b64encode(value.encode()).decode()}"]'.encode()
    with scripted(sends("200 OK", f"X-Echo: {value}", body=echo)) as server:
        target = replace(target_at(server.url), headers=(("X-Gate", value), ("User-Agent", "tester/1")))
        with client_of(target) as (client, judge):
            Sender(client).send()

    lines = server.heads[0].split("\r\n")
    assert [f"X-Gate: {value}", "User-Agent: tester/1"] == [each for each in lines if each.startswith(("X-Gate", "User-Agent"))]
    assert ("X-Gate", "[secret]") in (judge.exchanges[0].request.headers if judge.exchanges[0].request else ())
    assert "s3cr3t-0123" not in repr(judge.exchanges)
    assert b'["[secret]", "[secret]"]' == (judge.exchanges[0].response.body or b"").replace(b"==", b"")


def command(code: str) -> str:
    """A command line that runs this code."""
    return shlex.join([sys.executable, "-c", code])


def test_a_token_is_what_a_command_prints() -> None:
    """The output without the line break at its end is the token."""
    assert {"Authorization": "Bearer t0ken"} == credentials_of(command("print('t0ken')"))


@pytest.mark.parametrize(
    "line", ["no-such-command-anywhere", "'", command("import sys; print('t0ken'); sys.exit(3)"), command("")]
)
def test_a_command_that_gives_no_token_ends_the_run(line: str) -> None:
    """One that cannot be run, that fails, or that prints nothing; what it printed is not shown."""
    with pytest.raises(CouldNotJudgeError) as caught:
        credentials_of(line)

    assert ("--token-command" in str(caught.value), "t0ken" in str(caught.value)) == (True, False)
