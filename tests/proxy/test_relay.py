"""What passes through: the same bytes, right or wrong, and the same end of the connection."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live.scripted import scripted
from tests.proxy.standing import EVENTS, PLAN, get, spoken, standing

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input

BODY = b'{"result":{"count":0,"items":[]},"success":true,"errors":[],"messages":[]}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
JSON = b"Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"5\r\n" + BODY[:5] + b"\r\n%x;name=value\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\n"
CLOSE = b"Connection: close\r\n"

END = CLOSE + b"\r\n"
IN_CHUNKS = OK + JSON + b"Transfer-Encoding: chunked\r\nTrailer: X\r\n" + END

AS_THEY_CAME: dict[str, tuple[bytes, set[str]]] = {
    "whole": (OK + JSON + LENGTH + END + BODY, set()),
    "of any case, order and spacing": (
        b"HTTP/1.1 200 \r\nx-A:  b \r\nX-a:\tc\r\nSET-cookie: a=b\r\n" + JSON + LENGTH + END + BODY,
        set(),
    ),
    "with a value of Latin-1": (OK + JSON + b"X: \xe4\xff\r\n" + LENGTH + END + BODY, set()),
    "with a folded field": (OK + JSON + b"X: a\r\n b\r\n" + LENGTH + END + BODY, set()),
    "with line feeds alone": ((OK + JSON + LENGTH + END).replace(b"\r", b"") + BODY, set()),
    "chunked": (IN_CHUNKS + CHUNKED + b"\r\n", set()),
    "chunked with trailers": (IN_CHUNKS + CHUNKED + b"X: y\r\n\r\n", set()),
    "up to the end of the connection": (OK + JSON + END + BODY, set()),
    "cut short": (OK + JSON + LENGTH + END + BODY[:-9], {"MC001"}),
    "cut within a chunk": (IN_CHUNKS + CHUNKED[:30], {"MC001"}),
    "longer than it says": (OK + JSON + LENGTH + END + BODY + b"and more", {"MC001"}),
    "with a broken chunk": (IN_CHUNKS + b"5\r\n" + BODY[:5] + b"\r\nzz\r\nmore", {"MC001"}),
    "with two lengths": (OK + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", {"MC001"}),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", {"MC001"}),
    "nothing": (b"", {"MC001"}),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", {"MC001"}),
    "after interim answers": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + JSON + LENGTH + END + BODY, set()),
    "without content": (b"HTTP/1.1 204 No Content\r\n" + END, set()),
    "unchanged": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 70\r\n" + END, set()),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n" + END, set()),
    "packed": (OK + JSON + b"Content-Encoding: gzip\r\n" + END + gzip.compress(BODY), set()),
    "labeled as packed": (OK + JSON + b"Content-Encoding: gzip\r\n" + LENGTH + END + BODY, {"MC007"}),
    "packed by what nobody knows": (OK + JSON + b"Content-Encoding: dcb\r\n" + END + gzip.compress(BODY), {"MC906"}),
    "a part": (b"HTTP/1.1 206 Partial Content\r\n" + JSON + b"Content-Length: 2\r\n" + END + b"{}", {"MC906"}),
}


def sends(data: bytes) -> Callable[[socket.socket], None]:
    """An answer of just these bytes."""
    return lambda connection: connection.sendall(data)


@pytest.mark.parametrize("name", AS_THEY_CAME)
def test_answers_pass_byte_by_byte(name: str, tmp_path: Path) -> None:
    """What a target sends is what the client gets; it is judged, and the recording is judged alike."""
    data, codes = AS_THEY_CAME[name]
    with scripted(sends(data)) as target, standing(target.url, recording=tmp_path / "run.har") as proxy:
        received = spoken(proxy.address, get())

    recorded = distribute([Input("run.har", tmp_path / "run.har")], PLAN, ReadOptions(), cap=100).tally
    assert (data, codes) == (received, set(proxy.tally.by_code) - {"MC202", "MC206"})
    assert proxy.tally.by_code == recorded.by_code
    assert [(each.code, each.message, each.pointer, each.entry) for each in proxy.tally.findings()] == [
        (each.code, each.message, each.pointer, each.entry) for each in recorded.findings()
    ]


def test_content_behind_the_head_that_answers_a_head_is_judged() -> None:
    """An answer to HEAD that has content passes as it came, and is found."""
    with scripted(sends(OK + JSON + LENGTH + END + BODY)) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, get(method="HEAD"))

    assert (OK + JSON + LENGTH + END + BODY, {"MC001"}) == (received, set(proxy.tally.by_code))
    assert [
        "the answer to HEAD has 74 bytes of content; it must have none" in each.message for each in proxy.tally.findings()
    ] == [True]


def test_what_is_no_http_is_quoted_as_it_came() -> None:
    """A line that is wrong is shown in quotation marks, and not as a value of Python."""
    with scripted(sends(IN_CHUNKS + b"zz\r\n")) as target, standing(target.url) as proxy:
        spoken(proxy.address, get())

    words = r"what came is not HTTP/1.1: illegal chunk header: 'zz\r\n'; 0 bytes came before it"
    assert [f"the body is cut short: {words}"] == [each.message for each in proxy.tally.findings() if each.code == "MC001"]


def test_a_reset_is_passed_on() -> None:
    """Where the target resets a connection within a body, the client's is reset as well."""

    def resets(connection: socket.socket) -> None:
        connection.sendall(OK + JSON + LENGTH + b"\r\n" + BODY[:9])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with scripted(resets) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, get())

    assert ({"MC001"}, True) == (set(proxy.tally.by_code) & {"MC001"}, received.endswith(b"<reset>"))


def test_fields_of_a_connection_stay_on_it() -> None:
    """What RFC 9110, 7.6.1 has of one connection is passed on in neither direction; the host is the target's."""
    answer = (
        OK + b"Keep-Alive: timeout=5\r\nUpgrade: h2c\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n" + LENGTH + b"\r\n" + BODY
    )
    asked = get(EVENTS, "Keep-Alive: 1", "TE: trailers", "Upgrade: h2c", "Connection: X-Mine, Host", "X-Mine: 1", "X-End: 2")
    with scripted(sends(answer)) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, asked)

    assert OK + b"X-End: 2\r\n" + LENGTH + CLOSE + b"\r\n" + BODY == received
    host = target.url.removeprefix("http://")
    assert [f"GET {EVENTS} HTTP/1.1\r\nHost: {host}\r\nX-End: 2\r\n\r\n"] == target.heads


def test_old_clients_get_no_chunks() -> None:
    """HTTP/1.0 knows no chunks (RFC 9112, 7.1): such a client gets the content, up to the end of its connection."""
    answer = OK + JSON + b"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n" + CHUNKED + b"X: y\r\n\r\n"
    with scripted(sends(answer)) as target, standing(target.url) as proxy:
        received = spoken(proxy.address, get(version="1.0"))

    assert OK + JSON + CLOSE + b"\r\n" + BODY == received
