"""What one answer is judged to be by its status, for each sort of request and of body: no class of statuses is forgotten."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, check
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.model.exchange import Connector, Credential, Exchange, Intent, Request, Response

GOLDEN = Path(__file__).parent / "golden"
PLAN = Plan(load())
RULED = frozenset(rule.code for rule in RULES if rule.on is not History)
EVENTS = "/accounts/a1/magic/connectors/c1/telemetry/events"
STATUSES = (
    None,
    199,
    200,
    201,
    204,
    205,
    299,
    300,
    304,
    399,
    400,
    401,
    402,
    404,
    408,
    413,
    422,
    429,
    431,
    499,
    500,
    501,
    502,
    599,
)
JSON = (("Content-Type", "application/json"),)


def succeeded(result: Any, **more: Any) -> bytes:
    """A success in its envelope."""
    return json.dumps({"success": True, "errors": [], "messages": [], "result": result, **more}).encode()


def failed(**members: Any) -> bytes:
    """A failure in its envelope."""
    return json.dumps({"success": False, **members}).encode()


EVENT = {"e": {"k": "Init"}, "n": 0, "t": 1}
ERRORS = [{"code": 1, "message": "No"}]
LISTED = succeeded({"count": 1, "items": [{"a": 1, "k": "Init", "n": 0, "t": 1}]})
BODIES = {
    "a success": succeeded({"count": 1, "items": [EVENT]}),
    "a success without events": succeeded({"count": 0, "items": []}),
    "a success with an error": succeeded({"count": 0, "items": []}, errors=ERRORS),
    "a success that says it failed": succeeded({"count": 0, "items": []}, success=False),
    "a failure": failed(errors=ERRORS),
    "a failure without errors": failed(),
    "a failure with no error": failed(errors=[]),
    "a failure with a result": failed(errors=ERRORS, result={"count": 0, "items": []}),
    "a failure that says it succeeded": failed(errors=ERRORS, success=True),
    "nothing": b"",
    "blanks": b" \n",
    "a page": b"<p>No</p>",
    "a bare model": json.dumps({"count": 0, "items": []}).encode(),
    "a traceback": failed(errors=[{"code": 1, "message": "Traceback (most recent call last)"}]),
    "what is packed and not said to be": gzip.compress(b"{}", mtime=0),
    "not kept": None,
}
REQUESTS = {
    "a list": ("GET", f"{EVENTS}?from=1&to=2", LISTED),
    "a list of a small window": ("GET", f"{EVENTS}?from=5&to=9&k=Leave&limit=0", LISTED),
    "a list without a bound": ("GET", f"{EVENTS}?from=1", LISTED),
    "a list with a limit that is none": ("GET", f"{EVENTS}?from=1&to=2&limit=x", LISTED),
    "a list with a limit in another form": ("GET", f"{EVENTS}?from=1&to=2&limit=+1.5", LISTED),
    "the latest": ("GET", f"{EVENTS}/latest", BODIES["a success"]),
    "an event": ("GET", f"{EVENTS}/1.0", succeeded(EVENT)),
    "another event": ("GET", f"{EVENTS}/1.1", succeeded(EVENT)),
    "an event by three numbers": ("GET", f"{EVENTS}/1.0.0", succeeded(EVENT)),
    "an event by no number": ("GET", f"{EVENTS}/x", succeeded(EVENT)),
    "the head of the latest": ("HEAD", f"{EVENTS}/latest", BODIES["a success"]),
    "what the latest allow": ("OPTIONS", f"{EVENTS}/latest", b""),
    "to write": ("POST", f"{EVENTS}/latest", BODIES["a success"]),
    "another path": ("GET", f"{EVENTS}/latest/x", BODIES["a success"]),
}
OF_OWN = frozenset(asked for asked in REQUESTS if asked.startswith(("a list ", "an event by", "another event")))
"""What is asked for with one's own credential only."""
INTENTS = {
    "recorded": None,
    "asked": Intent(),
    **{f"asked with {credential.value}": Intent(credential) for credential in Credential if credential is not Credential.VALID},
    "asked of an unknown one": Intent(connector=Connector.UNKNOWN),
    "asked of another's": Intent(connector=Connector.FOREIGN),
    "asked with a cursor": Intent(malformed=("cursor",)),
}


def outcome(method: str, url: str, intent: Intent | None, status: int | None, body: bytes | None) -> str:
    """The codes that are found, and those that are decided besides."""
    judgement = check(Exchange(Response(status, JSON, body), Request(method, url), intent=intent), PLAN)
    found = {
        f"{each.code}{'' if each.severity.name == 'ERROR' else ' ' + each.severity.name.lower()}" for each in judgement.findings
    }
    kept = judgement.decided & RULED - {each.code for each in judgement.findings}
    return f"{', '.join(sorted(found)) or 'nothing'}; keeps {' '.join(sorted(code[2:] for code in kept)) or 'none'}"


def lines() -> list[str]:
    """What statuses in a row come to; sorts of requests and bodies that come to the same stand together."""
    alike: dict[str, list[str]] = {}
    for (asked, (method, url, body)), (how, intent) in itertools.product(REQUESTS.items(), INTENTS.items()):
        if asked in OF_OWN and how not in ("recorded", "asked"):
            continue
        bodies = {"what is due": body, "a failure": BODIES["a failure"]}
        for what, content in (BODIES if asked == "the latest" and how in ("recorded", "asked") else bodies).items():
            outcomes = [(status, outcome(method, url, intent, status, content)) for status in STATUSES]
            rows = []
            for words, each in itertools.groupby(outcomes, key=lambda pair: pair[1]):
                statuses = [str(status or "no status") for status, _ in each]
                rows.append(f"  {statuses[0]}{f' to {statuses[-1]}' if len(statuses) > 1 else ''}: {words}")
            alike.setdefault("\n".join(rows), []).append(f"{how}, {asked} gets {what}")
    return [line for rows, headings in alike.items() for line in (*headings, *rows.splitlines())]


BARE = {
    "an event": json.dumps(EVENT).encode(),
    "an item": json.dumps({"a": 1, "k": "Init", "n": 0, "t": 1}).encode(),
    "a page": json.dumps({"count": 1, "items": [{"a": 1, "k": "Init", "n": 0, "t": 1}]}).encode(),
    "the latest": json.dumps({"count": 1, "items": [EVENT]}).encode(),
    "a page without items": json.dumps({"count": 0, "items": []}).encode(),
    "an event in its envelope": succeeded(EVENT),
    "a page in its envelope": LISTED,
    "the latest in their envelope": BODIES["a success"],
    "a result that is null": succeeded(None),
    "a list": b"[]",
    "an empty object": b"{}",
    "a number that is none": json.dumps({**EVENT, "n": float("nan")}).encode(),
    "an event that lacks its number": json.dumps({"e": {"k": "Init"}, "t": 1}).encode(),
    **{name: BODIES[name] for name in ("a failure", "a failure without errors", "nothing", "blanks", "not kept")},
}
NAMES = (
    None,
    "listEvents",
    "getLatestEvents",
    "getEvent",
    "EventListResponse",
    "LatestListResponse",
    "EventGetResponse",
    "EventSummary",
)


def bare_lines() -> list[str]:
    """What each payload without a request is, as what it is named, and what is found in it."""
    found = []
    for (what, body), name, status in itertools.product(BARE.items(), NAMES, (None, 200, 204, 404)):
        for more in ({}, {"incomplete": "why"}, {"undecodable": "why"}) if name is None and status in (None, 200) else ({},):
            judgement = check(Exchange(Response(status, JSON, body, **more), declared=name), PLAN)
            (answer,) = (view for view in judgement.views if isinstance(view, Answer))
            views = ", ".join(type(view).__name__ for view in judgement.views[1:])
            codes = ", ".join(f"{each.code}{each.pointer}" for each in judgement.findings)
            schema = (answer.schema or "").rpartition("/")[2]
            form = "enveloped" if answer.enveloped else "bare"
            words = f"{answer.trace.operation}, {schema}, {form}, {views}: {codes or 'nothing'}"
            found.append(f"{what} as {name}, {status}{''.join(f', {each}' for each in more)}: {words}")
    return found


@pytest.mark.parametrize("name, now", [("answers", lines), ("bare", bare_lines)])
def test_answers_are_judged_as_before(name: str, now: Callable[[], list[str]], request: pytest.FixtureRequest) -> None:
    """What is found, and what is decided; `pytest --update-golden` writes what is new, for a diff to be read."""
    path, text = GOLDEN / f"{name}.txt", "".join(f"{line}\n" for line in now())
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text("utf-8").splitlines() == text.splitlines()


@pytest.mark.parametrize("path", ["?from=1&to=2", "/latest", "/1.0"])
def test_a_refusal_has_a_declared_status_or_one_of_http(path: str) -> None:
    """Any path may be unknown, and any request too slow, or too long in its URL or its header; the others are declared."""
    plan, request = Plan(load(), select=("MC207",)), Request("GET", EVENTS + path)
    kept = [status for status in range(400, 500) if not check(Exchange(Response(status, JSON, b"{}"), request), plan).findings]

    assert [400, 401, 403, 404, 408, 414, 429, 431] == kept
