"""Input that means harm: it ends in findings or in one clear error, in bounded memory, and everything else is judged."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from tests.captures.recorded import read

from mconn_contracts.archives.distribution import Progress, distribute
from mconn_contracts.captures.inputs import find
from mconn_contracts.captures.records import WHITESPACE, ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.model.exchange import Exchange

PLAN = Plan(load())
EVENT = b'{"e": {"k": "Init"}, "n": 1, "t": 1700000000}'
PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstd.compress}
MEGABYTE = 1024 * 1024

LINES: dict[str, tuple[bytes, str]] = {
    "nesting": (b"[" * 100_000, "MC904"),
    "nesting within": (b'{"e": {"k": "Init"}, "n": 1, "t": 2, "z": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "MC904"),
    "closed nesting": (b"[" * 100_000 + b"]" * 100_000, "MC904"),
    "a long number": (EVENT.replace(b"1,", b"9" * MEGABYTE + b","), "MC105"),
    "a long fraction": (EVENT.replace(b"1,", b"1.5" + b"0" * MEGABYTE + b","), "MC106"),
    "a long line": (b'{"e": "' + b"x" * 3 * MEGABYTE + b'"}', "MC903"),
    "NUL": (b"\x00" * 1000, "MC002"),
    "NUL in a text": (EVENT.replace(b"Init", b"In\x00it"), "MC002"),
    "a lone surrogate": (EVENT[:-1] + b', "v": "\\ud800"}', "MC010"),
    "a surrogate in UTF-8": (EVENT[:-1] + b', "v": "\xed\xa0\x80"}', "MC004"),
    "many names": (b"{" + b",".join(b'"%d": 1' % number for number in range(50_000)) + b"}", "MC902"),
    "many names twice": (EVENT[:-1] + b"".join(b', "%d": 1' % (number // 2) for number in range(2000)) + b"}", "MC006"),
    "quotes": (b'"' * MEGABYTE, "MC002"),
    "backslashes": (b'"' + b"\\" * MEGABYTE, "MC001"),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("declared", [None, "EventGetResponse"])
def test_a_hostile_line_is_a_finding_and_the_next_is_judged(tmp_path: Path, name: str, declared: str | None) -> None:
    """Its own code, at its line."""
    line, code = LINES[name]
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join([EVENT, line, EVENT]) + b"\n")
    result = distribute([Input("a", path)], PLAN, ReadOptions(declared=declared, max_document=2 * MEGABYTE))
    expected = {"MC902": "MC104"}.get(code, code) if declared else code

    assert expected in result.tally.by_code
    assert {2} == {finding.line for finding in result.tally.findings()}
    assert 2 == result.tally.events - (
        "Init" in line.decode("latin-1") and code in ("MC010", "MC006", "MC103") and code == "MC010"
    )
    assert not result.problems


@pytest.mark.parametrize("suffix", PACK)
def test_packed_captures_are_read_as_streams(tmp_path: Path, suffix: str) -> None:
    """Of several members, one after the other; whatever the name is."""
    content = PACK[suffix](EVENT + b"\n") + PACK[suffix](EVENT + b"\n")
    for name in (f"a.ndjson{suffix}", "a"):
        (tmp_path / name).write_bytes(content)

        assert 2 == distribute([Input(name, tmp_path / name)], PLAN, ReadOptions()).tally.exchanges


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("harm", ["cut", "corrupt", "misnamed"])
def test_a_harmed_packing_is_one_clear_error(tmp_path: Path, suffix: str, harm: str) -> None:
    """It names the file (exit 3); what came before it is judged."""
    lines = b"".join(EVENT.replace(b"1,", b"%d," % (number * 7919 % 100_003)) + b"\n" for number in range(30_000))
    packed = PACK[suffix](lines)
    middle = len(packed) // 2
    content = {
        "cut": packed[:-10],
        "corrupt": packed[:middle] + bytes(byte ^ 0xFF for byte in packed[middle : middle + 50]) + packed[middle + 50 :],
        "misnamed": EVENT,
    }[harm]
    path = tmp_path / f"a.ndjson{suffix}"
    path.write_bytes(content)
    result = distribute([Input(path.name, path)], PLAN, ReadOptions("ndjson"))
    words = {"cut": "data is cut short", "corrupt": "data is", "misnamed": "cannot be read: not"}[harm]

    assert [True] == [f"{path.name}: " in str(problem) and words in str(problem) for problem in result.problems]


@pytest.mark.parametrize("form", ["auto", "ndjson"])
@pytest.mark.parametrize("place", [300, 9000, 50_000, -4])
@pytest.mark.parametrize("damage", [b"", b"\xff" * 60, bytes(range(60))], ids=["cut", "ones", "ascending"])
def test_a_damaged_gzip_gives_every_whole_line_before_the_damage(tmp_path: Path, damage: bytes, place: int, form: str) -> None:
    """As many as zlib unpacks byte by byte; the file is named as one that cannot be read to its end."""
    lines = b"".join(EVENT.replace(b"1,", b"%d," % (number * 7919 % 100_003)) + b"\n" for number in range(20_000))
    packed = gzip.compress(lines)
    content = packed[:place] + damage + (packed[place:][len(damage) :] if damage else b"")
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(content)
    member, parts = zlib.decompressobj(zlib.MAX_WBITS | 16), list[bytes]()
    with contextlib.suppress(zlib.error):
        for byte in content:
            parts.append(member.decompress(bytes([byte])))
    result = distribute([Input(path.name, path)], PLAN, ReadOptions(form))

    assert sum(bool(line.strip(WHITESPACE)) for line in b"".join(parts).split(b"\n")[:-1]) == result.tally.exchanges
    assert 1 == len(result.problems)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A document, a line and a body that expand a thousandfold are findings; nothing beyond the limit is held."""
    bomb = b'{"e": "' + b" " * 50 * MEGABYTE + b'"}'
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(bomb))
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(EVENT + b"\n" + bomb + b"\n" + EVENT))
    captures = [Input(path.name, path) for path in sorted(tmp_path.iterdir())]
    result = distribute(captures, PLAN, ReadOptions(max_document=MEGABYTE))

    assert {"MC903": 2} == result.tally.by_code
    assert 2 == result.tally.events


INTERACTION = """
- request: {{method: GET, uri: {url}}}
  response: {{status: {{code: 200}}, headers: {{content-type: [application/json]}}, body: {body}}}
"""
RESPONSE = """
- response: {{method: GET, url: {url}, status: 200, content_type: application/json, body: {body}}}
"""
API = "https://api.cloudflare.com/client/v4/accounts/6d636f6e6e2d7265666572656e636531/magic/connectors"
EVENT_URL = f"{API}/2f6f7e1a-3c5d-4b8e-9a10-5d0c7e2b4f61/telemetry/events/1700000000.1"
PAYLOAD: dict[str, Any] = {"success": True, "errors": [], "messages": [], "result": {"e": {"k": "Init"}, "n": 1, "t": 1700000000}}
"""An answer to the request of `EVENT_URL`."""


@pytest.mark.parametrize("top, item", [("interactions", INTERACTION), ("responses", RESPONSE)])
@pytest.mark.parametrize("body", ["*a8", "{string: *a8}", "{string: [{x: *a8}]}"])
def test_aliases_of_yaml_are_not_written_out_beyond_the_limit(tmp_path: Path, top: str, item: str, body: str) -> None:
    """An interaction of a thousand million texts is a finding, and the next one is judged."""
    lines = ["a0: &a0 [" + ",".join(["x"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 9)]
    bomb = item.format(url=EVENT_URL, body=body)
    good = item.format(url=EVENT_URL, body=f"'{json.dumps(PAYLOAD)}'")
    path = tmp_path / "a.yaml"
    path.write_text("\n".join(lines) + f"\n{top}:" + bomb + good)
    result = distribute([Input("a.yaml", path)], PLAN, ReadOptions())

    assert {"MC903": 1} == result.tally.by_code
    assert 1 == result.tally.exchanges


def test_aliases_of_yaml_nest_no_deeper_than_the_text(tmp_path: Path) -> None:
    """A list within a list by aliases, a thousand times, is a finding, and the next interaction is judged."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2000))]
    path = tmp_path / "a.yaml"
    bomb = INTERACTION.format(url=EVENT_URL, body="*a1999")
    good = INTERACTION.format(url=EVENT_URL, body=f"'{json.dumps(PAYLOAD)}'")
    path.write_text("\n".join(lines) + "\ninteractions:" + bomb + good)
    result = distribute([Input("a.yaml", path)], PLAN, ReadOptions())

    assert {"MC905": 1} == result.tally.by_code
    assert 1 == result.tally.exchanges


@pytest.mark.parametrize(
    "encoding",
    ["a\0b", "rot13", "hex", "zlib", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "\ud800", "none"],
)
def test_an_encoding_that_is_none_of_text_leaves_the_body_as_it_is(tmp_path: Path, encoding: str) -> None:
    """A cassette of Ruby names the encoding of each body; a name with a NUL, or of a codec of Python, is no such."""
    payload = {**PAYLOAD, "messages": [{"code": 1, "message": "\N{LATIN SMALL LETTER E WITH ACUTE}"}]}
    body = {"encoding": encoding, "string": json.dumps(payload, ensure_ascii=False)}
    response = {"status": {"code": 200}, "headers": {"Content-Type": ["application/json"]}, "body": body}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"http_interactions": [{"request": {"method": "get", "uri": EVENT_URL}, "response": response}]}))
    (exchange,) = read(Input("a.json", path), ReadOptions())

    assert isinstance(exchange, Exchange)
    assert json.dumps(payload, ensure_ascii=False).encode() == exchange.response.body


@pytest.mark.parametrize("place", ["a", ".", ".ssh"])
def test_a_har_names_no_file_outside_of_its_folder(tmp_path: Path, place: str) -> None:
    """Neither of the folder above, which WireMock may, nor by a path that leads out of its own; in an archive, too."""
    content = {"mimeType": "application/json", "_file": f"{place}/key" if place != "." else "../key"}
    response = {"status": 200, "headers": [], "content": content}
    har = json.dumps(
        {"log": {"entries": [{"request": {"method": "GET", "url": EVENT_URL, "headers": []}, "response": response}]}}
    )
    for name, text in {f"{place}/key": json.dumps(PAYLOAD), "inner/a.har": har}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / place / "key", f"{place}/key".removeprefix("./"))
        archive.write(tmp_path / "inner" / "a.har", "inner/a.har")
    for path in (tmp_path / "inner" / "a.har", tmp_path / "a.zip"):
        result = distribute([Input(path.name, path)], PLAN, ReadOptions())

        assert {"MC906": 1} == result.tally.by_code


@pytest.mark.parametrize("place", ["mappings/", ""])
def test_a_body_file_of_wiremock_is_no_capture_of_its_own(tmp_path: Path, place: str) -> None:
    """It is judged once, as the response of its mapping, in a folder and in an archive; one that none names is a capture."""
    broken = {**PAYLOAD, "result": {**PAYLOAD["result"], "t": "1700000000"}}
    mapping = {"request": {"url": EVENT_URL, "method": "GET"}, "response": {"status": 200, "bodyFileName": "b.json"}}
    files = {f"{place}a.json": mapping, "__files/b.json": broken, "__files/other.json": PAYLOAD}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, value in files.items():
            (tmp_path / "w" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "w" / name).write_text(json.dumps(value))
            archive.writestr(f"w/{name}", json.dumps(value))
    for inputs in (find([str(tmp_path / "w")]).found, [Input("a.zip", tmp_path / "a.zip")]):
        result = distribute(inputs, PLAN, ReadOptions())

        assert 2 == result.tally.exchanges
        assert [f"w/{place}a.json"] == [finding.source[-len(f"w/{place}a.json") :] for finding in result.tally.findings()]


def test_an_archive_is_unpacked_up_to_a_bound(tmp_path: Path) -> None:
    """Files of a thousandth of their size, each within the limit, together are a finding: once, at the first beyond."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number:02}.json", EVENT + b" " * (MEGABYTE - len(EVENT)))
    result = distribute([Input("a.zip", path)], PLAN, ReadOptions(max_document=MEGABYTE))

    assert {"MC903": 1} == result.tally.by_code
    assert ["a.zip/04.json"] == [finding.source for finding in result.tally.findings()]
    assert 4 == result.tally.events


def test_an_archive_does_not_unpack_a_body_again_and_again(tmp_path: Path) -> None:
    """A HAR that names one file as the body of each of its entries has as many of them as the bound allows."""
    content = {"mimeType": "application/json", "_file": "b"}
    response = {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}], "content": content}
    entry = {"request": {"method": "GET", "url": EVENT_URL, "headers": []}, "response": response}
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.har", json.dumps({"log": {"entries": [entry] * 20}}))
        archive.writestr("b", json.dumps(PAYLOAD) + " " * (MEGABYTE // 2))
    result = distribute([Input("a.zip", path)], PLAN, ReadOptions(max_document=MEGABYTE))

    assert {"MC906": 13} == result.tally.by_code


def test_an_archive_in_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    """Whatever its name: one that holds itself would have no end. The next file is judged."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.json", EVENT)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.json", inner.getvalue())
        archive.writestr("b.json", EVENT)
    result = distribute([Input("a.zip", tmp_path / "a.zip")], PLAN, ReadOptions())

    assert {"MC905": 1} == result.tally.by_code
    assert 1 == result.tally.events


def test_an_empty_base64_body_of_wiremock_leaves_the_text(tmp_path: Path) -> None:
    """The journal has both members, of which one may be empty."""
    response = {"status": 200, "body": json.dumps(PAYLOAD), "bodyAsBase64": ""}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"requests": [{"request": {"absoluteUrl": EVENT_URL, "method": "GET"}, "response": response}]}))
    (exchange,) = read(Input("a.json", path), ReadOptions())

    assert isinstance(exchange, Exchange)
    assert json.dumps(PAYLOAD).encode() == exchange.response.body


def test_a_har_of_many_entries_is_counted(tmp_path: Path) -> None:
    """Entries of other APIs, a large base64 body among them."""
    body = "A" * 8 * MEGABYTE
    content = {"encoding": "base64", "text": body}
    url = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events/1.1"
    large = {"request": {"method": "GET", "url": url}, "response": {"status": 200, "content": content}}
    other = json.dumps({"request": {"method": "GET", "url": "https://example.com/"}, "response": {"status": 200}})
    with (tmp_path / "a.har").open("w") as file:
        file.write('{"log": {"entries": [' + json.dumps(large))
        file.write((", " + other) * 10_000 + "]}}")
    result = distribute([Input("a", tmp_path / "a.har")], PLAN, ReadOptions(max_document=4 * MEGABYTE))

    assert 10_000 == result.tally.foreign
    assert {"MC903": 1} == result.tally.by_code


def test_a_link_that_leads_to_itself_is_a_problem(tmp_path: Path) -> None:
    """So is a folder in place of a file, and a device that fails; the others are judged."""
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "good.json").write_bytes(EVENT)
    names = ["loop.json", "folder.json", "good.json"]
    paths = [*(tmp_path / name for name in names), *([Path("/proc/self/mem")] if Path("/proc/self/mem").exists() else [])]
    result = distribute([Input(path.name, path) for path in paths], PLAN, ReadOptions())

    assert 1 == result.tally.events
    assert len(paths) - 1 == len(result.problems)


def test_a_file_that_grows_while_it_is_read_ends(tmp_path: Path) -> None:
    """What is added meanwhile is judged as far as it is there; a line that is not whole yet is a finding at most."""
    path = tmp_path / "a.ndjson"
    path.write_bytes((EVENT + b"\n") * 10_000)
    grown = []

    def grow(progress: Callable[[], Progress]) -> None:
        if progress().records and not grown:
            with path.open("ab") as file:
                grown.append(file.write((EVENT + b"\n") * 100 + EVENT[:10]))

    result = distribute([Input("a", path)], PLAN, ReadOptions(), shard_bytes=100_000, on_progress=grow)

    assert grown
    assert 10_100 == result.tally.events
    assert {"MC001": 1} == result.tally.by_code
    assert {10_101} == {finding.line for finding in result.tally.findings()}


MEASURED = """
import sys
from pathlib import Path
from mconn_contracts.cli.main import main
try:
    main(["validate", *sys.argv[1:], "--report", "json=/dev/null"])
except SystemExit:
    status = Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) // 1024, file=sys.stderr)
"""


def peak(*words: object) -> int:
    """The most memory that `mconn validate` has held, in MiB."""
    command = [sys.executable, "-c", MEASURED, *map(str, words)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stderr.split()[-1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux does")
@pytest.mark.parametrize("kind", ["valid", "invalid", "har"])
def test_memory_is_flat(tmp_path: Path, kind: str) -> None:
    """Of 32 MB of events, of 8 MB of findings, or of entries, nothing stays but counts and the findings that are kept."""
    entry: dict[str, Any] = {
        "request": {"method": "GET", "url": "https://example.com/"},
        "response": {"status": 200},
        "x": "y" * 5000,
    }
    line = {"valid": EVENT, "invalid": EVENT.replace(b"1,", b'"1",'), "har": json.dumps(entry).encode()}[kind]
    count = (8 if kind == "invalid" else 32) * MEGABYTE // len(line)
    separator, start, end = (b",", b'{"log": {"entries": [', b"]}}") if kind == "har" else (b"\n", b"", b"")
    path = tmp_path / ("a.har.gz" if kind == "har" else "a.ndjson.gz")
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start)
        block = separator.join([line] * 1000)
        for _ in range(count // 1000):
            file.write(block + separator)
        file.write(line + end)

    assert peak(path) < 100
