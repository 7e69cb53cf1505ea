"""The events that a run has seen, as the reference server keeps them; and events that would show more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Event, Identity, Summary
from mconn_contracts.model.power import Seen
from mconn_contracts.server.data.events import KINDS, StoredEvent
from mconn_contracts.server.data.lifecycle import CONNECTOR_ID, END

MOST_EVENTS = 150
"""Events that are taken, the newest: more than a page of the reference server has."""
_MANY = 130
_PAUSE, _DAY = 600, 86_400
_URL = "https://upgrades.example.com/mconn/bundle.img"
_VERSION = "2026.1.0"


def observed(history: History) -> tuple[list[StoredEvent], Seen]:
    """The newest events of what was shown, of declared kinds, in order of time; and how much was shown in all."""
    listed: dict[Identity, Summary] = {}
    full: dict[Identity, Event] = {}
    for listings in history.listed.values():
        listed |= {listings.events.identity(number): listings.events.summary(number) for number in listings.numbers}
    for of_owner in history.full.values():
        for identity, sightings in of_owner.items():
            full[identity] = next((each.event for each in sightings if each.event.v is not None), sightings[0].event)
    kinds = {identity: item.k for identity, item in listed.items()} | {identity: event.kind for identity, event in full.items()}
    newest = sorted((identity for identity, kind in kinds.items() if kind in KINDS), reverse=True)[:MOST_EVENTS]
    pages = max((len(walk.pages) for walk in history.walks), default=0)
    events = [_stored(identity, listed.get(identity), full.get(identity)) for identity in reversed(newest)]
    return events, Seen(len(kinds), len(set(kinds.values())), pages, len(events))


def _stored(identity: Identity, item: Summary | None, event: Event | None) -> StoredEvent:
    t, n = identity
    e: Mapping[str, object] = {"k": item.k} if event is None and item is not None else event.e if event is not None else {}
    if e["k"] == "StartUpgrade":
        e = {"url": _URL, **e}
    return StoredEvent(CONNECTOR_ID, t, n, t if item is None else item.a, e, None if event is None else event.v)


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Events that show more: what to do for that, as the end of a sentence, and the events with it."""

    words: str
    enrich: Callable[[Sequence[StoredEvent]], list[StoredEvent]]


def _after(events: Sequence[StoredEvent], kinds: Sequence[str], pause: int = _PAUSE, v: str | None = None) -> list[StoredEvent]:
    """The events, and one of each of these kinds, one after the other."""
    added = list(events)
    newest = events[-1] if events else StoredEvent(CONNECTOR_ID, END - 10 * _DAY, 0, END - 10 * _DAY, {})
    version = v or next((each.v for each in reversed(events) if each.v is not None), None)
    for number, kind in enumerate(kinds, 1):
        e = {"k": kind, "url": _URL} if kind == "StartUpgrade" else {"k": kind}
        added.append(StoredEvent(CONNECTOR_ID, newest.t + number * pause, 0, newest.a + number * pause, e, version))
    return added


def _has_crowd(events: Sequence[StoredEvent]) -> bool:
    """Whether a second has several events, with others around it."""
    crowds = Counter(each.t for each in events)
    return len(crowds) > 2 and max(crowds.values()) > 2


def _every_kind(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    missing = [kind for kind in KINDS if kind not in {each.kind for each in events}]
    return _after(events, missing)


def _crowded(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """The newest second has three more events."""
    if _has_crowd(events):
        return list(events)
    base = _after(events, ["Init", "Reconcile"])
    newest = base[-1]
    return base + [replace(newest, n=newest.n + number, e={"k": "Reconcile"}) for number in (1, 2, 3)]


def _many(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    return _after(events, ["Reconcile"] * max(0, _MANY - len(events)))


def _versioned(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    if len({each.v for each in events} - {None}) > 1:
        return list(events)
    return _after(
        [replace(each, v=None) if not index else each for index, each in enumerate(events)], ["Init", "Reconcile"], v=_VERSION
    )


def _over_days(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    if events and events[-1].t - events[0].t > 2 * _DAY:
        return list(events)
    return _after(events, ["Init", "Reconcile", "Reconcile", "Leave"], _DAY)


def _all(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    for each in ENRICHMENTS[:-1]:
        events = each.enrich(events)
    return list(events)


ENRICHMENTS = (
    Enrichment("record an event of each kind", _every_kind),
    Enrichment("record several events in one second", _crowded),
    Enrichment("record events that have a version `v`", _versioned),
    Enrichment("record events on several days", _over_days),
    Enrichment("record more events than a page has", _many),
    Enrichment("do all of these at once", _all),
)
"""What a connector could record besides, in the order in which it is tried."""
