"""The report of a client for people: what is not as one would have it, by group, and the scores."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.trial import Trial, TrialVerdict
from mconn_contracts.process.lines import logged
from mconn_contracts.reports.clients.wording import TITLES, notes, opinion, place, score, summary, told, unusual, wrong
from mconn_contracts.reports.wording import number

_SAID = 3
"""How many lines of a command's output are shown without `verbose`."""


def pieces(verdict: TrialVerdict, *, verbose: bool = False) -> Iterator[str]:
    """Lines of text, with the verdict last. With `verbose`, every scenario, and all of the command's output that was kept."""
    for line in _lines(verdict, verbose):
        yield f"{logged(line)}\n"


def _lines(verdict: TrialVerdict, verbose: bool) -> Iterator[str]:
    if verdict.trials:
        yield f"Clean: {opinion(verdict.trials[0])}, {number(verdict.trials[0].requests, 'request')}"
    for group in verdict.scores:
        yield f"{TITLES[group]}: {score(verdict, group)}"
        trials = [trial for trial in verdict.trials if trial.group is group and (verbose or unusual(trial))]
        width = max((len(trial.name) for trial in trials), default=0)
        for trial in trials:
            yield from _trial(trial, width, None if verbose else _SAID)
    for each in wrong(verdict):
        finding = each.first
        yield f"{finding.code} {finding.name} ({finding.severity.label}) in {number(len(each.scenarios), 'scenario')}"
        yield f"  {place(finding)}"
        yield f"    {finding.message}"
    yield from notes(verdict)
    yield summary(verdict)


def _trial(trial: Trial, width: int, most: int | None) -> Iterator[str]:
    result = f"{trial.result} (known)" if trial.known else trial.result.value
    yield f"  {trial.name:<{width}}  {result}  {opinion(trial)}, {number(trial.requests, 'request')}: {told(trial)}"
    if trial.said and not trial.known:
        yield from (f"    | {line}" for line in trial.said.splitlines()[-(most or len(trial.said)) :])
