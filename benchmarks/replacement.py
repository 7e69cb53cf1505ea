"""Put a mutant's code into the functions of a running process: nothing is imported anew, and what was read before stays read."""

from __future__ import annotations

import ast
import functools
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import CodeType, FunctionType
from typing import Any

Key = tuple[str, int]
"""A qualified name within a module, and the how manyth of that name it is."""


@dataclass(frozen=True)
class _Codes:
    """The code objects of a module's source, and which one each stands in."""

    of: Mapping[Key, CodeType]
    around: Mapping[Key, Key | None]


class Replacing:
    """The functions of one module, as they run, and its source."""

    def __init__(self, source: str, functions: Iterable[FunctionType]) -> None:
        self._original = _codes(ast.unparse(ast.parse(source)))
        places = {(code.co_qualname, code.co_firstlineno): key for key, code in _codes(source).of.items()}
        self._functions: dict[Key, list[FunctionType]] = {}
        for function in functions:
            key = places.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
            if key is not None:
                self._functions.setdefault(key, []).append(function)

    def put(self, mutant: str) -> bool:
        """Have the functions run as the mutant's do; False where more than the inside of functions has changed."""
        new = _codes(mutant)
        due: set[Key] = set()
        for key in self._original.of.keys() | new.of.keys():
            if _own(self._original.of.get(key)) != _own(new.of.get(key)):
                found: Key | None = key
                while found is not None and not (found in self._functions and found in new.of):
                    found = self._original.around.get(found, new.around.get(found))
                if found is None:
                    return False
                # A function around it makes closures of what it has in its own code.
                while found is not None:
                    due |= {found} & self._functions.keys() & new.of.keys()
                    found = self._original.around.get(found)
        if any(new.of[key].co_freevars != self._original.of[key].co_freevars for key in due):
            return False
        for key in due:
            for function in self._functions[key]:
                function.__code__ = new.of[key]
        return True


def running(modules: Iterable[str]) -> dict[str, list[FunctionType]]:
    """The functions of these modules that there are now, closures included."""
    found: dict[str, list[FunctionType]] = {name: [] for name in modules}
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__module__ in found:
            found[each.__module__].append(each)
    return found


def forget(kept: type, room: str) -> None:
    """Have what was cached come about anew: of the instances of a frozen dataclass, and of functions of a room."""
    names = {field.name for field in fields(kept)}
    for each in gc.get_objects():
        if isinstance(each, kept):
            for name in each.__dict__.keys() - names:
                del each.__dict__[name]
        elif isinstance(each, functools._lru_cache_wrapper) and str(each.__module__).startswith(room):
            each.cache_clear()


def _codes(source: str) -> _Codes:
    of: dict[Key, CodeType] = {}
    around: dict[Key, Key | None] = {}
    seen: Counter[str] = Counter()

    def add(code: CodeType, outer: Key | None) -> None:
        key = (code.co_qualname, seen[code.co_qualname])
        seen[code.co_qualname] += 1
        of[key], around[key] = code, outer
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                add(inner, key)

    add(compile(source, "<mutant>", "exec"), None)
    return _Codes(of, around)


def _own(code: CodeType | None) -> Any:
    """What a code object does, apart from what those within it do, and from its place."""
    return None if code is None else (code.co_code, tuple(_constants(code)), code.co_names, code.co_varnames, code.co_freevars)


def _constants(code: CodeType) -> Iterator[object]:
    for each in code.co_consts:
        yield CodeType if isinstance(each, CodeType) else (type(each), _ordered(each))


def _ordered(value: object) -> object:
    """A constant in a form that is the same each time it is shown."""
    return sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)
