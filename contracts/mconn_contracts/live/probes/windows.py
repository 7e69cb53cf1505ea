"""Windows: the main one, its pages, and windows inside it, within what the server accepts."""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from mconn_contracts.judge.reading.views import ListPage, Summary, Window
from mconn_contracts.live.probe_context import WALKED, ProbeContext

DAY = 86_400
WIDTHS = (300 * DAY, 90 * DAY, 30 * DAY, 7 * DAY, DAY, 6 * 3_600, 3_600, 600, 60)
_SCARCE = 4
"""A window that was shown whole is preferred, unless a few pages of another window have this many times more events."""
LARGE_LIMITS = (1_000, 100, 50, 20, 10)


def latest_events(context: ProbeContext) -> None:
    """The latest events, what the list has from the newest of them on, and the latest again: where the past ends."""
    later = _today() + 2 * DAY
    for asked in range(2):
        page = context.ask_latest()
        times = [event.t for event in page.items] if page is not None else []
        context.newest = max([*times, context.newest or 0]) or None
        if asked == 0 and context.newest is not None:
            listed = context.page(Window(context.newest, max(later, context.newest + DAY), None)).view(ListPage)
            if listed is not None and not listed.items and min(times) < _today():
                # The newest may lie on a bound that excludes it, or not be listed yet; what was latest in the past is due.
                context.page(Window(min(times) - 1, _today(), None))


def main_window(context: ProbeContext) -> None:
    """The widest closed window of the past that can be walked in a few pages."""
    today = _today()
    if context.newest is None:
        page = context.page(Window(0, today + 2 * DAY, None)).view(ListPage)
        if page is not None and page.items:
            context.newest = max(item.t for item in page.items)
    # Past by the clock, or by an event seen after it: nothing arrives in the window any more.
    newest = today if context.newest is None else context.newest
    end = newest + 1 if context.newest is not None and newest + 120 < time.time() else newest - 1
    refused = False
    for start in dict.fromkeys([0, *(max(0, end - width) for width in WIDTHS)]):
        pages = _walk_large(context, Window(start, end, None), context.profile.pages)
        if pages:
            context.window = Window(start, end, None)
            if pages[-1].next_cursor:
                _narrow(context, end - start, end, pages)
            break
        # A server may refuse windows that are this wide, or this old; nobody documents which.
        refused = True
    if context.window is not None and refused:
        # As wide, and older: this tells whether the width was refused or the age, and whether a wide window was cut.
        width = end - (context.window.start or 0)
        context.page(Window(max(0, (context.window.start or 0) - width), context.window.start, None))


def _narrow(context: ProbeContext, wide: int, end: int, first: list[ListPage]) -> None:
    """Of a window with too many events, the widest part with the same end that a few pages show, to a factor of two.

    Where that shows next to nothing, as beside a burst, it is the narrowest part with too many. `first` are the pages that
    show the beginning of the whole window.
    """
    narrow, many, few, whole = WIDTHS[-1], _number(first), 0, None
    part = Window(end - wide, end, None)
    while wide > 2 * narrow:
        width = math.isqrt(wide * narrow)
        window = Window(end - width, end, None)
        pages = _walk_large(context, window, context.profile.pages)
        if pages and pages[-1].next_cursor:
            wide, part, many = width, window, _number(pages)
        else:
            # One that is refused is too narrow.
            narrow = width
            whole, few = (window, _number(pages)) if pages else (whole, few)
        context.window = part if whole is None or _SCARCE * few < many else whole


def _number(pages: list[ListPage]) -> int:
    return sum(len(page.items) for page in pages)


def _walk_large(context: ProbeContext, window: Window, most: int) -> list[ListPage]:
    """A walk at the largest limit that the server accepts, as far as it is known; none where the window is refused."""
    if context.large_is_accepted:
        return context.walk(window, context.large, most)
    for limit in LARGE_LIMITS:
        pages = context.walk(window, limit, most)
        if pages or (limit == LARGE_LIMITS[0] and not context.walk(window, None, 1)):
            # Where it is refused without a limit, it is not the limit that is refused.
            break
    else:
        limit, pages = None, context.walk(window, None, most)
    if pages:
        context.large, context.large_is_accepted = limit, True
    return pages


def whole_walks(context: ProbeContext) -> None:
    """The whole result in as few pages as the server allows."""
    if context.window is None:
        return
    pages = context.walk(context.window, context.large)
    context.order = list(dict.fromkeys(item.identity for page in pages for item in page.items))


def paged_walks(context: ProbeContext) -> None:
    """The whole result at the server's default limit, and cut into a few pages, at limits that do and do not divide it."""
    if context.window is None:
        return
    window, most = context.window, 3 * context.sender.budget.requests // 10
    walks: list[Callable[[], object]] = [partial(context.walk, window)]
    if len(context.order) >= 2:
        limits = dict.fromkeys(max(1, -(-len(context.order) // pages)) for pages in context.profile.page_counts)
        walks += [partial(context.walk, window, limit, most=most) for limit in (*limits, context.large)]
    context.each(lambda walk: walk(), walks, WALKED)


def small_walks(context: ProbeContext) -> None:
    """A small window inside the main one, page by page at the smallest limits."""
    window = window_of(context, 10 if context.profile.windows == 1 else 12)
    if window is None:
        return
    pages = context.walk_inside(window)
    if not pages:
        return
    shown = pages[0].window or window
    context.each(lambda limit: context.walk(shown, limit, most=60), (*context.profile.limits, None), WALKED)


def expected_events(context: ProbeContext) -> None:
    """The whole time of the expected events, and some time after it, so that they lie inside by `t` and by `a`."""
    if not context.expected or all(identity in context.known for identity in context.expected):
        return
    first, last = context.expected[0][0], context.expected[-1][0]
    later = max(_today() + 2 * DAY, last + 2 * DAY)
    context.walk(Window(max(0, first - DAY), later, None), context.large, context.profile.pages)


def windows_inside(context: ProbeContext) -> None:
    """Windows whose bounds lie on events, between them, and halfway; and a filter in one of them."""
    if context.window is None or len(context.order) < 3:
        return
    times = sorted({context.known[identity].t for identity in context.order})
    # A window that ends after the newest event was recorded may still receive some.
    collected = sorted({a for a in (context.known[identity].a for identity in context.order) if a < (context.newest or a)})
    tasks: list[Callable[[], object]] = []
    for instants in (times, collected):
        starts = context.spread(instants[1:-1], context.profile.windows + 1)
        between = [Window(start, end, None) for start, end in itertools.pairwise(starts)]
        around = [Window(instant - 1, instant + 1, None) for instant in starts[: context.profile.windows]]
        if instants is times and around:
            # One by itself: where it is refused, it is made wider until the server takes it, and no other is asked as narrow.
            context.walk_inside(around.pop(0))
        if between and (instants is times or context.profile.windows > 1):
            tasks.append(partial(_and_its_pages, context, between.pop(0)))
        tasks += [partial(context.walk_inside, window) for window in (*between, *around)]
    tasks += _bounds_of_all_time(context)
    middle = times[len(times) // 2]
    halves = [Window(context.window.start, middle, None), Window(middle, context.window.end, None)]
    if context.filtered:
        kind = context.known[context.order[len(context.order) // 2]].k
        halves.append(Window(context.window.start, middle, kind))
    tasks += [partial(context.walk, half) for half in halves]
    context.each(lambda task: task(), tasks, WALKED)


def _and_its_pages(context: ProbeContext, window: Window) -> None:
    """A window, and the same page by page: the bounds mean the same on later pages."""
    whole = context.walk_inside(window)
    if whole:
        context.walk(whole[0].window or window, max(1, len(whole[0].items) // 3), most=6)


def _bounds_of_all_time(context: ProbeContext) -> Iterator[Callable[[], object]]:
    """Each bound on an event, in the narrowest window and in one of all time; filtered by a rare kind to be short."""
    if context.window is None or context.window.end is None:
        return
    number = Counter(context.known[identity].k for identity in context.order)
    inside = [context.known[identity] for identity in context.order[1:-1]]
    rare = sorted(inside, key=lambda item: (number[item.k], item.identity))
    start, end = context.window.start or 1, context.window.end
    for item in rare[: context.profile.windows]:
        kind = item.k if context.filtered else None
        for instant in dict.fromkeys((item.t, item.a)):
            yield partial(context.walk_inside, Window(instant, instant + 1, kind), most=4)
            yield partial(context.walk_inside, Window(instant - 1, instant, kind), most=4, keep="end")
            yield partial(context.walk, Window(instant, end, kind), context.large, most=4)
            yield partial(context.walk, Window(start, instant, kind), context.large, most=4)


def _today() -> int:
    """When the day began, in UTC: what is asked, and so what is reported, is the same all day."""
    now = int(time.time())
    return now - now % DAY


def window_of(context: ProbeContext, number: int) -> Window | None:
    """A window around about that many consecutive events of the main window, several in one second where there are."""
    if context.window is None or not context.order:
        return None
    items: list[Summary] = sorted((context.known[identity] for identity in context.order), key=lambda item: item.identity)
    # Of those that were collected before the newest was recorded, where there are enough: nothing arrives among them.
    past = [item for item in items if context.newest is not None and item.a < context.newest]
    items = past if len(past) > number else items
    if len(items) <= number:
        return context.window
    crowded = Counter(item.t for item in items).most_common(1)[0][0]
    center = next(index for index, item in enumerate(items) if item.t == crowded)
    first = max(0, min(center - number // 3, len(items) - number))
    chosen = items[first : first + number]
    return Window(min(item.t for item in chosen) - 1, max(max(item.t, item.a) for item in chosen) + 1, None)
