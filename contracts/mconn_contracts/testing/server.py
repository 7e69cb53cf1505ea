"""The reference server for tests. One server serves all tests, and each test switches its faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mconn_contracts.clients.observing import Observing
from mconn_contracts.clients.scenario import Scenario
from mconn_contracts.clients.served import observed
from mconn_contracts.contract.api import LIST
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import nearest
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.embedded import RunningServer, serve_handler_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store


class _Switch:
    """Answers as the current responder."""

    def __init__(self, responder: Responder) -> None:
        self.now = responder

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer of the current one."""
        return self.now.answer(request)

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The malfunction of the current one."""
        return self.now.malfunction(request, status)


class SwitchableServer:
    """A running reference server. `url` is the base, the part before `/accounts`."""

    def __init__(self, running: RunningServer, switch: _Switch, stack: ExitStack) -> None:
        self.url = running.url
        self.token = running.token
        self.account_id = running.account_id
        self.connector_id = running.connector_id
        self._switch = switch
        self._stack = stack
        self._handlers: dict[tuple[str, ...], Responder] = {(): switch.now}

    @property
    def events_url(self) -> str:
        """The URL of the connector's events."""
        return self.url + LIST.path.format(account_id=self.account_id, connector_id=self.connector_id)

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that carry the token."""
        return {"Authorization": f"Bearer {self.token}"}

    def faults(self, *names: str) -> None:
        """From now on, break exactly these promises. UsageError if a name is not that of a fault."""
        unknown = next((name for name in names if name not in FAULTS), None)
        if unknown is not None:
            raise UsageError(f"no fault is named {unknown!r}; {nearest(unknown, FAULTS)}")
        if names not in self._handlers:
            chosen = [FAULTS[name] for name in names]
            store = open_store(faults=chosen)
            self._stack.callback(store.close)
            self._handlers[names] = build_handler(store, faults=chosen)
        self._switch.now = self._handlers[names]

    @contextmanager
    def scenario(self, scenario: Scenario) -> Iterator[Observing]:
        """Be the server of a scenario of `mconn client` in this block, with events of its own; what it saw."""
        before = self._switch.now
        with observed(scenario) as observing:
            self._switch.now = observing
            try:
                yield observing
            finally:
                self._switch.now = before


@contextmanager
def serve() -> Iterator[SwitchableServer]:
    """A server without faults on a free port of 127.0.0.1, stopped when the block is left."""
    with ExitStack() as stack:
        store = open_store()
        stack.callback(store.close)
        switch = _Switch(build_handler(store))
        running = stack.enter_context(serve_handler_in_thread(switch))
        yield SwitchableServer(running, switch, stack)
