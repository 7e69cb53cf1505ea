"""`mconn test` against Prism, which mocks the document. Run by the tox environment `prism`, after `npm ci`."""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
PRISM = ROOT / "tests" / "linters" / "node_modules" / ".bin" / "prism"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
CONNECTOR = "6f1c3d1a-8e57-4b0b-9d0e-2f4a7c5b9e10"
TOKEN = "any-token-will-do-for-prism"

MADE_UP = 17
"""A seed whose answers all say `success: true`; the list has 5 items, the latest have 4."""
CONTRADICTING = 2
"""A seed whose list says `success: false` with status 200; the others say true."""

ALWAYS = frozenset(
    {
        "MC003",  # 404 and 405 are application/problem+json
        "MC203",  # errors are made up for a success as well
        "MC204",  # 404 and 405 have no envelope
        "MC503",  # t and n never echo the path
        "MC702",  # any token is accepted
        "MC706",  # any cursor is accepted
        "MC707",  # an id that is no number is answered like one
        "MC709",  # any connector has events
        "MC710",  # and any account owns it
    }
)
"""What Prism does whatever the seed, and why it is a deviation."""

MADE_UP_LIST = frozenset(
    {
        "MC305",  # t and n are in no order
        "MC306",  # limit is ignored
        "MC307",  # from and to are ignored
        "MC308",  # k is ignored
        "MC407",  # each page is the first one again, with the same cursor
        "MC506",  # latest and list are made up apart from each other
    }
)
"""What shows where a list says that it succeeded."""

CONTRADICTING_LIST = frozenset({"MC201"})
"""What shows where it says that it failed: it is no page then, and nothing more is asked of it."""


@contextmanager
def prism(seed: int) -> Iterator[str]:
    """Prism on a free loopback port, its answers drawn from the document's schemas; its base URL."""
    options = ("--dynamic", "--seed", str(seed), "--host", "127.0.0.1", "--port", "0", "--json-schema-faker-fillProperties=false")
    words = [str(PRISM), "mock", str(ROOT / "spec" / "openapi.yaml"), *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        log = collections.deque[str](maxlen=40)
        try:
            for line in process.stdout:
                log.append(line)
                if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
                    break
            else:
                pytest.fail(f"Prism does not start:\n{''.join(log)}")
            # It logs every request, and would stop at a full pipe.
            drain = threading.Thread(target=log.extend, args=(process.stdout,))
            drain.start()
            yield found[1]
            ended = process.poll()
        finally:
            process.terminate()
        drain.join()
        assert ended is None, f"Prism ended by itself with {ended}:\n{''.join(log)}"


@dataclass(frozen=True)
class Ran:
    """One `mconn test` as a process of its own: where it was sent, how it ended, and its JSON report."""

    seed: int
    profile: str
    url: str
    done: subprocess.CompletedProcess[str]
    report: Path

    @property
    def json(self) -> dict[str, Any]:
        """The report, read."""
        value: dict[str, Any] = json.loads(self.report.read_text(encoding="utf-8"))
        return value


def run(seed: int, url: str, profile: str, report: Path) -> Ran:
    """Run `mconn test` against Prism."""
    options = ("--account-id", ACCOUNT, "--connector-id", CONNECTOR, "--profile", profile, "--report", f"json={report}")
    return Ran(seed, profile, url, mconn("test", url, *options), report)


def mconn(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own, with a token in its environment."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "mconn_contracts.cli.main", *words],
        env={name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
        | {"CLOUDFLARE_API_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def ask(url: str, suffix: str) -> dict[str, Any]:
    """The body of an answer of Prism, of status 200."""
    response = requests.get(
        f"{url}/accounts/{ACCOUNT}/magic/connectors/{CONNECTOR}/telemetry/events{suffix}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture(
    scope="module",
    params=[(MADE_UP, "quick"), (MADE_UP, "standard"), (CONTRADICTING, "quick")],
    ids=["made-up, quick", "made-up, standard", "contradicting, quick"],
)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One finished run; its Prism is still there."""
    seed, profile = request.param
    with prism(seed) as url:
        yield run(seed, url, profile, tmp_path_factory.mktemp("ran") / "report.json")


def test_prism_answers_as_the_seed_was_chosen_for(ran: Ran) -> None:
    """The premise of all below: what each seed makes Prism say. A changed document may need another seed."""
    page, latest, event = (ask(ran.url, suffix) for suffix in ("?from=0&to=1", "/latest", "/1.0"))
    expected = {MADE_UP: (True, 5, True, 4, True), CONTRADICTING: (False, 5, True, 4, True)}[ran.seed]
    sizes = (len(page["result"]["items"]), len(latest["result"]["items"]))
    assert expected == (page["success"], sizes[0], latest["success"], sizes[1], event["success"])


def test_true_deviations_are_reported_and_no_other(ran: Ran) -> None:
    """Exactly the codes of what Prism does wrong are found, whatever the profile; no shape is among them."""
    expected = ALWAYS | (MADE_UP_LIST if ran.seed == MADE_UP else CONTRADICTING_LIST)
    if (ran.seed, ran.profile) != (MADE_UP, "quick"):
        # Spaces around the token are accepted as well; a quick run over many events has no request left for that.
        expected |= {"MC703"}
    assert expected == set(ran.json["counts"]["by_code"])
    assert not [code for code in expected if code.startswith("MC1")]
    assert (1, "failed", "") == (ran.done.returncode, ran.json["outcome"], ran.done.stderr)


def test_shapes_were_judged(ran: Ran) -> None:
    """All three operations answered with 200, and every statement on shapes was decided: their silence is a verdict."""
    coverage = ran.json["coverage"]
    answered = {name for name, statuses in coverage["operations"].items() if "200" in statuses}
    shapes = {code: state for code, state in coverage["statements"].items() if code.startswith("MC1")}
    assert {"getEvent", "getLatestEvents", "listEvents"} == answered
    assert dict.fromkeys(("MC101", "MC102", "MC103", "MC104", "MC105", "MC106", "MC107"), "decided") == shapes


def test_any_wrong_credential_is_accepted_by_every_operation(ran: Ran) -> None:
    """MC702 names all three operations; a missing and a malformed credential are refused, so MC701 and MC703 hold."""
    accepting = {finding["operation"] for finding in ran.json["findings"] if finding["code"] == "MC702"}
    statements = ran.json["coverage"]["statements"]
    assert {"getEvent", "getLatestEvents", "listEvents"} == accepting
    assert ("decided", "decided") == (statements["MC701"], statements["MC703"])


def test_what_prism_gets_wrong_still_fails_when_it_is_asked_again(ran: Ran, tmp_path: Path) -> None:
    """`mconn replay` sends the requests of the report to Prism, which is as wrong as before; nothing is fixed."""
    path = tmp_path / "replay.json"
    done = mconn("replay", str(ran.report), "--report", f"json={path}")
    counts = json.loads(path.read_text(encoding="utf-8"))["counts"]

    assert (1, "", 0) == (done.returncode, done.stderr, counts["fixed"]), done.stdout
    assert counts["still failing"] > counts["different"]


def test_reports_of_one_server_are_alike(ran: Ran, tmp_path: Path) -> None:
    """`mconn compare` finds nothing new in a second run against the same Prism."""
    again = run(ran.seed, ran.url, ran.profile, tmp_path / "again.json")
    done = mconn("compare", str(ran.report), str(again.report))

    assert (0, "passed: ") == (done.returncode, done.stdout[:8]), done.stdout


def test_token_is_shown_nowhere(ran: Ran) -> None:
    """The token that was sent is neither in the output nor in the report."""
    assert TOKEN not in ran.done.stdout + ran.done.stderr + ran.report.read_text(encoding="utf-8")


def test_same_server_gives_the_same_report(tmp_path: Path) -> None:
    """Two runs against one server that never changes say the same on standard output, and write the same bytes."""
    with prism(MADE_UP) as url:
        first, second = (run(MADE_UP, url, "quick", tmp_path / f"{name}.json") for name in ("first", "second"))
    # The first line says when it was, and how long it took.
    assert first.done.stdout.splitlines()[1:] == second.done.stdout.splitlines()[1:]
    assert first.report.read_bytes() == second.report.read_bytes()
