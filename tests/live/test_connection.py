"""Answers as they come over a connection, however wrong they are: nothing is hidden, and nothing is waited for too long."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
import zlib
from collections.abc import Callable
from contextlib import closing

import pytest
from tests.live.scripted import OK, Answer, resets, scripted

from mconn_contracts.live.http import HttpTransport
from mconn_contracts.live.receiving import LONGEST_HEAD
from mconn_contracts.live.target import Target
from mconn_contracts.live.transport import Reply
from mconn_contracts.model.exchange import Request, Response


def ask(*script: Answer, method: str = "GET", path: str = "/x", timeout: float = 20.0) -> Reply:
    """The reply to one request, by a server of this script."""
    with scripted(*script) as server, closing(HttpTransport(Target(server.url, "a", "c", {}))) as transport:
        return transport.send(Request(method, server.url + path), time.monotonic() + timeout)


def raw(*parts: bytes, then: Answer = lambda _: None) -> Answer:
    """An answer of just these bytes."""

    def answer(connection: socket.socket) -> None:
        # A client may leave before the end.
        with contextlib.suppress(OSError):
            connection.sendall(b"".join(parts))
            then(connection)

    return answer


def received(response: Response) -> tuple[int | None, bytes | None]:
    """The status and the body."""
    return response.status, response.body


def message(*fields: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    """An HTTP message of these lines."""
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode("latin-1") + body


# What is sent.


@pytest.mark.parametrize("path", ["/a/../b/./c", "/%2e%2E/x", "/a//b", "/%zz", "/x?q=%E2%28%A1&q=a+b&&", "/1700000000.3%00"])
def test_a_path_leaves_as_it_is_written(path: str) -> None:
    """No dot segment is removed, nothing is escaped or unescaped, and no slash is merged."""
    with scripted(OK) as server, closing(HttpTransport(Target(server.url, "a", "c", {}))) as transport:
        transport.send(Request("GET", server.url + path), time.monotonic() + 20)

        assert f"GET {path} HTTP/1.1" == server.heads[0].partition("\r\n")[0]


# Wrong framing.


@pytest.mark.parametrize(
    "answer, status, body, incomplete",
    [
        (message("Content-Length: 9", body=b"{}"), 200, b"{}", "the connection ended after 2 bytes, of 9"),
        (message("Content-Length: 1", body=b"{}"), 200, b"{", "1 bytes came after the end that content-length names"),
        (message("Content-Length: 2", body=b"{}\r\n"), 200, b"{}", None),
        (message(body=b"{}"), 200, b"{}", None),
        (message("Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"), 200, b"{}", None),
        (message("Transfer-Encoding: chunked", body=b"2\r\n{}\r\n"), 200, b"{}", "after 2 bytes, of a chunked body"),
        (message("Transfer-Encoding: chunked", body=b"2\r\n{}\r\nzz\r\n"), 200, b"{}", "illegal chunk header"),
        (message("Content-Length: 2", "Content-Length: 3", body=b"{}"), None, None, "conflicting Content-Length"),
        (message("Content-Length: two", body=b"{}"), None, None, "bad Content-Length"),
        (b"", None, None, "no answer came: the server closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent", None, None, "no answer came: the server closed the connection within the head"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None, None, "no answer came: what came is not HTTP: 'SSH-2.0-OpenSSH_9.2\\r\\n'"),
        (b"\x16\x03\x01", None, None, "what came is not HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", None, None, "illegal status line"),
        (message("no colon"), None, None, "illegal header line"),
    ],
)
def test_what_is_wrong_is_said_and_what_came_is_kept(
    answer: bytes, status: int | None, body: bytes | None, incomplete: str | None
) -> None:
    """A length that is wrong either way, a cut or malformed body, and what is not HTTP at all."""
    response = ask(raw(answer)).response

    assert (status, body) == received(response)
    assert (incomplete is None, True) == (response.incomplete is None, (incomplete or "") in (response.incomplete or ""))


def test_a_head_of_ten_megabytes_is_left() -> None:
    """A head that is longer than a mebibyte is not read to its end, and said to be too long."""
    response = ask(raw(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 10 * LONGEST_HEAD)).response

    assert (None, "no answer came: a header section, a chunk's line or a trailer is longer than 1048576 bytes") == (
        response.status, response.incomplete,
    )  # fmt: skip


def test_a_reset_halfway_keeps_what_came_and_may_pass() -> None:
    """What a reset cut off may be tried again; the part before it is there."""
    reply = ask(raw(message("Content-Length: 9", body=b"{"), then=resets))

    assert ((200, b"{"), True, "the connection ended after 1 bytes, of 9") == (
        received(reply.response), reply.may_pass, reply.response.incomplete,
    )  # fmt: skip


def test_fields_keep_case_order_and_repetition() -> None:
    """The header is as it came, but that a folded line is joined (RFC 9112, 5.2)."""
    response = ask(raw(message("B-Second: 1", "a-FIRST: 2", "B-Second: 3", "C: x", "  y", "Content-Length: 0"))).response

    assert (("B-Second", "1"), ("a-FIRST", "2"), ("B-Second", "3"), ("C", "x y"), ("Content-Length", "0")) == response.headers


@pytest.mark.parametrize("body, shown", [(b"", b""), (b"{}", b"{}")])
def test_content_behind_the_answer_to_a_head_is_kept(body: bytes, shown: bytes) -> None:
    """The answer to a HEAD has no content; where a server sends some, it is there to be judged."""
    response = ask(raw(message("Content-Length: 2"), body), method="HEAD").response

    assert (200, shown, None) == (response.status, response.body, response.incomplete)


# Content codings.


@pytest.mark.parametrize(
    "coding, encode",
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body, wbits=-15)),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
        ("gzip", lambda body: gzip.compress(body[:1]) + gzip.compress(body[1:])),
        ("identity", bytes),
    ],
)
def test_content_is_decoded(coding: str, encode: Callable[[bytes], bytes]) -> None:
    """A body is there as it was before it was coded."""
    body = encode(b'{"a":1}')
    response = ask(raw(message(f"Content-Encoding: {coding}", f"Content-Length: {len(body)}", body=body))).response

    assert (b'{"a":1}', None) == (response.body, response.undecodable)


@pytest.mark.parametrize(
    "coding, body, why",
    [
        ("gzip", b"plain", "the content does not decode as content-encoding 'gzip'"),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-9], "the content does not decode as content-encoding 'gzip'"),
        ("br", b"{}", "the request did not ask for content-encoding 'br'"),
    ],
)
def test_content_that_does_not_decode_is_marked(coding: str, body: bytes, why: str) -> None:
    """A body that is not what its content-encoding says, that ends early, or has a coding that was not asked for."""
    response = ask(raw(message(f"Content-Encoding: {coding}", f"Content-Length: {len(body)}", body=body))).response

    assert (200, why) == (response.status, response.undecodable)


def test_content_that_grows_without_end_is_left() -> None:
    """A body that decodes to more than 64 MiB is decoded that far."""
    body = gzip.compress(bytes(80 * 1024 * 1024))
    response = ask(raw(message("Content-Encoding: gzip", f"Content-Length: {len(body)}", body=body))).response

    assert (64 * 1024 * 1024, "longer than 67108864 bytes; the rest was not read") == (
        len(response.body or b""), response.incomplete,
    )  # fmt: skip


# Interim answers, and deadlines.


CHUNKS = b"1;name=value\r\n{\r\n1\r\n}\r\n0\r\nDigest: x\r\nX-Sum: 1\r\n\r\n"
FRAMED = {
    "a length": message("Content-Length: 2", body=b"{}"),
    "the end of the connection": message(body=b"{}"),
    "HTTP/1.0": message(body=b"{}").replace(b"1.1", b"1.0", 1),
    "HTTP/1.0 with a length": message("Content-Length: 2", "Connection: keep-alive", body=b"{}").replace(b"1.1", b"1.0", 1),
    "chunks with extensions and trailers": message("Transfer-Encoding: chunked", "Trailer: X-Sum", body=CHUNKS),
    "names and values in other forms": message("content-LENGTH:2", "Connection: Close", body=b"{}"),
    "a status without words": message("Content-Length: 2", body=b"{}").replace(b"200 OK", b"200 ", 1),
    "early hints before it": message("Link: </x>; rel=preload", status="103 Early Hints")
    + message("Content-Length: 2", body=b"{}"),
    "empty lines behind it": message("Content-Length: 2", body=b"{}\r\n\r\n"),
}


@pytest.mark.parametrize("framed", FRAMED.values(), ids=list(FRAMED))
def test_an_answer_is_the_same_however_it_is_framed(framed: bytes) -> None:
    """What is of the connection (RFC 9112) is not part of what is judged, and nothing is wrong with it."""
    reply = ask(raw(framed))

    assert ((200, b"{}"), None, False) == (received(reply.response), reply.response.incomplete, reply.may_pass)


@pytest.mark.parametrize("interim", ["102 Processing", "103 Early Hints", "110 Mind The Gap", "199 ", "100 Continue"])
def test_interim_answers_are_read_past(interim: str) -> None:
    """Any 1xx, once or twice, comes before the answer (RFC 9110, 15.2)."""
    before = message("Link: </x>", status=interim) * 2
    response = ask(raw(before, message("Content-Length: 2", body=b"{}"))).response

    assert ((200, b"{}"), None, (("Content-Length", "2"),)) == (received(response), response.incomplete, response.headers)


def without_end(again: bytes) -> Answer:
    """An answer that goes on until nobody takes it."""

    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(again)

    return answer


def holds(connection: socket.socket) -> None:
    """Nothing more comes until the client leaves."""
    connection.recv(1)


@pytest.mark.parametrize(
    "answer, status, why",
    [
        (without_end(message(status="100 Continue")), None, "no answer came in time, but"),
        (
            raw(message("Content-Length: 9", body=b"{}"), then=holds),
            200,
            "the body did not end in time; 2 bytes came",
        ),
        (
            raw(message("Transfer-Encoding: chunked", body=b"1\r\n"), then=holds),
            200,
            "did not end in time; 0 bytes",
        ),
        (
            raw(message("Transfer-Encoding: chunked"), then=without_end(b"1\r\n \r\n" * 1000)),
            200,
            "the body did not end in time; ",
        ),
        (raw(b"HTTP/1.1 200", then=holds), None, "no answer came in time, but 12 bytes of its head"),
        (raw(then=holds), None, "no answer came in time"),
    ],
    ids=["endless interim answers", "frozen body", "frozen chunk", "endless chunks", "frozen head", "frozen"],
)
def test_the_deadline_holds(answer: Answer, status: int | None, why: str) -> None:
    """Whatever a server sends or holds back, the answer is given up at its deadline, with what came."""
    started = time.monotonic()
    reply = ask(answer, timeout=0.2)

    assert (status, True) == (reply.response.status, why in str(reply.response.incomplete))
    assert 0.2 <= time.monotonic() - started < 10
    assert not reply.may_pass
