"""A finished run, as every report renders it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mconn_contracts.model.exchange import Exchange, Trace
from mconn_contracts.model.finding import Place, Position, Severity, Statement
from mconn_contracts.model.known import EntryState
from mconn_contracts.model.outcome import EXIT_CODES, Outcome
from mconn_contracts.model.power import Power
from mconn_contracts.model.tally import Tally


@dataclass(frozen=True, slots=True)
class Observed:
    """One undocumented choice that a run could determine, with the exchanges that showed it."""

    value: str
    shown_by: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedEvents:
    """How many events the user expects, and what became of them."""

    events: int
    shown: int
    """Those that any answer showed."""
    in_full: int
    """Those that were fetched or among the latest, with `v` if it is expected."""
    missing: int = 0
    """Those that no answer showed, though one had to."""
    unexpected: int = 0
    """Events that were there when the expected ones were written down, and are not among them."""
    perhaps_newer: int = 0
    """Other events, which may have come later."""
    without_v: int = 0
    """Those that were fetched or among the latest, and whose `v` is expected and was never shown."""

    @property
    def not_looked_for(self) -> int:
        """Those that were neither shown nor due in any answer."""
        return self.events - self.shown - self.missing


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run judged, as people ask for it first. A run over recordings has no clock."""

    name: str
    """The URL of a server, or how many files, and which."""
    profile: str | None = None
    began: float | None = None
    """Seconds since 1970."""
    seconds: float | None = None
    """How long it took."""
    operations: tuple[str, ...] = ()
    """The operations that were asked for, by operationId. If it is empty, all were asked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finished run, as every report renders it."""

    tally: Tally
    contract_version: str
    operations: tuple[str, ...]
    """The operations that were asked for, of those that the document declares, by operationId, in its order."""
    kinds: tuple[str, ...]
    """The kinds that the document declares, in its order."""
    statements: tuple[str, ...]
    """The codes of the statements that the run judges."""
    rules: Mapping[str, Statement] = field(default_factory=dict)
    """What each statement of the document says, by code."""
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The operations whose exchanges can decide a statement by themselves; one that is left out needs several exchanges."""
    overlays: tuple[str, ...] = ()
    revision: str | None = None
    """The dated revision that was chosen by the captures, if the user asked for that."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    deciders: Mapping[str, str] = field(default_factory=dict)
    """By their codes, what would decide the statements that are undecided."""
    undecided_fails: bool = False
    """Whether the run fails because of them."""
    fail_on: Severity = Severity.ERROR
    could_not_judge: str | None = None
    """Why the run is undecided: one line, or None if it judged something."""
    cut_short: tuple[str, ...] = ()
    """What ended the run early, and what it did not see because of that. One line each."""
    exchanges: tuple[Exchange, ...] = ()
    """What was sent and received, in order, where a report was to show it."""
    every: Iterable[str] | None = None
    """Every finding, as a line of JSON, where the run kept them so; a tally keeps some of each code."""
    positions: Mapping[Place, Position] = field(default_factory=dict)
    """The places of findings in the text of their sources, as far as they are known."""
    document_lines: Mapping[str, int] = field(default_factory=dict)
    """The line of the document for each place in it that findings name, where a report was to show it."""
    subject: Subject | None = None
    ignored: tuple[str, ...] = ()
    """The codes of the statements that the user left out."""
    seed: int | None = None
    """What the requests were drawn by; None if none were."""
    verbose: bool = False
    """Whether people are shown every finding that was kept, rather than samples."""
    expected: ExpectedEvents | None = None
    """What became of the events that the user expects; None if nobody said which."""
    power: Power | None = None
    """What a live run could have noticed, if that was measured."""
    baseline: tuple[EntryState, ...] = ()
    compared: tuple[str, str] | None = None
    """What people call the documents that were compared; None if traffic was judged."""
    gaps: tuple[str, ...] = ()
    """What the run would have had to exercise as well, one line each."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the run, which decides the exit code."""
        if self.could_not_judge is not None:
            return Outcome.UNDECIDED
        worst = self.tally.worst()
        if self.gaps or (self.undecided_fails and self.undecided) or (worst is not None and worst >= self.fail_on):
            return Outcome.FAILED
        states = {each.state for each in self.baseline}
        if "stale" in states:
            return Outcome.STALE
        return Outcome.KNOWN if "known" in states else Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """What a command exits with that was not interrupted."""
        return EXIT_CODES[self.outcome]
