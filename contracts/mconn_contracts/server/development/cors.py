"""Lets pages of other origins read the answers, by the rules that browsers keep (Fetch, 3.2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.server.api.handler import Responder
from mconn_contracts.server.api.routing import METHODS
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.development.layer import Layer
from mconn_contracts.server.development.preferences import TCHARS

ANY: Final = "*"
LOOPBACK: Final = "loopback"
"""Stands for every origin of this machine, with any port."""

_LOOPBACK: Final = re.compile(r"https?://(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?")
_EXPOSED: Final = "Allow, Cf-Ray, Preference-Applied, Ratelimit, Ratelimit-Policy, Retry-After, WWW-Authenticate"
_MAX_AGE: Final = "600"  # seconds


class Cors(Layer):
    """Adds to a responder's answers what lets pages of these origins read them.

    Credentials are never allowed (no `Access-Control-Allow-Credentials`): a token goes in a field that the page sets itself.
    """

    def __init__(self, responder: Responder, origins: Collection[str] = (LOOPBACK,)) -> None:
        super().__init__(responder)
        self._origins = frozenset(origins)

    def answer(self, request: Request) -> OutgoingMessage:
        """The responder's answer, or that to a preflight of an origin that may ask."""
        allowed = self._allowed(request)
        if allowed is not None and request.method == "OPTIONS" and _values(request, "access-control-request-method"):
            return OutgoingMessage(Response(204, (*allowed, *self._vary(), *_preflight(request)), b""))
        answer = self._responder.answer(request)
        exposed = () if allowed is None else (*allowed, ("Access-Control-Expose-Headers", _EXPOSED))
        headers = (*answer.response.headers, *exposed, *self._vary())
        return replace(answer, response=replace(answer.response, headers=headers))

    def _allowed(self, request: Request) -> Headers | None:
        """The field that allows the request's origin to read the answer; None if it may not."""
        origins = _values(request, "origin")
        if len(origins) != 1:
            return None
        if ANY in self._origins:
            return (("Access-Control-Allow-Origin", ANY),)
        of_loopback = LOOPBACK in self._origins and _LOOPBACK.fullmatch(origins[0]) is not None
        return (("Access-Control-Allow-Origin", origins[0]),) if of_loopback or origins[0] in self._origins else None

    def _vary(self) -> Headers:
        # On every answer: a cache must not give a page what another origin was given (Fetch, 3.2.6).
        return () if ANY in self._origins else (("Vary", "Origin"),)


def _preflight(request: Request) -> Headers:
    wanted = (each.strip(" \t") for value in _values(request, "access-control-request-headers") for each in value.split(","))
    names = ", ".join(dict.fromkeys(name for name in wanted if re.fullmatch(TCHARS, name)))
    return (
        ("Access-Control-Allow-Methods", ", ".join(METHODS)),
        *((("Access-Control-Allow-Headers", names),) if names else ()),
        ("Access-Control-Max-Age", _MAX_AGE),
    )


def _values(request: Request, name: str) -> list[str]:
    return [value for key, value in request.headers if key.lower() == name]
