"""A command of the user that runs beside this process, in a process group of its own, and ends with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from mconn_contracts.errors import UsageError, reason

URL_VARIABLES = ("MCONN_BASE_URL", "CLOUDFLARE_BASE_URL")
"""The environment variables that give a command the base URL of the server."""
GRACE = 5.0
"""Seconds between asking processes to end and killing them."""
_KILLED = 1.0
"""Seconds to wait for killed processes. If nobody reaps them, they never disappear."""
_STEP = 0.02


def environment(before: Mapping[str, str], url: str) -> dict[str, str]:
    """The environment of a command whose requests must go to `url` on this machine, and not through another proxy."""
    reached = {name: ",".join(filter(None, (before.get(name), "127.0.0.1,localhost"))) for name in ("NO_PROXY", "no_proxy")}
    return {**before, **reached, **dict.fromkeys(URL_VARIABLES, url)}


class Command:
    """A running command. `on_end` is called, in another thread, once it has ended. UsageError if it cannot be started.

    With `output`, a file descriptor, what it prints goes there, and its standard input is empty. With `given`, another one,
    that is its standard input, and its standard error is this process's.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        on_end: Callable[[], None],
        output: int | None = None,
        given: int | None = None,
    ) -> None:
        silent = output is not None and given is None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own
                words,
                env=environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL if silent else given,
                stdout=output,
                stderr=subprocess.STDOUT if silent else None,
            )
        except OSError as error:
            raise UsageError(f"the command {words[0]!r} cannot be run: {reason(error)}") from None
        self._on_end = on_end
        self.ended = False
        """Whether the command has ended. Processes that it started may still run."""
        self._thread = threading.Thread(target=self._wait, name="mconn-command", daemon=True)
        self._thread.start()

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the rest of its processes, first by that signal. Returns its exit code as a shell does: 128 + signal."""
        self._signal(number)
        deadline = time.monotonic() + GRACE
        self._thread.join(GRACE)
        if self._thread.is_alive():
            self._signal(signal.SIGKILL)
        self._thread.join()
        code = self._process.wait()
        if not self._gone_by(deadline):
            self._signal(signal.SIGKILL)
            self._gone_by(time.monotonic() + _KILLED)
        return code if code >= 0 else 128 - code

    def _wait(self) -> None:
        # The system does not reuse its process id until it is reaped.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self.ended = True
        self._on_end()

    def _gone_by(self, deadline: float) -> bool:
        """Wait for the whole group to end. Returns whether it did before the deadline."""
        while self._signal(0):
            # The first process of a container is given the orphans, and must take note of their end.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-self._process.pid, os.WNOHANG)
            if time.monotonic() >= deadline:
                return False
            time.sleep(_STEP)
        return True

    def _signal(self, number: int) -> bool:
        """Send a signal to the command and to all that it started. Whether any process was left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
            return True
        return False
