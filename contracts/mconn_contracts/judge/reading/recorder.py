"""What a session keeps of its exchanges, within a bound, so that rules can relate them."""

from __future__ import annotations

from collections.abc import Mapping

from mconn_contracts.judge.reading.history import History, traits_of
from mconn_contracts.judge.reading.views import Answer, AnswerTraits, FetchedEvent, Header, LatestPage, ListPage, Refusal
from mconn_contracts.model.exchange import Credential, Trace

MOST_EVENTS = 200_000
"""About how many events a session keeps, which takes some 150 MB to conclude. Walks that are open then may have
as many events again."""
_EVENTS_OF_AN_EXCHANGE = 4
"""What an exchange without events weighs, in events."""

Related = ListPage | LatestPage | FetchedEvent | Refusal
"""The views that rules relate to each other."""


class Recorder:
    """Keeps the views of a session that relate to each other, in the order of its exchanges; views of other connectors
    than one's own are left out.

    Past `most` events, only pages that go on with an open walk are kept, and past twice as many, nothing: `unrelated`
    counts the views that were left out for that. What is kept is sound by itself, like a recording that was ended there.
    """

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self.unrelated = 0
        self._most = most
        self._size = 0
        self._views: list[Related] = []
        self._traits: dict[AnswerTraits, Trace] = {}
        self._asked_heads: dict[str, Header] = {}
        self._heads: list[tuple[Header, Header]] = []
        self._open: set[object] = set()
        """What asks for the next page of each walk that has one."""
        self._history: History | None = None

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
        if request is None or answer.status is None or intent is None or intent.credential is not Credential.VALID:
            return
        if request.method == "HEAD" and answer.call is not None and answer.status < 400:
            self._asked_heads[request.url] = header_of(answer)
        elif request.method == "GET" and request.url in self._asked_heads:
            self._heads.append((self._asked_heads.pop(request.url), header_of(answer)))
            self._history = None

    def _keep(self, view: Related) -> None:
        self._views.append(view)
        self._history = None
        if isinstance(view, ListPage):
            self._open.discard(view.step(view.cursor))
            if view.next_cursor:
                self._open.add(view.step(view.next_cursor))

    def _has_room(self, view: Related | Answer) -> bool:
        """Whether a view is to be kept; what it weighs is added, or it is counted as left out."""
        goes_on = isinstance(view, ListPage) and view.step(view.cursor) in self._open
        if self._size >= (2 * self._most if goes_on else self._most):
            self.unrelated += 1
            return False
        self._size += _EVENTS_OF_AN_EXCHANGE + (len(view.items) if isinstance(view, ListPage | LatestPage) else 0)
        return True


def header_of(answer: Answer) -> Header:
    """The status of an answer, and its fields that describe the content; its length where that does not change."""
    response, names = answer.exchange.response, ["content-type", "content-encoding"]
    if answer.call is not None and answer.call.identity is not None:
        names.append("content-length")
    fields = {name: response.header(name) for name in names}
    return Header(answer.trace, answer.status or 0, {name: value for name, value in fields.items() if value is not None})


def _relates(view: Related) -> bool:
    """Whether a request says whose events a view shows, as that of a refusal always does, and asks for what is documented."""
    if isinstance(view, ListPage) and view.odd_limit:
        return False
    return isinstance(view, Refusal) or view.owner is not None
