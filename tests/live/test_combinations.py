"""Honest behaviors combined at random are accused of nothing; the seed changes daily, and is in the header of the run."""

from __future__ import annotations

from dataclasses import fields

from benchmarks.combinations import CHOICES, ON_THE_WIRE, accused_of, combinations

from benchmarks import seed
from mconn_contracts.server.behavior import DEFAULT

NUMBER = 25


def test_no_combination_of_honest_behaviors_is_accused() -> None:
    """Whatever servers choose together where nobody documents it, the probes find no error and come to a verdict."""
    drawn = combinations(seed.of_today(), NUMBER)
    accused = {f"{style.name}: {style.summary}": accused_of(style) for style in drawn}

    assert {} == {name: found for name, found in accused.items() if found}


def test_combinations_are_those_of_their_seed() -> None:
    """The same seed gives the same servers, so that a daily failure can be had again; another seed gives others."""
    drawn = [[style.behavior for style in combinations(drawn_by, 5)] for drawn_by in (1, 1, 2)]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])


def test_every_member_that_shows_is_combined() -> None:
    """Each choice of a behavior is drawn from what the styles choose, but what only a connection shows."""
    names = {field.name for field in fields(DEFAULT)}

    assert names == CHOICES.keys() | ON_THE_WIRE
    assert [] == [name for name, values in CHOICES.items() if getattr(DEFAULT, name) not in values]
