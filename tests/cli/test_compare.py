"""`mconn compare` of reports that `mconn validate` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mconn_contracts.cli.compare import command as compare
from mconn_contracts.cli.validate import command as validate
from mconn_contracts.errors import InputError

GOOD = {"e": {"k": "Init"}, "n": 0, "t": 1}
NEGATIVE = {"e": {"k": "Init"}, "n": 0, "t": -1}
FRACTION = {"e": {"k": "Init"}, "n": 0.5, "t": 1}
UNDECLARED = {"e": {"k": "Init"}, "n": 0, "t": 1, "x": 1}
SCHEMA = json.loads((resources.files("mconn_contracts.reports") / "comparison.schema.json").read_text(encoding="utf-8"))


def report(folder: Path, name: str, events: Sequence[Any], *options: str) -> str:
    """The path of the JSON report on an archive of these events."""
    archive, path = folder / "events.ndjson", folder / f"{name}.json"
    archive.write_text("".join(f"{json.dumps(each)}\n" for each in events))
    CliRunner().invoke(validate, [str(archive), "--report", f"json={path}", *options])
    return str(path)


def compared(folder: Path, *words: str) -> tuple[Result, Any]:
    """How the command ended, and its JSON report, which its schema allows."""
    path = folder / "compared.json"
    result = CliRunner().invoke(compare, [*words, "--report", f"json={path}"])
    value = json.loads(path.read_bytes())
    Draft202012Validator(SCHEMA).validate(value)
    return result, value


@pytest.mark.parametrize(
    "before, after, options, code, changes",
    [
        ([NEGATIVE], [NEGATIVE], (), 0, []),
        ([GOOD], [NEGATIVE], (), 1, [("new", "MC105", 0, 1)]),
        ([NEGATIVE], [GOOD], (), 0, [("gone", "MC105", 1, 0)]),
        ([NEGATIVE], [NEGATIVE, NEGATIVE], (), 1, [("grown", "MC105", 1, 2)]),
        ([NEGATIVE, NEGATIVE], [NEGATIVE], (), 0, []),
        ([NEGATIVE], [FRACTION], (), 1, [("new", "MC106", 0, 1), ("gone", "MC105", 1, 0)]),
        ([GOOD], [UNDECLARED], (), 0, [("new", "MC103", 0, 1)]),
        ([GOOD], [UNDECLARED], ("--fail-on", "warning"), 1, [("new", "MC103", 0, 1)]),
    ],
)
def test_what_is_new_grown_and_gone(
    tmp_path: Path, before: list[Any], after: list[Any], options: tuple[str, ...], code: int, changes: list[Any]
) -> None:
    """Only what is new or has grown fails, from the severity on that is asked for."""
    result, value = compared(tmp_path, report(tmp_path, "old", before), report(tmp_path, "new", after), *options)

    assert code == result.exit_code, result.output
    assert changes == [(each["change"], each["code"], each["before"], each["after"]) for each in value["changes"]]


def test_exact_numbers_are_compared_where_not_all_findings_are_listed(tmp_path: Path) -> None:
    """With `--max-per-code 2`, five findings become seven: grown by their number, at no place."""
    old = report(tmp_path, "old", [NEGATIVE] * 5, "--max-per-code", "2")
    new = report(tmp_path, "new", [NEGATIVE] * 7, "--max-per-code", "2")
    result, value = compared(tmp_path, old, new)

    (change,) = value["changes"]
    assert (1, "grown", 5, 7, None) == (
        result.exit_code, change["change"], change["before"], change["after"], change["pointer"],
    )  # fmt: skip


def test_what_the_later_run_did_not_judge_is_not_gone(tmp_path: Path) -> None:
    """A finding whose statement was ignored is unseen, which fails nothing."""
    old = report(tmp_path, "old", [NEGATIVE])
    result, value = compared(tmp_path, old, report(tmp_path, "new", [GOOD], "--ignore", "MC105"))

    assert (0, ["unseen"]) == (result.exit_code, [each["change"] for each in value["changes"]])
    assert "unseen: MC105 number-out-of-range (error), 1 → 0" in result.output


LATEST = {"e": {"k": "Init"}, "n": 0, "t": 1, "a": 1, "v": "1"}
LISTED = {"a": 1, "k": "Init", "n": 0, "t": 1}


DOCUMENTS = {"counts": {"exchanges": 0}, "coverage": {"operations": {}, "statements": {"MC105": "decided"}}}
"""What a report of `mconn diff` says in place of answers: no operation was asked, and each statement is decided."""


def body(item: Any) -> Any:
    """The body of a response with one item."""
    return {"success": True, "errors": [], "messages": [], "result": {"count": 1, "items": [item]}}


def merged(whole: Any, part: Any) -> Any:
    """A member of a report, with some of its own members replaced."""
    return {**whole, **part} if isinstance(whole, dict) else part


@pytest.mark.parametrize(
    "operation, item, changed, change",
    [
        ("getLatestEvents", LATEST, {}, "gone"),
        ("listEvents", LISTED, {}, "unseen"),
        ("getLatestEvents", LATEST, {"cut_short": ["by --max-time, after 2 requests"]}, "unseen"),
        ("getLatestEvents", LATEST, {"coverage": {"statements": {"MC105": "undecided"}}}, "unseen"),
        ("getLatestEvents", LATEST, DOCUMENTS, "gone"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--max-per-code", "1")])
def test_what_the_later_run_would_not_have_met_is_not_gone(
    tmp_path: Path, operation: str, item: Any, changed: Any, change: str, options: tuple[str, ...]
) -> None:
    """A finding is gone only where the whole run was made, its operation answered, and its statement decided."""
    bad = body({**LATEST, "t": -1})
    old = report(tmp_path, "old", [bad, bad], "--as", "getLatestEvents", *options)
    new = Path(report(tmp_path, "new", [body(item)], "--as", operation))
    later = json.loads(new.read_bytes())
    new.write_text(json.dumps({**later, **{key: merged(later[key], part) for key, part in changed.items()}}))
    result, value = compared(tmp_path, old, str(new))

    assert (0, {"MC105": change}) == (
        result.exit_code, {each["code"]: each["change"] for each in value["changes"] if each["code"] == "MC105"},
    )  # fmt: skip


def test_a_later_run_that_could_not_judge_is_undecided(tmp_path: Path) -> None:
    """Exit code 3, with the reason of that run."""
    result, value = compared(tmp_path, report(tmp_path, "old", [NEGATIVE]), report(tmp_path, "new", []))

    assert (3, "undecided") == (result.exit_code, value["outcome"])
    assert f"The later run could not judge everything: {value['reason']}" in result.output


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "the report cannot be read: no such file or directory"),
        ("<html>", "not JSON; write the report with --report json=PATH"),
        ("{}", "not a JSON report of mconn, version 1, as --report json=PATH writes it: "),
        ("[" * 100_000, "not JSON; write the report with --report json=PATH"),
        (
            '{"version": 1, "runs": []}',
            "a report of mconn client; give one of mconn test, mconn validate, mconn proxy or mconn diff",
        ),
        ('{"version": 1, "vectors": []}', "a report of mconn vectors; give one of mconn test"),
        ('{"version": 1, "requests": 1, "findings": []}', "a report of mconn replay; give one of mconn test"),
        ('{"version": 1, "changes": []}', "a report of mconn compare; give one of mconn test"),
        ('{"version": 2}', "not a JSON report of mconn, version 1, as --report json=PATH writes it: "),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    """What is no report is exit code 3, with its path and what to do."""
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content)
    error = CliRunner().invoke(compare, [report(tmp_path, "old", [GOOD]), str(path)]).exception

    assert isinstance(error, InputError)
    assert str(error).startswith(f"{path}: {message}")
    assert "\n" not in str(error)
