"""Processes that a command has started and that have left its group, such as daemons: they are found by a variable of theirs."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "MCONN_RUN"
"""What marks the processes of a run: all that a command starts inherits it."""
_GRACE = 1.0
"""Seconds that each has between being told to end and being ended."""
_LONGEST = 1024 * 1024
"""Bytes of an environment that are looked at."""


def end(mark: str) -> int:
    """End the processes that have this mark; how many there were. None are found where the system has no /proc."""
    found = 0
    for process in _marked(f"{VARIABLE}={mark}\0".encode()):
        found += 1
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGTERM)
            if not select.select([process], [], [], _GRACE)[0]:
                signal.pidfd_send_signal(process, signal.SIGKILL)
                select.select([process], [], [], _GRACE)
    return found


def _marked(mark: bytes) -> Iterator[int]:
    """A descriptor of each process with that variable: unlike its number, it is never that of another process."""
    for folder in Path("/proc").glob("[0-9]*"):
        # A process may end meanwhile, or be another user's.
        with contextlib.suppress(OSError):
            process = os.pidfd_open(int(folder.name))
            try:
                with (folder / "environ").open("rb") as file:
                    marked = mark in b"\0" + file.read(_LONGEST) + b"\0"
                if marked:
                    yield process
            finally:
                os.close(process)
