"""MC5xx: all endpoints agree about every event, and each endpoint does not contradict itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.listed import Listed
from mconn_contracts.judge.reading.sightings import FullAt, ListedAt
from mconn_contracts.judge.reading.views import FetchedEvent, Identity, LatestPage
from mconn_contracts.judge.reading.walk import Owner
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.wire.decoding import excerpt

TOO_MANY_REQUESTS = 429


@rule("MC501", on=History)
def listed_event_refused(history: History) -> Iterator[Ruling]:
    """Every listed event can be fetched."""
    yield from _refused(history, latest=False)


@rule("MC502", on=History)
def latest_event_refused(history: History) -> Iterator[Ruling]:
    """Every latest event can be fetched."""
    yield from _refused(history, latest=True)


def _refused(history: History, *, latest: bool) -> Iterator[Ruling]:
    """Refusals of events that were shown before. Events that only the latest showed are not the list's fault."""
    words = "among the latest" if latest else "listed"

    def sighting(owner: Owner, identity: Identity) -> FullAt | ListedAt | None:
        full = history.among_latest.get(owner, {}).get(identity)
        if latest or full:
            return full[0] if latest and full else None
        return history.listed[owner].first(identity) if owner in history.listed else None

    if any(answer.owner and answer.asked and sighting(answer.owner, answer.asked) for _, answer in history.fetched):
        yield DECIDED
    for order, refusal in history.refusals:
        identity = refusal.call.identity
        if identity is None or refusal.status == TOO_MANY_REQUESTS:
            continue
        shown = sighting(refusal.call.owner, identity)
        if shown is not None and shown.place.order < order and history.was_there(refusal.call.owner, identity, order):
            message = f"event {identity} is {words}, but fetching it is refused with status {refusal.status}"
            # The first list that showed it is usually the widest, which also shows how old the oldest event is that remains.
            remains = history.remains_by(refusal.call.owner, identity)
            yield Hit("", message, at=refusal.trace, beside=(shown.place.trace,), later=(remains,))


@rule("MC503", on=FetchedEvent, in_batches=True)
def wrong_event(answer: FetchedEvent) -> Iterator[Ruling]:
    """A fetched event is the one asked for."""
    if answer.asked is None:
        return
    yield DECIDED
    if answer.event.identity != answer.asked:
        (t, n), asked = answer.event.identity, answer.asked
        field = "t" if t != asked[0] else "n"
        yield Hit(f"/result/{field}", f"the request is for {asked[0]}.{asked[1]}, but the answer has t {t}, n {n}")


@rule("MC504", on=History)
def kind_disagrees(history: History) -> Iterator[Ruling]:
    """An event has the same kind in a list and in full."""
    for identity, listed, full in _pairs(history):
        yield DECIDED
        if listed.item.k != full.event.kind:
            words = f"event {identity} is {excerpt(full.event.kind)} in full, but {excerpt(listed.item.k)} in the list"
            yield Hit(f"{full.place.pointer}/e/k", words, at=full.place.trace, beside=(listed.place.trace,))


@rule("MC505", on=History)
def latest_disagrees(history: History) -> Iterator[Ruling]:
    """An event has the same `e` and `v` among the latest events and when it is fetched."""
    for of_owner in history.full.values():
        # An endpoint may always leave out `v`. Then `v` is not compared.
        versioned = {each.latest for sightings in of_owner.values() for each in sightings if each.event.v is not None}
        for sightings in of_owner.values():
            fetched = [each for each in sightings if not each.latest]
            latest = [each for each in sightings if each.latest]
            if not fetched or not latest:
                continue
            yield DECIDED
            yield from _differences(fetched[0], latest[0], "when it is fetched", "among the latest", versions=len(versioned) == 2)


@rule("MC506", on=History)
def latest_not_newest(history: History) -> Iterator[Ruling]:
    """The latest are the newest events, or the newest of each kind. No newer one is shown elsewhere."""
    for order, page, known in history.latest_beside_listed():
        shown = {event.identity for event in page.items}
        if not known.empty:
            yield DECIDED
        owner = page.owner
        if owner is None:
            continue
        excused = _excused(history, owner, order, page, known)
        newer = known.newest(without=shown | excused)
        if newer is None:
            continue
        if not page.items:
            # The oldest events expire first: if the newest may be gone, all may.
            if history.was_there(owner, newer.identity, order):
                yield Hit("/result/items", f"there are no latest events, but {newer.identity} is listed", at=page.trace)
        elif not shows_newest(page, known, excused) and not shows_newest_of_each_kind(
            page, known, excused | _gone(history, owner, order, page, known)
        ):
            oldest = min(shown)
            words = (
                f"the latest events show {oldest}, but not the newer {newer.identity} ({newer.k}), and they are not the newest "
            )
            words += "of each kind"
            first = history.listed[owner].first(newer.identity)
            yield Hit("/result/items", words, at=page.trace, beside=() if first is None else (first.place.trace,))


def _excused(history: History, owner: Owner, order: int, page: LatestPage, known: Listed) -> set[Identity]:
    """Listed events that are newer than one of the latest, but so recent that caches may not have them yet."""
    shown = {event.identity for event in page.items}
    excused: set[Identity] = set()
    while (newer := known.newest(without=shown | excused)) is not None:
        older_than_all = bool(shown) and newer.identity < min(shown)
        if older_than_all or not history.is_fresh(owner, (newer.t, newer.a), order, page.started):
            break
        excused.add(newer.identity)
    return excused


def _gone(history: History, owner: Owner, order: int, page: LatestPage, known: Listed) -> set[Identity]:
    """The newest listed events of their kinds that may have expired, so that the latest need not show that kind."""
    newest = set(known.newest_of_kind.values()).difference(event.identity for event in page.items)
    return {each for each in newest if not history.was_there(owner, each, order)}


def shows_newest(page: LatestPage, known: Listed, excused: Collection[Identity] = ()) -> bool:
    """Whether the latest events leave out no listed event that is newer than one of them, by `(t, n)` or by `a`."""
    shown = {event.identity for event in page.items}
    without = shown.union(excused)
    newest, last_collected = known.newest(without=without), known.last_collected(without=without)
    if newest is None or last_collected is None or newest.identity < min(shown):
        return True
    listed = [known.item(identity) for identity in shown]
    return all(item is not None and last_collected.a <= item.a for item in listed)


def shows_newest_of_each_kind(page: LatestPage, known: Listed, excused: Collection[Identity] = ()) -> bool:
    """Whether the latest are the newest event of each kind that was listed."""
    shown = {event.kind: event.identity for event in page.items}
    due = {kind: newest for kind, newest in known.newest_of_kind.items() if newest not in excused}
    if len(shown) < max(len(page.items), len(due)):
        return False
    return all(kind in shown and newest <= shown[kind] for kind, newest in due.items())


@rule("MC507", on=History)
def listed_event_changed(history: History) -> Iterator[Ruling]:
    """An event has the same `a` and `k` wherever a list shows it."""
    for of_owner in history.listed.values():
        if of_owner.repeated:
            yield DECIDED
        for identity, (first, *others) in of_owner.changed.items():
            for other in others[:1]:
                field = "a" if first.item.a != other.item.a else "k"
                before, now = getattr(first.item, field), getattr(other.item, field)
                words = f"`{field}` of event {identity} is {excerpt(now)} here, but {excerpt(before)} elsewhere"
                yield Hit(f"{other.place.pointer}/{field}", words, at=other.place.trace, beside=(first.place.trace,))


@rule("MC508", on=History)
def event_changed(history: History) -> Iterator[Ruling]:
    """An event has the same `e` and `v` whenever one endpoint shows it in full."""
    for of_owner in history.full.values():
        for sightings in of_owner.values():
            first: dict[bool, FullAt] = {}
            for each in sightings:
                before = first.setdefault(each.latest, each)
                if before is not each:
                    yield DECIDED
                    yield from _differences(each, before, "here", "elsewhere")


def _differences(one: FullAt, other: FullAt, here: str, there: str, *, versions: bool = True) -> Iterator[Hit]:
    for name, value, before in (("e", one.event.e, other.event.e), ("v", one.event.v, other.event.v)):
        if value != before and (versions or name == "e"):
            words = f"`{name}` of event {one.event.identity} is {_seen(value)} {here}, but {_seen(before)} {there}"
            yield Hit(
                f"{one.place.pointer}/{name}" if value is not None else one.place.pointer,
                words,
                at=one.place.trace,
                beside=(other.place.trace,),
            )


def _seen(value: object) -> str:
    return "absent" if value is None else excerpt(value)


def _pairs(history: History) -> Iterator[tuple[Identity, ListedAt, FullAt]]:
    """Each event that was seen both in a list and in full. If a list disagrees about its kind, that list is chosen."""
    for owner, of_owner in history.full.items():
        listed = history.listed.get(owner)
        for identity, (full, *_) in of_owner.items():
            first = None if listed is None else listed.first(identity)
            if listed is not None and first is not None:
                ways = listed.changed.get(identity, [first])
                yield identity, next((each for each in ways if each.item.k != full.event.kind), first), full


@rule("MC517", on=History)
def head_disagrees(history: History) -> Iterator[Ruling]:
    """If HEAD is answered, it has the status of GET and the same header fields about the content."""
    for head, get in history.heads:
        yield DECIDED
        differing = [name for name, value in head.fields.items() if name in get.fields and get.fields[name] != value]
        if head.status != get.status:
            words = f"HEAD is answered with status {head.status}, but GET with {get.status}"
        elif differing:
            name = differing[0]
            words = f"HEAD says {name} {excerpt(head.fields[name])}, but GET says {excerpt(get.fields[name])}"
        else:
            continue
        yield Hit("", words, at=get.trace, beside=(head.trace,))


RULES = (
    listed_event_refused,
    latest_event_refused,
    wrong_event,
    kind_disagrees,
    latest_disagrees,
    latest_not_newest,
    listed_event_changed,
    event_changed,
    head_disagrees,
)
