"""The matrix: every generator does what its row says. Run by the tox environment `codegen`, which needs all toolchains."""

from __future__ import annotations

import pytest
from tests.codegen import matrix, page
from tests.codegen.columns import COLUMNS
from tests.codegen.sampling import choice
from tests.codegen.target import Target

Rows = dict[str, matrix.Row]


@pytest.fixture(scope="session")
def rows(request: pytest.FixtureRequest) -> Rows:
    """The rows of the chosen targets, run once."""
    chosen = choice(request.config).targets
    if missing := matrix.missing_tools(chosen):
        pytest.fail(f"not on this machine, and needed by the generators: {', '.join(missing)}")
    return matrix.run(chosen)


@pytest.fixture
def every_row(rows: Rows) -> Rows:
    """The same; a test that needs it is left out of a run that takes only some."""
    return rows


def test_cell(rows: Rows, target: Target, column: str) -> None:
    """The column is green for the generator, or known to fail and why."""
    outcome = rows[target.name].outcomes[column]

    assert outcome.passed, outcome.seen


def test_page_tells_the_run(every_row: Rows, request: pytest.FixtureRequest) -> None:
    """docs/codegen.md is what this run shows; `--write-page` writes it."""
    text = page.render(list(every_row.values()))
    if request.config.getoption("--write-page"):
        page.PATH.parent.mkdir(exist_ok=True)
        page.PATH.write_text(text, encoding="utf-8")

    assert text == page.PATH.read_text(encoding="utf-8")


def test_green_generators_and_languages(every_row: Rows) -> None:
    """At least 27 generators in at least 10 languages have every column green."""
    green = [row for row in every_row.values() if all(row.outcomes[column].passed for column in COLUMNS)]

    assert len({row.target.generator for row in green}) >= 27
    assert len({row.target.language for row in green}) >= 10
