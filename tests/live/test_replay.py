"""`mconn replay`: requests of a report sent again, to a server with the fault, to a clean one, and to no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from tests.live.runs import NOWHERE, PLAN

from mconn_contracts.cli.replay import command as replay
from mconn_contracts.cli.test import command as run_test
from mconn_contracts.errors import InputError, UsageError
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.live.target import UNKNOWN_CONNECTOR, WRONG_EMAIL, WRONG_KEY
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.tally import Tally
from mconn_contracts.reports.json import document, finding_value
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS

SCHEMA = json.loads((resources.files("mconn_contracts.reports") / "replay.schema.json").read_text(encoding="utf-8"))
Runs = Callable[..., tuple[Result, Any]]


EVENTS = f"{NOWHERE.url}/accounts/{NOWHERE.account_id}/magic/connectors/{NOWHERE.connector_id}/telemetry/events"
TOKEN = '-H "Authorization: Bearer $CLOUDFLARE_API_TOKEN"'


def reported(code: str, curl: str) -> Any:
    """A JSON report on a server, with one finding and the request behind it."""
    value = document(verdict(PLAN, Tally()))
    statement = PLAN.document.statement(code)
    finding = Finding(code, statement.name, statement.severity, "as it was", "listEvents", NOWHERE.url, spec=statement.pointer)
    shown = {**finding_value(finding, statement.basis), "curl": curl}
    return {**value, "findings": [shown], "subject": {"name": NOWHERE.url, "profile": "quick"}}


@pytest.fixture(scope="module")
def value() -> Any:
    """The report of a server whose `count` is one too small."""
    return reported("MC301", f"curl -sS {TOKEN} '{EVENTS}?from=0&to=2000000000&limit=2'")


@pytest.fixture
def run(value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs `mconn replay` on the report as it is changed, for a server."""

    def runs(server: RunningServer, *words: str, **changed: Any) -> tuple[Result, Any]:
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", server.token)
        path, out = tmp_path / "report.json", tmp_path / "replay.json"
        out.unlink(missing_ok=True)
        path.write_text(json.dumps({**value, **changed}))
        result = CliRunner().invoke(replay, [str(path), *words, "--report", f"json={out}"])
        report = json.loads(out.read_bytes()) if out.exists() else None
        if report is not None:
            Draft202012Validator(SCHEMA).validate(report)
        return result, report

    return runs


@pytest.mark.parametrize(
    "fault, code, now",
    [("count-off-by-one", 1, "still failing"), (None, 0, "fixed"), ("success-false-on-200", 1, "different")],
)
def test_requests_sent_again_tell_what_became_of_a_finding(run: Runs, fault: str | None, code: int, now: str) -> None:
    """With the fault it still fails, on a clean server it is fixed, and with another fault it is different."""
    with serve_in_thread(faults=() if fault is None else (FAULTS[fault],)) as server:
        result, report = run(server, server.url)

    assert (code, [("MC301", now)]) == (result.exit_code, [(each["code"], each["now"]) for each in report["findings"]]), (
        result.output
    )
    assert f"{now}: MC301 count-mismatch listEvents" in result.output, result.output
    assert server.token not in result.output + json.dumps(report)


@pytest.mark.parametrize(
    "fault, fields, path",
    [
        ("no-credential-accepted", "", EVENTS),
        ("wrong-key-accepted", f"-H 'X-Auth-Email: {WRONG_EMAIL}' -H 'X-Auth-Key: {WRONG_KEY}'", EVENTS),
        ("longer-token-accepted", '-H "Authorization: Bearer ${CLOUDFLARE_API_TOKEN}x"', EVENTS),
        ("unknown-connector-shows-events", TOKEN, EVENTS.replace(NOWHERE.connector_id, UNKNOWN_CONNECTOR)),
    ],
)
def test_made_up_credentials_and_connectors_are_sent_as_they_were(run: Runs, fault: str, fields: str, path: str) -> None:
    """What a report shows in place of a credential that was made up, or made from the true one, is that again."""
    value = reported(FAULTS[fault].code, f"curl -sS {fields} '{path}?from=0&to=2000000000&limit=2'")
    now = []
    for faults in ((FAULTS[fault],), ()):
        with serve_in_thread(faults=faults) as server:
            _, report = run(server, server.url, **value)
        now += [(each["now"], each["words"]) for each in report["findings"]]

    assert [("still failing", ""), ("fixed", "")] == now


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("http://127.0.0.1/", "http://other.example/", "its request did not go to the server of the report"),
        ("http://127.0.0.1/", "http://127.0.0.1@other.example/", "its request did not go to the server"),
        ("http://127.0.0.1/client/v4/", "http://127.0.0.1/client/v4.other.example/", "its request did not go to the server"),
        ("curl -sS", "curl -sS -X DELETE", "DELETE is not sent again; only GET, HEAD and OPTIONS are"),
        ("?from=", "? from=", "the URL of its request cannot be sent"),
        ("$CLOUDFLARE_API_TOKEN", "$OTHER", "its request had a credential that the report does not contain"),
    ],
)
def test_what_is_not_for_the_server_does_not_leave(run: Runs, value: Any, old: str, new: str, words: str) -> None:
    """Another host, a method that writes and a broken URL are not sent: exit code 3, with the reason."""
    finding = value["findings"][0]
    assert old in finding["curl"]
    with serve_in_thread() as server:
        result, report = run(server, server.url, findings=[{**finding, "curl": finding["curl"].replace(old, new)}])

    assert (3, 0, "no request was sent") == (result.exit_code, report["requests"], report["reason"]), result.output
    assert [words] == [each["words"][: len(words)] for each in report["findings"]]


def test_a_report_on_files_goes_to_the_server_that_is_named(run: Runs, value: Any) -> None:
    """What was recorded elsewhere is asked of URL, from `/accounts` on."""
    finding = {**value["findings"][0], "source": "run.har"}
    finding["curl"] = finding["curl"].replace("http://127.0.0.1/client/v4", "https://api.cloudflare.com/client/v4")
    with serve_in_thread(faults=(FAULTS["count-off-by-one"],)) as server:
        result, report = run(server, server.url, findings=[finding], subject={"name": "run.har", "profile": None})

    assert (1, ["still failing"]) == (result.exit_code, [each["now"] for each in report["findings"]]), result.output


@pytest.mark.parametrize(
    "code, words, requests",
    [
        ("MC518", "that takes the file of --expect; run `mconn test --expect` again", 0),
        ("MC520", "that takes the file of --expect; run `mconn test --expect` again", 0),
        ("MC516", "that takes the file of --behavior; run `mconn test --behavior` again", 0),
        ("MC403", "MC403 takes more requests than the report has; run `mconn test` again", 3),
    ],
)
def test_what_the_requests_cannot_show_is_not_fixed(run: Runs, value: Any, code: str, words: str, requests: int) -> None:
    """What takes a file, or a whole walk, is not decided again, and with nothing else to decide that is exit code 3."""
    known = value["findings"][0]
    finding = {**known, "code": code, "curl": known["curl"].replace("limit=2", "limit=1000")}
    with serve_in_thread() as server:
        result, report = run(server, server.url, findings=[finding])

    assert (3, requests, ["not sent"]) == (result.exit_code, report["requests"], [each["now"] for each in report["findings"]])
    assert report["findings"][0]["words"].startswith("it could not be decided again")
    assert report["findings"][0]["words"].endswith(words)


@pytest.mark.parametrize(
    "code, exit_code, now, words",
    [
        ("MC716", 3, "not sent", "it could not be decided again: MC716 takes more requests than the report has"),
        ("MC301", 1, "different", "the answers (403) do not decide MC301"),
    ],
)
def test_a_refusal_decides_nothing_that_takes_several_answers(
    run: Runs, value: Any, code: str, exit_code: int, now: str, words: str
) -> None:
    """Where a statement of one answer is different, one of several is not decided, and the text does not call it not sent."""
    curl = value["findings"][0]["curl"].replace(NOWHERE.connector_id, "11111111-2222-4333-8444-555555555555")
    with serve_in_thread() as server:
        result, report = run(server, server.url, findings=[{**value["findings"][0], "code": code, "curl": curl}])

    (finding,) = report["findings"]
    assert (exit_code, now, True) == (result.exit_code, finding["now"], finding["words"].startswith(words)), result.output
    assert report["requests"] > 0
    assert "not sent" not in result.output


@pytest.mark.parametrize("fault", ["answer-unstable", "event-changed", "order-depends-on-filter"])
def test_what_takes_several_answers_is_still_failing(run: Runs, tmp_path: Path, fault: str) -> None:
    """What a run finds by answers beside each other is found again by the requests of its report, even if that is one URL."""
    code = FAULTS[fault].code
    path = tmp_path / "first.json"
    with serve_in_thread(faults=(FAULTS[fault],)) as server:
        words = ["--account-id", server.account_id, "--connector-id", server.connector_id, "--report", f"json={path}"]
        CliRunner().invoke(run_test, [server.url, "--profile", "quick", *words], env={"CLOUDFLARE_API_TOKEN": server.token})
        findings = [each for each in json.loads(path.read_bytes())["findings"] if each["code"] == code]
        _, report = run(server, "--times", "4", findings=findings, subject={"name": server.url, "profile": "quick"})

    assert {"still failing"} == {each["now"] for each in report["findings"]}


def test_what_fails_now_and_then_is_asked_for_again(run: Runs) -> None:
    """With `--times`, the requests are sent until the finding is there again, and it is said how often."""
    with serve_in_thread() as server:
        _, report = run(server, server.url, "--times", "3")
        _, once = run(server, server.url)

    assert (3 * once["requests"], ["fixed"]) == (report["requests"], [each["now"] for each in report["findings"]])


def test_a_server_that_is_not_there_is_told(run: Runs) -> None:
    """Exit code 3, and the reason that `mconn test` gives; nothing more is sent."""
    with serve_in_thread() as server:
        pass
    result, report = run(server, server.url)

    assert (3, ["not sent"]) == (result.exit_code, [each["now"] for each in report["findings"]])
    assert report["reason"].startswith(server.url)


@pytest.mark.parametrize(
    "changed, kind, message",
    [
        ({"subject": None}, UsageError, "does not name a server; give the base URL of the server as URL"),
        ({"version": 3}, InputError, "not a JSON report of mconn, version 1"),
    ],
)
def test_wrong_use_is_one_line(run: Runs, changed: Any, kind: type[Exception], message: str) -> None:
    """A report without a server, without URL, and another file."""
    result, report = run(NOWHERE, **changed)

    assert report is None
    assert isinstance(result.exception, kind)
    assert message in str(result.exception)


def test_a_curl_line_of_another_hand_is_refused(run: Runs, value: Any) -> None:
    """A line that mconn does not write is not a request: one line, exit code 3."""
    result, report = run(NOWHERE, findings=[{**value["findings"][0], "curl": "wget http://127.0.0.1/"}])

    assert report is None
    assert isinstance(result.exception, InputError)
    assert "the report has a curl line that mconn does not write: 'wget http://127.0.0.1/'" == str(result.exception)
