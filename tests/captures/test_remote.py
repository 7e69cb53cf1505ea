"""Captures by URL: fsspec's memory file system, and a real S3-compatible server on loopback."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.executors import pool
from mconn_contracts.captures.inputs import find
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import Plan
from mconn_contracts.reports.json import REPORT

fsspec = pytest.importorskip("fsspec")
PLAN = Plan(load())
VALID = b'{"e": {"k": "Init"}, "n": 1, "t": 1700000000}\n'
BROKEN = b'{"e": {"k": "Init"}, "n": "1", "t": 1700000000}\n'
CONTENT = (VALID * 9 + BROKEN) * 20
FILES = {"a.ndjson": CONTENT, "deep/b.ndjson.gz": gzip.compress(CONTENT), "c.json": VALID, "deep/notes.txt": b"notes"}


@pytest.fixture
def memory() -> Iterator[str]:
    """The URL of a folder in memory that holds the files."""
    system = fsspec.filesystem("memory")
    for name, content in FILES.items():
        system.pipe_file(f"/archive/{name}", content)
    yield "memory://archive"
    system.rm("/archive", recursive=True)


def labels(*arguments: str) -> list[str]:
    """The captures that arguments mean, or why there are none."""
    inputs = find(arguments)
    return [source.label for source in inputs.found] + [str(problem) for problem in inputs.problems]


def test_urls_are_files_folders_and_globs(memory: str) -> None:
    """A folder holds what is named as a capture, a glob what it matches; a file is found once."""
    assert [f"{memory}/a.ndjson"] == labels(f"{memory}/a.ndjson", f"{memory}/a.ndjson")
    assert [f"memory:///archive/{name}" for name in ("a.ndjson", "c.json", "deep/b.ndjson.gz")] == labels(memory)
    assert ["memory:///archive/c.json"] == labels(f"{memory}/*.json")


def test_what_is_not_there_is_a_problem(memory: str) -> None:
    """It is named, and everything else is found."""
    assert [f"{memory}/*.none: matches no file"] == labels(f"{memory}/*.none")
    (missing,) = labels(f"{memory}/missing")
    assert missing.startswith(f"{memory}/missing: cannot be read: ")


@pytest.mark.parametrize("url", ["nothing://a/b", "s4://a"])
def test_an_unknown_scheme_is_wrong_use(url: str) -> None:
    """The error names it (exit 2)."""
    with pytest.raises(UsageError, match=url.partition(":")[0]):
        find([url])


def on_disk(folder: Path) -> list[Input]:
    """The same files on disk, in the same order, under the labels of memory."""
    sources: list[Input] = []
    for name in ("a.ndjson", "c.json", "deep/b.ndjson.gz"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(FILES[name])
        sources.append(Input(f"memory:///archive/{name}", path))
    return sources


def test_remote_captures_are_judged_like_those_on_disk(memory: str, tmp_path: Path) -> None:
    """Whole, and in byte ranges."""
    expected = REPORT.render(distribute(on_disk(tmp_path), PLAN, ReadOptions()).verdict(PLAN))
    found = find([memory]).found
    cut = distribute(found, PLAN, ReadOptions(), shard_bytes=1000)

    assert expected == REPORT.render(distribute(found, PLAN, ReadOptions()).verdict(PLAN))
    assert expected == REPORT.render(cut.verdict(PLAN))


@pytest.mark.parametrize("name", ["", "/session.har"])
def test_bodies_beside_a_remote_har_are_of_its_entries(name: str) -> None:
    """Whether the folder or the file is named; nothing outside of the folder is read."""
    system = fsspec.filesystem("memory")
    request = {
        "method": "GET",
        "url": "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events/1700000000.1",
    }
    files = ("body.json", "none.json", "../secret.json")
    response = {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}]}
    entries = [{"request": request, "response": {**response, "content": {"_file": file}}} for file in files]
    system.pipe_file("/har/session/session.har", json.dumps({"log": {"version": "1.2", "entries": entries}}).encode())
    system.pipe_file("/har/session/body.json", b'{"success": true, "errors": [], "messages": [], "result": %b}' % BROKEN)
    system.pipe_file("/har/secret.json", b'{"success": true, "errors": [], "messages": [], "result": %b}' % BROKEN)
    tally = distribute(find([f"memory://har/session{name}"]).found, PLAN, ReadOptions()).tally
    system.rm("/har", recursive=True)

    assert (3, {"MC101": 1, "MC906": 2}) == (tally.exchanges, dict(tally.by_code))


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of a bucket of moto's server, a process of its own; where it is comes from the environment, as for any S3."""
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("moto.server")
    program = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
        place = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in place.items():
                patch.setenv(name, value)
            client = boto3.client("s3")
            client.create_bucket(Bucket="archive")
            for name, content in FILES.items():
                client.put_object(Bucket="archive", Key=name, Body=content)
            yield "s3://archive"
        server.kill()


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)
def test_a_bucket_is_judged_like_a_folder(bucket: str, tmp_path: Path) -> None:
    """By `s3://`, whole and in byte ranges, in this process and in others."""
    document: dict[str, Any] = json.loads(REPORT.render(distribute(on_disk(tmp_path), PLAN, ReadOptions()).verdict(PLAN)))
    found = find([bucket]).found
    assert ["s3://archive/a.ndjson", "s3://archive/c.json", "s3://archive/deep/b.ndjson.gz"] == [each.label for each in found]
    for finding in document["findings"]:
        finding["source"] = finding["source"].replace("memory:///archive", "s3://archive")

    assert document == json.loads(REPORT.render(distribute(found, PLAN, ReadOptions()).verdict(PLAN)))
    with pool("processes", 2) as workers:
        assert document == json.loads(
            REPORT.render(distribute(found, PLAN, ReadOptions(), workers, shard_bytes=4000).verdict(PLAN))
        )


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)
def test_what_a_bucket_lacks_is_a_problem(bucket: str) -> None:
    """A missing key and a missing bucket are named."""
    problems = labels(f"{bucket}/none.json", "s3://none/a.json")

    assert [True, True] == [": cannot be read: " in problem for problem in problems]
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "b"
