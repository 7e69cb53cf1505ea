"""The report for programs, and its JSON Schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from tests.reports.verdicts import EVERY_VERDICT, VERDICTS

from mconn_contracts.reports import json as report

if TYPE_CHECKING:
    from tests.reports.conftest import Golden

SCHEMA = json.loads((resources.files("mconn_contracts.reports") / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
MAPS = {"left_out", "by_code", "operations", "listEvents", "getEvent", "getLatestEvents", "kinds", "statements", "observed"}
"""Objects whose members are names of the run."""


@EVERY_VERDICT
def test_the_json_is_as_it_was(name: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verdict is rendered as its golden file says, but for the version of the tool."""
    monkeypatch.setattr(report, "version", lambda _: "0.0.0")

    golden(f"{name}.json", report.REPORT.render(VERDICTS[name]))


@EVERY_VERDICT
def test_reports_are_valid(name: str) -> None:
    """What is written is JSON again, and valid under the schema that the package ships."""
    value = json.loads(report.REPORT.render(VERDICTS[name]))

    document = report.document(VERDICTS[name])
    assert {**document, "findings": list(document["findings"])} == value
    assert [] == [error.message for error in VALIDATOR.iter_errors(value)]


ADDED = {"expected", "power"}
"""Fields that reports have which were asked for them; those of earlier versions are read without."""


def test_the_schema_is_valid_and_describes_every_field() -> None:
    """The schema is one of Draft 2020-12; every object is closed or a map, and every field has a description or a reference."""
    Draft202012Validator.check_schema(SCHEMA)
    objects = list(schemas(SCHEMA))

    assert [] == [each for each in objects if "properties" in each and each.get("additionalProperties") is not False]
    assert [] == [each for each in objects if "properties" in each and set(each["required"]) != set(each["properties"]) - ADDED]
    fields = [(name, field) for each in objects for name, field in each.get("properties", {}).items()]
    assert [] == [name for name, field in fields if not {"description", "$ref"} & set(field)]
    assert 30 < len(fields)


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object within a schema."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield value
        for child in value.values():
            yield from schemas(child)


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every object within a value."""
    if isinstance(value, dict):
        yield place
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*place, key))


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for key in place:
        value = value[key]
    return value


def test_no_field_may_be_missing_or_added() -> None:
    """Each object without one of its fields, or with another one, is invalid, wherever it stands."""
    value = json.loads(report.REPORT.render(VERDICTS["every-severity"]))
    valid = []
    for place in places(value):
        if place and place[-1] in MAPS:
            continue
        for name in at(value, place):
            corrupt = copy.deepcopy(value)
            del at(corrupt, place)[name]
            valid += [(*place, name)] if VALIDATOR.is_valid(corrupt) else []
        corrupt = copy.deepcopy(value)
        at(corrupt, place)["another"] = 1
        valid += [(*place, "another")] if VALIDATOR.is_valid(corrupt) else []

    assert [] == valid


@pytest.mark.parametrize(
    "place, wrong",
    [
        (("version",), 2),
        (("tool", "name"), "other"),
        (("outcome",), "unknown"),
        (("outcome",), "undecided"),
        (("reason",), "a reason, though it is decided"),
        (("counts", "exchanges"), -1),
        (("counts", "exchanges"), 1.5),
        (("counts", "by_code", "MC1"), 1),
        (("counts", "by_code", "MC101"), 0),
        (("coverage", "operations", "listEvents", "ok"), 1),
        (("coverage", "kinds", "Init"), "2"),
        (("coverage", "statements", "MC101"), "passed"),
        (("observed", "Default limit"), "25"),
        (("undecided",), ["MC402", "MC402"]),
        (("findings", 0, "code"), "E101"),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "message"), "x" * 301),
        (("findings", 0, "line"), 0),
        (("findings", 0, "entry"), -1),
        (("findings", 0, "pointer"), "result"),
        (("findings", 0, "pointer"), "/a~2b"),
    ],
)
def test_a_wrong_value_is_invalid(place: tuple[str | int, ...], wrong: object) -> None:
    """A value of the wrong type, form or range is not valid, nor is a reason without being undecided."""
    value = json.loads(report.REPORT.render(VERDICTS["every-severity"]))
    *parents, name = place
    at(value, tuple(parents))[name] = wrong

    assert not VALIDATOR.is_valid(value)
