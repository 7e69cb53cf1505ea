"""The smallest payload on which our judge decides differently by two documents, for each change that has one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from mconn_contracts.contract.api import ENDPOINTS, FAILURE
from mconn_contracts.contract.comparison.fact import Fact, Place
from mconn_contracts.contract.comparison.normal import Api, Operation, Shape, meet
from mconn_contracts.contract.comparison.scope import template
from mconn_contracts.contract.document import load, tokens
from mconn_contracts.evolution.payloads import (
    ABSENT,
    NothingError,
    at_the_bounds,
    counted,
    having,
    of_kind,
    shape_at,
    smallest,
)
from mconn_contracts.evolution.sides import Side
from mconn_contracts.judge.check import RULE_CRASHED, check
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.judge.schemas.validation import Schemas
from mconn_contracts.model.exchange import Exchange, Request, Response
from mconn_contracts.model.finding import Severity, Witness

_SUCCESS = 200
_JSON = (("content-type", "application/json"),)
_STRANGE = "other"
"""The name of a member, and of a kind, that nobody declares."""
_SHOWN = 2
"""Findings that are shown of a verdict."""
_MOST_PLACES = 4
_OURS: Mapping[str, str] = {f"GET {template(each.path)}": each.operation for each in ENDPOINTS}


@dataclass(frozen=True, slots=True)
class Said:
    """A finding, as two verdicts are compared by it."""

    code: str
    pointer: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Case:
    """An answer, with its request if that matters, and the findings in it by each document."""

    operation: str
    status: int
    body: Any
    url: str | None
    by_base: tuple[Said, ...]
    by_revision: tuple[Said, ...]
    whole: bool
    """Whether the whole judge has judged it, and not only the schemas."""

    @property
    def text(self) -> str:
        """The payload on one line: the request if it matters, the status if it is not a success, the body."""
        body = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        before = f"GET {self.url} " if self.url is not None else ""
        return f"{before}{f'{self.status} ' if self.url is not None or self.status != _SUCCESS else ''}{body}"


class Judges:
    """The judge by each of two documents: the whole judge if both documents allow that, or else only their schemas."""

    def __init__(self, base: Side, revision: Side) -> None:
        self._sides = (base, revision)
        plans = [each.plan for each in self._sides if isinstance(each.plan, Plan)]
        self._plans = plans if len(plans) == len(self._sides) else []
        self._schemas = [] if self._plans else [Schemas(each.judged) for each in self._sides]

    def case(self, fact: Fact) -> Case | None:
        """The smallest case on which the documents differ because of a change. None if there is no such case."""
        found: list[Case] = []
        for place in _telling(fact.places):
            for status, url, body in _candidates(fact, place, self._sides[0].form, self._sides[1].form):
                case = self._judged(_OURS.get(place.operation), status, url, body)
                if case is not None and _is_about(case, place):
                    found.append(case)
        # A payload that one of them accepts shows only this change.
        return min(found, key=lambda each: (bool(each.by_base and each.by_revision), len(each.text), each.text), default=None)

    def witness(self, case: Case | None) -> Witness | None:
        """A case in words."""
        if case is None:
            return None
        names = (self._sides[0].name, self._sides[1].name)
        return Witness(case.text, self._in_words(case.by_base), self._in_words(case.by_revision), names)

    def _judged(self, operation: str | None, status: int, url: str | None, body: Any) -> Case | None:
        if operation is None:
            return None
        if self._plans:
            request = None if url is None else Request("GET", url)
            text = json.dumps(body, ensure_ascii=False).encode()
            exchange = Exchange(Response(status, _JSON, text), request, declared=operation)
            first, second = (_found(check(exchange, plan).findings) for plan in self._plans)
        elif url is None:
            first, second = (self._by_schema(schemas, operation, status, body) for schemas in self._schemas)
        else:
            return None
        return None if first == second else Case(operation, status, body, url, first, second, bool(self._plans))

    @staticmethod
    def _by_schema(schemas: Schemas, operation: str, status: int, body: Any) -> tuple[Said, ...]:
        document = schemas.document
        pointer = document.operation(operation).schema_of(status) or document.schema_pointer(FAILURE)
        codes = [(CODES[defect.kind], defect.pointer) for defect in schemas.explain(body, pointer)]
        return _sorted(Said(code, place, load().statement(code).severity) for code, place in codes)

    @staticmethod
    def _in_words(found: Sequence[Said]) -> str:
        names = {statement.code: statement.name for statement in load().statements}
        said = [f"{each.code} {names[each.code]} ({each.severity.label}) at {each.pointer or '/'}" for each in found]
        more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        return "; ".join(said[:_SHOWN]) + more if said else "accepted"


def _found(findings: Sequence[Any]) -> tuple[Said, ...]:
    return _sorted(Said(each.code, each.pointer, each.severity) for each in findings if each.code != RULE_CRASHED)


def _sorted(said: Iterator[Said]) -> tuple[Said, ...]:
    return tuple(sorted(set(said), key=lambda each: (-each.severity, each.code, each.pointer)))


def _telling(places: Sequence[Place]) -> list[Place]:
    """The places to look at: one for each pointer, among successes and among failures, the shortest first."""
    ordered = sorted(places, key=lambda each: (len(each.pointer), each.status, each.operation))
    first = {(each.pointer, each.status[:1]): each for each in reversed(ordered)}
    return list(reversed(first.values()))[:_MOST_PLACES]


def _is_about(case: Case, place: Place) -> bool:
    """Whether the verdicts differ at the place of a change, and not for another change alone."""
    if not place.pointer:
        return True
    pointer = place.pointer.replace("*", "0")
    differing = set(case.by_base) ^ set(case.by_revision)
    near = (pointer, pointer.rpartition("/")[0])
    return any(each.pointer in near or each.pointer.startswith(f"{pointer}/") for each in differing)


def _candidates(fact: Fact, place: Place, base: Api, revision: Api) -> Iterator[tuple[int, str | None, Any]]:
    """Answers that may show a change between two documents: the status, the URL of the request if it matters, the body."""
    both = (base.operations.get(place.operation), revision.operations.get(place.operation))
    if place.parameter != ("", ""):
        yield from _requests(fact, place, both)
        return
    if not place.status.isdecimal():
        return
    answers = [each.answers.get(place.status) for each in both if each is not None]
    shapes = [each.shape for each in answers if each is not None and each.shape is not None]
    if not shapes:
        return
    status = int(place.status)
    joint = meet(shapes[0], shapes[1]) if len(shapes) == 2 else shapes[0]
    for body in _bodies(fact, tokens(place.pointer), shapes, joint):
        yield status, None, _enveloped(body, status, place.pointer)


def _bodies(fact: Fact, path: list[str], shapes: Sequence[Shape], joint: Shape) -> Iterator[Any]:
    """Bodies with a value at a path that only one of two shapes allows."""
    kind = fact.kind.rpartition(" or ")[2] or None
    if fact.name in ("kind-added", "kind-removed", "kind-renamed"):
        for name in dict.fromkeys((kind, fact.before, fact.after)) if fact.name == "kind-renamed" else [kind]:
            for shape in shapes:
                value = _object_of(shape, path[:-1], name)
                yield from _made(joint, path[:-1], value) if value else ()
        return
    if fact.name in ("union-opened", "union-closed"):
        for shape in (joint, *shapes):
            yield from _made(joint, path, {**_object_of(shape, path, kind), _STRANGE: 0} if kind else ABSENT, kind)
        yield from _made(joint, path, _STRANGE, next(iter(_kinds(joint, path[:-1])), None))
        return
    known = [each for each in (shape_at(shape, path, kind) for shape in shapes) if each is not None]
    values: list[Any] = [ABSENT]
    for each in known:
        values += [*_smallest(each), *at_the_bounds(each.bounds), *_text(each)]
    if fact.name == "bounds-changed" and any(each.fields or each.open is not None for each in known):
        values += [{**value, _STRANGE: 0} for each in known for value in _smallest(each) if isinstance(value, dict)]
    if fact.name.startswith("status-"):
        values = [value for each in shapes for value in _smallest(each)]
    else:
        # If other fields are allowed, only its type shows that a field is declared.
        values.append(None)
    for value in values:
        yield from _made(joint, path, value, kind)


def _made(shape: Shape, path: Sequence[str], value: Any, kind: str | None = None) -> Iterator[Any]:
    """The smallest body that has a value at a path, if there is one."""
    try:
        made = having(shape, path, lambda _: value, kind)
    except NothingError:
        return
    if made is not ABSENT:
        yield made


def _smallest(shape: Shape) -> Iterator[Any]:
    """The smallest value of a shape, or of each of those that it may have."""
    for each in shape.alternatives or (shape,):
        with contextlib.suppress(NothingError):
            yield smallest(each)


def _text(shape: Shape) -> list[str]:
    """A text that is not empty: an empty one may break another promise."""
    return ["x"] if "string" in shape.types else []


def _object_of(shape: Shape, path: Sequence[str], kind: str | None) -> dict[str, Any]:
    """The smallest object of a kind, by the union at a path. Without a union, an empty object."""
    union = getattr(shape_at(shape, path, None), "union", None)
    try:
        return {} if union is None else of_kind(union, kind)
    except NothingError:
        return {}


def _kinds(shape: Shape, path: Sequence[str]) -> list[str]:
    union = getattr(shape_at(shape, path, None), "union", None)
    return [] if union is None else list(union.kinds)


def _enveloped(body: Any, status: int, pointer: str = "") -> Any:
    """A body whose `success` is that of its status; a failure says an error, unless the pointer is that of errors."""
    if isinstance(body, dict) and isinstance(body.get("success"), bool):
        body = {**body, "success": status < 400}
        if status >= 400 and pointer != "/errors" and not body.get("errors"):
            body["errors"] = [{"code": 1, "message": ""}]
    return counted(body)


def _requests(fact: Fact, place: Place, both: Sequence[Operation | None]) -> Iterator[tuple[int, str | None, Any]]:
    """Requests with a parameter and without it, each with the smallest answer."""
    known = [each for each in both if each is not None]
    success = [each.answers["200"].shape for each in known if "200" in each.answers]
    shapes = [each for each in success if each is not None]
    if not shapes:
        return
    body = next(_smallest(meet(shapes[0], shapes[-1])), None)
    held = [each.parameters[place.parameter].shape for each in known if place.parameter in each.parameters]
    bounds = [value for shape in held for value in at_the_bounds(shape.bounds)]
    values: list[Any] = [None, *bounds]
    if fact.name != "bounds-changed" or not bounds or any(isinstance(each, str) for each in bounds):
        # A number far from the bounds would show another promise.
        values += [value for shape in held for value in (*_smallest(shape), *_text(shape))]
    for value in values:
        yield _SUCCESS, _url(known, place.parameter, value), _enveloped(body, _SUCCESS)


def _url(operations: Sequence[Operation], parameter: tuple[str, str], value: Any) -> str:
    """The URL of a request with every required parameter. One parameter gets this value, or is left out if it is None."""
    path = operations[0].path
    query: dict[str, Any] = {}
    for (location, key), each in operations[-1].parameters.items():
        said: Any = next(_smallest(each.shape), "")
        if (location, key) == parameter:
            said = value
        if location == "path":
            path = path.replace(
                f"{{{operations[0].parameters.get((location, key), each).name}}}", quote(str(said or "1"), safe="")
            )
        elif location == "query" and said is not None and (each.required or (location, key) == parameter):
            query[each.name] = said
    if parameter[0] == "query" and value is not None:
        query[parameter[1]] = value
    return f"{path}?{urlencode(query)}" if query else path
