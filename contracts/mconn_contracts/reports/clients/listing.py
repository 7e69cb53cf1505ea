"""The results of a client under scenarios, as a listing: a table for each group, and one for the faults of its requests."""

from __future__ import annotations

from mconn_contracts.model.trial import BAD, GOOD, Group, Result, Trial, TrialVerdict
from mconn_contracts.reports.clients.wording import TITLES, notes, opinion, place, score, summary, told, why_stale, wrong
from mconn_contracts.reports.listings.listing import Listing, Row, State, Table, undecided


def listing(verdict: TrialVerdict) -> Listing:
    """Every scenario is a row. Scores that are too low, and entries of the baseline that are stale, fail the run."""
    groups = (Group.CLEAN, *verdict.scores)
    requests = _requests(verdict)
    gates = [Row(gap.partition(":")[0], "too low", State.BAD, gap) for gap in verdict.gaps]
    gates += [Row(name, "stale", State.BAD, f"the baseline has {name}, but {why_stale(verdict, name)}") for name in verdict.stale]
    interrupted = "a signal ended the run" if verdict.interrupted else None
    return Listing(
        "client",
        verdict.outcome,
        f"{summary(verdict).partition(': ')[2]}. Contract {verdict.contract_version}",
        [*([requests] if requests.rows else []), *(_group(verdict, group) for group in groups)],
        [(f"{each.good} of {each.met}", group.value) for group, each in verdict.scores.items()],
        [*notes(verdict)],
        [*gates, *undecided(verdict.reason or interrupted)],
    )


def _group(verdict: TrialVerdict, group: Group) -> Table:
    rows = [_row(trial, failing=group.value in verdict.failing) for trial in verdict.trials if trial.group is group]
    scored = score(verdict, group) if group in verdict.scores else ""
    return Table(group.value, TITLES[group], "scenario", rows, ("opinion", "requests"), scored)


def _row(trial: Trial, *, failing: bool) -> Row:
    result = f"{trial.result} (known)" if trial.known else trial.result.value
    cells = (opinion(trial), str(trial.requests))
    return Row(trial.name, result, _state(trial, failing=failing), told(trial), cells, trial.summary, trial.said)


def _state(trial: Trial, *, failing: bool) -> State:
    """What is bad fails the run only if the score of its group does."""
    if trial.result in GOOD:
        return State.GOOD
    if trial.result is Result.UNSTABLE:
        return State.UNDECIDED
    return State.BAD if trial.result in BAD and failing and not trial.known else State.SKIPPED


def _requests(verdict: TrialVerdict) -> Table:
    rows = []
    for each in wrong(verdict):
        first = each.first
        state = State.BAD if first.severity >= verdict.fail_on else State.NOTED
        name = f"{first.code} {first.name} {first.operation or ''}".rstrip()
        cells = (str(len(each.scenarios)), place(first))
        rows.append(Row(name, first.severity.label, state, first.message, cells, f"in {', '.join(each.scenarios)}"))
    return Table("requests", "Faults of the requests", "finding", rows, ("scenarios", "first place"))
