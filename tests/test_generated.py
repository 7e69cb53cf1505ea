"""`tools/generated.py`: the committed files that are made from the document."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "generated.py"
NAMES: dict[str, Any] = runpy.run_path(str(SCRIPT))


def test_committed_files_are_current() -> None:
    """The files of spec/generated are those that the command makes, byte for byte, and no others."""
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)

    assert ("", 0) == (done.stdout + done.stderr, done.returncode)


def test_readme_says_what_each_document_is_for() -> None:
    """The table of spec/README.md has each committed document once, six at most."""
    spec = SCRIPT.parents[1] / "spec"
    rows = re.findall(r"(?m)^\| \[`generated/([^`]+\.yaml)`\]", (spec / "README.md").read_text(encoding="utf-8"))

    assert sorted(rows) == sorted(path.name for path in (spec / "generated").glob("*.yaml"))
    assert len(rows) <= 6


@pytest.mark.parametrize(
    "found, expected",
    [
        ({"a": b"1", "b": b"2"}, []),
        ({"a": b"1"}, ["b: missing"]),
        ({"a": b"1", "b": b"2", "c": b""}, ["c: is not generated"]),
        ({"a": b"1\r", "b": b"2"}, ["a: differs"]),
    ],
)
def test_differences_are_named(found: dict[str, bytes], expected: list[str]) -> None:
    """A missing file, one too many, and one of other bytes are each told."""
    assert expected == NAMES["differences"]({"a": b"1", "b": b"2"}, found)


def test_writing_leaves_exactly_the_files(tmp_path: Path) -> None:
    """Writing makes folders, replaces what differs, and removes what is not generated."""
    (tmp_path / "old").write_text("old")
    (tmp_path / "a").write_text("other")
    wanted = {"a": b"1", "deep/b": b"2"}

    NAMES["write"](wanted, tmp_path)

    assert wanted == NAMES["present"](tmp_path)
