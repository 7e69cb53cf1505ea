"""The options that commands which judge have in common: rules, severities and reports."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from mconn_contracts.check import Plan
from mconn_contracts.document import load
from mconn_contracts.model import Severity
from mconn_contracts.overlays import overlaid

STANDARD_OUTPUT = "-"
REPORTS = {
    name: f"mconn_contracts.reports.{name}" for name in ("text", "json", "junit", "sarif", "markdown", "github", "html", "har")
}
"""The module of each report format: its `render(verdict)` gives the report's text."""

_LEVELS = {severity.label: severity for severity in reversed(Severity)}


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """What the user said of document, rules and reports. `reports` are pairs of a format and a path; `-` is standard output."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    reports: tuple[tuple[str, str], ...] = ()
    max_per_code: int = 20
    overlays: tuple[str, ...] = ()

    @property
    def formats(self) -> frozenset[str]:
        """The formats of the reports."""
        return frozenset(name for name, _ in self.reports)

    def plan(self) -> Plan:
        """The plan that these options ask for; UsageError where a code matches no rule."""
        return Plan(overlaid(load(), self.overlays), self.select, self.ignore, self.severities, self.fail_on)


def _codes(value: str) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for code in value.split(",") if code.strip())
    if not codes:
        raise click.BadParameter("no code is given; write MC301, or MC3 for all that start with it")
    return codes


def _code_level(value: str) -> tuple[str, Severity]:
    code, _, level = value.partition("=")
    severity = _LEVELS.get(level.strip().lower())
    if not code.strip() or severity is None:
        raise click.BadParameter(f"{value!r} is not CODE=LEVEL, such as MC103=error; levels are {', '.join(_LEVELS)}")
    return code.strip().upper(), severity


def _report(value: str) -> tuple[str, str]:
    name, _, path = value.partition("=")
    if name not in REPORTS or not path:
        raise click.BadParameter(f"{value!r} is not FORMAT=PATH, such as json=report.json; formats are {', '.join(REPORTS)}")
    return name, path if path == STANDARD_OUTPUT else writable(path)


def writable(path: str) -> str:
    """A path that a file may have, found out before a run rather than after it."""
    if Path(path).is_dir() or not Path(path).parent.is_dir():
        raise click.BadParameter(f"{path!r} cannot be written: it is a directory, or lies in none")
    return path


overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    metavar="NAME|PATH",
    help="Change the document by an OpenAPI overlay: a dated revision of the API, such as 2026-08-14, or a file.",
)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it receives them as one argument, `common`."""

    @functools.wraps(command)
    def with_common(
        *arguments: Any,
        select: tuple[tuple[str, ...], ...],
        ignore: tuple[tuple[str, ...], ...],
        severity: tuple[tuple[str, Severity], ...],
        fail_on: str,
        report: tuple[tuple[str, str], ...],
        max_per_code: int,
        overlays: tuple[str, ...],
        **options: Any,
    ) -> Any:
        if [path for _, path in report].count(STANDARD_OUTPUT) > 1:
            raise click.UsageError("Only one report can go to standard output.")
        common = CommonOptions(
            select=tuple(code for codes in select for code in codes),
            ignore=tuple(code for codes in ignore for code in codes),
            severities=dict(severity),
            fail_on=_LEVELS[fail_on],
            reports=report,
            max_per_code=max_per_code,
            overlays=overlays,
        )
        return command(*arguments, common=common, **options)

    levels = click.Choice(list(_LEVELS), case_sensitive=False)
    decorators = (
        overlay_option,
        click.option(
            "--select", type=_codes, multiple=True, metavar="CODE", help="Judge only by these rules; MC3 is all of MC3xx."
        ),
        click.option("--ignore", type=_codes, multiple=True, metavar="CODE", help="Do not judge by these rules."),
        click.option("--severity", type=_code_level, multiple=True, metavar="CODE=LEVEL", help="Give a rule another severity."),
        click.option("--fail-on", type=levels, default="error", show_default=True, help="Exit 1 from this severity on."),
        click.option(
            "--report",
            type=_report,
            multiple=True,
            metavar="FORMAT=PATH",
            help=f"Write a report; formats: {', '.join(REPORTS)}. Path - is standard output, in place of the text.",
        ),
        click.option(
            "--max-per-code",
            type=click.IntRange(min=1),
            default=20,
            show_default=True,
            help="Findings kept of each code; all are counted.",
        ),
    )
    for decorate in reversed(decorators):
        with_common = decorate(with_common)
    return with_common
