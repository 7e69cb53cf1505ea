"""The choices of a server where nothing is documented, as far as a session shows them. They are observed, never judged."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mconn_contracts.contract.api import GET, LARGEST_INTEGER
from mconn_contracts.judge.reading.events import sorted_by
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.listed import Listed
from mconn_contracts.judge.reading.order import directions, disorder
from mconn_contracts.judge.reading.sightings import Listings
from mconn_contracts.judge.reading.views import AnswerTraits, LatestPage, ListPage, Refusal, Window
from mconn_contracts.judge.reading.walk import Owner, Walk
from mconn_contracts.judge.rules.agreement import shows_newest, shows_newest_of_each_kind
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.judge.rules.walks import count_meanings
from mconn_contracts.judge.rules.windows import BOUNDS, evidence_on_bound
from mconn_contracts.model.exchange import Connector, Credential, Trace


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of a server, and the exchanges that show it.

    `certain` is False if more data could show more, such as a largest limit that no page has reached. Such a choice is
    reported, but never compared with a later run.
    """

    name: str
    value: str
    shown_by: tuple[Trace, ...] = ()
    certain: bool = True


_LONGEST_KIND = 64
"""The most letters of an unknown kind. A longer one may be refused for its length."""

Observer = Callable[[History, Sequence[str]], Iterator[Choice]]


def observe(history: History, kinds: Sequence[str]) -> tuple[Choice, ...]:
    """The choices that a session shows, in a fixed order. `kinds` are the kinds that the document declares."""
    return tuple(choice for observer in OBSERVERS for choice in observer(history, kinds))


@dataclass(frozen=True, slots=True)
class PinnedBehavior:
    """The choices that a run showed, and the values that an earlier run pinned, by name."""

    choices: tuple[Choice, ...]
    pinned: Mapping[str, str]


@rule("MC516", on=PinnedBehavior)
def behavior_changed(behavior: PinnedBehavior) -> Iterator[Ruling]:
    """Where nothing is documented, the server makes the same choices as before."""
    for choice in behavior.choices:
        before = behavior.pinned.get(choice.name)
        if before is None or not choice.certain:
            continue
        yield DECIDED
        if before != choice.value and not _overlap(before, choice.value):
            *beside, at = choice.shown_by
            words = f"{choice.name} is now {choice.value!r}, but the behavior file says {before!r}"
            yield Hit("", words, at=at, beside=tuple(beside))


RULES = (behavior_changed,)


def _overlap(before: str, now: str) -> bool:
    """Whether two values are ranges that have a number in common, which may be what the server chose in both runs."""
    ranges = [_RANGE.fullmatch(each) for each in (before, now)]
    bounds = [(int(each[1]), int(each[2] or each[1])) for each in ranges if each is not None]
    return len(bounds) == 2 and max(low for low, _ in bounds) <= min(high for _, high in bounds)


_RANGE = re.compile("([0-9]+)(?: to ([0-9]+))?", re.ASCII)


def _order(history: History, _: Sequence[str]) -> Iterator[Choice]:
    longest = max(history.walks, key=lambda walk: len(walk.distinct), default=None)
    if longest is None:
        return
    items = longest.distinct.items
    by_t, by_a = directions(item.t for item in items), directions(item.a for item in items)
    if len(by_t) == 2:
        return
    found = disorder(items)
    if found is None and by_t:
        value = _WAYS[next(iter(by_t))]
    elif found is None:
        value = f"{_WAYS[next(iter(by_a))]} by a"
    elif by_t == {-1}:
        value = "descending, n ascending"
    else:
        value = "neither by t nor by a"
    yield Choice("order", value, _of(longest))


_WAYS = {1: "ascending", -1: "descending"}


def _window(history: History, _: Sequence[str]) -> Iterator[Choice]:
    for owner in history.owners:
        fields = history.times(owner)
        if len(fields) != 1:
            continue
        (field,) = fields
        pages = [page for _, page in history.pages if page.owner == owner and _tells_times_apart(page, field)]
        if pages:
            yield Choice("window_time", field, (pages[0].trace,))
        for bound in BOUNDS:
            included, excluded = evidence_on_bound(history, owner, bound)
            if included and not excluded:
                yield Choice(f"window_{bound}", "inclusive", _of(included))
            elif excluded and not included:
                yield Choice(f"window_{bound}", "exclusive", (*_of(excluded[0]), excluded[1].place.trace))
        return


def _tells_times_apart(page: ListPage, field: str) -> bool:
    """Whether a page has an event that lies in the window by this time, but not by the other."""
    if page.window is None or page.window.start is None or page.window.end is None:
        return False
    start, end, other = page.window.start, page.window.end, "a" if field == "t" else "t"
    return any(not start <= getattr(item, other) <= end for item in page.items)


def _count(history: History, _: Sequence[str]) -> Iterator[Choice]:
    for walk in _whole_walks(history):
        meanings = count_meanings(walk)
        if len(walk.pages) > 1 and len(meanings) == 1:
            yield Choice("count", next(iter(meanings)), _of(walk))
            return


def _limits(history: History, _: Sequence[str]) -> Iterator[Choice]:
    full = next((walk for walk in history.walks if walk.limit is None and _page_size(walk)), None)
    without = [page for _, page in history.pages if page.limit is None and not page.follows]
    if full:
        yield Choice("default_limit", str(_page_size(full)), _of(full))
    elif without:
        largest = max(without, key=lambda page: len(page.items))
        yield from _at_least("default_limit", len(largest.items), largest.trace)
    yield from _largest_limit(history)


def _largest_limit(history: History) -> Iterator[Choice]:
    asked = [(page.limit, page) for _, page in history.pages if page.limit is not None and page.limit > 0]
    clamped = next((walk for walk in history.walks if walk.limit is not None and 0 < _page_size(walk) < walk.limit), None)
    if clamped:
        yield Choice("largest_limit", str(_page_size(clamped)), _of(clamped))
        yield Choice("over_limit", "clamped", _of(clamped))
        return
    if not asked:
        return
    largest, accepted = max(asked, key=lambda each: each[0])
    # Above the largest integer that the document declares, a server refuses the number, not the limit.
    refused = [
        (refusal.limit, refusal)
        for _, refusal in history.refusals
        if refusal.limit is not None
        and largest < refusal.limit <= LARGEST_INTEGER
        and refusal.cursor is None
        and _usual(refusal.window)
    ]
    if not refused:
        most = max(len(page.items) for _, page in asked)
        yield from _at_least("largest_limit", most, accepted.trace)
        return
    least, over = min(refused, key=lambda each: each[0])
    yield Choice("largest_limit", f"{largest} to {least - 1}", (accepted.trace, over.trace))
    yield Choice("over_limit", f"refused with {over.status}", (over.trace,))


def _at_least(name: str, most: int, shown_by: Trace) -> Iterator[Choice]:
    """A limit of which only the most events on a page are known. Pages without events show nothing of it."""
    if most:
        yield Choice(name, f"at least {most}", (shown_by,), certain=False)


def _page_size(walk: Walk) -> int:
    """The size of a full page of a walk: the first page, if another page with events follows it. 0 if that is not known."""
    first, *others = walk.pages
    return len(first.items) if others and others[0].items else 0


def _last_page(history: History, _: Sequence[str]) -> Iterator[Choice]:
    """Which page is the last: the last page with events, the first that is not full, or an empty one."""
    found: dict[str, Walk] = {}
    for walk in _whole_walks(history):
        *before, last = walk.pages
        size = _page_size(walk) or walk.limit
        if last.items and len(last.items) == size:
            found.setdefault("the last with events", walk)
        elif before and not last.items and len(before[-1].items) == size:
            found.setdefault("the first that is not full", walk)
        elif not last.items and _page_size(walk):
            found.setdefault("an empty one", walk)
    for value in ("an empty one", "the first that is not full", "the last with events"):
        if value in found:
            yield Choice("last_page", value, _of(found[value], last=True))
            return


def _unknown_kind(history: History, kinds: Sequence[str]) -> Iterator[Choice]:
    known = {*kinds, *(item.k for _, page in history.pages for item in page.items)}

    def unknown(window: Window | None) -> bool:
        if window is None or window.kind is None:
            return False
        return window.kind.isalpha() and len(window.kind) <= _LONGEST_KIND and window.kind not in known

    yield from _asked_for(history, "unknown_kind", unknown)


def _reversed_window(history: History, _: Sequence[str]) -> Iterator[Choice]:
    def is_reversed(window: Window | None) -> bool:
        return window is not None and window.start is not None and window.end is not None and window.start > window.end

    yield from _asked_for(history, "reversed_window", is_reversed)


def _asked_for(history: History, name: str, meant: Callable[[Window | None], bool]) -> Iterator[Choice]:
    """How lists with such a window are answered: with an empty page, or with a refusal."""
    answers = [(order, "refused with " + str(each.status), each.trace) for order, each in history.refusals if meant(each.window)]
    answers += [
        (order, "shows events" if page.items else "empty", page.trace) for order, page in history.pages if meant(page.window)
    ]
    if answers:
        _, value, trace = min(answers, key=lambda answer: answer[0])
        yield Choice(name, value, (trace,))


def _refused_windows(history: History, _: Sequence[str]) -> Iterator[Choice]:
    """Which windows a server refuses: because of their width, because they start too long ago, or end in the future."""
    limits = {None, *(str(page.limit) for _, page in history.pages)}
    accepted = {bounds for _, page in history.pages if (bounds := _bounds_of(page.window)) is not None}
    refused: list[tuple[int, int, Refusal]] = []
    for _number, refusal in history.refusals:
        bounds = _bounds_of(refusal.window)
        if bounds is not None and refusal.cursor is None and refusal.call.first("limit") in limits:
            refused.append((*bounds, refusal))
    if not accepted:
        return
    widths, first, last = [end - start for start, end in accepted], min(accepted)[0], max(end for _, end in accepted)
    narrow = [(end - start, each) for start, end, each in refused if end - start < min(widths)]
    wide = [(end - start, each) for start, end, each in refused if end - start > max(widths) and end <= last]
    usual = [(start, end, each) for start, end, each in refused if min(widths) <= end - start <= max(widths)]
    old = [each for start, end, each in usual if start < first]
    future = [each for _, end, each in usual if end > last]
    # A window that starts before the oldest accepted one may be refused for its age.
    if wide and not old:
        width, each = min(wide, key=lambda one: one[0])
        yield Choice("widest_window", f"{max(widths)} to {width - 1} seconds", (each.trace,), certain=False)
    if narrow:
        width, each = max(narrow, key=lambda one: one[0])
        yield Choice("narrowest_window", f"{width + 1} to {min(widths)} seconds", (each.trace,), certain=False)
    for name, found in (("old_window", old), ("future_window", future)):
        if found:
            yield Choice(name, f"refused with {found[0].status}", (found[0].trace,))


def _bounds_of(window: Window | None) -> tuple[int, int] | None:
    """The bounds of a window without a filter, if they are in order."""
    if window is None or window.start is None or window.end is None or window.kind:
        return None
    # Above the largest integer that the document declares, a server refuses the number, not the window.
    return (window.start, window.end) if 0 <= window.start < window.end <= LARGEST_INTEGER else None


def _latest(history: History, _: Sequence[str]) -> Iterator[Choice]:
    found: dict[int, Choice] = {}
    pages: dict[Owner, list[tuple[int, LatestPage]]] = {}
    for order, page in history.latest:
        if page.owner is not None and page.items:
            pages.setdefault(page.owner, []).append((order, page))
    for owner, of_owner in pages.items():
        if owner in history.listed:
            found |= _latest_of(history.listed[owner], of_owner)
    if found:
        yield found[max(found)]
    for _order_seen, page in history.latest:
        identities = [event.identity for event in page.items]
        if len(identities) > 1 and identities in (sorted(identities), sorted(identities, reverse=True)):
            ascending = identities[0] < identities[-1]
            yield Choice("latest_order", "ascending" if ascending else "descending", (page.trace,))
            return


def _latest_of(listings: Listings, pages: list[tuple[int, LatestPage]]) -> Iterator[tuple[int, Choice]]:
    """What each answer of one owner shows about which events are the latest, with the answer's order."""
    identity_of = listings.events.identity
    known = Listed(listings.events)
    items, number = sorted_by(array("i", listings.numbers), identity_of), 0
    for order, page in sorted(pages, key=lambda each: max(event.identity for event in each[1].items)):
        shown = {event.identity for event in page.items}
        newest_shown = max(shown)
        # Events that are newer than all of these came later.
        end = bisect_right(items, newest_shown, lo=number, key=identity_of)
        known.add(items[number:end])
        number = end
        newest, of_kinds = shows_newest(page, known), shows_newest_of_each_kind(page, known)
        if newest != of_kinds and known.newest(without=shown) is not None:
            yield order, Choice("latest", f"the newest {len(shown)}" if newest else "the newest of each kind", (page.trace,))


def _strange_connectors(history: History, _: Sequence[str]) -> Iterator[Choice]:
    for connector, name in ((Connector.UNKNOWN, "unknown_connector"), (Connector.FOREIGN, "foreign_account")):
        found = [(each, trace) for each, trace in history.traits.items() if each.connector is connector]
        found = [(each, trace) for each, trace in found if each.operation != GET.operation] or found
        yield from _ways(name, found, lambda each: "empty" if each.ok else f"refused with {each.status}")


def _credentials(history: History, _: Sequence[str]) -> Iterator[Choice]:
    for credential in (Credential.ABSENT, Credential.WRONG, Credential.MALFORMED):
        found = [(each, trace) for each, trace in history.traits.items() if each.credential is credential]
        yield from _ways(f"{credential.value}_credential", found, lambda each: str(each.status))


def _writing(history: History, _: Sequence[str]) -> Iterator[Choice]:
    own = [(each, trace) for each, trace in history.traits.items() if each.credential is Credential.VALID]
    results = [(each, trace) for each, trace in own if each.ok]
    failures = [(each, trace) for each, trace in own if each.status >= 400]
    numbers = [(each, trace) for each, trace in results if each.integral_floats is not None]
    yield from _ways("numbers", numbers, lambda each: "3.0" if each.integral_floats else "3")
    yield from _ways("success_members", results, lambda each: _names(each.members & {"errors", "messages"}))
    yield from _ways("failure_members", failures, lambda each: _names(each.members & {"messages", "result"}))
    yield from _ways("rate_limit_fields", results, lambda each: "sent" if each.rate_limits else "not sent")
    # Small bodies may be sent without a coding, so this can change with the data.
    for choice in _ways("content_coding", results, lambda each: each.coding):
        yield replace(choice, certain=False)


def _part_seen(history: History, _: Sequence[str]) -> Iterator[Choice]:
    """If a walk was given up, for example because requests ran out: which windows were seen whole, and which in part."""
    bounded = [(bounds, walk) for walk in history.walks if (bounds := _bounds_of(walk.window)) is not None]
    whole = [(bounds, walk) for bounds, walk in bounded if walk.ended]
    given_up = [
        (bounds, walk)
        for bounds, walk in bounded
        if len(walk.pages) > 1 and not any(_covers(outer, bounds) for outer, _ in whole)
    ]
    if not given_up:
        return
    (start, end), part = max(given_up, key=lambda each: each[0][1] - each[0][0])
    inside = [(bounds, walk) for bounds, walk in whole if walk.owner == part.owner and _covers((start, end), bounds)]
    seen = max(inside, key=lambda each: len(each[1].distinct), default=None)
    listings = history.listed[part.owner]
    shown = sum(start <= listings.events.t[number] <= end for number in listings.numbers)
    words, shown_by = f"{shown} events of {start} to {end}, which has more", _of(part)[:1]
    if seen is not None:
        (first, last), walk = seen
        words += f"; {len(walk.distinct)} events of {first} to {last}, which are all"
        shown_by += _of(walk)[:1]
    yield Choice("part_seen", words, shown_by, certain=False)


def _covers(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    """Whether both bounds of a window lie in another one."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _ways(name: str, found: Iterable[tuple[AnswerTraits, Trace]], word: Callable[[AnswerTraits], str]) -> Iterator[Choice]:
    """One choice from the ways in which requests of one sort were answered. If the ways differ, it names all of them."""
    ways: dict[str, Trace] = {}
    for traits, trace in found:
        ways.setdefault(word(traits), trace)
    if ways:
        yield Choice(name, ", ".join(sorted(ways)), tuple(ways[way] for way in sorted(ways))[:3])


def _names(names: Iterable[str]) -> str:
    return " and ".join(sorted(names)) or "none"


def _whole_walks(history: History) -> Iterator[Walk]:
    return (walk for walk in history.walks if walk.complete and (walk.owner, walk.window) not in history.grown)


def _usual(window: Window | None) -> bool:
    """Whether nothing but the limit of a refused list is unusual."""
    return window is not None and window.start is not None and window.end is not None and window.start <= window.end


def _of(walk: Walk, *, last: bool = False) -> tuple[Trace, ...]:
    return tuple(page.trace for page in (walk.pages[-2:] if last else walk.pages[:2]))


OBSERVERS: tuple[Observer, ...] = (
    _order,
    _window,
    _count,
    _limits,
    _last_page,
    _latest,
    _refused_windows,
    _unknown_kind,
    _reversed_window,
    _strange_connectors,
    _credentials,
    _writing,
    _part_seen,
)
"""Everything that can be observed, in the order of the report."""
