"""`--max-time` holds whatever a server does, what it cut off is said, and the other bounds of a run."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from tests.live.runs import NOWHERE, PLAN, target

from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import QUICK
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.target import Target
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store

TIME = 1.5
"""Seconds that a run may take here; it has two more to end."""
BODY = b'{"success":true,"result":{"count":0,"items":[]}}'
WHOLE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

Answer = Callable[[socket.socket, threading.Event], None]


def slowly(*, first: bytes, then: bytes, pause: float) -> Answer:
    """An answer that begins so, and goes on in such pieces, one after each pause."""

    def answer(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(first)
        while not over.wait(pause):
            connection.sendall(then)

    return answer


HOSTILE = {
    "a byte of the header at a time": slowly(first=b"HTTP/1.1 200 OK\r\nX: ", then=b"x", pause=0.1),
    "endless interim answers": slowly(first=b"", then=b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01),
    "endless trailers": slowly(first=CHUNKED + b"0\r\n", then=b"X: y\r\n", pause=0.05),
    "endless chunks": slowly(first=CHUNKED, then=b"1\r\n \r\n", pause=0.05),
    "a byte of the body at a time": slowly(first=WHOLE.partition(b"{")[0], then=b" ", pause=0.1),
    "frozen": slowly(first=b"", then=b"", pause=60),
}


@contextmanager
def served(answer: Answer, after: int) -> Iterator[Target]:
    """A server that answers some requests, one to a connection, and then so."""
    over = threading.Event()

    def serve() -> None:
        number = 0
        while not over.is_set():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                number += 1
                if number <= after:
                    connection.sendall(WHOLE)
                elif not over.is_set():
                    answer(connection, over)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Target(f"http://127.0.0.1:{listener.getsockname()[1]}", "a", "c", {"Authorization": "Bearer token"})
        finally:
            over.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=list(HOSTILE))
def test_the_time_holds_and_what_it_cut_off_is_said(answer: Answer, workers: int) -> None:
    """A server that answers a few requests and then holds on to one: the run ends in time, and says what it did not see."""
    with served(answer, after=3) as asked:
        started = time.monotonic()
        verdict = Run(asked, PLAN, RunSettings(profile=QUICK, max_time=TIME, workers=workers)).execute()
        took = time.monotonic() - started

    assert took <= TIME + 2
    ended, cut_off = verdict.cut_short
    assert ended.startswith("by --max-time, in the step ")
    assert (cut_off.startswith(f"GET {asked.base_url}/accounts/a/"), "and is not judged" in cut_off) == (True, True)


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=list(HOSTILE))
def test_a_server_that_never_answers_in_time_is_no_pass(answer: Answer) -> None:
    """Where no request was answered at all, the run is undecided, in time as well."""
    with served(answer, after=0) as asked:
        started = time.monotonic()
        verdict = Run(asked, PLAN, RunSettings(profile=QUICK, max_time=TIME)).execute()
        took = time.monotonic() - started

    assert (3, True) == (verdict.exit_code, str(verdict.could_not_judge).startswith(f"{asked.base_url} does not answer: "))
    assert took <= TIME + 2


def test_findings_are_bounded() -> None:
    """With --max-findings the run ends at so many that fail it, and says so; what is not an error does not count."""
    with closing(open_store()) as store:
        handler = build_handler(store, faults=[FAULTS["count-off-by-one"]])
        settings = RunSettings(profile=replace(QUICK, drawn=0), max_findings=3)
        run = Run(target(NOWHERE), PLAN, settings, transport=HandlerTransport(handler))
        verdict = run.execute()

    assert (1, True) == (verdict.exit_code, run.budget.spent < 20)
    assert 3 <= verdict.tally.by_code["MC301"] <= 4
    assert [True] == [each.startswith("by --max-findings 3, in the step ") for each in verdict.cut_short]


def test_a_whole_run_is_not_said_to_be_cut_short() -> None:
    """A run that asked all that it would says nothing of an end."""
    with closing(open_store()) as store:
        run = Run(target(NOWHERE), PLAN, RunSettings(profile=QUICK), transport=HandlerTransport(build_handler(store)))

        assert ((), 0) == ((verdict := run.execute()).cut_short, verdict.exit_code)


def test_a_server_that_is_starting_is_waited_for() -> None:
    """With --wait, the run begins once the server answers; the attempts until then are neither counted nor judged."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        asked = Target(f"http://127.0.0.1:{port}", "a", "c", {"Authorization": "Bearer token"})
        verdicts = []
        settings = RunSettings(profile=replace(QUICK, requests=4, drawn=0), wait=60)
        thread = threading.Thread(target=lambda: verdicts.append(Run(asked, PLAN, settings).execute()))
        thread.start()
        time.sleep(0)
        taken.listen()
        while thread.is_alive():
            taken.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                connection, _ = taken.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(WHOLE)
        thread.join()

    assert [(None, 4)] == [(each.could_not_judge, each.tally.exchanges) for each in verdicts]
