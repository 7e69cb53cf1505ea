"""Signals that interrupt once, where that does no harm."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from mconn_contracts.process import signals

EVERY_SIGNAL = pytest.mark.parametrize("number", signals.ENDING)


@EVERY_SIGNAL
def test_a_signal_interrupts_once(number: int) -> None:
    """The first one raises KeyboardInterrupt and gives the exit code; the second one does nothing."""
    with signals.in_order():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        signal.raise_signal(signal.SIGTERM)
        with signals.interruptible():
            assert 128 + number == signals.exit_code()


@EVERY_SIGNAL
def test_what_is_held_is_raised_where_the_run_waits(number: int) -> None:
    """Within `held`, nothing is raised before a place that is interruptible."""
    with signals.in_order(), signals.held():
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt), signals.interruptible():
            pytest.fail("the wait has begun")


def test_a_signal_that_meets_no_wait_decides_the_exit_code_alone() -> None:
    """The run ends as it would have, and its code says that it was told to."""
    with signals.in_order():
        with signals.held():
            signal.raise_signal(signal.SIGTERM)
        assert 143 == signals.exit_code()


def test_handlers_are_put_back() -> None:
    """Outside of `in_order`, signals are what they were before, and those that came are forgotten."""
    before = [signal.getsignal(each) for each in signals.ENDING]
    with signals.in_order():
        assert before != [signal.getsignal(each) for each in signals.ENDING]
        with signals.held():
            signal.raise_signal(signal.SIGTERM)

    assert signals.exit_code() is None
    assert before == [signal.getsignal(each) for each in signals.ENDING]


def test_other_threads_are_not_interrupted() -> None:
    """A wait of another thread says nothing about the main thread."""
    waiting, done = threading.Event(), threading.Event()

    def wait() -> None:
        with signals.in_order(), signals.interruptible():
            waiting.set()
            done.wait()

    with signals.in_order(), signals.held():
        thread = threading.Thread(target=wait)
        thread.start()
        waiting.wait()
        signal.raise_signal(signal.SIGTERM)
        done.set()
        thread.join()
        assert 143 == signals.exit_code()


def test_a_third_signal_ends_the_process() -> None:
    """Where a run does not come to its end, the third signal ends it at once, with the code of the first."""
    code = (
        "import signal\nfrom mconn_contracts.process import signals\n"
        "with signals.in_order(), signals.held():\n"
        "    [signal.raise_signal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGINT)]\n"
        "    print('still there')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (143, "", "") == (done.returncode, done.stdout, done.stderr)
