"""What every generated client is asked to do, in a form that any language reads, and the truth to compare it with."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tests import vectors

from mconn_contracts.contract.document import Document
from mconn_contracts.judge.check import Plan
from mconn_contracts.server.embedded import RunningServer

LIMIT = 20
"""Items a page; the server's events fill several."""
START, END = 0, 2_000_000_000
ABSENT = (1, 1)
"""`t` and `n` of an event that the server does not have."""


GROUPS = {frozenset[str](): "valid", frozenset({"MC102"}): "unknown kind", frozenset({"MC103"}): "undeclared field"}
"""What a sample is there to show, by the codes that are found in it."""


@dataclass(frozen=True)
class Sample:
    """One body, as text, of a model of the document. `group` says what it is there to show."""

    id: str
    group: str
    """`valid`, `spelled` (valid, but with a number such as `1.0`, `1e3` or `-0`), `unknown kind`, `undeclared field`, or
    `other case` (an undeclared field that differs from a declared one in case only)."""
    model: str
    text: str

    @property
    def value(self) -> Any:
        """The body."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Truth:
    """What the server says when it is asked without a generated client."""

    pages: list[Any]
    latest: Any
    events: list[Any]
    absent: Any


def samples(document: Document) -> list[Sample]:
    """The vectors whose body is JSON of a declared model, and without findings, or with one of growth only; none twice.

    What the vectors say of a body holds for the document that ships. Under an overlay it is judged anew, and what stands beside
    `k` in an event counts as undeclared, which the document allows there.
    """
    found = {}
    plan = Plan(document) if document.overlays else None
    for case in vectors.load():
        if "exchanges" in case.raw:
            continue
        codes = vectors.judge(case, plan).codes if plan else frozenset(finding["code"] for finding in case.raw["findings"])
        group = GROUPS.get(codes)
        model = _model(case.raw, document)
        if group is None or model is None:
            continue
        text = vectors.content(case.raw).decode()
        if not text.strip():
            continue
        if plan and group == "valid" and (alone := kinds_alone(json.loads(text))) != json.loads(text):
            bare = json.dumps(alone)
            found.setdefault((model, bare), Sample(f"{case.description}, without it", group, model, bare))
            group = "undeclared field"
        if group == "valid" and not _in_plain_digits(text):
            group = "spelled"
        if group == "undeclared field" and not _apart_by_more_than_case(json.loads(text)):
            group = "other case"
        found.setdefault((model, text), Sample(case.description, group, model, text))
    return list(found.values())


def events(value: Any) -> list[Any]:
    """The events that a body holds, in order, with or without its envelope; a listed event is none."""
    result = value.get("result") or {} if "success" in value else value
    return [item["e"] for item in result.get("items", [result]) if "e" in item]


def kinds_alone(value: Any) -> Any:
    """A body whose events have their `k` only."""
    value = copy.deepcopy(value)
    for event in events(value):
        for name in event.keys() - {"k"}:
            del event[name]
    return value


def _model(case: Mapping[str, Any], document: Document) -> str | None:
    """The name of the schema that a case's body has; None for a status that declares none."""
    if "model" in case:
        return str(case["model"])
    if "operation" not in case:
        return None
    # Without a status, as in an archive, a body is known by its `success`.
    status = case.get("status", 200 if '"success": true' in vectors.content(case).decode(errors="replace") else 400)
    if status >= 400:
        return "ApiErrorResponse"
    pointer = document.operation(case["operation"]).schemas.get(str(status))
    return None if pointer is None else pointer.rpartition("/")[2]


def _in_plain_digits(text: str) -> bool:
    numbers: list[str] = []
    json.loads(text, parse_float=numbers.append, parse_int=numbers.append)
    return all(number.lstrip("-").isdigit() and number != "-0" for number in numbers)


def _apart_by_more_than_case(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) == len({name.casefold() for name in value}) and all(map(_apart_by_more_than_case, value.values()))
    return not isinstance(value, list) or all(map(_apart_by_more_than_case, value))


def write(path: Path, server: RunningServer, given: list[Sample]) -> None:
    """Write the task that a program is given."""
    task = {
        "url": server.url,
        "token": server.token,
        "account_id": server.account_id,
        "connector_id": server.connector_id,
        "from": START,
        "to": END,
        "limit": LIMIT,
        "absent": {"t": ABSENT[0], "n": ABSENT[1]},
        "samples": [{"id": each.id, "model": each.model, "text": each.text} for each in given],
    }
    path.write_text(json.dumps(task), encoding="utf-8")


def ask(server: RunningServer) -> Truth:
    """Ask the server what a program will ask it."""
    base = f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events"

    def get(suffix: str = "", **query: object) -> Any:
        headers = {"Authorization": f"Bearer {server.token}"}
        return requests.get(base + suffix, params=query, headers=headers, timeout=30).json()  # type: ignore[arg-type]

    def pages() -> Iterator[Any]:
        more: dict[str, object] = {}
        while True:
            page = get(**{"from": START, "to": END, "limit": LIMIT}, **more)["result"]
            yield page
            if "cursor" not in page:
                return
            more = {"cursor": page["cursor"]}

    walked = list(pages())
    events = [get(f"/{item['t']}.{item['n']}")["result"] for page in walked for item in page["items"]]
    return Truth(walked, get("/latest")["result"], events, get(f"/{ABSENT[0]}.{ABSENT[1]}"))
