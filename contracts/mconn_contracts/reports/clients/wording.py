"""What reports of a client say alike: opinions, scores, and what is wrong with requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.trial import GOOD, Group, Result, Trial, TrialVerdict
from mconn_contracts.reports.wording import number

GOOD_WORDS = {Group.STYLES: "passed", Group.FAULTS: "noticed", Group.GROWTH: "passed", Group.WEATHER: "weathered"}
TITLES = {
    Group.CLEAN: "Clean",
    Group.STYLES: "Styles (honest servers that differ where nothing is documented)",
    Group.FAULTS: "Faults (servers that break one promise)",
    Group.GROWTH: "Growth (the API as it was, and as it grows)",
    Group.WEATHER: "Weather (what happens on the way)",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with requests: the first finding, and the scenarios that have its like."""

    first: Finding
    scenarios: tuple[str, ...]


def opinion(trial: Trial) -> str:
    """What the command thought: its exit code."""
    return "ended" if trial.code is None else f"exit {trial.code}"


def score(verdict: TrialVerdict, group: Group) -> str:
    """The score of a group, in words."""
    found = verdict.score(group)
    percent = "" if found.percent is None else f" ({found.percent}%)"
    beside = [f"{found.known} known"] if found.known else []
    beside += [f"{found.never_met} never met"] if found.never_met else []
    return f"{found.good} of {found.met} {GOOD_WORDS[group]}{percent}{''.join(f', {each}' for each in beside)}"


def wrong(verdict: TrialVerdict) -> Iterator[Wrong]:
    """What is wrong with requests, each thing once."""
    alike: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in verdict.findings:
        alike.setdefault((finding.code, finding.operation, finding.message), []).append(finding)
    for findings in alike.values():
        yield Wrong(findings[0], tuple(dict.fromkeys(finding.source for finding in findings)))


def place(finding: Finding) -> str:
    """The scenario, the request's number from 1, and the request."""
    request = finding.shown_by[-1].request if finding.shown_by else None
    asked = "" if request is None else f": {request.method} {request.url}"
    return f"{finding.source}, request {(finding.entry or 0) + 1}{asked}"


def unusual(trial: Trial) -> bool:
    """Whether a trial is shown in brief: it is not as one would have it."""
    return trial.result not in (*GOOD, Result.NEVER_MET)


def told(trial: Trial) -> str:
    """What the result means; of what says nothing, and of a survivor, what the server did."""
    return trial.summary if trial.result is Result.SURVIVED or not trial.words else trial.words


def summary(verdict: TrialVerdict) -> str:
    """The verdict in one line."""
    parts = [f"{group} {each.good} of {each.met}" for group, each in verdict.scores.items()]
    found = [sum(finding.severity is level for finding in verdict.findings) for level in (Severity.ERROR, Severity.WARNING)]
    requests = f"requests: {number(found[0], 'error')}, {number(found[1], 'warning')}"
    return f"{verdict.outcome}: {'; '.join([number(len(verdict.trials), 'run'), *parts, requests])}"


def why_stale(verdict: TrialVerdict, name: str) -> str:
    """Why an entry of the baseline is stale."""
    ran = any(trial.id == name for trial in verdict.trials)
    return "the client does well" if ran else "this version has no such scenario"


def notes(verdict: TrialVerdict) -> Iterator[str]:
    """What else there is to say: what falls short, what is stale, what was left out."""
    yield from (f"Too low: {gap}" for gap in verdict.gaps)
    yield from (
        f"Stale: the baseline has {name}, but {why_stale(verdict, name)}; remove it, or use --update-baseline"
        for name in verdict.stale
    )
    if verdict.reason is not None:
        yield f"Could not judge: {verdict.reason}"
    if verdict.interrupted:
        yield f"Interrupted: {number(verdict.left, 'scenario')} left out"
