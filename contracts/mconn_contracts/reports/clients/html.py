"""The report of a client for a browser: one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from mconn_contracts.model.trial import GOOD, Group, Result, Trial, TrialVerdict
from mconn_contracts.reports.clients.wording import TITLES, notes, opinion, place, score, summary, told, wrong
from mconn_contracts.reports.html import MARKS
from mconn_contracts.reports.page import escaped, page
from mconn_contracts.reports.wording import number


def pieces(verdict: TrialVerdict) -> Iterator[str]:
    """One document, with a table for each group."""
    yield from page(f"{verdict.outcome} – mconn client", _body(verdict))


def _body(verdict: TrialVerdict) -> Iterator[str]:
    result = verdict.outcome
    yield "<header>"
    yield f'<h1><span class="outcome {result}"><span aria-hidden="true">{MARKS[result]}</span> {result}</span> mconn client</h1>'
    yield f"<p>{escaped(summary(verdict).partition(': ')[2])}. Contract {escaped(verdict.contract_version)}.</p>"
    yield from (f'<p class="reason">{escaped(note)}</p>' for note in notes(verdict))
    scores = verdict.scores.items()
    tiles = "".join(f"<li><b>{each.good} of {each.met}</b> {escaped(group)}</li>" for group, each in scores)
    yield f'<ul class="tiles" aria-label="Scores">{tiles}</ul>'
    yield "</header>\n<main>"
    yield from _requests(verdict)
    for group in (Group.CLEAN, *verdict.scores):
        yield from _group(verdict, group)
    yield "</main>"
    yield f"<footer>Written by mconn {escaped(version('mconn-contracts'))}. Nothing here was loaded from elsewhere.</footer>"


def _requests(verdict: TrialVerdict) -> Iterator[str]:
    for each in wrong(verdict):
        first = each.first
        yield (
            f'<article class="{first.severity.label}"><h3><span class="code">{escaped(first.code)}</span> {escaped(first.name)} '
            f'<span class="severity">{first.severity.label}</span> '
            f'<span class="total">{number(len(each.scenarios), "scenario")}</span></h3>'
            f"<p>{escaped(first.message)}</p><p><code>{escaped(place(first))}</code></p></article>"
        )


def _group(verdict: TrialVerdict, group: Group) -> Iterator[str]:
    scored = f": {score(verdict, group)}" if group in verdict.scores else ""
    name = escaped(group)
    yield f'<section aria-labelledby="{name}"><h2 id="{name}">{escaped(TITLES[group])}{escaped(scored)}</h2>'
    yield (
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}"><table><thead><tr><th scope="col">scenario</th>'
        '<th scope="col">result</th><th scope="col">opinion</th><th scope="col">requests</th><th scope="col">what</th>'
        "</tr></thead><tbody>"
    )
    yield from (_row(trial) for trial in verdict.trials if trial.group is group)
    yield "</tbody></table></div></section>"


def _row(trial: Trial) -> str:
    style = "kept" if trial.result in GOOD else "undecided" if trial.known or trial.result is Result.NEVER_MET else "is-broken"
    result = f"{trial.result}{' (known)' if trial.known else ''}"
    said = f'<details><summary>said</summary><pre tabindex="0">{_lines(trial.said)}</pre></details>' if trial.said else ""
    return (
        f'<tr><th scope="row">{escaped(trial.name)}</th><td class="{style}">{escaped(result)}</td>'
        f"<td>{escaped(opinion(trial))}</td><td>{trial.requests}</td><td>{escaped(told(trial))}{said}</td></tr>"
    )


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))
