"""What the JSON reports of such commands have alike: a version, the tool, and the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from mconn_contracts.model.outcome import Outcome
from mconn_contracts.reports.indented import encode


def document(outcome: Outcome, **members: Any) -> Iterator[str]:
    """One JSON document, version 1, with these members behind what all have."""
    tool = {"name": "mconn", "version": version("mconn-contracts")}
    yield from encode({"version": 1, "tool": tool, "outcome": outcome, **members})
    yield "\n"
