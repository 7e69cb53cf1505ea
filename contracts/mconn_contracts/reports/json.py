"""The report for programs: JSON, version 1 (report.schema.json beside this file)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.known import EntryState
from mconn_contracts.model.power import Power
from mconn_contracts.model.verdict import ExpectedEvents, Subject, Verdict
from mconn_contracts.reports.indented import encode
from mconn_contracts.reports.report import Report
from mconn_contracts.reports.wording import basis, curls


def pieces(verdict: Verdict) -> Iterator[str]:
    """One JSON document."""
    yield from encode(document(verdict))
    yield "\n"


def document(verdict: Verdict) -> dict[str, Any]:
    """The report as a JSON value, its findings as an iterator."""
    tally, coverage = verdict.tally, verdict.tally.coverage
    found, decided = tally.by_severity, tally.coverage.decided
    return {
        "version": 1,
        "tool": {"name": "mconn", "version": version("mconn-contracts")},
        "contract": {"version": verdict.contract_version, "overlays": list(verdict.overlays)},
        "outcome": verdict.outcome,
        "reason": verdict.could_not_judge,
        "cut_short": list(verdict.cut_short),
        "seed": verdict.seed,
        "subject": None if verdict.subject is None else _subject(verdict.subject),
        "counts": {
            "exchanges": tally.exchanges,
            "events": tally.events,
            "foreign": tally.foreign,
            "unanswered": tally.unanswered,
            "unread": tally.unread,
            "left_out": dict(sorted(tally.left_out.items())),
            "unrelated": tally.unrelated,
            "findings": {severity.label: found.get(severity, 0) for severity in reversed(Severity)},
            "by_code": dict(sorted(tally.by_code.items())),
        },
        "findings": (finding_value(each, basis(each, verdict)) for each in tally.findings()),
        "coverage": {
            "operations": {name: dict(sorted(statuses.items())) for name, statuses in sorted(coverage.operations.items())},
            "kinds": {kind: coverage.kinds.get(kind, 0) for kind in dict.fromkeys([*verdict.kinds, *sorted(coverage.kinds)])},
            "statements": {code: "decided" if code in decided else "undecided" for code in verdict.statements},
        },
        "observed": {name: observed.value for name, observed in sorted(verdict.observed.items())},
        **({} if verdict.expected is None else {"expected": _expected(verdict.expected)}),
        **({} if verdict.power is None else {"power": _power(verdict.power)}),
        "undecided": list(verdict.undecided),
        "deciders": {code: verdict.deciders[code] for code in verdict.undecided if code in verdict.deciders},
        "ignored": list(verdict.ignored),
        "gaps": list(verdict.gaps),
        "baseline": [_entry_state(each) for each in verdict.baseline],
    }


def _expected(found: ExpectedEvents) -> dict[str, int]:
    names = ("events", "shown", "in_full", "without_v", "missing", "not_looked_for", "unexpected", "perhaps_newer")
    return {name: getattr(found, name) for name in names}


def _power(power: Power) -> dict[str, Any]:
    seen = power.seen
    return {
        "events": seen.events,
        "kinds": seen.kinds,
        "pages": seen.pages,
        "taken": seen.taken,
        "faults": power.faults,
        "noticed": power.noticed,
        "more": [{"do": each.words, "faults": list(each.faults)} for each in power.more],
        "unnoticed": list(power.unnoticed),
    }


def _entry_state(each: EntryState) -> dict[str, Any]:
    entry = each.entry
    return {
        "code": entry.code,
        "operation": entry.operation,
        "source": entry.source,
        "pointer": entry.pointer,
        "reason": entry.reason,
        "expires": entry.expires,
        "state": each.state,
        "findings": each.findings,
    }


def _subject(subject: Subject) -> dict[str, Any]:
    asked = {"operations": list(subject.operations)} if subject.operations else {}
    return {"name": subject.name, "profile": subject.profile, **asked}


def finding_value(finding: Finding, basis: str) -> dict[str, Any]:
    """A finding as the report has it, with what it rests on."""
    witness = finding.witness
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "basis": basis or None,
        "message": finding.message,
        "operation": finding.operation,
        "source": finding.source,
        "line": finding.line,
        "entry": finding.entry,
        "pointer": finding.pointer,
        "spec": finding.spec,
        "curl": "\n".join(curls(finding.shown_by)),
        "witness": witness and {"payload": witness.payload, "base": witness.base, "revision": witness.revision},
    }


REPORT = Report("json", pieces)
