"""`mconn serve`: run the reference server."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import click

from mconn_contracts.cli.amount import Amount
from mconn_contracts.cli.options import beginning, overlay_options
from mconn_contracts.contract.document import Document
from mconn_contracts.errors import EXIT_INTERRUPTED, UsageError
from mconn_contracts.live.pinned import read_behavior
from mconn_contracts.process import signals
from mconn_contracts.server.api.access import MAIN_ACCOUNT, accounts_from
from mconn_contracts.server.development.assembly import Development, Settings
from mconn_contracts.server.development.cors import ANY, LOOPBACK
from mconn_contracts.server.development.likeness import Likeness, likeness
from mconn_contracts.server.documentation import Site
from mconn_contracts.server.embedded import RunningServer, run
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import MEMORY
from mconn_contracts.server.styles import REFERENCE, STYLES, Style

T = TypeVar("T")

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_LATENCY = 60  # seconds
_NOBODY = "none"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def _list_faults(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        for fault in FAULTS.values():
            click.echo(f"{fault.name:32} {fault.code}  {fault.summary}{' (rare)' if fault.rare else ''}")
        context.exit()


def _list_styles(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        for style in STYLES.values():
            click.echo(f"{style.name:34} {style.summary}")
        context.exit()


def _seconds(text: str) -> float:
    """A duration such as 200ms, 1.5s, 90, 12h or 30d, in seconds."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)?", text, re.ASCII)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a duration; write a number with ms, s, m, h or d, such as 200ms, 1.5s or 30d")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _latency(_: click.Context, __: click.Parameter, value: str | None) -> tuple[float, float] | None:
    if value is None:
        return None
    least, dash, most = value.partition("-") if not value.startswith("-") else (value, "", "")
    span = (_seconds(least), _seconds(most if dash else least))
    if not span[0] <= span[1] <= _LONGEST_LATENCY:
        raise click.BadParameter(f"{value!r} is not a latency; write TIME or LESS-MORE, with at most {_LONGEST_LATENCY} seconds")
    return span


def _rate_limit(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    quota, slash, window = value.partition("/")
    seconds = _seconds(window) if slash else _UNITS["m"] * 5
    if not re.fullmatch("[1-9][0-9]{0,8}", quota, re.ASCII) or seconds < 1:
        raise click.BadParameter(f"{value!r} is not a limit; write REQUESTS/TIME, such as 100/1m, with at least one second")
    return int(quota), int(seconds)


def _retention(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    seconds = int(_seconds(value))
    if seconds < 1:
        raise click.BadParameter(f"{value!r} would keep nothing; write at least one second, such as 30d")
    return seconds


def _origins(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in (ANY, LOOPBACK, _NOBODY) and not _ORIGIN.fullmatch(value):
            raise click.BadParameter(
                f"{value!r} is not an origin; write scheme://host or scheme://host:port in lower case, without a path, such as "
                f"https://app.example.com, or {LOOPBACK}, {ANY} or {_NOBODY}"
            )
    if len(values) > 1 and {ANY, _NOBODY} & {*values}:
        raise click.BadParameter(f"{ANY} and {_NOBODY} cannot go with another origin; give one of them alone")
    return tuple(value for value in values if value != _NOBODY)


def _style(_: click.Context, __: click.Parameter, value: str) -> Style:
    return _named(STYLES, value, "style")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on; 0 takes a free one."
)
@click.option(
    "--db",
    "database",
    default=MEMORY,
    metavar="PATH",
    help="The SQLite file that keeps the events. By default, they are in memory.",
)
@click.option("--seed", default=0, show_default=True, help="The seed of the synthetic events.")
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve these recorded events (JSON or NDJSON, also gzip) instead of synthetic ones.",
)
@overlay_options
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    shell_complete=beginning(lambda: FAULTS),
    help="Break one promise of the contract. You can repeat this option.",
)
@click.option(
    "--style",
    default=REFERENCE.name,
    metavar="NAME",
    callback=_style,
    shell_complete=beginning(lambda: STYLES),
    help="Behave like another conformant server; --list-styles shows which.",
)
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Make the choices of another server, from the file that `mconn test --behavior` wrote.",
)
@click.option(
    "--cors",
    "origins",
    multiple=True,
    default=(LOOPBACK,),
    show_default=True,
    metavar="ORIGIN",
    callback=_origins,
    help=f"Let web pages of this origin read the answers; {ANY} means all, {_NOBODY} none. You can repeat this option.",
)
@click.option("--latency", metavar="TIME[-TIME]", callback=_latency, help="Delay each answer, such as by 200ms or 50ms-2s.")
@click.option(
    "--rate-limit",
    metavar="REQUESTS[/TIME]",
    callback=_rate_limit,
    help="After this many requests in TIME (by default 5m), answer 429 for as long again.",
)
@click.option(
    "--live",
    type=Amount(0.001, 6_000),
    metavar="N",
    help="Let this many new events arrive each minute.",
)
@click.option("--retention", metavar="TIME", callback=_retention, help="Delete events that are older than this, such as 30d.")
@click.option("--list-faults", is_flag=True, is_eager=True, expose_value=False, callback=_list_faults, help="List the faults.")
@click.option("--list-styles", is_flag=True, is_eager=True, expose_value=False, callback=_list_styles, help="List the styles.")
@click.pass_context
def command(
    context: click.Context,
    /,
    host: str,
    port: int,
    document: Document,
    faults: tuple[str, ...],
    like: Path | None,
    style: Style,
    **settings: Any,
) -> None:
    """Run the reference server until it is interrupted. The page /docs shows the document, the faults and the styles.

    The server accepts one API token, and one email with its key. They are published test values, or CLOUDFLARE_API_TOKEN,
    CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY from the environment. A request can ask for a special answer by a header:
    `Prefer: code=429`, `fault=NAME`, `style=NAME`, `kind=StartUpgrade`, `delay=2`.
    """
    chosen_faults = tuple(_named(FAULTS, name, "fault") for name in faults)
    chosen = Settings(
        **settings,
        style=style,
        faults=chosen_faults,
        accounts=accounts_from(os.environ),
        likeness=None if like is None else _likeness(like, style),
    )
    with closing(Development(chosen, document)) as server:
        try:
            run(
                server.responder,
                host=host,
                port=port,
                account=chosen.accounts[0],
                site=Site(document, server.kinds),
                on_ready=_announce,
            )
        except KeyboardInterrupt:
            context.exit(signals.exit_code() or EXIT_INTERRUPTED)


def _likeness(path: Path, style: Style) -> Likeness:
    choices = read_behavior(path)
    if choices is None:
        raise UsageError(f"{path}: there is no such file")
    found = likeness(choices, style.behavior)
    for words in found.left:
        click.echo(f"{path}: the server does not imitate this: {words}", err=True)
    return found


def _announce(server: RunningServer) -> None:
    own = server.token == MAIN_ACCOUNT.token
    token = f"CLOUDFLARE_API_TOKEN={server.token}" if own else "CLOUDFLARE_API_TOKEN as in the environment"
    click.echo(f"{server.url} account {server.account_id} connector {server.connector_id} {token}")


def _named(table: Mapping[str, T], name: str, what: str) -> T:
    if name not in table:
        close = difflib.get_close_matches(name, table, n=1)
        hint = f"did you mean {close[0]}?" if close else f"see mconn serve --list-{what}s"
        raise UsageError(f"no {what} is named {name}; {hint}")
    return table[name]
