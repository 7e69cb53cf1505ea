"""The budget of a run: requests, time, waiting for rate limits, and requests a second."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class BudgetSpentError(Exception):
    """A probe has sent all the requests, or the run has taken all the time, that the profile allows."""


@dataclass
class Budget:
    """The budget of a run. Requests that are sent side by side share it.

    `deadline` is of `clock`. `wait` is the seconds that 429s may ask for in all. `rate` is requests a second. `sleep` waits
    for a number of seconds; by default it ends when the budget is stopped.
    """

    requests: int
    deadline: float | None = None
    wait: float = 120.0
    rate: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] | None = None
    spent: int = 0
    allowance: int | None = None
    """The number of requests at which the current probe has used its share. None if it may use all that is left."""
    _next_at: float = 0.0
    """When the next request may leave, of `clock`."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def spend(self) -> None:
        """Count one request, and wait until it may leave; BudgetSpentError if none is left."""
        with self._lock:
            if self.affordable < 1 or self.time_is_over or self.stopped:
                raise BudgetSpentError
            now = self.clock()
            leaves_at = max(now, self._next_at)
            if self.deadline is not None and leaves_at >= self.deadline:
                # Nothing is sent any more, so waiting for the rest of the time would show nothing.
                self.end_by(now)
                raise BudgetSpentError
            self.spent += 1
            if self.rate is not None:
                self._next_at = leaves_at + 1 / self.rate
        if leaves_at > now:
            (self.sleep or self._stopped.wait)(min(leaves_at - now, threading.TIMEOUT_MAX))
            if self.stopped:
                raise BudgetSpentError

    def stop(self) -> None:
        """Spend nothing more, and end what waits."""
        self._stopped.set()

    def end_by(self, deadline: float) -> None:
        """Move the deadline to this one, of `clock`, where that is earlier."""
        self.deadline = deadline if self.deadline is None else min(self.deadline, deadline)

    def hold(self, seconds: float) -> bool:
        """Send no request for this many seconds, as a 429 asks. False if that is longer than the run may wait."""
        with self._lock:
            now = self.clock()
            # Requests that were sent side by side are asked to wait at the same time, which is one wait.
            longer = now + seconds - max(now, self._next_at)
            if longer > self.wait or (self.deadline is not None and now + seconds >= self.deadline):
                return False
            if longer > 0:
                self.wait -= longer
                self._next_at = now + seconds
            return True

    def deadline_of(self, timeout: float) -> float:
        """When an answer that may take `timeout` seconds is given up, of `clock`."""
        return min(self.clock() + timeout, math.inf if self.deadline is None else self.deadline)

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def time_is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and self.clock() >= self.deadline

    def allow(self, most: int, reserved: int) -> None:
        """Allow the next probe `most` requests, as long as `reserved` are left for those after it."""
        self.allowance = self.spent + max(1, min(most, self.left - reserved))

    @property
    def affordable(self) -> int:
        """Requests that the probe under way may still send."""
        return self.left if self.allowance is None else max(0, min(self.left, self.allowance - self.spent))

    @property
    def left(self) -> int:
        """Requests that the run may still send."""
        return max(0, self.requests - self.spent)
