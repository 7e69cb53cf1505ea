"""What the Python programs share: read the task, put it to a client, write what came of it."""

from __future__ import annotations

import json
import os
import sys
from enum import Enum
from pathlib import Path
from typing import Any, Protocol


class Failure(Exception):  # noqa: N818 - it is an answer
    """The server refused; `error` is the decoded error model."""

    def __init__(self, status: int, error: Any) -> None:
        super().__init__(status)
        self.status = status
        self.error = error


class Client(Protocol):
    """What a program does with its generated code."""

    def decode(self, model: str, text: str) -> Any:
        """The value of a model, from JSON."""

    def encode(self, value: Any) -> str:
        """The JSON of a value."""

    def union(self, event: Any) -> Any:
        """The member of the union that a recorded event holds, or its kind where an event is one object."""

    def list(self, cursor: str | None) -> Any:
        """A page, without its envelope."""

    def latest(self) -> Any:
        """The latest events, without their envelope."""

    def get(self, t: int, n: int) -> Any:
        """One event, without its envelope; raises `Failure`."""


def read_task() -> Any:
    """The task."""
    return json.loads(Path(os.environ["MCONN_TASK"]).read_text(encoding="utf-8"))


def run(client: Client, task: Any) -> None:
    """Do the task, and write the result."""
    samples = {sample["id"]: _sample(client, sample) for sample in task["samples"]}
    pages, events, cursor = [], [], None
    while True:
        page = client.list(cursor)
        pages.append(client.encode(page))
        for item in page.items:
            event = client.get(item.t, item.n)
            events.append({"type": _type(client.union(event)), "text": client.encode(event)})
        cursor = page.cursor if isinstance(page.cursor, str) else None
        if cursor is None:
            break
    latest = client.latest()
    try:
        client.get(task["absent"]["t"], task["absent"]["n"])
    except Failure as failure:
        absent = {"status": failure.status, "text": client.encode(failure.error)}
    else:
        sys.exit("the absent event was found")
    calls = {
        "pages": pages,
        "events": events,
        "latest": {"types": _types(client, latest), "text": client.encode(latest)},
        "absent": absent,
    }
    Path(os.environ["MCONN_RESULT"]).write_text(json.dumps({"samples": samples, "calls": calls}), encoding="utf-8")


def _sample(client: Client, sample: Any) -> Any:
    try:
        value = client.decode(sample["model"], sample["text"])
        return {"types": _types(client, value), "text": client.encode(value)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def _type(member: Any) -> str:
    return str(member.value) if isinstance(member, Enum) else type(member).__name__


def _types(client: Client, value: Any) -> list[str]:
    result = getattr(value, "result", value)
    items = getattr(result, "items", [result])
    return [_type(client.union(item)) for item in items if hasattr(item, "e")]
