"""`mconn client` with real clients: a Python program, and a shell script that asks with curl."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.cli.test_main import environment

from mconn_contracts.cli.main import main

WALK = """
import json, os, sys, time, http.client, urllib.parse
host = os.environ["MCONN_BASE_URL"].removeprefix("http://").removesuffix("/client/v4")
names = os.environ["CLOUDFLARE_ACCOUNT_ID"], os.environ["MCONN_CONNECTOR_ID"]
root = "/client/v4/accounts/%s/magic/connectors/%s/telemetry/events" % names

def get(path):
    for _ in range(3):
        connection = http.client.HTTPConnection(host)
        connection.request("GET", path, headers={"Authorization": "Bearer " + os.environ["CLOUDFLARE_API_TOKEN"]})
        response = connection.getresponse()
        body = response.read()
        if response.status != 429:
            break
        time.sleep(int(response.headers["Retry-After"]) if "patient" in sys.argv else 0)
    assert response.status == 200, response.status
    return json.loads(body)["result"]

times, cursor = [], ""
while cursor is not None:
    page = get(root + "?from=0&to=2000000000&limit=120" + (cursor and "&cursor=" + urllib.parse.quote(cursor)))
    times += [item["t"] for item in page["items"]]
    cursor = page.get("cursor")
assert times == sorted(times), "not in order"
if "counts" in sys.argv:
    assert page["count"] == len(page["items"]), "count is another"
"""
"""A client that walks the list, and takes for granted that it ascends."""
SHELL = """
events=$CLOUDFLARE_BASE_URL/accounts/$CLOUDFLARE_ACCOUNT_ID/magic/connectors/$MCONN_CONNECTOR_ID/telemetry/events
curl -sSf -o latest.json -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" "$events/latest?page=1"
"""
"""A script that asks for the latest events by a parameter that is not declared, and looks at nothing."""


@dataclass(frozen=True)
class Ended:
    """What `mconn client` came to."""

    code: int
    out: str
    err: str
    report: Any


Runs = Callable[..., Ended]
SCHEMA = json.loads((resources.files("mconn_contracts.reports.clients") / "client.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """Runs `mconn client` in this process, in a folder of its own, with a JSON report."""
    for name in os.environ.keys() - environment().keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def runs(*words: str) -> Ended:
        with pytest.raises(SystemExit) as end:
            main(["client", "--report", "json=report.json", *words])
        assert isinstance(end.value.code, int)
        output = capfd.readouterr()
        path = Path("report.json")
        report = json.loads(path.read_bytes()) if path.exists() else None
        assert report is None or Draft202012Validator(SCHEMA).is_valid(report)
        return Ended(end.value.code, output.out, output.err, report)

    return runs


def walk(*words: str) -> list[str]:
    """The words of the command that walks the list."""
    return ["--", sys.executable, "-S", "-E", "-c", WALK, *words]


def results(ended: Ended) -> dict[str, str]:
    """What each scenario came to."""
    return {each["scenario"]: each["result"] for each in ended.report["runs"]}


def test_hidden_assumptions_survivors_and_what_is_never_met_are_told_apart(run: Runs) -> None:
    """A walk breaks where the list descends; it overlooks a wrong count, notices another order, and never asks for an event."""
    names = (
        "descending",
        "collected-half-open-descending",
        "styles/latest-one",
        "count-off-by-one",
        "order-breaks-between-pages",
        "length-too-long",
    )
    ended = run("--jobs", "2", "--select", ",".join((*names, "growth/2026-08-14")), *walk())

    assert {
        "clean/reference": "passed",
        "styles/descending": "broken",
        "styles/collected-half-open-descending": "broken",
        "styles/latest-one": "never met",
        "faults/length-too-long": "never met",
        "faults/count-off-by-one": "survived",
        "faults/order-breaks-between-pages": "noticed",
        "growth/2026-08-14": "passed",
    } == results(ended)
    assert (1, "failed") == (ended.code, ended.report["outcome"])
    assert "breaks where the list descends\n" in ended.out
    assert "breaks where the list descends, as `descending` does\n" in ended.out
    assert "AssertionError: not in order" in ended.out
    assert ["styles: 0 of 2, but 100% are required; missing: descending, collected-half-open-descending"] == ended.report["gaps"]
    assert {"good": 1, "met": 2, "percent": 50, "never_met": 1, "known": 0} == ended.report["scores"]["faults"]


def test_requests_are_judged_with_their_place(run: Runs) -> None:
    """A shell script's parameter that is not declared is found, in the run and at the request that has it; once in the text."""
    ended = run("--fail-on", "warning", "--select", "count-total,latest-one", "--", "sh", "-c", SHELL)

    assert [["MC606"], ["MC606"], ["MC606"]] == [[each["code"] for each in run["findings"]] for run in ended.report["runs"]]
    assert (
        "MC606 undeclared-parameter (warning) in 3 scenarios\n  clean/reference, request 1: GET /client/v4/accounts/" in ended.out
    )
    assert (1, {"styles/latest-one": "passed", "styles/count-total": "never met"}) == (
        ended.code,
        {name: result for name, result in results(ended).items() if name.startswith("styles")},
    )


def test_a_baseline_is_a_ratchet(run: Runs) -> None:
    """What a client is known to do badly in does not fail; what it does well in meanwhile is stale; what is new fails."""
    words = ("--select", "faults/count-off-by-one", "--baseline", "known.json")
    written = run(*words, "--update-baseline", "--reason", "nobody reads it", *walk())
    kept = json.loads(Path("known.json").read_text("utf-8"))
    better = run(*words, *walk("counts"))
    Path("known.json").write_text('{"version": 1, "known": []}', encoding="utf-8")
    worse = run(*words, *walk())

    assert [{"scenario": "faults/count-off-by-one", "reason": "nobody reads it"}] == kept["known"]
    assert [(0, "known"), (1, "stale"), (1, "failed")] == [
        (each.code, each.report["outcome"]) for each in (written, better, worse)
    ]
    assert ["faults/count-off-by-one"] == better.report["stale"]


def test_what_a_client_does_about_429_is_told_by_its_requests(run: Runs) -> None:
    """A client that waits as long as it is asked to, and asks again, passes."""
    ended = run("--select", "weather/throttled", "--fail-under", "weather=1", *walk("patient"))
    clean, weather = ended.report["runs"]

    assert ("passed", "waits as Retry-After says, and asks again") == (weather["result"], weather["meaning"])
    assert (2, 3, 0) == (clean["requests"], weather["requests"], ended.code)


@pytest.mark.parametrize(
    "command, words",
    [
        (
            ["sh", "-c", "echo no such file; exit 4"],
            "ended with 4 against the reference server, but it must pass there first; it said",
        ),
        (["true"], "the command sent no request to the reference server: it must use MCONN_BASE_URL"),
        (["sleep", "60"], "did not end within 0.2 s against the reference server; see --timeout"),
    ],
)
def test_what_cannot_be_judged_is_no_pass(command: list[str], words: str, run: Runs) -> None:
    """A client that fails anyway, asks for nothing, or hangs is exit code 3, with what it said."""
    ended = run("--timeout", "0.2" if command[0] == "sleep" else "30", "--", *command)

    assert (3, True, None) == (ended.code, words in ended.err, ended.report)


def test_a_client_that_meets_nothing_was_not_judged(run: Runs) -> None:
    """Where all answers are those of the clean server, nothing was exercised: exit code 3, with the reason."""
    ended = run("--select", "latest-one,faults/length-too-long", *walk())

    assert (3, "undecided", {"never met"}) == (ended.code, ended.report["outcome"], {*results(ended).values()} - {"passed"})
    assert "Could not judge: the command did not meet any of the 2 scenarios: it got no answer that differs" in ended.out


def test_a_gate_fails_where_nothing_was_measured(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate of the command line needs a run; one of the environment leaves alone what is selected without its group."""
    words = ("--select", "count-total", *walk())
    asked = run("--fail-under", "faults=80%", *words)
    monkeypatch.setenv("MCONN_CLIENT_FAIL_UNDER", "faults=80%")
    of_another = run(*words)

    assert [(1, ["faults: none was run, but 80% are required"]), (0, [])] == [
        (each.code, each.report["gaps"]) for each in (asked, of_another)
    ]


@pytest.mark.parametrize(
    "second, code, result, words",
    [
        (0, 3, "unstable", "ends with 7, but does well when it is run again on a fresh server"),
        (7, 1, "broken", "breaks where the latest are at most 1"),
    ],
)
def test_a_scenario_breaks_a_client_only_if_it_does_so_twice(run: Runs, second: int, code: int, result: str, words: str) -> None:
    """A client that fails now and then is unstable, and the style is not blamed."""
    ends = f"echo run >> runs; case $(wc -l < runs) in *2) exit 7;; *3) exit {second};; esac"
    ended = run("--select", "latest-one", "--", "sh", "-c", f"{SHELL}\n{ends}")

    (trial,) = ended.report["runs"][1:]
    assert (code, result, words, 7) == (ended.code, trial["result"], trial["meaning"], trial["exit_code"])
    assert 3 == len(Path("runs").read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    "options, code",
    [((), 0), (("--fail-on", "warning"), 1)],
)
def test_a_wrong_request_that_the_server_refuses_is_a_warning(run: Runs, options: tuple[str, ...], code: int) -> None:
    """What is refused did no harm: a list without `to` fails only with `--fail-on warning`."""
    asks = SHELL.replace("/latest?page=1", "?from=0").replace("-sSf", "-sS")
    ended = run(*options, "--select", "gzip", "--", "sh", "-c", asks)

    (finding,) = ended.report["runs"][0]["findings"]
    assert (code, "MC602", "warning") == (ended.code, finding["code"], finding["severity"]), ended.out


def test_a_name_that_is_no_scenario_is_wrong_use(run: Runs) -> None:
    """The nearest name is told."""
    ended = run("--select", "styles/decending", "--", "true")

    assert (2, True) == (ended.code, "did you mean 'styles/descending'?" in ended.err)


def test_settings_come_from_the_table_and_the_environment(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table `client` says what to run under and the least scores, a variable wins over it, and a flag over both.

    What stands outside of the table is of findings, and is left alone.
    """
    Path("mconn.toml").write_text(
        'select = ["MC3"]\nbaseline = "none.json"\n[client]\nselect = ["descending"]\nfail-under = { styles = 0 }\n'
    )
    by_table = run(*walk())
    monkeypatch.setenv("MCONN_CLIENT_FAIL_UNDER", "styles=1")
    by_variable = run(*walk())
    by_flag = run("--select", "count-total", *walk())

    assert [(0, "styles/descending"), (1, "styles/descending"), (0, "styles/count-total")] == [
        (each.code, each.report["runs"][1]["scenario"]) for each in (by_table, by_variable, by_flag)
    ]


@pytest.mark.parametrize(
    "table, words",
    [
        ('select = ["nothing-like-it"]', "no scenario is named 'nothing-like-it'"),
        ("fail-under = { kinds = 3 }", "there is no key 'client.fail-under.kinds'; there are styles, faults"),
        ("styles = true", "there is no key 'client.styles'"),
    ],
)
def test_a_table_that_is_wrong_is_wrong_use(run: Runs, table: str, words: str) -> None:
    """A name that is no scenario, a measure of findings, and a flag are refused with what would be right."""
    Path("mconn.toml").write_text(f"[client]\n{table}\n")
    ended = run(*walk())

    assert (2, True) == (ended.code, words in ended.err), ended.err


def test_a_signal_ends_the_client_and_what_it_started(tmp_path: Path) -> None:
    """After SIGTERM no process of the client is left, and the exit code is 143."""
    told = tmp_path / "told"
    os.mkfifo(told)
    words = ["sh", "-c", f"sleep 60 & echo $! > {told}; wait"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mconn_contracts.cli.main", "client", "--", *words], env=environment(), cwd=tmp_path
    )
    with process:
        child = int(told.read_text("utf-8"))
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert 143 == code
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_daemon_of_the_client_is_ended(run: Runs, tmp_path: Path) -> None:
    """A process that has left the group of the command does not outlive its run, even if it takes no notice of SIGTERM."""
    daemon = "setsid sh -c 'trap \"\" TERM; echo $$ > daemon; while :; do sleep 60; done' > /dev/null 2>&1 &"
    known = "until [ -s daemon ]; do :; done; cat daemon >> daemons; rm daemon"
    ended = run("--select", "latest-one", "--", "sh", "-c", f"{SHELL}\n{daemon}\n{known}")

    assert (0, {"styles/latest-one": "passed", "clean/reference": "passed"}) == (ended.code, results(ended))
    numbers = (tmp_path / "daemons").read_text("utf-8").split()
    # One that has ended has no words, as long as nobody takes note of its end.
    words = [path.read_bytes() for path in map(Path, (f"/proc/{number}/cmdline" for number in numbers)) if path.exists()]
    assert (2, set()) == (len(numbers), {*words} - {b""})


def test_a_client_that_hangs_under_a_fault_has_noticed_it(run: Runs) -> None:
    """A walk without an end is ended for its time, which counts as noticed."""
    ended = run("--timeout", "3", "--select", "endless-walk", *walk())

    assert ("noticed", None, "does not end in time") == tuple(
        ended.report["runs"][1][key] for key in ("result", "exit_code", "meaning")
    )
