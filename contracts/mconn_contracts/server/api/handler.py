"""The protocol as a function: a request in, an answer out. No sockets, no clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.api.access import FOREIGN_ACCOUNT, MAIN_ACCOUNT, Account, identify
from mconn_contracts.server.api.bodies import failure, result_of, success
from mconn_contracts.server.api.encoding import encode, frame, headers_of
from mconn_contracts.server.api.fault import Breaks, Fault
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
from mconn_contracts.server.api.stages import Answer, Call, Delivery, Onward, Operation, Reason, Refusal, Selection
from mconn_contracts.server.behavior import DEFAULT, Behavior
from mconn_contracts.server.data.events import StoredEvent
from mconn_contracts.server.data.store import EventStore

T = TypeVar("T")


class Handler:
    """Answers requests from a store. Its only state of its own is how many it has answered."""

    def __init__(
        self,
        store: EventStore,
        accounts: Sequence[Account] = (MAIN_ACCOUNT, FOREIGN_ACCOUNT),
        behavior: Behavior = DEFAULT,
        faults: Sequence[Fault] = (),
    ) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._default = behavior
        self._breaks = Breaks(faults)
        self._numbers = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """The response to a request, as it arrives where nothing happens on the way."""
        return self.answer(request).response

    def answer(self, request: Request) -> Answer:
        """The response to a request, and how it leaves."""
        call = Call(next(self._numbers), request, self._store)
        try:
            result = self._result(call)
        except Refusal as refusal:
            return self.refuse(call, refusal)
        call.status = 200
        return self._send(call, success(result, self._behavior(call)), ())

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        """The answer that a refusal makes."""
        call.status = refusal.status
        return self._send(call, failure(refusal, self._behavior(call)), refusal.headers)

    def malfunction(self, request: Request, status: int = 500) -> Answer:
        """The answer where a request could not be read (400), or answering it failed (500)."""
        message = "Internal server error" if status == 500 else "Invalid HTTP request"
        refusal = Refusal(Reason.MALFUNCTION, status, 1009, message)
        return self.refuse(Call(next(self._numbers), request, self._store), refusal)

    def _behavior(self, call: Call) -> Behavior:
        return self._breaks.behavior(self._default, call)

    def _attempt(self, call: Call, guard: Callable[[], T]) -> T:
        try:
            return guard()
        except Refusal as refusal:
            outcome = self._breaks.refusal(refusal, call)
            if isinstance(outcome, Onward):
                return cast("T", outcome.value)
            raise outcome from refusal

    def _result(self, call: Call) -> Any:
        """What `result` holds; on the way, what is learned of the call."""
        request, behavior = call.request, self._behavior(call)
        self._attempt(call, lambda: _require_patience(call, behavior))
        found = self._attempt(call, lambda: route(request.method, request.url))
        call.operation, call.account_id, call.connector_id = found.operation, found.account_id, found.connector_id
        behavior = self._behavior(call)
        account = self._attempt(call, lambda: identify(request.headers, self._accounts, behavior))
        self._attempt(call, lambda: _require_account(call, account, behavior))
        call.connector_id = self._attempt(call, lambda: readable_connector(call, behavior))
        if behavior.arrival_every and call.number % behavior.arrival_every == 0:
            _let_arrive(call)
        if behavior.expiry_every and call.number % behavior.expiry_every == 0:
            call.store.forget_oldest(call.connector_id)
        selection, cursor = self._selection(call, found)
        return self._breaks.result(result_of(found.operation, selection, cursor, behavior), call)

    def _selection(self, call: Call, found: Route) -> tuple[Selection, Any]:
        """The events to show, and the cursor of a list."""
        breaks = self._breaks
        if found.operation is Operation.LATEST:
            return breaks.selection(select_latest(call, self._behavior(call)), call), None
        if found.operation is Operation.GET:
            call.key = self._attempt(call, lambda: parse_event_id(found.event_id))
            key = breaks.key(call.key, call)
            return breaks.selection(self._attempt(call, lambda: select_event(call, key)), call), None
        scope = (call.account_id, found.connector_id)
        asked = parse_query(call.request.url, scope, self._behavior(call), lambda guard: self._attempt(call, guard))
        self._attempt(call, lambda: require_kind(call, asked.kind, self._behavior(call)))
        self._attempt(call, lambda: require_window(call, asked, self._behavior(call)))
        call.query = asked
        query = breaks.query(asked, call)
        selection = breaks.selection(select_page(call, query, self._behavior(call)), call)
        cursor = None if selection.next is None else cursor_of(scope, asked, selection.next)
        return selection, breaks.cursor(cursor, call)

    def _send(self, call: Call, document: Any, headers: Headers) -> Answer:
        behavior = self._behavior(call)
        body = encode(self._breaks.document(document, call), behavior)
        common = headers_of(call.number, behavior, throttled=call.status == 429)
        response = self._breaks.response(Response(call.status, (*common, *headers), body), call)
        response = self._breaks.framed(frame(response, call.request, behavior), call)
        reset = behavior.reset_every is not None and call.number % behavior.reset_every == 0
        delivery = Delivery(behavior.delay, reset=reset)
        return Answer(response, self._breaks.delivery(delivery, call))


def _require_patience(call: Call, behavior: Behavior) -> None:
    if behavior.throttle_every and call.number % behavior.throttle_every == 0:
        message = "Please wait and consider throttling your request speed"
        headers = (("Retry-After", str(behavior.retry_after)),)
        raise Refusal(Reason.THROTTLED, 429, 971, message, headers=headers)


def _require_account(call: Call, account: Account, behavior: Behavior) -> None:
    if account.id != call.account_id:
        status = int(behavior.foreign_account)
        raise Refusal(Reason.ACCOUNT_FOREIGN, status, 10000, "Authentication error")


def _let_arrive(call: Call) -> None:
    """A new event of the connector is recorded and collected, later than all that it has."""
    for newest in call.store.newest(call.connector_id, 1):
        arrived = StoredEvent(call.connector_id, newest.t + 1, 0, newest.a + 1, {"k": "Reconcile"}, newest.v)
        call.store.insert([arrived])
