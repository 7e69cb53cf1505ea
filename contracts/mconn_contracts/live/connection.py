"""One connection of HTTP/1.1: h11 over a socket that is never waited for longer than a deadline."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from dataclasses import dataclass, field

import h11

from mconn_contracts.live.transport import LONGEST_BODY, Reply, no_answer, response_of
from mconn_contracts.model.exchange import Headers

LONGEST_HEAD = 1024 * 1024
"""Bytes of a status line with its header fields, of the line before a chunk, and of trailers, that are read."""
_AT_ONCE = 64 * 1024
_PROTOCOL = b"HTTP/"
_AFTER_HEAD = 1.0
"""Seconds that the end of a connection is waited for behind the answer to a HEAD, which has no content (RFC 9110, 9.3.2)."""


class NotHttpError(Exception):
    """What came is not HTTP/1.1; `str()` says what it is."""


class EndedError(ConnectionError):
    """The server closed the connection before the end of the answer."""


@dataclass(slots=True)
class _Received:
    """An answer as far as it has come."""

    status: int | None = None
    headers: Headers = ()
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    """Bytes that came in all, those of interim answers among them."""
    interim: int = 0


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
        """The answer to one request, as far as it came until `deadline` (of `time.monotonic`), however it is wrong."""
        used_before, self._used = self._used, True
        received = _Received()
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
            return _failed(received, error, used_before)
        finally:
            if keeps_open:
                self._protocol.start_next_cycle()
            else:
                self.close()
        return Reply(response_of(received.status or 0, received.headers, bytes(received.body), incomplete))

    def tunnel(self, authority: str, headers: Headers, deadline: float) -> socket.socket:
        """The socket, through which a proxy leads to a host and port from now on; NotHttpError or OSError where it does not."""
        received = _Received()
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

    def _receive(self, received: _Received, deadline: float) -> None:
        """Read the answer to its end; interim answers are read past (RFC 9110, 15.2)."""
        beginning = b""
        ended = False
        while len(received.body) <= LONGEST_BODY:
            try:
                event = self._protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise EndedError if ended else NotHttpError(_in_words(error)) from error
            if event is h11.NEED_DATA:
                self._wait_until(deadline)
                data = self._stream.recv(_AT_ONCE)
                received.size += len(data)
                if len(beginning) < len(_PROTOCOL):
                    beginning += data
                    if not beginning.startswith(_PROTOCOL[: len(beginning)]):
                        raise NotHttpError(f"what came is no HTTP: {beginning[:60].decode('latin-1')!r}")
                ended = not data
                self._protocol.receive_data(data)
            elif isinstance(event, h11.InformationalResponse):
                received.interim += 1
            elif isinstance(event, h11.Response):
                received.status = event.status_code
                fields = event.headers.raw_items()
                received.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
            elif isinstance(event, h11.Data):
                received.body += event.data
            else:
                return

    def _wait_until(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._stream.settimeout(left)

    def _behind_the_end(self, method: str, received: _Received, deadline: float) -> str | None:
        """What is wrong where more came than the answer has; to a HEAD, that is kept as its body."""
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
        # Empty lines behind the content are harmless.
        return f"{len(excess)} bytes came after the end that content-length names" if excess.strip(b"\r\n") else None


def _in_words(error: h11.RemoteProtocolError) -> str:
    if error.error_status_hint == 431:
        return f"a header section, a chunk's line or a trailer is longer than {LONGEST_HEAD} bytes"
    return f"what came is no HTTP/1.1: {error}"


def _failed(received: _Received, error: OSError | NotHttpError, used_before: bool) -> Reply:
    """The reply where an exchange failed: with what came, and in what words."""
    size = len(received.body)
    was_reset = isinstance(error, ConnectionError) and not (isinstance(error, EndedError) and received.size)
    if received.status is None:
        if isinstance(error, TimeoutError):
            reason = "no answer came in time"
            if received.interim:
                reason += f", but {received.interim} interim answers (1xx)"
            elif received.size:
                reason += f", but {received.size} bytes of its head"
        elif isinstance(error, EndedError):
            reason = "no answer came: the server closed the connection" + (" within the head" if received.size else "")
        else:
            reason = f"no answer came: {in_words(error)}"
        return no_answer(reason, may_pass=was_reset, stale=was_reset and used_before and not received.size)
    if isinstance(error, TimeoutError):
        incomplete = f"the body did not end in time; {size} bytes came"
    elif isinstance(error, NotHttpError):
        incomplete = f"{error}; {size} bytes came before it"
    else:
        length = next((value for name, value in received.headers if name.lower() == "content-length"), "a chunked body")
        incomplete = f"the connection ended after {size} bytes, of {length}"
    return Reply(response_of(received.status, received.headers, bytes(received.body), incomplete), may_pass=was_reset)


def in_words(error: Exception) -> str:
    """A failure of the network or of the protocol, in at most 200 characters."""
    return (str(error) if isinstance(error, NotHttpError) else f"{type(error).__name__}: {error}")[:200]
