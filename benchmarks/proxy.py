"""What `mconn record` and `mconn proxy` add to a request, beside Redocly's proxy: the table in docs/performance.md.

    python -m benchmarks.proxy --redocly tests/linters/node_modules/.bin/redocly [--write-page]

The same requests go to the same server: directly, and by each proxy in turn, one request after the other, so that a busy machine
slows all alike. Then 8 clients ask side by side, and the processor time of the proxy says how many requests one core takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import section
from mconn_contracts.model.exchange import Request
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.data import lifecycle
from mconn_contracts.server.reference import build_handler, open_store

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
EVENTS = f"/client/v4/accounts/{lifecycle.ACCOUNT_ID}/magic/connectors/{lifecycle.CONNECTOR_ID}/telemetry/events"
TARGETS = ("/latest", "?from=0&to=2000000000&limit=100", "/1767041247.0")
FIELDS = f"Authorization: Bearer {MAIN_ACCOUNT.token}\r\nAccept: application/json\r\nUser-Agent: benchmark\r\n"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Subject:
    """A proxy: its name in the table, and the words that start it before `target`."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """What one proxy took: `added` seconds at the median and the 95th percentile, requests a second, processor time, memory."""

    name: str
    median: float
    worst: float
    rate: float
    processor: float
    megabytes: float
    tokens: int
    """How often the token is in the recording."""


def answers() -> dict[bytes, bytes]:
    """The bytes that the server answers, by the request's target."""
    with contextlib.closing(open_store()) as store:
        handler = build_handler(store)
        fields = (("Host", "a"), ("Authorization", f"Bearer {MAIN_ACCOUNT.token}"))
        found = {}
        for target in TARGETS:
            response = handler.answer(Request("GET", EVENTS + target, fields)).response
            head = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
            found[(EVENTS + target).encode()] = f"HTTP/1.1 {response.status} OK\r\n{head}\r\n".encode() + (response.body or b"")
    return found


class Canned(asyncio.Protocol):
    """A server that only sends what it has."""

    by_target: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, as is the next."""
        self.transport = transport
        self.unread = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        *heads, self.unread = (self.unread + data).split(b"\r\n\r\n")
        for head in heads:
            self.transport.write(self.by_target[head.split(b" ", 2)[1]])  # type: ignore[attr-defined]


def serve(port: int) -> None:
    """Serve until ended."""
    Canned.by_target = answers()

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
        print(flush=True)
        await server.serve_forever()

    asyncio.run(forever())


class Client:
    """A client that keeps its connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = port

    def ask(self, number: int) -> float:
        """Seconds until the whole answer to a request is there."""
        target = EVENTS + TARGETS[number % len(TARGETS)]
        began = time.perf_counter()
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{FIELDS}\r\n".encode())
        data = self._socket.recv(1 << 20)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._socket.recv(1 << 20)
        length = re.search(rb"(?i)\ncontent-length: (\d+)", data[:end])
        assert length is not None, data[:end]
        while len(data) < end + 4 + int(length[1]):
            data += self._socket.recv(1 << 20)
        assert data.startswith(b"HTTP/1.1 200"), data[:200]
        return time.perf_counter() - began


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


@contextlib.contextmanager
def started(words: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on a port, ended with SIGINT."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            finally:
                process.kill()


def processor_time(process: int) -> float:
    """Seconds of processor time that a process and its threads took."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def megabytes(process: int) -> float:
    """The memory that a process has taken at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def measured(subject: Subject, target: int, folder: Path, requests: int) -> Measured:
    """Measure one proxy beside the way without it."""
    port = free_port()
    recording = folder / f"{re.sub(r'[^a-z]+', '-', subject.name.lower())}.har"
    values = {"target": f"http://127.0.0.1:{target}/client/v4", "port": str(port), "har": str(recording)}
    with started([word.format(**values) for word in subject.words], port) as process:
        straight, through = Client(target), Client(port)
        for number in range(60):
            straight.ask(number)
            through.ask(number)
        order = random.Random(1)
        added = []
        for number in range(requests):
            first, second = (straight, through) if order.random() < 0.5 else (through, straight)
            times = {id(first): first.ask(number), id(second): second.ask(number)}
            added.append(times[id(through)] - times[id(straight)])
        before, began = processor_time(process.pid), time.perf_counter()
        with ThreadPoolExecutor(8) as clients:
            each = max(1, requests // 8)
            done = sum(clients.map(lambda _: len([*map(Client(port).ask, range(each))]), range(8)))
        seconds = time.perf_counter() - began
        # What is judged behind the answers counts as well.
        time.sleep(0.5)
        processor = (processor_time(process.pid) - before) / done
        memory = megabytes(process.pid)
    tokens = recording.read_text("utf-8").count(MAIN_ACCOUNT.token) if recording.exists() else 0
    quantiles = statistics.quantiles(added, n=20)
    return Measured(subject.name, statistics.median(added), quantiles[-1], done / seconds, processor, memory, tokens)


def table(rows: Sequence[Measured]) -> str:
    """The rows as Markdown."""
    lines = [
        "| proxy | added, median | added, 95 % | requests a second, 8 clients | processor time each | so one core takes "
        "| memory | the token in the recording |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.name} | {row.median * 1e3:.2f} ms | {row.worst * 1e3:.2f} ms | {row.rate:,.0f} | {row.processor * 1e3:.2f} ms "
        f"| {1 / row.processor:,.0f} a second | {row.megabytes:.0f} MB | {row.tokens:,} times |"
        for row in rows
    ]
    return "\n".join(lines)


def subjects(redocly: str | None) -> list[Subject]:
    """The proxies that are there."""
    mconn = (sys.executable, "-m", "mconn_contracts.cli.main")
    where = ("--target", "{target}", "--listen", "127.0.0.1:{port}")
    found = [
        Subject("`mconn record`", (*mconn, "record", *where, "--out", "{har}")),
        Subject("`mconn proxy`", (*mconn, "proxy", *where)),
        Subject("`mconn proxy --record`", (*mconn, "proxy", *where, "--record", "{har}")),
        Subject("`mconn proxy --block`", (*mconn, "proxy", *where, "--block")),
    ]
    if redocly is not None:
        peer = (redocly, "proxy", "--target", "{target}", "--port", "{port}", "--har", "{har}")
        found += [
            Subject("Redocly's proxy", peer),
            Subject(
                "Redocly's proxy, with the document",
                (*peer, "--api", str(ROOT / "spec" / "openapi.yaml"), "--match-mode", "basepath"),
            ),
        ]
    return found


def main() -> None:
    """Measure, print the table, and write it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redocly", default=shutil.which("redocly"), help="Redocly's command.")
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3, help="Measure so often; the round with the least processor time counts.")
    parser.add_argument("--only", default="", help="Measure proxies whose name has this.")
    parser.add_argument("--write-page", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        started([sys.executable, "-m", "benchmarks.proxy", "--serve", str(port)], port),
    ):
        chosen = [each for each in subjects(options.redocly) if options.only in each.name]
        rounds = [[measured(each, port, Path(folder), options.requests) for each in chosen] for _ in range(options.rounds)]
        # What else the machine does only ever adds to a time.
        rows = [min(of_one, key=lambda row: row.processor) for of_one in zip(*rounds, strict=True)]
    text = table(rows)
    print(text)
    if options.write_page:
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        section.write(
            PAGE,
            "proxies",
            f"{text}\n\nOn {os.cpu_count()} cores, at a load of {load}; "
            f"{options.requests:,} requests each, the best of {options.rounds} rounds.",
        )


if __name__ == "__main__":
    # Threads of clients only wait.
    threading.stack_size(256 * 1024)
    main()
