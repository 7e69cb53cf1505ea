"""The matrix: every generator does what its row says. Run by the tox environment `codegen`, which needs all toolchains."""

from __future__ import annotations

import pytest
from tests.codegen import matrix, page
from tests.codegen.columns import COLUMNS
from tests.codegen.targets import TARGETS, Target


@pytest.fixture(scope="session")
def rows(request: pytest.FixtureRequest) -> dict[str, matrix.Row]:
    """The rows of the chosen targets, run once."""
    chosen = [target for target in TARGETS if request.config.getoption("--targets") in target.name]
    if missing := matrix.missing_tools(chosen):
        pytest.fail(f"not on this machine, and needed by the generators: {', '.join(missing)}")
    return matrix.run(chosen)


def cells() -> list[object]:
    """Each column of each target; a known failure must fail."""
    return [
        pytest.param(
            target,
            column,
            id=f"{target.name}-{column}",
            marks=[pytest.mark.xfail(reason=target.known[column], strict=True)] if column in target.known else [],
        )
        for target in TARGETS
        for column in COLUMNS
    ]


@pytest.mark.parametrize("target, column", cells())
def test_cell(rows: dict[str, matrix.Row], target: Target, column: str) -> None:
    """The column is green for the generator, or known to fail and why."""
    if target.name not in rows:
        pytest.skip("not chosen by --targets")
    outcome = rows[target.name].outcomes[column]

    assert outcome.passed, outcome.seen


def test_page_tells_the_run(rows: dict[str, matrix.Row], request: pytest.FixtureRequest) -> None:
    """docs/codegen.md is what this run shows; `--write-page` writes it."""
    if len(rows) < len(TARGETS):
        pytest.skip("the page needs every target")
    text = page.render(list(rows.values()))
    if request.config.getoption("--write-page"):
        page.PATH.parent.mkdir(exist_ok=True)
        page.PATH.write_text(text, encoding="utf-8")

    assert text == page.PATH.read_text(encoding="utf-8")


def test_ten_generators_in_five_languages_are_green(rows: dict[str, matrix.Row]) -> None:
    """At least 10 generators in at least 5 languages have every column green."""
    if len(rows) < len(TARGETS):
        pytest.skip("this needs every target")
    green = [row for row in rows.values() if all(row.outcomes[column].passed for column in COLUMNS)]

    assert len(green) >= 10
    assert len({row.target.language for row in green}) >= 5
