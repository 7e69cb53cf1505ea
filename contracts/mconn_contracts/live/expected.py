"""The file of `--expect`: the expected events, from any recording that `mconn validate` reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import Batch, LeftOut, ReadOptions, Unreadable
from mconn_contracts.captures.source import Input, label
from mconn_contracts.contract.api import LARGEST_INTEGER, SUMMARY
from mconn_contracts.errors import InputError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.views import Answer, Event, FetchedEvent, Identity, LatestPage, ListPage, Summary
from mconn_contracts.model.exchange import Exchange

_SHORT = 64
"""Bytes that a file with nothing but `[]` has at most."""


def read_expected(path: Path, plan: Plan, connector_id: str) -> Mapping[Identity, ExpectedEvent]:
    """The events of a recording, by identity. If the recording has requests, only the events of the connector.

    None are expected if the file is `[]`, or has an empty page and no request. InputError if it cannot be read to its end, a
    payload is not an event, two payloads contradict each other, or the last page of a list is not in it.
    """
    if _is_empty_array(path):
        return {}
    found: dict[Identity, ExpectedEvent] = {}
    seen: dict[type, set[Identity]] = {LatestPage: set(), FetchedEvent: set()}
    versioned: set[type] = set()
    unfinished = ""
    ended = none = False
    for exchange in _exchanges(path):
        answer = plan.reader.read(exchange)
        if answer.foreign or not exchange.own or (answer.call and answer.call.path.get("connector_id") != connector_id):
            continue
        if exchange.request is None and _is_empty_page(answer):
            # It may also be the last page of a list.
            none = ended = True
            unfinished = ""
            continue
        shown = list(_shown(answer, plan))
        if exchange.request is None and not any(
            isinstance(each, (ListPage, LatestPage, FetchedEvent, Summary)) for each in shown
        ):
            raise InputError(f"{_place(exchange)}: {_why(answer)}")
        for page in (each for each in shown if isinstance(each, ListPage)):
            # A recording of a run has lists that were left in the middle, beside a whole one.
            ended = (ended and exchange.request is not None) or page.next_cursor is None
            unfinished = "" if ended else _place(exchange)
        for each in shown:
            try:
                _add(found, each, answer)
            except ValueError as error:
                raise InputError(f"{_place(exchange)}: an event stands there twice, with different {error}") from None
            for event in _events(each):
                seen[type(each)].add(event.identity)
                if event.v is not None:
                    versioned.add(type(each))
    if unfinished:
        raise InputError(
            f"{unfinished}: this page of a list has a cursor, so more events follow it; "
            "give all pages, one after the other, or the events as NDJSON"
        )
    if not found and not none:
        raise InputError(
            f"{label(path)}: there is no event in it, so nothing to expect; a file with [] says that no event is there"
        )
    # An endpoint may always leave out `v`. Then `v` is not compared.
    told = set().union(*(seen[kind] for kind in versioned))
    return {identity: replace(event, versioned=identity in told) for identity, event in found.items()}


def _is_empty_array(path: Path) -> bool:
    """Whether a file is `[]`. No recording looks like that."""
    try:
        with path.open("rb") as file:
            return b"".join(file.read(_SHORT).split()) == b"[]" and not file.read(1)
    except OSError:
        # Whoever reads the recording says why it cannot be read.
        return False


def _is_empty_page(answer: Answer) -> bool:
    """Whether a body is a page of events, in its envelope or bare, that says that there are none."""
    body = None if answer.decoded is None or answer.defects else answer.decoded.value
    page = body.get("result") if answer.enveloped and isinstance(body, Mapping) else body
    if not isinstance(page, Mapping) or "items" not in page:
        return False
    return len(page["items"]) == 0 == page.get("count") and page.get("cursor") is None


def _exchanges(path: Path) -> Iterator[Exchange]:
    for record in records(Input(label(path), path), ReadOptions()):
        if isinstance(record, Exchange):
            yield record
        elif isinstance(record, Batch):
            yield from record.exchanges()
        elif isinstance(record, Unreadable):
            raise InputError(f"{record.origin.source}: line {record.origin.line}: {record.message}")
        elif isinstance(record, LeftOut):
            raise InputError(f"{label(path)}: no recording of this API: {record.kind}")


def _shown(answer: Answer, plan: Plan) -> Iterator[object]:
    yield from plan.reader.views(answer)
    body = None if answer.decoded is None else answer.decoded.value
    if (
        answer.exchange.declared == SUMMARY
        and isinstance(body, Mapping)
        and all(each.kind.keeps_shape for each in answer.defects)
    ):
        yield Summary(int(body["t"]), int(body["n"]), int(body["a"]), body["k"])


def _events(view: object) -> Iterator[Event]:
    if isinstance(view, LatestPage):
        yield from view.items
    elif isinstance(view, FetchedEvent):
        yield view.event


def _add(found: dict[Identity, ExpectedEvent], view: object, answer: Answer) -> None:
    for item in view.items if isinstance(view, ListPage) else [view] if isinstance(view, Summary) else ():
        found[item.identity] = found.get(item.identity, ExpectedEvent(item.t, item.n)).with_summary(item)
    for event in _events(view):
        found[event.identity] = found.get(event.identity, ExpectedEvent(event.t, event.n)).with_event(event)
    if isinstance(view, FetchedEvent) and not answer.enveloped and answer.decoded is not None:
        # As `mconn serve --events` takes them: with the time of collection.
        collected = answer.decoded.value.get("a")
        if type(collected) is int and 0 <= collected <= LARGEST_INTEGER:
            t, n = identity = view.event.identity
            found[identity] = found[identity].with_summary(Summary(t, n, collected, view.event.kind))


def _place(exchange: Exchange) -> str:
    origin = exchange.origin
    entry = "" if origin.entry is None else f", entry {origin.entry}"
    return f"{origin.source}: line {origin.line}{entry}"


def _why(answer: Answer) -> str:
    defect = next((each for each in answer.defects if not each.kind.keeps_shape), None)
    if defect is None:
        return "there is no event in it"
    return f"this is no event: {f'{defect.pointer}: ' if defect.pointer else ''}{defect.message}"
