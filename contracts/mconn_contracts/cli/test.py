"""`mconn test`: contract-test a live server, or the embedded reference server."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from mconn_contracts.cli.finish import finish
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import CommonOptions, common_options, setting, writable
from mconn_contracts.cli.progress import live_progress
from mconn_contracts.contract.api import ENDPOINTS
from mconn_contracts.contract.document import Document
from mconn_contracts.errors import UsageError
from mconn_contracts.live.credentials import credentials, credentials_of, header_fields
from mconn_contracts.live.expected import read_expected
from mconn_contracts.live.http import Tls
from mconn_contracts.live.pinned import behavior_of, read_behavior, write_behavior
from mconn_contracts.live.profiles import PROFILES, THOROUGH
from mconn_contracts.live.run import Run, RunSettings, asked_for
from mconn_contracts.live.sender import SAFE_METHODS
from mconn_contracts.live.target import VENDOR_RATE, Target
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.verdict import Subject
from mconn_contracts.policy.coverage_gate import POWER
from mconn_contracts.process import signals
from mconn_contracts.reports.report import Need

_file = click.Path(dir_okay=False, path_type=Path)


class _Line(click.types.StringParamType):
    """Text. In an environment variable, each line is one value."""

    envvar_list_splitter = "\n"


@click.command("test")
@click.argument("url", required=False)
@click.option("--account-id", envvar="CLOUDFLARE_ACCOUNT_ID", show_envvar=True, help="The account that owns the connector.")
@click.option("--connector-id", envvar="MCONN_CONNECTOR_ID", show_envvar=True, help="The connector whose events to ask for.")
@setting("--profile", type=click.Choice(list(PROFILES)), default="standard", show_default=True, help="How much to ask.")
@setting(
    "--operation",
    type=click.Choice([each.operation for each in ENDPOINTS]),
    multiple=True,
    help="Ask for this operation alone, and judge it alone. May be repeated.",
)
@setting(
    "--expect",
    type=_file,
    metavar="PATH",
    help="Expect exactly the events of this recording: NDJSON, a page of a list, or any that mconn validate reads.",
)
@setting(
    "--power/--no-power",
    default=None,
    help="Measure which faults this run would have noticed, in up to 20 seconds more. The profile thorough does.",
)
@setting(
    "--max-time", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Stop sending requests after this time."
)
@setting("--seed", type=int, default=0, show_default=True, help="The seed of the random requests.")
@setting(
    "--rate-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="PER_SECOND",
    help=f"Send at most this many requests a second. For a public host, the default is {VENDOR_RATE}.",
)
@setting(
    "--workers",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    help="Send this many requests at once where their order does not matter.",
)
@setting(
    "--header",
    type=_Line(),
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this header field with every request, for example for a gateway in front of the server. No output shows its "
    "value.",
)
@setting("--user-agent", metavar="TEXT", help="Send this text as the User-Agent.")
@setting("--ca-file", type=_file, metavar="PATH", help="Trust only the authorities in this PEM file. [SSL_CERT_FILE]")
@setting(
    "--client-cert",
    type=_file,
    metavar="PATH",
    help="Present this client certificate: a PEM file with the certificate and its key.",
)
@setting(
    "--wait", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS", help="Wait up to this long for the server to start."
)
@setting("--max-findings", type=click.IntRange(min=1), metavar="N", help="Stop after this many findings that fail the run.")
@setting(
    "--token-command",
    metavar="COMMAND",
    help="Take the token from the output of this command, and run it again if the server refuses the token. It runs without a "
    "shell.",
)
@click.option(
    "--allow-writes", is_flag=True, help="Send methods other than GET, HEAD and OPTIONS to a host that is not loopback."
)
@click.option("--record", type=writable, metavar="PATH", hidden=True, help="The same as --report har=PATH.")
@setting(
    "--behavior",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Pin the server's choices where nothing is documented: write them to PATH if there is no such file, else compare with "
    "it.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    url: str | None,
    account_id: str | None,
    connector_id: str | None,
    profile: str,
    operation: tuple[str, ...],
    expect: Path | None,
    power: bool | None,
    max_time: float | None,
    seed: int,
    rate_limit: float | None,
    workers: int,
    header: tuple[str, ...],
    user_agent: str | None,
    ca_file: Path | None,
    client_cert: Path | None,
    wait: float,
    max_findings: int | None,
    token_command: str | None,
    allow_writes: bool,
    record: str | None,
    behavior: Path | None,
    common: CommonOptions,
) -> None:
    """Contract-test the server at URL. URL is the part before /accounts. Without URL, test the embedded reference server.

    The credential comes from the environment only: CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.
    """
    if record is not None:
        common = replace(common, reports=(*common.reports, ("har", record)))
    recorded: list[Exchange] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(signals.held())
        plan = common.plan()
        pinned = None if behavior is None else read_behavior(behavior)
        if url is None:
            target = stack.enter_context(_embedded(plan.document))
        else:
            account, connector = _needed(account_id, "--account-id"), _needed(connector_id, "--connector-id")
            fields = credentials(os.environ) if token_command is None else {}
            target = Target(url, account, connector, fields)
        target = replace(target, headers=header_fields(header, user_agent))
        if target.exposed:
            say(f"{target.base_url} is plain http: anyone on the network path can read the credential; use https")
        if not target.loopback:
            rate_limit = _announced(target, rate_limit, allow_writes)
        settings = RunSettings(
            profile=PROFILES[profile],
            seed=seed,
            max_time=max_time,
            rate_limit=rate_limit,
            max_findings=max_findings,
            workers=workers,
            wait=wait,
            tls=Tls(ca_file, client_cert),
            renew=None if token_command is None else partial(credentials_of, token_command),
            allow_writes=allow_writes,
            cap=common.max_per_code,
            pinned=pinned,
            operations=asked_for(operation),
            power=POWER in common.fail_under or (profile == THOROUGH.name if power is None else power),
            expected=None if expect is None else read_expected(expect, plan, target.connector_id),
        )
        keep = recorded.append if common.needs(Need.EXCHANGES) else None
        began = time.time()
        with live_progress() as show:
            run = Run(target, plan, settings, record=keep, progress=show)
            verdict = run.execute()
            if settings.power:
                # The reference server is heavy: imported where it is used.
                from mconn_contracts.live.power import measured

                verdict = measured(run, verdict)
        name = "the embedded reference server" if url is None else target.base_url
        verdict = replace(verdict, subject=Subject(name, profile, began, time.time() - began, settings.operations))
        if verdict.could_not_judge is not None:
            say(verdict.could_not_judge)
        also = []
        if behavior is not None and pinned is None and (verdict.could_not_judge is None or run.interrupted):
            also.append(partial(_pin, behavior, run))
        verdict = replace(verdict, exchanges=tuple(recorded))
        code = finish(verdict, common, plan, lambda entry: entry.is_of(target.base_url), also, interrupted=run.interrupted)
        ctx.exit(code)


def _pin(path: Path, run: Run) -> None:
    """Write the server's choices that the run has seen. After an interrupt that came before any choice, write nothing."""
    if run.interrupted:
        if not behavior_of(run.choices):
            return
        say(f"{path} has only the choices seen before the interrupt; remove the file to pin all of them in the next run")
    write_behavior(path, run.choices)


def _announced(target: Target, rate_limit: float | None, allow_writes: bool) -> float | None:
    """The rate for a host that is not loopback. It is printed before anything is sent."""
    methods = "any method" if allow_writes else f"only {', '.join(sorted(SAFE_METHODS))}"
    why = ", which is below the vendor's limit of 1,200 in 5 minutes" if rate_limit is None else ""
    if rate_limit is None and not target.public:
        say(f"as fast as the private host answers; {methods}")
        return None
    rate = rate_limit or VENDOR_RATE
    say(f"at most {rate:g} requests a second{why}; {methods}")
    return rate


@contextlib.contextmanager
def _embedded(document: Document) -> Iterator[Target]:
    from mconn_contracts.server.embedded import serve_in_thread

    with serve_in_thread(document=document) as server:
        yield Target(server.url, server.account_id, server.connector_id, {"Authorization": f"Bearer {server.token}"})


def _needed(value: str | None, option: str) -> str:
    if not value:
        variable = {"--account-id": "CLOUDFLARE_ACCOUNT_ID", "--connector-id": "MCONN_CONNECTOR_ID"}[option]
        raise UsageError(f"a URL needs {option}, or the environment variable {variable}")
    return value
