"""Forms of one recording in which writers and shells differ: the corruption is found in each, and no honest body is accused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.captures.test_recorders import CORRUPT, GOOD, PATH, RECEIVED, SAMPLES, har, log, pairs, vcr

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.inputs import find
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan

PLAN = Plan(load())


def entry(status: Any = 200, body: str = GOOD, *, response: Any = None, **members: Any) -> dict[str, Any]:
    """An entry of a HAR file, with members of it and of its response replaced."""
    value = har(status, text=body, size=len(body))
    return {**value, "response": {**value["response"], **(response or {})}, **members}


def in_chunks(body: str) -> str:
    """A body as HTTP/1.1 sends it."""
    return f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"


def entries(make: Callable[[int, str], dict[str, Any]] = entry, *more: dict[str, Any]) -> bytes:
    """A HAR file of the samples, each as `make` has it, and of further entries."""
    return json.dumps(log([*(make(status, body) for status, body in SAMPLES), *more])).encode()


def cassette(make: Callable[[int, str], dict[str, Any]]) -> bytes:
    """A cassette of the samples, each as `make` has it."""
    return yaml.safe_dump({"interactions": [make(status, body) for status, body in SAMPLES]}).encode()


PART = {
    "status": 206,
    "headers": pairs({**RECEIVED, "Content-Range": "bytes 0-19/91"}),
    "content": {"text": GOOD[:20], "size": 20},
}
CUT = {"content": {"text": GOOD[:40], "size": len(GOOD)}}
CHUNKED = pairs({**RECEIVED, "Transfer-Encoding": "chunked"})
OPTIONS = entry(response={"content": {"size": 0}}, request={**entry()["request"], "method": "OPTIONS"})
ASKED = {
    "method": "GET",
    "urlPath": PATH.rpartition("/")[0],
    "queryParameters": {"from": {"matches": "[0-9]+"}, "to": {"equalTo": "2"}},
}
PAGE = {"success": True, "errors": [], "messages": [], "result": {"count": 0, "items": []}}
STUBS = [
    *({"request": {"url": PATH}, "response": {"status": 200, "body": body}} for body in (GOOD, CORRUPT)),
    {"request": ASKED, "response": {"status": 200, "jsonBody": PAGE}},
    {"request": {"url": PATH}, "response": {"status": 200, "body": "{{now}}", "transformers": ["response-template"]}},
    {"request": {"url": PATH}, "response": {"fault": "EMPTY_RESPONSE"}},
    {"request": {"url": PATH}, "response": {"proxyBaseUrl": "https://api.cloudflare.com"}},
]
"""Mappings of WireMock: two events, a list for any `from`, and such as hold no response."""
FORMS: dict[str, tuple[bytes, int, dict[str, int]]] = {
    "status as text.har": (entries(lambda status, body: entry(f"{status} OK", body)), 3, {}),
    "status as a fraction.har": (entries(lambda status, body: entry(float(status), body)), 3, {}),
    "chunks that were kept.har": (
        entries(lambda status, body: entry(status, in_chunks(body), response={"headers": CHUNKED})),
        3,
        {},
    ),
    "a part of a body.har": (entries(entry, entry(response=PART)), 4, {"MC206": 1, "MC906": 1}),
    "a body that was cut short.har": (entries(entry, entry(response=CUT)), 4, {"MC906": 1}),
    "a preflight.har": (entries(entry, OPTIONS), 4, {}),
    "nothing came.har": (
        entries(entry, entry(response={"status": None, "content": {"size": 0}}), {**entry(), "response": None}),
        3,
        {},
    ),
    "entries.ndjson": (b"".join(json.dumps(entry(status, body)).encode() + b"\n" for status, body in SAMPLES), 3, {}),
    "stubs.json": (json.dumps({"mappings": STUBS}).encode(), 4, {"MC906": 1}),
    "UTF-16.har": (entries().decode().encode("utf-16"), 3, {}),
    "nulls.yaml": (cassette(lambda status, body: vcr({"code": status}, {"string": body, "base64_string": None})), 3, {}),
    "values.yaml": (cassette(lambda status, body: vcr({"code": status}, json.loads(body))), 3, {}),
    "values as string.yaml": (cassette(lambda status, body: vcr({"code": status}, {"string": json.loads(body)})), 3, {}),
    "status line.yaml": (cassette(lambda status, body: vcr(f"HTTP/1.1 {status} OK", {"string": body})), 3, {}),
    "two documents.yaml": (
        b"---\n"
        + yaml.safe_dump({"interactions": [vcr(200, {"string": GOOD})]}).encode()
        + b"---\n"
        + cassette(lambda status, body: vcr(status, {"string": body})),
        4,
        {},
    ),
}
"""By a file name: the content, the exchanges, and what is found beside the corruption (MC102), by code."""


def codes(path: Path) -> tuple[int, dict[str, int]]:
    """The number of exchanges, and what was found, by code, without what two samples of one event come to."""
    tally = distribute([Input(path.name, path)], PLAN, ReadOptions()).tally
    return tally.exchanges, {code: count for code, count in tally.by_code.items() if code != "MC508"}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read(tmp_path: Path, name: str) -> None:
    """The corruption is found in it once, and nothing of what is honest."""
    content, exchanges, more = FORMS[name]
    (tmp_path / name).write_bytes(content)

    assert (exchanges, {"MC102": 1, **more}) == codes(tmp_path / name)


def test_a_walk_reads_cassettes_and_leaves_other_yaml_alone(tmp_path: Path) -> None:
    """What has interactions in YAML is a capture, in a folder and in an archive; of others each is counted."""
    others = (b"swagger: '2.0'\nresponses:\n  none: {description: x}\n", b"- hosts: all\n  tasks: []\n", b"jobs:\n  request: 1\n")
    contents = [cassette(lambda status, body: vcr(status, {"string": body})), *others]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        (tmp_path / "walked").mkdir()
        for number, content in enumerate(contents):
            (tmp_path / "walked" / f"{number}.yaml").write_bytes(content)
            archive.writestr(f"{number}.yaml", content)
    for place in ("walked", "all.zip"):
        tally = distribute(find([str(tmp_path / place)]).found, PLAN, ReadOptions()).tally

        assert (3, {".yaml of another program": 3}) == (tally.exchanges, dict(tally.left_out))
        assert 1 == tally.by_code["MC102"]
