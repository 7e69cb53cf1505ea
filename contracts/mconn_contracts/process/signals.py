"""SIGINT and SIGTERM end a run in order: at a wait, never in the middle of a judgement or a file."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
"""The signals by which a terminal, a CI service, `timeout` and `docker stop` end a run."""
_MOST = 3
"""The signal that ends the process at once: CI services send SIGINT and then SIGTERM, which must not lose a report."""

_LOOK = 0.5
"""Seconds after which a wait is begun anew: a signal that comes just before the process sleeps does not wake it."""


@dataclass
class _State:
    """The signals of this process, as long as `in_order` handles them."""

    handled: bool = False
    received: list[int] = field(default_factory=list)
    interruptible: bool = True
    raised: bool = False

    def take(self, number: int, _: FrameType | None = None) -> None:
        """Handle a signal: the first one interrupts as soon as the run can be interrupted."""
        self.received.append(number)
        if len(self.received) >= _MOST:
            os._exit(128 + self.received[0])
        if self.interruptible:
            self.interrupt()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt, once."""
        if self.received and not self.raised:
            self.raised = True
            raise KeyboardInterrupt


_state = _State()


@contextlib.contextmanager
def in_order() -> Iterator[None]:
    """Within, the first SIGINT or SIGTERM raises KeyboardInterrupt in the main thread, unless it is `held`.

    A second one changes nothing; a third one ends the process. Outside of the main thread, nothing is handled.
    """
    if threading.current_thread() is not threading.main_thread() or _state.handled:
        yield
        return
    _state.__init__()  # type: ignore[misc]
    before = {each: signal.signal(each, _state.take) for each in ENDING}
    _state.handled = True
    try:
        yield
    finally:
        _state.handled = False
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Within this, a signal waits for the next place that is `interruptible`. Without one, it only decides the exit code."""
    with _set(interruptible=False):
        yield


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within this, a signal raises KeyboardInterrupt, also one that came before. For code that waits or reads."""
    with _set(interruptible=True):
        if _in_charge():
            _state.interrupt()
        yield


def wait(until: Callable[[float], bool], limit: float = math.inf) -> bool:
    """Wait at most this many seconds, `interruptible`. Returns whether `until` returned true.

    `until` waits at most the seconds that it is given, such as `Event.wait`.
    """
    end = time.monotonic() + limit
    with interruptible():
        while (left := end - time.monotonic()) > 0:
            if until(min(_LOOK, left)):
                return True
    return False


def exit_code() -> int | None:
    """The exit code after a signal, as in a shell: 128 plus the first signal. None without a signal."""
    return 128 + _state.received[0] if _state.handled and _state.received else None


def forget() -> None:
    """Forget the signals so far, for a run that a signal ends as usual: they no longer decide the exit code."""
    if _in_charge():
        _state.received.clear()
        _state.raised = False


@contextlib.contextmanager
def _set(*, interruptible: bool) -> Iterator[None]:
    if not _in_charge():
        yield
        return
    before, _state.interruptible = _state.interruptible, interruptible
    try:
        yield
    finally:
        _state.interruptible = before


def _in_charge() -> bool:
    return _state.handled and threading.current_thread() is threading.main_thread()
