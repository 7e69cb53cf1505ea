"""`mconn config`: every setting, its value, and where the value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mconn_contracts.cli import client, test, validate, vectors
from mconn_contracts.cli.options import CONFIGURATION, OWN_TABLES
from mconn_contracts.policy.configuration import read, schema
from mconn_contracts.wire.hiding import SCRUBBED

_TABLES = {
    "": test.command,
    "test": test.command,
    "validate": validate.command,
    "client": client.command,
    "vectors": vectors.command,
}
"""The command that has the options of each table."""
Setting = tuple[str, str, click.Option]
"""The table, the key and the option."""


def settings() -> Iterator[Setting]:
    """Each setting, in the order of the schema."""
    declared = schema("configuration")["properties"]
    for table, command in _TABLES.items():
        options = {each.opts[0].removeprefix("--"): each for each in command.params if isinstance(each, click.Option)}
        for key in declared[table]["properties"] if table else declared:
            if key not in _TABLES:
                yield table, key, options[key]


@click.pass_context
def _show(ctx: click.Context, /, **_: Any) -> None:
    """Show every setting as mconn.toml writes it, and where it comes from: a flag, the environment, a file, or the default.

    Flags given here are shown as test and validate would read them.
    """
    path = ctx.meta.get(CONFIGURATION)
    click.echo(f"# Configuration: {path or 'no file'}")
    contexts = {table: _context(table, path) if table in OWN_TABLES else ctx for table in _TABLES}
    shown = ""
    for table, key, option in settings():
        if table != shown:
            click.echo(f"\n[{table}]")
            shown = table
        value, origin = _setting(contexts[table], table, key, option)
        if value is None or value in ((), {}):
            click.echo(f"# {key} is not set")
        else:
            click.echo(f"{key} = {_toml(_plain(table, key, value))}  # {origin}")


def _context(table: str, path: Path | None) -> click.Context:
    """The context of a command of its own table, without flags: a `--select` given here is of codes."""
    words = [] if path is None else ["--config", str(path)]
    return _TABLES[table].make_context(table, [*words, "--", "COMMAND"])


def _setting(ctx: click.Context, table: str, key: str, option: click.Option) -> tuple[Any, str]:
    """The value of a setting, and where it comes from. In a file, tables may have keys of the same name."""
    name, path = str(option.name), ctx.meta.get(CONFIGURATION)
    source, value = ctx.get_parameter_source(name), ctx.params[name]
    if source is ParameterSource.COMMANDLINE:
        return value, f"flag {option.opts[0]}"
    if source is ParameterSource.ENVIRONMENT:
        return value, f"environment {option.envvar}"
    if path is None or source is not ParameterSource.DEFAULT_MAP:
        return value, "default"
    in_file = read(path).values
    in_table = in_file.get(table, {}) if table else in_file
    if key in in_table:
        return value if table in ("", *OWN_TABLES) else in_table[key], str(path)
    return option.to_info_dict()["default"], "default"


def _plain(table: str, key: str, value: Any) -> Any:
    """A value of an option as the configuration has it."""
    if table in OWN_TABLES and key == "select":
        return list(value)
    match key:
        case "operation":
            return list(value)
        case "select" | "ignore" | "basis":
            return [code for codes in value for code in codes]
        case "severity":
            return {code: severity.label for code, severity in value}
        case "report":
            return dict(value)
        case "fail-under":
            return {measure: str(least) if least.share else least.amount for measure, least in value.items()}
        case "header":
            # A value without a colon has no name that could be shown.
            return [f"{name}: {SCRUBBED}" if colon else SCRUBBED for name, colon, _ in (each.partition(":") for each in value)]
        case "token-command":
            return SCRUBBED
    return value


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # The JSON of a bool, int, float or str is also TOML.
    return json.dumps(value if isinstance(value, (bool, int, float)) else str(value), ensure_ascii=False)


def _parameters() -> Iterable[click.Parameter]:
    # If two tables have the same key, one flag sets both.
    shared = [option for table, _, option in settings() if table not in OWN_TABLES]
    by_flag = {option.opts[0]: option for option in reversed(shared)}
    return [next(each for each in test.command.params if each.name == "config"), *reversed(by_flag.values())]


command = click.Command("config", params=list(_parameters()), callback=_show, help=_show.__doc__)
