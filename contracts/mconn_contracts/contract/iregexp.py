"""Match texts by I-Regexp (RFC 9485) in time that grows only with text and pattern, because anyone may write a pattern.

Python's `re` tries one way after the other, which can take forever with a short pattern. Here, all ways are tried at once.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MOST_STATES = 2_000
"""The most states of a pattern. Counted repetitions are written out."""
_MOST_DEPTH = 50
_CATEGORY = re.compile(r"\{(L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|Z[lps]?|S[ckmo]?|C[cfno]?)\}")
_COUNT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"} | {each: each for each in "()*+-.?[\\]^{|}"}
_SPECIAL = frozenset("()*+.?[\\]{|}")

Test = Callable[[str], bool]
"""Whether a character is one of a class."""


class PatternError(ValueError):
    """A text is not an I-Regexp, or it has too many states."""


@dataclass
class Pattern:
    """A pattern as states: each reads one of a class of characters and leads on, or leads on without reading."""

    tests: list[Test | None] = field(default_factory=list)
    """What a state reads; None if it reads nothing."""
    ways: list[list[int]] = field(default_factory=list)
    """Where a state leads."""
    start: int = 0
    end: int = 0

    def state(self, test: Test | None = None) -> int:
        """One more state; PatternError if there are too many."""
        if len(self.tests) >= MOST_STATES:
            raise PatternError(f"the pattern has more than {MOST_STATES} states")
        self.tests.append(test)
        self.ways.append([])
        return len(self.tests) - 1

    def matches(self, text: str, *, within: bool, spend: Callable[[int], object]) -> bool:
        """Whether the whole text, or some part of it, matches the pattern. `spend` is called with the steps that this takes."""
        now = self._reached([self.start])
        for character in text:
            if within and self.end in now:
                return True
            spend(1 + len(now))
            after = [way for each in now if (test := self.tests[each]) is not None and test(character) for way in self.ways[each]]
            now = self._reached([*after, self.start] if within else after)
        return self.end in now

    def _reached(self, states: Iterable[int]) -> set[int]:
        """These states, and those that they lead to without reading."""
        waiting, reached = list(states), set[int]()
        while waiting:
            each = waiting.pop()
            if each not in reached:
                reached.add(each)
                if self.tests[each] is None:
                    waiting += self.ways[each]
        return reached


@functools.lru_cache(maxsize=64)
def compiled(text: str) -> Pattern:
    """The pattern of a text. PatternError if the text is not a pattern."""
    return _Parser(text).parse()


class _Parser:
    """Reads a pattern by the grammar of RFC 9485, 4, and makes its states."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._made = Pattern()

    def parse(self) -> Pattern:
        self._made.start, self._made.end = self._choice(0)
        if self._at < len(self._text):
            raise PatternError(f"{self._text[self._at]!r} closes nothing")
        return self._made

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        if self._at >= len(self._text):
            raise PatternError("the pattern ends too soon")
        self._at += 1
        return self._text[self._at - 1]

    def _lead(self, start: int, *ends: int) -> None:
        self._made.ways[start] += ends

    def _choice(self, depth: int) -> tuple[int, int]:
        """Alternative branches. One of them must match."""
        if depth > _MOST_DEPTH:
            raise PatternError("the pattern is nested too deep")
        start, end = self._made.state(), self._made.state()
        while True:
            first, last = self._branch(depth)
            self._lead(start, first)
            self._lead(last, end)
            if self._next() != "|":
                return start, end
            self._at += 1

    def _branch(self, depth: int) -> tuple[int, int]:
        """Pieces, one after the other."""
        start = end = self._made.state()
        while self._next() not in ("", "|", ")"):
            begin = self._at
            first, last = self._atom(depth)
            stop = self._at
            least, most = self._quantifier()
            after = self._at
            for number in range(max(least, most or 0, 1)):
                if number:
                    self._at = begin
                    first, last = self._atom(depth)
                    assert self._at == stop  # noqa: S101 - the same text reads the same
                    self._at = after
                passed = self._made.state()
                if number >= least:
                    self._lead(end, passed)
                if most != 0:
                    self._lead(end, first)
                    self._lead(last, passed)
                if most is None and number >= least - 1:
                    self._lead(last, first)
                end = passed
        return start, end

    def _quantifier(self) -> tuple[int, int | None]:
        """How often a piece stands at least, and at most."""
        sign = self._next()
        if sign in ("*", "+", "?"):
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        if sign != "{":
            return 1, 1
        match = _COUNT.match(self._text, self._at)
        if match is None:
            raise PatternError("a counted repetition is {2}, {2,} or {2,3}")
        self._at = match.end()
        least = int(match[1])
        most = least if match[2] is None else None if match[3] is None else int(match[3])
        if most is not None and most < least:
            raise PatternError(f"{match[0]} repeats at most less often than at least")
        return least, most

    def _atom(self, depth: int) -> tuple[int, int]:
        character = self._take()
        if character == "(":
            inner = self._choice(depth + 1)
            if self._take() != ")":
                raise PatternError("a group is not closed")
            return inner
        if character == "[":
            test = self._class()
        elif character == ".":
            test = _not_a_line_end
        elif character == "\\":
            test = self._escape()
        elif character in _SPECIAL:
            raise PatternError(f"{character!r} stands alone; write \\{character}")
        else:
            test = character.__eq__
        start, end = self._made.state(test), self._made.state()
        self._lead(start, end)
        return start, end

    def _escape(self) -> Test:
        character = self._take()
        if character in ("p", "P"):
            return self._category(character == "p")
        return self._single(character).__eq__

    @staticmethod
    def _single(character: str) -> str:
        if character not in _ESCAPED:
            raise PatternError(f"\\{character} is no escape of RFC 9485")
        return _ESCAPED[character]

    def _category(self, wanted: bool) -> Test:
        match = _CATEGORY.match(self._text, self._at)
        if match is None:
            raise PatternError("a category is written like \\p{Lu}")
        self._at = match.end()
        name = match[1]
        return lambda character: unicodedata.category(character).startswith(name) == wanted

    def _class(self) -> Test:
        """What stands in brackets."""
        negated = self._next() == "^"
        self._at += negated
        tests: list[Test] = []
        while True:
            character = self._take()
            if character == "]" and tests:
                return lambda each: any(test(each) for test in tests) != negated
            if character == "-" and (not tests or self._next() == "]"):
                tests.append("-".__eq__)
            elif character == "\\" and self._next() in ("p", "P"):
                tests.append(self._category(self._take() == "p"))
            elif character in ("[", "]", "-"):
                raise PatternError(f"{character!r} in a class is written \\{character}")
            else:
                tests.append(self._range(self._single(self._take()) if character == "\\" else character))

    def _range(self, first: str) -> Test:
        if self._next() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return first.__eq__
        self._at += 1
        last = self._take()
        if last in ("[", "-"):
            raise PatternError(f"{last!r} in a class is written \\{last}")
        last = self._single(self._take()) if last == "\\" else last
        if last < first:
            raise PatternError(f"{first}-{last} is a range of nothing")
        return lambda character: first <= character <= last


def _not_a_line_end(character: str) -> bool:
    return character not in "\n\r"
