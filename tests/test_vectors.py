"""The test vectors: well-formed themselves, and judged as they say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests import vectors

from mconn_contracts.contract.document import Document, load
from mconn_contracts.judge.check import Plan
from mconn_contracts.wire.decoding import decode

DOCUMENT = load()
PLAN = Plan(DOCUMENT)
CASES = vectors.load()
EVERY_FILE = pytest.mark.parametrize("file", vectors.FILES, ids=lambda file: file.stem)


def at(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer into another."""
    return Document({"paths": {}, "body": value}, "the body").at(f"/body{pointer}")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """A validator for the files of vectors."""
    schema = json.loads(vectors.SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@EVERY_FILE
def test_a_file_has_the_form_that_its_schema_says(file: Path, validator: Draft202012Validator) -> None:
    """Every file of vectors is valid against `vectors.schema.json`, which other languages' readers rely on."""
    errors = validator.iter_errors(json.loads(file.read_text("utf-8")))

    assert [] == [f"{error.json_path}: {error.message[:200]}" for error in errors]


@EVERY_FILE
def test_a_file_is_written_in_one_form(file: Path) -> None:
    """`python -m tests.vectors` would leave every file as it is."""
    text = file.read_text("utf-8")

    assert vectors.render(json.loads(text)) + "\n" == text


@EVERY_FILE
def test_a_file_repeats_no_name(file: Path) -> None:
    """No object of a file has a name twice: a reader would lose the first."""
    assert () == decode(file.read_bytes()).defects


def test_no_two_cases_have_the_same_description() -> None:
    """A description names its case among all files."""
    counts = Counter(case.description for case in CASES)

    assert [] == [description for description, number in counts.items() if number > 1]


def test_findings_are_of_known_codes_and_places() -> None:
    """An expected finding has the code of a statement, and its pointer leads to a value of the body."""
    codes = {statement.code for statement in DOCUMENT.statements}
    for case in CASES:
        alone, together = case.expected
        for index, code, pointer in alone + together:
            assert code in codes, case.description
            at(decode(vectors.content(case.steps[index])).value, pointer)


@EVERY_FILE
def test_rules_find_what_a_file_says(file: Path) -> None:
    """Every case, judged by itself, has exactly the findings that it says, and decides what it says."""
    cases = [case for case in CASES if case.topic == file.stem]
    outcomes = [vectors.judge(case, PLAN) for case in cases]

    expected = {case.description: (*case.expected, case.lowered, []) for case in cases}
    assert expected == {
        case.description: (outcome.alone, outcome.together, outcome.lowered, case.told_apart(outcome.decided))
        for case, outcome in zip(cases, outcomes, strict=True)
    }
