"""A run as HAR, which is read back as the same exchanges."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mconn_contracts.captures.capture import records
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Origin, Request, Response
from mconn_contracts.reports.har_writer import entry, pieces
from mconn_contracts.wire.redaction import redact_headers

URL = "https://api.cloudflare.com/client/v4/accounts/a/magic/connectors/c/telemetry/events"

TEXT = st.text(st.characters(), max_size=20)
TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=12)
SHOWN = st.sampled_from(
    [
        ("Authorization", "Bearer $CLOUDFLARE_API_TOKEN"),
        ("authorization", "[malformed]"),
        ("X-Auth-Email", "$CLOUDFLARE_EMAIL"),
        ("x-auth-key", "$CLOUDFLARE_API_KEY"),
        ("Authorization", ""),
    ]
)
"""Credentials as every exchange holds them once they have been replaced."""
CODED = ("content-encoding", "transfer-encoding")
"""What a reader undoes, so that no exchange has it; nor is one a part of content (206). Hypothesis draws our own constants."""
PLAIN = st.tuples(
    TOKEN.filter(lambda name: name.lower() not in CODED and redact_headers([(name, "text")]) == ((name, "text"),)), TEXT
)
HEADERS = st.lists(PLAIN | SHOWN, max_size=4).map(tuple)
TARGETS = st.builds(
    lambda path, query: URL + path + (f"?{query}" if query else ""),
    st.sampled_from(["", "/latest", "/1700000000.3", "/%F0%9F%92%A5", "/a@b:c"]),
    st.text(st.characters(blacklist_characters="#", blacklist_categories=["Cs"]), max_size=20),
)
INTENTS = st.none() | st.builds(
    Intent, st.sampled_from(Credential), st.sampled_from(Connector), st.lists(TEXT, max_size=2).map(tuple), st.booleans()
)
WHY = st.none() | TEXT
ANSWERS = st.builds(
    Response,
    st.integers(100, 999).filter(lambda status: status != 206),
    st.lists(PLAIN, max_size=4).map(tuple),
    st.none() | st.binary(max_size=40) | TEXT.map(lambda text: text.encode(errors="surrogatepass")),
    WHY,
    WHY,
)
NO_ANSWERS = st.builds(lambda why: Response(None, body=None, incomplete=why), TEXT)
EXCHANGES = st.builds(
    Exchange,
    response=ANSWERS | NO_ANSWERS,
    request=st.builds(Request, st.sampled_from(["GET", "HEAD", "DELETE"]) | TOKEN, TARGETS, HEADERS),
    intent=INTENTS,
    started=st.none() | st.floats(0, 4e9),
)


def again(exchanges: Sequence[Exchange]) -> list[object]:
    """The records of the HAR file that these exchanges are written to."""
    content = "".join(pieces(exchanges)).encode("utf-8", errors="backslashreplace")
    return list(records(Input("run.har", None, content=content), ReadOptions()))


@given(EXCHANGES)
@example(Exchange(Response(200, (), "\x1f\x8b".encode()), Request("GET", URL)))
@example(Exchange(Response(200, (), "\x28\xb5\x2f\xfd".encode()), Request("GET", URL)))
def test_an_exchange_is_read_back_as_it_was(exchange: Exchange) -> None:
    """Whatever is in it: bytes that are not text, lone surrogates, no answer at all, and what only the sender knew."""
    assert [replace(exchange, origin=Origin("run.har", 1, 0))] == again([exchange])


@given(st.lists(EXCHANGES, max_size=4))
def test_exchanges_are_read_back_in_the_order_of_time(exchanges: list[Exchange]) -> None:
    """Each is read once, with its place in the file; in order of time where all have one, else as they were written."""
    expected = [replace(each, origin=Origin("run.har", 1, index)) for index, each in enumerate(exchanges)]
    if all(each.started is not None for each in exchanges):
        expected.sort(key=lambda each: each.started or 0.0)

    assert expected == again(exchanges)


def test_a_file_has_what_har_requires() -> None:
    """The log and each entry have all fields that HAR 1.2 requires, and the entry says what browsers show of it."""
    headers = (("Content-Type", "application/json"), ("Location", "/elsewhere"))
    request = Request("GET", f"{URL}?from=1&k=a%20b", (("Accept", "application/json"),))
    text = "".join(pieces([Exchange(Response(302, headers, b"{}"), request, started=1_700_000_000.25)]))

    log = json.loads(text)["log"]
    (written,) = log["entries"]
    assert (["version", "creator", "entries"], "1.2", "mconn") == (list(log), log["version"], log["creator"]["name"])
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} == set(written)
    required = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
    assert required == set(written["request"])
    required = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"}
    assert required == set(written["response"])
    assert "2023-11-14T22:13:20.250000Z" == written["startedDateTime"]
    assert [{"name": "from", "value": "1"}, {"name": "k", "value": "a b"}] == written["request"]["queryString"]
    assert {"size": 2, "mimeType": "application/json", "text": "{}"} == written["response"]["content"]
    assert "/elsewhere" == written["response"]["redirectURL"]


def test_secrets_are_replaced_once_more() -> None:
    """An exchange that still holds its credentials is written without them, and without cookies and the user of a URL."""
    headers = (
        ("Authorization", "Bearer canary-1"),
        ("X-Auth-Email", "canary-2"),
        ("X-Auth-Key", "canary-3"),
        ("Cookie", "canary-4"),
    )
    request = Request("GET", URL.replace("//", "//user:canary@"), headers)

    assert "canary" not in "".join(pieces([Exchange(Response(200, (("Set-Cookie", "canary"),), b"{}"), request)]))


@pytest.mark.parametrize("exchange", [Exchange(Response(200)), Exchange(Response(None))])
def test_what_is_no_entry_is_an_error(exchange: Exchange) -> None:
    """Without a request, there is nothing that HAR could say."""
    with pytest.raises(ValueError, match="a HAR entry has a request"):
        entry(exchange)
