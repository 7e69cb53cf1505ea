"""Since when kinds are known."""

from __future__ import annotations

from mconn_contracts.contract.document import load
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.contract.revisions import NEW_KINDS, known_since


def test_the_table_is_what_the_overlays_declare() -> None:
    """Each kind that only overlays declare is named with the first of them."""
    known = set(load().kinds)
    expected: dict[str, tuple[str, ...]] = {}
    for name in shipped():
        kinds = overlaid(load(), [name]).kinds
        if new := tuple(kind for kind in kinds if kind not in known):
            expected[name] = new
        known.update(kinds)

    assert expected == NEW_KINDS
    assert {kind: name for name, kinds in expected.items() for kind in kinds} == {
        kind: known_since(kind) for kind in known - set(load().kinds)
    }
