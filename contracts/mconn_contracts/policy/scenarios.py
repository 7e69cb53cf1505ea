"""The choices of a user of `mconn client`: the least scores, and a baseline of scenarios that a client is known to fail."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mconn_contracts.errors import UsageError
from mconn_contracts.model.trial import BAD, GOOD, GROUPS, Group, TrialVerdict
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


def updated(baseline: Baseline, verdict: TrialVerdict, reason: str | None) -> Baseline:
    """The next baseline: the scenarios that a run failed, and those that it did not run."""
    ran = {trial.id: trial for trial in verdict.trials}
    kept = {name: entry for name, entry in baseline.items() if name not in ran or ran[name].result in BAD}
    new = {name: KnownScenario(name, reason or NO_REASON) for name, trial in ran.items() if trial.result in BAD}
    return {**new, **{name: entry for name, entry in kept.items() if not entry.expired}}


def compared(verdict: TrialVerdict, baseline: Baseline) -> TrialVerdict:
    """The verdict with the scenarios of the baseline marked as known, and with the entries that now pass."""
    holding = {name for name, entry in baseline.items() if not entry.expired}
    trials = tuple(replace(trial, known=trial.id in holding and trial.result in BAD) for trial in verdict.trials)
    stale = tuple(trial.id for trial in trials if trial.id in baseline and trial.result in GOOD)
    return replace(verdict, trials=trials, stale=stale)


def gated(verdict: TrialVerdict, least: FailUnder) -> TrialVerdict:
    """The verdict with a line for each group that does not reach its least score."""
    return replace(verdict, gaps=tuple(_gaps(verdict, least)))


def _gaps(verdict: TrialVerdict, least: FailUnder) -> Iterator[str]:
    for group, score in verdict.scores.items():
        asked = least.get(group.value)
        if asked is None:
            continue
        if score.good < asked.of(score.met):
            bad = [trial.name for trial in verdict.trials if trial.group is group and trial.result in BAD and not trial.known]
            named = f"missing: {first_of(bad)}" if bad else "the client met no more"
            yield f"{group}: {score.good} of {score.met}, but {asked.required}; {named}"
