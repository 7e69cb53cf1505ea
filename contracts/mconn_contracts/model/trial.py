"""What a client came to in each scenario that it was run under."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mconn_contracts.model.finding import Finding, Severity
from mconn_contracts.model.outcome import EXIT_CODES, Outcome


class Group(enum.StrEnum):
    """What a scenario is one of; `CLEAN` is the reference server as it is."""

    CLEAN = "clean"
    STYLES = "styles"
    FAULTS = "faults"
    GROWTH = "growth"
    WEATHER = "weather"


GROUPS = (Group.STYLES, Group.FAULTS, Group.GROWTH, Group.WEATHER)
"""The groups that are scored."""


class Result(enum.StrEnum):
    """What one scenario came to."""

    PASSED = "passed"
    BROKEN = "broken"
    """The client fails where the server is honest, or gets lost in the weather."""
    NOTICED = "noticed"
    """The client fails where the server breaks a promise."""
    SURVIVED = "survived"
    """The client passes although the server broke a promise in an answer that it got."""
    NEVER_MET = "never met"
    """No answer that the client got was another one than in the clean scenario."""
    UNSTABLE = "unstable"
    """The client fails, although every answer was that of the clean scenario. Or it is broken, and not when it is run again."""


GOOD = frozenset({Result.PASSED, Result.NOTICED})
BAD = frozenset({Result.BROKEN, Result.SURVIVED})


@dataclass(frozen=True, slots=True)
class Trial:
    """One scenario and what the client came to in it.

    `code` is the exit code of the command, 128 and more for a signal; None if its time was over and it was ended. `words`
    says what the result means. `said` is the end of what the command printed, where it failed. `known` says that the baseline
    has it.
    """

    group: Group
    name: str
    summary: str
    result: Result
    words: str
    code: int | None
    requests: int
    findings: tuple[Finding, ...] = ()
    said: str = ""
    known: bool = False

    @property
    def id(self) -> str:
        """The name with its group, as `--select` takes it."""
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class Score:
    """How a client did in one group. `met` counts the scenarios outside of the baseline, and `good` those that it passed."""

    good: int
    met: int
    never_met: int
    known: int

    @property
    def percent(self) -> int | None:
        """The share of good ones, rounded down; None if nothing was met."""
        return self.good * 100 // self.met if self.met else None


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """All that a run of a client under scenarios came to, the clean one first.

    `gaps` says in a line each which score is too low. `stale` names entries of the baseline that are good now, or that were
    not run because they are no scenarios.
    """

    command: Sequence[str]
    contract_version: str
    trials: tuple[Trial, ...]
    gaps: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    interrupted: bool = False
    left: int = 0
    """Scenarios that an interrupt left out."""
    _scores: dict[Group, Score] = field(default_factory=dict, repr=False, compare=False)

    def score(self, group: Group) -> Score:
        """How the client did in a group."""
        if group not in self._scores:
            of = [trial for trial in self.trials if trial.group is group]
            counted = [trial for trial in of if not trial.known and trial.result in GOOD | BAD]
            results = Counter(trial.result for trial in of)
            good = sum(trial.result in GOOD for trial in counted)
            self._scores[group] = Score(good, len(counted), results[Result.NEVER_MET], sum(trial.known for trial in of))
        return self._scores[group]

    @property
    def scores(self) -> Mapping[Group, Score]:
        """The scores of the groups that were run."""
        ran = {trial.group for trial in self.trials}
        return {group: self.score(group) for group in GROUPS if group in ran}

    @property
    def failing(self) -> frozenset[str]:
        """The names of the groups whose scores are too low."""
        return frozenset(gap.partition(":")[0] for gap in self.gaps)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with requests, in the order of the scenarios."""
        return tuple(finding for trial in self.trials for finding in trial.findings)

    @property
    def reason(self) -> str | None:
        """Why the run could not judge the client; None if it could, or was interrupted."""
        under = self.trials[1:]
        if under and not self.interrupted and all(trial.result is Result.NEVER_MET for trial in under):
            met = "the scenario" if len(under) == 1 else f"any of the {len(under)} scenarios"
            return f"the command did not meet {met}: it got no answer that differs from that of the clean server"
        return None

    @property
    def outcome(self) -> Outcome:
        """What it comes to in one word."""
        if self.interrupted or self.reason or any(trial.result is Result.UNSTABLE for trial in self.trials):
            return Outcome.UNDECIDED
        if self.gaps or any(finding.severity >= self.fail_on for finding in self.findings):
            return Outcome.FAILED
        if self.stale:
            return Outcome.STALE
        return Outcome.KNOWN if any(trial.known for trial in self.trials) else Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """What a command exits with."""
        return EXIT_CODES[self.outcome]
