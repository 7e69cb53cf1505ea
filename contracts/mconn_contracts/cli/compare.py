"""`mconn compare`: which findings are new, have grown or are gone between two reports."""

from __future__ import annotations

from pathlib import Path

import click

from mconn_contracts.cli.options import quiet_option
from mconn_contracts.cli.written import check_targets, fail_on_option, report_option, write_reports
from mconn_contracts.errors import UsageError
from mconn_contracts.policy.choices import LEVELS
from mconn_contracts.policy.compared import compare
from mconn_contracts.policy.reported import read
from mconn_contracts.reports.comparison import REPORTS, summary, text

_report = click.Path(dir_okay=False, path_type=Path)


@click.command("compare")
@click.argument("old", type=_report)
@click.argument("new", type=_report)
@fail_on_option("Exit 1 if a finding of at least this severity is new or has grown.")
@report_option(REPORTS)
@quiet_option
@click.pass_context
def command(
    context: click.Context, *, old: Path, new: Path, fail_on: str, report: tuple[tuple[str, str], ...], quiet: bool
) -> None:
    """Compare the JSON reports OLD and NEW: which findings are new, have grown, or are gone.

    Two findings are the same if they have the same code, operation, file and place. The index in an array and the server do
    not matter.
    """
    check_targets(report)
    comparison = compare(read(old), read(new), LEVELS[fail_on])
    written = write_reports(comparison, REPORTS, report, [f"{summary(comparison)}\n"] if quiet else text(comparison))
    context.exit(comparison.exit_code if written else UsageError.exit_code)
