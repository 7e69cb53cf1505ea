"""No rule crashes, whatever a server sends, and however its answers follow each other."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.corruptions import bodies
from tests.mutations import VALUES, mutate

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session, check
from mconn_contracts.judge.schemas.validation import MAX_MESSAGE
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Request, Response
from mconn_contracts.model.finding import Finding
from mconn_contracts.reports.wording import curls

DOCUMENT = load()
PLAN = Plan(DOCUMENT)
BODIES = [body.value for body in bodies(DOCUMENT)]

BASE = "http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events"
WORDS = st.sampled_from(
    ["", "0", "5", "1700000000", "-1", "1.5", "1e9", "9" * 30, "abc", "Init", "x y", "é", "\u0660", "%", "nan"]
)
QUERIES = st.lists(st.tuples(st.sampled_from(["from", "to", "limit", "cursor", "k", "q"]), WORDS), max_size=5).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
URLS = st.one_of(
    QUERIES.map(lambda query: f"{BASE}?{query}"),
    st.just(f"{BASE}/latest"),
    st.tuples(WORDS, WORDS).map(lambda each: f"{BASE}/{each[0]}.{each[1]}"),
    WORDS.map(lambda word: f"{BASE}/{word}/"),
    WORDS.map(lambda word: f"http://127.0.0.1/{word}"),
)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["GET", "get", "HEAD", "POST", "OPTIONS"]),
    URLS,
    st.sampled_from([(), (("Authorization", "Bearer x"),), (("X-Auth-Email", "a@example.com"),), (("authorization", ""),)]),
)
INTENTS = st.builds(
    Intent,
    st.sampled_from(Credential),
    st.sampled_from(Connector),
    st.lists(st.sampled_from(["from", "cursor", "k"]), max_size=2).map(tuple),
    st.booleans(),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Content-Encoding", "Retry-After", "Ratelimit", "Ratelimit-Policy"]),
        st.sampled_from(
            ["", "application/json", "text/html", "gzip", "5", "soon", '"default";r=50;t=30', ";;,=;r=;", "\u0665", "\n"]
        ),
    ),
    max_size=3,
).map(tuple)
CONTENTS = st.one_of(
    mutate(BODIES).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(BODIES).map(lambda value: json.dumps(value).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=20),
    st.none(),
)
RESPONSES = st.builds(
    Response,
    st.none() | st.sampled_from([100, 200, 201, 204, 301, 304, 400, 401, 403, 404, 405, 429, 500, 501, 599]),
    HEADERS,
    CONTENTS,
    incomplete=st.none() | st.just("why"),
    undecodable=st.none() | st.just("why"),
)
EXCHANGES = st.builds(
    Exchange,
    RESPONSES,
    st.none() | REQUESTS,
    declared=st.sampled_from([None, None, "listEvents", "getLatestEvents", "getEvent", "EventListResponse", "EventGetResponse"]),
    intent=st.none() | INTENTS,
    started=st.none() | st.floats(0, 2e9),
)


def assert_sound(finding: Finding) -> None:
    """No rule crashed, and what a finding shows can be written out."""
    assert finding.code != "MC901", finding.message
    assert 0 < len(finding.message) <= MAX_MESSAGE
    assert "\n" not in finding.message + finding.pointer
    DOCUMENT.at(finding.spec)
    (finding.message + finding.pointer + "".join(curls(finding.shown_by))).encode()


@given(EXCHANGES)
def test_no_exchange_makes_a_rule_crash(exchange: Exchange) -> None:
    """Whatever is asked and answered, every rule comes to an end, and its findings can be shown."""
    for finding in check(exchange, PLAN).findings:
        assert_sound(finding)


@given(st.lists(EXCHANGES, max_size=6))
def test_no_session_makes_a_rule_crash(exchanges: list[Exchange]) -> None:
    """Nor does any sequence of exchanges, mangled or not."""
    session = Session(PLAN)
    for exchange in exchanges:
        session.observe(exchange)
    session.conclude()
    session.observe_behavior()

    for finding in session.tally.findings():
        assert_sound(finding)
