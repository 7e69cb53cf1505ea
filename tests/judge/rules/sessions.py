"""Small sessions of views, and what one rule says of them, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from tests.judge.reading.test_history import HOUR, OWNER, TRACE, page

from mconn_contracts.judge.reading.calls import Call
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import Recorder
from mconn_contracts.judge.reading.views import FetchedEvent, LatestPage, ListPage, Refusal, Summary, Window
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.rule import Hit
from mconn_contracts.model.exchange import Origin, Request, Trace

View = ListPage | LatestPage | FetchedEvent | Refusal
LONG_AGO = 9_999.0
"""When a window that ends at 2000 is long past."""


def ruled(code: str, *views: View) -> list[str]:
    """What the rules over a session say of one: its hits, or that it was decided; each exchange is told by its place."""
    recorder = Recorder()
    for number, view in enumerate(views):
        recorder.add(dataclasses.replace(view, trace=Trace(Origin(entry=number), Request("GET", "http://127.0.0.1"), None)))
    history = recorder.history()
    outcomes = [each for rule in RULES if (rule.code, rule.on) == (code, History) for each in rule.predicate(history)]
    hits = [_words(each) for each in outcomes if isinstance(each, Hit)]
    return hits or (["decided"] if outcomes else [])


def _words(hit: Hit) -> str:
    at = None if hit.at is None else hit.at.origin.entry
    beside, later = ([each.origin.entry for each in traces] for traces in (hit.beside, hit.later))
    weight = "" if hit.at_most.name == "ERROR" else f", {hit.at_most.name.lower()}"
    return f"{at}{hit.pointer} by {beside}{f' and {later}' if later else ''}{weight}: {hit.message}"


def walk(
    *pages: Sequence[int],
    limit: int | None = None,
    leads_on: bool = False,
    window: Window = HOUR,
    started: float | None = LONG_AGO,
    **more: Any,
) -> list[ListPage]:
    """The pages of a list, with the events recorded at these times; the last has no cursor unless the list leads on."""
    found = []
    for index, times in enumerate(pages):
        cursor, following = (f"c{index}" if index else None), f"c{index + 1}"
        leads_to = following if leads_on or index + 1 < len(pages) else None
        each = page(*times, cursor=cursor, leads_to=leads_to, window=window, limit=limit)
        found.append(dataclasses.replace(each, started=started, **more))
    return found


def listing(
    *events: tuple[int, int, int, str],
    window: Window = HOUR,
    cursor: str | None = None,
    leads_to: str | None = None,
    started: float | None = LONG_AGO,
) -> ListPage:
    """A page with items of these `t`, `n`, `a` and kinds."""
    items = tuple(Summary(*each) for each in events)
    each = page(window=window, cursor=cursor, leads_to=leads_to)
    return dataclasses.replace(each, items=items, count=len(items), started=started)


def refused(
    identity: tuple[int, int] | None = None,
    status: int = 404,
    *,
    window: Window | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    fair: bool = False,
) -> Refusal:
    """A refusal of an event, or of a list."""
    path = {"account_id": OWNER[1], "connector_id": OWNER[2]}
    operation = "listEvents"
    if identity is not None:
        path["event_id"], operation = f"{identity[0]}.{identity[1]}", "getEvent"
    call = Call(None, OWNER[0], "GET", path, ())
    return Refusal(TRACE, call, operation, status, window, limit, cursor, own=True, fair=fair)
