"""What the probes share: the sender, what they have learned of the connector's events, and walking by cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mconn_contracts.judge.reading.views import FetchedEvent, Identity, LatestPage, ListPage, Summary, Window
from mconn_contracts.judge.rules.walks import IDLE_PAGES
from mconn_contracts.live.client import Answered
from mconn_contracts.live.profiles import Profile
from mconn_contracts.live.sender import Sender
from mconn_contracts.model.exchange import Intent

FAIR = Intent(fair=True)
Item = TypeVar("Item")


@dataclass
class Scene:
    """The probes' shared knowledge. `known` holds every event that was listed, by identity."""

    sender: Sender
    profile: Profile
    kinds: tuple[str, ...]
    filtered: bool = True
    """Whether the document declares the filter `k` of lists."""
    known: dict[Identity, Summary] = field(default_factory=dict)
    samples: dict[str, Identity] = field(default_factory=dict)
    """An event of each kind that any list showed, filtered or not."""
    latest: tuple[Identity, ...] = ()
    newest: int | None = None
    window: Window | None = None
    largest_page: int = 0
    large: int | None = 1_000
    """The largest limit that is accepted, as far as `large_is_accepted` says; None where the server takes its default only."""
    large_is_accepted: bool = False
    endless: bool = False
    versioned: Identity | None = None
    """An event that was fetched and has a version: all its fields can change."""
    order: list[Identity] = field(default_factory=list)
    """The identities of the main window in the server's order."""

    def ask(self, suffix: str = "", query: Mapping[str, object] | str = "", *, intent: Intent = FAIR, form: int = 0) -> Answered:
        """Send one GET to the connector's events and judge the answer; `form` is the way of authentication."""
        return self.sender.send(suffix, query, intent=intent, form=form)

    def send(self, path: str, *, method: str = "GET", intent: Intent = Intent()) -> Answered:  # noqa: B008 - frozen
        """Send any request to a path below the base and judge the answer."""
        return self.sender.send(method=method, path=path, intent=intent)

    def page(self, window: Window, limit: int | None = None, cursor: str | None = None, *, intent: Intent = FAIR) -> Answered:
        """Ask for one page of a window, and remember its events."""
        query = {"from": window.start, "to": window.end, "limit": limit, "cursor": cursor, "k": window.kind}
        if limit is not None and limit > self.largest_page:
            # The largest limit is undocumented: a server may refuse it.
            intent = replace(intent, fair=False)
        answered = self.ask("", query, intent=intent)
        page = answered.view(ListPage)
        if page is not None and page.own:
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
