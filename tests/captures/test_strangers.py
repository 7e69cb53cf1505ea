"""What is not a capture of this API, by the first bytes of a file, and what is one with faults."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from mconn_contracts.captures.format import Start
from mconn_contracts.captures.strangers import stranger
from mconn_contracts.cli.validate import command

SECRET = "SEKRITtoken0123456789abcdef"
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
SHORT = {"a": 1, "k": "Init", "n": 1, "t": 1700000000}
BARE = {"success": True, "errors": [], "messages": []}
OTHERS = {
    "errors.json": {"errors": [{"code": 89, "message": SECRET}]},
    "graphql.json": {"errors": [{"code": 1, "message": SECRET}], "data": None},
    "login.json": {"success": True, "token": SECRET},
    "captcha.json": {"success": False, "error-codes": ["x"]},
    "items.json": {"object": "list", "count": 1, "items": [{"id": SECRET, "t": 1}]},
    "page.json": {"count": 1, "items": [{"name": SECRET}], "next": None},
    "rpc.json": {"jsonrpc": "2.0", "result": {"t": SECRET}, "id": 1},
    "zones.json": {**BARE, "result": [{"id": "1", "token": SECRET}]},
    "zone.json": {**BARE, "result": {"id": "1", "token": SECRET}},
    "texts.json": ["a", SECRET],
    "charles.chlsj": [{"status": "COMPLETE", "method": "GET", "host": SECRET, "path": "/x", "response": {"status": 200}}] * 2,
    "conf.ini": f"[default]\ntoken={SECRET}\n".encode(),
    "tape.json5": f"{{\n meta: {{x: '{SECRET}'}},\n res: {{status: 200}}\n}}\n".encode(),
    "blob": random.Random(1).randbytes(4000),
    "twice.json.gz": gzip.compress(gzip.compress(json.dumps(EVENT).encode())),
    "ci.yaml": f"interactions:\n  - name: {SECRET}\n  - name: b\n".encode(),
    "number.json": 3,
    "text.json": SECRET,
    "true.json": True,
    "array.json": [],
    "arrays.json": [[1, SECRET], []],
    "deep.json": b"[" * 900 + b"]" * 900,
    "numbers.ndjson": b"1\n2\n",
    "empty.json": b"",
    "blank.json": b"\n \n",
    "zeros.json": bytes(50),
    "utf-16.json": json.dumps({**BARE, "result": {"t": SECRET}}).encode("utf-16"),
    "messages.json": {"errors": {"a": SECRET}, "messages": {"b": "c"}},
    "zones-empty.json": {**BARE, "result": [], "result_info": {"count": 0}},
    "snapshots.json": {**BARE, "result": {"count": 1, "items": [{"a": 1700000000, "t": 1700000000}]}},
    "snapshot.json": {**BARE, "result": {"t": 1700000000, "v": "1", **dict.fromkeys(map(str, range(9)), SECRET)}},
    "alexa.json": {"version": "1.0", "request": {"type": SECRET}, "session": {}},
    "alexa-answer.json": {"version": "1.0", "response": {"outputSpeech": SECRET}},
    "run.json": {"collection": SECRET, "run": 1},
    "logged.json": {"log": {"version": "1", "level": SECRET}},
    "interactions.json": {"interactions": [{"id": 1, "user": SECRET}]},
    "bot.json": {"responses": [{"text": SECRET}]},
    "poetry.lock": f'# {SECRET}\n\n[[package]]\nname = "a"\n'.encode(),
    "settings.toml": f'token = "{SECRET}"\n[a]\nb = 1\n'.encode(),
    "wget.txt": f'--2026-11-25 10:00:00--  https://a/\nHTTP request sent, awaiting response...\n{{"x": "{SECRET}"}}\n'.encode(),
    "bot.yml": f"responses:\n- utter_greet: {SECRET}\n- text: Hey\n".encode(),
}
FAULTY = {
    "item": ({"count": 2, "items": [SHORT, {"b": 1}]}, "MC104"),
    "no success": ({"errors": [], "messages": [], "result": EVENT}, "MC104"),
    "no success, page": ({"result": {"count": 1, "items": [SHORT]}}, "MC104"),
    "no result": (BARE, "MC104"),
    "no messages": ({"success": True, "errors": [], "result": {"e": EVENT["e"], "n": 1}}, "MC104"),
    "failure": ({"success": False, "errors": [{"code": 1}]}, "MC104"),
    "null": (None, "MC902"),
    "result renamed": ({"success": True, "results": {"count": 1, "items": [SHORT]}}, "MC104"),
    "result renamed, no event": ({"success": True, "Result": {"count": 0, "items": []}}, "MC104"),
    "result renamed, event": ({"success": True, "data": EVENT}, "MC104"),
    "success renamed": ({"Success": False, "errors": [{"code": 1000, "message": "x"}]}, "MC104"),
    "failure with a result": ({"success": False, "errors": [{"code": 1000, "message": "x"}], "result": {"x": 1}}, "MC902"),
    "result in an object": ({**BARE, "result": {"data": EVENT}}, "MC902"),
    "result in a list": ({**BARE, "result": [{"count": 1, "items": [SHORT]}]}, "MC101"),
    "item in an object": ({"success": True, "result": {"count": 1, "items": [{"data": SHORT}]}}, "MC902"),
}


def validated(path: Path) -> tuple[int, int, set[str], str]:
    """The exit code, the number of exchanges, the codes that were found, and all that was said."""
    result = CliRunner().invoke(command, [str(path), "--report", "json=-"])
    value = json.loads(result.stdout)
    return result.exit_code, value["counts"]["exchanges"], {each["code"] for each in value["findings"]}, result.output


@pytest.mark.parametrize("name", OTHERS)
def test_what_another_program_wrote_is_one_line(tmp_path: Path, name: str) -> None:
    """Exit code 3, no finding, and nothing of its values is shown."""
    content = OTHERS[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    code, exchanges, found, said = validated(tmp_path / name)

    assert (3, 0, set()) == (code, exchanges, found)
    assert "not a capture of this API: it looks like" in said
    assert SECRET not in said


@pytest.mark.parametrize("name", FAULTY)
def test_a_body_of_this_api_with_faults_is_accused(tmp_path: Path, name: str) -> None:
    """What has the shape of an envelope, a page or an event, though a member is missing or wrong."""
    body, expected = FAULTY[name]
    (tmp_path / "a.json").write_text(json.dumps(body))
    code, exchanges, found, _ = validated(tmp_path / "a.json")

    assert (1, 1) == (code, exchanges)
    assert expected in found


WHOLE = {
    "list": {"success": True, "result": {"count": 1, "items": [SHORT]}},
    "latest": {"result": {"items": [EVENT], "count": 1}, "success": True},
    "get": {**BARE, "result": EVENT},
    "failure": {"errors": [{"code": 1000, "message": "x"}], "success": False},
    "page": {"cursor": "x", "items": [SHORT], "count": 1},
    "event": EVENT,
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_body_that_is_cut_off_anywhere_is_of_this_api(name: str) -> None:
    """Also within the first item, which then has the members of something else."""
    text = json.dumps(WHOLE[name]).encode()

    assert [] == [text[:end] for end in range(1, len(text)) if stranger(Start("a.json", text[:end])) is not None]


def test_a_body_that_is_cut_off_is_accused_in_a_walk(tmp_path: Path) -> None:
    """It is not left alone for what its first item looks like."""
    (tmp_path / "a.json").write_text('{"success": true, "result": {"count": 1, "items": [{"a": 2, "k": "Init"')
    (tmp_path / "b.json").write_text(json.dumps(EVENT))

    assert (1, 2, {"MC001"}) == validated(tmp_path)[:3]


def test_an_error_list_under_another_name_is_of_this_api(tmp_path: Path) -> None:
    """A failure without `errors` is a warning."""
    (tmp_path / "a.json").write_text(json.dumps({"success": False, "error": [{"code": 1000, "message": "x"}]}))

    assert (0, 1, {"MC103", "MC202"}) == validated(tmp_path / "a.json")[:3]


def test_an_empty_json_file_in_a_folder_is_accused(tmp_path: Path) -> None:
    """It is cut off rather than of another program; an empty recording of lines is whole."""
    (tmp_path / "a.json").touch()
    (tmp_path / "b.json").write_text(json.dumps(EVENT))
    (tmp_path / "c.ndjson").touch()

    assert (1, 2, {"MC002"}) == validated(tmp_path)[:3]


def test_snapshots_that_are_cut_off_are_left_alone(tmp_path: Path) -> None:
    """The items before the last one are whole."""
    (tmp_path / "a.json").write_text('{"success": true, "result": {"count": 2, "items": [{"a": 2, "t": 1}, {"a": 3')

    assert (3, 0, set()) == validated(tmp_path / "a.json")[:3]


def test_a_corrupt_line_among_events_is_accused(tmp_path: Path) -> None:
    """Whatever is on it."""
    (tmp_path / "a.ndjson").write_text(f"{json.dumps(EVENT)}\n" + "".join(f"{line}\n" for line in ('{"x": 1}', "[1]", "null")))

    assert (1, 4, {"MC902"}) == validated(tmp_path / "a.ndjson")[:3]
