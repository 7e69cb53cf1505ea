"""The vendor's Python SDK under `mconn client`. `benchmarks/clients_assume.py` runs all SDKs under all scenarios."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.test_main import mconn
from tests.interop import recorded

pytest.importorskip("cloudflare")

PROGRAM = Path(__file__).with_name("client.py")


def test_the_sdk_takes_any_order_and_believes_any_count(tmp_path: Path) -> None:
    """It passes where the list descends, overlooks a wrong count, and asks for nothing in a wrong form."""
    report = tmp_path / "report.json"
    names = "styles/descending,faults/count-off-by-one"
    done = mconn("client", "--jobs", 2, "--select", names, "--report", f"json={report}", "--", sys.executable, PROGRAM)

    assert [("passed", []), ("passed", []), ("survived", [])] == recorded.outcomes(report)
    assert (0, "") == (done.returncode, done.stderr)
