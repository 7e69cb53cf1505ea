"""A mutant's code takes the place of what runs, where no more than the inside of functions has changed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from benchmarks.noticing import spans
from benchmarks.replacement import Replacing, running

SOURCE = '''
import functools

MOST = 3


def above(value, most=4):
    """Whether a value is above a bound."""
    return value > most


def made(step):
    def inner(value):
        return [each + step for each in value]

    return inner


@functools.lru_cache
def cached(value):
    return value + 1


class Counter:
    start = 5

    @property
    def next(self):
        return self.start + 1
'''
NAME = "mutated_by_a_test"


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    """The module, imported from a file."""
    path = tmp_path / f"{NAME}.py"
    path.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(NAME, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = loaded
    spec.loader.exec_module(loaded)
    yield loaded
    del sys.modules[NAME]


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ("value > most", "value >= most", (True, [6], 3, 6)),
        ("each + step", "each - step", (False, [4], 3, 6)),
        ("for each in value]", "for each in value if each < 0]", (False, [], 3, 6)),
        ("return value + 1", "return value + 3", (False, [6], 5, 6)),
        ("self.start + 1", "self.start", (False, [6], 3, 5)),
    ],
)
def test_functions_run_as_changed(module: ModuleType, before: str, after: str, expected: object) -> None:
    """Plain functions, closures that exist, what is within them, cached functions and properties: all are changed in place."""
    inner, counter = module.made(1), module.Counter()
    replacing = Replacing(SOURCE, running([NAME])[NAME])

    assert replacing.put(SOURCE.replace(before, after))
    assert expected == (module.above(4), inner([5]), module.cached(2), counter.next)


def test_closures_that_are_made_later_run_as_changed(module: ModuleType) -> None:
    """What makes them is changed as well, whether there is one of them by then or not."""
    first = module.made(1)
    replacing = Replacing(SOURCE, running([NAME])[NAME])

    assert replacing.put(SOURCE.replace("each + step", "each - step"))
    assert ([4], [3]) == (first([5]), module.made(2)([5]))


@pytest.mark.parametrize(
    "before, after",
    [("MOST = 3", "MOST = 4"), ("most=4", "most=5"), ("start = 5", "start = 6"), ("each + step", "each")],
)
def test_more_than_functions_is_not_put_in_place(module: ModuleType, before: str, after: str) -> None:
    """Constants of the module and of classes, defaults, and what a closure holds need the module anew."""
    inner = module.made(1)
    replacing = Replacing(SOURCE, running([NAME])[NAME])

    assert not replacing.put(SOURCE.replace(before, after))
    assert (False, [6], 3, 6) == (module.above(4), inner([5]), module.MOST, module.Counter().next)


def test_a_line_belongs_to_its_statement() -> None:
    """What runs any line of a simple statement runs it; of a compound one, any line of its head."""
    source = "def f(\n    a,\n):\n    if (\n        a\n    ):\n        return [\n            a,\n        ]\n    return a\n"

    assert {1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 3, 9: 3, 10: 1} == {
        line: len(lines) for line, lines in spans(source).items()
    }
    assert {7, 8, 9} == spans(source)[8]
