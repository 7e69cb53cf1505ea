"""What a run must meet to decide a statement, in words. Reports use it to group undecided statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mconn_contracts.contract.api import ENDPOINTS, GET, LATEST, LIST
from mconn_contracts.contract.document import Document
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
    "MC206": "a successful answer",
    "MC207": "a refusal",
    "MC601": "a request for one event",
    "MC704": "a wrong request",
    "MC705": "a wrong request",
    "MC707": "a wrong request",
    "MC713": "a refusal",
    "MC714": "an answer with status 429",
    "MC715": "an answer with rate-limit fields",
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
    "expect": "a file of expected events whose time is seen whole",
}
_EVERY = tuple(each.operation for each in ENDPOINTS)
_RELATED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "MC501": ((LIST.operation, GET.operation),),
    "MC502": ((LATEST.operation, GET.operation),),
    "MC504": ((LIST.operation, GET.operation), (LIST.operation, LATEST.operation)),
    "MC505": ((LATEST.operation, GET.operation),),
    "MC506": ((LIST.operation, LATEST.operation),),
    "MC508": ((GET.operation,), (LATEST.operation,)),
    "MC514": ((LIST.operation, GET.operation),),
    "MC515": ((LIST.operation, LATEST.operation),),
    "MC711": (_EVERY,),
    "MC712": (_EVERY,),
}
"""The operations that a run must ask for together to decide a statement; each tuple is one way. A statement that belongs to no
operation needs all of them. A statement that is not listed needs the operation that it stands beside, or any.
"""
# If a statement has two rules, the first needs less.
_VIEWS = {rule.code: rule.on for rule in reversed(RULES)}


def decider(statement: Statement) -> str:
    """What would decide a statement, as the end of a sentence that begins with how many statements need it."""
    if statement.code in _BY_CODE:
        return _BY_CODE[statement.code]
    if statement.needs in _BY_NEED:
        return _BY_NEED[statement.needs]
    return _BY_VIEW.get(_VIEWS.get(statement.code, object), "an answer with a JSON body")


def decidable(document: Document, statement: Statement, asked: Collection[str]) -> bool:
    """Whether answers of these operations alone can decide a statement. An empty set stands for all operations."""
    if not asked:
        return True
    beside = tuple((operation.id,) for operation in document.operations if statement.pointer.startswith(f"{operation.pointer}/"))
    ways = _RELATED.get(statement.code, beside)
    return not ways or any(set(way) <= set(asked) for way in ways)
