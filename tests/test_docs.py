"""The commands in the README and the pages of docs/ do what the pages say: each is run, and its output compared.

In a block of `console`, `$ ` starts a command, and what follows is its output; `…` stands for any text, and alone on a line
for any lines. A command that ends in `&` is a server: its first line is its output, and it runs to the end of the page. How
many requests a run sends, and events it sees, may differ: another version of schemathesis draws others.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mconn_contracts.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PORT = "8765"
_BLOCK = re.compile(r"(?m)^```console\n(.*?)^```$", re.DOTALL)
# What the tests run in is installed already.
_INSTALLING = re.compile(r"^python3 -m venv .*? && \.venv/bin/(?=mconn )")
_COUNT = re.compile(r"(?<=×\\ )\d+|\d+(?=\\ (?:exchanges|events))")
_OF_THE_SHELL = frozenset("|&;<>()$`*?[#~\n")
_NOT_HERE = ("python3 -m venv", "tox ", "pip ")
"""Commands that a test cannot run within itself: CI runs them."""

Step = tuple[str, list[str]]


def steps(page: Path) -> list[Step]:
    """The commands of a page, each with the lines that it prints."""
    found: list[Step] = []
    for block in _BLOCK.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((_INSTALLING.sub("", line[2:]), []))
            else:
                found[-1][1].append(line)
    return [(command, output) for command, output in found if not command.startswith(_NOT_HERE)]


def pattern(lines: list[str]) -> re.Pattern[str]:
    """What the output of a command has to match."""
    parts = [r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines]
    return re.compile(_COUNT.sub(r"\\d+", "".join(parts)))


@contextmanager
def serving(words: str, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """A server on a free port, and its first line."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {words}"], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.send_signal(signal.SIGINT)


def printed_here(words: list[str], environment: dict[str, str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command of ours prints. It runs in this process, so that what it needs is imported once for all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", environment)
        patch.chdir(folder)
        with pytest.raises(SystemExit):
            main(words)
    return "".join(capsys.readouterr())


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_says(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command of the page, in order and in one folder, prints what stands below it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    port = free_port()
    with ExitStack() as servers:
        for command, output in steps(page):
            words = command.replace(PORT, port)
            if words.startswith("export "):
                environment |= dict(pair.split("=", 1) for pair in words.removeprefix("export ").split())
                continue
            if words.endswith(" &"):
                printed = servers.enter_context(serving(f"{words[:-2]} --port {port}", environment, tmp_path))
            elif words.startswith("mconn ") and not _OF_THE_SHELL.intersection(words):
                printed = printed_here(shlex.split(words)[1:], environment, tmp_path, capsys)
            else:
                done = subprocess.run(
                    ["bash", "-c", words], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
                )
                printed = done.stdout + done.stderr
            expected = pattern([line.replace(PORT, port) for line in output])
            assert expected.fullmatch(printed), f"{command}\nprints\n{printed}\nand the page says\n" + "\n".join(output)
