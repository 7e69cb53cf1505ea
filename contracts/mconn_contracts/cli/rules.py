"""`mconn rules`: list the statements of the contract, or explain one."""

from __future__ import annotations

import json
import textwrap
from importlib import resources
from typing import Any

import click

from mconn_contracts.cli.options import beginning, overlay_options
from mconn_contracts.contract.document import Document, load
from mconn_contracts.errors import UsageError
from mconn_contracts.model.finding import Statement

NEEDS = {
    "response": "one response",
    "request": "a recorded request",
    "session": "several responses of one session",
    "live": "what only the sender of a request knows",
    "pin": "the choices that an earlier run has pinned (`mconn test --behavior PATH`)",
}


@click.command("rules")
@click.argument("code", required=False, shell_complete=beginning(lambda: sorted(each.code for each in load().statements)))
@overlay_options
def command(code: str | None, document: Document) -> None:
    """List the rules, or explain CODE (such as MC301, or its name, such as count-mismatch)."""
    statements = sorted(document.statements, key=lambda statement: statement.code)
    if code is None:
        width = max(len(statement.name) for statement in statements)
        for statement in statements:
            click.echo(f"{statement.code}  {statement.name:<{width}}  {statement.severity.label:<7}  {statement.statement}")
        return
    for statement in statements:
        if code.upper() == statement.code or code == statement.name:
            _explain(statement)
            return
    raise UsageError(f"no rule is called {code!r}; `mconn rules` lists them")


def examples() -> dict[str, dict[str, Any]]:
    """By code, an example that `breaks` the statement and one that `keeps` it, each with `description` and `lines`.

    What only a run shows has none.
    """
    text = (resources.files("mconn_contracts.judge.rules") / "examples.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _explain(statement: Statement) -> None:
    click.echo(f"{statement.code} {statement.name} ({statement.severity.label}, {statement.basis})")
    for text in (statement.statement, f"Why: {statement.why}"):
        click.echo()
        click.echo(textwrap.fill(text, 100))
    for words, example in examples().get(statement.code, {}).items():
        click.echo()
        click.echo(textwrap.fill(f"Example that {words} it: {example['description']}", 100))
        for line in example["lines"]:
            click.echo(textwrap.fill(line, 100, initial_indent="  ", subsequent_indent="    "))
    click.echo()
    click.echo(f"Decided by {NEEDS[statement.needs]}. In the document: {statement.pointer}")
