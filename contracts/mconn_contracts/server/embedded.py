"""Runs the reference server: in a thread of this process, or in the foreground."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mconn_contracts.contract.document import Document
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.access import MAIN_ACCOUNT, Account
from mconn_contracts.server.api.encoding import serialize
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.asgi import TRANSPORT, build_app
from mconn_contracts.server.data import lifecycle
from mconn_contracts.server.documentation import PLAIN, Site
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.revision import revision_of
from mconn_contracts.server.styles import REFERENCE, Style

_KEEP_ALIVE = 75  # seconds; longer than a client's pause between two requests


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The address of a running server, and what to ask it for. `url` is the base, the part before `/accounts`."""

    url: str
    account: Account = MAIN_ACCOUNT
    account_id: str = lifecycle.ACCOUNT_ID
    connector_id: str = lifecycle.CONNECTOR_ID

    @property
    def token(self) -> str:
        """The API token of the main account."""
        return self.account.token

    @property
    def email(self) -> str:
        """The email of the main account."""
        return self.account.email

    @property
    def key(self) -> str:
        """The API key that goes with the email."""
        return self.account.key


@contextmanager
def serve_in_thread(
    *,
    seed: int = 0,
    style: Style = REFERENCE,
    faults: Sequence[Fault] = (),
    events: Path | None = None,
    document: Document | None = None,
) -> Iterator[RunningServer]:
    """A server on a free port of 127.0.0.1, stopped when the block is left. It keeps a document with overlays, or ours."""
    revision = revision_of(document) if document is not None and document.overlays else None
    hooks = [] if revision is None else [revision.hooks()]
    with (
        closing(open_store(seed=seed, main=style.main, events=events, faults=faults, revision=revision)) as store,
        serve_handler_in_thread(build_handler(store, style=style, faults=faults, hooks=hooks), Site(document)) as server,
    ):
        yield server


@contextmanager
def serve_handler_in_thread(handler: Responder, site: Site = PLAIN) -> Iterator[RunningServer]:
    """A server of this handler, with its pages, on a free port of 127.0.0.1, stopped when the block is left."""
    with closing(_listen("127.0.0.1", 0)) as listener:
        server = _Server(handler, site, lambda: None)
        thread = threading.Thread(target=server.run, args=([listener],), name="mconn-server", daemon=True)
        thread.start()
        try:
            server.ready.wait()
            yield RunningServer(_url(listener))
        finally:
            server.should_exit = True
            thread.join()


def run(
    handler: Responder,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    account: Account = MAIN_ACCOUNT,
    site: Site = PLAIN,
    on_ready: Callable[[RunningServer], None],
) -> None:
    """Serve in the foreground until interrupted; then `KeyboardInterrupt`. Raises `UsageError` for a port in use."""
    with closing(_listen(host, port)) as listener:
        _Server(handler, site, lambda: on_ready(RunningServer(_url(listener), account))).run([listener])


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready."""

    def __init__(self, handler: Responder, site: Site, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                build_app(handler, site),
                http=_protocol_of(handler),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.ERROR,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=2,
            )
        )
        self.ready = threading.Event()
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
            self._on_ready()
        finally:
            self.ready.set()


def _protocol_of(handler: Responder) -> type[H11Protocol]:
    """HTTP/1.1 as in uvicorn, with the transport in the scope, and an envelope as the answer to what is not HTTP."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(cast("asyncio.Transport", transport))
            app = self.app

            async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
                extensions = {**scope.get("extensions", {}), TRANSPORT: transport}
                await app({**scope, "extensions": extensions}, receive, send)

            self.app = with_transport

        def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's words are not an envelope)
            answer = handler.malfunction(Request("", ""), 400)
            self.transport.write(serialize(answer.response, "Bad Request"))
            self.transport.close()

    return Protocol


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio would not turn off Nagle's algorithm, at 40 ms a response.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"cannot listen on {host} port {port}: {error}; choose another --port, or 0") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{BASE_PATH}"
