"""`mconn proxy`: judge what passes between a client and a server."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from mconn_contracts.cli.finish import finish
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import CommonOptions, common_options, writable
from mconn_contracts.cli.progress import proxy_progress
from mconn_contracts.cli.proxy_options import ProxyOptions, announce, proxy_options, warn
from mconn_contracts.cli.record import ended_with
from mconn_contracts.live.http import Tls
from mconn_contracts.live.target import Target
from mconn_contracts.model.verdict import Subject
from mconn_contracts.process import signals
from mconn_contracts.proxy.listener import Settings
from mconn_contracts.proxy.recording import Recording
from mconn_contracts.proxy.run import Run
from mconn_contracts.proxy.watch import Watch
from mconn_contracts.reports.report import Need


@click.command("proxy", context_settings={"allow_interspersed_args": False})
@click.option("--block", is_flag=True, help="Replace a response that fails the run by a 502 with the finding in its envelope.")
@click.option("--record", type=writable, metavar="PATH", help="Also record what passes, as `mconn record --out` does.")
@proxy_options
@common_options
@click.pass_context
def command(ctx: click.Context, *, block: bool, record: str | None, proxy: ProxyOptions, common: CommonOptions) -> None:
    """Stand between clients and the server at --target, and judge each request, each response, and how they agree.

    A COMMAND runs with MCONN_BASE_URL and CLOUDFLARE_BASE_URL set to this proxy. The exit code is that of the COMMAND, or, if
    that is 0, that of the verdict. Without a COMMAND, the proxy runs until a signal ends it.
    """
    for name in common.needs(Need.EXCHANGES):
        raise click.UsageError(f"--report {name}=PATH works only with mconn test; give --record PATH to record what passes.")
    with signals.held():
        plan = common.plan()
        target = Target(proxy.target, "", "", {})
        warn(proxy, exposed=target.exposed)
        tls = Tls(proxy.ca_file, proxy.client_cert)
        settings = Settings(proxy.host, proxy.port, tls, proxy.max_exchanges, judges=True, blocks=block)
        watch = Watch(plan, common.max_per_code, every=bool(common.needs(Need.EVERY)))
        recording = None if record is None else Recording(Path(record))
        began = time.time()
        with proxy_progress(alone=not proxy.command) as progress:
            run = Run(
                target,
                settings,
                proxy.command,
                proxy.max_time,
                recording,
                watch,
                plan,
                say=progress.say,
                on_new=progress.new,
                on_progress=progress.show,
            )
            listener = run.execute(announce(proxy, progress.say))
        verdict = replace(watch.verdict(), subject=Subject(target.base_url, None, began, time.time() - began))
        if verdict.could_not_judge is not None:
            say(verdict.could_not_judge)
        if run.code:
            say(f"the command ended with exit code {run.code}")
        code = ended_with(run, 0)
        ended = finish(verdict, common, plan, lambda entry: entry.is_of(target.base_url), (), listener.unwritten)
        ctx.exit(signals.exit_code() or code or ended)
