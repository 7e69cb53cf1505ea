"""A server with one event of each kind, and what a program in another language is told about it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.proxy.standing import Standing, standing

from mconn_contracts.contract.document import load
from mconn_contracts.server.embedded import serve_in_thread

START = 1_700_000_000
UNKNOWN = "HaTransition"
"""A kind of a later revision of the vendor's API."""
EARLY = {"e": {"k": "Reconcile"}, "n": 3, "t": 5}
"""An event whose `t` no language writes with an exponent."""
BUNDLE = "https://upgrades.example/connector/2026.3.1.bundle"


def events() -> list[dict[str, Any]]:
    """One event of each kind, and one of an unknown kind, in their order; every other one has a version."""
    found = [EARLY]
    for index, kind in enumerate((*load().kinds, UNKNOWN)):
        e = {"k": kind} | ({"url": BUNDLE} if kind == "StartUpgrade" else {})
        version = {"v": "2026.3.1"} if index % 2 else {}
        found.append({"e": e, "n": index % 3, "t": START + index} | version)
    return found


@contextmanager
def environment(folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the events; the environment that leads a program to them."""
    path = folder / "events.ndjson"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events()), encoding="utf-8")
    with serve_in_thread(events=path) as server:
        yield os.environ | {
            "MCONN_URL": server.url,
            "MCONN_TOKEN": server.token,
            "MCONN_ACCOUNT": server.account_id,
            "MCONN_CONNECTOR": server.connector_id,
            "MCONN_END": "2000000000",
        }


@contextmanager
def through_the_proxy(environment: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], Standing]]:
    """The same environment, but that it leads to a proxy before the server; and the proxy."""
    with standing(environment["MCONN_URL"]) as proxy:
        yield {**environment, "MCONN_URL": proxy.url}, proxy


def result_of(*command: str, folder: Path, environment: Mapping[str, str]) -> Any:
    """What a program writes, one JSON value."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def below_events(url: str) -> str:
    """What an event's address has after `/telemetry/events`."""
    return url.partition("/telemetry/events")[2]


def outcomes(report: Path) -> list[tuple[str, list[Any]]]:
    """Of each run in a report of `mconn client`, what it came to, and what is wrong with its requests."""
    return [(run["result"], run["findings"]) for run in json.loads(report.read_bytes())["runs"]]
