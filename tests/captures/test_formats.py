"""Cassettes, exchanges, transcripts and columns: samples made by the tools themselves, of the reference server."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import betamax
import jsonschema
import pytest
import requests
import yaml
from responses import _recorder

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.archives.run import Run
from mconn_contracts.captures import exchanges
from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import ReadOptions, Record, Unanswered, Unreadable
from mconn_contracts.captures.shards import cut
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.errors import InputError, UsageError
from mconn_contracts.judge.check import Plan
from mconn_contracts.model.exchange import Exchange, Response
from mconn_contracts.server.embedded import RunningServer, serve_in_thread

PLAN = Plan(load())
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
BROKEN = {"e": {"k": "Init"}, "n": "1", "t": 1700000000}
EVENTS_URL = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server."""
    with serve_in_thread() as running:
        yield running


def events(server: RunningServer, suffix: str = "") -> str:
    """The URL of the main connector's events."""
    return f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events{suffix}"


def judged(path: Path, reading: ReadOptions = ReadOptions()) -> Run:  # noqa: B008 - frozen
    """The run over one capture."""
    return distribute([Input(path.name, path)], PLAN, reading)


def read(path: Path, reading: ReadOptions = ReadOptions()) -> list[Record]:  # noqa: B008 - frozen
    """The records of one capture."""
    return list(records(Input(path.name, path), reading))


def codes(result: Run) -> dict[str, int]:
    """What was found, by code."""
    return dict(result.tally.by_code)


# VCR.py.


@pytest.mark.parametrize("serializer, name", [("yaml", "cassette.yaml"), ("json", "cassette.json")])
def test_a_cassette_of_vcr_is_read(server: RunningServer, tmp_path: Path, serializer: str, name: str) -> None:
    """Every interaction is an exchange with its request and its decoded body; the token is in neither."""
    vcr = pytest.importorskip("vcr")
    headers = {"Authorization": f"Bearer {server.token}", "Accept-Encoding": "gzip"}
    with vcr.use_cassette(str(tmp_path / name), serializer=serializer):
        for suffix in ("/latest", "?from=0&to=4000000000&limit=3", "/1.1"):
            requests.get(events(server, suffix), headers=headers, timeout=10)
    exchanges = read(tmp_path / name)

    assert ["Exchange"] * 3 == [type(exchange).__name__ for exchange in exchanges]
    assert server.token not in repr(exchanges)
    result = judged(tmp_path / name)
    assert {} == codes(result)
    assert {"getLatestEvents": {"200": 1}, "listEvents": {"200": 1}, "getEvent": {"404": 1}} == result.tally.coverage.operations


@pytest.mark.parametrize("exact", [False, True])
def test_a_cassette_of_betamax_is_read(server: RunningServer, tmp_path: Path, exact: bool) -> None:
    """Bodies as text, or as bytes in base64; the token is in no record."""
    session = requests.Session()
    recorder = betamax.Betamax(session, cassette_library_dir=str(tmp_path))
    with recorder.use_cassette("cassette", record="all", preserve_exact_body_bytes=exact):
        for suffix in ("/latest", "?from=0&to=4000000000&limit=3", "/1.1"):
            session.get(events(server, suffix), headers={"Authorization": f"Bearer {server.token}"}, timeout=10)
    result = judged(tmp_path / "cassette.json")

    assert (3, {}) == (result.tally.exchanges, codes(result))
    assert server.token not in repr(read(tmp_path / "cassette.json"))


def test_what_responses_records_is_read(server: RunningServer, tmp_path: Path) -> None:
    """Each response is an exchange; it keeps nothing of a request but the method and the URL."""

    @_recorder.record(file_path=tmp_path / "recorded.yaml")
    def recording() -> None:
        for suffix in ("/latest", "?from=0&to=4000000000&limit=3", "/1.1"):
            requests.get(events(server, suffix), headers={"Authorization": f"Bearer {server.token}"}, timeout=10)

    recording()
    result = judged(tmp_path / "recorded.yaml")

    assert (3, {}) == (result.tally.exchanges, codes(result))
    assert {"getLatestEvents", "listEvents", "getEvent"} == set(result.tally.coverage.operations)


def test_a_cassette_of_schemathesis_is_read(server: RunningServer, tmp_path: Path) -> None:
    """What `schemathesis run --report vcr` writes, of the reference server and this document."""
    command = Path(sys.executable).with_name("schemathesis")
    words = [str(load().source), "--url", server.url, "--report", "vcr", "--report-vcr-path", str(tmp_path / "s.yaml")]
    limits = [
        "--max-examples",
        "1",
        "--phases",
        "examples,coverage",
        "--max-failures",
        "1",
        "--header",
        f"Authorization: Bearer {server.token}",
    ]
    subprocess.run([command, "run", *words, *limits], cwd=tmp_path, capture_output=True, timeout=100, check=False)
    found = read(tmp_path / "s.yaml")

    assert found
    assert {"Exchange"} == {type(record).__name__ for record in found}
    assert all(record.started for record in found if isinstance(record, Exchange))


HOSTILE = {
    "an object tag": """
interactions:
- !!python/object/apply:os.system ['echo']
- request: {method: GET, uri: 'http://a/'}
  response: !!python/name:os.system
""",
    "aliases": """
a: &a [x, x]
b: &b [*a, *a]
interactions:
- request: &r {method: GET, uri: 'http://a/', headers: {a: *b}}
  response: *r
""",
    "numbers": """
interactions:
- 1
- []
- request: {}
  response: {}
""",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_yaml_constructs_nothing(tmp_path: Path, name: str) -> None:
    """Tags construct no objects, and aliases no copies; what is not an interaction is unreadable, and the next is read."""
    (tmp_path / "a.yaml").write_text(HOSTILE[name])

    found = read(tmp_path / "a.yaml")
    assert found
    assert all(isinstance(record, Unreadable | Unanswered) for record in found)


def test_an_alias_bomb_stays_small(tmp_path: Path) -> None:
    """Thirty levels of ten aliases each are thirty lists."""
    levels = "".join(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]\n" for level in range(1, 30))
    (tmp_path / "a.yaml").write_text(f"l0: &l0 [x]\n{levels}interactions:\n- request: *l29\n  response: {{headers: *l29}}\n")

    assert [True] == [isinstance(record, Unreadable) for record in read(tmp_path / "a.yaml")]


@pytest.mark.parametrize(
    "content, message",
    [
        ("- 1\n", "there is no list"),
        ("", "there is no list"),
        ("a: 1\n", "there is no list"),
        ("interactions: 1\n", "there is no list"),
        ("interactions:\n- {", "not YAML that can be read"),
        ("interactions:\n- " + "[" * 50, "nested deeper"),
        ("interactions:\n- " + "x" * 1_200_000, "has an interaction of more than"),
    ],
)
def test_what_is_no_cassette_is_an_input_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file and what is wrong."""
    (tmp_path / "a.yaml").write_text(content)

    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.yaml", ReadOptions(max_document=1000))


# Exchanges.


def exchange(**response: Any) -> dict[str, Any]:
    """An exchange of one event, as NDJSON holds it."""
    request = {"method": "GET", "url": f"{EVENTS_URL}/1700000000.1", "headers": {"Authorization": "Bearer secret-token"}}
    return {"request": request, "response": {"status": 200, "headers": {"Content-Type": "application/json"}, **response}}


ENVELOPE = {"success": True, "errors": [], "messages": [], "result": EVENT}
BODIES: list[dict[str, Any]] = [
    {"json": ENVELOPE},
    {"body": json.dumps(ENVELOPE)},
    {"base64": base64.b64encode(json.dumps(ENVELOPE).encode()).decode()},
    {
        "base64": base64.b64encode(gzip.compress(json.dumps(ENVELOPE).encode())).decode(),
        "headers": {"content-type": ["application/json"], "content-encoding": "gzip"},
    },
]


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a"])
def test_exchanges_are_read_whatever_holds_the_body(tmp_path: Path, name: str) -> None:
    """A value, a text, or base64; of a content coding too. They agree with the schema of the format."""
    lines = [exchange(**body) for body in BODIES]
    (tmp_path / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    schema = json.loads(Path(exchanges.__file__).with_name("exchange.schema.json").read_text("utf-8"))
    result = judged(tmp_path / name)

    for line in lines:
        jsonschema.Draft202012Validator(schema).validate(line)
    assert {} == codes(result)
    assert {"getEvent": {"200": 4}} == result.tally.coverage.operations
    assert "secret-token" not in repr(read(tmp_path / name))


def test_relations_between_exchanges_are_judged(tmp_path: Path) -> None:
    """An archive of exchanges is one session, which is not cut: an event that changes is found."""
    other = {**ENVELOPE, "result": {**EVENT, "v": "2"}}
    (tmp_path / "a.ndjson").write_text("".join(f"{json.dumps(exchange(json=body))}\n" for body in (ENVELOPE, other)))

    assert {"MC508": 1} == codes(judged(tmp_path / "a.ndjson"))
    assert [True] == [shard.whole for shard in cut([Input("a", tmp_path / "a.ndjson")], ReadOptions(), 10)]


@pytest.mark.parametrize(
    "line, message",
    [
        ("{", "not JSON"),
        ("[]", "not an exchange"),
        ('{"request": 1, "response": {}}', "no request"),
        (json.dumps(exchange(status=99)), "not a status code"),
        (json.dumps(exchange(json=1, body="")), "json"),
        (json.dumps(exchange(base64="?")), "not base64"),
        (json.dumps({"request": {"method": "GET", "url": "http://[/"}, "response": {"status": 200}}), "not a URL"),
        ('{"a": ' * 3000, "nested too deep"),
    ],
)
def test_a_line_that_is_no_exchange_is_a_finding_and_the_next_is_judged(tmp_path: Path, line: str, message: str) -> None:
    """Its message says what is wrong."""
    (tmp_path / "a.ndjson").write_text(f"{json.dumps(exchange(json=ENVELOPE))}\n{line}\n{json.dumps(exchange(json=ENVELOPE))}\n")
    first, wrong, last = read(tmp_path / "a.ndjson")

    assert isinstance(first, Exchange)
    assert isinstance(last, Exchange)
    assert isinstance(wrong, Unreadable)
    assert message in wrong.message
    assert 2 == wrong.origin.line


def test_a_body_that_expands_beyond_the_limit_is_a_finding(tmp_path: Path) -> None:
    """A small exchange with a gzip bomb is not unpacked, and the next one is judged."""
    bomb = base64.b64encode(gzip.compress(b" " * 10_000_000)).decode()
    lines = [exchange(base64=bomb, headers={"content-encoding": "gzip"}), exchange(json=ENVELOPE)]
    (tmp_path / "a.ndjson").write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    assert {"MC903": 1} == codes(judged(tmp_path / "a.ndjson", ReadOptions(max_document=100_000)))


# curl.


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_a_transcript_of_curl_is_read(server: RunningServer, tmp_path: Path) -> None:
    """Several responses of `curl -i`, one after the other; each is judged by its status and its shape."""
    words = ["-H", f"Authorization: Bearer {server.token}", "--compressed"]
    urls = [events(server, suffix) for suffix in ("/latest", "?from=0&to=4000000000", "/1.1")]
    printed = subprocess.run(["curl", "-si", *words, *urls], capture_output=True, check=True, timeout=30).stdout
    (tmp_path / "transcript").write_bytes(printed)

    statuses = [record.response.status for record in read(tmp_path / "transcript") if isinstance(record, Exchange)]
    assert [200, 200, 404] == statuses
    assert {} == codes(judged(tmp_path / "transcript"))


def test_what_answers_before_a_response_is_left_out(tmp_path: Path) -> None:
    """A proxy's word and 1xx are not responses of the API; lines and entries count from the start."""
    text = b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    text += b"HTTP/2 200 \r\ncontent-type: application/json\r\n\r\n" + json.dumps(ENVELOPE).encode()
    text += b"HTTP/1.1 500 Oops\nServer: x\n\nno JSON\n"
    (tmp_path / "a").write_bytes(text)
    found = [record for record in read(tmp_path / "a") if isinstance(record, Exchange)]

    assert [(5, 0), (8, 1)] == [(each.origin.line, each.origin.entry) for each in found]
    assert Response(500, (("Server", "x"),), b"no JSON\n") == found[1].response


def test_what_curl_did_not_print_is_a_finding(tmp_path: Path) -> None:
    """Where the user says that it is a transcript, and it is none."""
    (tmp_path / "a").write_bytes(b"hello")

    assert {"MC905": 1} == codes(judged(tmp_path / "a", ReadOptions("curl")))


# Columns.

ROWS = [json.dumps(EVENT), json.dumps(BROKEN), None, "", "{"]


def table(path: Path) -> Path:
    """A file of those rows, written by pyarrow."""
    pyarrow = pytest.importorskip("pyarrow")
    rows = pyarrow.table({"id": list(range(len(ROWS))), "payload": ROWS})
    if path.suffix == ".parquet":
        import pyarrow.parquet

        pyarrow.parquet.write_table(rows, path, row_group_size=2)
    else:
        from pyarrow import csv

        csv.write_csv(rows, path)
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
def test_a_column_holds_payloads(tmp_path: Path, name: str) -> None:
    """Each row is a document, and its number the line; null and nothing are none."""
    result = judged(table(tmp_path / name), ReadOptions(column="payload"))

    assert 3 == result.tally.exchanges
    assert [(2, "MC101"), (5, "MC001")] == [(each.line, each.code) for each in result.tally.findings()]


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
@pytest.mark.parametrize("column, error", [("none", InputError), (None, UsageError)])
def test_a_column_is_named(tmp_path: Path, name: str, column: str | None, error: type[Exception]) -> None:
    """Without its name, or with one that is not there, the error lists those that are."""
    with pytest.raises(error, match="there are id, payload"):
        read(table(tmp_path / name), ReadOptions(column=column))


def test_a_column_of_numbers_holds_no_payloads(tmp_path: Path) -> None:
    """The error says what it holds."""
    with pytest.raises(InputError, match="'id' does not hold text: int64"):
        read(table(tmp_path / "a.parquet"), ReadOptions(column="id"))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_what_is_no_table_is_an_input_that_cannot_be_read(tmp_path: Path, form: str) -> None:
    """Any bytes."""
    pytest.importorskip("pyarrow")
    (tmp_path / "a").write_bytes(b'PAR1\x00"x')

    with pytest.raises(InputError):
        read(tmp_path / "a", ReadOptions(form, column="payload"))


def test_a_yaml_document_of_the_reference_server_is_written_by_vcr(tmp_path: Path) -> None:
    """A cassette that PyYAML writes with binary bodies is read as well."""
    body = gzip.compress(json.dumps(ENVELOPE).encode())
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"], "Content-Encoding": ["gzip"]},
        "body": {"string": body},
    }
    request = {"method": "GET", "uri": f"{EVENTS_URL}/1700000000.1", "headers": {}, "body": None}
    (tmp_path / "a.yml").write_text(
        yaml.safe_dump({"version": 1, "interactions": [{"request": request, "response": response}] * 2})
    )

    assert {} == codes(judged(tmp_path / "a.yml"))
    assert {"getEvent": {"200": 2}} == judged(tmp_path / "a.yml").tally.coverage.operations
