"""The file that pins what a server chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from mconn_contracts.errors import UsageError
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.live.pinned import read_behavior, write_behavior

CHOICES = (Choice("order", "ascending"), Choice("default_limit", "at least 3", certain=False))


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The choices that more data would not change come back; the others are not kept."""
    path = tmp_path / "behavior.json"
    write_behavior(path, CHOICES)
    assert {"order": "ascending"} == read_behavior(path)


def test_missing_file_pins_nothing_yet(tmp_path: Path) -> None:
    """Where there is no file, there is nothing to compare with, and it is written after the run."""
    assert None is read_behavior(tmp_path / "behavior.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2, "behavior": {}}',
        '{"version": 1}',
        '{"version": 1, "behavior": {"order": 1}}',
        "[" * 100_000,
    ],
    ids=["empty", "array", "cut", "version", "no behavior", "number", "deep"],
)
def test_other_file_is_wrong_use(tmp_path: Path, text: str) -> None:
    """What is not a behavior file is refused in one line that names it, and left as it is."""
    path = tmp_path / "behavior.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"behavior\.json: not a behavior file"):
        read_behavior(path)
    assert text == path.read_text(encoding="utf-8")


def test_file_that_cannot_be_read_or_written_is_wrong_use(tmp_path: Path) -> None:
    """A folder in the place of the file is named."""
    with pytest.raises(UsageError, match="cannot be read: is a directory"):
        read_behavior(tmp_path)
    with pytest.raises(UsageError, match="cannot be written: is a directory"):
        write_behavior(tmp_path, CHOICES)
