"""The throughput of `mconn serve` beside Prism's, the mock that the linters' tests install: the same requests, in turns."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.section import write

from mconn_contracts.contract.api import GET, LATEST, LIST
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.routing import BASE_PATH
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID, END

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "spec" / "openapi.yaml"
PAGE = ROOT / "docs" / "performance.md"
PRISM = ROOT / "tests" / "linters" / "node_modules" / ".bin" / "prism"
"""Where `npm ci` in tests/linters puts it; another path may be given on the command line."""
ROUNDS, REQUESTS, WARM_UP = 7, 400, 300
HEADERS = {"Authorization": f"Bearer {MAIN_ACCOUNT.token}", "Accept": "application/json"}
NAMES = {"account_id": ACCOUNT_ID, "connector_id": CONNECTOR_ID, "event_t": END, "event_n": 0}
TARGETS = {
    "a list of at most 20": LIST.path.format(**NAMES) + f"?from=0&to={END}&limit=20",
    "the latest events": LATEST.path.format(**NAMES),
    "one event": GET.path.format(**NAMES),
    "no token": LATEST.path.format(**NAMES),
}
"""What is asked for, below the base; the last without a credential."""


@dataclass(frozen=True)
class Served:
    """A server under measurement: its process, and a connection to it."""

    name: str
    base: str
    process: subprocess.Popen[bytes]
    connection: http.client.HTTPConnection

    def ask(self, what: str, times: int) -> int:
        """Ask so many times, one after the other over one connection; the last status."""
        headers = {name: value for name, value in HEADERS.items() if what != "no token" or name != "Authorization"}
        status = 0
        for _ in range(times):
            self.connection.request("GET", self.base + TARGETS[what], headers=headers)
            response = self.connection.getresponse()
            response.read()
            status = response.status
        return status

    def cpu(self) -> float:
        """The seconds of CPU time that the server has taken, with all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What a request took: milliseconds of the server's CPU time, and of the clock."""

    cpu: float
    clock: float


@contextmanager
def serving(name: str, words: Sequence[str], base: str) -> Iterator[Served]:
    """A server in a process of its own, on a free port, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([*words, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 60
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    connection.connect()
                    break
                except ConnectionRefusedError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise SystemExit(f"{name} does not start: {' '.join(words)}") from None
                    time.sleep(0.1)
            with closing(connection):
                yield Served(name, base, process, connection)
        finally:
            process.terminate()


def measure(servers: Sequence[Served]) -> Iterator[tuple[str, list[Cost]]]:
    """The median cost of each request at each server, asked in turns."""
    for what in TARGETS:
        print(what, {each.name: each.ask(what, WARM_UP) for each in servers}, file=sys.stderr)
        costs: dict[str, list[Cost]] = {each.name: [] for each in servers}
        for _ in range(ROUNDS):
            for each in servers:
                cpu, clock = each.cpu(), time.perf_counter()
                each.ask(what, REQUESTS)
                cpu, clock = each.cpu() - cpu, time.perf_counter() - clock
                costs[each.name].append(Cost(cpu / REQUESTS * 1_000, clock / REQUESTS * 1_000))
        yield what, [median(found) for found in costs.values()]


def median(found: Sequence[Cost]) -> Cost:
    """The median of each part of costs."""
    return Cost(statistics.median(each.cpu for each in found), statistics.median(each.clock for each in found))


def main() -> None:
    """Measure, and write the table into the page on performance."""
    ours = [sys.executable, "-m", "mconn_contracts", "serve"]
    theirs = [*(sys.argv[1:] or [str(PRISM)]), "mock", str(DOCUMENT), "--host", "127.0.0.1", "--verboseLevel", "silent"]
    theirs = [*theirs[:-2]]
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving("mconn serve", ours, BASE_PATH)),
            stack.enter_context(serving("Prism", theirs, "")),
        ]
        rows = [
            f"| {what} | {mine.cpu:.2f} | {prism.cpu:.2f} | {1_000 / mine.clock:,.0f} | {1_000 / prism.clock:,.0f} |"
            for what, (mine, prism) in measure(servers)
        ]
    head = ["| request | CPU, ms | Prism's CPU, ms | requests a second | Prism's |", "|---|---:|---:|---:|---:|"]
    write(PAGE, "serving", "\n".join([*head, *rows]))


if __name__ == "__main__":
    main()
