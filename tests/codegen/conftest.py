"""Options, the targets that they choose, and what a run of all targets alone can show."""

from __future__ import annotations

import pytest
from tests.codegen.columns import COLUMNS
from tests.codegen.sampling import choice
from tests.codegen.targets import TARGETS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags that choose targets, and the one that rewrites the page."""
    parser.addoption("--write-page", action="store_true", help="Write docs/codegen.md from this run, instead of comparing it.")
    parser.addoption("--targets", default="", help="Run only the targets whose name contains this.")
    parser.addoption("--sample", action="store_true", help="Run one target a language, others with each commit.")


def pytest_report_header(config: pytest.Config) -> str:
    """Announce what is run."""
    return f"generated clients: {choice(config).why}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each column of each target of the run; a known failure must fail."""
    if {"target", "column"} <= set(metafunc.fixturenames):
        metafunc.parametrize(
            "target, column",
            [
                pytest.param(
                    target,
                    column,
                    id=f"{target.name}-{column}",
                    marks=[pytest.mark.xfail(reason=target.known[column], strict=True)] if column in target.known else [],
                )
                for target in choice(metafunc.config).targets
                for column in COLUMNS
            ],
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what looks at all targets, where not all are run."""
    if len(choice(config).targets) < len(TARGETS):
        whole = [item for item in items if "every_row" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=whole)
        items[:] = [item for item in items if item not in whole]
