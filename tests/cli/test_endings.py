"""However a run ends, it leaves what it has come to: signals at any moment, killed parents, full disks, closed outputs."""

from __future__ import annotations

import gc
import inspect
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.cli.test_test import halting

import mconn_contracts
from mconn_contracts.cli import test, validate
from mconn_contracts.cli.main import main

COMMAND = (sys.executable, "-m", "mconn_contracts.cli.main")
PACKAGE = Path(mconn_contracts.__file__).parent
ROOMS = tuple(
    f"{PACKAGE / room}{os.sep}" for room in ("archives", "captures", "cli", "live", "model", "policy", "process", "reports")
)
"""Those whose lines are counted: of the others, most make the rules ready, and would take the time of the rest many times."""
BAD = {"e": {"k": "Init"}, "n": None, "t": 1700000000}
GOOD = {**BAD, "n": 1}
SEED = 13
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def quiet() -> dict[str, str]:
    """The environment, without credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path)}


# Signals at any moment: before any line of the package that the command runs in its main thread.


class Moments:
    """Counts the lines of the package that run once a command has begun, and sends a signal at one of them."""

    def __init__(self, command: Callable[..., Any], at: int, number: int) -> None:
        self._begins = command.__code__
        self._at, self._number = at, number
        self.lines = 0
        self._begun = False

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """What `sys.settrace` calls."""
        if frame.f_code is self._begins:
            self._begun = True
        if not self._begun or not frame.f_code.co_filename.startswith(ROOMS):
            return None if event == "call" else self.trace
        if event == "line":
            self.lines += 1
            if self.lines == self._at:
                signal.raise_signal(self._number)
        return self.trace


def ended(words: list[str], command: Any, at: int = 0, number: int = signal.SIGTERM) -> tuple[int, int]:
    """Run `mconn` in this process, with a signal before that line; the exit code and the number of lines."""
    moments = Moments(inspect.unwrap(command.callback), at, number)
    before = sys.gettrace()
    sys.settrace(moments.trace)
    try:
        with pytest.raises(SystemExit) as end:
            main(words)
    finally:
        sys.settrace(before)
    assert isinstance(end.value.code, int)
    return end.value.code, moments.lines


FEWEST = 30_000
"""Less than half of the lines of a quick run, up to where requests are drawn."""
FORMS = ("json", "junit", "sarif", "markdown", "html", "text", "github")


def reports(folder: Path, *more: str) -> list[str]:
    """The options for every report."""
    return [word for form in (*FORMS, *more) for word in ("--report", f"{form}={folder / form}")]


def read(folder: Path) -> dict[str, Any]:
    """The JSON report, once every report was found to be whole, and nothing to be left beside them."""
    ET.parse(folder / "junit")
    json.loads((folder / "sarif").read_bytes())
    assert (folder / "html").read_text(encoding="utf-8").endswith("</html>\n")
    assert [] == [path.name for path in folder.iterdir() if path.name.startswith(".")]
    report: dict[str, Any] = json.loads((folder / "json").read_bytes())
    last = (folder / "text").read_text(encoding="utf-8").splitlines()[-1]
    assert [True] * 2 == [text.startswith(report["outcome"]) for text in (last, (folder / "github").read_text().splitlines()[-1])]
    return report


@pytest.fixture
def captures(tmp_path: Path) -> list[str]:
    """Three captures, of whose lines each has one finding."""
    (tmp_path / "in").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "in" / f"{name}.ndjson").write_text(f"{json.dumps(BAD)}\n" * 40)
    return sorted(map(str, (tmp_path / "in").iterdir()))


def folders(tmp_path: Path) -> Iterator[Path]:
    """A new folder each time."""
    number = 0
    while True:
        number += 1
        (tmp_path / str(number)).mkdir()
        yield tmp_path / str(number)


def drawn(lines: int, number: int) -> list[tuple[int, int]]:
    """Moments among so many, and a signal for each."""
    source = random.Random(SEED)
    return [(moment, source.choice(list(CODES))) for moment in sorted(source.sample(range(1, lines + 1), number))]


@pytest.mark.usefixtures("capfd")
def test_a_signal_at_any_moment_of_a_serial_run_leaves_everything(captures: list[str], tmp_path: Path) -> None:
    """All reports are whole and agree; each record that counts was judged; the checkpoint is gone on with to the same end."""
    some = folders(tmp_path)
    words = ["validate", *captures]
    folder = next(some)
    code, lines = ended([*words, *reports(folder)], validate.command)
    expected = read(folder)
    assert (1, 120) == (code, expected["counts"]["exchanges"])
    for moment, number in drawn(lines, 6):
        folder, checkpoint = next(some), tmp_path / f"checkpoint{moment}"
        code, _ = ended([*words, "--checkpoint", str(checkpoint), *reports(folder)], validate.command, moment, number)
        report = read(folder)
        assert CODES[signal.Signals(number)] == code
        assert report["counts"]["exchanges"] == sum(report["counts"]["findings"].values())
        assert (report["counts"]["exchanges"] < 120) == (report["outcome"] == "undecided")
        again = next(some)
        with pytest.raises(SystemExit) as end:
            main([*words, "--checkpoint", str(checkpoint), *reports(again)])
        assert (1, False, expected) == (end.value.code, checkpoint.exists(), read(again))


# A moment between a socket's opening and the line that keeps it leaves it to the end of the process, which this one is not.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("capfd")
def test_a_signal_at_any_moment_of_a_live_run_leaves_everything(tmp_path: Path) -> None:
    """All reports, the recording and the behavior file are whole, and the recording has every exchange that counts."""
    some = folders(tmp_path)
    words = ["test", "--profile", "quick"]
    for moment, number in drawn(FEWEST, 3):
        folder = next(some)
        behavior = folder / "behavior"
        code, _ = ended([*words, "--behavior", str(behavior), *reports(folder, "har")], test.command, moment, number)
        report, recording = read(folder), json.loads((folder / "har").read_bytes())
        assert (CODES[signal.Signals(number)], "interrupted") == (code, report["reason"])
        assert report["counts"]["exchanges"] == len(recording["log"]["entries"])
        pinned = json.loads(behavior.read_bytes())["behavior"] if behavior.exists() else {}
        assert set() == pinned.keys() - report["observed"].keys()
    gc.collect()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("number, together", [(signal.SIGTERM, True), (signal.SIGTERM, False)], ids=["group", "service"])
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_a_signal_ends_a_pool(tmp_path: Path, engine: str, number: int, together: bool) -> None:
    """Told to end, alone or with all its processes, the command writes its reports, says nothing else and leaves no process."""
    if engine == "dask":
        pytest.importorskip("distributed")
    pipes = [tmp_path / f"{name}.ndjson" for name in "abc"]
    for pipe in pipes:
        os.mkfifo(pipe)
    words = [*COMMAND, "validate", "--engine", engine, "--workers", "1", *reports(tmp_path), *map(str, pipes)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet(), start_new_session=True) as process:
        pipes[0].write_text(json.dumps(BAD))
        pipes[1].write_text(json.dumps(GOOD))
        # At most two captures are given out for one worker: the third is opened once the first is merged.
        with pipes[2].open("wb"):
            (os.killpg if together else os.kill)(process.pid, number)
            # Every process of the run has standard error: it is closed when the last of them has ended.
            _, errors = process.communicate(timeout=40)
    for pipe in pipes:
        pipe.unlink()

    report = read(tmp_path)
    assert (CODES[signal.Signals(number)], b"") == (process.returncode, errors)
    assert ("interrupted", {"MC101": 1}) == (report["reason"], report["counts"]["by_code"])


def test_a_signal_ends_a_pytest_suite(tmp_path: Path) -> None:
    """The suite of a live server says what was covered until then, and pytest writes its own report and exits 143."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--mconn-profile", "quick", "--junitxml", "junit.xml"]
    with halting(20) as (server, handler):
        environment = quiet() | {
            "CLOUDFLARE_API_TOKEN": server.token,
            "CLOUDFLARE_ACCOUNT_ID": server.account_id,
            "MCONN_CONNECTOR_ID": server.connector_id,
        }
        words += ["--mconn-url", server.url]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
            assert handler.halted.wait(60), process.communicate()
            process.terminate()
            output, _ = process.communicate(timeout=60)

    assert (143, True) == (process.returncode, "Could not judge: interrupted" in output.splitlines()), output
    assert "testsuites" == ET.parse(tmp_path / "junit.xml").getroot().tag


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_no_worker_outlives_a_killed_command(tmp_path: Path, engine: str) -> None:
    """Killed in the middle of a run, the command takes its workers with it, and no report was begun."""
    if engine == "dask":
        pytest.importorskip("distributed")
    pipe = tmp_path / "a.ndjson"
    os.mkfifo(pipe)
    words = [*COMMAND, "validate", "--engine", engine, "--workers", "2", *reports(tmp_path), str(pipe)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet()) as process:
        with pipe.open("wb"):
            process.kill()
        process.communicate(timeout=40)

    assert ["a.ndjson"] == [path.name for path in tmp_path.iterdir()]


# Disks that are full.


def test_a_full_disk_loses_one_file(captures: list[str], tmp_path: Path) -> None:
    """A file that finds no room is named with what it was to hold; it stays as it was, and the others are written."""
    code = (
        "import resource, sys\nfrom mconn_contracts.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))\nmain(sys.argv[1:])\n"
    )
    (tmp_path / "json").write_text("before")
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", *captures, "--report", f"json={tmp_path / 'json'}", "--report",
         f"markdown={tmp_path / 'markdown'}"],
        capture_output=True, text=True, env=quiet(), check=False,
    )  # fmt: skip

    assert (2, f"mconn: {tmp_path / 'json'}: the report json cannot be written: file too large\n") == (
        done.returncode, done.stderr,
    )  # fmt: skip
    assert ("before", True) == ((tmp_path / "json").read_text(), (tmp_path / "markdown").read_text().startswith("## "))
    assert {"in", "json", "markdown"} == {path.name for path in tmp_path.iterdir()}
    assert done.stdout.splitlines()[-1].startswith("failed: 120 exchanges")


def test_every_report_may_find_no_room(captures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each that is missing is said, the others are written, and the exit code says it too."""
    full = [word for form in FORMS for word in ("--report", f"{form}=/dev/full")]
    with pytest.raises(SystemExit) as end:
        main(["validate", *captures, *full, *reports(tmp_path)])

    assert (2, "failed") == (end.value.code, read(tmp_path)["outcome"])
    assert [f"mconn: /dev/full: the report {form} cannot be written: no space left on device" for form in FORMS] == (
        capfd.readouterr().err.splitlines()
    )


@pytest.mark.parametrize("option", [("--baseline", "--update-baseline"), ("--behavior",)])
def test_every_other_file_may_find_no_place(
    captures: list[str], tmp_path: Path, option: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """Every report is written, and the exit code says that a file is missing."""
    missing = tmp_path / "nowhere" / "file"
    with pytest.raises(SystemExit) as end:
        main(["validate", *captures, *reports(tmp_path), option[0], str(missing), *option[1:]])

    assert (2, 120) == (end.value.code, read(tmp_path)["counts"]["exchanges"])
    assert f"mconn: {missing}: the {option[0][2:]} cannot be written: no such file or directory\n" == capfd.readouterr().err


# Standard streams that take nothing.


@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", ">/dev/full 2>&1", "| :"])
def test_standard_streams_decide_nothing(tmp_path: Path, streams: str) -> None:
    """Closed, full, or without a reader, they lose no report, nor what else was to be judged after a message."""
    (tmp_path / "a.ndjson").write_text(json.dumps(BAD))
    words = ["validate", str(tmp_path / "none.json"), str(tmp_path / "a.ndjson"), *reports(tmp_path)]
    script = f'"$0" "$@" {streams}'
    subprocess.run(["sh", "-c", script, *COMMAND, *words], env=quiet(), capture_output=True, check=False)

    assert {"MC101": 1} == read(tmp_path)["counts"]["by_code"]


@pytest.mark.parametrize("streams, code", [("<&-", 1), (">&-", 1), ("2>&-", 1), (">/dev/full", 2)])
def test_only_an_output_that_is_lost_changes_the_exit_code(tmp_path: Path, streams: str, code: int) -> None:
    """What is closed from the start was not asked for; what finds no room was."""
    (tmp_path / "a.ndjson").write_text(json.dumps(BAD))
    done = subprocess.run(
        ["sh", "-c", f'"$0" "$@" {streams}', *COMMAND, "validate", str(tmp_path / "a.ndjson")],
        env=quiet(), capture_output=True, check=False,
    )  # fmt: skip

    assert code == done.returncode
