"""What was seen and is not declared: any split of it merges to the same."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.model.undeclared import LONGEST_NAME, MOST_FIELDS, MOST_KINDS, Undeclared, UndeclaredFields, shorter

KINDS = [f"K{number:02}" for number in range(MOST_KINDS + 3)] + ["x" * (LONGEST_NAME + 1)]
FIELDS = [f"f{number:02}" for number in range(MOST_FIELDS + 3)] + ["y" * (LONGEST_NAME + 1)]
sighting = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(FIELDS), st.sampled_from(["string", "null"]), st.sampled_from(["", '"a"', "1"])
)


def counted(sightings: list[tuple[str, str, str, str]]) -> Undeclared:
    """What comes of these, each a field of a kind and of a schema."""
    seen = Undeclared()
    for kind, name, form, example in sightings:
        found = seen.kind(kind)
        fields = seen.schemas.setdefault("/a/properties", UndeclaredFields())
        for each in (fields, *([found.fields] if found else [])):
            field = each.of(name)
            if field is not None:
                field.saw(form, {form: 2}, example)
                each.bound()
        seen.bound()
        seen.known_since(form)
    return seen


@given(st.lists(sighting, max_size=120), st.lists(st.integers(0, 120), max_size=3), st.randoms(use_true_random=False))
def test_any_split_merges_to_the_same(sightings: list[tuple[str, str, str, str]], cuts: list[int], random: Random) -> None:
    """Parts in any number and order come to what one part does, also past the bounds."""
    bounds = [0, *sorted(cuts), len(sightings)]
    parts = [counted(sightings[start:stop]) for start, stop in pairwise(bounds)]
    random.shuffle(parts)
    merged = Undeclared()
    for part in parts:
        merged.merge(part)
    whole = counted(sightings)

    assert whole.revisions == merged.revisions
    assert (whole.kinds.keys(), whole.left_out) == (merged.kinds.keys(), merged.left_out)
    assert {name: kind.number for name, kind in whole.kinds.items()} == {name: kind.number for name, kind in merged.kinds.items()}
    assert whole.schemas == merged.schemas
    assert len(merged.kinds) <= MOST_KINDS


def test_the_better_example_is_the_shorter() -> None:
    """Of equal length, the first in the order of text; an empty one is none."""
    assert ["a", "a", "b", ""] == [shorter("a", "bb"), shorter("b", "a"), shorter("", "b"), shorter("", "")]
