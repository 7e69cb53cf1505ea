"""The count of what tools tell of two documents."""

from __future__ import annotations

import pytest
from benchmarks.diff import Item

ADDED = "kind-added HaError"


@pytest.mark.parametrize(
    "fact, item, expected",
    [
        (ADDED, Item("/a", "added the new `HaError` enum value"), True),
        (ADDED, Item("/a", "removed the `HaError` enum value"), False),
        (ADDED, Item("/a", "modified Schema enum", '["Init"]', '["Init", "HaError"]'), True),
        (ADDED, Item("/a", "modified Schema enum", '["HaError"]', '["HaError", "HaInit"]'), False),
        (ADDED, Item("/a", "modified Schema description", "", "HaError"), False),
        ("payload-undeclared StartUpgrade.url", Item("/a", "removed Schema", '{"StartUpgrade": {"url": 1}}'), True),
        ("payload-undeclared StartUpgrade.url", Item("/a", "removed Schema", '{"url": 1}'), False),
        ("union-opened e", Item("/a", "added Schema additionalProperties"), True),
        ("operation-id-changed GET …/events/{}.{}", Item("/x/events/{event_t}.{event_n}", "modified operationId"), True),
        ("operation-id-changed GET …/events/latest", Item("/x/events/{event_t}.{event_n}", "modified operationId"), False),
    ],
)
def test_an_item_names_a_change_that_it_is_about(fact: str, item: Item, expected: bool) -> None:
    """An item names a change by the name of the kind or field, unless it says the contrary or is a description."""
    assert expected is item.names(fact)
