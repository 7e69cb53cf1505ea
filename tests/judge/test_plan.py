"""What a plan takes in: codes, for all operations or one; severities, bases, and what is known."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mconn_contracts.contract.document import Document, load
from mconn_contracts.errors import DocumentError, UsageError
from mconn_contracts.judge.check import Session, check
from mconn_contracts.judge.plan import BASES, Plan, nearest
from mconn_contracts.judge.rules.rule import Hit
from mconn_contracts.judge.verdict import verdict
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.exchange import Exchange, Origin, Request, Response, Trace
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.known import Known
from mconn_contracts.model.tally import Tally

DOCUMENT = load()
PLAN = Plan(DOCUMENT)
OPERATIONS = tuple(operation.id for operation in DOCUMENT.operations)
PATH = "accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events"
CODES = ("MC301", "MC302", "MC103", "MC901")


@pytest.mark.parametrize(
    "choice, judged, at_list, at_latest",
    [
        ({"select": ("MC301@listEvents",)}, {"MC301", "MC901"}, {"MC301", "MC901"}, {"MC901"}),
        ({"select": ("MC103", "MC3@listEvents")}, set(CODES), set(CODES), {"MC103", "MC901"}),
        ({"ignore": ("MC103@listEvents",)}, set(CODES), {"MC301", "MC302", "MC901"}, set(CODES)),
        ({"ignore": ("MC3", "MC9")}, {"MC103"}, {"MC103"}, {"MC103"}),
    ],
)
def test_a_choice_is_for_all_operations_or_one(
    choice: dict[str, Any], judged: set[str], at_list: set[str], at_latest: set[str]
) -> None:
    """A code is wanted where some operation wants it; at an operation, as the choices that are for it say."""
    plan = Plan(DOCUMENT, **choice)

    assert judged == {code for code in CODES if plan.judges(code)}
    for operation, expected in (("listEvents", at_list), ("getLatestEvents", at_latest)):
        assert expected == {code for code in CODES if plan.judges_at(code, operation)}
        ruled = {rule.code for rule in plan.rules_of(operation)}
        assert expected & {"MC301", "MC302"} == ruled & {"MC301", "MC302"}
        assert ("MC103" in expected) == (DefectKind.UNDECLARED_PROPERTY in plan.defects_of(operation))


@pytest.mark.parametrize(
    "severities, listed, latest",
    [
        ({"MC103@listEvents": Severity.ERROR}, Severity.ERROR, Severity.WARNING),
        ({"MC103@listEvents": Severity.ERROR, "MC103": Severity.INFO}, Severity.ERROR, Severity.INFO),
        ({"MC@listEvents": Severity.ERROR, "MC103": Severity.INFO}, Severity.ERROR, Severity.INFO),
    ],
)
def test_a_severity_for_an_operation_wins(severities: dict[str, Severity], listed: Severity, latest: Severity) -> None:
    """One for the operation comes before a longer one for all."""
    plan = Plan(DOCUMENT, severities=severities)

    assert (listed, latest) == (plan.severity("MC103", "listEvents"), plan.severity("MC103", "getLatestEvents"))


@pytest.mark.parametrize("choice", [{"select": ("MC301@listEvent",)}, {"ignore": ("MC@listEvent",)}])
def test_an_operation_that_is_none_is_wrong_use(choice: dict[str, Any]) -> None:
    """The error names the choice, and the nearest operation."""
    with pytest.raises(UsageError, match=r"MC(301)?@listEvent: no operation is named 'listEvent'; did you mean 'listEvents'\?"):
        Plan(DOCUMENT, **choice)


def test_a_finding_shows_three_requests() -> None:
    """The last of those beside it, its own, and those after it; what has no request is left out."""
    traces = [Trace(Origin(entry=entry), Request("GET", f"http://127.0.0.1/{entry}"), None) for entry in range(5)]
    without = Trace(Origin(entry=9), None, None)
    found = PLAN.finding("MC301", Hit("", "words", beside=(*traces[:2], without), at=traces[2], later=(traces[3],)), traces[4])

    assert traces[1:4] == list(found.shown_by)
    assert (2, traces[4:]) == (found.entry, list(PLAN.finding("MC301", Hit("", "words"), traces[4]).shown_by))


def test_statements_rest_on_one_of_four_bases() -> None:
    """All of them may be named."""
    assert ("documented", "published", "derived", "assumed") == Plan(DOCUMENT, basis=BASES).basis


def test_a_basis_that_is_none_is_wrong_use() -> None:
    """The error names it, and what it may have meant."""
    with pytest.raises(UsageError, match=r"no statement rests on 'derive'; did you mean 'derived'\?"):
        Plan(DOCUMENT, basis=("documented", "derive"))


def test_what_rests_on_another_basis_is_a_warning_at_most() -> None:
    """Errors of another basis are lowered; those of the run itself, and those that the user chose a severity for, are not."""
    plan = Plan(DOCUMENT, basis=("documented", "published"), severities={"MC302": Severity.ERROR})
    expected = {
        "MC101": Severity.ERROR,
        "MC002": Severity.ERROR,
        "MC301": Severity.WARNING,
        "MC105": Severity.WARNING,
        "MC302": Severity.ERROR,
        "MC902": Severity.ERROR,
        "MC103": Severity.WARNING,
    }

    assert expected == {code: plan.severity(code) for code in expected}
    assert Severity.INFO == plan.severity("MC301", at_most=Severity.INFO)


def test_a_name_that_is_near_none_is_told_all() -> None:
    """Where no name is near, all are named, or what was said instead."""
    assert "there are one, two" == nearest("xyz", ["one", "two"])
    assert "see there" == nearest("xyz", ["one", "two"], "see there")
    assert "did you mean 'two'?" == nearest("twoo", ["one", "two"])


def test_a_plan_is_the_same_in_another_process() -> None:
    """Pickled and read again, it has every choice."""
    choices: dict[str, Any] = {
        "select": ("MC",),
        "ignore": ("MC103",),
        "severities": {"MC3": Severity.INFO},
        "fail_on": Severity.WARNING,
        "compiled": False,
        "known": (Known("MC301", "agreed"),),
        "collect": True,
        "basis": ("derived",),
        "undecided_fails": True,
    }
    plan = Plan(DOCUMENT, **choices)
    plan.reader.schemas  # noqa: B018 - what is compiled is left out

    read = pickle.loads(pickle.dumps(plan))

    assert choices == {name: getattr(read, name) for name in choices}
    assert DOCUMENT.raw == read.document.raw


def test_nothing_is_chosen_by_default() -> None:
    """Types are compiled; nothing is collected, and what is undecided does not fail."""
    assert (True, False, False) == (PLAN.compiled, PLAN.collect, PLAN.undecided_fails)
    assert (Severity.ERROR, False, {}) == (PLAN.fail_on, verdict(PLAN, Tally()).undecided_fails, verdict(PLAN, Tally()).observed)


def test_a_plan_for_one_code_shares_what_was_compiled() -> None:
    """It judges that code, and what is about the run."""
    alone = PLAN.alone("MC301")

    assert PLAN.reader is alone.reader
    assert [True, False, True] == [alone.judges(code) for code in ("MC301", "MC302", "MC901")]


def test_a_document_that_nothing_can_be_judged_by_is_refused() -> None:
    """Unless it was checked before, as the shipped one was."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    del raw["components"]["schemas"]["EventSummary"]["required"]

    with pytest.raises(DocumentError, match="EventSummary"):
        Plan(Document(raw, "changed.yaml"))


def test_of_a_promise_that_the_document_lacks_nothing_is_found() -> None:
    """An overlay may have left it out: it is judged nowhere, whatever is selected."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    listing = raw["paths"][f"/{PATH}"]["get"]
    listing["x-contracts"] = [each for each in listing["x-contracts"] if each["code"] != "MC301"]
    plan = Plan(Document(raw, "changed.yaml"), select=("MC3",))
    body = b'{"count": 0, "items": [{"a": 1, "k": "Init", "n": 0, "t": 1}]}'
    exchange = Exchange(Response(200, (), body), declared="EventListResponse")

    assert ["MC301"] == [finding.code for finding in check(exchange, PLAN).findings]
    assert (False, False) == (plan.judges("MC301"), plan.judges_at("MC301", "listEvents"))
    assert (0, 0) == (len(check(exchange, plan).findings), len({"MC301"} & check(exchange, plan).decided))


def test_a_finding_leads_to_what_it_breaks() -> None:
    """To the keyword of a schema, where one is broken, and to the statement everywhere else."""
    at = Trace(Origin("a.har"), None, None)

    assert "/here" == PLAN.finding("MC101", Hit("", "words", "/here"), at).spec
    assert DOCUMENT.statement("MC101").pointer == PLAN.finding("MC101", Hit("", "words"), at).spec


def test_only_what_was_asked_for_is_waited_for() -> None:
    """Where some operations were asked for, the others are left out, with the statements that they alone decide."""
    every, asked = (Session(PLAN).verdict(asked=operations) for operations in ((), ("getEvent",)))

    assert (OPERATIONS, ("getEvent",)) == (every.operations, asked.operations)
    assert [True, True, True] == [code in every.statements for code in ("MC301", "MC302", "MC503")]
    assert [False, False, True] == [code in asked.statements for code in ("MC301", "MC302", "MC503")]


def test_a_code_decides_at_the_operations_that_its_rule_judges() -> None:
    """Rules on a page decide at its operation alone, those on any answer at all; those on a session are left out."""
    scopes = Plan(DOCUMENT).scopes

    assert (("listEvents",), ("getLatestEvents",), ("getEvent",)) == (scopes["MC301"], scopes["MC302"], scopes["MC503"])
    assert (OPERATIONS, OPERATIONS) == (scopes["MC101"], scopes["MC201"])
    assert {"MC403", "MC507", "MC516", "MC902", "MC905"}.isdisjoint(scopes)
    assert "MC301" not in Plan(DOCUMENT, ignore=("MC301",)).scopes


def test_what_is_known_is_counted_apart() -> None:
    """The codes that a baseline has, or all where one is collected; an entry that holds comes before an expired one."""
    expired, holds = Known("MC301", "old", expired=True), Known("MC301", "new", pointer="/result/count")
    plan = Plan(DOCUMENT, known=(expired, holds))
    at = Trace(Origin("a.har"), Request("GET", "http://127.0.0.1/"), "listEvents")
    found = [plan.finding("MC301", Hit(pointer, "words"), at) for pointer in ("/result/count", "/result/items")]
    other = plan.finding("MC302", Hit("", "words"), at)

    assert [holds, expired, None] == [plan.known_as(each) for each in (*found, other)]
    assert [True, False] == [plan.counted_apart(code) for code in ("MC301", "MC302")]
    assert Plan(DOCUMENT, collect=True).counted_apart("MC302")


def test_a_verdict_tells_what_was_wanted_from_what_was_ignored() -> None:
    """What needs something that was not there is neither; statements about the run are no statements about the API."""
    session = Session(Plan(DOCUMENT, ignore=("MC3", "MC516", "MC901")))
    verdict = session.verdict(without=frozenset({"pin", "session"}))

    assert {"MC301", "MC901"} == {"MC301", "MC901", "MC516", "MC403", "MC101"} & set(verdict.ignored)
    assert {"MC101", "MC709"} == {"MC101", "MC709", "MC902", "MC301", "MC403"} & set(verdict.statements)
    assert verdict.statements == verdict.undecided == tuple(verdict.deciders)


def test_what_was_decided_needs_no_decider() -> None:
    """Of what a body has decided, nobody is told what would decide it."""
    session = Session(PLAN)
    session.observe(Exchange(Response(200, (), b"{}"), declared="listEvents"))
    verdict = session.verdict()

    assert ["MC101"] == [code for code in ("MC101", "MC301") if code not in verdict.undecided]
    assert verdict.undecided == tuple(verdict.deciders)


def test_each_statement_says_what_would_decide_it() -> None:
    """A kind of answer, or what a capture alone does not have."""
    deciders = Session(PLAN).verdict().deciders
    expected = {
        "MC709": "a live run (`mconn test`)",
        "MC602": "a recorded request",
        "MC516": "a behavior file",
        "MC301": "a list with events",
        "MC302": "the latest events",
        "MC503": "a fetched event",
        "MC201": "a response body in its envelope",
        "MC205": "a refusal",
        "MC403": "several answers about a connector with events",
        "MC713": "a refusal",
    }

    assert expected == {code: deciders[code] for code in expected}


@pytest.mark.parametrize("declared, codes", [((), {"MC207"}), (("4XX",), set()), (("default",), set())])
def test_a_range_of_statuses_declares_each_of_them(declared: tuple[str, ...], codes: set[str]) -> None:
    """A refusal that a range or the default declares is no undeclared one."""
    raw = copy.deepcopy(dict(DOCUMENT.raw))
    answers = raw["paths"][f"/{PATH}"]["get"]["responses"]
    answers |= dict.fromkeys(declared, answers["400"])
    body = b'{"success": false, "errors": [{"code": 1, "message": "a"}], "messages": [], "result": null}'
    refusal = Exchange(Response(422, (("content-type", "application/json"),), body), declared="listEvents")
    found = check(refusal, Plan(Document(raw, DOCUMENT.source), select=("MC2",))).findings

    assert codes == {finding.code for finding in found}
