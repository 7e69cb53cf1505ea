"""The command `mconn`: finds a command by its name, and turns an error into one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import NoReturn

import click

from mconn_contracts.errors import EXIT_INTERRUPTED, MconnError

_COMMANDS = ("test", "validate", "serve", "rules")


class _Commands(click.Group):
    """Commands that are imported when they are run: `mconn validate` must not wait for schemathesis."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"mconn_contracts.cli.{cmd_name}")
        command: click.Command = module.command
        return command


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from mconn_contracts.document import load

        click.echo(f"mconn {version('mconn-contracts')}, contract {load().version}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the versions of tool and contract.",
)
def root() -> None:
    """Hold servers and recordings of the connector telemetry events API to its contract."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 passed, 1 findings, 2 wrong use, 3 could not judge, 130 interrupted."""
    try:
        # Without its standalone mode, click returns the code of `ctx.exit`.
        code = root.main(args=arguments, prog_name="mconn", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MconnError as error:
        click.echo(f"mconn: {error}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of standard output has gone, as in `mconn rules | head`.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
