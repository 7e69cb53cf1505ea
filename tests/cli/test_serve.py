"""`mconn serve`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from mconn_contracts.cli.serve import command
from mconn_contracts.errors import UsageError
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

LINE = re.compile(
    r"(?P<url>http://127\.0\.0\.1:\d+/client/v4) account (?P<account>\S+) connector (?P<connector>\S+) (?P<hint>.+)"
)


@contextmanager
def serving(
    *options: str, stderr: Path | None = None, **environment: str
) -> Iterator[tuple[re.Match[str], subprocess.Popen[str]]]:
    """`mconn serve` on a free port: its first line, and the process. It is interrupted at the end."""
    words = [sys.executable, "-W", "error", "-c", "from mconn_contracts.cli.serve import command; command()"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
    with (
        nullcontext() if stderr is None else stderr.open("w") as errors,
        subprocess.Popen(
            [*words, "--port", "0", *options], stdout=subprocess.PIPE, stderr=errors, text=True, env=clean | environment
        ) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = LINE.fullmatch(line.strip())
            assert found, line
            yield found, process
        finally:
            process.send_signal(signal.SIGINT)


def latest(line: re.Match[str], token: str) -> requests.Response:
    """The latest events of the connector that the line names."""
    url = f"{line['url']}/accounts/{line['account']}/magic/connectors/{line['connector']}/telemetry/events/latest"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_line_says_all_that_a_client_needs() -> None:
    """The line that is printed when the server is ready has the URL, the account, the connector and the token."""
    with serving() as (line, process):
        name, _, token = line["hint"].partition("=")
        assert name == "CLOUDFLARE_API_TOKEN"
        assert latest(line, token).status_code == 200
    assert process.returncode == 130


def test_token_of_the_environment_is_used_and_not_shown() -> None:
    """A token of the environment replaces the public one, and is not printed."""
    with serving(CLOUDFLARE_API_TOKEN="private-value") as (line, _):
        assert line["hint"] == "CLOUDFLARE_API_TOKEN as in the environment"
        assert latest(line, "private-value").status_code == 200
        assert latest(line, MAIN_ACCOUNT.token).status_code == 401


def test_options_reach_the_server(tmp_path: Path) -> None:
    """Recorded events, a database, a style and faults are served together."""
    events = tmp_path / "events.ndjson"
    events.write_text('{"e": {"k": "Init"}, "n": 4, "t": 17}\n', encoding="utf-8")
    options = ("--db", str(tmp_path / "x.db"), "--events", str(events), "--style", "pretty", "--fault", "latest-count-off-by-one")
    with serving(*options) as (line, _):
        response = latest(line, MAIN_ACCOUNT.token)
    assert response.json()["result"] == {"count": 2, "items": [{"e": {"k": "Init"}, "n": 4, "t": 17}]}
    assert response.text.startswith('{\n  "errors"')
    assert (tmp_path / "x.db").stat().st_size > 0


def test_options_for_development_reach_the_server(tmp_path: Path) -> None:
    """A revision, choices of another server, limits, latency, origins and events that come and go are served together."""
    like = tmp_path / "behavior.json"
    like.write_text('{"version": 1, "behavior": {"latest": "the newest 3", "order": "sideways"}}', encoding="utf-8")
    words = f"--overlay 2026-08-14 --like {like} --latency 1ms-2ms --rate-limit 2/1m --live 0.5 --retention 2d --cors https://a.example"
    with serving(*words.split(), stderr=tmp_path / "errors") as (line, _):
        url = f"{line['url']}/accounts/{line['account']}/magic/connectors/{line['connector']}/telemetry/events/latest"
        headers = {"Authorization": f"Bearer {MAIN_ACCOUNT.token}", "Origin": "https://a.example"}
        answers = [requests.get(url, headers={**headers, "Prefer": "kind=HaError"}, timeout=10) for _ in range(3)]
        documented = requests.get(line["url"].replace("client/v4", "docs/openapi.json"), timeout=10).json()
    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert ["HaError"] * 3 == [item["e"]["k"] for item in answers[0].json()["result"]["items"]]
    assert "https://a.example" == answers[0].headers["access-control-allow-origin"]
    assert "60" == answers[2].headers["retry-after"]
    assert 29 == len(documented["components"]["schemas"]["Event"]["properties"]["k"]["enum"])
    assert (
        f"{like}: the server does not imitate this: order is 'sideways': this server cannot choose that\n"
        == (tmp_path / "errors").read_text()
    )


@pytest.mark.parametrize(
    "option, value, words",
    [
        ("--latency", "fast", "'fast' is not a duration"),
        ("--latency", "2s-1s", "is not a latency"),
        ("--latency", "61", "with at most 60 seconds"),
        ("--latency", "-1", "'-1' is not a duration"),
        ("--rate-limit", "0", "is not a limit"),
        ("--rate-limit", "10/0.5s", "with at least one second"),
        ("--rate-limit", "10/", "'' is not a duration"),
        ("--retention", "30y", "'30y' is not a duration"),
        ("--retention", "1e3", "'1e3' is not a duration"),
        ("--retention", "0d", "'0d' would keep nothing"),
        ("--live", "0", "is not in the range"),
        ("--live", "nan", "nan is not an amount; give a finite number"),
        ("--cors", "https://Example.com", "is not an origin"),
        ("--cors", "https://example.com/", "is not an origin"),
        ("--cors", "example.com", "is not an origin"),
        ("--cors", "null", "is not an origin"),
        ("--cors", "https://*.example.com", "is not an origin"),
        ("--cors", "* --cors loopback", "cannot go with another origin"),
    ],
)
def test_values_that_mean_nothing_are_wrong_use(option: str, value: str, words: str) -> None:
    """They are exit code 2 with what to write."""
    result = CliRunner().invoke(command, [option, *value.split(" ")])
    assert (2, True) == (result.exit_code, words in result.output + result.stderr), result.output


def test_behavior_file_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    """It is named."""
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    result = CliRunner().invoke(command, ["--like", str(tmp_path / "other.json")])
    assert isinstance(result.exception, UsageError)
    assert "not a behavior file of version 1" in str(result.exception)


def test_lists_name_all() -> None:
    """`--list-faults` and `--list-styles` print one line each, and do not serve."""
    for option, table in (("--list-faults", FAULTS), ("--list-styles", STYLES)):
        result = CliRunner().invoke(command, [option])
        assert result.exit_code == 0
        assert [line.split()[0] for line in result.output.splitlines()] == list(table)


@pytest.mark.parametrize(
    "option, name, hint",
    [
        ("--fault", "missing-ulr", "did you mean missing-url?"),
        ("--style", "descendign", "did you mean descending?"),
        ("--fault", "zzzz", "see mconn serve --list-faults"),
    ],
)
def test_unknown_names_are_usage_errors(option: str, name: str, hint: str) -> None:
    """A name that is not in the table is a UsageError with the nearest one, or where to look."""
    result = CliRunner().invoke(command, [option, name])
    assert isinstance(result.exception, UsageError)
    assert hint in str(result.exception)
