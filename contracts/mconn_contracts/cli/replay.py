"""`mconn replay`: send the requests behind the findings of a report again."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import quiet_option
from mconn_contracts.cli.written import check_targets, report_option, write_reports
from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.live.credentials import credentials
from mconn_contracts.live.http import HttpTransport, Tls
from mconn_contracts.live.replay import replay, target_of
from mconn_contracts.live.target import VENDOR_RATE
from mconn_contracts.policy.reported import read
from mconn_contracts.process import signals
from mconn_contracts.reports.replay import REPORTS, summary, text

_file = click.Path(dir_okay=False, path_type=Path)


@click.command("replay")
@click.argument("report_path", metavar="REPORT", type=_file)
@click.argument("url", required=False)
@click.option(
    "--times",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Repeat the requests of a finding up to this many times until it is found again, for faults that come and go.",
)
@click.option("--ca-file", type=_file, metavar="PATH", help="Trust only the authorities in this PEM file. [SSL_CERT_FILE]")
@report_option(REPORTS)
@quiet_option
@click.pass_context
def command(
    context: click.Context,
    *,
    report_path: Path,
    url: str | None,
    times: int,
    ca_file: Path | None,
    report: tuple[tuple[str, str], ...],
    quiet: bool,
) -> None:
    """Send the requests behind each finding of REPORT again, and say whether it is fixed, still fails, or is different.

    REPORT is a JSON report. The requests go only to the server of the report, or only to the one at URL, the part before
    /accounts. Only GET, HEAD and OPTIONS are sent. The credential comes from the environment: CLOUDFLARE_API_TOKEN, or
    CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.
    """
    check_targets(report)
    found = read(report_path)
    target = target_of(found, url, credentials(os.environ))
    plan = Plan(overlaid(load(), found.value["contract"]["overlays"]))
    if target.exposed:
        say(f"{target.base_url} is plain http: anyone on the network path can read the credential; use https")
    with signals.held(), contextlib.closing(HttpTransport(target, Tls(ca_file))) as transport:
        verdict = replay(found, target, plan, transport, times=times, rate=VENDOR_RATE if target.public else None)
        written = write_reports(verdict, REPORTS, report, [f"{summary(verdict)}\n"] if quiet else text(verdict))
        context.exit(signals.exit_code() or (verdict.exit_code if written else UsageError.exit_code))
