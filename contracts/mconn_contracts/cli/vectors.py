"""`mconn vectors`: test a decoder, in any language, with the vectors."""

from __future__ import annotations

import sys

import click

from mconn_contracts.cli.amount import Amount
from mconn_contracts.cli.options import beginning, config_option, quiet_option, setting
from mconn_contracts.cli.written import check_targets, report_option, write_reports
from mconn_contracts.clients.decoder import Decoder
from mconn_contracts.clients.vectors import chosen, topics
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.model.decoded import DecoderVerdict
from mconn_contracts.process import signals
from mconn_contracts.reports.clients.decoders import REPORTS, summary, text


@click.command("vectors", context_settings={"allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- DECODER...")
@setting(
    "--stream",
    "vectors",
    is_flag=True,
    help="Run DECODER only once, and give it all bodies as NDJSON. Without this, it runs once for each body.",
)
@setting(
    "--select",
    "vectors",
    multiple=True,
    metavar="NAME,...",
    shell_complete=beginning(topics),
    help="Use only these vectors: a file, such as kinds, or an id, such as 'kinds/*Init*'.",
)
@setting(
    "--timeout",
    "vectors",
    type=Amount(min=0, min_open=True, max=3_600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="End each run of DECODER, and all processes that it started, after this time.",
)
@setting("--strict", "vectors", is_flag=True, help="Also exit 1 if DECODER accepts a body that breaks the contract.")
@report_option(REPORTS, "vectors")
@config_option
@quiet_option
@click.option("--verbose", "-v", is_flag=True, help="Print every difference.")
@click.pass_context
def command(
    context: click.Context,
    /,
    words: tuple[str, ...],
    *,
    stream: bool,
    select: tuple[str, ...],
    timeout: float,
    strict: bool,
    report: tuple[tuple[str, str], ...],
    quiet: bool,
    verbose: bool,
) -> None:
    """Give DECODER the bodies of the test vectors, and compare what it prints.

    DECODER reads a body from standard input. MCONN_AS says what the body is (listEvents, EventGetResponse, ...), and
    MCONN_STATUS says which HTTP status it has. DECODER prints {"kinds": [...], "value": ...}: the kinds of the events, and the
    body as it encodes it again. If it refuses the body, it prints {"refused": "why"}. In both cases it exits with 0. With
    --stream, each line of the input is {"id", "as", "status", "body"} with the body in base64, and each answer repeats the id.
    """
    check_targets(report)
    document = load()
    given = chosen(document, select)
    with signals.held():
        shown = sys.stderr is not None and sys.stderr.isatty()
        with click.progressbar(length=len(given), label="mconn", file=sys.stderr if shown else None, hidden=not shown) as bar:
            decoder = Decoder(words, timeout, on_decoded=lambda _: bar.update(1))
            decoded, why = (decoder.stream if stream else decoder.each)(given)
        verdict = DecoderVerdict(words, document.version, decoded, why, strict)
        pieces = [f"{summary(verdict)}\n"] if quiet else text(verdict, verbose=verbose)
        written = write_reports(verdict, REPORTS, report, pieces)
        context.exit(signals.exit_code() or (verdict.exit_code if written else UsageError.exit_code))
