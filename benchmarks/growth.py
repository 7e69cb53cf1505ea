"""How the time and the memory of `mconn validate` grow with each kind of input: over a size, twice and four times of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1_700_000_000}
MEASURED = """
import contextlib, os, sys, time
from pathlib import Path
from mconn_contracts.cli.main import main
def validate(*words):
    sys.argv = ["mconn", "validate", *words]
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(open(os.devnull, "w")):
        main()
one, *words = sys.argv[1:]
validate(one)
begun = time.process_time()
validate(*words)
taken = time.process_time() - begun
print(taken, Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
"""Prints the seconds of CPU time, and the KiB that were resident at most."""
STEPS = (1, 2, 4)
START = 1_700_000_000


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds of CPU time, and MiB that were resident at most."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Growth:
    """What a kind of input costs at each step, without the start of the process, and its smallest size."""

    name: str
    size: int
    costs: tuple[Cost, ...]


def measure(place: Path) -> Iterator[Growth]:
    """The growth of each kind of input, written to a folder."""
    written(place / "one.ndjson", [EVENT])
    for name, (size, write, options) in KINDS.items():
        costs = []
        for step in STEPS:
            folder = place / f"{name}-{step}".replace(" ", "-")
            folder.mkdir()
            write(folder, size * step)
            costs.append(cost(folder, *options))
        yield Growth(name, size, tuple(costs))


def table(place: Path) -> str:
    """The growth as a table: what each step costs by the first."""
    rows = ["| input | size | time: twice, four times the size | memory: twice, four times |", "|---|---:|---:|---:|"]
    for each in measure(place):
        first, *rest = each.costs
        times = ", ".join(f"× {cost.seconds / first.seconds:.1f}" for cost in rest)
        memory = ", ".join(f"× {cost.memory / first.memory:.2f}" for cost in rest)
        rows.append(f"| {each.name} | {each.size:,} | {times} | {memory} (of {first.memory:.0f} MiB) |")
    return "\n".join(rows)


def cost(path: Path, *options: str) -> Cost:
    """What `mconn validate` takes for a capture, in a process of its own that has judged one event before."""
    words = [sys.executable, "-c", MEASURED, str(path.with_name("one.ndjson")), str(path), *options]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, memory = ended.stdout.splitlines()[-1].split()
    return Cost(float(seconds), float(memory) / 1024)


def written(path: Path, values: list[Any]) -> Path:
    """A file with each value on a line."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def files(folder: Path, number: int) -> None:
    """As many files of one event each."""
    for index in range(number):
        written(folder / f"{index}.json", [EVENT])


def lines(folder: Path, number: int) -> None:
    """One file of as many valid events."""
    written(folder / "a.ndjson", [{**EVENT, "t": START + index} for index in range(number)])


def bad_lines(folder: Path, number: int) -> None:
    """One file of as many events with a fault."""
    written(folder / "a.ndjson", [{**EVENT, "t": -1 - index} for index in range(number)])


def polls(folder: Path, number: int) -> None:
    """As many polls of one window."""
    written(folder / "a.ndjson", [listed("c1", list(range(5)), started=index) for index in range(number)])


def connectors(folder: Path, number: int) -> None:
    """One poll of each of as many connectors."""
    written(folder / "a.ndjson", [listed(f"c{index}", list(range(5)), started=index) for index in range(number)])


def walks(folder: Path, number: int) -> None:
    """As many walks over three pages each, of windows that follow each other."""
    pages = []
    for walk in range(number):
        for page in range(3):
            seconds = [walk * 12 + page * 4 + index for index in range(4)]
            after = f"{walk}.{page}" if page else None
            pages.append(listed("c1", seconds, (walk * 12, walk * 12 + 11), after, f"{walk}.{page + 1}" if page < 2 else None))
    written(folder / "a.ndjson", pages)


def copies(folder: Path, number: int) -> None:
    """As many events, each in two of ten files."""
    for index in range(10):
        events = [{**EVENT, "t": START + number // 5 * (index // 2) + second} for second in range(number // 5)]
        written(folder / f"{index}.ndjson", events)


def long_walk(folder: Path, number: int) -> None:
    """One walk over as many events, 100 on a page."""
    pages = []
    for page in range(number // 100):
        after, following = (f"{page}" if page else None), (f"{page + 1}" if page + 1 < number // 100 else None)
        seconds = list(range(page * 100, page * 100 + 100))
        pages.append(listed("c1", seconds, (0, number), after, following, limit=100))
    written(folder / "a.ndjson", pages)


def listed(
    connector: str,
    seconds: list[int],
    window: tuple[int, int] = (0, 4),
    cursor: str | None = None,
    following: str | None = None,
    started: int = 0,
    limit: int = 5,
) -> Mapping[str, Any]:
    """An exchange: a page with an event in each of some seconds."""
    items = [{"a": START + second + 1, "k": "Init", "n": 0, "t": START + second} for second in seconds]
    query = f"from={START + window[0]}&to={START + window[1]}&limit={limit}" + (f"&cursor={cursor}" if cursor else "")
    place = f"accounts/a1/magic/connectors/{connector}/telemetry/events"
    result = {"count": len(items), "items": items, **({"cursor": following} if following else {})}
    return {
        "request": {"method": "GET", "url": f"https://api.example.com/client/v4/{place}?{query}"},
        "response": {"status": 200, "json": {"success": True, "errors": [], "messages": [], "result": result}},
        "started": START + 10_000_000 + started,
    }


KINDS: Mapping[str, tuple[int, Callable[[Path, int], None], tuple[str, ...]]] = {
    "files": (200, files, ()),
    "lines": (100_000, lines, ()),
    "bad lines": (2000, bad_lines, ()),
    "polls of one window": (100, polls, ()),
    "connectors": (100, connectors, ()),
    "walks of three pages": (50, walks, ()),
    "events of one walk": (20_000, long_walk, ()),
    "events of ten files, related": (20_000, copies, ("--relate", "--same-connector")),
    "findings, all kept": (500, bad_lines, ("--max-per-code", "1000000")),
}
"""By what it is called: its smallest size, what writes it, and options of the command."""
