"""A command that fails or is stuck costs its own row, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

import pytest
from tests.codegen import matrix
from tests.codegen.columns import COLUMNS
from tests.codegen.targets import PROJECTS, TARGETS


def test_stuck_command_ends_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stuck command has started is ended with it."""
    monkeypatch.setattr(matrix, "LIMIT", 0.5)
    beat = tmp_path / "beat"

    with pytest.raises(matrix.CommandFailed, match=re.escape("was still running after 0.5 seconds")):
        matrix.execute(("sh", "-c", f"(while :; do date +%N >> {beat}; sleep 0.05; done) & wait"), tmp_path, {})

    size = beat.stat().st_size
    time.sleep(0.3)
    assert size == beat.stat().st_size


def test_failed_preparation_is_a_red_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a project cannot be prepared, each of its rows says why, and has every column."""
    target = next(target for target in TARGETS if not target.overlay)
    project = dataclasses.replace(PROJECTS[target.project], prepare=(("sh", "-c", "echo no network; exit 3"),))
    monkeypatch.setitem(PROJECTS, target.project, project)

    row = matrix.run([target])[target.name]

    assert set(COLUMNS) == row.outcomes.keys()
    assert "exited with 3: no network\n" in row.outcomes["accepts"].seen
