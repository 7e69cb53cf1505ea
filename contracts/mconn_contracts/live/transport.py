"""The interface that carries a request to a server and brings back its answer, and the common parts of its two ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.wire.codings import CodingError, TooLongError, UnknownCodingError, decode

LONGEST_BODY = 64 * 1024 * 1024
"""Bytes of a body that are read, as it is sent and as it decodes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of one request.

    `may_pass` says that it failed in a way that may be a passing failure of the network, such as a reset connection.
    `stale` says that it failed so on a used connection without any byte of an answer: the server may have closed it before.
    `closed` says that the server took no connection, for example because it restarts.
    """

    response: Response
    may_pass: bool = False
    stale: bool = False
    closed: bool = False


class Transport(Protocol):
    """Carries requests to a server. Threads may send side by side."""

    def send(self, request: Request, deadline: float) -> Reply:
        """The answer to a request, as far as it came until `deadline` (of `time.monotonic`); it never raises for a server."""

    def keep_no_connection(self) -> None:
        """Use a connection for one request only, from now on."""

    def abandon(self) -> None:
        """End the requests under way, and those to come, without an answer."""

    def close(self) -> None:
        """Close all connections."""


def no_answer(reason: str, *, may_pass: bool = False, stale: bool = False, closed: bool = False) -> Reply:
    """The reply where no answer came."""
    return Reply(Response(None, body=None, incomplete=reason), may_pass, stale, closed)


def response_of(status: int, headers: Headers, raw: bytes, incomplete: str | None) -> Response:
    """A response from what was received, its content decoded by its codings."""
    coding = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    body, undecodable = raw, None
    try:
        body = decode(raw, coding, LONGEST_BODY, whole=incomplete is None)
    except UnknownCodingError:
        undecodable = f"the request did not ask for content-encoding {coding!r}"
    except CodingError as error:
        body, undecodable = error.decoded, f"the content does not decode as content-encoding {coding!r}"
    except TooLongError as error:
        body = error.decoded
    if len(body) > LONGEST_BODY:
        body, incomplete = body[:LONGEST_BODY], f"longer than {LONGEST_BODY} bytes; the rest was not read"
    return Response(status, headers, body, incomplete, undecodable)
