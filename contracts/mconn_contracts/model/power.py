"""How much a run proves: the faults that it would have noticed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """The data that a run has seen: distinct events, kinds, the pages of its longest walk; and the events that were taken."""

    events: int
    kinds: int
    pages: int
    taken: int


@dataclass(frozen=True, slots=True)
class MoreData:
    """What to do so that more is noticed, as the end of a sentence, and the faults that are noticed then."""

    words: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Power:
    """What a run proves, by the faults of the reference server: of `faults`, `noticed` would have failed it.

    `more` is what would show others, the most first; `unnoticed` are those that nothing tried here would show.
    """

    seen: Seen
    faults: int
    noticed: int
    more: tuple[MoreData, ...] = ()
    unnoticed: tuple[str, ...] = ()
