"""One connection of HTTP/1.1: h11 over a socket, and no wait is longer than its deadline."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time

import h11

from mconn_contracts.live.receiving import LONGEST_HEAD, NotHttpError, Received, failed, in_excess
from mconn_contracts.live.transport import LONGEST_BODY, Reply, response_of
from mconn_contracts.model.exchange import Headers

_AT_ONCE = 64 * 1024
_AFTER_HEAD = 1.0
"""Seconds that the end of a connection is waited for behind the answer to a HEAD, which has no content (RFC 9110, 9.3.2)."""


class Connection:
    """A connection on which one request follows the other. `interrupt` may be called from another thread."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._used = False
        self.open = True

    def close(self) -> None:
        """Close the connection."""
        self.open = False
        self._stream.close()

    def interrupt(self) -> None:
        """End what another thread waits for on this connection."""
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    @property
    def silent(self) -> bool:
        """Whether nothing came since the last answer: what does is the connection's end, or belongs to no request."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stream, selectors.EVENT_READ)
            return not selector.select(0)

    def exchange(self, method: str, target: str, headers: Headers, deadline: float) -> Reply:
        """The answer to one request, as far as it came before `deadline` (of `time.monotonic`), even if it is malformed."""
        used_before, self._used = self._used, True
        received = Received()
        keeps_open = False
        if method == "HEAD":
            # The end of the connection shows whether content follows where there must be none.
            headers = (*headers, ("Connection", "close"))
        try:
            self._send(method, target, headers, deadline)
            self._receive(received, deadline)
            incomplete = self._behind_the_end(method, received, deadline)
            keeps_open = incomplete is None and self._protocol.their_state is h11.DONE is self._protocol.our_state
        except (OSError, NotHttpError) as error:
            return failed(received, error, used_before)
        finally:
            if keeps_open:
                self._protocol.start_next_cycle()
            else:
                self.close()
        return Reply(response_of(received.status or 0, received.headers, bytes(received.body), incomplete))

    def tunnel(self, authority: str, headers: Headers, deadline: float) -> socket.socket:
        """The socket, through which a proxy leads to a host and port from now on; NotHttpError or OSError if it does not."""
        received = Received()
        self._send("CONNECT", authority, headers, deadline)
        self._receive(received, deadline)
        if received.status is None or not 200 <= received.status < 300:
            raise NotHttpError(f"the proxy of the environment answers {received.status}")
        return self._stream

    def _send(self, method: str, target: str, headers: Headers, deadline: float) -> None:
        head = self._protocol.send(h11.Request(method=method, target=target, headers=list(headers))) or b""
        self._wait_until(deadline)
        try:
            self._stream.sendall(head + (self._protocol.send(h11.EndOfMessage()) or b""))
        except TimeoutError:
            raise
        except OSError:
            # A server may close before it has read all, and say why: what is read next is that, or fails as well.
            return

    def _receive(self, received: Received, deadline: float) -> None:
        """Read the answer to its end; interim answers are read past (RFC 9110, 15.2)."""
        while len(received.body) <= LONGEST_BODY and not received.advance(self._protocol):
            self._wait_until(deadline)
            received.take(self._protocol, self._stream.recv(_AT_ONCE))

    def _wait_until(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._stream.settimeout(left)

    def _behind_the_end(self, method: str, received: Received, deadline: float) -> str | None:
        """The fault if more bytes came than the answer has. After a HEAD, they are kept as its body."""
        excess = self._protocol.trailing_data[0]
        if method == "HEAD":
            deadline = min(deadline, time.monotonic() + _AFTER_HEAD)
            # A server that leaves the connection open sends no content.
            with contextlib.suppress(OSError):
                while len(excess) <= LONGEST_BODY:
                    self._wait_until(deadline)
                    data = self._stream.recv(_AT_ONCE)
                    if not data:
                        break
                    excess += data
            received.body += excess
            return None
        return in_excess(excess)
