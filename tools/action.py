"""The step of action.yml that runs mconn: inputs of GitHub in, reports, outputs and a summary out.

It runs by the Python that mconn is installed for, and needs nothing but Python itself: `version` may be any.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

USAGE = 2
"""The exit code of mconn for wrong use."""
LARGEST_SUMMARY = 1024 * 1024
"""Bytes that a step may add to the summary of a job; GitHub refuses a larger one as a whole."""


def words(arguments: str, *, windows: bool = os.name == "nt") -> list[str]:
    """The words of a text of any number of lines, by the quotes of a shell; nothing is expanded.

    A backslash takes the next character as it is; for Windows, it parts folders. ValueError if a quote is not closed.
    """
    # As in a shell, a backslash at the end of a line goes on with the next.
    lexer = shlex.shlex(re.sub(r"\\\r?\n", " ", arguments), posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if windows:
        lexer.escape = ""
    return list(lexer)


def report_paths(report: str) -> dict[str, str]:
    """Where each report is kept, by its format: the JSON report as named, the others beside it."""
    stem = report.removesuffix(".json")
    return {"json": report, "sarif": f"{stem}.sarif", "html": f"{stem}.html"}


def run(command: list[str]) -> int:
    """Run mconn; its exit code. Where GitHub cancels the step, mconn is told, so that it writes its reports."""
    with subprocess.Popen(command) as process:  # noqa: S603 - the words of the one who wrote the workflow
        for number in (signal.SIGINT, signal.SIGTERM):
            # On Windows, an interrupt reaches every process of the console by itself.
            signal.signal(number, lambda received, _: None if os.name == "nt" else process.send_signal(received))
        return process.wait()


def append(variable: str, text: str) -> None:
    """Add to the file that an environment variable of GitHub names."""
    with Path(os.environ[variable]).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def refused(message: str) -> int:
    """Say what is wrong with an input, as an annotation."""
    print(f"::error title=mconn::{message}")
    return USAGE


def main() -> int:
    """Run mconn as the inputs say; its exit code."""
    report = os.environ["REPORT"].strip()
    if not report or len(report.splitlines()) > 1:
        return refused("the input report is not a path; give that of the JSON report, in one line")
    try:
        command, *others = words(os.environ["ARGUMENTS"])
    except ValueError as error:
        why = "it is empty" if not os.environ["ARGUMENTS"].strip() else f"{error}".lower()
        return refused(f"the input arguments cannot be read: {why}; give what mconn does, such as: validate recordings/")
    paths = report_paths(report)
    try:
        Path(report).parent.mkdir(parents=True, exist_ok=True)
        for path in paths.values():
            # One of an earlier step would be taken for that of this one.
            Path(path).unlink(missing_ok=True)
    except OSError as error:
        return refused(f"the input report cannot be written: {error.filename}: {error.strerror}")
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.md"
        reports = [f"{name}={path}" for name, path in [*paths.items(), ("markdown", str(summary))]]
        options = [word for each in reports for word in ("--report", each)]
        code = run([str(Path(sys.executable).with_name("mconn")), command, *options, *others])
        if summary.exists():
            text = summary.read_text(encoding="utf-8")
            if len(text.encode()) > LARGEST_SUMMARY:
                text = "mconn: the summary is longer than GitHub shows; see the HTML report among the artifacts.\n"
            append("GITHUB_STEP_SUMMARY", text)
    if Path(report).exists():
        outcome = json.loads(Path(report).read_text(encoding="utf-8"))["outcome"]
        append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in {"outcome": outcome, **paths}.items()))
    return code


if __name__ == "__main__":
    sys.exit(main())
