"""Deterministic scenarios: what is asked of a server, in which order. They only ask; the rules judge."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from mconn_contracts.contract.api import LARGEST_INTEGER
from mconn_contracts.judge.reading.views import ListPage, Summary, Window
from mconn_contracts.live.scene import Scene
from mconn_contracts.model.exchange import Connector, Credential, Intent

DAY = 86_400
WIDTHS = (300 * DAY, 30 * DAY, 3 * DAY, 6 * 3_600, 600)
PLAIN = Intent()
UNKNOWN_KIND = "NoSuchKind"
LARGE_LIMITS = (1_000, 100, 50, 20, 10)


@dataclass(frozen=True, slots=True)
class Probe:
    """One scenario. `share` is the part of the profile's requests that it may send at most, `needs` what it sends at least."""

    name: str
    ask: Callable[[Scene], None]
    share: float
    needs: int


def latest_events(scene: Scene) -> None:
    """The latest events, what the list has from the newest of them on, and the latest again: where the past ends."""
    later = _today() + 2 * DAY
    for asked in range(2):
        page = scene.ask_latest()
        if page is not None and page.items:
            scene.newest = max(scene.newest or 0, *(event.t for event in page.items))
        if asked == 0 and scene.newest is not None:
            scene.page(Window(scene.newest, max(later, scene.newest + DAY), None))


def main_window(scene: Scene) -> None:
    """The widest closed window of the past that can be walked in a few pages."""
    today = _today()
    if scene.newest is None:
        page = scene.page(Window(0, today + 2 * DAY, None)).view(ListPage)
        if page is not None and page.items:
            scene.newest = max(item.t for item in page.items)
    # Past by the clock, or by an event seen after it: nothing arrives in the window any more.
    newest = today if scene.newest is None else scene.newest
    end = newest + 1 if scene.newest is not None and newest + 120 < time.time() else newest - 1
    for start in dict.fromkeys([0, *(max(0, end - width) for width in WIDTHS)]):
        window = Window(start, end, None)
        pages = _walk_large(scene, window, scene.profile.pages)
        # A server may refuse windows that are this wide; nobody documents the widest.
        if pages:
            scene.window = window
            if not pages[-1].next_cursor:
                break


def _walk_large(scene: Scene, window: Window, most: int) -> list[ListPage]:
    """A walk at the largest limit that the server accepts, as far as it is known."""
    for limit in (scene.large,) if scene.large_is_accepted else (*LARGE_LIMITS, None):
        pages = scene.walk(window, limit, most)
        if pages:
            scene.large, scene.large_is_accepted = limit, True
            return pages
    return []


def whole_walks(scene: Scene) -> None:
    """The whole result in as few pages as the server allows, then with its default limit."""
    if scene.window is None:
        return
    pages = scene.walk(scene.window, scene.large)
    scene.order = list(dict.fromkeys(item.identity for page in pages for item in page.items))
    scene.walk(scene.window)


def paged_walks(scene: Scene) -> None:
    """The whole result cut into a few pages, at limits that do and do not divide it."""
    if scene.window is None or len(scene.order) < 2:
        return
    limits = dict.fromkeys(max(1, -(-len(scene.order) // pages)) for pages in scene.profile.page_counts)
    for limit in limits:
        scene.walk(scene.window, limit, most=3 * scene.sender.budget.requests // 10)
    if scene.profile.page_counts:
        scene.walk(scene.window, scene.large)


def small_walks(scene: Scene) -> None:
    """A small window inside the main one, page by page at the smallest limits."""
    window = _window_of(scene, 12)
    if window is None:
        return
    scene.walk(window)
    for limit in scene.profile.limits:
        scene.walk(window, limit, most=60)
    scene.walk(window)


def kind_filters(scene: Scene) -> None:
    """Each kind's filter over the main window, and the largest of them page by page."""
    if scene.window is None or not scene.filtered:
        return
    start, end = scene.window.start, scene.window.end
    seen = Counter(scene.known[identity].k for identity in scene.order)
    for kind in dict.fromkeys([*scene.kinds, *sorted(seen)]):
        scene.walk(Window(start, end, kind))
        if kind not in seen and start:
            # Not in the main window: from all time before it, so that every kind is met.
            scene.page(Window(0, start, kind), 1)
    for kind, number in seen.most_common(scene.profile.walked_kinds):
        scene.walk(Window(start, end, kind), max(1, number // 3), most=12)


def windows_inside(scene: Scene) -> None:
    """Windows whose bounds lie on events, between them, and halfway; and a filter in one of them."""
    if scene.window is None or len(scene.order) < 3:
        return
    times = sorted({scene.known[identity].t for identity in scene.order})
    # A window that ends after the newest event was recorded may still receive some.
    collected = sorted({a for a in (scene.known[identity].a for identity in scene.order) if a < (scene.newest or a)})
    for instants in (times, collected):
        starts = scene.spread(instants[1:-1], scene.profile.windows + 1)
        for start, end in itertools.pairwise(starts):
            whole = scene.walk(Window(start, end, None))
            if start == starts[0] and whole:
                # The bounds mean the same on later pages.
                scene.walk(Window(start, end, None), max(1, len(whole[0].items) // 3), most=6)
        for instant in starts[: scene.profile.windows]:
            scene.walk(Window(instant - 1, instant + 1, None))
    _bounds_of_all_time(scene)
    middle = times[len(times) // 2]
    scene.walk(Window(scene.window.start, middle, None))
    scene.walk(Window(middle, scene.window.end, None))
    if scene.filtered:
        kind = scene.known[scene.order[len(scene.order) // 2]].k
        scene.walk(Window(scene.window.start, middle, kind))


def _bounds_of_all_time(scene: Scene) -> None:
    """Each bound on an event, in a window of a second and in one of all time; filtered by a rare kind to be short."""
    if scene.window is None or scene.window.end is None:
        return
    number = Counter(scene.known[identity].k for identity in scene.order)
    inside = [scene.known[identity] for identity in scene.order[1:-1]]
    rare = sorted(inside, key=lambda item: (number[item.k], item.identity))
    for item in rare[: scene.profile.windows]:
        kind = item.k if scene.filtered else None
        for instant in dict.fromkeys((item.t, item.a)):
            scene.walk(Window(instant, instant + 1, kind), most=4)
            scene.walk(Window(instant - 1, instant, kind), most=4)
            scene.walk(Window(instant, scene.window.end, kind), scene.large, most=4)
            scene.walk(Window(1, instant, kind), scene.large, most=4)


def fetched_events(scene: Scene) -> None:
    """Listed and latest events by themselves: one of each kind first, then evenly spread; some of them again."""
    every = sorted(scene.known)
    wanted = list(dict.fromkeys([*scene.samples.values(), *scene.latest]))
    wanted = wanted[: scene.profile.fetched]
    others = [identity for identity in every if identity not in set(wanted)]
    wanted += scene.spread(others, scene.profile.fetched - len(wanted))
    for identity in wanted:
        scene.fetch(identity)
    for identity in wanted[:2]:
        scene.fetch(identity)


def unknown_events(scene: Scene) -> None:
    """Ids of events that cannot be: next to known ones, and far away; and those that the list leaves out of a second."""
    last = max((n for t, n in scene.known if t == scene.newest), default=0)
    asked = [(scene.newest or 1_700_000_000, last + 1_000_003), (1, 0), (LARGEST_INTEGER, LARGEST_INTEGER)]
    if scene.known:
        t, n = sorted(scene.known)[len(scene.known) // 2]
        asked += [(t, n + 1_000_003), (t + 1, n + 1_000_003)]
    shown = [identity for identity in scene.order if scene.known[identity].t != scene.newest]
    gaps = [(t, m) for t, n in shown for m in range(max(0, n - 3), n) if (t, m) not in scene.known]
    asked += scene.spread(dict.fromkeys(gaps), 4 * scene.profile.windows)
    for t, n in asked:
        if (t, n) not in scene.known:
            scene.ask(f"/{t}.{n}", intent=PLAIN)


def refused_credentials(scene: Scene) -> None:
    """Every operation without a credential, with a wrong one and with a malformed one; the latest in both ways."""
    window = scene.window or Window(0, 1, None)
    query: dict[str, object] = {"from": window.start, "to": window.end}
    event = _some_event(scene)
    for credential in (Credential.ABSENT, Credential.WRONG, Credential.MALFORMED):
        intent = Intent(credential=credential)
        scene.ask("", query, intent=intent)
        scene.ask("/latest", intent=intent)
        scene.ask(event, intent=intent)
        for form in range(1, len(scene.sender.target.forms(credential))):
            scene.ask("/latest", intent=intent, form=form)


def strange_connectors(scene: Scene) -> None:
    """A connector that does not exist, and the user's connector below another account."""
    window = scene.window or Window(0, 1, None)
    query: dict[str, object] = {"from": window.start, "to": window.end}
    for connector in (Connector.UNKNOWN, Connector.FOREIGN):
        intent = Intent(connector=connector)
        scene.ask("", query, intent=intent)
        scene.ask("/latest", intent=intent)
        scene.ask(_some_event(scene), intent=intent)


def undeclared_methods(scene: Scene) -> None:
    """Methods and routes that the document does not declare."""
    events = scene.sender.target.events_path()
    if scene.sender.may_write:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            scene.send(f"{events}?from=0&to=1", method=method)
        scene.send(f"{events}/latest", method="POST")
        scene.send(events + _some_event(scene), method="DELETE")
    scene.send(f"{events.removesuffix('/events')}/no-such-route")
    scene.send(f"{events}/latest/no-such-route")


def malformed_parameters(scene: Scene) -> None:
    """Missing and malformed parameters of the list."""
    window = scene.window or Window(0, 1, None)
    start, end = window.start, window.end
    for query in (
        f"to={end}",
        f"from={start}",
        "",
        f"from=abc&to={end}",
        f"from={start}&to=abc",
        f"from={start}&to={end}&limit=abc",
        f"from=1e999&to={end}",
        f"from={'9' * 40}&to={end}",
        f"from={start}&to={'9' * 40}",
        f"from=-1&to={end}",
        f"from={start}.5&to={end}",
        f"from={start}&to={end}&limit=0",
        f"from={start}&to={end}&limit=-1",
        f"from={start}&to={end}&limit={'9' * 40}",
        f"from={start}&from={start}&to={end}",
        f"from={start}&to={end}&k=%00",
        f"from={start}&to={end}&k=%27%20OR%201%3D1%20--",
        f"from={start}&to={end}&k={'K' * 2_000}",
        f"from={end}&to={start}",
        f"from={start}&to={end}&k={UNKNOWN_KIND}",
        f"from={start}&to={end}&limit=1000000",
    ):
        scene.ask("", query, intent=PLAIN)


def malformed_cursors(scene: Scene) -> None:
    """Cursors that no page gave."""
    window = scene.window or Window(0, 1, None)
    intent = Intent(malformed=("cursor",))
    for cursor in ("not-a-cursor", "%F0%9F%92%A5", "AAAA" * 200):
        scene.ask("", f"from={window.start}&to={window.end}&cursor={cursor}", intent=intent)


def malformed_event_ids(scene: Scene) -> None:
    """Event ids that are not two numbers."""
    for event_id in (
        "abc.def",
        "abc",
        "1700000000",
        "1700000000.",
        ".3",
        "1700000000.0.3.0",
        "1700000000.x",
        "-1.-1",
        "1.7e%2B09.3",
    ):
        scene.ask(f"/{event_id}", intent=PLAIN)
    scene.ask(f"/{'9' * 40}.{'9' * 40}", intent=PLAIN)
    scene.ask("/%00.%00", intent=PLAIN)


def asked_again(scene: Scene) -> None:
    """The same request several times in a row, then the whole result once more: what was shown must still be there."""
    window = _window_of(scene, 12)
    for _ in range(scene.profile.repeats if window is not None else 0):
        scene.walk(window or Window(0, 1, None), scene.large)
    for _ in range(scene.profile.repeats):
        scene.ask_latest()
    again = scene.versioned or next(iter(scene.known), None)
    for identity in [again] * scene.profile.repeats if again is not None else []:
        scene.fetch(identity)
    if scene.window is not None:
        scene.walk(scene.window, scene.large)
        scene.walk(scene.window)
    scene.ask_latest()


PROBES: tuple[Probe, ...] = (
    Probe("latest events", latest_events, 0.02, 2),
    Probe("main window", main_window, 0.12, 1),
    Probe("whole result", whole_walks, 0.12, 3),
    Probe("page by page", paged_walks, 0.12, 5),
    Probe("small limits", small_walks, 0.20, 8),
    Probe("kind filters", kind_filters, 0.30, 16),
    Probe("windows inside", windows_inside, 0.16, 8),
    Probe("events one by one", fetched_events, 0.45, 16),
    Probe("unknown events", unknown_events, 0.07, 5),
    Probe("refused credentials", refused_credentials, 0.06, 11),
    Probe("strange connectors", strange_connectors, 0.05, 6),
    Probe("undeclared methods", undeclared_methods, 0.05, 8),
    Probe("malformed parameters", malformed_parameters, 0.12, 21),
    Probe("malformed cursors", malformed_cursors, 0.02, 3),
    Probe("malformed event ids", malformed_event_ids, 0.06, 11),
    Probe("asked again", asked_again, 0.15, 4),
)
"""Every scenario, in the order in which they run."""


def _today() -> int:
    """When the day began, in UTC: what is asked, and so what is reported, is the same all day."""
    now = int(time.time())
    return now - now % DAY


def _some_event(scene: Scene) -> str:
    t, n = min(scene.known) if scene.known else (1_700_000_000, 0)
    return f"/{t}.{n}"


def _window_of(scene: Scene, number: int) -> Window | None:
    """A window around about that many consecutive events of the main window, several in one second where there are."""
    if scene.window is None or not scene.order:
        return None
    items: list[Summary] = sorted((scene.known[identity] for identity in scene.order), key=lambda item: item.identity)
    # Of those that were collected before the newest was recorded, where there are enough: nothing arrives among them.
    past = [item for item in items if scene.newest is not None and item.a < scene.newest]
    items = past if len(past) > number else items
    if len(items) <= number:
        return scene.window
    crowded = Counter(item.t for item in items).most_common(1)[0][0]
    center = next(index for index, item in enumerate(items) if item.t == crowded)
    first = max(0, min(center - number // 3, len(items) - number))
    chosen = items[first : first + number]
    return Window(min(item.t for item in chosen) - 1, max(max(item.t, item.a) for item in chosen) + 1, None)
