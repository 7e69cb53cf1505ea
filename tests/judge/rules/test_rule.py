"""What a rule says of itself, and of what it finds, where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator

from mconn_contracts.judge.reading.views import Answer
from mconn_contracts.judge.rules.rule import DECIDED, Hit, Ruling, rule
from mconn_contracts.model.finding import Severity


def test_a_rule_holds_in_batches_only_if_it_says_so() -> None:
    """Nobody claims by oversight that payloads with equal facts have equal findings."""

    def predicate(_: Answer) -> Iterator[Ruling]:
        yield DECIDED

    assert (False, True) == (
        rule("MC001", on=Answer)(predicate).in_batches,
        rule("MC001", on=Answer, in_batches=True)(predicate).in_batches,
    )


def test_a_hit_weighs_as_much_as_its_statement() -> None:
    """It is at the judged exchange, and by the statement, where it names no other."""
    assert Hit("/result", "words") == Hit("/result", "words", "", None, (), (), Severity.ERROR)
