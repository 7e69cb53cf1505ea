"""`mconn record`: stand before a server, and keep what passes."""

from __future__ import annotations

from pathlib import Path

import click

from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import writable
from mconn_contracts.cli.proxy_options import ProxyOptions, announce, proxy_options, warn
from mconn_contracts.errors import CouldNotJudgeError, UsageError
from mconn_contracts.live.http import Tls
from mconn_contracts.live.target import Target
from mconn_contracts.process import signals
from mconn_contracts.proxy.listener import Settings
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.run import Run
from mconn_contracts.reports.wording import number


@click.command("record", context_settings={"allow_interspersed_args": False})
@click.option(
    "--out",
    type=writable,
    required=True,
    metavar="PATH",
    help="Where to keep what passes: a .har, or .ndjson with an exchange on each line. What was there is replaced.",
)
@proxy_options
@click.pass_context
def command(ctx: click.Context, *, out: str, proxy: ProxyOptions) -> None:
    """Stand before the server at --target, and keep what passes in --out, secrets replaced.

    With a COMMAND, that is run with MCONN_BASE_URL and CLOUDFLARE_BASE_URL set to this proxy, and the exit code is its own.
    Without one, it goes on until a signal comes.
    """
    with signals.held():
        target = Target(proxy.target, "", "", {})
        warn(proxy, exposed=target.exposed)
        settings = Settings(proxy.host, proxy.port, Tls(proxy.ca_file, proxy.client_cert), proxy.max_exchanges)
        recording = Recording(Path(out))
        run = Run(target, settings, proxy.command, proxy.max_time, recording, say=say)
        listener = run.execute(announce(proxy))
        counts = run.counts
        say(f"{out}: {number(counts.passed, 'exchange')}{_besides(counts.given_up, counts.refused)}")
        ctx.exit(ended_with(run, 0 if counts.passed else CouldNotJudgeError.exit_code, failed=bool(listener.unwritten)))


def _besides(given_up: int, refused: int) -> str:
    said = [f"{given_up} without an answer"] if given_up else []
    said += [f"{refused} refused"] if refused else []
    return f"; besides, {' and '.join(said)}" if said else ""


def ended_with(run: Run, code: int, *, failed: bool = False) -> int:
    """The exit code of a run that came to `code` itself: of the signal, where it cut a command short; 2 where a file could
    not be written; then of the command, unless that is 0.

    Without a command, a signal is how a run ends, and decides nothing.
    """
    if not run.command:
        signals.forget()
    signaled = signals.exit_code()
    return signaled or (UsageError.exit_code if failed else run.code or code)
