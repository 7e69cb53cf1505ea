"""The report of a client for programs: JSON, version 1 (client.schema.json beside this file)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mconn_contracts.model.finding import Finding
from mconn_contracts.model.trial import Trial, TrialVerdict
from mconn_contracts.reports.listings.json import document


def pieces(verdict: TrialVerdict) -> Iterator[str]:
    """One JSON document."""
    scores = {
        group.value: {
            "good": score.good,
            "met": score.met,
            "percent": score.percent,
            "never_met": score.never_met,
            "known": score.known,
        }
        for group, score in verdict.scores.items()
    }
    yield from document(
        verdict.outcome,
        contract={"version": verdict.contract_version},
        command=list(verdict.command),
        reason=verdict.reason,
        scores=scores,
        runs=[_trial(trial) for trial in verdict.trials],
        gaps=list(verdict.gaps),
        stale=list(verdict.stale),
        left_out=verdict.left,
    )


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "scenario": trial.id,
        "group": trial.group.value,
        "name": trial.name,
        "summary": trial.summary,
        "result": trial.result.value,
        "known": trial.known,
        "meaning": trial.words,
        "exit_code": trial.code,
        "requests": trial.requests,
        "said": trial.said,
        "findings": [_finding(each) for each in trial.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    request = finding.shown_by[-1].request if finding.shown_by else None
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "operation": finding.operation,
        "entry": finding.entry,
        "request": None if request is None else f"{request.method} {request.url}",
        "spec": finding.spec,
    }
