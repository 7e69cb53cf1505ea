"""MC5xx, last part: exactly the events are there that the user expects."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.judge.reading.expected import Expectation
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.wire.decoding import excerpt


@rule("MC518", on=Expectation)
def expected_event_missing(expectation: Expectation) -> Iterator[Ruling]:
    """Every expected event is shown."""
    if not expectation.not_looked_for:
        yield DECIDED
    for each in expectation.missing:
        kind = "" if each.event.k is None else f" ({excerpt(each.event.k)})"
        words = f"event {each.event.identity}{kind} is expected, and nothing shows it: {each.words}"
        yield Hit(each.pointer, words, at=each.trace)


@rule("MC519", on=Expectation)
def unexpected_event(expectation: Expectation) -> Iterator[Ruling]:
    """No event is shown that is older than the newest expected one, and is not expected."""
    if expectation.is_whole:
        yield DECIDED
    for identity, kind, place in expectation.unexpected:
        why = "and was there before the newest expected one" if expectation.expected else "and neither is any other"
        words = f"event {identity} ({excerpt(kind)}) is not expected, {why}"
        yield Hit(place.pointer, words, at=place.trace)


@rule("MC520", on=Expectation)
def expected_event_differs(expectation: Expectation) -> Iterator[Ruling]:
    """An expected event is shown as it is expected."""
    if expectation.shown:
        yield DECIDED
    for each in expectation.differing:
        seen = "absent" if each.value is None else excerpt(each.value)
        due = "absent" if each.expected is None else excerpt(each.expected)
        pointer = each.place.pointer if each.value is None else f"{each.place.pointer}/{each.member}"
        words = f"event {each.identity} has {each.member.replace('/', '.')} {seen} here, and {due} is expected"
        yield Hit(pointer, words, at=each.place.trace)


RULES = (expected_event_missing, unexpected_event, expected_event_differs)
