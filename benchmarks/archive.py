"""Measure `mconn validate` over archives against parsers and validators; prints what docs/performance.md says of archives.

python -m pip install -e . --group benchmark && python -m benchmarks.archive --write

Every number is a ratio of CPU times of one run, the best of several rounds that take turns. `--write` puts it into the page.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import orjson

from benchmarks import growth, section, tools
from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
EVENTS, PAGES, ITEMS = 200_000, 400, 500
FEW = 20_000
"""Events that take longer: those that are all invalid, and those for slow tools."""
ROUNDS = 3
SAMPLE = 300
DOCUMENT = load()
Row = tuple[str, float, str]


def main() -> None:
    """Print what was measured, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write it into docs/performance.md")
    write = parser.parse_args().write
    random.seed(20261124)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = [*event_rows(place), *page_rows(place), *cold_start(place)]
        lines = [json.dumps(event(index)).encode() for index in range(FEW)]
        beside, grown = tools.table(place, lines), growth.table(place)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    text = f"""
{machine()}; Python {platform.python_version()}; {versions}; taken at a load of {load_before:.0f} to {os.getloadavg()[0]:.0f} on
{os.cpu_count()} cores. {EVENTS:,} NDJSON events, {PAGES} pages of {ITEMS} events; CPU time, best of {ROUNDS} rounds.

| measured | ratio | goal |
|---|---:|---:|
""" + "\n".join(f"| {name} | {ratio:,.2f} | {goal} |" for name, ratio, goal in rows)
    text += f"""

What other tools make of {FEW:,} such events, or fewer where they are slow, and of twelve events with one fault each:

{beside}

How a run grows with its input; time and memory of a process that has judged one event before, one run each:

{grown}
"""
    print(text)
    if write:
        section.write(PAGE, "archives", text)


PACKAGES = ("msgspec", "orjson", "jsonschema", "jsonschema-rs", "check-jsonschema", "pydantic", "pyarrow", "duckdb", "polars")


def event_rows(place: Path) -> list[Row]:
    """The ratios over events."""
    values = [event(index) for index in range(EVENTS)]
    valid = archive(place / "valid.ndjson", [json.dumps(value).encode() for value in values])
    newer = archive(
        place / "newer.ndjson", [json.dumps({**value, "new": index % 10}).encode() for index, value in enumerate(values[:FEW])]
    )
    invalid = archive(place / "invalid.ndjson", [corrupt(index, event(index)) for index in range(FEW)])
    lines = valid.read_bytes().splitlines()
    mixed = {
        share: archive(
            place / f"{share}.ndjson",
            [corrupt(index // share, event(index)) if index % share == 0 else line for index, line in enumerate(lines)],
        )
        for share in (1000, 100)
    }
    ours, theirs, plain, more, wrong, few, some = best(
        lambda: judge(valid),
        lambda: decode(lines, "EventGetResponse"),
        lambda: parse(lines),
        lambda: judge(newer),
        lambda: judge(invalid),
        lambda: judge(mixed[1000]),
        lambda: judge(mixed[100]),
    )
    slow, cli = validators(place, "EventGetResponse", lines[:SAMPLE])
    each = ours / EVENTS
    print(f"events: {EVENTS / ours:,.0f}/s, {valid.stat().st_size / ours / 1e6:,.0f} MB/s", file=sys.stderr)
    return [
        ("events: speed of `mconn validate` by bare `msgspec.json.Decoder(T).decode`", theirs / ours, "≥ 0.5"),
        ("events: … by `orjson.loads`", plain / ours, "> 1"),
        ("events: … by `jsonschema`", slow / each, "≥ 100"),
        ("events: … by `check-jsonschema`", cli / each, "≥ 100"),
        ("events, 0.1 % of them invalid: times slower than valid ones", few / ours, "≤ 1.3"),
        ("events, 1 % of them invalid: times slower than valid ones", some / ours, "≤ 2"),
        ("events, each with an undeclared property: thousands a second", FEW / more / 1000, "≥ 50"),
        ("events, each invalid in one of eight ways: thousands a second", FEW / wrong / 1000, "≥ 50"),
    ]


def page_rows(place: Path) -> list[Row]:
    """The ratios over list pages."""
    values = [page(number) for number in range(PAGES)]
    valid = archive(place / "pages.ndjson", [json.dumps(value).encode() for value in values])
    del values[FEW // ITEMS :]
    for value in values:
        for item in value["items"]:
            item["new"] = 1
    newer = archive(place / "newer-pages.ndjson", [json.dumps(value).encode() for value in values])
    for value in values:
        value["items"][random.randrange(ITEMS)]["t"] = "1"
    invalid = archive(place / "invalid-pages.ndjson", [json.dumps(value).encode() for value in values])
    lines = valid.read_bytes().splitlines()
    ours, theirs, plain, more, wrong = best(
        lambda: judge(valid),
        lambda: decode(lines, "EventListResponse"),
        lambda: parse(lines),
        lambda: judge(newer),
        lambda: judge(invalid),
    )
    slow, cli = validators(place, "EventListResponse", lines[:5])
    each = ours / PAGES
    return [
        ("pages: speed of `mconn validate` by bare `msgspec.json.Decoder(T).decode`", theirs / ours, "≥ 0.5"),
        ("pages: … by `orjson.loads`", plain / ours, "> 1"),
        ("pages: … by `jsonschema`", slow / each, "≥ 100"),
        ("pages: … by `check-jsonschema`", cli / each, "≥ 100"),
        ("pages, each item with an undeclared property: thousands of items a second", FEW / more / 1000, "≥ 50"),
        ("pages, each with an invalid item: thousands of items a second", FEW / wrong / 1000, "≥ 50"),
    ]


def cold_start(place: Path) -> list[Row]:
    """The ratio of a run over one event by the import of jsonschema, each a process of its own."""
    one = archive(place / "one.json", [json.dumps(event(0)).encode()])
    command = str(Path(sysconfig.get_path("scripts")) / "mconn")
    validate = min(process([command, "validate", str(one)]) for _ in range(5))
    imported = min(process([sys.executable, "-c", "import jsonschema"]) for _ in range(5))
    return [("`mconn validate one.json` by `python -c 'import jsonschema'`: times slower", validate / imported, "≤ 2")]


def event(index: int) -> dict[str, Any]:
    """A full event, half of them with `v`."""
    kind = random.choice(DOCUMENT.kinds)
    body = {"k": kind, "url": "https://example.com/bundles/1.2.3.tar"} if kind == "StartUpgrade" else {"k": kind}
    value = {"e": body, "n": index % 7, "t": 1_700_000_000 + index}
    return {**value, "v": "2026.1.0"} if index % 2 else value


def corrupt(index: int, value: dict[str, Any]) -> bytes:
    """An event with one fault, of eight in turn."""
    match index % 8:
        case 0:
            value["n"] = "1"
        case 1:
            del value["t"]
        case 2:
            value["e"]["k"] = value["e"]["k"].lower()
        case 3:
            value["t"] = -1
        case 4:
            value["t"] += 0.5
        case 5:
            value["e"] = None
        case 6:
            return json.dumps(value).encode()[:-9]
        case 7:
            return json.dumps(value).replace('"n"', '"n": 1, "n"').encode()
    return json.dumps(value).encode()


def page(number: int) -> dict[str, Any]:
    """A page of events in short, one a second; now and then two in the same."""
    first = number * ITEMS
    times = [first + index - (index % 50 == 1) for index in range(ITEMS)]
    items = [
        {"a": 1_700_000_001 + time, "k": random.choice(DOCUMENT.kinds), "n": index % 50, "t": 1_700_000_000 + time}
        for index, time in enumerate(times)
    ]
    return {"count": ITEMS, "items": items, "cursor": f"c{number}"}


def archive(path: Path, lines: Sequence[bytes]) -> Path:
    """A file of lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def judge(path: Path) -> None:
    """What `mconn validate` does with a file: it is read, cut, judged by all rules and counted."""
    distribute([Input(path.name, path)], Plan(DOCUMENT), ReadOptions())


def decode(lines: Sequence[bytes], name: str) -> None:
    """Decode lines that are in memory by a type of the schema."""
    schema = Plan(DOCUMENT).reader.schemas.compiled(DOCUMENT.schema_pointer(name))
    assert schema is not None
    decoder = msgspec.json.Decoder(schema.type)
    for line in lines:
        decoder.decode(line)


def parse(lines: Sequence[bytes]) -> None:
    """Parse lines that are in memory, without a schema."""
    for line in lines:
        orjson.loads(line)


def validators(place: Path, name: str, lines: Sequence[bytes]) -> tuple[float, float]:
    """The seconds that jsonschema, and check-jsonschema on files of their own, take for one line of a sample."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": DOCUMENT.raw["components"]["schemas"]}}
    validator = jsonschema.Draft202012Validator(schema)
    (slow,) = best(lambda: [validator.is_valid(json.loads(line)) for line in lines])
    (place / "schema.json").write_text(json.dumps(schema))
    files = [archive(place / f"{name}-{index}.json", [line]) for index, line in enumerate(lines)]
    command = [str(Path(sysconfig.get_path("scripts")) / "check-jsonschema"), "--schemafile", str(place / "schema.json")]
    many = min(process([*command, *map(str, files)]) for _ in range(2))
    start = min(process([*command, str(files[0])]) for _ in range(2))
    return slow / len(lines), (many - start) / (len(lines) - 1)


def best(*works: Callable[[], Any]) -> list[float]:
    """The least CPU time of each work; they take turns."""
    least = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for index, work in enumerate(works):
            begun = time.process_time()
            work()
            least[index] = min(least[index], time.process_time() - begun)
    return least


def process(command: Sequence[str]) -> float:
    """The CPU time of a process; modules are compiled once, as in any installation."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def machine() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
