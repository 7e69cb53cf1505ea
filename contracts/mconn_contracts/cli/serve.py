"""`mconn serve`: run the reference server."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import click

from mconn_contracts.cli.options import beginning
from mconn_contracts.errors import EXIT_INTERRUPTED, UsageError
from mconn_contracts.process import signals
from mconn_contracts.server.api.access import MAIN_ACCOUNT, accounts_from
from mconn_contracts.server.embedded import RunningServer, run
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import REFERENCE, STYLES

T = TypeVar("T")


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


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 is a free one.")
@click.option("--db", "database", default=":memory:", metavar="PATH", help="SQLite file to keep the events in.")
@click.option("--seed", default=0, show_default=True, help="Seed of the synthetic events.")
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recorded events (JSON or NDJSON) for the connector, instead of synthetic ones.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    shell_complete=beginning(lambda: FAULTS),
    help="Break one promise. May be given repeatedly.",
)
@click.option(
    "--style",
    default=REFERENCE.name,
    metavar="NAME",
    shell_complete=beginning(lambda: STYLES),
    help="Be a conformant server of another style.",
)
@click.option("--list-faults", is_flag=True, is_eager=True, expose_value=False, callback=_list_faults, help="List the faults.")
@click.option("--list-styles", is_flag=True, is_eager=True, expose_value=False, callback=_list_styles, help="List the styles.")
@click.pass_context
def command(
    context: click.Context,
    host: str,
    port: int,
    database: str,
    seed: int,
    events: Path | None,
    faults: tuple[str, ...],
    style: str,
) -> None:
    """Run the reference server until interrupted. It shows the document, its faults and its styles at /docs.

    It knows one API token, and one email with its key: published test values, or CLOUDFLARE_API_TOKEN,
    CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY of the environment.
    """
    chosen_faults = [_named(FAULTS, name, "fault") for name in faults]
    chosen_style = _named(STYLES, style, "style")
    accounts = accounts_from(os.environ)
    store = open_store(database, seed=seed, main=chosen_style.main, events=events, faults=chosen_faults)
    with closing(store):
        handler = build_handler(store, style=chosen_style, faults=chosen_faults, accounts=accounts)
        try:
            run(handler, host=host, port=port, account=accounts[0], on_ready=_announce)
        except KeyboardInterrupt:
            context.exit(signals.exit_code() or EXIT_INTERRUPTED)


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
