"""`mconn rules`."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from mconn_contracts.cli.rules import command
from mconn_contracts.contract.document import load
from mconn_contracts.errors import UsageError
from mconn_contracts.evolution.catalog import CHANGES, IN_WORDS, Change
from mconn_contracts.model.finding import Statement

STATEMENTS = load().statements
CHANGED = [each.statement_for("consumer") for each in CHANGES]


def rules(*words: str) -> str:
    """What `mconn rules` prints."""
    result = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert (0, "") == (result.exit_code, result.stderr)
    return result.stdout


def test_every_statement_is_one_line_in_the_order_of_codes() -> None:
    """The list has code, name, severity and statement of each, sorted by code, in columns."""
    expected = [
        [each.code, each.name, each.severity.label, each.statement]
        for each in sorted((*STATEMENTS, *CHANGED), key=lambda each: each.code)
    ]
    lines = rules().splitlines()

    assert expected == [re.split(r"  +", line, maxsplit=3) for line in lines]
    assert 1 == len({line.index(entry[3]) for line, entry in zip(lines, expected, strict=True)})


@pytest.fixture(scope="module")
def explained() -> dict[str, str]:
    """The explanation of every rule, by code."""
    return {statement.code: rules(statement.code) for statement in STATEMENTS}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.code)
def test_a_rule_is_explained_as_the_document_says(explained: dict[str, str], statement: Statement) -> None:
    """An explanation has all that the document says, in lines that a terminal shows."""
    text = explained[statement.code]
    words = " ".join(text.split())

    assert text.startswith(f"{statement.code} {statement.name} ({statement.severity.label}, {statement.basis})\n")
    assert (True, True) == (statement.statement in words, f"Why: {statement.why}" in words)
    assert text.endswith(f"In the document: {statement.pointer}\n")
    assert [] == [line for line in text.splitlines()[:-1] if len(line) > 100]


def test_a_rule_is_found_by_its_name_and_in_lower_case(explained: dict[str, str]) -> None:
    """The code in either case and the name are the same rule."""
    assert explained["MC301"] == rules("mc301") == rules("count-mismatch")


def test_a_rule_is_explained_by_examples(explained: dict[str, str]) -> None:
    """Whatever a case can show has an example that breaks it and one that keeps it, each with its exchanges."""
    without = {each.code for each in STATEMENTS if "Example that breaks it" not in explained[each.code]}
    of_the_user = {each.code for each in STATEMENTS if each.needs in ("pin", "expect")}
    assert {*of_the_user, "MC901", "MC902", "MC903", "MC905", "MC906"} == without
    assert {*without, "MC904"} == {each.code for each in STATEMENTS if "Example that keeps it" not in explained[each.code]}
    assert "\nExample that breaks it: count of a bare page is less than its items\n  EventListResponse: {" in explained["MC301"]


def test_an_explanation_says_what_decides(explained: dict[str, str]) -> None:
    """Each of the six things that a statement may need is said in words of its own."""
    decided = {each.needs: re.search(r"(?m)^Decided by (.+)\. In the", explained[each.code]) for each in STATEMENTS}

    assert {"response", "request", "session", "live", "pin", "expect"} == set(decided)
    assert 6 == len({found and found[1] for found in decided.values()} - {None})


@pytest.mark.parametrize(
    "code, hint",
    [
        ("MC", "`mconn rules` lists them"),
        ("count", "`mconn rules` lists them"),
        ("", "`mconn rules` lists them"),
        ("Count-Mismatch", "did you mean 'count-mismatch'?"),
        ("count_mismatch", "did you mean 'count-mismatch'?"),
        ("MC3001", "did you mean 'MC301'?"),
    ],
)
def test_an_unknown_rule_is_wrong_use(code: str, hint: str) -> None:
    """What is neither a whole code nor a name is a UsageError that names the nearest, or says where they are listed."""
    with pytest.raises(UsageError, match=f"{re.escape(hint)}$"):
        rules(code)


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.code)
def test_a_change_is_explained_for_every_audience(change: Change) -> None:
    """A change between two documents is explained by code and by name, with its severity and the reason for each audience."""
    text = rules(change.code)
    words = " ".join(text.split())
    reasons = [
        f"For {IN_WORDS[audience]}: {severity.label}" in words and why in words
        for audience, (severity, why) in change.weights.items()
    ]

    assert text == rules(change.name)
    assert ([True, True, True], True) == (reasons, change.statement in words)
    assert [] == [line for line in text.splitlines() if len(line) > 100]
