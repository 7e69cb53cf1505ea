"""The command `mconn`, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.contract.document import load

HEAVY = {"hypothesis", "requests", "schemathesis", "starlette", "uvicorn"}
COMMANDS = (
    "test",
    "validate",
    "serve",
    "record",
    "proxy",
    "client",
    "vectors",
    "rules",
    "config",
    "diff",
    "compare",
    "replay",
    "export",
)
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}


def mconn(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """`mconn`, with warnings as errors and without the user's credentials."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "mconn_contracts.cli.main", *map(str, words)],
        **{"env": environment(), "capture_output": True, "text": True, "check": False, **options},
    )


def environment() -> dict[str, str]:
    """This process's environment, without credentials and what names a connector."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}


@contextmanager
def closed_pipe() -> Iterator[int]:
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def imported(*words: str) -> set[str]:
    """The top-level names of all modules that the command has imported when it ends."""
    code = (
        "import sys\n"
        "from mconn_contracts.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    return set(done.stderr.splitlines()[-1].split())


# What is heavy is imported where it is used.


def test_help_and_version_import_nothing_heavy() -> None:
    """The list of commands, the versions, the rules and the help of what judges recordings need no HTTP and no schemathesis."""
    for words in (("--help",), ("--version",), ("validate", "--help"), ("rules",)):
        assert set() == imported(*words) & HEAVY, words


def test_validate_imports_nothing_heavy(tmp_path: Path) -> None:
    """Judging recordings, a HAR among them, with every report, needs no HTTP and no schemathesis."""
    # What is not valid is explained by the compiled schemas.
    (tmp_path / "event.json").write_text(json.dumps({**EVENT, "t": None}), encoding="utf-8")
    (tmp_path / "run.har").write_text(json.dumps({"log": {"entries": []}}), encoding="utf-8")

    modules = imported("validate", str(tmp_path), "--report", f"json={tmp_path / 'report.out'}")

    assert set() == modules & {*HEAVY, "jsonschema"}


def test_serve_does_not_import_what_only_test_needs() -> None:
    """The server's command needs no schemathesis, and the test's help does not either."""
    assert set() == imported("serve", "--list-faults") & {"hypothesis", "requests", "schemathesis"}
    assert set() == imported("test", "--help") & {"hypothesis", "schemathesis"}


def test_what_stands_between_needs_no_server_and_no_schemathesis() -> None:
    """The proxy's commands speak HTTP by h11 alone."""
    for words in (("record", "--help"), ("proxy", "--target", "http://127.0.0.1:1", "--max-time", "0.01", "--listen", "0")):
        assert set() == imported(*words) & HEAVY, words


# Help and versions.


def test_version_has_the_contracts_own() -> None:
    """`--version` says the versions of the tool and of the contract, on one line."""
    assert f"mconn {version('mconn-contracts')}, contract {load().version}\n" == mconn("--version").stdout
    assert mconn("-V").stdout == mconn("--version").stdout


def test_help_names_every_command_with_what_it_does() -> None:
    """`mconn --help` lists the commands, each with a sentence, and is what `mconn -h` says."""
    done = mconn("--help")
    listed = dict(re.findall(r"(?m)^  (\w+)  +(\S.*)$", done.stdout.partition("Commands:\n")[2]))

    assert (COMMANDS, 0, done.stdout) == (tuple(listed), done.returncode, mconn("-h").stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_every_option_has_help(command: str) -> None:
    """A command's help has its usage, a sentence, and a word on each option; without one, an option is alone on its line."""
    done = mconn(command, "--help")
    usage, _, rest = done.stdout.partition("\n\n")
    text, _, options = rest.partition("\n\nOptions:\n")
    bare = [line for line in options.splitlines() if re.match(r"  -\S", line) and not re.search(r"\S  +\S", line.strip())]
    # A long option has its words on the next line, which is indented.
    bare = [line for line in bare if f"{line}\n     " not in f"{options}\n"]

    assert (0, [], "") == (done.returncode, bare, done.stderr)
    assert (f"Usage: mconn {command} ", ".") == (usage[: len(command) + 14], text.rstrip()[-1:])


# Exit codes.


def test_no_command_is_wrong_use() -> None:
    """`mconn` alone shows its help, and exits 2."""
    done = mconn()

    assert (2, True) == (done.returncode, "Commands:" in done.stdout + done.stderr)


@pytest.mark.parametrize(
    "words, code, said",
    [
        (("nothing",), 2, "No such command 'nothing'."),
        (("vaildate",), 2, "No such command 'vaildate'. Did you mean 'validate'?"),
        (("--nothing",), 2, "No such option"),
        (("validate",), 2, "Missing argument 'PATH...'."),
        (("validate", "--format", "xml", "-"), 2, "'xml' is not one of"),
        (("validate", "--as", "Nothing", "-"), 2, "Nothing"),
        (("validate", "--select", "MC999", "-"), 2, "`mconn rules` lists them"),
        (("validate", "nowhere.json"), 3, "mconn: nowhere.json: cannot be read: no such file or directory"),
        (("rules", "count_mismatch"), 2, "mconn: no rule has the code or name 'count_mismatch'; did you mean 'count-mismatch'?"),
        (("rules", "zzz"), 2, "mconn: no rule has the code or name 'zzz'; `mconn rules` lists them"),
        (("serve", "--fault", "nothing"), 2, "mconn: no fault is named nothing"),
        (("serve", "--host", "256.0.0.1"), 2, "choose another --port"),
        (("serve", "--db", "/nowhere/at/all.db"), 3, "mconn: /nowhere/at/all.db: cannot be opened as a database"),
        (("test", "https://example.com"), 2, "mconn: a URL needs --account-id"),
    ],
)
def test_errors_are_told_and_have_their_exit_code(words: tuple[str, ...], code: int, said: str) -> None:
    """Wrong use is 2 and unreadable input 3; what is wrong is said on standard error, without a traceback."""
    done = mconn(*words, stdin=subprocess.DEVNULL)

    assert (code, True, False) == (done.returncode, said in done.stderr, "Traceback" in done.stderr)


def test_errors_of_ours_are_one_line() -> None:
    """What the program itself finds wrong is exactly one line on standard error, and nothing is on standard output."""
    for words in (("rules", "MC000"), ("serve", "--style", "nothing"), ("validate", "--as", "Nothing", "-")):
        done = mconn(*words, stdin=subprocess.DEVNULL)
        assert (1, "", "mconn: ") == (len(done.stderr.splitlines()), done.stdout, done.stderr[:7])


# Outputs that take no more.


@pytest.mark.parametrize("words", [("rules",), ("--help",), ("--version",), ("validate", "--help")])
def test_a_closed_output_is_no_traceback_and_no_verdict(words: tuple[str, ...]) -> None:
    """A reader that has gone, as in `mconn rules | head -1`, ends the command with the code of SIGPIPE, without a word."""
    with closed_pipe() as output:
        done = mconn(*words, capture_output=False, stdout=output, stderr=subprocess.PIPE)

    assert (141, "") == (done.returncode, done.stderr)


def test_a_closed_output_loses_no_file(tmp_path: Path) -> None:
    """Reports to files are written even where nobody reads standard output."""
    (tmp_path / "event.json").write_text(json.dumps({**EVENT, "n": None}), encoding="utf-8")
    path = tmp_path / "report.json"
    with closed_pipe() as output:
        done = mconn(
            "validate", tmp_path / "event.json", "--report", f"json={path}",
            capture_output=False, stdout=output, stderr=subprocess.PIPE,
        )  # fmt: skip

    assert (141, "", "failed") == (done.returncode, done.stderr, json.loads(path.read_bytes())["outcome"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    """A standard output that takes no more is said in one line, with exit code 2."""
    with Path("/dev/full").open("wb") as full:
        done = mconn("rules", capture_output=False, stdout=full, stderr=subprocess.PIPE)

    assert (2, "mconn: the output cannot be written: no space left on device\n") == (done.returncode, done.stderr)
