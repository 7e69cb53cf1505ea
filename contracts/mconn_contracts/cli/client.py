"""`mconn client`: test a client under styles and faults of the reference server, revisions and weather."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from mconn_contracts.cli.amount import Amount
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import beginning, config_option, setting
from mconn_contracts.cli.written import check_targets, fail_on_option, report_option, write_reports
from mconn_contracts.clients.run import Run
from mconn_contracts.clients.scenario import chosen, scenarios
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.model.trial import GROUPS, TrialVerdict
from mconn_contracts.policy import scenarios as policy
from mconn_contracts.policy.choices import LEVELS
from mconn_contracts.policy.coverage_gate import FailUnder, parse
from mconn_contracts.process import signals
from mconn_contracts.process.files import UnwrittenError
from mconn_contracts.reports.clients import text
from mconn_contracts.reports.clients.catalog import REPORTS
from mconn_contracts.reports.clients.wording import summary

_ABOUT_REQUESTS = "request"


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        for each in scenarios():
            click.echo(f"{each.id:42} {each.summary}")
        context.exit()


def _fail_under(_: click.Context, __: click.Parameter, value: str | None) -> FailUnder:
    try:
        return {} if value is None else parse(value, policy.MEASURES)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


def _groups(flags: dict[str, bool]) -> list[str]:
    return [group.value for group in GROUPS if flags[group.value]]


@click.command("client", context_settings={"allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option("--styles", is_flag=True, help="Run COMMAND under every honest style.")
@click.option("--faults", is_flag=True, help="Run COMMAND under every fault.")
@click.option("--growth", is_flag=True, help="Run COMMAND under every dated revision of the API.")
@click.option("--weather", is_flag=True, help="Run COMMAND under 429, 5xx, slow answers, cut bodies and closed connections.")
@setting(
    "--select",
    "client",
    multiple=True,
    metavar="NAME,...",
    shell_complete=beginning(lambda: [*GROUPS, *(each.id for each in scenarios())]),
    help="Run COMMAND only under these: styles, descending, 'faults/count-*'. Without this and the flags above, under all.",
)
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List all scenarios that --select can name."
)
@setting(
    "--timeout",
    "client",
    type=Amount(min=0, min_open=True, max=3_600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="End each run of COMMAND, and all processes that it started, after this time. If five times the time of the clean run "
    "is "
    "longer, that is the limit.",
)
@setting("--jobs", "client", type=click.IntRange(1, 64), default=1, show_default=True, help="Run this many scenarios at once.")
@setting(
    "--fail-under",
    "client",
    callback=_fail_under,
    metavar="GROUP=LEAST,...",
    help="Exit 1 below these scores, such as faults=80%,weather=5. The default is styles=100%,growth=100%; with --baseline, "
    "100% of all.",
)
@fail_on_option("Exit 1 if a finding about the client's requests has at least this severity.", "client")
@setting(
    "--baseline",
    "client",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Scenarios listed in this file do not count. If the client now passes a listed scenario, the run fails as stale.",
)
@click.option("--update-baseline", is_flag=True, help="Write the scenarios that COMMAND does not pass to --baseline.")
@click.option("--reason", metavar="TEXT", help="Say why the scenarios that --update-baseline adds are known.")
@report_option(REPORTS, "client")
@config_option
@click.option("--quiet", "-q", is_flag=True, help="Print only the verdict, in one line.")
@click.option("--verbose", "-v", is_flag=True, help="Print every scenario.")
@click.pass_context
def command(
    context: click.Context,
    /,
    words: tuple[str, ...],
    select: tuple[str, ...],
    timeout: float,
    jobs: int,
    fail_under: FailUnder,
    fail_on: str,
    baseline: Path | None,
    update_baseline: bool,
    reason: str | None,
    report: tuple[tuple[str, str], ...],
    quiet: bool,
    verbose: bool,
    **flags: bool,
) -> None:
    """Run COMMAND, a client of the API or its tests, against the reference server, once for each scenario.

    COMMAND finds the server's URL in MCONN_BASE_URL and CLOUDFLARE_BASE_URL, and the rest in CLOUDFLARE_ACCOUNT_ID,
    MCONN_CONNECTOR_ID and CLOUDFLARE_API_TOKEN. Its exit code is its opinion of the server. It must pass against the
    unchanged reference server. It should also pass under another style or revision. It should fail under a fault; if it
    passes, its tests overlook the fault.
    """
    check_targets(report)
    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline needs --baseline PATH, the file to write.")
    if reason is not None and not (update_baseline and reason.strip()):
        raise click.UsageError("--reason needs --update-baseline and a text that says why the new entries are known.")
    known: policy.Baseline = {}
    if baseline is not None and not (update_baseline and not baseline.exists()):
        known = policy.read(baseline, datetime.datetime.now(datetime.UTC).date())
    groups = _groups(flags)
    selects = context.get_parameter_source("select") is ParameterSource.COMMANDLINE
    if groups and not selects:
        select = ()
    every = frozenset(each.id for each in scenarios())
    selected = chosen([*groups, *(name.strip() for names in select for name in names.split(",") if name.strip())])
    asked = set(fail_under)
    if (groups or selects) and context.get_parameter_source("fail_under") is not ParameterSource.COMMANDLINE:
        # What is selected by hand may leave out what a file has a gate for.
        asked &= {each.group.value for each in selected}
    document = load()
    codes = tuple(each.code for each in document.statements if each.needs == _ABOUT_REQUESTS)
    with signals.held():
        shown = sys.stderr is not None and sys.stderr.isatty()
        with click.progressbar(
            length=len(selected) + 1, label="mconn", file=sys.stderr if shown else None, hidden=not shown
        ) as bar:
            run = Run(words, Plan(document, select=codes), timeout, jobs, on_trial=lambda _: bar.update(1))
            trials = run.execute(selected)
        verdict = TrialVerdict(
            words,
            document.version,
            trials,
            fail_on=LEVELS[fail_on],
            interrupted=run.interrupted,
            left=len(selected) + 1 - len(trials),
        )
        kept = True
        if baseline is not None and update_baseline and not run.interrupted:
            known = policy.updated(known, verdict, reason, every)
            try:
                policy.write(baseline, known)
            except UnwrittenError as error:
                say(error)
                kept = False
        verdict = policy.compared(verdict, known, every)
        verdict = policy.gated(verdict, {**(policy.DEFAULT if baseline is None else policy.RATCHET), **fail_under}, asked)
        printed = [f"{summary(verdict)}\n"] if quiet else text.pieces(verdict, verbose=verbose)
        written = write_reports(verdict, REPORTS, report, printed)
        context.exit(signals.exit_code() or (verdict.exit_code if kept and written else UsageError.exit_code))
