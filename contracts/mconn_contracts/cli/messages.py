"""The messages of a command on standard error. A run goes on even if they cannot be written."""

from __future__ import annotations

import contextlib

import click

from mconn_contracts.process.lines import logged


def say(text: object) -> None:
    """Write one line on standard error. If that fails, the run goes on, because its results are in its reports."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(logged(f"mconn: {text}"), err=True)
