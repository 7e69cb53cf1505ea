"""The report of a client for a step summary, a pull request or a wiki: GitHub Flavored Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.model.trial import Group, Trial, TrialVerdict
from mconn_contracts.reports.clients.wording import TITLES, notes, opinion, place, score, summary, told, wrong
from mconn_contracts.reports.markdown import MARKS, plain


def pieces(verdict: TrialVerdict) -> Iterator[str]:
    """A table of the scores, and one of the scenarios of each group, folded."""
    for line in _lines(verdict):
        yield f"{line}\n"


def _lines(verdict: TrialVerdict) -> Iterator[str]:
    yield f"## {MARKS[verdict.outcome]} mconn client: {verdict.outcome}"
    yield ""
    yield f"{plain(summary(verdict).partition(': ')[2])}. Contract {plain(verdict.contract_version)}."
    for note in notes(verdict):
        yield from ("", f"> {plain(note)}")
    yield from ("", "| group | score |", "| --- | --- |")
    for group in verdict.scores:
        yield f"| {plain(TITLES[group])} | {plain(score(verdict, group))} |"
    found = list(wrong(verdict))
    if found:
        yield from ("", "| code | fault | severity | scenarios | first place | what |", "| --- | --- | --- | ---: | --- | --- |")
    for each in found:
        first = each.first
        cells = (
            first.code,
            plain(first.name),
            first.severity.label,
            str(len(each.scenarios)),
            plain(place(first)),
            plain(first.message),
        )
        yield f"| {' | '.join(cells)} |"
    for group in (Group.CLEAN, *verdict.scores):
        trials = [trial for trial in verdict.trials if trial.group is group]
        yield from ("", f"<details><summary>{plain(TITLES[group])}</summary>", "")
        yield from ("| scenario | result | opinion | requests | what |", "| --- | --- | --- | ---: | --- |")
        yield from map(_row, trials)
        yield from ("", "</details>")


def _row(trial: Trial) -> str:
    result = f"{trial.result} (known)" if trial.known else trial.result.value
    return f"| {' | '.join(map(plain, (trial.name, result, opinion(trial), str(trial.requests), told(trial))))} |"
