"""The report for build servers: JUnit XML, as Jenkins and Surefire have it (junit-10.xsd)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from xml.etree import ElementTree as ET  # only written, never parsed

from mconn_contracts.model.finding import Finding, is_about_the_run
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.outcome import outcome
from mconn_contracts.reports.wording import VISIBLE, curls, number, where

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SESSION, _RUN = "session", "run"
"""The suites of what several exchanges decide together, and of the run itself."""
_NO_TIME = "0.000"
"""Times would make every report of the same input another."""


def render(verdict: Verdict) -> str:
    """One suite for each operation, one for the session and one for the run; a case for each statement.

    A finding at or above `fail_on` is a failure, or an error where the tool could not judge; one below it is output of its
    case. A statement that was not decided is skipped.
    """
    root = ET.Element("testsuites", {"name": "mconn"})
    for name, cases in _suites(verdict).items():
        root.append(_suite(name, cases, verdict))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(verdict: Verdict) -> dict[str, list[ET.Element]]:
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in verdict.tally.findings():
        kept.setdefault((finding.operation or "", finding.code), []).append(finding)
    suites: dict[str, list[ET.Element]] = {}
    for operation, code in _cases(verdict):
        suite = operation or (_RUN if is_about_the_run(code) else _SESSION)
        suites.setdefault(suite, []).append(_case(verdict, suite, code, operation, kept.get((operation, code), [])))
    if verdict.could_not_judge is not None:
        case = _element("testcase", name="the run could judge", classname=f"mconn.{_RUN}", time=_NO_TIME)
        case.append(_element("error", message=verdict.could_not_judge, type="could-not-judge"))
        suites.setdefault(_RUN, []).append(case)
    return suites


def _cases(verdict: Verdict) -> list[tuple[str, str]]:
    """Pairs of an operation, empty for the session and the run, and a code; the same of every run, but for findings beside."""
    due = [(operation, code) for code in verdict.statements for operation in verdict.scopes.get(code, ("",))]
    found = [(operation, code) for code, operations in verdict.tally.by_operation.items() for operation in operations]
    order = {name: index for index, name in enumerate((*verdict.operations, ""))}
    return sorted(dict.fromkeys([*due, *found]), key=lambda case: (order.get(case[0], len(order)), case))


def _case(verdict: Verdict, suite: str, code: str, operation: str, kept: list[Finding]) -> ET.Element:
    rule = verdict.rules.get(code)
    name = rule.name if rule else kept[0].name if kept else ""
    case = _element("testcase", name=f"{code} {name}".rstrip(), classname=f"mconn.{suite}", time=_NO_TIME)
    found = verdict.tally.by_operation.get(code, {}).get(operation, {})
    total = sum(found.values())
    if not total:
        coverage = verdict.tally.coverage
        decided = coverage.decided_on.get(operation, set()) if operation else coverage.decided
        if code not in decided:
            case.append(_element("skipped", message="not decided by what was exchanged"))
        return case
    lines = "\n".join(["", *_lines(rule.statement if rule else "", kept, total), ""])
    if max(found) < verdict.fail_on:
        output = _element("system-out")
        output.text = lines
        case.append(output)
        return case
    tag = "error" if is_about_the_run(code) else "failure"
    message = f"{number(total, 'finding')}: {kept[0].message}" if kept else number(total, "finding")
    broken = _element(tag, message=message, type=name or code)
    broken.text = lines
    case.append(broken)
    return case


def _lines(statement: str, kept: list[Finding], total: int) -> Iterator[str]:
    if statement:
        yield statement
    for finding in kept:
        yield _text(where(finding))
        yield f"  {_text(finding.message)}"
        for line in curls(finding.shown_by):
            yield f"  {_text(line)}"
    if total > len(kept):
        yield f"… and {total - len(kept)} more"


def _suite(name: str, cases: list[ET.Element], verdict: Verdict) -> ET.Element:
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = _element(
        "testsuite",
        name=f"mconn.{name}",
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=_NO_TIME,
    )
    properties = _element("properties")
    for key, value in (
        ("mconn.version", version("mconn-contracts")),
        ("contract.version", verdict.contract_version),
        ("outcome", outcome(verdict)),
    ):
        properties.append(_element("property", name=key, value=value))
    suite.append(properties)
    suite.extend(cases)
    return suite


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _text(value) for name, value in attributes.items()})


def _text(value: str) -> str:
    """A text of one line that XML can hold."""
    return _NOT_XML.sub("\ufffd", value.translate(VISIBLE))
