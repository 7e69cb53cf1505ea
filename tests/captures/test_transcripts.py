"""Transcripts of `curl -i` as a shell shows them, and of tools that print the request too."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from backports.zstd import compress as zstd

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan

PLAN = Plan(load())
TOKEN = "SEKRITtoken0123456789abcdef"
EVENT = {"e": {"k": "Init"}, "n": 1, "t": 1700000000}
GOOD = json.dumps({"success": True, "errors": [], "messages": [], "result": EVENT}).encode()
CORRUPT = GOOD.replace(b"Init", b"Inut")
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd,
}
PROGRESS = (
    b"  % Total    % Received % Xferd  Average\n                 Dload  Upload\n\r  0     0    0\r100    91  100    91  18200\n"
)
REQUEST = b"GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n\r\n"


def response(body: bytes, *fields: str) -> bytes:
    """What `curl -i` prints."""
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *fields, "", ""]).encode() + body


def codes(path: Path) -> tuple[int, dict[str, int]]:
    """The number of exchanges, and what was found, by code."""
    tally = distribute([Input(path.name, path)], PLAN, ReadOptions()).tally
    return tally.exchanges, dict(tally.by_code)


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_end_behind_a_packed_body_is_none_of_it(tmp_path: Path, coding: str, sized: bool, end: bytes) -> None:
    """With a Content-Length and without, in the middle and at the end; a corrupt body is found, and no other."""
    text = b""
    for body in (GOOD, CORRUPT, GOOD):
        content = PACKED[coding](body)
        fields = [f"Content-Encoding: {coding}", *([f"Content-Length: {len(content)}"] if sized else [])]
        text += response(content, *fields) + end
    (tmp_path / "transcript").write_bytes(text)

    assert (3, {"MC102": 1}) == codes(tmp_path / "transcript")


def test_a_packed_body_that_is_cut_short_does_not_decode(tmp_path: Path) -> None:
    """A line end behind it does not change that."""
    (tmp_path / "transcript").write_bytes(response(gzip.compress(GOOD)[:-12], "Content-Encoding: gzip") + b"\n")

    assert (1, {"MC007": 1}) == codes(tmp_path / "transcript")


@pytest.mark.parametrize(
    "before",
    [
        b"$ curl -i https://api.cloudflare.com/x\n",
        b"PS C:\\x> curl.exe -i `\n  https://api.cloudflare.com/x\n",
        PROGRESS,
        b"+ curl -i https://api.cloudflare.com/x\n",
        b"[me@host ~]$ curl -i \\\n  -H 'Accept: */*' \\\n  https://api.cloudflare.com/x\n",
        REQUEST,
        REQUEST.replace(b"\r\n", b"\n") + b"\n\n",
    ],
    ids=["prompt", "PowerShell", "progress", "trace", "lines", "request", "HTTPie"],
)
@pytest.mark.parametrize("end", [b"\n", b"\n\n", b""])
def test_command_lines_and_requests_are_passed_over(tmp_path: Path, before: bytes, end: bytes) -> None:
    """Before each status line; where nothing ends the line of a body, its length says where it ends."""
    text = b"".join(before + response(body, f"Content-Length: {len(body)}") + end for body in (GOOD, CORRUPT, GOOD))
    (tmp_path / "transcript").write_bytes(text)

    assert (3, {"MC102": 1}) == codes(tmp_path / "transcript")


@pytest.mark.parametrize("before", [b"$ curl -i https://a/x\n", REQUEST], ids=["prompt", "request"])
def test_a_body_without_a_length_ends_before_the_next_command_or_request(tmp_path: Path, before: bytes) -> None:
    """Where that starts a line."""
    (tmp_path / "transcript").write_bytes((before + response(GOOD + b"\n")) * 2 + before)

    assert (2, {}) == codes(tmp_path / "transcript")


def test_text_behind_a_body_is_of_the_body(tmp_path: Path) -> None:
    """What is not a command line is not passed over."""
    (tmp_path / "transcript").write_bytes(response(GOOD + b"\nrest\n", f"Content-Length: {len(GOOD)}"))

    assert (1, {"MC002": 1}) == codes(tmp_path / "transcript")


@pytest.mark.parametrize(
    "before, between, after",
    [
        (b"\xef\xbb\xbf", b"\n", b""),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"", b""),
        (b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", b"", b""),
        (b"", b"\n", b"\n$ "),
        (b"", b"\n200\n", b"200"),
    ],
    ids=["byte order mark", "proxy", "proxy with fields", "prompt at the end", "--write-out"],
)
def test_what_stands_around_responses_is_none_of_them(tmp_path: Path, before: bytes, between: bytes, after: bytes) -> None:
    """A mark of UTF-8, a proxy's word, the next prompt, and the status that curl was told to write."""
    (tmp_path / "transcript").write_bytes(before + between.join(map(response, (GOOD, CORRUPT, GOOD))) + after)

    assert (3, {"MC102": 1}) == codes(tmp_path / "transcript")


def test_chunks_that_were_kept_are_undone(tmp_path: Path) -> None:
    """As `curl --raw` prints them; what is in none is the body itself."""
    chunks = b"%x;a=b\r\n%b\r\n5\r\n%b\r\n0\r\n\r\n" % (len(CORRUPT) - 5, CORRUPT[:-5], CORRUPT[-5:])
    bodies = (chunks, GOOD, chunks[:-9])
    (tmp_path / "transcript").write_bytes(b"".join(response(body, "Transfer-Encoding: chunked") for body in bodies))

    assert (3, {"MC102": 1, "MC002": 1}) == codes(tmp_path / "transcript")


@pytest.mark.parametrize("length, expected", [("91", "MC906"), (None, "MC906"), ("0", "MC002")])
def test_a_response_without_content_may_be_of_head(tmp_path: Path, length: str | None, expected: str) -> None:
    """Where its length is not said to be 0, the body was not printed."""
    fields = [] if length is None else [f"Content-Length: {length}"]
    (tmp_path / "transcript").write_bytes(response(b"", *fields) + response(GOOD))

    assert (2, {expected: 1}) == codes(tmp_path / "transcript")


@pytest.mark.parametrize(
    "words",
    [
        "-H 'Authorization: Bearer {}'",
        '-sH "X-Auth-Key: {}"',
        "-HX-Auth-Key:{}",
        '--header="X-Auth-Key: {}"',
        "--oauth2-bearer {}",
        "-iu me:{}",
        "-b session={}",
        "'https://a/?api_token={}'",
        "-H 'Authorization: Bearer {}",
    ],
)
def test_a_credential_of_a_command_line_is_replaced_in_bodies(tmp_path: Path, words: str) -> None:
    """However curl takes it; an echo of it is in no record."""
    body = json.dumps({"success": False, "errors": [{"code": 1, "message": TOKEN}]}).encode()
    (tmp_path / "transcript").write_bytes(f"$ curl -i {words.format(TOKEN)} \\\n  https://a/x\n".encode() + response(body))
    found = list(records(Input("transcript", tmp_path / "transcript"), ReadOptions()))

    assert 1 == len(found)
    assert TOKEN not in repr(found)


def test_a_token_of_a_printed_request_is_replaced_in_bodies(tmp_path: Path) -> None:
    """An echo of it is in no record."""
    body = json.dumps({"success": False, "errors": [{"code": 1, "message": TOKEN}]}).encode()
    (tmp_path / "transcript").write_bytes(REQUEST + response(body))
    found = list(records(Input("transcript", tmp_path / "transcript"), ReadOptions()))

    assert 1 == len(found)
    assert TOKEN not in repr(found)
