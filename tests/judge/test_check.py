"""`check`, and the session and plan around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mconn_contracts.captures.records import Order, Unanswered
from mconn_contracts.contract.document import Document, load
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.check import EXCERPTS, Judgement, Plan, Session, check
from mconn_contracts.judge.excerpt import NOTHING
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.history import History
from mconn_contracts.judge.reading.recorder import EXCHANGE_BYTES
from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Rule, Ruling, rule
from mconn_contracts.model.defect import Defect, DefectKind
from mconn_contracts.model.exchange import Exchange, Intent, Origin, Request, Response, Trace
from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.known import Known
from mconn_contracts.model.verdict import ExpectedEvents
from mconn_contracts.reports.wording import curls

DOCUMENT = load()
PLAN = Plan(DOCUMENT)
JSON = (("content-type", "application/json"),)
EVENTS = "http://127.0.0.1/accounts/a1/magic/connectors/c1/telemetry/events"
WINDOW = f"{EVENTS}?from=1700000000&to=1700003600"
INIT = {"a": 1700000004, "k": "Init", "n": 0, "t": 1700000000}
LEAVE = {"a": 1700000034, "k": "Leave", "n": 0, "t": 1700000030}


def exchange(url: str, result: Any, *, status: int = 200, entry: int = 0, source: str = "a.har", **rest: Any) -> Exchange:
    """A recorded answer in an envelope."""
    body = {"result": result, "success": status < 400, "errors": [], "messages": []}
    response = Response(status, JSON, json.dumps(body).encode())
    return Exchange(response, Request("GET", url), Origin(source, entry=entry), **rest)


def listed(*items: dict[str, Any], count: int | None = None, url: str = WINDOW, **rest: Any) -> Exchange:
    """A recorded page of `listEvents`."""
    return exchange(url, {"count": len(items) if count is None else count, "items": items}, **rest)


# The page has a wrong count (MC301), and a property that nothing declares (MC103).
FAULTY = listed({**INIT, "x": 1}, count=7)


def codes(plan: Plan) -> list[str]:
    """What a plan finds in the faulty page."""
    return sorted(finding.code for finding in check(FAULTY, plan).findings)


# What is chosen.


@pytest.mark.parametrize(
    "select, ignore, expected",
    [
        ((), (), ["MC103", "MC301"]),
        (("MC3",), (), ["MC301"]),
        (("MC301", "MC103"), (), ["MC103", "MC301"]),
        ((), ("MC3",), ["MC103"]),
        (("MC",), ("MC301",), ["MC103"]),
        (("MC103",), ("MC1",), []),
        (("MC2",), (), []),
        (("MC301@listEvents",), (), ["MC301"]),
        (("MC3@getEvent", "MC103"), (), ["MC103"]),
        ((), ("MC3@listEvents", "MC1@getEvent"), ["MC103"]),
    ],
)
def test_codes_are_selected_and_ignored_by_their_beginnings(
    select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]
) -> None:
    """`select` keeps what starts with one of its prefixes, `ignore` drops what starts with one of its own, also of these."""
    assert expected == codes(Plan(DOCUMENT, select, ignore))


@pytest.mark.parametrize(
    "select, ignore, expected",
    [
        (("MC409@listEvents",), (), ["MC409"]),
        (("MC409@getEvent",), (), []),
        ((), ("MC409@listEvents",), []),
        ((), ("MC409@getEvent",), ["MC409"]),
    ],
)
def test_a_choice_for_an_operation_holds_for_what_several_exchanges_show(
    select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]
) -> None:
    """What a finding of a session is about is the operation of the exchange that it names."""
    session = Session(Plan(DOCUMENT, select, ignore))

    assert expected == [code for code, _ in concluded(session, walk(FIRST_PAGE, LAST_PAGE))]


def test_what_is_found_is_decided_unless_it_is_about_the_run() -> None:
    """A body that is cut short was not read, and decides that it is; one that cannot be judged decides nothing."""
    cut = Exchange(Response(200, JSON, b"{", incomplete="5 bytes are missing"), Request("GET", WINDOW))
    deep = Exchange(Response(None, (), b"[" * 200 + b"]" * 200))

    assert [{"MC001"}, {"MC904"}] == [{finding.code for finding in check(each, PLAN).findings} for each in (cut, deep)]
    assert {"MC001"} == {"MC001", "MC002"} & check(cut, PLAN).decided
    assert "MC904" not in check(deep, PLAN).decided


def test_what_is_not_judged_is_not_decided() -> None:
    """A code that is not wanted is neither among the decided ones nor among those that a verdict waits for."""
    session = Session(Plan(DOCUMENT, ("MC3",), ("MC301",)))
    session.observe(FAULTY)

    assert {"MC303", "MC307"} == session.tally.coverage.decided
    assert "MC301" not in session.verdict().statements
    assert all(code.startswith("MC3") for code in session.verdict().statements)


@pytest.mark.parametrize("choice", [{"select": ("MC999",)}, {"ignore": ("mc3",)}, {"severities": {"XX": Severity.INFO}}])
def test_a_prefix_of_no_code_is_wrong_use(choice: dict[str, Any]) -> None:
    """A code that no rule has would judge nothing and say nothing; the error names it and where the codes are."""
    with pytest.raises(UsageError, match=r"no rule has a code that starts with '(MC999|mc3|XX)'; `mconn rules` lists them"):
        Plan(DOCUMENT, **choice)


@pytest.mark.parametrize(
    "severities, expected",
    [
        ({}, Severity.ERROR),
        ({"MC301": Severity.INFO}, Severity.INFO),
        ({"MC3": Severity.WARNING}, Severity.WARNING),
        ({"MC": Severity.INFO, "MC301": Severity.ERROR, "MC3": Severity.WARNING}, Severity.ERROR),
        ({"MC3": Severity.WARNING, "MC": Severity.INFO}, Severity.WARNING),
        ({"MC302": Severity.INFO}, Severity.ERROR),
    ],
)
def test_the_longest_prefix_says_the_severity(severities: dict[str, Severity], expected: Severity) -> None:
    """A finding has its statement's severity, or that of the user's longest prefix of its code, in whatever order."""
    (finding,) = check(listed(INIT, count=7), Plan(DOCUMENT, severities=severities)).findings

    assert ("MC301", expected) == (finding.code, finding.severity)


# What a finding shows.


def test_a_finding_says_what_and_where() -> None:
    """Code, name, severity, place in the body and in the document, source and request are all there."""
    (finding,) = check(listed(INIT, count=7, entry=4), PLAN).findings

    assert finding == Finding(
        code="MC301",
        name="count-mismatch",
        severity=Severity.ERROR,
        message="count is 7, but the page has 1 item and there is no other page",
        operation="listEvents",
        source="a.har",
        entry=4,
        pointer="/result/count",
        spec=DOCUMENT.statement("MC301").pointer,
        shown_by=(Trace(Origin("a.har", entry=4), Request("GET", WINDOW), "listEvents"),),
        status=200,
    )


def test_a_finding_that_is_kept_shows_what_stands_around_its_place() -> None:
    """A session keeps an excerpt of the body beside the finding."""
    session = Session(PLAN)
    session.observe(listed(INIT, count=7, entry=4))
    (finding,) = session.tally.findings()

    assert ("{\n", '  "count": 7,', '\n  "items": [… 1 item]\n}') == finding.excerpt


def test_what_is_not_kept_or_not_read_shows_nothing() -> None:
    """An excerpt is made for a report alone, and of a body that can be read."""
    sink = Taken()
    session = Session(PLAN, cap=1, sink=sink)
    for entry in range(2):
        session.observe(listed(INIT, count=7, entry=entry))
    session.observe(Exchange(Response(200, JSON, b"{"), Request("GET", WINDOW)))

    assert [("MC301", True), ("MC301", False), ("MC001", False)] == [
        (finding.code, finding.excerpt != NOTHING) for finding in sink.findings
    ]


def test_a_message_is_short_and_one_line() -> None:
    """What a server sends cannot fill a report: a message has at most 300 characters, and no line break."""
    hostile = "text/html\n" + "x" * 100_000
    answer = Exchange(Response(200, (("content-type", hostile),), b"<html>"), Request("GET", WINDOW))
    (finding,) = check(answer, PLAN).findings

    assert ("MC003", 300) == (finding.code, len(finding.message))
    assert "\n" not in finding.message
    assert finding.message.endswith("…")


def test_requests_that_show_a_finding_are_three_at_most() -> None:
    """A finding of a session shows the requests beside it first, and its own last; none is shown twice."""
    traces = [Trace(Origin(), Request("GET", f"http://127.0.0.1/{number}"), None) for number in range(5)]
    hit = Hit("", "words", at=traces[0], beside=(*traces[1:], traces[4]))

    shown = list(curls(PLAN.finding("MC501", hit, traces[2]).shown_by))

    assert [f"curl -sS http://127.0.0.1/{number}" for number in (4, 0)] == shown


# A rule that crashes.


def use(monkeypatch: pytest.MonkeyPatch, *rules: Rule[Any]) -> None:
    """Have every plan choose among these rules."""
    monkeypatch.setattr(Plan, "rules", property(lambda plan: tuple(each for each in rules if plan.judges(each.code))))


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the rules, that of MC003 yields one hit and then fails."""

    @rule("MC003", on=Answer)
    def crash(answer: Answer) -> Iterator[Ruling]:
        yield DECIDED
        yield Hit("/x", "before the crash")
        raise ZeroDivisionError("ten divided\nby nothing")

    use(monkeypatch, *(crash if each.code == "MC003" else each for each in RULES))


@pytest.mark.usefixtures("crashing")
def test_a_rule_that_crashes_is_mc901_and_the_others_go_on() -> None:
    """A crash is a finding of its own that names the rule; what was found before and by others stays."""
    findings = {finding.code: finding for finding in check(FAULTY, Plan(DOCUMENT)).findings}

    assert {"MC003", "MC901", "MC103", "MC301"} == set(findings)
    assert "MC003 failed on this exchange: ZeroDivisionError: ten divided by nothing" == findings["MC901"].message
    assert "" == findings["MC901"].pointer
    assert ("rule-crashed", "a.har") == (findings["MC901"].name, findings["MC901"].source)


@pytest.mark.usefixtures("crashing")
def test_a_crash_is_told_unless_ignored() -> None:
    """A selected rule that crashed is no pass, so only `ignore` hides it; a rule that is not selected does not run."""
    assert ["MC003", "MC901"] == codes(Plan(DOCUMENT, select=("MC003",)))
    assert ["MC301"] == codes(Plan(DOCUMENT, select=("MC3",)))
    assert ["MC003"] == codes(Plan(DOCUMENT, select=("MC003",), ignore=("MC9",)))


@pytest.mark.parametrize("plan", [Plan(DOCUMENT, ("MC3",)), PLAN], ids=["selected", "all"])
def test_what_cannot_be_read_is_told_whatever_is_selected(plan: Plan) -> None:
    """A body that no rule can judge is no pass for any of them."""
    deep = Exchange(Response(None, (), b"[" * 200 + b"]" * 200))

    assert ["MC904"] == [finding.code for finding in check(deep, plan).findings]


# Sessions.

FIRST_PAGE = {"count": 2, "items": [INIT], "cursor": "c1"}
LAST_PAGE = {"count": 9, "items": [LEAVE]}
LONG_AGO = 1700100000.0


def walk(*pages: dict[str, Any], source: str = "a.har") -> list[Exchange]:
    """A walk through pages, by their cursors."""
    urls = [WINDOW] + [f"{WINDOW}&cursor={page['cursor']}" for page in pages if "cursor" in page]
    return [
        exchange(url, page, entry=index, started=LONG_AGO + index, source=source)
        for index, (url, page) in enumerate(zip(urls, pages, strict=True))
    ]


def concluded(session: Session, exchanges: list[Exchange]) -> list[tuple[str, str]]:
    """What a session finds at its end, after these exchanges: codes and messages."""
    for each in exchanges:
        session.observe(each)
    return [(finding.code, finding.message) for finding in session.conclude()]


def test_a_session_judges_what_exchanges_say_about_each_other() -> None:
    """Rules over several responses find what none of them shows alone."""
    session = Session(PLAN)
    pages = walk(FIRST_PAGE, LAST_PAGE)

    assert [(), ()] == [session.observe(page).findings for page in pages]
    assert ["MC409"] == [finding.code for finding in session.conclude()]


def test_behavior_that_is_observed_early_hides_nothing() -> None:
    """What a session chose can be asked for while exchanges still come; what they say about each other is found all the same."""
    session = Session(PLAN)
    first, second = listed(INIT, entry=0), listed({**INIT, "k": "Leave"}, entry=1)
    session.observe(first)
    session.observe_behavior()

    assert ["MC507"] == [code for code, _ in concluded(session, [second])]


def many_pages(number: int) -> list[Exchange]:
    """A walk of pages with one event each, which repeats its first event on its last page."""
    items = [{**INIT, "n": n} for n in range(number - 1)]
    pages = [{"count": number, "items": [item], "cursor": f"c{item['n'] + 1}"} for item in items]
    return walk(*pages, {"count": number, "items": [items[0]]})


def test_a_walk_that_meets_the_bound_is_judged_to_its_end() -> None:
    """What the last page of a walk repeats is found, however many events came before it."""
    found = concluded(Session(PLAN, most=10 * EXCHANGE_BYTES), many_pages(15))

    assert "MC402" in [code for code, _ in found]


def test_what_is_past_the_bound_is_counted_and_leaves_relations_undecided() -> None:
    """Answers that are not compared with others are counted; what is found is found, and nothing else counts as decided."""
    session = Session(PLAN, most=6 * EXCHANGE_BYTES)
    pages = [listed(INIT, entry=0), listed({**INIT, "k": "Leave"}, entry=1)]
    found = concluded(session, pages + many_pages(9))
    undecided = session.verdict(without=frozenset({"live"})).undecided

    assert (["MC507"], 2) == ([code for code, _ in found], session.tally.unrelated)
    assert {"MC402", "MC407", "MC509"} <= set(undecided)
    assert "MC507" not in undecided


def test_an_honest_server_is_not_accused_past_the_bound() -> None:
    """The order of a recording that is not sorted is known before anything is concluded, however long it is."""
    newer = {**INIT, "t": 1700000060, "a": 1700000064}
    latest = exchange(f"{EVENTS}/latest", {"count": 1, "items": [{"e": {"k": "Init"}, "n": 0, "t": 1700000000}]}, entry=1)
    session = Session(PLAN, most=14)
    for each in (listed(newer, INIT, entry=0), latest, *many_pages(9)):
        session.observe(each)
    # The latest were asked for before the newer event came.
    session.reorder([1, 0, *range(2, 11)])

    assert ((), True) == (session.conclude(), session.tally.unrelated > 0)


def test_observed_behavior_is_in_the_verdict() -> None:
    """What the server chose, with the exchanges that show it; what an earlier run had pinned is compared with it."""
    session = Session(PLAN)
    for each in walk(FIRST_PAGE, {**LAST_PAGE, "count": 2}):
        session.observe(each)
    choices = session.observe_behavior({"order": "descending"})

    assert {choice.name: (choice.value, choice.shown_by) for choice in choices} == {
        name: (each.value, each.shown_by) for name, each in session.verdict().observed.items()
    }
    assert "ascending" == session.observed["order"].value
    assert {"MC516": 1} == session.tally.by_code


def in_order(*sources: str, most: int, again: bool = True) -> tuple[Session, list[str]]:
    """A session of a walk whose pages stand the other way round, put in order; and what it finds then."""
    pages = walk(FIRST_PAGE, LAST_PAGE)
    session = Session(PLAN, most=most)
    for page, source in zip(reversed(pages), sources, strict=True):
        session.observe(replace(page, origin=replace(page.origin, source=source)))
    session.put_in_order(Order([0, 1], (lambda: iter([*pages, Unanswered(Origin("a.har"))])) if again else None))
    return session, [finding.code for finding in session.conclude()]


@pytest.mark.parametrize(
    "sources, most, again, expected",
    [
        (("a.har", "a.har"), 10**6, True, (["MC409"], 0)),
        (("a.har", "b.har"), 10**6, False, (["MC409"], 0)),
        # There is room for one exchange, and for the next page of an open walk.
        (("a.har", "a.har"), 1_200, True, (["MC409"], 0)),
        (("a.har", "a.har"), 1_200, False, ([], 2)),
        (("a.har", "b.har"), 1_200, True, (["MC409"], 0)),
    ],
)
def test_a_capture_is_put_in_order(sources: tuple[str, str], most: int, again: bool, expected: tuple[list[str], int]) -> None:
    """What was left out for its number is read once more, where the capture can be, and is the only one."""
    session, found = in_order(*sources, most=most, again=again)

    assert expected == (found, session.tally.unrelated)


def test_of_several_captures_nothing_is_read_again() -> None:
    """Nobody knows how their exchanges stood to each other; all are counted as left out."""
    session = Session(PLAN, most=2 * EXCHANGE_BYTES)
    pages = walk(FIRST_PAGE, LAST_PAGE)
    for page, source in zip([pages[1], pages[1], *pages], "abab", strict=True):
        session.observe(replace(page, origin=replace(page.origin, source=source)))
    assert session.taken > 2 * EXCHANGE_BYTES
    session.put_in_order(Order([0, 1], lambda: iter(pages)))

    assert ((), 4) == (session.conclude(), session.tally.unrelated)


def test_a_session_tells_what_it_holds() -> None:
    """Whether a walk is open, and what it takes; a glance counts nothing, and what is handed over is counted anew."""
    session = Session(PLAN)
    assert (0, False) == (session.taken, session.amid_a_walk)
    first, last = walk(FIRST_PAGE, LAST_PAGE)
    session.observe(first)
    assert session.amid_a_walk
    session.observe(last)
    assert not session.amid_a_walk

    assert (["MC409"], {}) == ([finding.code for finding in session.glance()], session.tally.by_code)
    assert 2 == session.hand_over().exchanges
    assert (0, frozenset(DOCUMENT.kinds)) == (session.tally.exchanges, session.tally.coverage.declared)
    assert ["MC409"] == [finding.code for finding in session.conclude()]


def test_a_conclusion_starts_a_new_session() -> None:
    """What was concluded is not judged again, and does not meet what follows; the tally goes on."""
    session = Session(PLAN)
    first, last = walk(FIRST_PAGE, LAST_PAGE)

    assert [] == concluded(session, [first])
    assert [] == concluded(session, [last])
    assert [] == concluded(session, [])
    assert (2, 2) == (session.tally.exchanges, session.tally.events)


def test_bodies_that_were_not_kept_are_counted() -> None:
    """Whatever else is wrong with others; twenty findings of each code are kept by default."""
    session = Session(PLAN)
    for body in (None, b"{", None):
        session.observe(Exchange(Response(200, JSON, body), Request("GET", WINDOW)))
    session.observe(listed(INIT))

    assert (4, 2, 20) == (session.tally.exchanges, session.tally.unread, session.tally.cap)
    assert {"listEvents": {"200": 4}} == session.tally.coverage.operations
    assert ["listEvents"] == list(session.tally.coverage.decided_on)


INIT_IN_FULL = {"e": {"k": "Init"}, "n": 0, "t": 1700000000}


@pytest.mark.parametrize(
    "room, found, expected",
    [
        (10**6, {"MC518": 1, "MC519": 1}, ExpectedEvents(3, shown=2, in_full=1, missing=1, unexpected=1, without_v=1)),
        # There is room for the first two.
        (3 * EXCHANGE_BYTES, {}, ExpectedEvents(3, shown=2, in_full=0, without_v=1)),
    ],
)
def test_expected_events_are_compared_with_all_that_was_seen(room: int, found: dict[str, int], expected: ExpectedEvents) -> None:
    """Which were shown, in full, and with `v`; unless all answers were related, none is taken to be missing or unexpected."""
    session = Session(PLAN, most=room)
    latest = exchange(f"{EVENTS}/latest", {"count": 1, "items": [INIT_IN_FULL]}, started=LONG_AGO)
    fetched = exchange(f"{EVENTS}/1700000030.0", {"e": {"k": "Leave"}, "n": 0, "t": 1700000030}, started=LONG_AGO)
    middle = {**INIT, "t": 1700000010, "a": 1700000014}
    for each in (listed(INIT, middle, LEAVE, started=LONG_AGO), latest, fetched):
        session.observe(each)
    told = [
        ExpectedEvent(1700000000, 0, v="1.0", versioned=True),
        ExpectedEvent(1700000030, 0),
        ExpectedEvent(1700000040, 0, 1700000041),
    ]

    assert expected == session.expect({each.identity: each for each in told})
    assert found == {code: number for code, number in session.tally.by_code.items() if code in ("MC518", "MC519")}


def test_a_session_counts_what_it_saw() -> None:
    """Exchanges, events, statuses and kinds are counted; a summary shows no full event, so no kind."""
    session = Session(PLAN)
    session.observe(listed(INIT, LEAVE))
    session.observe(exchange(f"{EVENTS}/latest", {"count": 1, "items": [{"e": {"k": "Init"}, "n": 0, "t": 1700000000}]}))
    session.observe(exchange(f"{EVENTS}/1700000030.0", {"e": {"k": "New"}, "n": 0, "t": 1700000030}))
    session.observe(exchange(f"{EVENTS}/5.0", None, status=404))
    tally = session.tally

    assert (4, 4, 0) == (tally.exchanges, tally.events, tally.foreign)
    assert {
        "listEvents": {"200": 1},
        "getLatestEvents": {"200": 1},
        "getEvent": {"200": 1, "404": 1},
    } == tally.coverage.operations
    assert {"Init": 1, "New": 1} == tally.coverage.kinds


class Taken:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.rejected: list[Exchange] = []

    def take(self, finding: Finding) -> None:
        """Keep a finding."""
        self.findings.append(finding)

    def reject(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        self.rejected.append(exchange)


def test_a_sink_is_given_what_counts_and_the_exchanges_with_findings() -> None:
    """An exchange without a finding, or with known ones only, is not rejected."""
    sink = Taken()
    session = Session(Plan(DOCUMENT, known=(Known("MC103", "agreed"),)), sink=sink)
    known = listed({**INIT, "x": 1})
    for each in (listed(INIT), FAULTY, known, listed(LEAVE)):
        session.observe(each)

    assert (["MC301"], [FAULTY]) == ([finding.code for finding in sink.findings], sink.rejected)


def test_known_findings_are_counted_by_their_entry() -> None:
    """Each counts once under the entry that covers it, and nowhere else; all others are remembered where they are wanted."""
    entry = Known("MC103", "agreed")
    session = Session(Plan(DOCUMENT, known=(entry,), collect=True))
    for _ in range(2):
        session.observe(FAULTY)
    (finding,) = (each for each in check(FAULTY, PLAN).findings if each.code == "MC301")

    assert ({entry.key: 2}, {Known.of(finding).key: 2}) == (session.tally.known, session.tally.collected)
    assert {"MC301": 2} == session.tally.by_code


def test_a_known_finding_that_has_expired_counts_again() -> None:
    """It is counted under its entry as well."""
    entry = Known("MC103", "agreed", expired=True)
    session = Session(Plan(DOCUMENT, known=(entry,)))
    session.observe(FAULTY)

    assert ({entry.key: 1}, {"MC103": 1, "MC301": 1}) == (session.tally.known, session.tally.by_code)


def test_so_many_findings_of_a_code_show_what_stands_around_their_places() -> None:
    """Of one exchange, those beyond the cap by default, which is 20, show nothing, where more are kept."""
    assert 20 == EXCERPTS
    session = Session(PLAN, cap=EXCERPTS + 2)
    session.observe(listed(*({**INIT, "n": number, "x": 1} for number in range(EXCERPTS + 2))))
    shown = [finding.excerpt != NOTHING for finding in session.tally.findings() if finding.code == "MC103"]

    assert [*[True] * EXCERPTS, False, False] == shown


def test_an_exchange_of_another_api_is_counted_and_left_alone() -> None:
    """A recording of a path that the document does not have is not judged; a probe of such a path is."""
    session = Session(PLAN)
    other = Exchange(Response(500, (), b"oops"), Request("GET", "http://127.0.0.1/other"))

    assert ((), frozenset()) == (session.observe(other).findings, session.observe(other).decided)
    assert (0, 2) == (session.tally.exchanges, session.tally.foreign)
    assert {"MC003", "MC708"} == {finding.code for finding in session.observe(replace(other, intent=Intent())).findings}
    assert (1, 2) == (session.tally.exchanges, session.tally.foreign)


def test_a_record_that_cannot_be_read_is_counted_unless_ignored() -> None:
    """An unreadable record counts like any other finding, where its code is wanted."""
    unreadable = Defect(DefectKind.UNREADABLE_RECORD, "", "no record")
    for plan, expected in ((PLAN, {"MC905": 1}), (Plan(DOCUMENT, ignore=("MC905",)), {})):
        session = Session(plan)
        session.report(unreadable, Trace(Origin("a.har", line=3), None, None))

        assert expected == session.tally.by_code


OPERATIONS = tuple(operation.id for operation in DOCUMENT.operations)


def test_a_verdict_names_what_was_not_decided() -> None:
    """Every wanted statement that no exchange decided is undecided, except those that could not be decided here."""
    session = Session(PLAN)
    session.observe(FAULTY)
    verdict = session.verdict(without=frozenset({"live", "request"}), could_not_judge="interrupted")

    assert "MC301" not in verdict.undecided
    assert {"MC302", "MC402"} < set(verdict.undecided) < set(verdict.statements)
    assert set() == {"MC601", "MC708", "MC901"} & set(verdict.statements)
    assert (DOCUMENT.version, OPERATIONS, 16, "interrupted") == (
        verdict.contract_version,
        verdict.operations,
        len(verdict.kinds),
        verdict.could_not_judge,
    )


# What follows from another finding is folded under it.


def chain(**explains: tuple[str, ...]) -> Document:
    """The document with these explanations and no others."""
    document = replace(DOCUMENT)
    statements = tuple(replace(each, explains=explains.get(each.code, ())) for each in document.statements)
    object.__setattr__(document, "statements", statements)
    return document


def folded(
    monkeypatch: pytest.MonkeyPatch, document: Document, found: tuple[str, ...], severities: dict[str, Severity] | None = None
) -> list[str]:
    """What a session is left with where the rules over it find these codes: the messages."""

    def always(code: str) -> Rule[History]:
        @rule(code, on=History)
        def hit(history: History) -> Iterator[Ruling]:
            yield Hit("", code)

        return hit

    use(monkeypatch, *(always(code) for code in found))
    return [message for _, message in concluded(Session(Plan(document, severities=severities or {})), [])]


@pytest.mark.parametrize(
    "found, expected",
    [
        (("MC401",), ["MC401"]),
        (("MC403", "MC404"), ["MC403", "MC404"]),
        (("MC401", "MC402", "MC405"), ["MC401 (MC402 follows)", "MC405"]),
        (("MC402", "MC401", "MC401"), ["MC401 (MC402 follows)", "MC401"]),
        (("MC401", "MC402", "MC403", "MC404"), ["MC401 (MC402, MC403, MC404 follow)"]),
        (("MC401", "MC403"), ["MC401", "MC403"]),
        (("MC402", "MC404", "MC504"), ["MC504 (MC402, MC404 follow)"]),
    ],
)
def test_what_follows_is_folded_under_its_root(
    monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...], expected: list[str]
) -> None:
    """A finding that another explains is left out, over however many steps, and the root's first finding names it."""
    document = chain(MC401=("MC402",), MC402=("MC403", "MC404"), MC504=("MC402",))

    assert expected == folded(monkeypatch, document, found)


@pytest.mark.parametrize(
    "severities, expected",
    [
        ({"MC401": Severity.INFO}, ["MC401", "MC402"]),
        ({"MC402": Severity.INFO}, ["MC401 (MC402 follows)"]),
        ({"MC4": Severity.WARNING}, ["MC401 (MC402 follows)"]),
    ],
)
def test_nothing_is_folded_under_what_weighs_less(
    monkeypatch: pytest.MonkeyPatch, severities: dict[str, Severity], expected: list[str]
) -> None:
    """An error does not vanish because the user made light of its root."""
    assert expected == folded(monkeypatch, chain(MC401=("MC402",)), ("MC401", "MC402"), severities)


@pytest.mark.parametrize("weights", [(Severity.WARNING, Severity.ERROR), (Severity.ERROR, Severity.WARNING)])
def test_the_weightiest_finding_of_a_code_tells_what_follows(
    monkeypatch: pytest.MonkeyPatch, weights: tuple[Severity, Severity]
) -> None:
    """Of those of the session itself, and of its exchanges; all that was found is decided."""

    @rule("MC401", on=History)
    def root(history: History) -> Iterator[Ruling]:
        yield from (Hit("", weight.name, at_most=weight) for weight in weights)

    @rule("MC402", on=History)
    def follows(history: History) -> Iterator[Ruling]:
        yield Hit("", "MC402")

    document = chain(MC401=("MC402",))
    use(monkeypatch, root, follows)
    session = Session(Plan(document))

    assert [f"{weights[0].name} (MC402 follows)", weights[1].name] == [words for _, words in concluded(session, [])]
    assert {"MC401", "MC402"} == session.tally.coverage.decided
    use(monkeypatch, follows)
    plan = Plan(document)
    later = Session(plan)
    found = [plan.finding("MC401", Hit("", "root", at_most=weight), Trace(Origin(), None, None)) for weight in weights]
    later.take(Judgement(tuple(found), frozenset()))
    assert [] == concluded(later, [])


def test_what_follows_is_named_where_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding of one exchange stays, and the session's does not name it."""

    @rule("MC401", on=History)
    def root(history: History) -> Iterator[Ruling]:
        yield Hit("", "root")

    plan = Plan(chain(MC401=("MC103",)))
    use(monkeypatch, root)

    assert [("MC401", "root")] == concluded(Session(plan), [FAULTY])


def test_a_finding_of_one_exchange_explains_what_its_session_shows() -> None:
    """A wrong count on one page is the root of counts that do not agree, whichever came first."""
    assert [] == concluded(Session(PLAN), walk({**FIRST_PAGE, "count": 0}, LAST_PAGE))
    assert ["MC409"] == [code for code, _ in concluded(Session(PLAN), walk(FIRST_PAGE, LAST_PAGE))]


def test_nothing_is_folded_under_a_finding_of_another_session() -> None:
    """What one capture shows explains nothing in the next, so captures may be judged in any order, and apart."""
    session = Session(PLAN)
    concluded(session, [FAULTY])

    assert ["MC409"] == [code for code, _ in concluded(session, walk(FIRST_PAGE, LAST_PAGE))]
