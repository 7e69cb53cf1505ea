"""`mconn validate --only-ours`: what a hook is given, of which most is of other programs."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mconn_contracts.cli.validate import command as validate

FAULTY = {"e": {"k": "StartUpgrade"}, "n": 1, "t": 1700000000}
SHORT = {"a": 2, "k": "Init", "n": 1, "t": 1}


def har(url: str, body: Any) -> Any:
    """A HAR file of one exchange."""
    answer = {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": json.dumps(body)}}
    entry = {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "GET", "url": url, "headers": []},
        "response": answer,
    }
    return {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [entry]}}


EVENTS = "https://api.example/accounts/a/magic/connectors/2f6f7e1a-3c5d-4b8e-9a10-5d0c7e2b4f61/telemetry/events?from=0&to=9"

OTHERS: Mapping[str, Any] = {
    "package.json": {"name": "x", "version": "1", "scripts": {"a": "b"}},
    "tsconfig.json": '{\n  // why\n  "compilerOptions": {"strict": true,},\n}\n',
    "openapi.json": {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}},
    "schema.json": {"type": "object", "properties": {"e": {}, "n": {}, "t": {}}},
    "object.json": {},
    "array.json": [],
    "numbers.json": [1, 2],
    "null.json": None,
    "text.json": '"success"',
    "empty.json": "",
    "count.json": {"count": 3},
    "success.json": {"success": True},
    "key.json": {"k": "v"},
    "graphql.json": {"data": None, "errors": [{"message": "x"}]},
    "jsonapi.json": {"errors": [{"status": "422", "title": "x"}]},
    "zones.json": {"success": True, "errors": [], "messages": [], "result": [{"id": "x", "name": "example.com"}]},
    "items.json": {"count": 1, "items": [{"id": 1}]},
    "pointer.json": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
    "swagger.yaml": "swagger: '2.0'\nresponses:\n  none: {description: x}\n",
    "conflict.json": '<<<<<<< HEAD\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> x\n',
    "template.json": '{"name": "{{ name }}", "list": [{% for each in all %}{{ each }}{% endfor %}]}\n',
    "index.json": {"mappings": {"properties": {"a": {"type": "text"}}}},
    "parties.json": {"consumer": "x", "provider": "y"},
    "talk.json": {"request": {"x": 1}, "response": {"y": 1}},
    "interactions.json": {"interactions": [1, 2]},
    "log.ndjson": '{"level": "info", "msg": "x"}\n{"level": "warn", "msg": "y"}\n',
    "talk.jsonl": '{"request": {"id": 1}}\n{"request": {"id": 2}}\n',
    "numbers.jsonl": "1\n2\n",
    "other.har": har("https://example.com/a", {}),
    "binary.json": bytes(range(256)),
}

OURS: Mapping[str, Any] = {
    "event.json": FAULTY,
    "events.json": [FAULTY],
    "events.ndjson": f"{json.dumps(FAULTY)}\n{json.dumps(FAULTY)}\n",
    "events.jsonl": f"{json.dumps(FAULTY)}\n",
    "page.json": {"success": True, "errors": [], "messages": [], "result": {"count": 0, "items": [SHORT]}},
    "bare page.json": {"count": 0, "items": [SHORT]},
    "without kind.json": {"success": True, "errors": [], "messages": [], "result": {"count": 1, "items": [{"n": 1, "t": 1}]}},
    "short.json": {**SHORT, "n": "1"},
    "cut.json": '{"success": true, "result": {"count": 1, "items": [{"a": 2, "k": "Init", "n": 1, "t": 1',
    "page.har": har(EVENTS, {"success": True, "errors": [], "messages": [], "result": {"count": 0, "items": [SHORT]}}),
}

PACK: Mapping[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def written(folder: Path, files: Mapping[str, Any], packed: str = "") -> list[str]:
    """The paths of files, written into a folder."""
    paths = []
    for name, content in files.items():
        text = content if isinstance(content, (str, bytes)) else json.dumps(content)
        path = folder / f"{name}{packed}"
        path.write_bytes(PACK[packed](text if isinstance(text, bytes) else text.encode()))
        paths.append(str(path))
    return paths


def judged(*words: str) -> Result:
    """What `mconn validate --only-ours` comes to."""
    return CliRunner().invoke(validate, ["--only-ours", *words], catch_exceptions=False)


@pytest.mark.parametrize("name, packed", [*((name, "") for name in OURS), *(("page.har", packed) for packed in PACK if packed)])
def test_what_is_ours_is_judged(tmp_path: Path, name: str, packed: str) -> None:
    """A faulty capture of ours fails, whatever its form and packing, among files that are of others."""
    paths = written(tmp_path, {"package.json": OTHERS["package.json"]}) + written(tmp_path, {name: OURS[name]}, packed)
    result = judged(*paths)

    assert (1, True) == (result.exit_code, f"{name}{packed}" in result.stdout)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_of_others_passes(tmp_path: Path, name: str) -> None:
    """A file of another program passes by itself."""
    result = judged(*written(tmp_path, {name: OTHERS[name]}))

    assert (0, "") == (result.exit_code, result.stderr)


@pytest.mark.parametrize("packed", PACK)
def test_what_is_of_others_is_counted(tmp_path: Path, packed: str) -> None:
    """Files of other programs are left out, and an exchange of another API is foreign."""
    result = judged(*written(tmp_path, OTHERS, packed), "--report", "json=-")
    counts = json.loads(result.stdout)["counts"]

    assert (0, "", 0, 1) == (result.exit_code, result.stderr, counts["exchanges"], counts["foreign"])
    assert len(OTHERS) - 1 <= sum(counts["left_out"].values())


def test_without_it_a_file_that_is_named_has_to_be_ours(tmp_path: Path) -> None:
    """A user who names a file of another program is told so."""
    (path,) = written(tmp_path, {"package.json": OTHERS["package.json"]})

    assert 3 == CliRunner().invoke(validate, [path]).exit_code


def test_what_is_named_as_a_capture_has_to_be_one(tmp_path: Path) -> None:
    """A file named .har that is none is said, and is no pass."""
    result = judged(*written(tmp_path, {"a.har": "hello"}))

    assert (3, True) == (result.exit_code, "not a HAR file" in result.stderr)
