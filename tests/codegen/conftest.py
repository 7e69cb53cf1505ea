"""Options, and the one run that all tests of the matrix look at."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that rewrites the page."""
    parser.addoption("--write-page", action="store_true", help="Write docs/codegen.md from this run, instead of comparing it.")
    parser.addoption("--targets", default="", help="Run only the targets whose name contains this.")
