"""The report for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, assert_never
from urllib.parse import quote

from mconn_contracts.model.finding import Finding, Severity, Statement
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.reports.indented import encode
from mconn_contracts.reports.report import Need, Report
from mconn_contracts.reports.sections import Behavior, Exercised, Findings, Note, sections
from mconn_contracts.reports.wording import basis, curls, witnessed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
DOCUMENT = "spec/openapi.yaml"
"""The file of the document, from the root of its repository."""
_PATH_CHARACTERS = "/@!$&'()*+,;=~-._"
"""What a URI may have in a path that starts with no scheme, beside letters and digits (RFC 3986, 4.2)."""
_DRIVE = re.compile(r"[A-Za-z]:/")


def pieces(verdict: Verdict) -> Iterator[str]:
    """One JSON document."""
    yield from encode(document(verdict))
    yield "\n"


def document(verdict: Verdict) -> dict[str, Any]:
    """The report as a JSON value: one run, a rule for each statement, and an iterator of a result for each finding kept."""
    rules = sorted(verdict.rules.values(), key=lambda rule: rule.code)
    index = {rule.code: number for number, rule in enumerate(rules)}
    results: Iterator[dict[str, Any]] = iter(())
    notifications: list[dict[str, Any]] = []
    properties: dict[str, Any] = {"outcome": verdict.outcome, "totals": dict(sorted(verdict.tally.by_code.items()))}
    for section in sections(verdict, people=False):
        match section:
            case Findings():
                results = (_result(verdict, finding, index) for finding in section.tally.findings())
            case Exercised():
                operations = sorted(section.coverage.operations.items())
                properties["operations"] = {name: dict(sorted(statuses.items())) for name, statuses in operations}
                properties["kinds"] = dict(sorted(section.coverage.kinds.items()))
            case Behavior():
                properties["observed"] = {name: observed.value for name, observed in sorted(section.observed.items())}
            case Note():
                notifications += _notifications(section)
            case _:
                assert_never(section)
    run = {
        "tool": {
            "driver": {
                "name": "mconn",
                "version": version("mconn-contracts"),
                "rules": [_rule(rule) for rule in rules],
                "properties": {"contract": verdict.contract_version, "overlays": list(verdict.overlays)},
            }
        },
        "invocations": [
            {
                "executionSuccessful": verdict.could_not_judge is None,
                "exitCode": verdict.exit_code,
                "toolExecutionNotifications": notifications,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": properties,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _notifications(note: Note) -> Iterator[dict[str, Any]]:
    for line in note.lines:
        yield {
            "level": "error" if note.fails else "note",
            "message": {"text": f"{note.topic.value}: {line}"},
            "descriptor": {"id": note.topic.name.lower()},
        }


def _rule(rule: Statement) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": f"{rule.statement} {rule.why}"},
        "help": {
            "text": f"{rule.statement}\n\nWhy: {rule.why}\n\nBasis: {rule.basis}. In the document: {rule.pointer}",
            "markdown": f"{rule.statement}\n\n**Why:** {rule.why}\n\n**Basis:** {rule.basis}. In the document: `{rule.pointer}`",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"basis": rule.basis, "needs": rule.needs, "tags": ["contract", rule.name]},
    }


def _result(verdict: Verdict, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    properties = {
        "name": finding.name,
        "operation": finding.operation,
        "source": None if finding.in_file else finding.source,
        "basis": basis(finding, verdict),
        "entry": finding.entry,
        "pointer": finding.pointer,
        "spec": finding.spec,
        "curl": "\n".join(curls(finding.shown_by)),
        "witness": "\n".join(witnessed(finding)),
    }
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(verdict, finding)],
        "properties": {name: value for name, value in properties.items() if value not in (None, "")},
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    return result


def _location(verdict: Verdict, finding: Finding) -> dict[str, Any]:
    name = f"{finding.operation or ''}{finding.pointer}" or finding.code
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.source) if finding.in_file else DOCUMENT}}
    if not finding.in_file:
        physical["region"] = {"startLine": verdict.document_lines.get(finding.spec, 1)}
    elif (position := verdict.positions.get(finding.place)) is not None:
        physical["region"] = {"startLine": position.line, "startColumn": position.column}
    else:
        physical["region"] = {"startLine": finding.line or 1}
    return {"logicalLocations": [{"fullyQualifiedName": name}], "physicalLocation": physical}


def _uri(path: str) -> str:
    """A path as code scanning takes it: relative to the repository, or of the scheme `file`. Any other scheme is refused."""
    drive = _DRIVE.match(path)
    if drive is not None:
        return f"file:///{drive[0]}{_quoted(path[drive.end() :])}"
    return f"file://{_quoted(path)}" if path.startswith("/") else _quoted(path)


def _quoted(path: str) -> str:
    # What is left of a path that is not a text is not for a URI to say.
    return quote(path, safe=_PATH_CHARACTERS, errors="replace")


REPORT = Report("sarif", pieces, frozenset({Need.POSITIONS, Need.DOCUMENT_LINES}))
