"""Verdicts made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mconn_contracts.model.exchange import Exchange, Origin, Request, Response, Trace
from mconn_contracts.model.finding import Finding, Position, Severity, Statement
from mconn_contracts.model.known import EntryState, Known
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Observed, Verdict

KINDS = ("Init", "Leave", "StartUpgrade")
OPERATIONS = ("listEvents", "getLatestEvents", "getEvent")
STATEMENTS = ("MC101", "MC102", "MC103", "MC301", "MC402")
SCOPES = {"MC101": OPERATIONS, "MC102": ("getLatestEvents", "getEvent"), "MC103": OPERATIONS, "MC301": ("listEvents",)}
"""MC402 needs several exchanges."""
RULES = {
    code: Statement(
        code, name, severity, "derived", f"{promise}.", "Clients rely on `it` & <on> *this*.", f"/x-contracts/{index}", "response"
    )
    for index, (code, name, severity, promise) in enumerate(
        [
            ("MC101", "schema-mismatch", Severity.ERROR, "A body has the types that its schema declares"),
            ("MC102", "unknown-kind", Severity.ERROR, "`e.k` is one of the kinds of the union"),
            ("MC103", "undeclared-property", Severity.WARNING, "A body has only properties that its schema declares"),
            ("MC301", "count-mismatch", Severity.ERROR, "A page carries exactly as many items as `count` says"),
            ("MC402", "repeated-across-pages", Severity.ERROR, "A walk shows an event on one page only"),
            ("MC905", "unreadable-record", Severity.ERROR, "A record of a capture can be read"),
        ]
    )
}
URL = "http://127.0.0.1:8765/client/v4"
EVENTS = f"{URL}/accounts/a/magic/connectors/c/telemetry/events"


def asked(*ends: object) -> tuple[Trace, ...]:
    """Requests for the events up to each end, as findings show them."""
    headers = (("Authorization", "Bearer $CLOUDFLARE_API_TOKEN"),)
    return tuple(Trace(Origin(URL), Request("GET", f"{EVENTS}?from=0&to={end}", headers), "listEvents") for end in ends)


def finding(code: str = "MC301", name: str = "count-mismatch", **changes: object) -> Finding:
    """A finding of a live run."""
    values: dict[str, object] = {
        "severity": Severity.ERROR,
        "message": "count is 3, but the page has 2 items",
        "operation": "listEvents",
        "source": URL,
        "pointer": "/result/count",
        "spec": "/components/schemas/EventListResponse/x-contracts/0",
        "shown_by": asked(1),
    }
    return Finding(code, name, **{**values, **changes})  # type: ignore[arg-type]


def verdict(*findings: Finding, tally: Tally | None = None, **changes: object) -> Verdict:
    """A verdict with these findings, and nothing else unless it is said."""
    tally = Tally() if tally is None else tally
    for each in findings:
        tally.add(each)
    values: dict[str, object] = {
        "contract_version": "1.2.3",
        "operations": OPERATIONS,
        "kinds": KINDS,
        "statements": STATEMENTS,
        "rules": RULES,
        "scopes": SCOPES,
    }
    return Verdict(tally, **{**values, **changes})  # type: ignore[arg-type]


def exercised(**changes: Any) -> Tally:
    """A tally of a run that met two operations, and two kinds of three."""
    tally = Tally(exchanges=31, events=64, **changes)
    for status, number in ((200, 20), (400, 3), (None, 1)):
        for _ in range(number):
            tally.coverage.saw_status("listEvents", status)
    for _ in range(7):
        tally.coverage.saw_status("getEvent", 200)
    for kind in ("StartUpgrade", "Init", "Init"):
        tally.coverage.saw_kind(kind)
    tally.coverage.decide({"MC101", "MC103", "MC301"}, "listEvents")
    tally.coverage.decide({"MC101", "MC102", "MC103"}, "getEvent")
    return tally


def complete() -> Tally:
    """A tally of a run that met everything."""
    tally = exercised()
    tally.coverage.saw_status("getLatestEvents", 200)
    tally.coverage.saw_kind("Leave")
    return tally


def unknown() -> Tally:
    """A tally of a run that met a kind which the document does not have."""
    tally = exercised()
    tally.coverage.saw_kind("HaTransition")
    return tally


def many(number: int = 100_000) -> Tally:
    """A tally of a run with many findings of one code: every third elsewhere, and all on the same few places."""
    tally = exercised()
    for index in range(number):
        place = ("/result/count", f"/result/items/{index}/t", f"/result/items/{index}/n")[index % 3]
        tally.add(finding(source="archive.ndjson", line=index + 1, pointer=place, shown_by=()))
    return tally


VERDICTS = {
    "passed": verdict(
        tally=complete(),
        observed={"order": Observed("ascending", asked(1)), "default_limit": Observed("at least 25")},
        undecided=("MC402",),
    ),
    "one-finding": verdict(
        finding(status=200, excerpt=("{\n", '  "count": 3,', '\n  "items": [… 2 items]\n}')),
        tally=exercised(),
        undecided=("MC402",),
    ),
    "every-severity": verdict(
        finding("MC103", "undeclared-property", severity=Severity.WARNING, message='"x" is not declared', pointer="/result/x"),
        finding(),
        finding(
            "MC101", "schema-mismatch", message='null, but an integer is allowed: "Ünïcode" 事件', pointer="/result/items/0/t"
        ),
        finding(
            "MC402", "repeats-across-pages", severity=Severity.INFO, operation=None, source="", pointer="", spec="", shown_by=()
        ),
        tally=unknown(),
        overlays=("2026-06-02", "mine.yaml"),
    ),
    "recorded": verdict(
        finding(source="captures/a.har", line=1, entry=7),
        finding(source="captures/b.ndjson", line=12, operation=None, pointer="", shown_by=()),
        finding("MC102", "unknown-kind", source="captures/a.har", line=1, entry=0, pointer="/result/e/k"),
        tally=exercised(foreign=1, unanswered=2, unread=4, left_out={".txt": 5, ".log": 6}, unrelated=3),
    ),
    "contradiction": verdict(
        finding("MC402", "repeats-across-pages", message="two pages show 17.3", shown_by=asked(1, 2)),
        tally=exercised(),
    ),
    "capped": verdict(*(finding(source="a.ndjson", line=line, shown_by=()) for line in range(9, 0, -1)), tally=exercised(cap=7)),
    "capped-below-what-is-shown": verdict(
        *(finding(source="a.ndjson", line=line, shown_by=()) for line in range(1, 6)), tally=exercised(cap=2)
    ),
    "hostile": verdict(
        finding(
            source="a\x1b[2J\nb.json",
            line=1,
            pointer="/result/\x1b]0;title\x07\u202e\x9b1m/\r\n\t\u2028",
            message="\x08<script>alert(1)</script>]]>&\x7f`|*_ ::error::%0A @someone",
            shown_by=asked("1\x1b[31m"),
            status=200,
            excerpt=("{\n", '  "x": "</pre><script>alert(1)</script>\x1b\u202e"', "\n}"),
        ),
        tally=exercised(),
    ),
    "many": verdict(tally=many()),
    "alike": verdict(
        *(
            finding(operation=operation, pointer=f"/result/items/{index}/{name}", source="a.json", line=1, shown_by=())
            for index in (0, 1, 12)
            for operation, name in (("listEvents", "t"), ("listEvents", "n"), ("getLatestEvents", "t"))
        ),
        tally=exercised(),
        positions={("a.json", 1, None, "/result/items/0/t"): Position(1, 17)},
    ),
    "many-files": verdict(
        *(
            finding(
                "MC905",
                "unreadable-record",
                operation=None,
                source=f"{name}.json",
                line=1,
                pointer="",
                message=message,
                shown_by=(),
            )
            for name, message in (
                *((f"empty{index:02}", "the body is empty") for index in range(13)),
                *((f"other{index}", f"not JSON at column {index}") for index in range(1, 8)),
            )
        ),
        tally=exercised(cap=18),
    ),
    "unreadable": verdict(
        finding("MC905", "unreadable-record", operation=None, source="größe 事件.ndjson", line=3, pointer="", shown_by=()),
        tally=exercised(),
    ),
    "exchanged": verdict(
        finding(),
        tally=exercised(),
        exchanges=(Exchange(Response(200, (("Content-Type", "application/json"),), b"{}"), Request("GET", EVENTS), started=1.5),),
    ),
    "warnings-fail": verdict(finding(severity=Severity.WARNING), tally=exercised(), fail_on=Severity.WARNING),
    "warnings-pass": verdict(finding(severity=Severity.WARNING), tally=exercised()),
    "undecided": verdict(
        finding(), tally=exercised(), undecided=("MC402",), could_not_judge="a.json: cannot be read: no such file or directory"
    ),
    "nothing": verdict(undecided=STATEMENTS, could_not_judge=f"{URL} does not answer: no answer came in time"),
    "known": verdict(
        finding(severity=Severity.WARNING),
        tally=exercised(),
        baseline=(
            EntryState(Known("MC301", "ticket 7", "listEvents", pointer="/result/count"), "known", 3),
            EntryState(Known("MC101", "soon mended", expires="2026-01-31", expired=True), "expired", 2),
            EntryState(Known("MC102", "of another file", source="other.json"), "unseen"),
        ),
    ),
    "stale": verdict(
        tally=exercised(),
        baseline=(
            EntryState(Known("MC301", "<script>alert(1)</script>\x1b[2J", source="a\n::error::b,c%.json"), "stale"),
            EntryState(Known("MC102", "`|*_ @someone"), "known", 1),
        ),
        overlays=("<on>\r::notice::.yaml",),
        seed=7,
    ),
    "too-little": verdict(
        tally=exercised(foreign=1, unanswered=1),
        observed={"unknown_path": Observed("]]>&<on>\u202e\n::error::")},
        gaps=("kinds: 2 of 3, but 90% are required; not exercised: Leave", "operations: 2 of 3, but 3 are required"),
        undecided=("MC402",),
    ),
    "only-foreign": verdict(
        tally=Tally(foreign=3, unanswered=1),
        could_not_judge="nothing was judged: only records 3 of other APIs",
    ),
}
"""Verdicts by name: each shows something that the others do not."""

EVERY_VERDICT = pytest.mark.parametrize("name", VERDICTS)
