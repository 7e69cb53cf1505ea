"""`mconn diff`: the differences between two documents of this API."""

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
from mconn_contracts.policy.choices import Policy
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
    help="Whom a change is weighed for: consumer reads responses (a generated client, an archive), producer serves them "
    "(a mock), codegen generates code.",
)
@click.option(
    "--overlay-out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Write an overlay that turns BASE into REVISION: a new dated revision. A person must review it.",
)
@click.option(
    "--examples",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the payloads that show the differences as vectors, with the findings under each document.",
)
@click.option("--select", type=codes, multiple=True, metavar="CODE", shell_complete=_changes, help="Report only these changes.")
@click.option("--ignore", type=codes, multiple=True, metavar="CODE", shell_complete=_changes, help="Do not report these changes.")
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
    """Show what changes from BASE to REVISION. BASE is the contract by default.

    Each is the date of a revision (2026-08-14), the path of an OpenAPI document (3.0 or 3.1, JSON or YAML), or the path of
    an overlay on the contract. The document may be the vendor's whole document: only the part about this API is read.
    """
    common = CommonOptions(
        policy=Policy.of_options(select, ignore, severity, fail_on),
        reports=report,
        quiet=quiet,
        color=color,
        verbose=True,
    )
    if len(documents) > 2:
        raise click.UsageError("Give one or two documents: [BASE] REVISION.")
    for name in common.needs(Need.EXCHANGES):
        raise click.UsageError(f"--report {name}=PATH works only with mconn test; mconn diff has no exchanges.")
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
    """The function that writes the overlay from one side to the other. None, and a message, if they promise the same."""
    made = overlay_to(base, revision)
    if made is None:
        say(f"{path} is not written: {base.name} and {revision.name} promise the same")
        return []
    if isinstance(revision.plan, str):
        say(f"{path}: nothing can be judged with this overlay: {revision.plan}")
    if base.ours and base != contract():
        say(f"{path} changes {base.name}, so give both: `--overlay {base.name} --overlay {path}`")
    return [partial(write_whole, path, "the overlay", [to_yaml(made)])]
