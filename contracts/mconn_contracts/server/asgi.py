"""The ASGI shell: carries requests to the handler, and its answers out byte by byte."""

from __future__ import annotations

import asyncio
import http
import socket
import struct
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as ReceivedRequest
from starlette.responses import Response as SentResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from mconn_contracts.model.exchange import Headers, Request
from mconn_contracts.server.api.encoding import serialize
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.stages import Delivery, OutgoingMessage
from mconn_contracts.server.documentation import PLAIN, Site

TRANSPORT: Final = "mconn.transport"
"""The ASGI extension that holds the connection's asyncio transport, for answers that break HTTP."""


def build_app(handler: Responder, site: Site = PLAIN) -> Starlette:
    """The handler as an ASGI application, with its pages."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = ReceivedRequest(scope, receive, send)
        try:
            async for _ in request.stream():  # closing on unread content would reset the connection
                pass
        except ClientDisconnect:
            return
        await _Outgoing(handler.answer(request_of(scope)))(scope, receive, send)

    async def unmounted(request: ReceivedRequest, _: Exception) -> SentResponse:
        return _Outgoing(handler.answer(request_of(request.scope)))

    async def crashed(request: ReceivedRequest, _: Exception) -> SentResponse:
        return _Outgoing(handler.malfunction(request_of(request.scope)))

    return Starlette(routes=[*site.routes(), Mount("/", app=answer)], exception_handlers={404: unmounted, 500: crashed})


def request_of(scope: Scope) -> Request:
    """The request of an ASGI scope, its target as it was sent."""
    path, query = bytes(scope.get("raw_path") or b"").decode("latin-1"), scope["query_string"].decode("latin-1")
    headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return Request(scope["method"], f"{path}?{query}" if query else path, headers)


class _Outgoing(SentResponse):
    """An answer on its way out."""

    def __init__(self, answer: OutgoingMessage) -> None:
        super().__init__(answer.response.body, answer.response.status or 500)
        # Starlette would add fields of its own.
        self.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.response.headers]
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivery = self._answer.delivery
        if delivery.delay:
            await asyncio.sleep(delivery.delay)
        if delivery.wire is None and not delivery.reset:
            await super().__call__(scope, receive, send)
            return
        self._break(scope["extensions"][TRANSPORT], delivery)
        while (await receive())["type"] != "http.disconnect":
            pass

    def _break(self, transport: asyncio.Transport, delivery: Delivery) -> None:
        if delivery.wire is not None:
            reason = http.HTTPStatus(self.status_code).phrase
            transport.write(delivery.wire(serialize(self._answer.response, reason)))
        if delivery.stall:
            return
        if not delivery.reset:
            transport.close()
            return
        # Without lingering, a close is a reset.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
