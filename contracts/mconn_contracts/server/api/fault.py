"""What a fault is: hooks on the stages of an answer, and when they act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mconn_contracts.model.exchange import Response
from mconn_contracts.server.api.stages import Delivery, HttpError, OperationId, Proceed, Query, RequestContext, Selection
from mconn_contracts.server.behavior import Behavior
from mconn_contracts.server.data.events import Key, StoredEvent

T = TypeVar("T")

When = Callable[[RequestContext], bool]
"""Says whether a fault acts on a request, as far as it is known at the stage."""


def always(_: RequestContext) -> bool:
    """On every request."""
    return True


def every(count: int) -> When:
    """On one request in `count`."""
    return lambda context: context.number % count == 0


def after(count: int) -> When:
    """On every request after the first `count`."""
    return lambda context: context.number > count


def on(*operations: OperationId) -> When:
    """On requests of these operations."""
    return lambda context: context.operation in operations


def on_page(number: int) -> When:
    """On requests for this page, counted from 1."""
    return lambda context: context.page == number


def from_page(number: int) -> When:
    """On requests for this page or a later one."""
    return lambda context: context.page >= number


def with_limit(limit: int) -> When:
    """On lists with this limit."""
    return lambda context: context.query is not None and context.query.explicit_limit and context.query.limit == limit


def with_kind(*kinds: str) -> When:
    """On lists with the filter `k` of one of these kinds."""
    return lambda context: context.query is not None and context.query.kind in kinds


def with_any_kind() -> When:
    """On lists with the filter `k`."""
    return lambda context: context.query is not None and context.query.kind is not None


def on_event(kind: str) -> When:
    """On requests for one event of this kind."""

    def when(context: RequestContext) -> bool:
        event = None if context.key is None else context.store.get(context.connector_id, context.key)
        return event is not None and event.kind == kind

    return when


def with_status(status: int) -> When:
    """On answers with this status, from the stage `document` on."""
    return lambda context: context.status == status


def all_of(*whens: When) -> When:
    """If all of these hold."""
    return lambda context: all(when(context) for when in whens)


def none_of(*whens: When) -> When:
    """If none of these holds."""
    return lambda context: not any(when(context) for when in whens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What changes an answer, stage by stage, and on which requests.

    Each hook gets the result of its stage, and returns what the next stage gets.
    """

    when: When = always
    behavior: Callable[[Behavior, RequestContext], Behavior] | None = None
    refusal: Callable[[HttpError, RequestContext], HttpError | Proceed] | None = None
    query: Callable[[Query, RequestContext], Query] | None = None
    key: Callable[[Key, RequestContext], Key] | None = None
    selection: Callable[[Selection, RequestContext], Selection] | None = None
    cursor: Callable[[str | None, RequestContext], Any] | None = None
    result: Callable[[Any, RequestContext], Any] | None = None
    document: Callable[[Any, RequestContext], Any] | None = None
    response: Callable[[Response, RequestContext], Response] | None = None
    framed: Callable[[Response, RequestContext], Response] | None = None
    delivery: Callable[[Delivery, RequestContext], Delivery] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Hooks):
    """One broken promise: the code of the statement that it breaks, and what it changes.

    `recorded` changes the events before they are stored, so that all endpoints agree on them. A fault is rare where a
    quick run need not meet it.
    """

    name: str
    code: str
    summary: str
    rare: bool = False
    recorded: Callable[[Iterable[StoredEvent]], Iterable[StoredEvent]] | None = None


_Hook = tuple[When, Callable[[T, RequestContext], T]]


class HookTable:
    """The hooks that a handler was made with, by stage; they act in the order in which they were given."""

    def __init__(self, hooks: Sequence[Hooks] = ()) -> None:
        self._behavior: list[_Hook[Behavior]] = [(each.when, each.behavior) for each in hooks if each.behavior]
        self._refusal = [(each.when, each.refusal) for each in hooks if each.refusal]
        self._query: list[_Hook[Query]] = [(each.when, each.query) for each in hooks if each.query]
        self._key: list[_Hook[Key]] = [(each.when, each.key) for each in hooks if each.key]
        self._selection: list[_Hook[Selection]] = [(each.when, each.selection) for each in hooks if each.selection]
        self._cursor: list[_Hook[Any]] = [(each.when, each.cursor) for each in hooks if each.cursor]
        self._result: list[_Hook[Any]] = [(each.when, each.result) for each in hooks if each.result]
        self._document: list[_Hook[Any]] = [(each.when, each.document) for each in hooks if each.document]
        self._response: list[_Hook[Response]] = [(each.when, each.response) for each in hooks if each.response]
        self._framed: list[_Hook[Response]] = [(each.when, each.framed) for each in hooks if each.framed]
        self._delivery: list[_Hook[Delivery]] = [(each.when, each.delivery) for each in hooks if each.delivery]

    def behavior(self, behavior: Behavior, context: RequestContext) -> Behavior:
        """The behavior that this request gets."""
        return _through(self._behavior, behavior, context)

    def refusal(self, refusal: HttpError, context: RequestContext) -> HttpError | Proceed:
        """The refusal, or the value that replaces it."""
        for when, hook in self._refusal:
            if when(context):
                outcome = hook(refusal, context)
                if isinstance(outcome, Proceed):
                    return outcome
                refusal = outcome
        return refusal

    def query(self, query: Query, context: RequestContext) -> Query:
        """The query that is answered in place of the one that was asked."""
        return _through(self._query, query, context)

    def key(self, key: Key, context: RequestContext) -> Key:
        """The event that is looked up in place of the one that was asked for."""
        return _through(self._key, key, context)

    def selection(self, selection: Selection, context: RequestContext) -> Selection:
        """The events that are shown."""
        return _through(self._selection, selection, context)

    def cursor(self, cursor: str | None, context: RequestContext) -> Any:
        """The cursor that is shown."""
        return _through(self._cursor, cursor, context)

    def result(self, result: Any, context: RequestContext) -> Any:
        """What `result` holds."""
        return _through(self._result, result, context)

    def document(self, document: Any, context: RequestContext) -> Any:
        """The whole document, of results and of errors."""
        return _through(self._document, document, context)

    def response(self, response: Response, context: RequestContext) -> Response:
        """The response before its content is coded and measured."""
        return _through(self._response, response, context)

    def framed(self, response: Response, context: RequestContext) -> Response:
        """The response after its content is coded and measured."""
        return _through(self._framed, response, context)

    def delivery(self, delivery: Delivery, context: RequestContext) -> Delivery:
        """How the response leaves."""
        return _through(self._delivery, delivery, context)


def _through(hooks: Sequence[_Hook[T]], value: T, context: RequestContext) -> T:
    for when, hook in hooks:
        if when(context):
            value = hook(value, context)
    return value
