"""What a run has to meet for a statement to be decided, in words: reports count by it what was left undecided."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Envelope, FetchedEvent, LatestPage, ListPage
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.model.finding import Statement

_BY_CODE: Mapping[str, str] = {
    "MC007": "a body with a content coding",
    "MC011": "a HEAD request",
    "MC517": "a HEAD request",
    "MC202": "a refusal",
    "MC204": "a response body in its envelope",
    "MC205": "a refusal",
    "MC206": "an answer with its status",
    "MC207": "an answer with its status",
    "MC601": "a request for one event",
    "MC704": "a request that is wrong",
    "MC705": "a request that is wrong",
    "MC707": "a request that is wrong",
    "MC713": "a refusal",
    "MC714": "a 429",
    "MC715": "an answer with fields of a rate limit",
}
_BY_VIEW: Mapping[type, str] = {
    ListPage: "a list with events",
    LatestPage: "the latest events",
    FetchedEvent: "a fetched event",
    Envelope: "a response body in its envelope",
    History: "several answers about a connector with events",
}
_BY_NEED: Mapping[str, str] = {
    "live": "a live run (`mconn test`)",
    "request": "a recorded request",
    "pin": "a behavior file",
}
# Of two rules of a statement, the first needs less.
_VIEWS = {rule.code: rule.on for rule in reversed(RULES)}


def decider(statement: Statement) -> str:
    """What would decide a statement, as the end of a sentence that begins with how many need it."""
    if statement.code in _BY_CODE:
        return _BY_CODE[statement.code]
    if statement.needs in _BY_NEED:
        return _BY_NEED[statement.needs]
    return _BY_VIEW.get(_VIEWS.get(statement.code, object), "an answer with such a body")
