"""What a session keeps of its exchanges, within a bound, so that rules can relate them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from mconn_contracts.judge.reading.events import Events
from mconn_contracts.judge.reading.history import History, traits_of
from mconn_contracts.judge.reading.views import (
    Answer,
    AnswerTraits,
    Event,
    FetchedEvent,
    Header,
    Identity,
    LatestPage,
    ListPage,
    Refusal,
)
from mconn_contracts.model.exchange import Credential, Trace

MOST_BYTES = 256 * 1024 * 1024
"""The approximate limit of a session's memory, in bytes. Walks that are open then may take as much again."""
EXCHANGE_BYTES = 1_000
"""What an exchange takes without its events and texts, with what it takes to conclude it."""
LISTED_BYTES = 40
"""What an event takes in a list: some 24 bytes to keep it, and 10 to 20 to conclude."""
FULL_BYTES = 700
"""What an event takes in full, beside what it says."""
_SAID_BYTES = 8
"""What a byte of JSON takes when it is decoded, at most about."""
_TEXT_BYTES = 2
"""What a character of a text takes: URLs are kept as they are, and once more as cursors."""

Related = ListPage | LatestPage | FetchedEvent | Refusal
"""The views that rules relate to each other."""


class Recorder:
    """Keeps the views of a session that relate to each other, in the order of its exchanges; views of other connectors
    than one's own are left out.

    Past `most` bytes of memory, only pages that go on with an open walk are kept, and past twice as many, nothing:
    `unrelated` counts the views that were left out for that. What is kept is sound by itself, like a recording that was
    ended there. Listed events are kept in columns, and what is the same in many exchanges is kept once.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.unrelated = 0
        self._most = most
        self.size = 0
        """About how much memory it takes, in bytes."""
        self._views: list[Related] = []
        self._traits: dict[AnswerTraits, Trace] = {}
        self._asked_heads: dict[str, Header] = {}
        self._heads: list[tuple[Header, Header]] = []
        self._open: set[object] = set()
        """What asks for the next page of each walk that has one."""
        self._history: History | None = None
        self._events: dict[object, Events] = {}
        """The listed events of each owner."""
        self._full: dict[tuple[object, Identity], Event] = {}
        """The events in full, as they were seen last."""
        self._shared: dict[Any, Any] = {}
        """What many exchanges have alike."""

    @property
    def amid_a_walk(self) -> bool:
        """Whether a walk has a next page that was not asked for yet."""
        return bool(self._open)

    def add(self, view: object) -> None:
        """Keep one view of the session's next exchange, if rules can relate it."""
        if isinstance(view, Answer):
            self._note_head(view)
            traits = traits_of(view)
            if traits is not None and traits not in self._traits and self._has_room(view):
                self._traits[traits] = view.trace
                self._history = None
        elif isinstance(view, Related) and view.own and _relates(view) and self._has_room(view):
            self._keep(view)

    def reorder(self, rank: Mapping[int, int]) -> None:
        """Put the views in another order, which gives the rank of each entry."""
        places = {id(view): place for place, view in enumerate(self._views)}

        def ranked(view: Related) -> int:
            entry = view.trace.origin.entry
            return places[id(view)] if entry is None else rank.get(entry, places[id(view)])

        self._views.sort(key=ranked)
        self._history = None

    @property
    def sources(self) -> frozenset[str]:
        """Where what was kept came from."""
        return frozenset(view.trace.origin.source for view in self._views)

    def emptied(self) -> Recorder:
        """A recorder of the same bound that has left out all that this one was given."""
        recorder = Recorder(self._most)
        recorder.unrelated = self.unrelated + len(self._views)
        return recorder

    def history(self) -> History:
        """What was kept so far."""
        if self._history is None:
            views = list(enumerate(self._views, 1))
            self._history = History(
                pages=tuple((order, view) for order, view in views if isinstance(view, ListPage)),
                latest=tuple((order, view) for order, view in views if isinstance(view, LatestPage)),
                fetched=tuple((order, view) for order, view in views if isinstance(view, FetchedEvent)),
                refusals=tuple((order, view) for order, view in views if isinstance(view, Refusal)),
                traits=dict(self._traits),
                heads=tuple(self._heads),
            )
        return self._history

    def _note_head(self, answer: Answer) -> None:
        """Keep the answer to a probe's HEAD, and that to the GET which follows it."""
        request, intent = answer.exchange.request, answer.exchange.intent
        # What is asked to wait is asked again.
        if request is None or answer.status in (None, 429) or intent is None or intent.credential is not Credential.VALID:
            return
        if request.method == "HEAD" and answer.call is not None and (answer.ok or answer.redirected):
            self._asked_heads[request.url] = header_of(answer)
        elif request.method == "GET" and request.url in self._asked_heads:
            self._heads.append((self._asked_heads.pop(request.url), header_of(answer)))
            self._history = None

    def _keep(self, view: Related) -> None:
        self._history = None
        if isinstance(view, ListPage):
            self._open.discard(view.step(view.cursor))
            if view.next_cursor:
                self._open.add(view.step(view.next_cursor))
            view = self._in_columns(view)
        elif isinstance(view, LatestPage):
            view = replace(view, items=tuple(self._once(view.owner, event) for event in view.items))
        elif isinstance(view, FetchedEvent):
            view = replace(view, event=self._once(view.owner, view.event))
        request = view.trace.request
        if request is not None:
            self.size += _TEXT_BYTES * len(request.url)
            if request.headers not in self._shared:
                self.size += sum(_TEXT_BYTES * (len(name) + len(value)) for name, value in request.headers)
            sent = self._shared.setdefault(request.headers, request.headers)
            view = replace(view, trace=replace(view.trace, request=replace(request, headers=sent)))
        self._views.append(view)

    def _in_columns(self, page: ListPage) -> ListPage:
        """A page with its events in the columns of their owner."""
        owner = self._shared.setdefault(page.owner, page.owner)
        window = self._shared.setdefault(page.window, page.window)
        events = self._events.setdefault(owner, Events())
        kinds = len(events.kinds)
        items = events.add(page.items)
        self.size += LISTED_BYTES * len(items) + FULL_BYTES * len(items.differing)
        self.size += sum(FULL_BYTES + _TEXT_BYTES * len(kind) for kind in events.kinds[kinds:])
        return replace(page, owner=owner, window=window, items=items)

    def _once(self, owner: object, event: Event) -> Event:
        """The event that was kept before, if it is the same."""
        before = self._full.get((owner, event.identity))
        if before == event:
            return before
        self._full[owner, event.identity] = event
        self.size += FULL_BYTES + _SAID_BYTES * len(msgspec.json.encode(event.e))
        return event

    def _has_room(self, view: Related | Answer) -> bool:
        """Whether to keep a view. The size of its exchange is added, or the exchange is counted as left out."""
        goes_on = isinstance(view, ListPage) and view.step(view.cursor) in self._open
        if self.size >= (2 * self._most if goes_on else self._most):
            self.unrelated += 1
            return False
        self.size += EXCHANGE_BYTES
        return True


def header_of(answer: Answer) -> Header:
    """The status of an answer, its fields about the content, and its length if that does not change."""
    response, names = answer.exchange.response, ["content-type", "content-encoding"]
    if answer.call is not None and answer.call.identity is not None:
        names.append("content-length")
    fields = {name: response.header(name) for name in names}
    return Header(answer.trace, answer.status or 0, {name: value for name, value in fields.items() if value is not None})


def _relates(view: Related) -> bool:
    """Whether the request of a view names the owner, as that of a refusal always does, and is a documented one."""
    if isinstance(view, ListPage) and view.odd_limit:
        return False
    return isinstance(view, Refusal) or view.owner is not None
