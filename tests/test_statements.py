"""The statements of the document, and the four links of each: a predicate, a case that keeps it, one that breaks it, a fault."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests import vectors

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.judge.rules.catalog import RULES
from mconn_contracts.judge.rules.defects import CODES as DEFECTS
from mconn_contracts.judge.rules.rule import Rule
from mconn_contracts.model.defect import DefectKind
from mconn_contracts.model.finding import Severity, Statement
from mconn_contracts.server.faults.catalog import FAULTS

DOCUMENT = load()
STATEMENTS = DOCUMENT.statements
CODES = tuple(statement.code for statement in STATEMENTS)
LISTS = sorted({statement.pointer.rsplit("/", 1)[0] for statement in STATEMENTS})

# What the tool says of its own limits: no server keeps or breaks these.
ABOUT_THE_RUN = {statement.code for statement in STATEMENTS if statement.about_the_run}
# What `check` reports where a predicate crashes; no predicate and no reading of a body finds it.
RULE_CRASHED = "MC901"
# What nobody documents about the API. The facts grade integers, and so their range, as our assumption.
ASSUMED = {"MC105", "MC106", "MC601", "MC603"}

# What needs the choices of an earlier run: a case is one run, so tests/live/test_behavior.py keeps it and breaks it, and a
# style of the server stands for a fault: each of its choices is as good as the other.
PINNED = {statement.code for statement in STATEMENTS if statement.needs == "pin"}
# What needs a user who says which events there are: tests/live/test_expected.py keeps it, and breaks it by the server's faults.
EXPECTED = {statement.code for statement in STATEMENTS if statement.needs == "expect"}
JUDGED = [statement for statement in STATEMENTS if statement.code not in ABOUT_THE_RUN | PINNED | EXPECTED]
EVERY_JUDGED = pytest.mark.parametrize("statement", JUDGED, ids=lambda statement: statement.code)


@cache
def outcomes() -> list[tuple[vectors.Case, vectors.Outcome]]:
    """Every case of the vectors, judged."""
    plan = Plan(DOCUMENT)
    return [(case, vectors.judge(case, plan)) for case in vectors.load()]


def shown_by(statement: Statement, case: vectors.Case) -> bool:
    """Whether a case can show a statement: what only a sender knows needs a case that has its intent."""
    return statement.needs != "live" or any("intent" in step for step in case.steps)


# What a statement is.


@pytest.mark.parametrize("place", LISTS)
def test_a_list_of_statements_has_the_form_that_its_schema_says(place: str) -> None:
    """Every `x-contracts` of the document is valid against `x-contracts.schema.json`, its bases among those allowed."""
    schema = json.loads((Path(__file__).parents[1] / "spec" / "x-contracts.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)

    errors = Draft202012Validator(schema).iter_errors(DOCUMENT.at(place))

    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_codes_and_names_are_unique() -> None:
    """A code means one thing, and so does a name."""
    for each in (CODES, [statement.name for statement in STATEMENTS]):
        assert [] == [value for value, number in Counter(each).items() if number > 1]


@pytest.mark.parametrize("place", LISTS)
def test_codes_are_in_order(place: str) -> None:
    """Beside each other, statements stand by their codes, class after class."""
    codes = [entry["code"] for entry in DOCUMENT.at(place)]

    assert sorted(codes) == codes


def test_what_is_assumed_is_what_the_facts_grade_so() -> None:
    """Only the numbers rest on an assumption; whatever else nobody documents is a server's own choice."""
    assert {statement.code for statement in STATEMENTS if statement.basis == "assumed"} == ASSUMED


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_predicate_is_called_by_its_fault(rule: Rule[Any]) -> None:
    """A predicate has its statement's name, unless it is made for several statements."""
    if "<locals>" not in rule.predicate.__qualname__:
        assert DOCUMENT.statement(rule.code).name == rule.predicate.__name__.replace("_", "-")


def test_a_name_is_a_fault() -> None:
    """A name says what is wrong, and instructs nobody."""
    instructing = {"must", "should", "require", "check", "validate", "verify", "allow", "no", "be", "is", "valid", "correct"}
    # "not-json" is a fault, and in "no-credential-accepted" the lack is what is accepted.
    faults = {statement.name for statement in STATEMENTS} - {"no-credential-accepted"}

    assert [] == sorted(name for name in faults if set(name.split("-")) & instructing)


def test_what_needs_a_session_or_a_sender_is_in_its_class() -> None:
    """MC4xx need several responses, MC6xx a recorded request, and nothing else does need a request."""
    for statement in STATEMENTS:
        assert (statement.code[2] == "6") == (statement.needs == "request")
        if statement.code[2] == "4":
            assert "session" == statement.needs


def test_explains_names_statements_and_never_in_a_circle() -> None:
    """What a finding explains are codes of the document, and nothing explains itself, over whatever others."""
    explains = {statement.code: statement.explains for statement in STATEMENTS}

    def roots(code: str, seen: tuple[str, ...] = ()) -> None:
        assert code not in seen, seen
        for other in explains[code]:
            roots(other, (*seen, code))

    for code in explains:
        roots(code)


# The four links.


def test_every_statement_has_a_predicate_or_a_defect() -> None:
    """A promise that nothing judges is no promise: a rule judges it, or the reading of a body finds where it is broken."""
    assert set(CODES) - {rule.code for rule in RULES} - set(DEFECTS.values()) == {RULE_CRASHED}


@pytest.mark.parametrize("kind", DefectKind)
def test_a_kind_of_defect_is_called_as_the_statement_that_it_breaks(kind: DefectKind) -> None:
    """Every kind of defect has one statement, and its name."""
    assert kind.value == DOCUMENT.statement(DEFECTS[kind]).name


def test_every_predicate_has_a_statement() -> None:
    """No rule finds what the document does not say, and none is there twice for one view."""
    rules = Counter((rule.code, rule.on) for rule in RULES)

    assert [] == [code for (code, _), number in rules.items() if code not in CODES or number > 1]


@EVERY_JUDGED
def test_every_statement_has_a_case_that_keeps_it(statement: Statement) -> None:
    """In some case the statement is decided, and not found broken."""
    assert any(
        statement.code in outcome.decided and statement.code not in outcome.codes and shown_by(statement, case)
        for case, outcome in outcomes()
    )


@EVERY_JUDGED
def test_every_statement_has_a_case_that_breaks_it(statement: Statement) -> None:
    """In some case the statement is found broken."""
    assert any(statement.code in outcome.codes and shown_by(statement, case) for case, outcome in outcomes())


def test_what_is_found_was_decided() -> None:
    """No rule accuses where it says that it could not decide."""
    for case, outcome in outcomes():
        assert set() == outcome.codes - outcome.decided - ABOUT_THE_RUN, case.description


def test_every_error_has_a_fault() -> None:
    """The reference server can break each statement that is an error; requests are others', and limits the tool's own."""
    broken = {fault.code for fault in FAULTS.values()}
    errors = {each.code for each in STATEMENTS if each.severity is Severity.ERROR and each.needs != "request"}
    due = errors - ABOUT_THE_RUN

    assert PINNED == due - broken


def test_every_fault_breaks_a_statement() -> None:
    """What a fault breaks is in the document."""
    named = defaultdict(list)
    for fault in FAULTS.values():
        named[fault.code].append(fault.name)

    assert {} == {code: names for code, names in named.items() if code not in CODES}
