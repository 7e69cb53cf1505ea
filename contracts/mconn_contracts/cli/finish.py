"""The end of a judging command: it writes the reports and chooses the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import STANDARD_OUTPUT, CommonOptions
from mconn_contracts.contract.lines import lines
from mconn_contracts.errors import EXIT_INTERRUPTED, UsageError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.known import Known
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.policy import baseline
from mconn_contracts.policy.coverage_gate import gaps
from mconn_contracts.process import signals
from mconn_contracts.process.files import UnwrittenError, write_whole
from mconn_contracts.reports import text
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.reports.wording import summary


def finish(
    verdict: Verdict,
    common: CommonOptions,
    plan: Plan,
    has_read: Callable[[Known], bool] = lambda _: True,
    also: Sequence[Callable[[], None]] = (),
    unwritten: Sequence[UnwrittenError] = (),
    *,
    interrupted: bool = False,
) -> int:
    """Compare with the baseline or update it, write every report, and return the exit code.

    The text goes to standard output unless another report goes there. The exit code is that of a signal that came, else 2 if a
    file could not be written, else that of the verdict. `has_read` says whether the run read the input that an entry of the
    baseline is about. `also` writes further files. `unwritten` are the files that the run itself could not write. A file that
    cannot be written gets a message, and all others are written.
    """
    verdict = replace(
        verdict,
        baseline=baseline.states(verdict, plan, has_read),
        gaps=gaps(verdict, plan.document, common.fail_under),
        verbose=common.verbose,
    )
    failed = list(unwritten)
    if common.needs(Need.DOCUMENT_LINES):
        verdict = replace(verdict, document_lines=lines(finding.spec for finding in verdict.tally.findings()))
    if common.update_baseline:
        try:
            verdict = _update(verdict, common)
        except UnwrittenError as error:
            failed.append(error)
    targets = list(common.reports)
    if all(path != STANDARD_OUTPUT for _, path in targets):
        targets.append(("text", STANDARD_OUTPUT))
    files = [_writing(REPORTS[name], path, verdict) for name, path in targets if path != STANDARD_OUTPUT]
    for write in (*files, *also):
        try:
            write()
        except UnwrittenError as error:
            failed.append(error)
    for gap in verdict.gaps:
        say(f"--fail-under: {gap}")
    for each in failed:
        say(each)
    # Standard output comes last, because its reader may have gone.
    for name, path in targets:
        if path == STANDARD_OUTPUT:
            _print(REPORTS[name], verdict, common)
    signaled = signals.exit_code() or (EXIT_INTERRUPTED if interrupted else 0)
    return signaled or (UsageError.exit_code if failed else verdict.exit_code)


def _writing(report: Report, path: str, verdict: Verdict) -> Callable[[], None]:
    return lambda: write_whole(path, f"the report {report.name}", report.pieces(verdict))


def _update(verdict: Verdict, common: CommonOptions) -> Verdict:
    assert common.baseline is not None  # noqa: S101 - the options go together
    if verdict.could_not_judge is not None:
        say(f"{common.baseline} is not changed, because not everything could be judged")
        return verdict
    entries = baseline.updated(verdict, common.baseline, common.reason or baseline.NO_REASON)
    baseline.write(common.baseline, entries)
    unexplained = sum(entry.reason == baseline.NO_REASON for entry in entries)
    if unexplained:
        say(f"{common.baseline}: {unexplained} of {len(entries)} entries have no reason; write one for each")
    return baseline.accepted(verdict, common.baseline, entries)


def _print(report: Report, verdict: Verdict, common: CommonOptions) -> None:
    # A process that was started without standard output has no sys.stdout.
    if sys.stdout is None:
        return
    encoding = (report.for_terminals and getattr(sys.stdout, "encoding", None)) or "utf-8"
    pieces = report.pieces
    if report.for_terminals and common.quiet:
        pieces = _last_line
    elif report.for_terminals and _is_colored(common.color):
        pieces = text.colored
    sys.stdout.flush()
    sys.stdout.buffer.writelines(piece.encode(encoding, errors="backslashreplace") for piece in pieces(verdict))
    sys.stdout.flush()


def _last_line(verdict: Verdict) -> list[str]:
    return [f"{summary(verdict)}\n"]


def _is_colored(choice: str) -> bool:
    """Whether the text has colors. With auto, https://no-color.org and https://force-color.org decide."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
