"""Single events: known and unknown ones, malformed ids, and numbers that some machines cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from mconn_contracts.contract.api import LARGEST_INTEGER
from mconn_contracts.judge.reading.views import Identity, Window
from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.live.probes.probe import PLAIN, some_event, some_window

WRAP = 2**32
"""What is added to a number that a machine with 32 bits takes for the number itself."""
ARABIC_DIGITS = str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")


def fetched_events(context: ProbeContext) -> None:
    """Listed and latest events by themselves: one of each kind first, then evenly spread; some of them again."""
    every = sorted({*context.known, *context.expected})
    wanted = list(dict.fromkeys([*context.latest[:1], *context.samples.values(), *context.latest]))
    wanted = wanted[: context.profile.fetched]
    others = [identity for identity in every if identity not in set(wanted)]
    wanted += context.spread(others, context.profile.fetched - len(wanted))
    context.each(context.fetch, [*wanted, *wanted[:2]])


def unknown_events(context: ProbeContext) -> None:
    """Ids of events that cannot be: next to known ones, and far away; and those that the list leaves out of a second."""
    asked = [_unknown(context), (1, 0), (LARGEST_INTEGER, LARGEST_INTEGER)]
    if context.known:
        t, n = sorted(context.known)[len(context.known) // 2]
        asked += [(t, n + 1_000_003), (t + 1, n + 1_000_003)]
    shown = [identity for identity in context.order if context.known[identity].t != context.newest]
    gaps = [(t, m) for t, n in shown for m in range(max(0, n - 3), n) if (t, m) not in context.known]
    asked += context.spread(dict.fromkeys(gaps), 4 * context.profile.windows)
    absent = [f"/{t}.{n}" for t, n in asked if (t, n) not in {*context.known, *context.expected}]
    context.each(lambda path: context.ask(path, intent=PLAIN), absent)


def _unknown(context: ProbeContext) -> Identity:
    last = max((n for t, n in context.known if t == context.newest), default=0)
    return (context.newest or 1_700_000_000, last + 1_000_003)


def heads(context: ProbeContext) -> None:
    """HEAD, followed by GET of the same: of an event, of an impossible event, and of the main window."""
    event = next(iter([*context.latest, *context.known, *context.expected]), None)
    unknown = _unknown(context)
    asked: list[tuple[str, dict[str, object]]] = []
    if event is not None:
        asked.append((f"/{event[0]}.{event[1]}", {}))
    if unknown not in context.known:
        asked.append((f"/{unknown[0]}.{unknown[1]}", {}))
    if context.window is not None:
        asked.append(("", {"from": context.window.start, "to": context.window.end, "limit": context.large}))
    context.each(lambda each: context.sender.send(*each, method="HEAD", intent=PLAIN), asked)


def large_numbers(context: ProbeContext) -> None:
    """Numbers of 33 bits, which are a known event, window or limit to a server that keeps 32 of them."""
    window = some_window(context)
    tasks: list[Callable[[], object]] = []
    if context.known:
        t, n = sorted(context.known)[len(context.known) // 2]
        tasks += [partial(context.ask, path, intent=PLAIN) for path in (f"/{t + WRAP}.{n}", f"/{t}.{n + WRAP}")]
    if window.start is not None and window.end is not None:
        later, longer = Window(window.start + WRAP, window.end + WRAP, None), Window(window.start, WRAP + 1, None)
        lists: list[tuple[Window, int | None]] = [(later, None), (longer, context.large), (window, WRAP + 2)]
        tasks += [partial(context.page, *each, intent=PLAIN) for each in lists]
    context.each(lambda task: task(), tasks)


def malformed_event_ids(context: ProbeContext) -> None:
    """Event ids that are not two numbers; most of them begin like that of an event which exists, so that leniency shows."""
    t, _, n = some_event(context)[1:].partition(".")
    ids = [
        "abc.def",
        "1700000000",
        ".3",
        "1700000000.0.3.0",
        "-1.-1",
        "1.7e%2B09.3",
        f"{'9' * 40}.{'9' * 40}",
        f"{t}.{n}abc",
        f"{t}.%2B{n}",
        f"{t}.%20{n}",
        f"{t}.{n}e0",
        f"{t}.0{n}",
        t,
    ]
    if context.profile.windows > 1:
        ids += [
            *("abc", "1700000000.", "1700000000.x", "%00.%00"),
            *(f"0{t}.{n}", f"+{t}.{n}", f"%20{t}.{n}", f"{t}e0.{n}", f"{t}abc.{n}", f"{t}.{n}%20", f"{t}.{n}%0A", f"{t}.{n}%00"),
            *(f"{t[:1]}_{t[1:]}.{n}", f"{t}.{n}.", f"{t}..{n}", f"{t},{n}", f"{t}.0x{int(n):x}", f"{t}.{int(n) + 2**64}"),
            *(f"{t}.{quote(n.translate(ARABIC_DIGITS))}", f"{t}.-{n}" if n != "0" else f"{t}.-1", f"{t}.{n};a=b"),
        ]
    context.each(lambda event_id: context.ask(f"/{event_id}", intent=PLAIN), ids)
