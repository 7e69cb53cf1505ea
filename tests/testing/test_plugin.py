"""The pytest plugin, in pytest runs of their own: in this process, and once in one that loads plugins as a user's does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import Plan
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.tally import Tally
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.testing import live_suite
from mconn_contracts.testing.contract import Contract

pytest_plugins = ["pytester"]

PLAN = Plan(load())
SPREAD = ("-p", "xdist", "-n", "2")

HEAVY = ("schemathesis", "hypothesis", "requests", "starlette", "uvicorn", "jsonschema", "mconn_contracts.judge.check")

CHECKS = """
import json

PAGE = {"success": True, "result": {"count": %d, "items": [{"a": 2, "k": "Init", "n": 1, "t": 1}]}, "errors": [], "messages": []}

def test_page(contract):
    contract.check((200, {"Content-Type": "application/json"}, json.dumps(PAGE)), "listEvents")
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project in a repository of its own."""
    for name in ("CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "MCONN_CONNECTOR_ID"):
        monkeypatch.delenv(name, raising=False)
    pytester.mkdir(".git")
    # To load every plugin that is installed takes longer than most runs.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\naddopts = -p mconn -p no:schemathesis -p no:cacheprovider\nfilterwarnings = error\n")
    return pytester


def test_loading_costs_nothing() -> None:
    """The plugin's module imports nothing that is heavy, and nothing of the package but itself."""
    code = f"import sys, mconn_contracts.testing.plugin; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "" == done.stdout.strip()


def test_a_run_without_checks_shows_nothing(project: pytest.Pytester) -> None:
    """Where no test uses it, the plugin is silent."""
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest_inprocess()

    result.assert_outcomes(passed=1)
    assert "contract coverage" not in result.stdout.str()


def test_a_response_in_order_passes_and_counts(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good response passes; the summary says what was covered. In a process of its own, the plugin loads by itself."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    project.makeini("[pytest]\naddopts = -p no:schemathesis -p no:cacheprovider\nfilterwarnings = error\n")
    project.makepyfile(CHECKS % 1)
    result = project.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*contract coverage of checked responses*", "Operations (1 of 3):", "  listEvents: 200 × 1"])


def test_a_failure_reads_like_an_assertion(project: pytest.Pytester) -> None:
    """It shows the line of the test, the code, the place, what was seen and the statement, and no line of the plugin."""
    project.makepyfile(CHECKS % 0)
    result = project.runpytest_inprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">   *contract.check(*",
            "E  *ContractError: the response (200) breaks the contract: 1 finding",
            "E  *MC301 count-mismatch (error) at /result/count",
            "E  *count is 0, but the page has 1 item",
            "E  *statement: A page carries*",
        ]
    )
    assert "testing/contract.py" not in result.stdout.str()


def test_the_configuration_of_the_project_counts(project: pytest.Pytester) -> None:
    """Its policy and its baseline are those of the command."""
    project.makepyfile(CHECKS % 0)
    Path("mconn.toml").write_text('[severity]\n"MC301@listEvents" = "warning"\n', encoding="utf-8")
    project.runpytest_inprocess().assert_outcomes(passed=1)
    Path("mconn.toml").write_text('baseline = "known.json"\n', encoding="utf-8")
    Path("known.json").write_text('{"version": 1, "known": [{"code": "MC301", "reason": "ticket"}]}', encoding="utf-8")
    project.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((object(),), "builtins.object is not a response of requests"),
        (((200, {}),), "a tuple must be (status, headers, body)"),
        (((200, {}, {"success": True}),), "the body is dict; give its bytes or its text"),
        (((200, {}, b"{}"), "listEvent"), "'listEvent' is neither an operation"),
    ],
)
def test_what_is_no_response_is_said(arguments: tuple[Any, ...], said: str) -> None:
    """What cannot be judged is wrong use, in one line, and no finding."""
    held = Contract(PLAN, "test")
    with pytest.raises(UsageError) as raised:
        held.check(*arguments)

    assert (True, 1, 0) == (str(raised.value).startswith(said), len(str(raised.value).splitlines()), held.session.tally.exchanges)


def test_wrong_use_fails_the_test(project: pytest.Pytester) -> None:
    """A test that gives no response fails with what is wrong."""
    project.makepyfile("def test_it(contract):\n    contract.check(object())")
    result = project.runpytest_inprocess()

    result.assert_outcomes(failed=1)
    assert "UsageError: builtins.object is not a response of requests" in result.stdout.str()


SERVED = """
import json
import urllib.request

import pytest

def get(server, contract, suffix="?from=0&to=2000000000"):
    request = urllib.request.Request(server.events_url + suffix, headers=server.headers)
    with urllib.request.urlopen(request) as response:
        return contract.check((response.status, response.headers, response.read()), "listEvents")

def test_reference(mconn_server, contract):
    get(mconn_server, contract)
    assert mconn_server.url.endswith("/client/v4") and mconn_server.account_id and mconn_server.connector_id

@pytest.mark.mconn_fault("count-off-by-one")
def test_marked(mconn_server, contract):
    with pytest.raises(AssertionError, match="MC301"):
        get(mconn_server, contract)

def test_switched(mconn_server, contract):
    get(mconn_server, contract)
    mconn_server.faults("count-off-by-one")
    with pytest.raises(AssertionError, match="MC301"):
        get(mconn_server, contract)
    mconn_server.faults()
    get(mconn_server, contract)

def test_unknown(mconn_server):
    with pytest.raises(Exception, match="did you mean 'count-off-by-one'"):
        mconn_server.faults("count-of-by-one")
"""


@pytest.mark.parametrize("words", [(), SPREAD], ids=["alone", "xdist"])
def test_the_server_breaks_promises_for_one_test(project: pytest.Pytester, words: tuple[str, ...]) -> None:
    """Faults come by the marker and by name, end with the test, and a wrong name is told; coverage is that of all workers."""
    project.makepyfile(SERVED)
    result = project.runpytest_inprocess("--strict-markers", *words)

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["  listEvents: 200 × 5"])


# The live suite.


def settings(server: RunningServer) -> dict[str, str]:
    """The environment that has the credential and the place of a server."""
    return {
        "CLOUDFLARE_API_TOKEN": server.token,
        "CLOUDFLARE_ACCOUNT_ID": server.account_id,
        "MCONN_CONNECTOR_ID": server.connector_id,
    }


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, RunningServer]]:
    """The reference server, and one that miscounts."""
    with serve_in_thread() as good, serve_in_thread(faults=[FAULTS["count-off-by-one"]]) as bad:
        # What a run of pytester imports is forgotten at its end. What a live run needs is imported here, once for all.
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings(good).items():
                patch.setenv(name, value)
            live_suite.run(good.url, PLAN, {}, "quick", None)
        yield {"good": good, "bad": bad}


def live(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, server: RunningServer, *words: str) -> pytest.RunResult:
    """pytest with the live suite against a server."""
    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)
    return project.runpytest_inprocess("--mconn-url", server.url, "--mconn-profile", "quick", "-rf", *words)


def counted(result: pytest.RunResult) -> dict[str, int]:
    """The outcomes that were counted."""
    lines = (line for line in result.outlines if line.startswith("==") and " in " in line)
    outcomes = result.parse_summary_nouns([line]) if (line := next(lines, None)) else {}
    return {name: number for name, number in outcomes.items() if name in ("passed", "failed", "skipped")}


def test_every_statement_is_an_item(
    servers: dict[str, RunningServer], project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference server passes; each statement passes or is skipped as undecided; -k chooses among them."""
    result = live(project, monkeypatch, servers["good"], "-v")
    chosen = live(project, monkeypatch, servers["good"], "-k", "MC301")

    assert (0, 0) == (result.ret, counted(result).get("failed", 0))
    assert 40 < counted(result)["passed"]
    result.stdout.fnmatch_lines(["mconn::run PASSED*", "mconn::MC301-count-mismatch PASSED*", "*seed 0*"])
    assert {"passed": 1} == counted(chosen)


def test_a_broken_statement_fails_alone_and_the_same_with_xdist(
    servers: dict[str, RunningServer], project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault fails the item of its statement, with what shows it; workers share one run, with the same outcomes."""
    alone = live(project, monkeypatch, servers["bad"])
    spread = live(project, monkeypatch, servers["bad"], *SPREAD)
    failed = [sorted(set(re.findall(r"FAILED (mconn::\S+)", result.stdout.str()))) for result in (alone, spread)]

    assert "mconn::MC301-count-mismatch" in failed[0]
    assert (failed[0], counted(alone)) == (failed[1], counted(spread))
    assert "shown by: curl -sS" in alone.stdout.str()
    assert servers["bad"].token not in alone.stdout.str() + spread.stdout.str()


NOBODY = RunningServer("http://127.0.0.1:1/client/v4")


@pytest.mark.parametrize("words", [(), ("-k", "MC301"), ("-k", "MC714"), SPREAD], ids=" ".join)
def test_a_server_that_is_not_there_is_one_usage_error(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Where nobody answers, nothing passes and nothing is skipped, whatever was chosen: one line says why."""
    result = live(project, monkeypatch, NOBODY, *words)

    assert (pytest.ExitCode.USAGE_ERROR, {}) == (result.ret, counted(result))
    (line,) = [each for each in result.stderr.lines if each.startswith("ERROR:")]
    assert line.startswith("ERROR: --mconn-url: http://127.0.0.1:1/client/v4")


@pytest.mark.parametrize(
    "missing, said",
    [
        ("CLOUDFLARE_API_TOKEN", "no credential: set CLOUDFLARE_API_TOKEN"),
        ("CLOUDFLARE_ACCOUNT_ID", "no account-id: set CLOUDFLARE_ACCOUNT_ID"),
        ("MCONN_CONNECTOR_ID", "no connector-id: set MCONN_CONNECTOR_ID"),
    ],
)
def test_what_is_missing_is_one_usage_error(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str, said: str
) -> None:
    """Without a credential, an account or a connector nothing is asked, also where one statement is chosen."""
    for name, value in settings(NOBODY).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    result = project.runpytest_inprocess("--mconn-url", NOBODY.url, "-k", "MC301")

    assert (pytest.ExitCode.USAGE_ERROR, {}) == (result.ret, counted(result))
    assert [f"ERROR: --mconn-url: {said}"] == [each[: len(said) + 20] for each in result.stderr.lines if "ERROR" in each]


def test_a_wrong_credential_is_one_usage_error(
    servers: dict[str, RunningServer], project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that refuses the credential ends the run after a few requests; the error says so, and shows no credential."""
    good = servers["good"]
    wrong = replace(good, account=replace(good.account, token="canary-token-000000000000000"))
    result = live(project, monkeypatch, wrong, "-k", "MC301")

    assert (pytest.ExitCode.USAGE_ERROR, {}) == (result.ret, counted(result))
    assert "credential" in result.stderr.str()
    assert wrong.token not in result.stdout.str() + result.stderr.str()


def test_the_run_is_that_of_the_configuration(
    servers: dict[str, RunningServer], project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What [tool.mconn.test] says counts as for the command: the run ends at the first finding."""
    Path("mconn.toml").write_text("[test]\nmax-findings = 1\n", encoding="utf-8")
    result = live(project, monkeypatch, servers["bad"])

    assert 1 == counted(result)["failed"]
    assert "by --max-findings 1" in result.stdout.str()


def test_items_are_listed_without_a_server(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """--collect-only asks nobody."""
    result = live(project, monkeypatch, NOBODY, "--collect-only", "-q")

    assert 0 == result.ret
    assert 40 < sum(line.startswith("mconn::MC") for line in result.stdout.lines)


INCOMPLETE = verdict(PLAN, Tally(), could_not_judge="the server has gone")


@pytest.mark.parametrize("code", [live_suite.RUN, "MC301"])
def test_nothing_passes_of_a_run_that_did_not_come_to_its_end(request: pytest.FixtureRequest, code: str) -> None:
    """A statement that such a run has not shown to be broken fails with what ended it."""
    item = live_suite.StatementItem.from_parent(
        request.session, name=code, nodeid=code, code=code, plan=PLAN, run=lambda: INCOMPLETE
    )
    with pytest.raises(live_suite.LiveError, match="not everything could be judged: the server has gone"):
        item.runtest()
