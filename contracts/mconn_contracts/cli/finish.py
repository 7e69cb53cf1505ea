"""The end of a command that judges: reports written, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from mconn_contracts.cli.options import STANDARD_OUTPUT, CommonOptions
from mconn_contracts.errors import UsageError, reason
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.known import Known
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.policy import baseline
from mconn_contracts.policy.coverage_gate import gaps
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.report import Report


def finish(verdict: Verdict, common: CommonOptions, plan: Plan, has_read: Callable[[Known], bool] = lambda _: True) -> int:
    """Compare with the baseline, or write it; write every report, the text to standard output unless another takes its
    place; the exit code.

    `has_read` says whether the run read what an entry of the baseline is about. UsageError where a file cannot be
    written, after the others have been.
    """
    verdict = replace(
        verdict,
        baseline=baseline.states(verdict, plan, has_read),
        gaps=gaps(verdict, plan.document, common.fail_under),
        verbose=common.verbose,
    )
    if common.update_baseline:
        verdict = _update(verdict, common)
    targets = list(common.reports)
    if all(path != STANDARD_OUTPUT for _, path in targets):
        targets.append(("text", STANDARD_OUTPUT))
    # Standard output comes last: its reader may have gone.
    targets.sort(key=lambda target: target[1] == STANDARD_OUTPUT)
    failed: list[str] = []
    for name, path in targets:
        report = REPORTS[name]
        if path == STANDARD_OUTPUT:
            _print(report, verdict)
            continue
        try:
            with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(report.pieces(verdict))
        except OSError as error:
            failed.append(f"{path} cannot be written: {reason(error)}")
    for gap in verdict.gaps:
        click.echo(f"mconn: --fail-under: {gap}", err=True)
    if failed:
        raise UsageError("; ".join(failed))
    return verdict.exit_code


def _update(verdict: Verdict, common: CommonOptions) -> Verdict:
    assert common.baseline is not None  # noqa: S101 - the options go together
    if verdict.could_not_judge is not None:
        click.echo(f"mconn: {common.baseline} is left as it was: not everything could be judged", err=True)
        return verdict
    entries = baseline.updated(verdict, common.reason or baseline.NO_REASON)
    baseline.write(common.baseline, entries)
    unexplained = sum(entry.reason == baseline.NO_REASON for entry in entries)
    if unexplained:
        click.echo(f"mconn: {common.baseline}: {unexplained} of {len(entries)} without a reason; write one to each", err=True)
    return baseline.accepted(verdict, entries)


def _print(report: Report, verdict: Verdict) -> None:
    encoding = (report.for_terminals and getattr(sys.stdout, "encoding", None)) or "utf-8"
    sys.stdout.flush()
    sys.stdout.buffer.writelines(piece.encode(encoding, errors="backslashreplace") for piece in report.pieces(verdict))
    sys.stdout.flush()
