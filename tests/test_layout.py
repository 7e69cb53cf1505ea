"""Where things stand: the root of the repository, the rooms of the package."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "contracts" / "mconn_contracts"
AT_THE_ROOT = {
    *(".ci", ".github", ".gitignore", ".pre-commit-hooks.yaml"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"),
    *("Dockerfile", "action.yml", "pyproject.toml", "tox.ini"),
    *("benchmarks", "contracts", "docs", "examples", "spec", "tests", "tools"),
}
TOOLCHAINS = {"browser", "codegen", "examples", "interop", "linters"}
"""Folders of tests that are of no room: they hold the document or the whole tool to tools of others."""


def tracked() -> list[str]:
    """The files that git tracks, from the root."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\0").split("\0")


def rooms() -> set[str]:
    """The rooms of the package, as the layers of import-linter name them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["mconn_contracts"])
    return set(layers) - {"errors"}


def test_nothing_stray_stands_at_the_root() -> None:
    """Every file and folder at the root is one that belongs there."""
    assert AT_THE_ROOT == {name.partition("/")[0] for name in tracked()}


def test_no_module_lies_loose_in_the_package() -> None:
    """Beside the rooms stand the errors, and what makes the package one."""
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}

    assert {"__init__.py", "errors.py", "py.typed"} == files


def test_every_room_is_a_layer() -> None:
    """import-linter has one layer for each room."""
    assert rooms() == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def test_tests_stand_in_the_rooms_of_what_they_test() -> None:
    """Every folder of tests is a room, or holds the tests of a toolchain."""
    folders = {name.split("/")[1] for name in tracked() if name.startswith("tests/") and name.count("/") > 1}

    assert set() == folders - rooms() - TOOLCHAINS


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: str(path.parent.relative_to(PACKAGE)))
def test_the_start_of_a_room_says_what_it_is_for(path: Path) -> None:
    """A room's `__init__` has a docstring; but for the package's own, which names the public API, it imports nothing."""
    source = path.read_text(encoding="utf-8")

    assert source.startswith('"""')
    assert path.parent == PACKAGE or "import " not in source.split('"""')[2]
