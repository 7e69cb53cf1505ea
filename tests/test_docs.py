"""The README and the pages of docs/ do what they say: pasted into a fresh shell, in order, they print what they show.

In a block of `console`, `$ ` starts a command, and the lines after it are its output. The README has its commands in blocks of
`bash`, which GitHub copies whole, and shows the output of such a block in a block of `text` right after it. In an output, `…`
stands for any text, and alone on a line for any lines. A block with a title is a file, which is written before what follows.
How many requests a run sends, and events it sees, may differ: another version of schemathesis draws others.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
PORT = "8765"
END = "\x1e"
"""What the shell prints after each block."""
LONGEST = 900
"""Seconds after which the shell is ended: a page has a command that does not end."""
_BLOCK = re.compile(
    r'(?m)^```(?:(?P<kind>console|bash)|\w+ title="(?P<file>[\w.]+)")\n(?P<text>.*?)^```$(?:\n\n```text\n(?P<shown>.*?)^```$)?',
    re.DOTALL,
)
# What the tests run in is installed already, and CI runs the command that runs the tests.
_INSTALLING = re.compile(r"python3 -m venv \.venv && \.venv/bin/pip install (?:\. && |\. tox && \.venv/bin/tox run)")
_COUNT = re.compile(r"(?<=×\\ )\d+|\d+(?=\\ (?:exchanges|events))")


class Block(NamedTuple):
    """The commands of a block, and what they print."""

    page: str
    commands: list[str]
    output: list[str]


def blocks(port: str) -> Iterator[Block]:
    """The blocks of all pages in order, with another port in place of the one that `mconn serve` has by default."""
    for page in PAGES:
        for found in _BLOCK.finditer(page.read_text("utf-8").replace(PORT, port)):
            lines = found["text"].splitlines()
            if found["file"]:
                yield Block(page.name, [f"cat > {found['file']} <<'END OF FILE'", *lines, "END OF FILE"], [])
                continue
            if found["kind"] == "console":
                commands = [line[2:] for line in lines if line.startswith("$ ")]
                output = [line for line in lines if not line.startswith("$ ")]
            elif page == README:
                commands, output = lines, (found["shown"] or "").splitlines()
            else:
                # The other pages have in `bash` what needs more than this project installs.
                continue
            served = [_INSTALLING.sub("", line).replace("mconn serve ", f"mconn serve --port {port} ") for line in commands]
            yield Block(page.name, served, output)


def pattern(lines: list[str]) -> re.Pattern[str]:
    """What the output of a block must match."""
    parts = [r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines]
    return re.compile(_COUNT.sub(r"\\d+", "".join(parts)))


def pasted(text: str, folder: Path) -> str:
    """What a fresh bash prints that is given this text, in a folder that has the environment of these tests as `.venv`.

    AssertionError if a process that it started goes on after it.
    """
    (folder / ".venv").symlink_to(sys.prefix)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MCONN_"))}
    # A shell in which nothing is activated yet.
    paths = environment["PATH"].split(os.pathsep)
    environment["PATH"] = os.pathsep.join(path for path in paths if Path(path) != Path(sys.prefix) / "bin")
    printed = folder / "printed"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as shell,
    ):
        try:
            assert shell.stdin is not None
            with suppress(BrokenPipeError), shell.stdin as stdin:
                stdin.write(text.encode())
            shell.wait(LONGEST)
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, 0)
                raise AssertionError(f"what the pages started goes on after them:\n{printed.read_text('utf-8')}")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return printed.read_text("utf-8")


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def test_pages_print_what_they_show(tmp_path: Path) -> None:
    """The README and then every page, pasted into one fresh shell, print what they show, and leave nothing running."""
    # As at a terminal, an exclamation mark recalls an earlier command.
    lines = ["set -o history -o histexpand"]
    found = list(blocks(free_port()))
    for block in found:
        lines += [*block.commands, r"printf '\036'"]
    printed = pasted("\n".join([*lines, ""]), tmp_path).split(END)

    for block, text in zip_longest(found, printed[:-1]):
        assert pattern(block.output).fullmatch(text or ""), "\n".join(
            [f"{block.page} has", *block.commands, "which prints", text or "nothing", "where the page shows", *block.output]
        )
