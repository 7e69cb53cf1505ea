"""The choices of a user of `mconn client`: the least scores, and a baseline of scenarios that a client is known to fail."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mconn_contracts.errors import UsageError
from mconn_contracts.model.trial import BAD, GOOD, GROUPS, Group, Result, TrialVerdict
from mconn_contracts.policy.baseline import NO_REASON, VERSION, content_of
from mconn_contracts.policy.coverage_gate import FailUnder, Least, first_of
from mconn_contracts.process.files import write_whole

MEASURES = tuple(group.value for group in GROUPS)
_ALL = Least(100, share=True)
DEFAULT: FailUnder = {Group.STYLES.value: _ALL, Group.GROWTH.value: _ALL}
"""The default least scores: an honest server breaks no client, and neither does the next revision."""
RATCHET: FailUnder = dict.fromkeys(MEASURES, _ALL)
"""The least scores with a baseline: nothing gets worse."""


@dataclass(frozen=True, slots=True)
class KnownScenario:
    """An entry of the baseline. `expired` says that its last day is over."""

    scenario: str
    reason: str
    expires: str | None = None
    expired: bool = False


Baseline = Mapping[str, KnownScenario]
"""Entries by the ids of their scenarios."""


def read(path: Path, today: datetime.date) -> Baseline:
    """The baseline at a path. UsageError if it cannot be read, or is not a baseline."""
    found: dict[str, KnownScenario] = {}
    for index, value in enumerate(content_of(path, "scenarios")["known"]):
        entry = KnownScenario(**value)
        try:
            expired = entry.expires is not None and datetime.date.fromisoformat(entry.expires) < today
        except ValueError as error:
            raise UsageError(f"{path}: known.{index}.expires: {entry.expires!r} is not a day: {error}") from None
        if entry.scenario in found:
            raise UsageError(f"{path}: known.{index} names {entry.scenario} again; remove one entry")
        found[entry.scenario] = replace(entry, expired=expired)
    return found


def write(path: Path, baseline: Baseline) -> None:
    """Write a baseline, sorted. UsageError if the file cannot be written."""
    known = [
        {"scenario": entry.scenario, "reason": entry.reason, **({"expires": entry.expires} if entry.expires else {})}
        for _, entry in sorted(baseline.items())
    ]
    write_whole(path, "the baseline", [json.dumps({"version": VERSION, "known": known}, indent=2, ensure_ascii=False) + "\n"])


def updated(baseline: Baseline, verdict: TrialVerdict, reason: str | None, names: Collection[str]) -> Baseline:
    """The next baseline: the scenarios that a run failed, and those of all `names` that it did not run."""
    ran = {trial.id: trial for trial in verdict.trials}
    kept = {name: entry for name, entry in baseline.items() if (ran[name].result in BAD if name in ran else name in names)}
    new = {name: KnownScenario(name, reason or NO_REASON) for name, trial in ran.items() if trial.result in BAD}
    return {**new, **{name: entry for name, entry in kept.items() if not entry.expired}}


def compared(verdict: TrialVerdict, baseline: Baseline, names: Collection[str]) -> TrialVerdict:
    """The verdict with the scenarios of the baseline marked as known, and with the stale entries.

    Stale is what now passes, and what is none of the `names` of all scenarios.
    """
    holding = {name for name, entry in baseline.items() if not entry.expired}
    trials = tuple(replace(trial, known=trial.id in holding and trial.result in BAD) for trial in verdict.trials)
    ran = {trial.id for trial in trials}
    better = [trial.id for trial in trials if trial.id in baseline and trial.result in GOOD]
    return replace(verdict, trials=trials, stale=(*better, *sorted(baseline.keys() - ran - {*names})))


def gated(verdict: TrialVerdict, least: FailUnder, asked: Collection[str] = ()) -> TrialVerdict:
    """The verdict with a line for each group that does not reach its least score.

    The groups in `asked` must be measured: a least score that nobody asked for holds only where its group was met.
    """
    return replace(verdict, gaps=tuple(_gaps(verdict, least, asked)))


def _gaps(verdict: TrialVerdict, least: FailUnder, asked: Collection[str]) -> Iterator[str]:
    for group in GROUPS:
        required = least.get(group.value)
        if required is None:
            continue
        score, results = verdict.score(group), {trial.result for trial in verdict.trials if trial.group is group}
        if results <= {Result.NEVER_MET}:
            if group.value in asked and required.amount and not (verdict.interrupted and not results):
                yield f"{group}: none was {'met' if results else 'run'}, but {required.required}"
        elif score.good < required.of(score.met):
            bad = [trial.name for trial in verdict.trials if trial.group is group and trial.result in BAD and not trial.known]
            named = f"missing: {first_of(bad)}" if bad else "the client met no more"
            yield f"{group}: {score.good} of {score.met}, but {required.required}; {named}"
