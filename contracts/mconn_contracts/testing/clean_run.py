"""Runs a test on the reference server without a fault, before it is run under faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from mconn_contracts.clients.scenario import CLEAN


def complaint(item: pytest.Function, parameter: str) -> str | None:
    """Why failures of a test under faults say nothing: in words, why it did not pass without one. None if it passed.

    `item` is the test under a fault, and `parameter` is what names the fault. The run has fixtures of its own, and is not
    reported.
    """
    spec: Any = item.callspec
    clean = type(item).from_parent(
        item.parent,
        name=item.name.replace(spec.params[parameter], CLEAN.id),
        callspec=replace(spec, params={**spec.params, parameter: CLEAN.id}),
        fixtureinfo=item._fixtureinfo,
        originalname=item.originalname,
    )
    clean.own_markers[:] = item.own_markers
    reports = runtestprotocol(clean, log=False, nextitem=item)
    bad = next((each for each in reports if each.failed), None) or next((each for each in reports if each.skipped), None)
    if bad is None:
        return None
    return (
        f"the test {'fails' if bad.failed else 'is skipped'} on the server without a fault, so it says nothing about faults; "
        f"it must pass there first: {_reason(bad)}"
    )


def _reason(report: pytest.TestReport) -> str:
    """What a report says of a failure or a skip, in a line."""
    shown: Any = report.longrepr
    if isinstance(shown, tuple):
        return str(shown[2])
    crash = getattr(shown, "reprcrash", None)
    lines = (report.longreprtext if crash is None else str(crash.message)).splitlines()
    return lines[0] if lines else f"in its {report.when}"
