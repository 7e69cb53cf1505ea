"""`mconn test`, against the embedded server on a real socket."""

from __future__ import annotations

import base64
import collections
import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from mconn_contracts.cli.main import main
from mconn_contracts.cli.test import command
from mconn_contracts.cli.validate import command as validate
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.embedded import RunningServer, serve_handler_in_thread, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import open_store

COMMAND = (sys.executable, "-W", "error", "-m", "mconn_contracts.cli.main", "test")
OPERATIONS = {"getEvent", "getLatestEvents", "listEvents"}


def environment(**values: str) -> dict[str, str]:
    """This process's environment with only these credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}
    return kept | values


def run(server: RunningServer, *words: object, **values: str) -> Result:
    """`mconn test` of that server in this process, quickly; `values` go to the environment instead of the right token."""
    known = {"CLOUDFLARE_ACCOUNT_ID": server.account_id, "MCONN_CONNECTOR_ID": server.connector_id}
    credentials = {"CLOUDFLARE_API_TOKEN": None, "CLOUDFLARE_EMAIL": None, "CLOUDFLARE_API_KEY": None}
    right = {} if set(values) & set(credentials) else {"CLOUDFLARE_API_TOKEN": server.token}
    arguments = [server.url, "--profile", "quick", *map(str, words)]
    return CliRunner().invoke(command, arguments, env={**known, **credentials, **right, **values}, catch_exceptions=False)


def read(path: Path) -> dict[str, Any]:
    """A JSON report."""
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


@pytest.fixture(scope="module")
def reference() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


@pytest.fixture(scope="module")
def miscounting() -> Iterator[RunningServer]:
    """The reference server, whose `count` is off by one."""
    with serve_in_thread(faults=[FAULTS["count-off-by-one"]]) as running:
        yield running


@dataclass(frozen=True)
class Ran:
    """One finished run, with its JSON report and its recording."""

    result: Result
    report: Path
    recording: Path


@pytest.fixture(scope="module")
def failed(miscounting: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run against the server that miscounts, with every finding kept."""
    folder = tmp_path_factory.mktemp("failed")
    ran = Ran(Result, folder / "report.json", folder / "run.har")  # type: ignore[arg-type]
    words = ("--max-per-code", 10_000, "--report", f"json={ran.report}", "--record", ran.recording)
    return replace(ran, result=run(miscounting, *words))


# The main job.


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """`mconn test` as a newcomer types it, and its JSON report beside it."""
    report = tmp_path_factory.mktemp("standard") / "report.json"
    done = subprocess.run(
        [*COMMAND, "--report", f"json={report}"], capture_output=True, text=True, env=environment(), check=False
    )
    return done, read(report)


def test_without_url_the_embedded_server_passes(
    standard: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    """Exit 0, nothing on standard error, and on standard output that three operations and sixteen kinds were seen."""
    done, _ = standard
    lines = done.stdout.splitlines()

    assert (0, "") == (done.returncode, done.stderr)
    assert ("Run: mconn ", "Operations (3 of 3):", True) == (
        lines[0][:11],
        lines[1],
        "Kinds of events seen in full: 16 of 16" in lines,
    )
    assert lines[-1].startswith("passed: ")
    assert lines[-1].endswith("; 0 errors, 0 warnings, 0 info")


def test_json_report_counts_what_was_exercised(
    standard: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    """Every operation answered with 200, every kind was met, and no statement but those on this server's choices is open."""
    _, report = standard
    coverage = report["coverage"]

    assert ("passed", None, []) == (report["outcome"], report["reason"], report["findings"])
    assert OPERATIONS == {name for name, statuses in coverage["operations"].items() if statuses.get("200")}
    assert (list(load().kinds), True) == (list(coverage["kinds"]), all(coverage["kinds"].values()))
    assert {"MC007", "MC714"} == set(report["undecided"])


def test_off_by_one_is_found_and_named(failed: Ran) -> None:
    """A server whose `count` is off by one fails with exit code 1 and the one code, at the member, with a curl line."""
    report = read(failed.report)
    finding = report["findings"][0]

    assert (1, "", "failed") == (failed.result.exit_code, failed.result.stderr, report["outcome"])
    assert ["MC301"] == list(report["counts"]["by_code"])
    assert ("count-mismatch", "listEvents", "/result/count") == (finding["name"], finding["operation"], finding["pointer"])
    assert failed.result.stdout.splitlines()[1].startswith("MC301 count-mismatch (error, derived): ")
    assert finding["curl"].startswith('curl -sS -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" ')


def test_a_recorded_run_has_the_same_findings(failed: Ran, tmp_path: Path) -> None:
    """`mconn validate` of the HAR says of every exchange what the run said of it, and ends with the same code."""
    again = tmp_path / "again.json"

    result = CliRunner().invoke(
        validate, [str(failed.recording), "--max-per-code", "10000", "--report", f"json={again}"], catch_exceptions=False
    )

    def found(report: Mapping[str, Any]) -> collections.Counter[tuple[str, ...]]:
        names = ("code", "operation", "pointer", "message", "spec", "curl")
        return collections.Counter(tuple(finding[name] for name in names) for finding in report["findings"])

    live, recorded = read(failed.report), read(again)
    assert (1, "") == (result.exit_code, result.stderr)
    assert found(live) == found(recorded)
    assert [live[name] for name in ("outcome", "counts", "coverage")] == [
        recorded[name] for name in ("outcome", "counts", "coverage")
    ]


def test_two_runs_report_the_same_bytes(failed: Ran, miscounting: RunningServer, tmp_path: Path) -> None:
    """The same seed against the same server gives the same JSON, and the same text but for its first line, which has a time."""
    report = tmp_path / "report.json"

    result = run(miscounting, "--max-per-code", 10_000, "--report", f"json={report}")

    assert failed.result.stdout.splitlines()[1:] == result.stdout.splitlines()[1:]
    assert failed.report.read_bytes() == report.read_bytes()
    assert 0 == read(report)["seed"]


# A part of the API.


def test_an_unknown_operation_is_wrong_use(reference: RunningServer) -> None:
    """Exit 2, and the message names the three."""
    result = run(reference, "--operation", "getEvents")

    assert 2 == result.exit_code
    assert "'getEvents' is not one of 'listEvents', 'getLatestEvents', 'getEvent'" in result.stderr


@pytest.mark.parametrize("by", ["flag", "environment", "file"])
def test_operations_are_a_setting(reference: RunningServer, tmp_path: Path, by: str) -> None:
    """A flag, the environment and a configuration file say alike what is asked for."""
    config = tmp_path / "mconn.toml"
    config.write_text('[test]\noperation = ["getLatestEvents"]\n' if by == "file" else "", encoding="utf-8")
    words = ["--operation", "getLatestEvents"] if by == "flag" else []
    values = {"MCONN_OPERATION": "getLatestEvents"} if by == "environment" else {}
    known = {"CLOUDFLARE_ACCOUNT_ID": reference.account_id, "MCONN_CONNECTOR_ID": reference.connector_id}
    arguments = [reference.url, "--profile", "quick", "--max-time", "1", "--config", str(config), "--report", "json=-", *words]
    env = {**known, **values, "CLOUDFLARE_API_TOKEN": reference.token}
    result = CliRunner().invoke(command, arguments, env=env, catch_exceptions=False)

    assert {"getLatestEvents"} == json.loads(result.stdout)["coverage"]["operations"].keys()


# What a run could have noticed.


@pytest.mark.parametrize("words", [("--power",), ("--fail-under", "power=100%")], ids=" ".join)
def test_power_is_measured_where_it_is_asked_for(
    reference: RunningServer, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """By the flag, and by a gate for it; each report has it."""
    fault = FAULTS["no-credential-accepted"]
    monkeypatch.setattr("mconn_contracts.live.power.FAULTS", {fault.name: fault})
    result = run(reference, "--operation", "getLatestEvents", *words, "--report", "json=-")
    report = json.loads(result.stdout)

    assert (1, 1) == (report["power"]["faults"], report["power"]["noticed"])
    assert (0, [], []) == (result.exit_code, report["gaps"], report["power"]["unnoticed"])


def test_power_of_recordings_is_wrong_use(tmp_path: Path) -> None:
    """Exit 2: there is no run that could have noticed more."""
    path = tmp_path / "events.ndjson"
    path.write_text('{"t": 1, "n": 0, "e": {"k": "Init"}}\n', encoding="utf-8")
    result = CliRunner().invoke(validate, [str(path), "--fail-under", "power=90%"])

    assert (2, True) == (result.exit_code, "--fail-under power goes with mconn test" in result.stderr)


# Rules, severities and the exit code.


def test_an_ignored_rule_is_not_judged(miscounting: RunningServer) -> None:
    """With the broken rule and the one that follows from it ignored, the run passes, and counts neither as undecided."""
    result = run(miscounting, "--ignore", "mc301,MC409", "--report", "json=-")
    report = json.loads(result.stdout)

    assert (0, "passed", {}) == (result.exit_code, report["outcome"], report["counts"]["by_code"])
    assert set() == {"MC301", "MC409"} & set(report["coverage"]["statements"])


def test_a_selected_rule_is_the_only_one_and_may_be_a_warning(miscounting: RunningServer) -> None:
    """--select judges by one rule, --severity makes it a warning, and --fail-on has warnings fail the run."""
    words = ("--select", "MC301", "--severity", "MC301=warning", "--fail-on", "warning", "--report", "json=-")
    result = run(miscounting, *words)
    report = json.loads(result.stdout)

    assert (1, "failed") == (result.exit_code, report["outcome"])
    assert {"MC301": "decided"} == report["coverage"]["statements"]
    assert {"warning"} == {finding["severity"] for finding in report["findings"]}
    assert 0 == report["counts"]["findings"]["error"] < report["counts"]["findings"]["warning"]


# What cannot be judged.


def test_no_connection_is_exit_code_three_and_one_line(tmp_path: Path) -> None:
    """Where nobody listens, standard error has one line that names the URL, and the reports say why there is no verdict."""
    report = tmp_path / "report.json"
    words = ("--account-id", "a", "--connector-id", "b", "--report", f"json={report}", "--record", str(tmp_path / "run.har"))

    # A port that is taken, but where nobody listens.
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/client/v4"
        done = subprocess.run(
            [*COMMAND, url, *words], capture_output=True, text=True, env=environment(CLOUDFLARE_API_TOKEN="token"), check=False
        )

    refused = f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)}"
    why = f"{url} does not answer: no answer came: ConnectionRefusedError: {refused}"
    why += "; if it is still starting, give --wait"
    assert (3, f"mconn: {why}\n") == (done.returncode, done.stderr)
    assert ("undecided", why, 0) == (read(report)["outcome"], read(report)["reason"], read(report)["counts"]["exchanges"])
    assert [] == read(tmp_path / "run.har")["log"]["entries"]
    first, *others = done.stdout.splitlines()
    assert f": {url}, profile standard, seed 0, " in first
    assert [f"Could not judge: {why}", "undecided: 0 exchanges, 0 events; 0 errors, 0 warnings, 0 info"] == others


def test_a_server_that_never_answers_is_exit_code_three() -> None:
    """A server that takes the connection and then says nothing is waited for as long as the run may last."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        silent = RunningServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        result = run(silent, "--max-time", "0.3")

    assert (3, f"mconn: {silent.url} does not answer: no answer came in time\n") == (result.exit_code, result.stderr)


@pytest.mark.parametrize(
    "values, status",
    [
        ({"CLOUDFLARE_API_TOKEN": "some-other-token"}, 401),
        ({"MCONN_CONNECTOR_ID": "00000000-0000-4000-8000-000000000000"}, 403),
        ({"CLOUDFLARE_ACCOUNT_ID": FOREIGN_ACCOUNT.id}, 403),
    ],
)
def test_nothing_exercised_is_exit_code_three(reference: RunningServer, values: dict[str, str], status: int) -> None:
    """A wrong token, connector or account is not a pass: one line says what came instead, and what to look at."""
    result = run(reference, **values)

    assert 3 == result.exit_code
    assert (
        f"mconn: {reference.url} refuses the credential ({status}: Authentication error); set CLOUDFLARE_API_TOKEN, or "
        "CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY, to one that may read this account's connector, "
        "and check --account-id and --connector-id\n"
    ) == result.stderr
    assert "undecided: 4 exchanges" == result.stdout.splitlines()[-1].partition(",")[0]


def test_nothing_exercised_outranks_findings() -> None:
    """A wrong token stays the reason where the errors of the server have faults of their own."""
    with serve_in_thread(faults=[FAULTS["success-true-on-error"]]) as server:
        result = run(server, "--report", "json=-", CLOUDFLARE_API_TOKEN="some-other-token")
    report = json.loads(result.stdout)

    assert (3, "undecided", ["MC201"]) == (result.exit_code, report["outcome"], list(report["counts"]["by_code"]))


# Wrong use.


@pytest.mark.parametrize(
    "words, values, said",
    [
        ((), {}, "a URL needs --account-id, or the environment variable CLOUDFLARE_ACCOUNT_ID"),
        (("--account-id", "a"), {}, "a URL needs --connector-id, or the environment variable MCONN_CONNECTOR_ID"),
        (("--account-id", "a", "--connector-id", "b"), {}, "no credential: set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with"),
        (("--account-id", "a", "--connector-id", "b"), {"CLOUDFLARE_EMAIL": "a@example.com"}, "no credential"),
        (("--account-id", "a", "--connector-id", "b"), {"CLOUDFLARE_API_KEY": "key"}, "no credential"),
        (("--account-id", "a", "--connector-id", "b"), {"CLOUDFLARE_API_TOKEN": " \n"}, "no credential"),
        (
            ("--account-id", "a", "--connector-id", "b"),
            {"CLOUDFLARE_API_TOKEN": "S3cr3t\ntoken"},
            "CLOUDFLARE_API_TOKEN has a character",
        ),
        (
            ("--account-id", "a", "--connector-id", "b"),
            {"CLOUDFLARE_API_TOKEN": "Bearer S3cr3t"},
            "CLOUDFLARE_API_TOKEN has a character",
        ),
        (
            ("--account-id", "a", "--connector-id", "b"),
            {"CLOUDFLARE_EMAIL": "S3cr3tä", "CLOUDFLARE_API_KEY": "k"},
            "EMAIL has a character",
        ),
    ],
)
def test_what_a_url_needs_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    values: dict[str, str],
    said: str,
) -> None:
    """Without account, connector or a credential that can be sent, nothing is: exit code 2, and no secret in the message."""
    monkeypatch.setattr(os, "environ", environment(**values))
    with pytest.raises(SystemExit) as ended:
        main(["test", "http://127.0.0.1:1/client/v4", *words])
    output, errors = capsys.readouterr()

    assert (2, "", 1) == (ended.value.code, output, len(errors.splitlines()))
    assert (True, True, False) == (errors.startswith("mconn: "), said in errors, "S3cr3t" in errors)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:S3cr3t@host",
        "http://user:S3cr3t@host/client/v4",
        "http://user:S3/cr3t@host/client/v4",
        "http://host/client/v4?token=S3cr3t",
        "http://host/client/v4#S3cr3t",
        "http://host:99999",
        "http://[::1",
        "http://ho st",
        "host",
        "http://host/client/v4/accounts/1234",
    ],
)
def test_a_url_that_cannot_be_used_is_not_shown(url: str) -> None:
    """What is no base URL is wrong use; it may hold a password, so the message does not repeat it."""
    with pytest.raises(UsageError) as caught:
        run(RunningServer(url))

    assert [] == [word for word in ("S3", "cr3t", "99999", "1234") if word in str(caught.value)]


@pytest.mark.parametrize("option", ["--record", "--report"])
def test_a_path_that_cannot_be_written_is_found_before_the_run(option: str, tmp_path: Path) -> None:
    """A folder, or a file in a folder that is not there, is wrong use before anything is sent."""
    prefix = "json=" if option == "--report" else ""
    nobody = RunningServer("http://127.0.0.1:1/client/v4")

    assert [2, 2] == [run(nobody, option, f"{prefix}{path}").exit_code for path in (tmp_path, tmp_path / "none" / "file")]


# Secrets.

CANARIES = replace(MAIN_ACCOUNT, token="canary+token/Qx7", email="canary+mail@example.com", key="canary0key0Qx7")


class Echoing(Handler):
    """Gives back the credential of each request, in a header and in the body: plain, escaped for a URL, and in base64."""

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer with all that was sent."""
        answer = super().answer(request)
        names = ("authorization", "x-auth-email", "x-auth-key")
        sent = " ".join(value for name, value in request.headers if name.lower() in names)
        forms = [sent, *sent.split(), quote(sent, safe=""), *map(quote, sent.split())]
        forms += [base64.b64encode(text.encode()).decode() for text in (sent, *sent.split())]
        body = json.loads(answer.response.body or b"null")
        if isinstance(body, dict):
            body["messages"] = [{"code": 1000, "message": form} for form in forms]
            body["unheard"] = forms
            if isinstance(body.get("result"), dict) and "e" in body["result"]:
                body["result"]["e"] = {"k": sent}
            if isinstance(body.get("result"), dict) and "cursor" in body["result"]:
                body["result"]["cursor"] = sent.split()[-1]
        headers = [(name, value) for name, value in answer.response.headers if name.lower() != "content-length"]
        content = json.dumps(body).encode()
        headers += [
            ("Set-Cookie", f"session={quote(sent)}"),
            ("X-Echo", " ".join(["sent", *forms]).strip()),
            ("Content-Length", str(len(content))),
        ]
        return replace(answer, response=replace(answer.response, headers=tuple(headers), body=content))


@pytest.mark.parametrize(
    "values",
    [
        {"CLOUDFLARE_API_TOKEN": CANARIES.token},
        {"CLOUDFLARE_EMAIL": CANARIES.email, "CLOUDFLARE_API_KEY": CANARIES.key},
    ],
    ids=["token", "email and key"],
)
def test_secrets_are_shown_nowhere(values: dict[str, str], tmp_path: Path) -> None:
    """No output holds a credential in any form, even where the server gives it back: text, JSON, HAR, standard error."""
    outputs = {name: tmp_path / name for name in ("report.json", "report.txt", "run.har")}
    words = ("--report", f"json={outputs['report.json']}", "--report", f"text={outputs['report.txt']}")
    with closing(open_store()) as store, serve_handler_in_thread(Echoing(store, (CANARIES, FOREIGN_ACCOUNT))) as server:
        result = run(server, *words, "--max-per-code", 10_000, "--record", outputs["run.har"], **values)

    shown = {name: path.read_text(encoding="utf-8") for name, path in outputs.items()}
    shown |= {"stdout": result.stdout, "stderr": result.stderr}
    secret = [*values.values(), *(f"Bearer {value}" for value in values.values()), " ".join(values.values())]
    forms = {form for text in secret for form in (text, quote(text), quote(text, safe=""))}
    forms |= {base64.b64encode(text.encode()).decode().rstrip("=") for text in secret}
    assert (1, True) == (result.exit_code, all("[secret]" in shown[name] for name in ("report.json", "run.har")))
    assert [] == [(name, form) for name, text in shown.items() for form in forms if form in text]
    assert [] == [name for name, text in shown.items() if "canary" in text.lower()]


# Interrupts.


class Halting(Handler):
    """Answers some requests, and then waits until it is let go."""

    def __init__(self, *arguments: Any, after: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.left = after
        self.halted = threading.Event()
        self.let_go = threading.Event()

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer, at once or much later."""
        self.left -= 1
        if self.left < 0:
            self.halted.set()
            self.let_go.wait()
        return super().answer(request)


@contextmanager
def halting(after: int) -> Iterator[tuple[RunningServer, Halting]]:
    """A server that miscounts, halts after so many requests, and is let go at the end."""
    with closing(open_store()) as store:
        handler = Halting(store, after=after, hooks=[FAULTS["count-off-by-one"]])
        with serve_handler_in_thread(handler) as server:
            try:
                yield server, handler
            finally:
                handler.let_go.set()


@pytest.mark.parametrize("step", ["probes", "properties"])
def test_an_interrupt_writes_what_there_is(step: str, failed: Ran, tmp_path: Path) -> None:
    """Interrupted while a request is under way, the command reports and records the ones before, and exits 130."""
    # What is drawn comes last.
    after = {"probes": 20, "properties": read(failed.report)["counts"]["exchanges"] - 4}[step]
    report, recording = tmp_path / "report.json", tmp_path / "run.har"
    with halting(after) as (server, handler):
        words = ["--account-id", server.account_id, "--connector-id", server.connector_id, "--profile", "quick"]
        words += ["--report", f"json={report}", "--record", str(recording)]
        with subprocess.Popen(
            [*COMMAND, server.url, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(CLOUDFLARE_API_TOKEN=server.token),
        ) as process:  # fmt: skip
            assert handler.halted.wait(60), process.communicate()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60)

    assert (130, "mconn: interrupted\n") == (process.returncode, errors)
    assert "Could not judge: interrupted" in output.splitlines()
    assert ("undecided", "interrupted", after) == (
        read(report)["outcome"], read(report)["reason"], read(report)["counts"]["exchanges"],
    )  # fmt: skip
    assert after == len(read(recording)["log"]["entries"])


# Progress.


def test_progress_is_shown_on_a_terminal_only(reference: RunningServer, failed: Ran) -> None:
    """On a terminal, standard error shows the step and how many requests were sent; elsewhere it stays empty."""
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    words = ["--account-id", reference.account_id, "--connector-id", reference.connector_id, "--profile", "quick"]
    shown = b""
    with subprocess.Popen(
        [*COMMAND, reference.url, *words],
        stdout=subprocess.DEVNULL, stderr=child, env=environment(CLOUDFLARE_API_TOKEN=reference.token) | {"TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(child)
        # Linux tells of the end of a terminal by an error.
        with contextlib.suppress(OSError):
            while chunk := os.read(parent, 65536):
                shown += chunk
    os.close(parent)

    assert (0, True, True) == (process.returncode, b"properties: " in shown, b" of at most 200 requests" in shown)
    assert "" == failed.result.stderr
