"""The examples do what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_fault_of_the_mock_is_caught_and_nothing_else(tmp_path: Path) -> None:
    """The mock's own tests fail in the one test that meets its deliberate fault, under the fault's code."""
    shutil.copytree(EXAMPLES / "fastapi", tmp_path / "fastapi")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path / "fastapi")

    assert ["tests/test_contract.py::test_a_page_keeps_the_contract"] == re.findall(r"(?m)^FAILED (\S+)", done.stdout), (
        done.stdout
    )
    assert ["MC301 count-mismatch"] == sorted(set(re.findall(r"MC\d{3} [a-z-]+(?= \()", done.stdout)))
    assert "count is 4, but the page has 5 items" in done.stdout
    assert "1 failed, 5 passed" in done.stdout
