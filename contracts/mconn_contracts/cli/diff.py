"""`mconn diff`: what tells two documents of this API apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from mconn_contracts.cli.finish import finish
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import (
    CommonOptions,
    beginning,
    code_level,
    codes,
    color_option,
    fail_on_option,
    quiet_option,
    report_option,
)
from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.export import to_yaml
from mconn_contracts.evolution.catalog import AUDIENCES, BY_CODE, Audience, document
from mconn_contracts.evolution.findings import finding, verdict
from mconn_contracts.evolution.revision import overlay_to
from mconn_contracts.evolution.sides import Side, contract, dates, side
from mconn_contracts.evolution.vectors import files
from mconn_contracts.evolution.witness import Judges
from mconn_contracts.model.finding import Severity
from mconn_contracts.policy.choices import LEVELS, UNDECIDED, Policy
from mconn_contracts.process.files import write_all, write_whole
from mconn_contracts.reports.report import Need

_changes = beginning(lambda: list(BY_CODE))


@click.command("diff")
@click.argument("documents", metavar="[BASE] REVISION", nargs=-1, required=True, shell_complete=beginning(dates))
@click.option(
    "--for",
    "audience",
    type=click.Choice(AUDIENCES),
    default="consumer",
    show_default=True,
    help="For whom a change weighs how much: who reads (a generated client, an archive), who serves (a mock), who generates.",
)
@click.option(
    "--overlay-out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Write the overlay that makes BASE promise what REVISION does: a new dated revision, for a person to review.",
)
@click.option(
    "--examples",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the payloads that tell the two apart as vectors, with the findings by each.",
)
@click.option("--select", type=codes, multiple=True, metavar="CODE", shell_complete=_changes, help="Tell only these changes.")
@click.option("--ignore", type=codes, multiple=True, metavar="CODE", shell_complete=_changes, help="Do not tell these changes.")
@click.option("--severity", type=code_level, multiple=True, metavar="CODE=LEVEL", help="Give a change another severity.")
@fail_on_option
@report_option
@quiet_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    documents: tuple[str, ...],
    audience: Audience,
    overlay_out: Path | None,
    examples: Path | None,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    severity: tuple[tuple[str, Severity], ...],
    fail_on: str,
    report: tuple[tuple[str, str], ...],
    quiet: bool,
    color: str,
) -> None:
    """Tell what changes from BASE, by default the contract, to REVISION.

    Each is the date of a revision (2026-08-14), the path of an OpenAPI document (3.0 or 3.1, JSON or YAML; of the vendor's
    whole document, only what is of this API is read), or the path of an overlay on the contract.
    """
    common = CommonOptions(
        policy=Policy(
            select=tuple(code for chosen in select for code in chosen),
            ignore=tuple(code for chosen in ignore for code in chosen),
            severities=dict(severity),
            fail_on=LEVELS.get(fail_on, Severity.ERROR),
            undecided_fails=fail_on == UNDECIDED,
        ),
        reports=report,
        quiet=quiet,
        color=color,
        verbose=True,
    )
    if len(documents) > 2:
        raise click.UsageError("Two documents are compared at a time: [BASE] REVISION.")
    for name in common.needs(Need.EXCHANGES):
        raise click.UsageError(f"--report {name}=PATH is of live runs (mconn test); documents are compared here.")
    plan = common.policy.plan(document(audience))
    *base, revision = documents
    first = side(base[0], say) if base else contract()
    second = side(revision, say)
    judges = Judges(first, second)
    cases = [(fact, judges.case(fact)) for fact in compare(first.form, second.form)]
    found = [finding(fact, judges.witness(case), first, second, plan, audience) for fact, case in cases]
    said = verdict((each for each in found if each is not None), first, second, plan, audience)
    also: list[Callable[[], None]] = []
    if overlay_out is not None:
        also += _overlay(overlay_out, first, second)
    if examples is not None:
        also.append(partial(write_all, examples, "the vectors", files(cases, (first.name, second.name))))
    ctx.exit(finish(said, common, plan, also=also))


def _overlay(path: Path, base: Side, revision: Side) -> list[Callable[[], None]]:
    """What writes the overlay from a side to the other; nothing where they promise the same, which is said."""
    made = overlay_to(base, revision)
    if made is None:
        say(f"{path} is not written: {base.name} promises what {revision.name} does")
        return []
    if isinstance(revision.plan, str):
        say(f"{path}: nothing can be judged under it: {revision.plan}")
    if base.ours and base != contract():
        say(f"{path} stands on {base.name}: judge by both, `--overlay {base.name} --overlay {path}`")
    return [partial(write_whole, path, "the overlay", [to_yaml(made)])]
