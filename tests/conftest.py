"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

from benchmarks import seed

# No time limit and the same examples each time: machines differ, and a test that fails now and then is a bug.
# `--hypothesis-profile explore` looks further.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are rewritten only where that is asked for; what changed is then for the diff to show."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files with what the tests get")


def pytest_report_header() -> str:
    """What is drawn otherwise each day, and can be had again by its seed."""
    return f"combinations of honest behaviors: seed {seed.of_today()}"
