"""Answers a request as it prefers: with a status, a fault, a style, a kind of event, after a delay."""

from __future__ import annotations

import difflib
import http
import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mconn_contracts.model.exchange import Headers, Request
from mconn_contracts.server.api.fault import Fault, Hooks
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.routing import METHODS, route
from mconn_contracts.server.api.stages import (
    HttpError,
    OperationId,
    OutgoingMessage,
    Proceed,
    Reason,
    RequestContext,
    Selection,
)
from mconn_contracts.server.development.layer import Layer
from mconn_contracts.server.development.preferences import preference_applied, preferences
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.revision import Revision, first_parameter
from mconn_contracts.server.styles import STYLES, Style

LONGEST_DELAY: Final = 60
"""Seconds."""
MOST_VARIANTS: Final = 100
"""Servers that are kept, each for a combination of faults, style and kind that was preferred."""

_OURS: Final[tuple[str, ...]] = ("code", "fault", "style", "kind", "delay")
_DELAY: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_SEPARATORS: Final = re.compile(r"[\s,]+")
_MOST_WORDS: Final = 50
"""Words without a value that are compared with the names of faults: more than anybody writes."""
_CLOSE: Final = 0.8
"""How alike (0 to 1, by difflib) a word is to a name that it is taken for."""
_CODES: Final[Mapping[int, tuple[int, str]]] = {
    401: (10000, "Authentication error"),
    403: (10000, "Authentication error"),
    404: (1006, "Not found"),
    429: (971, "Please wait and consider throttling your request speed"),
    500: (1009, "Internal server error"),
}
"""The error of a status, where the vendor's API is known to have one."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The server that should answer: with further faults, of a style, showing one kind of event."""

    faults: tuple[str, ...] = ()
    style: str | None = None
    kind: str | None = None


MakeHandler = Callable[[Sequence[Fault], Style | None, Sequence[Hooks]], Handler]
"""Makes a handler over the server's own events, with further faults and hooks, and of another style if one is named."""


class Preferring(Layer):
    """Answers as a request prefers; a request that prefers nothing is the plain handler's.

    What another program may prefer is ignored, as RFC 7240 says. A name that is ours with a value that is not is refused
    with 400: who misspells a fault would otherwise believe that a client withstood it. `handling=lenient` ignores it.
    """

    def __init__(self, plain: Handler, make: MakeHandler, revision: Revision) -> None:
        super().__init__(plain)
        self._plain = plain
        self._make = make
        self._revision = revision
        self._variants: dict[Variant, Handler] = {}

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer that is preferred, with `Preference-Applied` for what was applied."""
        preferred = _with_listed_faults(preferences(request.headers))
        lenient = preferred.get("handling", "").lower() == "lenient"
        values = {name: preferred[name] for name in _OURS if name in preferred}
        try:
            values = {name: value for name, value in values.items() if self._allows(name, value, lenient=lenient)}
            named = _SEPARATORS.split(values.get("fault", ""))
            faults = tuple(name for name in FAULTS if name in named)
            handler = self._variant(Variant(faults, values.get("style"), values.get("kind")))
        except HttpError as refusal:
            return self._plain.refuse_outright(request, refusal)
        if not values:
            return self._plain.answer(request)
        answer = self._answer(handler, request, int(values.get("code", 0)))
        applied = {name: value for name, value in values.items() if _applies(name, value, request, answer)}
        headers: Headers = (*preference_applied(applied), ("Vary", "Prefer")) if applied else (("Vary", "Prefer"),)
        response = replace(answer.response, headers=(*answer.response.headers, *headers))
        delay = answer.delivery.delay + float(values.get("delay", 0))
        return OutgoingMessage(response, replace(answer.delivery, delay=delay))

    def _answer(self, handler: Handler, request: Request, code: int) -> OutgoingMessage:
        if code < 400:
            return handler.answer(request)
        try:
            found = route(request.method, request.url)
        except HttpError:
            return handler.answer(request)
        return handler.refuse_outright(request, _refusal(code), found.operation)

    def _variant(self, wanted: Variant) -> Handler:
        if wanted == Variant():
            return self._plain
        if wanted not in self._variants:
            hooks = [] if wanted.kind is None else [_showing(wanted.kind, self._revision.payloads[wanted.kind])]
            style = None if wanted.style is None else STYLES[wanted.style]
            if len(self._variants) >= MOST_VARIANTS:
                self._variants.pop(next(iter(self._variants)))
            self._variants[wanted] = self._make([FAULTS[name] for name in wanted.faults], style, hooks)
        return self._variants[wanted]

    def _allows(self, name: str, value: str, *, lenient: bool) -> bool:
        """Whether the value of a preference is known. Raises `HttpError` if it is not, unless such values are ignored."""
        problem = self._problem(name, value)
        if problem is None:
            return True
        if lenient:
            return False
        raise HttpError(Reason.PREFERENCE, 400, 1008, f"Prefer: {name}={value[:100]!r}: {problem}"[:400])

    def _problem(self, name: str, value: str) -> str | None:
        if name == "code":
            known = value.isascii() and value.isdigit() and len(value) == 3 and (int(value) == 200 or 400 <= int(value) < 600)
            return None if known and int(value) in set(http.HTTPStatus) else "a code is 200, or a status from 400 to 599"
        if name == "delay":
            seconds = float(value) if _DELAY.fullmatch(value) else LONGEST_DELAY + 1
            return None if seconds <= LONGEST_DELAY else f"a delay is in seconds, from 0 to {LONGEST_DELAY}"
        if name == "fault":
            names = list(filter(None, _SEPARATORS.split(value)))
            return _unknown(names or [""], FAULTS, "fault")
        return _unknown([value], STYLES if name == "style" else self._revision.payloads, name)


def _with_listed_faults(preferred: Mapping[str, str]) -> Mapping[str, str]:
    """The preferences, with the faults that stand beside `fault` in one: `fault=one, two` means both.

    By RFC 7240, `two` is a preference of its own, without a value. A word that is like the name of a fault counts too: it is
    misspelled, and is refused as such.
    """
    if "fault" not in preferred:
        return preferred
    words = itertools.islice((name for name, value in preferred.items() if not value and name not in _OURS), _MOST_WORDS)
    beside = [name for name in words if difflib.get_close_matches(name[:100], FAULTS, n=1, cutoff=_CLOSE)]
    return {**preferred, "fault": ", ".join((preferred["fault"], *beside))} if beside else preferred


def _unknown(names: Sequence[str], known: Collection[str], what: str) -> str | None:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name[:100], known, n=1)
            others = f"they are {', '.join(known)}" if what == "kind" else "see /docs/faults"
            hint = f"did you mean {close[0]}?" if close else others
            return f"there is no {what} {name[:100]!r}; {hint}"
    return None


def _refusal(code: int) -> HttpError:
    number, message = _CODES.get(code, (1000, http.HTTPStatus(code).phrase))
    fields: dict[int, Headers] = {
        401: (("WWW-Authenticate", "Bearer"),),
        405: (("Allow", ", ".join(METHODS)),),
        407: (("Proxy-Authenticate", "Basic"),),
        429: (("Retry-After", "1"),),
        503: (("Retry-After", "1"),),
    }
    return HttpError(Reason.PREFERENCE, code, number, message, headers=fields.get(code, ()))


def _applies(name: str, value: str, request: Request, answer: OutgoingMessage) -> bool:
    """Whether the answer is what was preferred. A fault that has nothing to break on a request is applied all the same."""
    status = answer.response.status
    if name == "code":
        return status == int(value)
    return name != "kind" or (status == 200 and _shows(request, value))


def _shows(request: Request, kind: str) -> bool:
    """Whether a list may show events of a kind: not where the request filters by another."""
    return first_parameter(request.url, "k") in (None, kind)


def _showing(kind: str, payload: Mapping[str, object]) -> Hooks:
    """Shows every event as one of a kind; an event that is not recorded, too."""

    def refusal(found: HttpError, _: RequestContext) -> HttpError | Proceed:
        return Proceed(found.otherwise) if found.reason is Reason.EVENT_UNKNOWN and found.otherwise.events else found

    def selection(found: Selection, _: RequestContext) -> Selection:
        return replace(found, events=tuple(replace(event, e=payload) for event in found.events))

    def when(context: RequestContext) -> bool:
        return context.operation is not OperationId.LIST or _shows(context.request, kind)

    return Hooks(when=when, refusal=refusal, selection=selection)
