"""What the probes share: the sender, what they have learned of the connector's events, and walking by cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from mconn_contracts.judge.reading.views import FetchedEvent, Identity, LatestPage, ListPage, Summary, Window
from mconn_contracts.judge.rules.walks import IDLE_PAGES
from mconn_contracts.live.client import Answered
from mconn_contracts.live.profiles import Profile
from mconn_contracts.live.sender import Sender
from mconn_contracts.model.exchange import Intent

FAIR = Intent(fair=True)
Item = TypeVar("Item")
WALKED = 4
"""Requests that a walk of a few pages takes, where many go on side by side."""
_WIDER = 4
"""How many times wider a window is asked for where one was refused as too narrow."""


@dataclass
class ProbeContext:
    """The probes' shared knowledge. `known` holds every event that was listed, by identity."""

    sender: Sender
    profile: Profile
    kinds: tuple[str, ...]
    filtered: bool = True
    """Whether the document declares the filter `k` of lists."""
    known: dict[Identity, Summary] = field(default_factory=dict)
    expected: tuple[Identity, ...] = ()
    """The events that the user says are there, sorted."""
    samples: dict[str, Identity] = field(default_factory=dict)
    """An event of each kind that was shown: the last among the latest, or the first that any list showed, filtered or not."""
    latest: tuple[Identity, ...] = ()
    newest: int | None = None
    window: Window | None = None
    largest_page: int = 0
    large: int | None = 1_000
    """The largest limit that is accepted, as far as `large_is_accepted` says; None if the server takes its default only."""
    large_is_accepted: bool = False
    endless: bool = False
    versioned: Identity | None = None
    """An event that was fetched and has a version: all its fields can change."""
    followed: tuple[Window, int | None, str] | None = None
    """A window, a limit and a cursor that a page of them gave."""
    refused: list[Window] = field(default_factory=list)
    """Windows that were refused, though nothing else of the request was in doubt."""
    least_width: int = 0
    """Seconds that a window inside the main one must have, as far as refusals have shown."""
    order: list[Identity] = field(default_factory=list)
    """The identities of the main window in the server's order."""

    def ask(self, suffix: str = "", query: Mapping[str, object] | str = "", *, intent: Intent = FAIR, form: int = 0) -> Answered:
        """Send one GET to the connector's events and judge the answer; `form` is the way of authentication."""
        return self.sender.send(suffix, query, intent=intent, form=form)

    def send(self, path: str, *, method: str = "GET", intent: Intent = Intent()) -> Answered:  # noqa: B008 - frozen
        """Send any request to a path below the base and judge the answer."""
        return self.sender.send(method=method, path=path, intent=intent)

    def each(self, task: Callable[[Item], object], items: Iterable[Item], requests: int = 1) -> None:
        """Do the same for each of the items, whose order does not matter; see `Sender.each`."""
        self.sender.each(task, items, requests)

    def page(self, window: Window, limit: int | None = None, cursor: str | None = None, *, intent: Intent = FAIR) -> Answered:
        """Ask for one page of a window, and remember its events."""
        query = {"from": window.start, "to": window.end, "limit": limit, "cursor": cursor, "k": window.kind}
        if limit is not None and limit > self.largest_page:
            # The largest limit is undocumented: a server may refuse it.
            intent = replace(intent, fair=False)
        answered = self.ask("", query, intent=intent)
        page = answered.view(ListPage)
        if page is None and cursor is None and self._refused(answered, limit):
            self.refused.append(window)
        if page is not None and page.own:
            if page.next_cursor:
                self.followed = (window, limit, page.next_cursor)
            for item in page.items:
                self.known.setdefault(item.identity, item)
                self.samples.setdefault(item.k, item.identity)
            self.largest_page = max(self.largest_page, len(page.items))
        return answered

    def walk(self, window: Window, limit: int | None = None, most: int = 10_000, *, intent: Intent = FAIR) -> list[ListPage]:
        """The pages of a window, following cursors to the end; it stops where no page can be had, or none brings news."""
        pages: list[ListPage] = []
        cursor: str | None = None
        seen: set[Identity] = set()
        used: set[str] = set()
        idle = 0
        while len(pages) < most:
            page = self.page(window, limit, cursor, intent=intent).view(ListPage)
            if page is None:
                break
            pages.append(page)
            new = {item.identity for item in page.items} - seen
            seen |= new
            idle = 0 if new else idle + 1
            cursor = page.next_cursor
            if not cursor or cursor in used:
                break
            if idle >= (2 if self.endless else IDLE_PAGES):
                self.endless = True
                break
            used.add(cursor)
        return pages

    def _refused(self, answered: Answered, limit: int | None) -> bool:
        """Whether a window was refused, and not a limit that may be too large."""
        known = limit is None or (self.large_is_accepted and limit == self.large)
        return known and answered.status is not None and 400 <= answered.status < 500

    def accepts_from(self, start: int) -> bool:
        """Whether no window that starts there or earlier was refused."""
        return all(window.start is None or window.start > start for window in self.refused)

    def walk_inside(
        self, window: Window, limit: int | None = None, most: int = 10_000, *, keep: Literal["start", "end"] = "start"
    ) -> list[ListPage]:
        """As `walk`, of a window inside the main one, which is made wider where the server refuses so narrow ones.

        It keeps one of its bounds, and is not asked for where there is no room to be wider.
        """
        main, start, end = self.window, window.start, window.end
        if main is None or main.start is None or main.end is None or start is None or end is None:
            return self.walk(window, limit, most)
        while True:
            if end - start < self.least_width:
                start, end = (start, start + self.least_width) if keep == "start" else (end - self.least_width, end)
            if start < main.start or end > main.end:
                return []
            refusals = len(self.refused)
            pages = self.walk(Window(start, end, window.kind), limit, most)
            if pages or len(self.refused) == refusals:
                return pages
            self.least_width = max(self.least_width, _WIDER * max(1, end - start))

    def fetch(self, identity: Identity) -> FetchedEvent | None:
        """Fetch one event that was shown."""
        answer = self.ask(f"/{identity[0]}.{identity[1]}").view(FetchedEvent)
        if answer is not None and answer.event.v is not None:
            self.versioned = identity
        return answer

    def ask_latest(self) -> LatestPage | None:
        """Ask for the latest events, and remember which they are."""
        page = self.ask("/latest").view(LatestPage)
        if page is not None:
            self.latest = tuple(dict.fromkeys([*self.latest, *(event.identity for event in page.items)]))
            # Fetched, one of these can be compared with both.
            self.samples |= {event.kind: event.identity for event in page.items}
        return page

    def spread(self, items: Iterable[Item], number: int) -> list[Item]:
        """At most `number` of the items, evenly spread, the first and the last among them."""
        every = list(items)
        if len(every) <= number:
            return every
        if number < 2:
            return every[:number]
        step = (len(every) - 1) / (number - 1)
        return [every[round(index * step)] for index in range(number)]
