"""Trouble on the network, once or for good, and what a client did about it, as its requests show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mconn_contracts.clients.observing import Call
from mconn_contracts.model.exchange import Request
from mconn_contracts.model.trial import Result
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import Delivery, HttpError, OutgoingMessage, Reason

RETRY_AFTER: Final = 1
"""Seconds that a 429 asks to wait."""
SLOW: Final = 2.0
"""Seconds that a slow answer takes."""
_EARLY: Final = 0.05
"""Seconds by which clocks may disagree."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Trouble with one answer, or, if it is `lasting`, with that answer and all after it."""

    name: str
    summary: str
    change: Callable[[Handler, Request], OutgoingMessage]
    lasting: bool = False
    asks_to_wait: float = 0.0
    """Seconds that a client must wait before it asks again."""


def _refused(status: int, code: int, message: str, wait: float = 0) -> Callable[[Handler, Request], OutgoingMessage]:
    reason = Reason.THROTTLED if status == 429 else Reason.MALFUNCTION
    headers = (("Retry-After", f"{wait:g}"),) if wait else ()
    return lambda handler, request: handler.refuse_outright(request, HttpError(reason, status, code, message, headers=headers))


def _delivered(delivery: Delivery) -> Callable[[Handler, Request], OutgoingMessage]:
    return lambda handler, request: replace(handler.answer(request), delivery=delivery)


_throttled = _refused(429, 971, "Please wait and consider throttling your request speed", RETRY_AFTER)
_unavailable = _refused(503, 1009, "Service unavailable")

WEATHERS: Final = (
    Weather("throttled", "One request gets 429 with `Retry-After: 1`.", _throttled, asks_to_wait=RETRY_AFTER),
    Weather("server-error", "One request gets 500.", _refused(500, 1009, "Internal server error")),
    Weather("unavailable", "One request gets 503.", _unavailable),
    Weather("slow", "One answer takes 2 seconds.", _delivered(Delivery(delay=SLOW)), asks_to_wait=SLOW),
    Weather(
        "cut-body", "One body is cut in the middle.", _delivered(Delivery(wire=lambda message: message[: -len(message) // 4]))
    ),
    Weather("closed", "One connection is closed without an answer.", _delivered(Delivery(wire=lambda _: b""))),
    Weather("reset", "One connection is reset without an answer.", _delivered(Delivery(reset=True))),
    Weather("unavailable-for-good", "From one request on, all get 503.", _unavailable, lasting=True),
)
"""All weathers."""


class Weathering:
    """A responder with this trouble, from the `number`th answer on, counted from 1."""

    def __init__(self, handler: Handler, weather: Weather, number: int) -> None:
        self._handler = handler
        self._weather = weather
        self._number = number
        self._asked = 0

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer, changed where it is its turn."""
        self._asked += 1
        turn = self._asked >= self._number if self._weather.lasting else self._asked == self._number
        return self._weather.change(self._handler, request) if turn else self._handler.answer(request)

    def malfunction(self, request: Request, status: int = 500) -> OutgoingMessage:
        """The answer where a request could not be read (400), or answering it failed (500)."""
        return self._handler.malfunction(request, status)


def conduct(weather: Weather, calls: Sequence[Call], number: int, clean: Iterable[Call], code: int | None) -> tuple[Result, str]:
    """What a client did about the weather that began with its `number`th request, and what that comes to.

    `clean` are its requests in the clean scenario, `code` is the exit code of its command, None if that was ended.
    """
    hit, after = calls[number - 1], calls[number:]
    again = [call for call in after if call.key == hit.key]
    tried = f"asks {'once' if not again else f'{1 + len(again)} times'}"
    if code is None:
        return Result.BROKEN, f"{tried}, and does not end in time"
    if weather.lasting:
        return (Result.PASSED, f"{tried}, and fails") if code else (Result.BROKEN, f"{tried}, and passes without an answer")
    early = bool(again) and again[0].at - hit.at < weather.asks_to_wait - _EARLY
    if not again:
        # A slow answer comes all the same.
        waited = weather.asks_to_wait and hit.status < 400
        did = "waits" if waited and not code else "goes on without the answer" if after or not code else "gives up"
    elif hit.status == 429:
        did = "asks again before Retry-After says" if early else "waits as Retry-After says, and asks again"
    else:
        did = "asks again before the answer comes" if early else "asks again"
    twice = _repeated(calls, clean)
    if twice:
        did += f"; asks for {twice} answer{'' if twice == 1 else 's'} that it had"
    well = code == 0 and not early and not twice and did != "goes on without the answer"
    return (Result.PASSED if well else Result.BROKEN), did if not code or did == "gives up" else f"{did}, and fails"


def _repeated(calls: Iterable[Call], clean: Iterable[Call]) -> int:
    """How many requests asked again for something that a whole answer had given, more often than in the clean scenario."""
    had = Counter(call.key for call in calls if call.whole and call.status < 400)
    usual = Counter(call.key for call in clean if call.whole and call.status < 400)
    return sum(number - max(1, usual[key]) for key, number in had.items() if number > max(1, usual[key]))
