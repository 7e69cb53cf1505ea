"""The end of a command that judges: reports written, and the exit code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from mconn_contracts.cli.options import REPORTS, STANDARD_OUTPUT, CommonOptions
from mconn_contracts.errors import UsageError, reason
from mconn_contracts.model import Verdict
from mconn_contracts.reports.outcome import exit_code


def finish(verdict: Verdict, common: CommonOptions) -> int:
    """Write every report, the text to standard output unless another takes its place; the exit code.

    UsageError where a report cannot be written, after the others have been.
    """
    targets = list(common.reports)
    if all(path != STANDARD_OUTPUT for _, path in targets):
        targets.append(("text", STANDARD_OUTPUT))
    # Standard output comes last: its reader may have gone.
    targets.sort(key=lambda target: target[1] == STANDARD_OUTPUT)
    failed: list[str] = []
    for name, path in targets:
        report: str = importlib.import_module(REPORTS[name]).render(verdict)
        if path == STANDARD_OUTPUT:
            _print(report, as_is=name != "text")
            continue
        try:
            Path(path).write_text(report, encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as error:
            failed.append(f"{path} cannot be written: {reason(error)}")
    if failed:
        raise UsageError("; ".join(failed))
    return exit_code(verdict)


def _print(report: str, *, as_is: bool) -> None:
    # A report for programs is UTF-8 whatever the terminal; one for people is what the terminal can show.
    encoding = "utf-8" if as_is else getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(report.encode(encoding, errors="backslashreplace"), nl=False)
