"""JSONPath queries (RFC 9535) into a document, within limits: a few characters can ask for billions of steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mconn_contracts.contract.iregexp import PatternError, compiled
from mconn_contracts.errors import DocumentError

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment

MAX_QUERY = 1_000
MAX_MATCHES = 10_000
MAX_STEPS = 300_000

Place = tuple[str | int, ...]
"""The names and indexes that lead from the root to a node."""


def check_query(query: str, where: str) -> None:
    """Raise DocumentError, starting with `where`, if a text is not a JSONPath that can be read here."""
    from jsonpath.exceptions import JSONPathError

    if len(query) > MAX_QUERY:
        raise DocumentError(f"{where} has a JSONPath of more than {MAX_QUERY} characters")
    try:
        _environment().compile(query)
    except (JSONPathError, RecursionError) as error:
        raise _unreadable(where, error) from None


def _environment(budget: Budget | None = None) -> JSONPathEnvironment:
    """The environment that reads queries. With a budget, it also evaluates them."""
    from jsonpath import JSONPathEnvironment
    from jsonpath.function_extensions import ExpressionType, FilterFunction

    class Matching(FilterFunction):
        """`match()` and `search()` with counted steps, because the library's patterns could run forever."""

        def __init__(self, *, within: bool) -> None:
            self._within = within

        @property
        def arg_types(self) -> list[ExpressionType]:
            return [ExpressionType.VALUE, ExpressionType.VALUE]

        @property
        def return_type(self) -> ExpressionType:
            return ExpressionType.LOGICAL

        def __call__(self, value: object, pattern: object) -> bool:
            if not isinstance(value, str) or not isinstance(pattern, str) or budget is None:
                return False
            try:
                return compiled(pattern).matches(value, within=self._within, spend=budget.spend)
            except PatternError:  # which is no match (RFC 9535, 2.4.6)
                return False

    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions |= {"match": Matching(within=False), "search": Matching(within=True)}
    return environment


def _unreadable(where: str, error: Exception) -> DocumentError:
    from jsonpath.exceptions import JSONPathError

    words, token = " ".join(map(str, error.args)), getattr(error, "token", None)
    if not isinstance(error, JSONPathError):
        words = "it is nested too deep"
    elif token is not None:
        words += f" (character {token.index + 1})"
    return DocumentError(f"{where} is not a JSONPath (RFC 9535) that can be read: {words[:200]}")


class _SpentError(Exception):
    """A budget is spent."""


class Budget:
    """Steps that the queries of one overlay may still take."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Count this many steps. Raises _SpentError if there are too many."""
        self._left -= steps
        if self._left < 0:
            raise _SpentError


def places(query: str, root: dict[str, Any], budget: Budget, where: str) -> list[Place]:
    """The places that a JSONPath matches, each once, in the order found. DocumentError beyond a limit."""
    from jsonpath.exceptions import JSONPathError

    found: dict[Place, None] = {}
    try:
        for match in _environment(budget).finditer(query, _counted(root, budget)):
            found[tuple(part if isinstance(part, int) else str(part) for part in match.parts)] = None
            if len(found) > MAX_MATCHES:
                raise DocumentError(f"{where} matches more than {MAX_MATCHES} places; narrow it")
    except _SpentError:
        raise DocumentError(
            f"{where} brings the targets to more than {MAX_STEPS} steps; name the members on the way instead of searching"
        ) from None
    except (JSONPathError, RecursionError) as error:
        raise _unreadable(where, error) from None
    return list(found)


class _Object(dict[str, Any]):
    """An object that counts what is read of it."""

    budget: Budget

    def items(self) -> Any:
        self.budget.spend(1 + len(self))
        return super().items()

    def values(self) -> Any:
        self.budget.spend(1 + len(self))
        return super().values()

    def __iter__(self) -> Iterator[str]:
        self.budget.spend(1 + len(self))
        return super().__iter__()

    def __getitem__(self, key: str) -> Any:
        self.budget.spend(1)
        return super().__getitem__(key)


class _Array(list[Any]):
    """An array that counts what is read of it."""

    budget: Budget

    def __iter__(self) -> Iterator[Any]:
        self.budget.spend(1 + len(self))
        return super().__iter__()

    def __getitem__(self, key: Any) -> Any:
        self.budget.spend(1)
        return super().__getitem__(key)


def _counted(value: Any, budget: Budget) -> Any:
    counted: Any = value
    if isinstance(value, dict):
        counted = _Object({key: _counted(child, budget) for key, child in value.items()})
        counted.budget = budget
    elif isinstance(value, list):
        counted = _Array([_counted(child, budget) for child in value])
        counted.budget = budget
    return counted
