"""From a query string to the parameters of a list, or a refusal that names the parameter and the fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

from mconn_contracts.server.api.cursors import decode_cursor
from mconn_contracts.server.api.routing import split_target
from mconn_contracts.server.api.stages import HttpError, PageStart, Query, Reason
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import LARGEST_INTEGER

T = TypeVar("T")

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")  # JSON's numbers
_LONGEST_NUMBER = 40


class Attempt(Protocol):
    """Runs a guard. If it refuses, the faults decide whether a careless server would have gone on."""

    def __call__(self, guard: Callable[[], T], /) -> T:
        """The value of the guard, or the value that a fault puts in its place."""


Scope = tuple[str, str]
"""The account and the connector that a query is about."""


def parse_query(url: str, scope: Scope, behavior: Behavior, attempt: Attempt) -> Query:
    """The parameters of a list. Raises `HttpError`; undeclared parameters are ignored."""
    values = _values(url)
    start = attempt(lambda: _number(values, "from", required=True, otherwise=0))
    end = attempt(lambda: _number(values, "to", required=True, otherwise=LARGEST_INTEGER))
    limit = attempt(lambda: _limit(values, behavior))
    limit = attempt(lambda: _within(limit, behavior))
    kind = attempt(lambda: _single(values, "k"))
    cursor = attempt(lambda: _single(values, "cursor"))
    bound = cursor_scope(scope, start, end, kind)
    position = PageStart() if cursor is None else attempt(lambda: _position(cursor, bound))
    attempt(lambda: _in_order(start, end, behavior))
    return Query(start, end, limit, kind, position, explicit_limit="limit" in values)


def cursor_scope(scope: Scope, start: float, end: float, kind: str | None) -> tuple[object, ...]:
    """What a cursor is bound to. The limit is not part of it: the next page may be of another size."""
    return (*scope, start, end, kind)


def _values(url: str) -> Mapping[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(split_target(url)[1], keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return values


def _single(values: Mapping[str, list[str]], name: str) -> str | None:
    given = values.get(name, [])
    if len(given) > 1:
        message = f"Parameter {name} is given {len(given)} times; give it once"
        raise HttpError(Reason.PARAMETER_REPEATED, 400, 1002, message, given[-1], subject=name)
    return given[0] if given else None


def _number(values: Mapping[str, list[str]], name: str, *, required: bool, otherwise: int, least: int = 0) -> int:
    try:
        text = _single(values, name)
    except HttpError as refusal:
        refusal.otherwise = otherwise
        raise
    if text is None:
        if required:
            message = f"Parameter {name} is required: seconds since the Unix epoch, such as {name}=1700000000"
            raise HttpError(Reason.PARAMETER_MISSING, 400, 1000, message, otherwise, subject=name)
        return otherwise
    number = float("nan")
    if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        number = int(text) if text.lstrip("-").isdigit() else float(text)
    if not least <= number <= LARGEST_INTEGER or number != int(number):
        message = f"Parameter {name} must be a whole number from {least} to {LARGEST_INTEGER}"
        raise HttpError(Reason.PARAMETER_MALFORMED, 400, 1001, message, otherwise, subject=name)
    return int(number)


def _limit(values: Mapping[str, list[str]], behavior: Behavior) -> int:
    """The limit; one that is not a positive whole number is read as the behavior says, or refused."""
    try:
        return _number(values, "limit", required=False, otherwise=behavior.default_limit, least=1)
    except HttpError as refusal:
        text = values["limit"][0]
        if behavior.odd_limit == "refuse" or refusal.reason is not Reason.PARAMETER_MALFORMED or not _NUMBER.fullmatch(text):
            raise
        if behavior.odd_limit == "clamp":
            return 1 if float(text) < 1 else min(int(float(text)), behavior.max_limit)
        return 0 if behavior.odd_limit == "empty" else behavior.default_limit


def _within(limit: int, behavior: Behavior) -> int:
    if limit > behavior.max_limit and behavior.over_limit == "refuse":
        message = f"Parameter limit must not be larger than {behavior.max_limit}"
        raise HttpError(Reason.LIMIT, 400, 1001, message, behavior.max_limit, subject="limit")
    return min(limit, behavior.max_limit)


def _position(cursor: str, bound: tuple[object, ...]) -> PageStart:
    try:
        return decode_cursor(cursor, bound)
    except ValueError as error:
        message = "Parameter cursor must be a cursor of this connector, from, to and k, exactly as a page gave it"
        raise HttpError(Reason.CURSOR, 400, 1004, message, PageStart(), subject="cursor") from error


def _in_order(start: int, end: int, behavior: Behavior) -> None:
    if start > end and behavior.reversed_window == "refuse":
        message = "Parameter from must not be later than to"
        raise HttpError(Reason.WINDOW_REVERSED, 400, 1005, message, subject="from")
