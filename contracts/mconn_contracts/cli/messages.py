"""What a command says on standard error. Whether anybody takes it decides nothing."""

from __future__ import annotations

import contextlib

import click

from mconn_contracts.process.lines import logged


def say(text: object) -> None:
    """One line on standard error. Where that is closed, or full, the run goes on: what it has come to is in its reports."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(logged(f"mconn: {text}"), err=True)
