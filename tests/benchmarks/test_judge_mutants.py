"""The mutants of the judge: of every module, and asked what its lines run."""

from __future__ import annotations

from benchmarks.judge_mutants import RELATING, ROOM
from benchmarks.noticing import JUDGE, traced

from mconn_contracts.judge.excerpt import excerpt


def test_modules_of_histories_are_there() -> None:
    """A module that is renamed is not left out of what the histories of styles are tried on."""
    modules = {f"{ROOM}.{'.'.join(path.relative_to(JUDGE).with_suffix('').parts)}" for path in JUDGE.rglob("*.py")}

    assert set() == RELATING - modules


def test_lines_of_the_judge_are_traced() -> None:
    """What something comes to, and the lines of the judge that it ran, and no others."""
    shown, lines = traced(lambda: excerpt({"a": [1]}, "/a/0"))

    assert excerpt({"a": [1]}, "/a/0") == shown
    assert {str(JUDGE / "excerpt.py")} == {file for file, _ in lines}
