"""Judges exchanges as they pass, even for days, in windows of exchanges that are compared, and reports findings at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from mconn_contracts.archives.run import Run
from mconn_contracts.archives.streams import Found, Spool
from mconn_contracts.judge.check import Judgement, Plan, Session
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict

WINDOW_BYTES = 64 * 1024 * 1024
"""The approximate memory, in bytes, of the exchanges of one window. Beyond it, a new window begins."""
_SHARE = 20
"""Comparing the answers so far takes at most one part in this many of the time."""


class Watch:
    """Judges what passes by a plan. `cap` findings are kept of each code; with `every`, each of them in a file.

    A window ends once it holds `most` bytes and no walk is open, and at twice as many in any case.
    """

    def __init__(self, plan: Plan, cap: int, *, every: bool = False, most: int = WINDOW_BYTES) -> None:
        self._plan = plan
        self._every = Spool() if every else None
        self._most = most
        # The session has room for a whole window, so that it leaves out nothing.
        self._session = Session(plan, cap, most=2 * most, sink=Found(plan) if every else None)
        self._window: list[tuple[float, int]] = []
        """When each exchange of the window began, and its entry in the recording."""
        self._told: set[str] = set()
        self._glanced = 0
        """How many exchanges of the window were related when they were last looked at."""
        self._next_glance = 0.0

    @property
    def tally(self) -> Tally:
        """What was found so far."""
        return self._session.tally

    def take(self, exchange: Exchange) -> Judgement | None:
        """Judge one exchange by itself; None if no answer came."""
        response, entry = exchange.response, exchange.origin.entry
        if response.status is None and response.incomplete is None:
            self._session.tally.unanswered += 1
            return None
        judgement = self._session.observe(exchange)
        if not judgement.views:
            # It is of another API.
            return judgement
        self._window.append((exchange.started or 0.0, entry or 0))
        taken = self._session.taken
        if taken >= 2 * self._most or (taken >= self._most and not self._session.amid_a_walk):
            self.conclude()
        return judgement

    def news(self) -> Iterator[Finding]:
        """The first finding of each code that was not told before, and counts."""
        for code, kept in self.tally.kept.items():
            if code not in self._told:
                self._told.add(code)
                yield kept[0]

    def glance(self) -> Iterator[Finding]:
        """The new findings from comparing the window's exchanges, for moments without traffic.

        They are not counted, because later exchanges may change them. The longer this takes, the less often it is done.
        """
        began = time.monotonic()
        if self._glanced == len(self._window) or began < self._next_glance:
            return
        self._glanced = len(self._window)
        self._sort()
        for finding in self._session.glance():
            if finding.code not in self._told and not (self._plan.known and self._plan.known_as(finding)):
                self._told.add(finding.code)
                yield finding
        now = time.monotonic()
        self._next_glance = now + _SHARE * (now - began)

    def conclude(self) -> None:
        """Compare the exchanges of the window with each other, judge them, and begin another window."""
        self._sort()
        self._session.conclude()
        self._window, self._glanced = [], 0
        if self._every is not None and isinstance(self._session.sink, Found):
            self._every.add(self._session.sink.packed()[0])
            self._session.sink = Found(self._plan)

    def verdict(self) -> Verdict:
        """The verdict on all that has passed; nothing is taken any more."""
        self.conclude()
        return replace(Run(self.tally).verdict(self._plan), every=self._every)

    def _sort(self) -> None:
        """Sort the exchanges by their beginnings. They come in the order of their ends."""
        if any(one > other for one, other in zip(self._window, self._window[1:], strict=False)):
            self._window.sort()
            self._session.reorder([entry for _, entry in self._window])
