"""The received part of an answer, without its connection: how far it came, and its fault."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import h11

from mconn_contracts.live.transport import Reply, no_answer, response_of
from mconn_contracts.model.exchange import Headers

_BYTES = re.compile(r"bytearray\(b(.*)\)\Z", re.DOTALL)
"""What h11 shows of a line that is wrong."""
LONGEST_HEAD = 1024 * 1024
"""Bytes of a status line with its header fields, of the line before a chunk, and of trailers, that are read."""
_PROTOCOL = b"HTTP/"
_SHOWN = 60
"""How many bytes of an answer that is not HTTP are shown."""


class NotHttpError(Exception):
    """What came is not HTTP/1.1; `str()` says what it is."""


class EndedError(ConnectionError):
    """The server closed the connection before the end of the answer."""


@dataclass(slots=True)
class Received:
    """An answer as far as it has come."""

    status: int | None = None
    headers: Headers = ()
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    """Bytes that came in all, those of interim answers among them."""
    interim: int = 0

    _beginning: bytes = b""
    _ended: bool = False

    def take(self, protocol: h11.Connection, data: bytes) -> None:
        """Take the next bytes of the connection, none at its end. NotHttpError if they do not begin as HTTP does."""
        self.size += len(data)
        if len(self._beginning) < len(_PROTOCOL):
            self._beginning += data[:_SHOWN]
            if not self._beginning.startswith(_PROTOCOL[: len(self._beginning)]):
                raise NotHttpError(f"what came is not HTTP: {self._beginning[:_SHOWN].decode('latin-1')!r}")
        self._ended = not data
        protocol.receive_data(data)

    def advance(self, protocol: h11.Connection) -> bool:
        """Read what was taken, past interim answers (RFC 9110, 15.2); whether that is the end of the answer.

        EndedError if the connection ended before, NotHttpError if what came is not HTTP/1.1.
        """
        while True:
            try:
                event = protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise EndedError if self._ended else NotHttpError(_in_words(error)) from error
            if event is h11.NEED_DATA:
                return False
            if isinstance(event, h11.InformationalResponse):
                self.interim += 1
            elif isinstance(event, h11.Response):
                self.status = event.status_code
                fields = event.headers.raw_items()
                self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
            elif isinstance(event, h11.Data):
                self.body += event.data
            else:
                return True


def in_excess(data: bytes) -> str | None:
    """What is wrong where these bytes came behind the end of an answer; empty lines are harmless."""
    return f"{len(data)} bytes came after the end that content-length names" if data.strip(b"\r\n") else None


def _in_words(error: h11.RemoteProtocolError) -> str:
    if error.error_status_hint == 431:
        return f"a header section, a chunk's line or a trailer is longer than {LONGEST_HEAD} bytes"
    words = _BYTES.sub(r"\1", str(error))
    return f"what came is not HTTP/1.1: {words}"


def failed(received: Received, error: OSError | NotHttpError, used_before: bool) -> Reply:
    """The reply for a failed exchange, with the part that came and a message."""
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
