"""Makes an exchange of a request and its answer: decoded, and without the secrets of the client."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mconn_contracts.live.transport import LONGEST_BODY
from mconn_contracts.model.exchange import Exchange, Headers, Origin, Request, Response
from mconn_contracts.wire.codings import CodingError, TooLongError, UnknownCodingError, decode, undo
from mconn_contracts.wire.hiding import hide
from mconn_contracts.wire.redaction import redact_headers, redact_url, scrub, scrub_headers, scrub_url, secrets_in, secrets_in_url

_PARTIAL_CONTENT = 206
_MOST_SECRETS = 32
"""How many secrets of earlier requests, the newest ones, are hidden in later exchanges."""
_CREDENTIALS = ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY")


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that was handed on, and what came back: a `body` without chunks, as its content coding left it.

    `status` is None if no answer came. `body` is None if it is longer than is kept. `incomplete` says how the answer is
    cut short, or why none came. `given_up` says that this was for another reason than the server: it could not be reached,
    or the client went away.
    """

    method: str
    url: str
    sent: Headers
    started: float
    status: int | None = None
    received: Headers = ()
    body: bytes | None = None
    incomplete: str | None = None
    given_up: bool = False


class Shower:
    """Makes exchanges that can be shown, without secrets. It remembers earlier secrets, because a server may repeat them."""

    def __init__(self, source: str, environment: Mapping[str, str]) -> None:
        self._source = source
        self._known = dict.fromkeys(value for name in _CREDENTIALS if (value := environment.get(name, "").strip()))
        self._earlier: dict[str, None] = {}

    def exchange(self, passed: Passed, entry: int) -> Exchange:
        """The exchange, the `entry`th of the recording."""
        own = _secrets_in(passed.sent)
        secrets = self._secrets((*secrets_in_url(passed.url), *own, *secrets_in(passed.received)))
        sent = _hidden(passed.sent, secrets)
        request = Request(hide(passed.method, secrets), scrub_url(redact_url(passed.url), secrets), sent)
        response = scrub(_response(passed), secrets)
        return Exchange(response, request, Origin(self._source, entry=entry), started=passed.started)

    def _secrets(self, new: Iterable[str]) -> tuple[str, ...]:
        for secret in new:
            # The newest come last.
            self._earlier.pop(secret, None)
            self._earlier[secret] = None
        while len(self._earlier) > _MOST_SECRETS:
            del self._earlier[next(iter(self._earlier))]
        return tuple({**self._known, **self._earlier})


# A client sends the same fields again and again.


@functools.lru_cache(maxsize=64)
def _secrets_in(sent: Headers) -> tuple[str, ...]:
    return secrets_in(sent)


@functools.lru_cache(maxsize=64)
def _hidden(sent: Headers, secrets: tuple[str, ...]) -> Headers:
    """The fields of a request as they may be shown: a credential may stand in others than its own, too."""
    return scrub_headers(redact_headers(sent), secrets)


def _response(passed: Passed) -> Response:
    received = redact_headers(passed.received)
    coding = ", ".join(value for name, value in passed.received if name.lower() == "content-encoding")
    if passed.status is None or passed.incomplete is not None:
        # A cut body is not judged: without its end, it cannot be decoded, and a secret in it cannot be found.
        kept = None if coding or passed.status is None else passed.body
        return Response(passed.status, received, kept, passed.incomplete)
    if passed.body is None:
        return _unread(passed, received, f"the body is longer than {LONGEST_BODY} bytes")
    if passed.status == _PARTIAL_CONTENT:
        return _unread(passed, received, "status 206 has only a part of the body")
    try:
        return Response(passed.status, received, _decoded(passed.body, coding))
    except UnknownCodingError as error:
        words = f"the body is packed by the content coding {str(error)!r}, which mconn cannot unpack"
        return _unread(passed, received, words)
    except TooLongError:
        return _unread(passed, received, f"the body is longer than {LONGEST_BODY} bytes once it is unpacked")
    except CodingError as error:
        words = f"the content does not decode as content-encoding {coding!r}"
        return Response(passed.status, received, error.decoded, undecodable=words)


def _decoded(body: bytes, coding: str) -> bytes:
    try:
        return decode(body, coding, LONGEST_BODY)
    except UnknownCodingError:
        return undo(body, coding, LONGEST_BODY)


def _unread(passed: Passed, received: Headers, why: str) -> Response:
    return Response(passed.status, received, None, unread=why)
