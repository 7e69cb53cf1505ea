"""`mconn record` and `mconn proxy`, as processes of their own, with clients of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.test_main import environment
from tests.proxy.standing import EVENTS, spoken

from mconn_contracts.cli import proxy
from mconn_contracts.cli.main import main
from mconn_contracts.process import commands
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS

COMMAND = (sys.executable, "-W", "error", "-m", "mconn_contracts.cli.main")
PATHS = (f"{EVENTS}/latest", f"{EVENTS}?from=0&to=2000000000&limit=5")
CLIENT = """
import os, sys, http.client
host = os.environ["CLOUDFLARE_BASE_URL"].removeprefix("http://").removesuffix("/client/v4")
for path in sys.argv[2:]:
    connection = http.client.HTTPConnection(host)
    connection.request("GET", path, headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
    response = connection.getresponse()
    print(response.status, response.read().decode() if response.status > 400 else "")
assert os.environ["CLOUDFLARE_BASE_URL"] == os.environ["MCONN_BASE_URL"]
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


@pytest.fixture(scope="module")
def broken() -> Iterator[RunningServer]:
    """A server whose pages have another count."""
    with serve_in_thread(faults=[next(each for each in FAULTS.values() if each.code == "MC301")]) as running:
        yield running


def client(*paths: str, code: int = 0) -> list[str]:
    """The words of a command that asks for these paths, and ends with that code."""
    return ["--", sys.executable, "-S", "-E", "-c", CLIENT, str(code), *(paths or PATHS)]


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str


Runs = Callable[..., Ended]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs `mconn` in this process, without the user's credentials."""

    def runs(*words: object, token: str = "") -> Ended:
        for name in os.environ.keys() - environment().keys():
            monkeypatch.delenv(name)
        monkeypatch.setenv("TOKEN", token)
        with pytest.raises(SystemExit) as end:
            main([*map(str, words)])
        assert isinstance(end.value.code, int)
        output = capfd.readouterr()
        return Ended(end.value.code, output.out, output.err)

    return runs


@contextmanager
def started(*words: object, token: str = "") -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    """The command while it runs, and where it listens."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)],
        env=environment() | {"TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"http://(127\.0\.0\.1):([0-9]+)/", said)
            assert found, said
            yield process, (found[1], int(found[2]))
        finally:
            process.kill()


def asked(server: RunningServer, path: str = PATHS[1]) -> bytes:
    """The bytes of a request with the server's token, the last of its connection."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {server.token}\r\nConnection: close\r\n\r\n".encode()


def report(path: Path) -> Any:
    """A JSON report without what differs where the same is judged as it passes and recorded."""
    value = json.loads(path.read_bytes())
    for finding in value["findings"]:
        assert finding.pop("source")
        finding.pop("line")
    assert value.pop("subject")
    return value


# What a command's end comes to.


@pytest.mark.parametrize("code", [0, 7])
def test_record_ends_with_its_command(run: Runs, server: RunningServer, tmp_path: Path, code: int) -> None:
    """The command finds the proxy in its environment; the exit code is its own; what passed is kept without the token."""
    done = run("record", "--target", server.url, "--out", tmp_path / "run.har", *client(code=code), token=server.token)

    assert (code, "200 \n200 \n") == (done.code, done.out)
    assert done.err.endswith("run.har: 2 exchanges\n")
    text = (tmp_path / "run.har").read_text()
    assert (2, False) == (len(json.loads(text)["log"]["entries"]), server.token in text)


@pytest.mark.parametrize("name", ["run.har", "run.ndjson"])
def test_proxy_and_validate_find_the_same(run: Runs, broken: RunningServer, tmp_path: Path, name: str) -> None:
    """The report on what passed is that of `mconn validate` on its recording; both fail."""
    live, recorded = tmp_path / "live.json", tmp_path / "recorded.json"
    words = ("--record", tmp_path / name, "--report", f"json={live}", "--severity", "MC603=error")
    done = run("proxy", "--target", broken.url, *words, *client(*PATHS, f"{EVENTS}?from=x&to=1"), token=broken.token)
    again = run("validate", tmp_path / name, "--report", f"json={recorded}", "--severity", "MC603=error")

    assert (1, 1) == (done.code, again.code)
    expected, found = report(recorded), report(live)
    if name.endswith(".ndjson"):
        for finding in (*expected["findings"], *found["findings"]):
            finding.pop("entry")
    assert expected == found
    assert ["MC301", "MC603"] == sorted(found["counts"]["by_code"])


def test_proxy_ends_with_its_command_or_its_verdict(
    run: Runs, server: RunningServer, broken: RunningServer, tmp_path: Path
) -> None:
    """A command that fails gives the exit code; where it passes, the verdict does; where nothing passed, it is 3."""
    codes = {
        "both pass": run("proxy", "--target", server.url, *client(), token=server.token).code,
        "verdict": run("proxy", "--target", broken.url, *client(), token=broken.token).code,
        "command": run("proxy", "--target", broken.url, *client(code=9), token=broken.token).code,
        "nothing": run("proxy", "--target", server.url, "--", "true").code,
        "nothing recorded": run("record", "--target", server.url, "--out", tmp_path / "a.har", "--", "true").code,
        "of another API": run("proxy", "--target", server.url, *client("/client/v4/zones")).code,
        "killed": run("record", "--target", server.url, "--out", tmp_path / "a.har", "--", "sh", "-c", "kill -9 $$").code,
    }

    assert {
        "both pass": 0, "verdict": 1, "command": 9, "nothing": 3, "nothing recorded": 3, "of another API": 3, "killed": 137,
    } == codes  # fmt: skip
    assert not (tmp_path / "a.har").exists()


def test_each_new_code_is_told_once_as_it_comes(run: Runs, broken: RunningServer) -> None:
    """On standard error, each code has one line, with its place; the whole report is on standard output."""
    done = run("proxy", "--target", broken.url, *client(*PATHS, *PATHS), token=broken.token)

    told = [line for line in done.err.splitlines() if "MC301" in line]
    assert (1, True) == (len(told), done.out.splitlines()[-1].startswith("failed: 4 exchanges"))
    assert re.match(r"mconn: error MC301 count-mismatch at /result/count of GET http://127\.0\.0\.1:\d+/client/v4/acc", told[0])


def test_the_report_for_streams_has_every_finding(run: Runs, broken: RunningServer, tmp_path: Path) -> None:
    """However few findings are kept of each code, `--report ndjson` has a line for each, and one for the rest."""
    words = ("--report", f"ndjson={tmp_path / 'report.ndjson'}", "--max-per-code", 1)
    run("proxy", "--target", broken.url, *words, *client(PATHS[1], PATHS[1], PATHS[1]), token=broken.token)

    *findings, rest = map(json.loads, (tmp_path / "report.ndjson").read_text().splitlines())
    assert (["MC301"] * 3, {"MC301": 3}) == ([each["code"] for each in findings], rest["counts"]["by_code"])


def test_policy_baseline_and_gate_are_those_of_validate(run: Runs, broken: RunningServer, tmp_path: Path) -> None:
    """What a baseline has does not fail, what is ignored is not found, and what was not exercised is told."""
    baseline = tmp_path / "known.json"
    common = ("proxy", "--target", broken.url)
    words = client()
    update = run(*common, "--baseline", baseline, "--update-baseline", "--reason", "seen", *words, token=broken.token)
    known = run(*common, "--baseline", baseline, *words, token=broken.token)
    ignored = run(*common, "--ignore", "MC301", *words, token=broken.token)
    gap = run(*common, "--ignore", "MC301", "--fail-under", "operations=3", *words, token=broken.token)

    assert [0, 0, 0, 1] == [each.code for each in (update, known, ignored, gap)]
    assert ("known", True) == (known.out.splitlines()[-1].partition(":")[0], "--fail-under" in gap.err)


def test_block_says_what_is_broken_in_place_of_it(run: Runs, broken: RunningServer, tmp_path: Path) -> None:
    """The client gets 502 with the finding in an envelope; what is whole passes; the recording has what the server said."""
    words = ("--block", "--record", tmp_path / "run.har")
    done = run("proxy", "--target", broken.url, *words, *client(PATHS[1], f"{EVENTS}?from=x&to=1", PATHS[0]), token=broken.token)

    lines = done.out.splitlines()
    envelope = json.loads(lines[0].removeprefix("502 "))
    assert (False, [301], None) == (envelope["success"], [each["code"] for each in envelope["errors"]], envelope["result"])
    assert envelope["errors"][0]["message"].startswith("MC301 count-mismatch at /result/count: count is ")
    assert ["400", "200"] == [line[:3] for line in lines[1:3]]
    statuses = [each["response"]["status"] for each in json.loads((tmp_path / "run.har").read_bytes())["log"]["entries"]]
    assert [200, 400, 200] == statuses


def test_block_lets_pass_what_the_baseline_has(run: Runs, broken: RunningServer, tmp_path: Path) -> None:
    """A finding that is known is no reason to keep an answer back."""
    words = ("proxy", "--target", broken.url, "--block", "--baseline", tmp_path / "known.json")
    first = run(*words, "--update-baseline", *client(PATHS[1]), token=broken.token)
    again = run(*words, *client(PATHS[1]), token=broken.token)

    assert ("502", "200", 0) == (first.out[:3], again.out[:3], again.code)


# What ends a run.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("faulty", [False, True])
def test_a_signal_ends_what_goes_on_until_one(
    run: Runs, server: RunningServer, broken: RunningServer, tmp_path: Path, number: int, faulty: bool
) -> None:
    """Without a command, the report is whole, and the exit code is that of the verdict."""
    target = broken if faulty else server
    words = ("--listen", "127.0.0.1:0", "--report", f"json={tmp_path / 'report.json'}", "--record", tmp_path / "run.ndjson")
    with started("proxy", "--target", target.url, *words) as (process, address):
        assert b"200 OK" in spoken(address, asked(target))
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)

    assert (int(faulty), 1) == (process.returncode, json.loads((tmp_path / "report.json").read_bytes())["counts"]["exchanges"])
    assert (True, 1) == (
        output.splitlines()[-1].startswith("failed" if faulty else "passed"),
        (tmp_path / "run.ndjson").read_text().count("\n"),
    )


@pytest.mark.parametrize("command", ["record", "proxy"])
def test_a_signal_ends_the_command_with_all_it_started(run: Runs, server: RunningServer, tmp_path: Path, command: str) -> None:
    """The signal goes on to the command; its children are ended, and the exit code is that of the signal."""
    script = f"sleep 1000 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/parent; kill -TERM $PPID; wait"
    words = ["--out", str(tmp_path / "run.har")] if command == "record" else []
    line = [*COMMAND, command, "--target", server.url, *words, "--", "sh", "-c", script]
    ended = subprocess.run(line, env=environment(), capture_output=True, check=False, timeout=60)

    assert 143 == ended.returncode
    assert [] == alive(tmp_path / "child", tmp_path / "parent")


def test_what_a_command_leaves_behind_is_ended(
    run: Runs, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that goes on after its parent, and ignores being asked to end, is ended all the same."""
    monkeypatch.setattr(commands, "GRACE", 0.1)
    child = f"trap '' TERM; echo $$ > {tmp_path}/child; exec sleep 1000"
    script = f'sh -c "{child}" & while [ ! -s {tmp_path}/child ]; do :; done; exit 4'.replace("$$", r"\$\$")
    done = run("record", "--target", server.url, "--out", tmp_path / "run.har", "--", "sh", "-c", script)

    assert (4, []) == (done.code, alive(tmp_path / "child"))


def alive(*files: Path) -> list[int]:
    """Those processes that still run, of those whose numbers are in files."""
    return [number for number in (int(file.read_text()) for file in files) if not gone(number)]


def gone(number: int) -> bool:
    """Whether a process has ended, though nobody may have waited for it."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_run_ends_after_its_time_and_after_its_exchanges(run: Runs, server: RunningServer, tmp_path: Path) -> None:
    """`--max-time` ends the command too, whose code is then that of SIGTERM; `--max-exchanges` ends what had no command."""
    late = run("record", "--target", server.url, "--out", tmp_path / "a.har", "--max-time", "0.2", "--", "sleep", "1000")
    with started("record", "--target", server.url, "--out", tmp_path / "b.har", "--max-exchanges", "2", "--listen", "0") as (
        process,
        address,
    ):
        answers = [spoken(address, asked(server)) for _ in range(2)]
        process.wait(30)

    assert "mconn: sleep has run for the 0.2 s of --max-time, so it is ended\n" in late.err
    assert (143, 0, 2) == (late.code, process.returncode, sum(b"200 OK" in each for each in answers))
    assert 2 == len(json.loads((tmp_path / "b.har").read_bytes())["log"]["entries"])


def test_a_killed_proxy_leaves_all_but_what_was_under_way(run: Runs, server: RunningServer, tmp_path: Path) -> None:
    """After SIGKILL, `mconn validate` reads the recording to its end, with all that clients had got."""
    with started("proxy", "--target", server.url, "--record", tmp_path / "run.har", "--listen", "0") as (process, address):
        for _ in range(5):
            assert b"200 OK" in spoken(address, asked(server))
        # The last is recorded once it has ended, which the next one's answer shows.
        process.kill()
        process.wait(30)
    done = run("validate", tmp_path / "run.har", "--report", "json=-")

    assert (0, True) == (done.code, json.loads(done.out)["counts"]["exchanges"] >= 4)


# Wrong use, said before anything is listened on.


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["record", "--out", "a.har"], 2, "Missing option '--target'"),
        (["record", "--target", "http://127.0.0.1:1"], 2, "Missing option '--out'"),
        (["record", "--target", "http://127.0.0.1:1", "--out", "a.txt"], 2, "a.txt: the name of a recording must end in"),
        (["record", "--target", "http://127.0.0.1:1", "--out", "none/a.har"], 2, "cannot be written"),
        (["proxy", "--target", "127.0.0.1"], 2, "the URL is not an http or https URL"),
        (["proxy", "--target", "http://user:pw@127.0.0.1"], 2, "the URL has a user or a password"),
        (["proxy", "--target", "http://127.0.0.1:1", "--listen", "somewhere"], 2, "is not HOST:PORT or PORT"),
        (["proxy", "--target", "http://127.0.0.1:1", "--listen", "70000"], 2, "is not HOST:PORT or PORT"),
        (["proxy", "--target", "http://127.0.0.1:1", "--listen", "192.0.2.1:0"], 2, "cannot listen on 192.0.2.1"),
        (["proxy", "--target", "http://localhost:8766/v4"], 2, "is the address where the proxy must listen"),
        (["proxy", "--target", "http://127.0.0.1:1", "--report", "har=a.har"], 2, "give --record PATH to record what passes"),
        (["proxy", "--target", "http://127.0.0.1:1", "--ca-file", "/dev/null"], 2, "no certificates in PEM"),
        (["proxy", "--target", "http://127.0.0.1:1", "--", "/no/such/command"], 2, "'/no/such/command' cannot be run"),
        (["proxy", "--target", "http://127.0.0.1:1", "--select", "MC999x"], 2, "no rule has a code"),
    ],
)  # fmt: skip
def test_wrong_use_is_said(
    run: Runs, words: Sequence[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says what is wrong; the exit code is 2, and no file is left."""
    monkeypatch.chdir(tmp_path)
    done = run(*words)

    assert (code, []) == (done.code, list(tmp_path.iterdir()))
    assert said in done.err


def test_the_service_of_the_guide_is_started_as_it_says(tmp_path: Path) -> None:
    """The block for docker compose in docs/proxy.md is YAML, and its command is one that `mconn` takes."""
    page = (Path(__file__).parents[2] / "docs" / "proxy.md").read_text("utf-8")
    services = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])["services"]
    name, *words = shlex.split(services["mconn"]["command"].replace("/reports", str(tmp_path)))
    context = proxy.command.make_context(name, words)

    assert (("0.0.0.0", 8766), "https://api.cloudflare.com/client/v4") == (context.params["listen"], context.params["target"])
    assert "http://mconn:8766/client/v4" == services["app"]["environment"]["CLOUDFLARE_BASE_URL"]


def test_what_others_can_read_is_warned_of(run: Runs, server: RunningServer) -> None:
    """An address that other machines reach, and a target in plain http that is not on this machine."""
    wide = run("proxy", "--target", server.url, "--listen", "0.0.0.0:0", *client(PATHS[0]), token=server.token)
    exposed = run("proxy", "--target", "http://192.0.2.1/client/v4", "--", "true")

    assert (0, True) == (wide.code, "other machines can reach 0.0.0.0, in plain http" in wide.err)
    assert "http://192.0.2.1/client/v4 is plain http: anyone on the network path can read the credential" in exposed.err
