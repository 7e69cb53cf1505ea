"""The options that all judging commands have: rules, severities and reports."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mconn_contracts.cli.messages import say
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid, refuse, shipped
from mconn_contracts.contract.revisions import REVISION
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import BASES, Plan, nearest
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.known import Known
from mconn_contracts.policy import baseline as known_findings
from mconn_contracts.policy import configuration
from mconn_contracts.policy.choices import LEVELS, POLICIES, UNDECIDED, Policy, normal
from mconn_contracts.policy.coverage_gate import POWER, FailUnder, parse
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.report import Need

STANDARD_OUTPUT = "-"
AUTO = "auto"
"""The value of --overlay that lets the judged recordings choose the revision."""

CONFIGURATION = "mconn_contracts.policy.configuration"
"""The key in a click context's meta of the path of the configuration file."""


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """The user's options on document, rules and reports. `reports` are pairs of a format and a path; `-` is standard output."""

    policy: Policy = field(default_factory=Policy)
    baseline: Path | None = None
    update_baseline: bool = False
    reason: str | None = None
    fail_under: FailUnder = field(default_factory=dict)
    reports: tuple[tuple[str, str], ...] = ()
    max_per_code: int = 20
    quiet: bool = False
    color: str = "auto"
    verbose: bool = False
    overlays: tuple[str, ...] = ()
    strict_overlays: bool = False

    def needs(self, need: Need) -> tuple[str, ...]:
        """The names of the reports that need it."""
        return tuple(name for name, _ in self.reports if need in REPORTS[name].needs)

    @property
    def chooses(self) -> bool:
        """Whether the judged recordings choose the revision."""
        return AUTO in self.overlays

    def plan(self, revision: str | None = None) -> Plan:
        """The plan for these options, with `revision` in place of `--overlay auto`.

        UsageError if a code matches no rule, the baseline cannot be used, or `--overlay auto` has no revision.
        """
        known: tuple[Known, ...] = ()
        if self.baseline is not None and not (self.update_baseline and not self.baseline.exists()):
            known = known_findings.read(self.baseline, datetime.datetime.now(datetime.UTC).date())
        overlays: list[str] = []
        for name in self.overlays:
            if name != AUTO or revision is None:
                overlays.append(name)
            elif revision != REVISION:
                overlays.append(revision)
        return self.policy.plan(revised(overlays, strict=self.strict_overlays), known, collect=self.update_baseline)


def beginning(names: Callable[[], Iterable[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Completes a value in the shell by the names that begin with it. In a list with commas, the last part is completed."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.lower().startswith(last.lower())]

    return complete


def _every_code() -> list[str]:
    return sorted(statement.code for statement in load().statements)


def codes(value: str) -> tuple[str, ...]:
    """The codes, or beginnings of codes, in the value of a flag, which separates them by commas. BadParameter if it has none."""
    chosen = tuple(normal(code) for code in value.split(",") if code.strip())
    if not chosen:
        raise click.BadParameter("it has no code; write MC301, or MC3 for all codes that start with it, or MC301@listEvents")
    return chosen


def _bases(value: str) -> tuple[str, ...]:
    bases = tuple(each.strip().lower() for each in value.split(",") if each.strip())
    wrong = next((each for each in bases if each not in BASES), None)
    if wrong is not None or not bases:
        raise click.BadParameter(f"{wrong or value!r} is not a basis; {nearest(wrong or value, BASES)}")
    return bases


def code_level(value: str) -> tuple[str, Severity]:
    """The code, or beginning of codes, in the value of a flag, and its severity. BadParameter if the value is not CODE=LEVEL."""
    code, _, level = value.rpartition("=")
    severity = LEVELS.get(level.strip().lower())
    if not code.strip() or severity is None:
        raise click.BadParameter(f"{value!r} is not CODE=LEVEL, such as MC103=error; levels are {', '.join(LEVELS)}")
    return normal(code), severity


def _fail_under(value: str) -> FailUnder:
    try:
        return parse(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


def report_target(formats: Iterable[str]) -> Callable[[str], tuple[str, str]]:
    """Reads a FORMAT=PATH with one of these formats. BadParameter if the value is anything else."""
    names = tuple(formats)

    def target(value: str) -> tuple[str, str]:
        name, _, path = value.partition("=")
        if name not in names or not path:
            raise click.BadParameter(f"{value!r} is not FORMAT=PATH, such as json=report.json; formats are {', '.join(names)}")
        return name, path if path == STANDARD_OUTPUT else writable(path)

    return target


def writable(path: str) -> str:
    """A path where a file can be written. BadParameter if not: the user learns this before the run, not after it."""
    if Path(path).is_dir() or not Path(path).parent.is_dir():
        raise click.BadParameter(f"{path!r} cannot be written: it is a directory, or its directory does not exist")
    return path


_OVERLAY = functools.partial(click.option, "--overlay", "overlays", multiple=True, metavar="NAME|PATH")
_OVERLAY_HELP = "Apply an OpenAPI overlay to the document: a dated revision of the API, such as 2026-08-14, or a file."
_STRICT_OVERLAYS = click.option(
    "--strict-overlays",
    is_flag=True,
    help="Refuse an overlay if one of its actions changes nothing, for example because its target matches nothing.",
)


def revised(overlays: Sequence[str], *, strict: bool) -> Document:
    """The document with overlays applied. Actions that change nothing are each reported in a line, or refused if `strict`."""
    if AUTO in overlays:
        raise UsageError(
            "--overlay auto works only with mconn validate, because it chooses the revision by the recordings; name a revision, "
            "or record the run and validate the recording"
        )
    return overlaid(load(), overlays, refuse if strict else say)


def overlay_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the overlay options. It receives the document with the overlays applied, as `document`."""

    @functools.wraps(command)
    def with_document(*arguments: Any, overlays: tuple[str, ...], strict_overlays: bool, **options: Any) -> Any:
        return command(*arguments, document=revised(overlays, strict=strict_overlays), **options)

    return _decorated(with_document, (_OVERLAY(shell_complete=beginning(shipped), help=_OVERLAY_HELP), _STRICT_OVERLAYS))


def _decorated(command: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    for decorate in reversed(options):
        command = decorate(command)
    return command


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it receives them as one argument, `common`."""

    @functools.wraps(command)
    def with_common(
        *arguments: Any,
        select: tuple[tuple[str, ...], ...],
        ignore: tuple[tuple[str, ...], ...],
        severity: tuple[tuple[str, Severity], ...],
        fail_on: str,
        unknown_kinds: str | None,
        undeclared_properties: str | None,
        basis: tuple[tuple[str, ...], ...],
        baseline: Path | None,
        update_baseline: bool,
        reason: str | None,
        fail_under: FailUnder | None,
        report: tuple[tuple[str, str], ...],
        max_per_code: int,
        quiet: bool,
        color: str,
        verbose: bool,
        overlays: tuple[str, ...],
        strict_overlays: bool,
        **options: Any,
    ) -> Any:
        if (AUTO in overlays and {*overlays} & {*shipped()}) or overlays.count(AUTO) > 1:
            raise click.UsageError("--overlay auto stands for one revision; give it once, and no dated revision with it.")
        if [path for _, path in report].count(STANDARD_OUTPUT) > 1:
            raise click.UsageError("Only one report can go to standard output.")
        if baseline is None and update_baseline:
            raise click.UsageError("--update-baseline needs --baseline PATH, the file to write.")
        if reason is not None and not (update_baseline and reason.strip()):
            raise click.UsageError("--reason needs --update-baseline and a text that says why the new entries are known.")
        context = click.get_current_context()
        given = context.get_parameter_source("fail_under") is not ParameterSource.DEFAULT_MAP
        if POWER in (fail_under or {}) and given and context.command.name != "test":
            raise click.UsageError(f"--fail-under {POWER} goes with mconn test, which alone measures it.")
        common = CommonOptions(
            policy=replace(
                Policy.of_options(select, ignore, severity, fail_on),
                unknown_kinds=unknown_kinds,
                undeclared_properties=undeclared_properties,
                basis=tuple(each for bases in basis for each in bases),
            ),
            baseline=baseline,
            update_baseline=update_baseline,
            reason=reason,
            fail_under=fail_under or {},
            reports=report,
            max_per_code=max_per_code,
            quiet=quiet,
            color=color,
            verbose=verbose,
            overlays=overlays,
            strict_overlays=strict_overlays,
        )
        return command(*arguments, common=common, **options)

    return _decorated(with_common, OPTIONS)


def setting(flag: str, of: str = "", **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that the environment or a configuration file can also give: `--fail-on` is MCONN_FAIL_ON.

    `of` is a command whose settings are its own: its `--jobs` is MCONN_CLIENT_JOBS, and a key of the table `client`.
    """
    return click.option(flag, envvar=variable(flag, of), **attributes)


def variable(flag: str, of: str = "") -> str:
    """The environment variable of a flag, which may have a form that turns it off (`--power/--no-power`)."""
    name = flag.partition("/")[0].removeprefix("--").replace("-", "_")
    return "_".join(filter(None, ("MCONN", of, name))).upper()


OWN_TABLES = ("client", "vectors")
"""Commands that take settings from their own table alone: a `select` of scenarios is no `select` of codes."""
_SHARING = ("test", "validate")
"""Commands that take what stands outside of tables too."""


def _configure(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Make the values of the configuration the defaults. Click puts defaults after flags and the environment."""
    if ctx.resilient_parsing:
        return
    path = path or configuration.find(Path.cwd())
    if path is not None:
        read = configuration.read(path)
        ctx.meta[CONFIGURATION] = read.path
        ctx.default_map = _defaults(read.values, ctx.command.name or "")


def _defaults(values: Mapping[str, Any], command: str) -> dict[str, Any]:
    """The values of a configuration, as click expects a command's options. `config` has those of all commands that share."""
    every: dict[str, Any] = {}
    if command not in OWN_TABLES:
        every = {name: value for name, value in values.items() if name not in (*_SHARING, *OWN_TABLES)}
    for table in _SHARING if command == "config" else (command,):
        every |= values.get(table, {})
    if "fail-under" in every:
        every["fail-under"] = ",".join(f"{measure}={amount}" for measure, amount in every["fail-under"].items()) or None
    for name in ("severity", "report"):
        if name in every:
            every[name] = [f"{key}={value}" for key, value in every[name].items()]
    return {name.replace("-", "_"): value for name, value in every.items()}


_policies = click.Choice(POLICIES, case_sensitive=False)

fail_on_option = setting(
    "--fail-on",
    type=click.Choice([*LEVELS, UNDECIDED], case_sensitive=False),
    default="error",
    show_default=True,
    help="Exit 1 if a finding has at least this severity. With undecided, exit 1 for errors and for statements that nothing "
    "decided.",
)


def _report(value: str) -> tuple[str, str]:
    """A FORMAT=PATH with a format of the catalog."""
    return report_target(REPORTS)(value)


report_option = setting(
    "--report",
    type=_report,
    multiple=True,
    metavar="FORMAT=PATH",
    shell_complete=beginning(lambda: [f"{name}=" for name in REPORTS]),
    help=f"Write a report. Formats: {', '.join(REPORTS)}. The path - is standard output, where it replaces the text.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print only the verdict, in one line.")
color_option = click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Color the text. With auto, it is colored on a terminal, unless NO_COLOR is set; FORCE_COLOR colors it everywhere.",
)

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MCONN_CONFIG",
    is_eager=True,
    expose_value=False,
    callback=_configure,
    metavar="PATH",
    help="Read defaults from this mconn.toml or pyproject.toml. By default, the nearest one here or in a parent folder.",
)

OPTIONS = (
    _OVERLAY(
        shell_complete=beginning(lambda: [*shipped(), AUTO]),
        help=f"{_OVERLAY_HELP} With mconn validate, auto takes the oldest revision that declares every kind in the recordings.",
    ),
    _STRICT_OVERLAYS,
    config_option,
    setting(
        "--select",
        type=codes,
        multiple=True,
        metavar="CODE",
        shell_complete=beginning(_every_code),
        help="Judge only by these rules. MC3 means all of MC3xx; MC3@listEvents means those of one operation.",
    ),
    setting(
        "--ignore",
        type=codes,
        multiple=True,
        metavar="CODE",
        shell_complete=beginning(_every_code),
        help="Do not judge by these rules.",
    ),
    setting("--severity", type=code_level, multiple=True, metavar="CODE=LEVEL", help="Give a rule another severity."),
    fail_on_option,
    setting("--unknown-kinds", type=_policies, help="How to treat an event of an undeclared kind (MC102)."),
    setting("--undeclared-properties", type=_policies, help="How to treat an undeclared property (MC103)."),
    setting(
        "--basis",
        type=_bases,
        multiple=True,
        metavar="BASIS,...",
        help=f"Let only statements with these bases fail the run; all others are warnings. Bases: {', '.join(BASES)}.",
    ),
    setting(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="PATH",
        help="Findings listed in this file do not fail the run. If a listed finding is gone, the run fails as stale.",
    ),
    click.option("--update-baseline", is_flag=True, help="Write the findings to --baseline, and remove those that are gone."),
    click.option("--reason", metavar="TEXT", help="Say why the findings that --update-baseline adds are known."),
    setting(
        "--fail-under",
        type=_fail_under,
        metavar="MEASURE=LEAST,...",
        help="Exit 1 if the run exercised less than this, such as kinds=16,operations=3,statements=90%.",
    ),
    report_option,
    setting(
        "--max-per-code",
        type=click.IntRange(min=1),
        default=20,
        show_default=True,
        help="How many findings of each code to show. All are counted.",
    ),
    quiet_option,
    color_option,
    click.option(
        "--verbose",
        "-v",
        is_flag=True,
        help="Show every finding that was kept, and the codes of undecided statements, in text, Markdown and HTML.",
    ),
)
