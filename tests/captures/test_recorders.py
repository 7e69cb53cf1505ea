"""Recordings of other tools: small files as they wrote them, and each form that they have, with a corruption to be found."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import brotli
import pytest
import yaml
from click.testing import CliRunner
from tests.captures.recorded import RECORDED, RECORDINGS

from mconn_contracts.cli.validate import command

TOKEN = "mconn_reference_server_public_test_token"
URL = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events/1700000000.1"
PATH = URL.removeprefix("https://api.cloudflare.com")
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
GOOD = json.dumps({"success": True, "errors": [], "messages": [], "result": EVENT})
NEGATIVE = {"errors": [{"code": 1000, "message": f"no such token: {TOKEN}"}], "success": False}
REFUSED = json.dumps(NEGATIVE)
CORRUPT = json.dumps({"success": True, "errors": [], "messages": [], "result": {**EVENT, "e": {"k": "Nope"}}})
SENT = {"Authorization": f"Bearer {TOKEN}"}
RECEIVED = {"Content-Type": "application/json"}

Found = tuple[int, int, list[tuple[str, int | None, str]]]
"""The exit code, the exchanges, and the code, entry and pointer of each finding."""


def validated(path: Path, *options: str) -> tuple[Found, str]:
    """What validating comes to, and all that it says, in text and JSON."""
    report = path.parent / "report.json"
    result = CliRunner().invoke(command, [str(path), *options, "--report", f"json={report}", "--report", "html=-"])
    text = report.read_text(encoding="utf-8")
    report.unlink()
    value = json.loads(text)
    found = [(each["code"], each["entry"], each["pointer"]) for each in value["findings"]]
    return (result.exit_code, value["counts"]["exchanges"], found), text + result.output + result.stderr


def test_every_recording_is_tried() -> None:
    """The table has each file of the folder."""
    assert {path.name for path in RECORDINGS.iterdir()} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recording_is_read_as_its_tool_wrote_it(tmp_path: Path, name: str) -> None:
    """Exchanges, findings and exit code are right, and no token is in a report."""
    (tmp_path / name).symlink_to(RECORDINGS / name)
    found, said = validated(tmp_path / name)

    assert RECORDED[name][1:] == (*found[:2], tuple(found[2]))
    assert TOKEN not in said
    assert "SuPeRsEcReT" not in said


@pytest.mark.parametrize(
    "name, words",
    [
        ("mitm.flows", "mitmdump -nr FILE --set hardump=FILE.har"),
        ("errors-only.json", "JSON of another program, with mappings, errors"),
        ("content-without-text.har", "no body was judged"),
    ],
)
def test_why_nothing_was_judged_is_said(tmp_path: Path, name: str, words: str) -> None:
    """In the report, with what to do."""
    (tmp_path / name).symlink_to(RECORDINGS / name)

    assert words in validated(tmp_path / name)[1]


# Each form, written here as the tools do.

Sample = tuple[int, str]
"""The status and the body of a response."""
SAMPLES: Sequence[Sample] = ((200, GOOD), (404, REFUSED), (200, CORRUPT))


def lists(fields: dict[str, str]) -> dict[str, list[str]]:
    """Header fields, each a list."""
    return {name: [value] for name, value in fields.items()}


def pairs(fields: dict[str, str], name: str = "name") -> list[dict[str, str]]:
    """Header fields, each an object."""
    return [{name: key, "value": value} for key, value in fields.items()]


def written(make: Callable[[int, str], Any], wrap: Callable[[list[Any]], Any], dump: Callable[[Any], str]) -> Callable[[], bytes]:
    """A function that writes the samples: each as `make` has it, all of them as `wrap` does."""
    return lambda: dump(wrap([make(status, body) for status, body in SAMPLES])).encode()


def vcr(status: Any, body: Any, **more: Any) -> dict[str, Any]:
    """An interaction of a cassette."""
    response = {"status": status, "headers": lists(RECEIVED), "body": body, **more}
    return {"request": {"method": "GET", "uri": URL, "headers": lists(SENT)}, "response": response}


def packed(body: str) -> str:
    """A body that is packed, in base64 with line ends."""
    return base64.encodebytes(gzip.compress(body.encode(), mtime=0)).decode()


def har(status: int, **content: Any) -> dict[str, Any]:
    """An entry of a HAR file."""
    request = {"method": "GET", "url": URL, "headers": pairs(SENT)}
    return {"request": request, "response": {"status": status, "headers": pairs(RECEIVED), "content": content}}


def log(entries: list[Any]) -> dict[str, Any]:
    """A HAR file."""
    return {"log": {"version": "1.2", "entries": entries}}


def lines(values: list[Any]) -> str:
    """JSON, a value on each line."""
    return "".join(f"{json.dumps(value)}\n" for value in values)


def events_of(values: list[Any]) -> list[Any]:
    """The events of schemathesis around interactions."""
    scenario = {"recorder": {"cases": {}, "interactions": {str(index): value for index, value in enumerate(values)}}}
    return [{"Initialize": {"command": "st run"}}, {"ScenarioFinished": scenario}]


PACKED = {**RECEIVED, "Content-Encoding": "gzip"}
REQUEST = {"method": "GET", "url": URL, "headers": SENT}
FORMS: dict[str, Callable[[], bytes]] = {
    "har.har": written(lambda s, b: har(s, text=b), log, json.dumps),
    "base64.har": written(lambda s, b: har(s, text=base64.encodebytes(b.encode()).decode(), encoding="base64"), log, json.dumps),
    "vcrpy.yaml": written(
        lambda s, b: vcr({"code": s, "message": ""}, {"string": b}),
        lambda all_: {"interactions": all_, "version": 1},
        yaml.safe_dump,
    ),
    "vcrpy.json": written(
        lambda s, b: vcr({"code": s, "message": ""}, {"string": b}), lambda all_: {"version": 1, "interactions": all_}, json.dumps
    ),
    "ruby.json": written(
        lambda s, b: vcr({"code": s}, {"encoding": "UTF-8", "base64_string": base64.encodebytes(b.encode()).decode()}),
        lambda all_: {"http_interactions": all_, "recorded_with": "VCR 6.0.0"},
        lambda value: json.dumps(value, indent=2),
    ),
    "okreplay.yaml": written(
        lambda s, b: vcr(s, b),
        lambda all_: {"name": "tape", "interactions": all_},
        lambda value: "!tape\n" + yaml.safe_dump(value),
    ),
    "php-vcr.yml": written(
        lambda s, b: {**vcr({"http_version": "1.1", "code": str(s), "message": ""}, b), "index": 0}, list, yaml.safe_dump
    ),
    "php-vcr.json": written(lambda s, b: {**vcr({"code": str(s)}, b), "index": 0}, list, json.dumps),
    "go-vcr-1.yaml": written(
        lambda s, b: vcr(f"{s} X", b, code=s, duration=""), lambda all_: {"version": 1, "interactions": all_}, yaml.safe_dump
    ),
    "responses.yaml": written(
        lambda s, b: {"response": {"method": "GET", "url": URL, "status": s, "body": b, "content_type": "application/json"}},
        lambda all_: {"responses": all_},
        yaml.safe_dump,
    ),
    "nock.json": written(
        lambda s, b: {
            "scope": "https://api.cloudflare.com:443",
            "method": "GET",
            "path": PATH,
            "status": s,
            "response": json.loads(b),
            "rawHeaders": [text for field in RECEIVED.items() for text in field],
        },
        list,
        json.dumps,
    ),
    "nock-packed.json": written(
        lambda s, b: {
            "scope": "https://api.cloudflare.com:443",
            "method": "GET",
            "path": PATH,
            "status": s,
            "response": [gzip.compress(b.encode(), mtime=0).hex()],
            "rawHeaders": PACKED,
        },
        list,
        lambda value: json.dumps(value, indent=4),
    ),
    "pact-3.json": written(
        lambda s, b: {
            "request": {"method": "get", "path": PATH, "headers": SENT},
            "response": {"status": s, "headers": RECEIVED, "body": json.loads(b)},
        },
        lambda all_: {
            "consumer": {"name": "a"},
            "provider": {"name": "b"},
            "interactions": all_,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        },
        json.dumps,
    ),
    "pact-4.json": written(
        lambda s, b: {
            "type": "Synchronous/HTTP",
            "request": {"method": "GET", "path": PATH, "headers": lists(SENT)},
            "response": {
                "status": s,
                "body": {
                    "content": base64.b64encode(b.encode()).decode(),
                    "contentType": "application/json",
                    "encoded": "base64",
                },
            },
        },
        lambda all_: {
            "interactions": all_,
            "metadata": {"pactSpecification": {"version": "4.0"}},
            "consumer": {"name": "a"},
            "provider": {"name": "b"},
        },
        json.dumps,
    ),
    "postman.json": written(
        lambda s, b: {
            "name": "x",
            "request": {"method": "GET", "url": "{{base}}/none"},
            "response": [
                {
                    "originalRequest": {
                        "method": "GET",
                        "header": pairs(SENT, "key"),
                        "url": {
                            "raw": "{{base}}/accounts/:account/magic/connectors/c/telemetry/events/1700000000.1",
                            "variable": [{"key": "account", "value": "a"}],
                        },
                    },
                    "code": s,
                    "header": pairs(RECEIVED, "key"),
                    "body": b,
                }
            ],
        },
        lambda all_: {
            "info": {"name": "x", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
            "item": [{"name": "folder", "item": all_}],
            "variable": [{"key": "base", "value": "https://api.cloudflare.com/client/v4"}],
        },
        json.dumps,
    ),
    "newman.json": written(
        lambda s, b: {
            "request": {
                "method": "GET",
                "header": pairs(SENT, "key"),
                "url": {"protocol": "https", "host": ["api", "cloudflare", "com"], "path": PATH[1:].split("/"), "query": []},
            },
            "response": {
                "code": s,
                "header": pairs(RECEIVED, "key"),
                "stream": {"type": "Buffer", "data": list(b.encode())},
            },
        },
        lambda all_: {"collection": {"info": {}}, "run": {"executions": all_}},
        json.dumps,
    ),
    "wiremock.json": written(
        lambda s, b: {
            "id": "1",
            "request": {"method": "GET", "urlPath": PATH},
            "response": {"status": s, "headers": RECEIVED, "jsonBody": json.loads(b)},
        },
        lambda all_: {"mappings": all_, "meta": {"total": 3}},
        json.dumps,
    ),
    "journal.json": written(
        lambda s, b: {
            "id": "1",
            "request": {"method": "GET", "url": PATH, "absoluteUrl": URL, "headers": SENT, "loggedDate": 1700000000000},
            "responseDefinition": {"status": s},
            "response": {"status": s, "headers": PACKED, "bodyAsBase64": packed(b)},
        },
        lambda all_: {"requests": all_, "meta": {"total": 3}},
        json.dumps,
    ),
    "schemathesis.ndjson": written(
        lambda s, b: {
            "request": {"method": "GET", "uri": URL, "headers": lists(SENT)},
            "response": {
                "status_code": s,
                "headers": lists(RECEIVED),
                "content": {"$base64": base64.b64encode(b.encode()).decode()},
            },
        },
        events_of,
        lines,
    ),
    "array.json": written(
        lambda s, b: {"response": {"status": s, "headers": pairs(RECEIVED), "body": b}, "request": REQUEST},
        list,
        lambda value: json.dumps(value, indent=2),
    ),
}
"""The samples in each form, by a file name that fits it."""


@pytest.mark.parametrize("name", FORMS)
def test_a_corruption_is_found_in_every_form(tmp_path: Path, name: str) -> None:
    """All exchanges are read, the corrupt one is found at its entry and pointer, and what a server echoes is hidden."""
    (tmp_path / name).write_bytes(FORMS[name]())
    (code, exchanges, found), said = validated(tmp_path / name)

    assert (1, 3) == (code, exchanges)
    assert [("MC102", 2, "/result/e/k")] == [each for each in found if each[0] == "MC102"]
    assert {"MC102", "MC508"} >= {each[0] for each in found}
    if name not in ("responses.yaml", "wiremock.json"):  # which keep no headers of requests
        assert TOKEN not in said


@pytest.mark.parametrize(
    "url, requests",
    [
        ("{{base}}/accounts/:account_id/magic/connectors/:connector_id/telemetry/events/:event_t.:event_n", 0),
        ("{{base}}/accounts/{{account}}/magic/connectors/{{connector}}/telemetry/events/{{id}}", 0),
        ("{{base}}/accounts/a/magic/connectors/c/telemetry/events/1.x", 1),
    ],
)
def test_an_example_of_a_url_that_is_not_filled_in_is_no_request(tmp_path: Path, url: str, requests: int) -> None:
    """It says which operation the body is of; nothing else of it is judged. What is filled in is."""
    example = {"originalRequest": {"method": "GET", "url": url}, "code": 200, "header": pairs(RECEIVED, "key"), "body": CORRUPT}
    item = {"name": "x", "request": {"url": url}, "response": [example]}
    (tmp_path / "a.json").write_text(json.dumps({"info": {"_postman_id": "1", "name": "x"}, "item": [item]}))
    found = validated(tmp_path / "a.json")[0][2]

    assert ("MC102", 0, "/result/e/k") in found
    assert requests == sum(code in ("MC601", "MC603") for code, _, _ in found)


@pytest.mark.parametrize("kept", ["latin-1", "utf-8"])
def test_a_packed_body_that_was_kept_as_text_is_read_where_it_can_be(tmp_path: Path, kept: str) -> None:
    """A letter for each byte is the body; bytes that were replaced are lost, which is said."""
    text = gzip.compress(CORRUPT.encode(), mtime=0).decode(kept, errors="replace")
    interaction = vcr({"code": 200}, {"string": text})
    interaction["response"]["headers"]["Content-Encoding"] = ["gzip"]
    (tmp_path / "a.json").write_text(json.dumps({"interactions": [interaction]}))

    expected = [("MC102", 0, "/result/e/k")] if kept == "latin-1" else [("MC906", 0, "")]
    assert expected == validated(tmp_path / "a.json")[0][2]


@pytest.mark.parametrize(
    "name, content, words",
    [
        (
            "tsconfig.json",
            b'{\n  // options\n  "compilerOptions": {"strict": true}\n}\n',
            "JSON of another program, with compilerOptions",
        ),
        ("log.json", b'{"log": {"level": "debug"}}', "JSON of another program, with log"),
        ("trace", b"*   Trying 1.2.3.4:443...\n> GET / HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n{}\n", "`curl -i`"),
        ("page", b"<!doctype html><p>x", "HTML or XML"),
        ("server.log", b"12:00 started\n12:01 stopped\n", "text that is not JSON"),
        ("dump.pcap", b"\xd4\xc3\xb2\xa1\x02\x00", "a packet capture"),
        ("picture", b"\x89PNG\r\n\x1a\n\x00\x00", "a binary file"),
        ("blob", b"\x01\x02\x00\x00\x00abc", "a binary file"),
    ],
)
def test_what_is_no_capture_of_this_api_accuses_nobody(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """Given by name, exit 3 and what it looks like; met in a folder, it is left alone and counted."""
    path = tmp_path / "met" / name
    path.parent.mkdir()
    path.write_bytes(content)
    (code, exchanges, found), said = validated(path)
    (path.parent / "event.json").write_text(json.dumps(EVENT))

    assert (3, 0, []) == (code, exchanges, found)
    assert words in said.replace("\\u0060", "`")
    assert (0, 1, []) == validated(path.parent)[0]


def test_a_token_in_a_body_is_shown_in_no_report(tmp_path: Path) -> None:
    """What a member is called, or how its value starts, says that it is a credential."""
    value = {
        **EVENT,
        "authorization": f"Bearer {TOKEN}",
        "x": [f"bearer {TOKEN}"],
        "v": {"X-Auth-Key": TOKEN},
        "y": f"Bearer {TOKEN}",
    }
    (tmp_path / "a.json").write_text(json.dumps(value))
    found, said = validated(tmp_path / "a.json")

    assert {"MC101", "MC103"} == {code for code, _, _ in found[2]}
    assert TOKEN not in said


@pytest.mark.parametrize("archive", ["zip", "tar", "tar.gz"])
def test_an_archive_is_read_like_a_folder(tmp_path: Path, archive: str) -> None:
    """Its captures are judged, the files of bodies are not captures, and what it leaves out is counted."""
    members = {
        "x/session.har": json.dumps(log([har(200, _file="b.json"), har(200, _file="c.json")])).encode(),
        "x/a.ndjson": f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n".encode(),
        "x/b.json": CORRUPT.encode(),
        "x/notes.txt": b"hello",
        "x/package.json": b'{"name": "other", "version": "1"}',
    }
    path = tmp_path / f"all.{archive}"
    if archive == "zip":
        with zipfile.ZipFile(path, "w") as zipped:
            for name, content in members.items():
                zipped.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if archive.endswith("gz") else "w") as tarred:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tarred.addfile(info, io.BytesIO(content))
    report = tmp_path / "report.json"
    CliRunner().invoke(command, [str(path), "--report", f"json={report}"])
    value = json.loads(report.read_text(encoding="utf-8"))

    assert {".txt": 1, ".json of another program": 1} == value["counts"]["left_out"]
    assert 4 == value["counts"]["exchanges"]
    assert [("MC102", f"{path}/x/session.har", 0), ("MC906", f"{path}/x/session.har", 1)] == [
        (each["code"], each["source"], each["entry"]) for each in value["findings"] if each["code"] in ("MC102", "MC906")
    ]


@pytest.mark.parametrize(
    "content, words", [(b"PK\x03\x04rest", "cannot be read to its end"), (b"", "no capture in this archive, which has .txt")]
)
def test_an_archive_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    """Cut short, or without a capture: one line and exit 3."""
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    if not content:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "x")
    (code, exchanges, found), said = validated(path)

    assert (3, 0, []) == (code, exchanges, found)
    assert words in said


def test_a_member_that_expands_beyond_the_limit_is_a_finding(tmp_path: Path) -> None:
    """An archive's bomb is not unpacked; the next member is judged."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", " " * 5_000_000)
        archive.writestr("b.json", json.dumps(EVENT))

    assert (1, 1, [("MC903", None, "")]) == validated(path, "--max-document", "1MB")[0]


@pytest.mark.parametrize("coding, body", [("br", brotli.compress(CORRUPT.encode())), ("gzip, br", b""), ("dcb", b"\xff\x44")])
def test_content_codings_of_a_transcript_are_undone(tmp_path: Path, coding: str, body: bytes) -> None:
    """One coding, and one upon the other; of one that nobody undoes here, the body counts as not kept."""
    content = body or brotli.compress(gzip.compress(CORRUPT.encode()))
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {coding}\r\n\r\n".encode()
    (tmp_path / "transcript").write_bytes(head + content)

    expected = [("MC906", 0, "")] if coding == "dcb" else [("MC102", 0, "/result/e/k")]
    assert expected == validated(tmp_path / "transcript")[0][2]


# Logs and sequences.

RECORD = {"level": "info", "http": {"url": URL, "status": 200, "authorization": SENT["Authorization"]}}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("separator", ["", "\x1e"])
def test_bodies_in_a_log_are_judged(tmp_path: Path, indent: int | None, separator: str) -> None:
    """As text or value, on lines or one after the other; records without one are left alone, and secrets are hidden."""
    bodies = [GOOD, NEGATIVE, json.loads(CORRUPT)]
    records = [{**RECORD, "http": {**RECORD["http"], "body": body}} for body in bodies]  # type: ignore[dict-item]
    text = "".join(f"{separator}{json.dumps(record, indent=indent)}\n" for record in [*records, {"level": "info"}])
    (tmp_path / "a.log").write_text(text)
    options = ("--body", "http.body", "--url-member", "http.url", "--status-member", "http.status")
    (code, exchanges, found), said = validated(tmp_path / "a.log", *options)

    assert (1, 3) == (code, exchanges)
    assert [("MC102", None, "/result/e/k")] == [each for each in found if each[0] == "MC102"]
    assert TOKEN not in said
    assert "add --body http.body" in validated(tmp_path / "a.log")[1]


@pytest.mark.parametrize("separator", ["", "\x1e"])
def test_documents_one_after_the_other_are_read(tmp_path: Path, separator: str) -> None:
    """Pretty-printed, each is judged, at the line where it starts."""
    text = "".join(f"{separator}{json.dumps(json.loads(body), indent=1)}\n" for body in (GOOD, CORRUPT))
    (tmp_path / "a.json").write_text(text)
    result = CliRunner().invoke(command, [str(tmp_path / "a.json"), "--report", "json=-"])

    second = json.dumps(json.loads(GOOD), indent=1).count("\n") + 2
    value = json.loads(result.stdout)
    assert 2 == value["counts"]["exchanges"]
    assert [("MC102", second)] == [(each["code"], each["line"]) for each in value["findings"]]
