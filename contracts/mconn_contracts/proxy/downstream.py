"""One client's connection: its requests are passed on one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import h11

from mconn_contracts.live.receiving import LONGEST_HEAD, EndedError, NotHttpError, failed, in_words
from mconn_contracts.model.exchange import Headers
from mconn_contracts.proxy.heads import Fields, answer, request_fields
from mconn_contracts.proxy.outgoing import ClientGoneError, Outgoing
from mconn_contracts.proxy.passed import Passed
from mconn_contracts.proxy.relay import Relay, beside
from mconn_contracts.proxy.stream import Stream
from mconn_contracts.proxy.upstream import Upstream, Upstreams

HALF_CLOSED = 30.0
"""Seconds to wait for an answer after a client stops sending: it may have closed its connection, or only its half."""
_LINGER = 1.0
"""Seconds to go on reading a connection before it is closed, because a reset would discard the last bytes written."""
_TLS_HANDSHAKE = b"\x16\x03"


class Way(Protocol):
    """What all connections of clients have in common."""

    upstreams: Upstreams
    blocks: bool
    """Whether a broken answer is replaced."""
    ending: bool
    """Whether no more requests are taken."""
    url: str
    """The base URL for clients."""
    authorities: frozenset[str]
    """The names by which clients may address the proxy, and the target."""

    def admit(self) -> bool:
        """Count one more request. Returns whether it may be passed on."""

    def hand_over(self, passed: Passed) -> Awaitable[bytes | None]:
        """Keep and judge an exchange. If answers are `blocked`, returns the replacement for a broken one."""

    def refused(self, why: str) -> None:
        """Called for a request that was not passed on."""

    def unreachable(self, why: str) -> None:
        """Called if the target cannot be reached."""


class RefusedError(Exception):
    """A request is not passed on. `str()` says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Downstream:
    """A client's connection. `busy` while a request is under way."""

    def __init__(self, stream: Stream, way: Way) -> None:
        self._stream = stream
        self._way = way
        self._parser = h11.Connection(h11.SERVER)
        self._unparsed = b""
        self._upstream: Upstream | None = None
        self._gone = False
        self._refusal: RefusedError | None = None
        self.busy = False

    async def serve(self) -> None:
        """Pass on the requests of the connection until it ends."""
        self._stream.on_end = self._client_ended
        try:
            while (request := await self._next()) is not None:
                self.busy = True
                if self._stream.ended:
                    # It has sent several at once, and its end with them.
                    self._client_ended()
                goes_on = await self._take(request)
                self.busy = False
                if not goes_on or self._way.ending:
                    break
                self._unparsed = self._parser.trailing_data[0]
        except RefusedError as error:
            self._way.refused(str(error))
            with contextlib.suppress(OSError):
                await self._stream.write(answer(error.status, f"mconn: {error}\n".encode()))
        except ClientGoneError:
            pass
        finally:
            await self._close()

    def stop(self) -> None:
        """Give up the request under way, or the wait for one."""
        self._give_up()
        self._stream.abort()

    async def _next(self) -> h11.Request | None:
        """The head of the next request. None if there is none. RefusedError if the bytes are not a request."""
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        data = self._unparsed
        while True:
            # RFC 9112, 2.2: empty lines before a request are passed over.
            while not (data := data.lstrip(b"\r\n")):
                try:
                    data = await self._stream.read()
                except OSError:
                    return None
                if not data:
                    return None
            if data.startswith(_TLS_HANDSHAKE):
                raise RefusedError(HTTPStatus.BAD_REQUEST, "a client speaks TLS here: give it the base URL with http://")
            self._parser.receive_data(data)
            event = await self._event()
            return event if isinstance(event, h11.Request) else None

    async def _event(self) -> h11.Event | None:
        """What the client sends next; None if its connection ends. RefusedError if that is not HTTP/1.1."""
        while True:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as error:
                # The rest is the client's own text, which may have a secret.
                why = f"what a client sent is not an HTTP/1.1 request: {str(error).partition(':')[0]}"
                if error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                    why = f"the head of a request is longer than {LONGEST_HEAD} bytes"
                raise RefusedError(HTTPStatus(error.error_status_hint), why) from None
            if event is not h11.NEED_DATA:
                return event if isinstance(event, h11.Event) else None
            try:
                data = await self._stream.read()
            except OSError:
                return None
            if not data:
                return None
            self._parser.receive_data(data)

    async def _more(self) -> h11.Event:
        """The next piece of a request's content. ClientGoneError if there is none."""
        try:
            event = await self._event()
        except RefusedError as error:
            self._refusal = error
            self._give_up()
            raise
        if event is None or isinstance(event, h11.ConnectionClosed):
            self._give_up()
            raise ClientGoneError
        return event

    async def _take(self, request: h11.Request) -> bool:
        """Pass on one request. Returns whether the connection goes on after it."""
        target = self._target(request)
        if not self._way.admit():
            return False
        upstreams = self._way.upstreams
        fields = request_fields(request.headers.raw_items(), upstreams.authority)
        url = upstreams.origin + (target.decode("latin-1") if target.startswith(b"/") else "")
        empty = _is_empty(request)
        if empty:
            await self._more()
        sent: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
        if upstreams.by_proxy:
            target, fields = url.encode("latin-1"), [*fields, *upstreams.authorization]
        handed_on = h11.Request(method=request.method, target=target, headers=fields)
        close = request.http_version < b"1.1" or _asks_to_close(request)
        again = True
        while True:
            out = Outgoing(self._stream, held=self._way.blocks)
            asked = Passed(request.method.decode(), url, sent, time.time(), given_up=True)
            try:
                # A kept connection may have been closed, and only some requests may be sent twice (RFC 9110, 9.2.2).
                fresh = not empty or not again or request.method not in (b"GET", b"HEAD", b"OPTIONS")
                self._upstream = upstream = await upstreams.take(fresh=fresh)
            except (OSError, NotHttpError) as error:
                await self._way.hand_over(asked)
                await self._unreachable(request, error)
                return False
            relay = Relay(upstream, out, old=request.http_version < b"1.1", close=close)
            outcome = await self._exchange(relay, handed_on, asked, empty=empty, again=again)
            if outcome is not None:
                return outcome
            again = False

    async def _exchange(self, relay: Relay, request: h11.Request, asked: Passed, *, empty: bool, again: bool) -> bool | None:
        """Pass a request on and its answer back. Returns whether the connection goes on; None to send the request again."""
        upstream, out = self._upstream, relay.out
        assert upstream is not None  # noqa: S101 - it was just taken
        failure: OSError | NotHttpError | None = None
        incomplete = None
        try:
            if empty:
                await relay.send(request, None)
                incomplete = await relay.receive()
            else:
                incomplete = await beside(relay.send(request, self._more), relay.receive())
        except ClientGoneError:
            self._gone = True
        except (OSError, NotHttpError) as error:
            failure = error
        if self._gone:
            upstream.stream.abort()
            await self._way.hand_over(asked)
            raise self._refusal or ClientGoneError
        if failure is not None:
            reply = failed(relay.received, failure, upstream.used)
            if reply.stale and again and not out.begun:
                upstream.stream.abort()
                return None
            incomplete = reply.response.incomplete
        instead = await self._way.hand_over(_passed(asked, relay, incomplete))
        if instead is not None and out.held:
            upstream.stream.abort()
            body = b"" if request.method == b"HEAD" else instead
            await self._stream.write(answer(HTTPStatus.BAD_GATEWAY, body, "application/json"))
            return False
        await out.release()
        if isinstance(failure, NotHttpError):
            await relay.rest()
        if failure is not None or incomplete is not None:
            upstream.stream.abort()
            if failure is not None and not isinstance(failure, EndedError | NotHttpError):
                # It was reset, and so is this one.
                self._stream.reset()
            return False
        self._way.upstreams.give_back(upstream)
        self._upstream = None
        return not relay.close and self._parser.their_state is h11.DONE

    def _target(self, request: h11.Request) -> bytes:
        """The target of a request in origin form (RFC 9112, 3.2). RefusedError if it is for somebody else."""
        target: bytes = request.target
        if not request.http_version.startswith(b"1."):
            version = request.http_version.decode()
            why = f"a client speaks HTTP/{version}, which is not an HTTP/1.1 request"
            raise RefusedError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, why)
        if request.method != b"CONNECT" and (target.startswith(b"/") or target == b"*"):
            return target
        if request.method != b"CONNECT" and b"://" not in target:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "a client asks for neither a path nor a URL; a path begins with /")
        named = _named(target.partition(b"://")[2] or target)
        try:
            parts = urlsplit(target.decode("latin-1"))
        except ValueError:
            parts = urlsplit("")
        if request.method != b"CONNECT" and parts.netloc.lower() in self._way.authorities:
            return (parts._replace(scheme="", netloc="").geturl() or "/").encode("latin-1")
        raise RefusedError(
            HTTPStatus.MISDIRECTED_REQUEST,
            f"a client uses this as a proxy to {named!r}, but it passes requests only to "
            f"{self._way.upstreams.origin}: give the client {self._way.url} as its base URL, not as HTTP_PROXY",
        )

    async def _unreachable(self, request: h11.Request, error: Exception) -> None:
        why = f"{self._way.upstreams.origin} cannot be reached: {in_words(error)}"
        self._way.unreachable(why)
        body = b"" if request.method == b"HEAD" else f"mconn: {why}\n".encode()
        with contextlib.suppress(OSError):
            await self._stream.write(answer(HTTPStatus.BAD_GATEWAY, body))

    def _client_ended(self) -> None:
        """End the request of a client that has gone. A client that has only stopped sending may still wait."""
        if self._stream.lost:
            self._give_up()
        elif self.busy:
            asyncio.get_running_loop().call_later(HALF_CLOSED, self._give_up)

    def _give_up(self) -> None:
        if self._upstream is not None:
            self._gone = True
            self._upstream.stream.abort()

    async def _close(self) -> None:
        """Close the connection so that the last bytes arrive."""
        stream = self._stream
        if stream.lost:
            return
        if not stream.silent or self._parser.their_state is h11.SEND_BODY:
            with contextlib.suppress(OSError, TimeoutError):
                stream.transport.write_eof()
                async with asyncio.timeout(_LINGER):
                    while await stream.read():
                        pass
        stream.close()


def _passed(asked: Passed, relay: Relay, incomplete: str | None) -> Passed:
    received = relay.received
    return Passed(
        asked.method,
        asked.url,
        asked.sent,
        asked.started,
        received.status,
        received.headers,
        None if relay.too_long else bytes(received.body),
        incomplete,
    )


def _named(rest: bytes) -> str:
    """The host of a target, without the parts that may be secret: the user, the path and the query."""
    authority = re.split(rb"[/?#]", rest, maxsplit=1)[0]
    return authority.rpartition(b"@")[2][:100].decode("latin-1")


def _is_empty(request: h11.Request) -> bool:
    """Whether a request has no content."""
    fields = dict(request.headers)
    return b"transfer-encoding" not in fields and fields.get(b"content-length", b"0").strip(b"0") == b""


def _asks_to_close(request: h11.Request) -> bool:
    fields: Fields = list(request.headers)
    return any(name == b"connection" and b"close" in value.lower() for name, value in fields)
