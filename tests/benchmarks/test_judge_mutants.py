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
    """What each run comes to, and which of them ran a line of the judge, and no other line."""
    runs = [lambda: excerpt({"a": [1]}, "/a/0"), lambda: None, lambda: excerpt([], "")]
    results, lines = traced(runs)

    assert [run() for run in runs] == results
    assert {str(JUDGE / "excerpt.py")} == {file for file, _ in lines}
    assert {0, 2} == {number for numbers in lines.values() for number in numbers}
