"""Options and output of the commands whose result has renderers of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import STANDARD_OUTPUT, beginning, report_target, variable
from mconn_contracts.model.finding import Severity
from mconn_contracts.policy.choices import LEVELS
from mconn_contracts.process.files import UnwrittenError, write_whole

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])


def report_option(renderers: Mapping[str, object], of: str = "") -> Callable[[Command], Command]:
    """The option `--report FORMAT=PATH`, repeatable, with the formats of these renderers. It is a setting of the command `of`."""
    return click.option(
        "--report",
        envvar=variable("--report", of) if of else None,
        type=report_target(renderers),
        multiple=True,
        metavar="FORMAT=PATH",
        shell_complete=beginning(lambda: [f"{name}=" for name in renderers]),
        help=f"Write a report. Formats: {', '.join(renderers)}. The path - is standard output, where it replaces the text.",
    )


def fail_on_option(words: str, of: str = "") -> Callable[[Command], Command]:
    """The option `--fail-on LEVEL`, a severity, by default error. `words` are its help. It is a setting of the command `of`."""
    return click.option(
        "--fail-on",
        envvar=variable("--fail-on", of) if of else None,
        type=click.Choice(list(LEVELS), case_sensitive=False),
        default=Severity.ERROR.label,
        show_default=True,
        help=words,
    )


def check_targets(reports: Sequence[tuple[str, str]]) -> None:
    """Raise click's UsageError if two reports would go to standard output."""
    if [path for _, path in reports].count(STANDARD_OUTPUT) > 1:
        raise click.UsageError("Only one report can go to standard output.")


def write_reports(
    result: Result,
    renderers: Mapping[str, Callable[[Result], Iterable[str]]],
    reports: Sequence[tuple[str, str]],
    printed: Iterable[str],
) -> bool:
    """Write each report. `printed`, the text, goes to standard output at the end, unless another report goes there.

    Returns whether all could be written. Each that could not gets a message.
    """
    written = True
    for name, path in reports:
        if path == STANDARD_OUTPUT:
            printed = printed if name == "text" else renderers[name](result)
            continue
        try:
            write_whole(path, f"the report {name}", renderers[name](result))
        except UnwrittenError as error:
            say(error)
            written = False
    click.echo("".join(printed), nl=False)
    return written
