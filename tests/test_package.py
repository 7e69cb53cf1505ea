"""The names of the package itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mconn_contracts
from mconn_contracts import errors
from mconn_contracts.contract import document
from mconn_contracts.judge import check, plan
from mconn_contracts.model import exchange, finding, tally, verdict

HOMES = (errors, exchange, finding, tally, verdict, document, plan, check)


@pytest.mark.parametrize("name", mconn_contracts.__all__)
def test_every_public_name_is_what_its_module_has(name: str) -> None:
    """A name of `__all__` is found, and is the object of the module that defines it."""
    found = getattr(mconn_contracts, name)

    assert [found] == [vars(home)[name] for home in HOMES if home.__name__ == found.__module__]


def test_public_names_are_those_that_a_type_checker_sees() -> None:
    """What is imported for type checkers is exactly `__all__`, which is sorted and what `import *` gives."""
    tree = ast.parse(Path(mconn_contracts.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imported = [alias.name for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(imported) == sorted(mconn_contracts.__all__)
    assert set(mconn_contracts.__all__) <= set(dir(mconn_contracts))


def test_other_names_are_refused() -> None:
    """A name that is not public is an AttributeError, and an ImportError."""
    with pytest.raises(AttributeError, match="'mconn_contracts' has no attribute 'Nothing'"):
        _ = mconn_contracts.Nothing  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        from mconn_contracts import Nothing  # type: ignore[attr-defined]  # noqa: F401


@pytest.mark.parametrize(
    "statement, loaded",
    [
        ("import mconn_contracts", set()),
        ("from mconn_contracts import MconnError", {"errors"}),
        ("from mconn_contracts import Exchange, Finding, Severity", {"model", "model.exchange", "model.finding"}),
        (
            "from mconn_contracts import load",
            {"errors", "model", "model.exchange", "model.finding", "contract", "contract.document", "contract.yaml_texts"},
        ),
    ],
)
def test_a_name_loads_no_more_than_it_needs(statement: str, loaded: set[str]) -> None:
    """The package loads nothing by itself, and for a name only the modules that it is made of."""
    code = f"import sys; {statement}; print(*(name[16:] for name in sys.modules if name.startswith('mconn_contracts.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded == set(done.stdout.split())
