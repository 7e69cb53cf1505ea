"""`mconn record`: record what passes between a client and a server."""

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
    help="The file to write: .har, or .ndjson with one exchange on each line. An existing file is replaced.",
)
@proxy_options
@click.pass_context
def command(ctx: click.Context, *, out: str, proxy: ProxyOptions) -> None:
    """Stand between clients and the server at --target, and record what passes in --out, without secrets.

    A COMMAND runs with MCONN_BASE_URL and CLOUDFLARE_BASE_URL set to this proxy, and the exit code is that of the COMMAND.
    Without a COMMAND, the proxy runs until a signal ends it.
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
    """The exit code of a run: that of a signal that ended a command, else 2 if a file could not be written (`failed`), else
    that of the command unless it is 0, else `code`.

    Without a command, a signal is the usual end of a run, and does not decide the exit code.
    """
    if not run.command:
        signals.forget()
    signaled = signals.exit_code()
    return signaled or (UsageError.exit_code if failed else run.code or code)
