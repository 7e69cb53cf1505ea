"""The protocol as a function: a request in, an answer out. No sockets, no clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT, Account, identify
from mconn_contracts.server.api.bodies import failure, result_of, success
from mconn_contracts.server.api.encoding import encode, frame, headers_of
from mconn_contracts.server.api.fault import Hooks, HookTable
from mconn_contracts.server.api.queries import parse_query
from mconn_contracts.server.api.routing import Route, parse_event_id, route
from mconn_contracts.server.api.selection import (
    cursor_of,
    readable_connector,
    require_kind,
    require_window,
    select_event,
    select_latest,
    select_page,
)
from mconn_contracts.server.api.stages import (
    Delivery,
    HttpError,
    OperationId,
    OutgoingMessage,
    Proceed,
    Reason,
    RequestContext,
    Selection,
)
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.store import EventStore

T = TypeVar("T")


class Responder(Protocol):
    """What a server is made of: it answers requests."""

    def answer(self, request: Request) -> OutgoingMessage:
        """The response to a request, and how it leaves."""

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The answer where a request could not be read (400), or answering it failed (500)."""


class Handler:
    """Answers requests from a store. Its only state of its own is how many it has answered."""

    def __init__(
        self,
        store: EventStore,
        accounts: Sequence[Account] = (MAIN_ACCOUNT, FOREIGN_ACCOUNT),
        behavior: Behavior = DEFAULT,
        hooks: Sequence[Hooks] = (),
    ) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._default = behavior
        self._hooks = HookTable(hooks)
        self._numbers = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """The response to a request, as it arrives where nothing happens on the way."""
        return self.answer(request).response

    def answer(self, request: Request) -> OutgoingMessage:
        """The response to a request, and how it leaves."""
        context = RequestContext(next(self._numbers), request, self._store)
        try:
            result = self._result(context)
        except HttpError as refusal:
            return self.refuse(context, refusal)
        context.status = 200
        return self._send(context, success(result, self._behavior(context)), ())

    def refuse(self, context: RequestContext, refusal: HttpError) -> OutgoingMessage:
        """The answer that a refusal makes."""
        context.status = refusal.status
        return self._send(context, failure(refusal, self._behavior(context)), refusal.headers)

    def refuse_outright(self, request: Request, refusal: HttpError, operation: OperationId | None = None) -> OutgoingMessage:
        """The answer to a request that is refused before anything else is asked of it."""
        return self.refuse(RequestContext(next(self._numbers), request, self._store, operation), refusal)

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The answer where a request could not be read (400), or answering it failed (500)."""
        message = "Internal server error" if status == 500 else "Invalid HTTP request"
        return self.refuse_outright(request, HttpError(Reason.MALFUNCTION, status, 1009, message))

    def _behavior(self, context: RequestContext) -> Behavior:
        return self._hooks.behavior(self._default, context)

    def _attempt(self, context: RequestContext, guard: Callable[[], T]) -> T:
        try:
            return guard()
        except HttpError as refusal:
            outcome = self._hooks.refusal(refusal, context)
            if isinstance(outcome, Proceed):
                return cast("T", outcome.value)
            raise outcome from refusal

    def _result(self, context: RequestContext) -> Any:
        """The value of `result`. It also notes what is learned about the request."""
        request, behavior = context.request, self._behavior(context)
        self._attempt(context, lambda: _require_patience(context, behavior))
        found = self._attempt(context, lambda: route(request.method, request.url))
        context.operation, context.account_id, context.connector_id = found.operation, found.account_id, found.connector_id
        behavior = self._behavior(context)
        account = self._attempt(context, lambda: identify(request.headers, self._accounts, behavior))
        self._attempt(context, lambda: _require_account(context, account, behavior))
        context.connector_id = self._attempt(context, lambda: readable_connector(context, behavior))
        if behavior.arrival_every and context.number % behavior.arrival_every == 0:
            _let_arrive(context)
        if behavior.expiry_every and context.number % behavior.expiry_every == 0:
            context.store.forget_oldest(context.connector_id)
        selection, cursor = self._selection(context, found)
        return self._hooks.result(result_of(found.operation, selection, cursor, behavior), context)

    def _selection(self, context: RequestContext, found: Route) -> tuple[Selection, Any]:
        """The events to show, and the cursor of a list."""
        hooks = self._hooks
        if found.operation is OperationId.LATEST:
            latest = self._attempt(context, lambda: select_latest(context, self._behavior(context)))
            return hooks.selection(latest, context), None
        if found.operation is OperationId.GET:
            context.key = self._attempt(context, lambda: parse_event_id(found.event_id))
            key = hooks.key(context.key, context)
            return hooks.selection(self._attempt(context, lambda: select_event(context, key)), context), None
        scope = (context.account_id, found.connector_id)
        asked = parse_query(context.request.url, scope, self._behavior(context), lambda guard: self._attempt(context, guard))
        self._attempt(context, lambda: require_kind(context, asked.kind, self._behavior(context)))
        self._attempt(context, lambda: require_window(context, asked, self._behavior(context)))
        context.query = asked
        query = hooks.query(asked, context)
        selection = hooks.selection(select_page(context, query, self._behavior(context)), context)
        cursor = None if selection.next is None else cursor_of(scope, asked, selection.next)
        return selection, hooks.cursor(cursor, context)

    def _send(self, context: RequestContext, document: Any, headers: Headers) -> OutgoingMessage:
        behavior = self._behavior(context)
        body = encode(self._hooks.document(document, context), behavior)
        common = headers_of(context.number, behavior, throttled=context.status == 429)
        response = self._hooks.response(Response(context.status, (*common, *headers), body), context)
        response = self._hooks.framed(frame(response, context.request, behavior), context)
        reset = behavior.reset_every is not None and context.number % behavior.reset_every == 0
        delivery = Delivery(behavior.delay, reset=reset)
        return OutgoingMessage(response, self._hooks.delivery(delivery, context))


def _require_patience(context: RequestContext, behavior: Behavior) -> None:
    if behavior.throttle_every and context.number % behavior.throttle_every == 0:
        message = "Please wait and consider throttling your request speed"
        headers = (("Retry-After", str(behavior.retry_after)),)
        raise HttpError(Reason.THROTTLED, 429, 971, message, headers=headers)


def _require_account(context: RequestContext, account: Account, behavior: Behavior) -> None:
    if account.id != context.account_id:
        status = int(behavior.foreign_account)
        raise HttpError(Reason.ACCOUNT_FOREIGN, status, 10000, "Authentication error")


def _let_arrive(context: RequestContext) -> None:
    """A new event of the connector is recorded and collected, later than all that it has."""
    for newest in context.store.newest(context.connector_id, 1):
        arrived = StoredEvent(context.connector_id, newest.t + 1, 0, newest.a + 1, {"k": "Reconcile"}, newest.v)
        context.store.insert([arrived])
