"""What every report must say of a verdict: one list of sections, which each renders in its own form."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import assert_never

from mconn_contracts.model.known import EntryState
from mconn_contracts.model.observed import sentence
from mconn_contracts.model.power import Power
from mconn_contracts.model.tally import Coverage, Tally
from mconn_contracts.model.verdict import ExpectedEvents, Observed, Subject, Verdict
from mconn_contracts.reports.wording import listed, number

_NAMED = 10
"""How many unnoticed faults are named."""


class Topic(enum.Enum):
    """What a note is about; the value is its title."""

    RUN = "Run"
    FOREIGN = "Of other APIs, not judged"
    UNANSWERED = "Without a response, not judged"
    UNREAD = "Bodies that were not kept or cannot be unpacked, not judged"
    LEFT_OUT = "Files left out"
    UNRELATED = "Beyond the limit of a session, not compared with other answers"
    EXPECTED = "Expected events"
    POWER = "Power"
    CUT_SHORT = "Ended early"
    IGNORED = "Left out by choice"
    UNDECIDED = "Undecided"
    BASELINE = "Baseline"
    GAPS = "Too little exercised"
    REASON = "Could not judge"
    OVERLAYS = "Overlays"
    SEED = "Seed"


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of the tally, perhaps none."""

    tally: Tally


@dataclass(frozen=True, slots=True)
class Exercised:
    """How much of the document was exercised, perhaps nothing."""

    exchanges: int
    coverage: Coverage
    operations: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """The declared kinds that were seen in full events."""
        return tuple(kind for kind in self.kinds if self.coverage.kinds.get(kind))

    @property
    def missing(self) -> tuple[str, ...]:
        """The declared kinds that were not."""
        return tuple(kind for kind in self.kinds if not self.coverage.kinds.get(kind))


@dataclass(frozen=True, slots=True)
class Behavior:
    """What the server was seen to choose where nothing is documented, by the name of the choice; perhaps nothing."""

    observed: Mapping[str, Observed]


@dataclass(frozen=True, slots=True)
class Note:
    """Facts on one topic, a line each. `fails` says that the exit code is not 0 because of it."""

    topic: Topic
    lines: tuple[str, ...]
    fails: bool = False


Section = Findings | Exercised | Behavior | Note


def sections(verdict: Verdict, *, people: bool = True) -> Iterator[Section]:
    """The sections of a verdict, in the order in which people read them. A note is there only if it has something to say.

    For others than `people`, nothing says when the run was, or how long it took, and what is undecided is said by its codes.
    """
    tally = verdict.tally
    if verdict.subject is not None:
        yield Note(Topic.RUN, (_subject(verdict, verdict.subject, people),))
    yield Findings(tally)
    if verdict.compared is not None:
        yield from _left_out(verdict)
        return
    yield Exercised(tally.exchanges, tally.coverage, verdict.operations, verdict.kinds)
    for topic, count in ((Topic.FOREIGN, tally.foreign), (Topic.UNANSWERED, tally.unanswered)):
        if count:
            yield Note(topic, (number(count, "entry", "entries"),))
    if tally.unread:
        yield Note(Topic.UNREAD, (f"{tally.unread} of {number(tally.exchanges, 'body', 'bodies')}",))
    if tally.left_out:
        yield Note(Topic.LEFT_OUT, (", ".join(f"{count} × {kind}" for kind, count in sorted(tally.left_out.items())),))
    if tally.unrelated:
        yield Note(Topic.UNRELATED, (number(tally.unrelated, "answer"),))
    yield Behavior(verdict.observed)
    if verdict.expected is not None:
        yield Note(Topic.EXPECTED, (_expected(verdict.expected),))
    if verdict.power is not None:
        yield Note(Topic.POWER, tuple(_power(verdict.power)))
    elif verdict.seed is not None and tally.exchanges and not tally.events:
        yield Note(
            Topic.POWER, ("no events were seen, so faults in what events show cannot have been noticed (--power counts them)",)
        )
    if verdict.cut_short:
        yield Note(Topic.CUT_SHORT, verdict.cut_short)
    yield from _left_out(verdict)
    if verdict.undecided and tally.exchanges:
        yield Note(Topic.UNDECIDED, (_undecided(verdict, verdict.verbose or not people),), verdict.undecided_fails)
    for states, fails in ((("known", "expired"), False), (("stale",), True)):
        entries = tuple(_entry_state(each) for each in verdict.baseline if each.state in states)
        if entries:
            yield Note(Topic.BASELINE, entries, fails)
    if verdict.gaps:
        yield Note(Topic.GAPS, verdict.gaps, fails=True)
    if verdict.could_not_judge is not None:
        yield Note(Topic.REASON, (verdict.could_not_judge,), fails=True)
    if verdict.overlays or verdict.revision is not None:
        yield Note(Topic.OVERLAYS, (_overlays(verdict),))
    if verdict.seed is not None and verdict.subject is None:
        yield Note(Topic.SEED, (str(verdict.seed),))


def _expected(found: ExpectedEvents) -> str:
    parts = [f"{found.shown} of {found.events} shown, {found.in_full} of them in full"]
    if found.without_v:
        parts.append(f"v of {number(found.without_v, 'event')} was never shown")
    if found.missing:
        parts.append(f"{found.missing} missing")
    if found.not_looked_for:
        parts.append(f"{found.not_looked_for} not looked for: in time that the run did not see, or perhaps expired meanwhile")
    if found.unexpected:
        parts.append(f"{found.unexpected} that {'is' if found.unexpected == 1 else 'are'} not expected")
    if found.perhaps_newer:
        parts.append(f"{number(found.perhaps_newer, 'other')} that may be newer, of which nothing is said")
    return "; ".join(parts)


def _power(power: Power) -> Iterator[str]:
    seen = power.seen
    of = f"; the newest {seen.taken} were taken" if seen.taken < seen.events else ""
    data = (
        f"with the {number(seen.events, 'event')} that {'was' if seen.events == 1 else 'were'} seen "
        f"({number(seen.kinds, 'kind')}, {number(seen.pages, 'page')} at most{of})"
        if seen.events
        else "with no events"
    )
    yield f"{data}, {power.noticed} of {power.faults} faults would have been noticed"
    if power.more:
        parts = (f"{each.words} ({number(len(each.faults), 'fault')})" for each in power.more)
        yield f"to notice more: {'; '.join(parts)}"
    if power.unnoticed:
        shown = ", ".join(power.unnoticed[:_NAMED])
        rest = f" and {len(power.unnoticed) - _NAMED} more" if len(power.unnoticed) > _NAMED else ""
        yield f"nothing that was tried would show {number(len(power.unnoticed), 'other fault')}: {shown}{rest}"


def _overlays(verdict: Verdict) -> str:
    names = ", ".join(verdict.overlays) or "none"
    if verdict.revision is None:
        return names
    return f"{names} (chosen: no revision before {verdict.revision} has all that was seen)"


def _left_out(verdict: Verdict) -> Iterator[Note]:
    if verdict.ignored:
        yield Note(Topic.IGNORED, (f"{number(len(verdict.ignored), 'statement')}: {listed(verdict.ignored)}",))


def in_words(section: Exercised | Behavior | Note) -> Iterator[str]:
    """A section other than the findings, as lines of text."""
    match section:
        case Exercised():
            yield from _exercised(section)
        case Behavior():
            if section.observed:
                yield "Observed behavior:"
            for name, observed in section.observed.items():
                yield f"  {sentence(name, observed.value)} ({name}: {observed.value})"
        case Note():
            for line in section.lines:
                yield f"{section.topic.value}: {line}"
        case _:
            assert_never(section)


def _exercised(section: Exercised) -> Iterator[str]:
    operations = section.coverage.operations
    if operations:
        yield f"Operations ({len(section.coverage.answered)} of {len(section.operations)}):"
        for operation, statuses in sorted(operations.items()):
            yield f"  {operation}: {', '.join(f'{status} × {count}' for status, count in sorted(statuses.items()))}"
    if section.exchanges:
        missing = f" (not seen: {', '.join(section.missing)})" if section.missing and section.seen else ""
        yield f"Kinds of events seen in full: {len(section.seen)} of {len(section.kinds)}{missing}"


def _undecided(verdict: Verdict, coded: bool) -> str:
    """How many statements are undecided and what would decide them, the most first; `coded` says which they are."""
    groups: dict[str, list[str]] = {}
    for code in verdict.undecided:
        groups.setdefault(verdict.deciders.get(code, "what was not met"), []).append(code)
    parts = [number(len(verdict.undecided), "statement")]
    for needed, codes in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        which = f" ({', '.join(codes)})" if coded else ""
        parts.append(f"{len(codes)} {'needs' if len(codes) == 1 else 'need'} {needed}{which}")
    return "; ".join(parts)


def _subject(verdict: Verdict, subject: Subject, clock: bool) -> str:
    parts = [subject.name]
    if subject.profile is not None:
        parts.append(f"profile {subject.profile}")
    if subject.operations:
        parts.append(f"{' and '.join(subject.operations)} alone")
    if verdict.seed is not None:
        parts.append(f"seed {verdict.seed}")
    if clock and subject.began is not None:
        parts.append(f"{datetime.fromtimestamp(subject.began, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if clock and subject.seconds is not None:
        parts.append(f"{subject.seconds:.1f} s")
    return f"mconn {version('mconn-contracts')}, contract {verdict.contract_version}: {', '.join(parts)}"


def _entry_state(each: EntryState) -> str:
    """What an entry of the baseline came to."""
    entry = each.entry
    about = " ".join(part for part in (entry.code, entry.operation, entry.source, entry.pointer) if part)
    what = {"stale": "gone; remove it from the baseline", "expired": "expired"}.get(each.state, "known")
    met = f", {number(each.findings, 'finding')}" if each.findings else ""
    until = f" until {entry.expires}" if entry.expires else ""
    return f"{about}: {what}{met} ({entry.reason}{until})"
