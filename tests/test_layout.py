"""Where things stand: the root of the repository, the rooms of the package, and the map of both."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "contracts" / "mconn_contracts"
MAP = ROOT / "ARCHITECTURE.md"
AT_THE_ROOT = {
    *(".ci", ".editorconfig", ".github", ".gitignore", ".pre-commit-config.yaml", ".pre-commit-hooks.yaml"),
    *(
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
    ),
    *("Dockerfile", "action.yml", "pyproject.toml", "tox.ini", "zensical.toml"),
    *("benchmarks", "contracts", "docs", "examples", "spec", "tests", "tools"),
}
APART = {"benchmarks", "browser", "codegen", "examples", "interop", "linters"}
"""Folders of tests that are of no room: they hold the whole to tools of others, or test what is beside the package."""


def tracked() -> list[str]:
    """The files that git tracks, from the root."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\0").split("\0")


def rooms() -> set[str]:
    """The rooms of the package, as the layers of import-linter name them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["mconn_contracts"])
    return set(layers) - {"__main__", "errors"}


def test_nothing_stray_stands_at_the_root() -> None:
    """Every file and folder at the root is one that belongs there."""
    assert AT_THE_ROOT == {name.partition("/")[0] for name in tracked()}


def test_no_module_lies_loose_in_the_package() -> None:
    """Beside the rooms stand the errors, and what makes the package one."""
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}

    assert {"__init__.py", "__main__.py", "errors.py", "py.typed"} == files


def test_every_room_is_a_layer() -> None:
    """import-linter has one layer for each room."""
    assert rooms() == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def test_tests_stand_in_the_rooms_of_what_they_test() -> None:
    """Every folder of tests is a room, or one of those that stand apart."""
    folders = {name.split("/")[1] for name in tracked() if name.startswith("tests/") and name.count("/") > 1}

    assert set() == folders - rooms() - APART


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: str(path.parent.relative_to(PACKAGE)))
def test_the_start_of_a_room_says_what_it_is_for(path: Path) -> None:
    """A room's `__init__` has a docstring; but for the package's own, which names the public API, it imports nothing."""
    source = path.read_text(encoding="utf-8")

    assert source.startswith('"""')
    assert path.parent == PACKAGE or "import " not in source.split('"""')[2]


def test_the_map_names_what_exists() -> None:
    """Every path that ARCHITECTURE.md names is there, and has the functions and classes that it names in it."""
    names = re.findall(r"`([\w./-]+(?:\.py|/))(?:::(\w+))?`", MAP.read_text(encoding="utf-8"))
    missing = []
    for name, member in names:
        path = next((base / name for base in (ROOT, PACKAGE) if (base / name).exists()), None)
        if path is None:
            missing.append(name)
        elif member and not re.search(
            rf"(?m)^\s*(?:def|class|async def) {member}\b|^{member}\b", path.read_text(encoding="utf-8")
        ):
            missing.append(f"{name}::{member}")

    assert len(names) > 40
    assert [] == missing
