"""MC7xx: the server refuses what it must refuse, and its failures show no internals."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from mconn_contracts.contract.api import LARGEST_INTEGER, LATEST, LIST
from mconn_contracts.judge.reading.calls import EVENT_ID, is_integer, is_number
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Answer, Envelope, Identity, Window
from mconn_contracts.judge.reading.walk import Owner
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Rule, Ruling, rule
from mconn_contracts.model.exchange import Connector, Credential, Request, Trace
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.decoding import excerpt

UNAUTHORIZED, NOT_FOUND = 401, 404
_LONGEST_NUMBER = len(str(LARGEST_INTEGER))
"""Digits of a number that every reader keeps exact."""

_INTERNALS = (
    ("a Python traceback", re.compile(rb"Traceback \(most recent call last\)|File \\?\"[^\"\n]+\\?\", line \d+")),
    ("a Java stack trace", re.compile(rb"\bat [\w$.]+\([\w$]+\.java:\d+\)|\bException in thread \\?\"")),
    ("a Go stack trace", re.compile(rb"\bgoroutine \d+ \[|\bpanic: runtime error")),
    ("a JavaScript stack trace", re.compile(rb"\bat [^\n\"]{0,80}\([^()\n\"]{0,200}\.(?:js|ts|mjs|cjs):\d+:\d+\)")),
    ("a .NET stack trace", re.compile(rb"\bat [\w.`<>]+\([^)\n]*\) in [^\n\"]+:line \d+")),
    ("a Rust panic", re.compile(rb"thread '[^']{1,60}' panicked at|RUST_BACKTRACE")),
    (
        "a database error",
        re.compile(rb"(?i)\bsqlite3?\.\w*Error|\bSQLSTATE\b|\bsyntax error at or near\b|\bORA-\d{5}\b|psycopg\d?\."),
    ),
    (
        "a file path",
        re.compile(rb"(?<![\w:/.])/(?:usr|home|root|var|opt|srv|etc|app|tmp)/[\w.@+-]+(?:/[\w.@+-]+)*|\b[A-Z]:\\\\?[\w.-]+\\"),
    ),
)


def _accepted(code: str, refused: Mapping[Credential | None, tuple[str, Severity]]) -> Rule[Answer]:
    """The rule that credentials of some sorts are refused on every operation, and for HEAD."""

    @rule(code, on=Answer, in_batches=True)
    def accepted(answer: Answer) -> Iterator[Ruling]:
        asks = answer.operation is not None or (answer.call is not None and answer.call.method == "HEAD")
        sent = refused.get(answer.credential)
        if not asks or sent is None or answer.status is None:
            return
        yield DECIDED
        words, at_most = sent
        if answer.ok:
            yield Hit("", f"{words} is answered with status {answer.status}; it must be refused", at_most=at_most)
        elif answer.redirected:
            seen = excerpt(answer.exchange.response.header("location") or "")
            sent_on = f"{words} is redirected with status {answer.status} to {seen}; it must be refused with a 4xx status"
            yield Hit("", sent_on, at_most=at_most)

    return accepted


no_credential_accepted = _accepted("MC701", {Credential.ABSENT: ("a request without a credential", Severity.ERROR)})
wrong_credential_accepted = _accepted(
    "MC702",
    {
        Credential.WRONG: ("a request with a wrong credential", Severity.ERROR),
        Credential.LONGER: ("a request with the true credential and one more letter", Severity.ERROR),
        Credential.RECASED: ("a request with the true credential in the wrong case", Severity.ERROR),
    },
)
malformed_credential_accepted = _accepted(
    "MC703",
    {
        Credential.MALFORMED: ("a request with a malformed credential", Severity.ERROR),
        # RFC 9110, 11.4 allows one space or more before a token.
        Credential.SPACED: ("a request with spaces around its credential", Severity.WARNING),
    },
)


@rule("MC704", on=Answer, in_batches=True)
def missing_parameter_accepted(answer: Answer) -> Iterator[Ruling]:
    """A request without a required parameter is refused."""
    if (
        answer.operation is None
        or answer.call is None
        or answer.status is None
        or answer.credential not in (None, Credential.VALID)
    ):
        return
    for parameter in answer.operation.parameters:
        if parameter.location == "query" and parameter.required and answer.call.first(parameter.name) is None:
            yield DECIDED
            if answer.ok:
                words = f"a request without {parameter.name!r} is answered with status {answer.status}; it must be refused"
                yield Hit("", words)


@rule("MC705", on=Answer, in_batches=True)
def malformed_parameter_accepted(answer: Answer) -> Iterator[Ruling]:
    """A number parameter that is not a number is refused."""
    if answer.operation is None or answer.call is None or answer.status is None:
        return
    for parameter in answer.operation.parameters:
        if parameter.location != "query" or parameter.schema.get("type") != "integer":
            continue
        value = answer.call.first(parameter.name)
        if value and not is_number(value.strip()):
            yield DECIDED
            if answer.ok:
                words = f"{parameter.name} is {excerpt(value)}, but is answered with status {answer.status}; it must be refused"
                yield Hit("", words)


@rule("MC706", on=Answer, in_batches=True)
def malformed_cursor_accepted(answer: Answer) -> Iterator[Ruling]:
    """A cursor that no page gave is refused."""
    intent = answer.exchange.intent
    if intent is None or "cursor" not in intent.malformed or answer.status is None:
        return
    yield DECIDED
    if answer.ok:
        yield Hit("", f"a cursor that no page gave is answered with status {answer.status}; it must be refused")


_FLAWS = (
    (r"\s", "has a space"),
    (r"[0-9][eE][+-]?[0-9]", "has an exponent"),
    (r"(^|\.)[+-]", "has a sign"),
    (r"[^0-9.]", "has characters that are no digits"),
    (r"^\.|\.$", "lacks a number"),
    (r"(^|\.)0[0-9]", "has leading zeros"),
    ("", "has a number that is too large"),
)
"""Patterns, and what is wrong with an event id that has a dot and in which one is found. The first that is found counts."""


@rule("MC707", on=Answer, in_batches=True)
def malformed_event_id_accepted(answer: Answer) -> Iterator[Ruling]:
    """An event id that is not two numbers joined by a dot is refused."""
    if answer.operation is None or answer.call is None or answer.status is None:
        return
    event_id = answer.call.path.get(EVENT_ID)
    if event_id is None or not _is_no_event_id(event_id):
        return
    yield DECIDED
    if answer.ok:
        yield Hit(
            "",
            f"the event id {excerpt(event_id)} {_flaw(event_id)}, but is answered with status {answer.status}; "
            "it must be refused, because an event id is like 1700000000.3",
        )


def _flaw(event_id: str) -> str:
    """What is wrong with an event id, as a predicate."""
    if "." not in event_id:
        return "has no dot between two numbers"
    return next(words for pattern, words in _FLAWS if re.search(pattern, event_id))


def _is_no_event_id(text: str) -> bool:
    """Whether a text cannot be two numbers, in any notation. Three dots could separate two decimal fractions."""
    parts = text.split(".")
    if not re.fullmatch(r"[0-9.]+", text, re.ASCII) or len(parts) < 2:
        return True
    return len(parts) == 2 and not all(is_integer(part) and len(part) <= _LONGEST_NUMBER for part in parts)


@rule("MC708", on=Answer, in_batches=True)
def server_error(answer: Answer) -> Iterator[Ruling]:
    """No request makes the server fail. In a recording of other clients, it could be a passing outage."""
    if answer.exchange.intent is None or answer.status is None:
        return
    yield DECIDED
    # 501 is how a server refuses a method that it does not know (RFC 9110, 15.6.2).
    if answer.status >= 500 and not (answer.status == 501 and answer.operation is None):
        yield Hit("", f"the server fails with status {answer.status}")


def _shows_events(code: str, connector: Connector, words: str) -> Rule[Envelope]:
    @rule(code, on=Envelope, in_batches=True)
    def shows_events(envelope: Envelope) -> Iterator[Ruling]:
        if envelope.answer.connector is not connector or envelope.answer.operation is None:
            return
        yield DECIDED
        result = envelope.body.get("result")
        if not envelope.answer.ok or not isinstance(result, dict):
            return
        if result.get("items") or "e" in result:
            yield Hit("/result", f"{words} shows events: {excerpt(result, 120)}")

    return shows_events


unknown_connector_shows_events = _shows_events("MC709", Connector.UNKNOWN, "a connector that does not exist")
foreign_account_shows_events = _shows_events("MC710", Connector.FOREIGN, "another account's path to the connector")


@rule("MC711", on=Answer, in_batches=True)
def undeclared_method_accepted(answer: Answer) -> Iterator[Ruling]:
    """A method that the document does not declare is refused. HEAD and OPTIONS come with HTTP (RFC 9110, 9.3)."""
    if answer.call is None or answer.operation is not None or answer.call.method in ("HEAD", "OPTIONS") or answer.status is None:
        return
    yield DECIDED
    if answer.ok:
        yield Hit("", f"{answer.call.method} is answered with status {answer.status}; the endpoint is read-only")


@rule("MC712", on=Answer, in_batches=True)
def unknown_route_accepted(answer: Answer) -> Iterator[Ruling]:
    """A path that the document does not declare is refused."""
    if answer.call is not None or answer.exchange.intent is None or answer.exchange.request is None or answer.status is None:
        return
    yield DECIDED
    if answer.ok:
        yield Hit("", f"a path that is not part of this API is answered with status {answer.status}; it must be refused")


@rule("MC713", on=Answer, in_batches=True)
def internals_leaked(answer: Answer) -> Iterator[Ruling]:
    """A failure shows no stack trace, file path or database error. It may repeat what the client sent."""
    body = answer.exchange.response.body
    if answer.status is None or answer.status < 400 or not body:
        return
    yield DECIDED
    sent = _sent(answer.exchange.request)
    for what, pattern in _INTERNALS:
        for match in pattern.finditer(body):
            shown = match[0].decode("utf-8", "replace")
            if not any(shown.rstrip(".,;:") in text for text in sent):
                yield Hit("", f"the failure shows {what}: {excerpt(shown, 100)}")
                return


def _sent(request: Request | None) -> tuple[str, ...]:
    """The texts that a client sent in its URL, as they are and decoded."""
    return () if request is None else (request.url, unquote(request.url), unquote(request.url.replace("+", " ")))


@rule("MC714", on=Answer, in_batches=True)
def retry_after_missing(answer: Answer) -> Iterator[Ruling]:
    """429 says in `retry-after` how many seconds to wait."""
    if answer.status != 429 or (answer.exchange.request is None and not answer.exchange.response.headers):
        return
    yield DECIDED
    value = answer.exchange.response.header("retry-after")
    if value is None:
        yield Hit("", "status 429 has no retry-after")
    elif not value.strip().isdecimal():
        yield Hit("", f"retry-after is {excerpt(value)}, but must be a number of seconds")


@rule("MC715", on=Answer, in_batches=True)
def malformed_rate_limit(answer: Answer) -> Iterator[Ruling]:
    """If rate-limit header fields are sent, they have the documented form."""
    for name, keys in (("ratelimit", ("r", "t")), ("ratelimit-policy", ("q", "w"))):
        value = answer.exchange.response.header(name)
        if value is None:
            continue
        yield DECIDED
        for item in value.split(","):
            fields = [part.strip().partition("=") for part in item.split(";")[1:]]
            given = {key: number for key, _, number in fields}
            wrong = [key for key in keys if not given.get(key, "").isdecimal()]
            if wrong:
                yield Hit("", f"{name} is {excerpt(value)}, but must have {' and '.join(wrong)} as a number")
                break


@rule("MC716", on=History)
def fair_request_refused(history: History) -> Iterator[Ruling]:
    """A well-formed request for a connector that has events is answered, if its window was accepted before."""
    accepted, later = _accepted_windows(history), _earliest_after(history)
    shown = _shown(history)
    for order, refusal in history.refusals:
        if not refusal.fair or refusal.status == 429 or refusal.cursor is not None or refusal.call.identity is not None:
            continue
        owner, window = refusal.call.owner, refusal.window
        listed = history.listed.get(owner)
        if owner not in history.full and (listed is None or next(listed.numbers, None) is None):
            continue
        # There may be no latest events: none may have come yet, or all may have expired.
        not_found = refusal.operation == LATEST.operation and refusal.status == NOT_FOUND
        if not_found and not _has_latest(history, owner, shown[owner], order):
            continue
        yield DECIDED
        # A server may refuse windows for their width or their age. A window can become too old during the run.
        before: tuple[Trace, ...] = ()
        if refusal.operation == LIST.operation and window is not None:
            at, trace = accepted.get((owner, window.start, window.end), (order, refusal.trace))
            if at >= order or _is_too_old(later.get(owner, ([], [])), order, window):
                continue
            before = (trace,)
        words = f"{refusal.operation} is refused with status {refusal.status}, but it is well-formed and the connector has events"
        yield Hit("", words, at=refusal.trace, beside=before)
    # Only the sender knows that a request is fair, so a recording of another client decides nothing.
    if history.owners and history.traits:
        yield DECIDED


class _Shown:
    """When answers about one owner showed events, and when it was listed, by the numbers of the exchanges."""

    def __init__(self) -> None:
        self.orders: list[int] = []
        self.newest: list[Identity] = []
        """The newest event that each of these shows."""
        self.lists: list[int] = []


def _shown(history: History) -> dict[Owner, _Shown]:
    found: dict[Owner, _Shown] = {}
    for order, owner, newest in history.shown():
        shown = found.setdefault(owner, _Shown())
        shown.newest.append(newest)
        shown.orders.append(order)
    for order, page in history.pages:
        if page.owner in found:
            found[page.owner].lists.append(order)
    return found


def _has_latest(history: History, owner: Owner, shown: _Shown, order: int) -> bool:
    """Whether events were shown before an exchange, and nothing says that they were gone by then, or they were surely there."""
    index = bisect.bisect_left(shown.orders, order)
    if index == 0:
        return False
    # A list after the last answer that shows events, and before the next, shows none.
    place = bisect.bisect_right(shown.lists, shown.orders[index - 1])
    seem_gone = place < len(shown.lists) and (index == len(shown.orders) or shown.lists[place] < shown.orders[index])
    return not seem_gone or history.was_there(owner, max(shown.newest[:index]), order)


def _accepted_windows(history: History) -> dict[tuple[Owner, int | None, int | None], tuple[int, Trace]]:
    """The first exchange that showed a list of each window, with any filter."""
    found: dict[tuple[Owner, int | None, int | None], tuple[int, Trace]] = {}
    for order, page in history.pages:
        if page.owner is not None and page.window is not None:
            found.setdefault((page.owner, page.window.start, page.window.end), (order, page.trace))
    return found


def _earliest_after(history: History) -> dict[Owner, tuple[list[int], list[int]]]:
    """For each owner, the exchanges that showed lists, and for each of them the earliest `from` of it and all later ones."""
    found: dict[Owner, tuple[list[int], list[int]]] = {}
    for order, page in reversed(history.pages):
        if page.owner is not None and page.window is not None and page.window.start is not None:
            orders, starts = found.setdefault(page.owner, ([], []))
            orders.append(order)
            starts.append(min(page.window.start, starts[-1] if starts else page.window.start))
    return {owner: (orders[::-1], starts[::-1]) for owner, (orders, starts) in found.items()}


def _is_too_old(later: tuple[list[int], list[int]], order: int, window: Window) -> bool:
    """Whether lists that came after a refusal all started later than the window that it refused."""
    orders, starts = later
    index = bisect.bisect_right(orders, order)
    return index < len(orders) and window.start is not None and starts[index] > window.start


@rule("MC717", on=History)
def credential_blamed(history: History) -> Iterator[Ruling]:
    """A valid credential is not refused with 401 because of another fault. A later answer shows that the credential works."""
    # Only a sender knows that the credential is valid.
    if not history.traits:
        return
    works: dict[Owner, int] = {}
    shown = [(order, page.owner) for order, page in history.pages]
    shown += [(order, page.owner) for order, page in history.latest]
    shown += [(order, answer.owner) for order, answer in history.fetched]
    for order, owner in shown:
        if owner is not None:
            works[owner] = max(order, works.get(owner, 0))
    if works:
        yield DECIDED
    for order, refusal in history.refusals:
        if refusal.status == UNAUTHORIZED and not refusal.fair and works.get(refusal.call.owner, 0) > order:
            words = "status 401 refuses the credential, but it works later, so something else is wrong with this request"
            yield Hit("", words, at=refusal.trace)


RULES = (
    no_credential_accepted,
    wrong_credential_accepted,
    malformed_credential_accepted,
    missing_parameter_accepted,
    malformed_parameter_accepted,
    malformed_cursor_accepted,
    malformed_event_id_accepted,
    server_error,
    unknown_connector_shows_events,
    foreign_account_shows_events,
    undeclared_method_accepted,
    unknown_route_accepted,
    internals_leaked,
    retry_after_missing,
    malformed_rate_limit,
    fair_request_refused,
    credential_blamed,
)
