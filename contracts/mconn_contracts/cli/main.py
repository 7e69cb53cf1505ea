"""The command `mconn`: finds a command by its name, and turns an error into one line and an exit code."""

from __future__ import annotations

import contextlib
import difflib
import errno
import importlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NoReturn

import click

from mconn_contracts.cli.messages import say
from mconn_contracts.errors import EXIT_INTERRUPTED, EXIT_OUTPUT_CLOSED, MconnError, UsageError, reason
from mconn_contracts.process import signals

_COMMANDS = {
    "test": "Contract-test a live server, or the embedded reference server.",
    "validate": "Judge recorded payloads and captures.",
    "serve": "Run the reference server.",
    "record": "Record what passes between a client and a server.",
    "proxy": "Judge what passes between a client and a server.",
    "client": "Test a client under styles, faults, revisions and weather.",
    "vectors": "Test a decoder, in any language, with the test vectors.",
    "rules": "List the rules, or explain one.",
    "config": "Show every setting and where it comes from.",
    "diff": "Show what changes from one document of the API to another.",
    "compare": "Show which findings are new, have grown or are gone between two reports.",
    "replay": "Send the requests behind findings again, to see what is fixed.",
    "export": "Write the document for code generators and validators.",
}
"""Each command and its line in the help. The lines stand here so that listing the commands imports none of them."""


class _OutputLostError(Exception):
    """Standard output or standard error cannot be written: its reader has gone, as in `mconn rules | head`, or a disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(reason(error))
        self.closed = error.errno == errno.EPIPE


@contextlib.contextmanager
def _lost_output_told() -> Iterator[None]:
    """Raise our own error for a lost output: click would exit with 1, which means findings."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        raise _OutputLostError(error) from error


class _Commands(click.Group):
    """Commands that are imported when they are run: `mconn validate` must not wait for schemathesis."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _lost_output_told():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _lost_output_told():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
        if near and args[0] not in _COMMANDS:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"mconn_contracts.cli.{cmd_name}")
        command: click.Command = module.command
        return command


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from mconn_contracts.contract.document import load

        click.echo(f"mconn {version('mconn-contracts')}, contract {load().version}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    "-V",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the versions of the tool and of the contract.",
)
def root() -> None:
    """Check servers, clients and recordings of the connector telemetry events API against its contract."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 passed, 1 findings, 2 wrong use, 3 could not judge, 141 output closed.

    After SIGINT the code is 130, after SIGTERM 143.
    """
    _occupy_standard_streams()
    with signals.in_order():
        code = _run(arguments)
        sys.exit(signals.exit_code() or code)


def _run(arguments: list[str] | None) -> int:
    try:
        # Without its standalone mode, click returns the code of `ctx.exit`.
        code = root.main(args=arguments, prog_name="mconn", standalone_mode=False)
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return error.exit_code
    except MconnError as error:
        say(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except _OutputLostError as error:
        # The process flushes its buffer when it ends, which would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.closed:
            return EXIT_OUTPUT_CLOSED
        say(f"the output cannot be written: {error}")
        return UsageError.exit_code
    return code if isinstance(code, int) else 0


def _occupy_standard_streams() -> None:
    """Open standard input, output and error where they were closed, so that no file of ours takes their numbers.

    A stream that was closed when Python started stays None.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


if __name__ == "__main__":
    main()
