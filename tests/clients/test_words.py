"""What is said of scenarios, and how they are chosen."""

from __future__ import annotations

import pytest

from mconn_contracts.clients.scenario import chosen, scenarios
from mconn_contracts.clients.words import differences
from mconn_contracts.model.trial import GROUPS, Group
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import REFERENCE, STYLES


@pytest.mark.parametrize("name", sorted(STYLES.keys() - {REFERENCE.name}))
def test_every_style_has_words_for_what_it_does_another_way(name: str) -> None:
    """The end of "breaks where" names each choice that is not the reference server's."""
    assert differences(STYLES[name])


@pytest.mark.parametrize(
    "name, words",
    [
        ("descending", "the list descends"),
        ("lean", "an envelope has no `errors` and no `messages` and answers say nothing of rate limits"),
        (
            "pages-of-five",
            "a page has 5 events where no limit is asked for and a page has at most 5 events, whatever limit is asked for",
        ),
        ("empty-page-ends", "the last page has a cursor, to an empty page"),
        ("integral-floats", "numbers are written as 3.0"),
        ("burst", "all events are of one second"),
    ],
)
def test_a_style_is_told_in_plain_words(name: str, words: str) -> None:
    """What a client takes for granted can be read off the words."""
    assert words == " and ".join(differences(STYLES[name]))


def test_every_style_and_fault_is_a_scenario_with_an_id_of_its_own() -> None:
    """There is one for each style but the reference, and one for each fault; no id stands twice."""
    every = tuple(scenarios())
    by_group = {group: [each.name for each in every if each.group is group] for group in GROUPS}

    assert len(every) == len({each.id for each in every})
    assert [name for name in STYLES if name != REFERENCE.name] == by_group[Group.STYLES]
    assert list(FAULTS) == by_group[Group.FAULTS]
    assert "2026-08-14" == by_group[Group.GROWTH][-1]


def test_a_choice_is_a_group_a_name_or_a_pattern() -> None:
    """Each takes in what it names, in the order of reports; none takes in all."""
    names = [each.id for each in chosen(["growth/2026-06-*", "descending", "faults/count-off-by-one"])]

    assert ["styles/descending", "faults/count-off-by-one", "growth/2026-06-02"] == names
    assert {Group.WEATHER} == {each.group for each in chosen(["weather"])}
    assert tuple(scenarios()) == chosen([])
