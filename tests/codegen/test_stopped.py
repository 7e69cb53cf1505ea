"""A command that fails or is stuck costs its own row, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import os
import re
import select
from pathlib import Path

import pytest
from tests.codegen import matrix
from tests.codegen.columns import COLUMNS
from tests.codegen.targets import PROJECTS, TARGETS


def test_stuck_command_ends_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stuck command has started is ended with it: a pipe that only its child holds open comes to its end."""
    monkeypatch.setattr(matrix, "LIMIT", 3.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as held:
        with pytest.raises(matrix.CommandFailed, match=re.escape("was still running after 3 seconds")):
            matrix.execute(("sh", "-c", f"(echo started; exec sleep 60) > {pipe} & wait"), tmp_path, {})
        os.set_blocking(held.fileno(), True)

        assert b"started\n" == held.read(8)
        assert [held] == select.select([held], [], [], 30)[0]
        assert b"" == held.read(1)


def test_failed_preparation_is_a_red_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a project cannot be prepared, each of its rows says why, and has every column."""
    target = next(target for target in TARGETS if not target.overlay)
    project = dataclasses.replace(PROJECTS[target.project], prepare=(("sh", "-c", "echo no network; exit 3"),))
    monkeypatch.setitem(PROJECTS, target.project, project)

    row = matrix.run([target])[target.name]

    assert set(COLUMNS) == row.outcomes.keys()
    assert "exited with 3: no network\n" in row.outcomes["accepts"].seen
