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
from mconn_contracts.evolution.catalog import BY_CODE, CHANGES, IN_WORDS, Audience, Change
from mconn_contracts.evolution.catalog import NEEDS as NEEDED_BY_CHANGES
from mconn_contracts.judge.plan import nearest
from mconn_contracts.model.finding import Severity, Statement

NEEDS = {
    "response": "one response",
    "request": "a recorded request",
    "session": "several responses of one session",
    "live": "a live run, whose sender knows the purpose of each request",
    "pin": "the choices that an earlier run has pinned (`mconn test --behavior PATH`)",
    "expect": "the events that a user expects (`mconn test --expect PATH`)",
    NEEDED_BY_CHANGES: "two documents (`mconn diff`)",
}


@click.command("rules")
@click.argument("code", required=False, shell_complete=beginning(lambda: _every_code()))
@overlay_options
def command(code: str | None, document: Document) -> None:
    """List the rules, or explain the rule CODE: a code such as MC301, or a name such as count-mismatch.

    MC8xx are the changes that `mconn diff` reports. The list shows their severity for consumers.
    """
    changes = [each.statement_for("consumer") for each in CHANGES]
    statements = sorted((*document.statements, *changes), key=lambda statement: statement.code)
    if code is None:
        width = max(len(statement.name) for statement in statements)
        for statement in statements:
            click.echo(f"{statement.code}  {statement.name:<{width}}  {statement.severity.label:<7}  {statement.statement}")
        return
    for statement in statements:
        if code.upper() == statement.code or code == statement.name:
            _explain(statement)
            return
    names = [name for each in statements for name in (each.code, each.name)]
    raise UsageError(f"no rule has the code or name {code!r}; {nearest(code, names, '`mconn rules` lists them')}")


def _every_code() -> list[str]:
    return sorted((*(each.code for each in load().statements), *BY_CODE))


def examples() -> dict[str, dict[str, Any]]:
    """By code, an example that `breaks` the statement and one that `keeps` it, each with `description` and `lines`.

    A rule that only a whole run can show has no example.
    """
    text = (resources.files("mconn_contracts.judge.rules") / "examples.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _explain(statement: Statement) -> None:
    if statement.code in BY_CODE:
        _explain_change(BY_CODE[statement.code])
        return
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


def _explain_change(change: Change) -> None:
    click.echo(f"{change.code} {change.name}")
    click.echo()
    click.echo(textwrap.fill(change.statement, 100))
    for audience, (severity, why) in change.weights.items():
        click.echo()
        click.echo(textwrap.fill(f"For {IN_WORDS[audience]}: {said_severity(change, audience, severity)}. {why}", 100))
    click.echo()
    click.echo(f"Decided by {NEEDS[NEEDED_BY_CHANGES]}.")


def said_severity(change: Change, audience: Audience, severity: Severity) -> str:
    """The severity of a change for an audience, in words."""
    return f"{severity.label}{', or info where it is optional' if audience in change.required_only else ''}"
