"""Numbers as values of options: seconds, and requests a second."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mconn_contracts.cli.main import root


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "soon"])
@pytest.mark.parametrize(
    "words",
    [
        "client --timeout {} -- true",
        "vectors --timeout {} -- true",
        "proxy --target http://127.0.0.1:9 --max-time {}",
        "record --target http://127.0.0.1:9 --out none.har --max-time {}",
        "serve --live {}",
    ],
)
def test_an_amount_is_a_finite_number_that_is_not_negative(words: str, value: str) -> None:
    """Everything else is exit code 2, and the line names the option and the value."""
    arguments = words.format(value).split()
    result = CliRunner().invoke(root, arguments)

    assert 2 == result.exit_code, result.output
    assert f"Invalid value for '{arguments[arguments.index(value) - 1]}'" in result.output
    assert value in result.output
