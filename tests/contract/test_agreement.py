"""One document changed to agree with another, and the overlay that says so."""

from __future__ import annotations

import contextlib
import copy
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.authors import rewritten
from tests.contract.edits import APART, EDITS, Edit
from tests.contract.test_comparison import BASE, CONTRACT, REVISIONS, form, revision

from mconn_contracts.contract.comparison.agreement import agreeing
from mconn_contracts.contract.comparison.normal import Api
from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.comparison.overlay import overlay
from mconn_contracts.contract.comparison.reading import normal_form
from mconn_contracts.contract.comparison.scope import cut
from mconn_contracts.contract.document import Document
from mconn_contracts.contract.export import to_yaml
from mconn_contracts.contract.overlays import overlaid

NOT_JUDGED = {"authoring-differs", "description-changed", "operation-id-changed"}
"""What no answer shows."""
OTHER_WAYS = [("2026-08-14", CONTRACT), ("2026-06-02", "2025-02-18")]
LEFT = {"operation-removed", "union-opened e/k"}
"""What an overlay does not take out: the operations and the kinds without which nothing could be judged."""


def left(document: Document, wanted: Api) -> list[str]:
    """What still tells a document from a normal form, but for what no answer shows."""
    facts = compare(normal_form(document), wanted)
    return [f"{each.name} {each.subject}" for each in facts if each.name not in NOT_JUDGED]


@pytest.mark.parametrize("before, after", list(itertools.permutations(REVISIONS, 2)))
def test_one_revision_is_made_of_another(before: str, after: str) -> None:
    """A revision that is made to agree with another promises what that does."""
    assert [] == left(agreeing(revision(before), form(after)), form(after))


@pytest.mark.parametrize("before, after", [(CONTRACT, name) for name in REVISIONS[:3] + REVISIONS[4:]] + OTHER_WAYS)
def test_an_overlay_makes_one_revision_of_another(before: str, after: str, tmp_path: Path) -> None:
    """The overlay from a revision to another, applied to the first, leaves nothing that is judged between the two."""
    made = agreeing(revision(before), form(after))
    path = tmp_path / "overlay.yaml"
    path.write_text(to_yaml(overlay(revision(before), made, "made")), encoding="utf-8")
    applied = overlaid(revision(before), [str(path)])

    assert made.raw == applied.raw
    assert [] == left(applied, form(after))


@pytest.mark.parametrize("name", REVISIONS)
def test_a_document_that_agrees_stays_as_it_is(name: str) -> None:
    """Another author's document with the same promises changes nothing, and gives an overlay without actions."""
    other = normal_form(cut(rewritten(revision(name)), "other.json"))
    made = agreeing(revision(name), other)

    assert [] == overlay(revision(name), made, "made")["actions"]


@pytest.mark.parametrize("name", REVISIONS)
def test_another_authors_document_can_be_made_to_agree(name: str) -> None:
    """A document in 3.0, with inline unions and envelopes by `allOf`, comes to promise what a revision does."""
    other = cut(rewritten(BASE), "other.json")

    assert [] == left(agreeing(other, form(name)), form(name))


def edited(base: Document, numbers: list[int]) -> Document:
    """A document after the edits of these numbers."""
    raw = copy.deepcopy(dict(base.raw))
    for number in numbers:
        # Of what an earlier edit has taken away, nothing can be changed any more.
        with contextlib.suppress(KeyError, ValueError, AttributeError):
            EDITS[number][1](raw)
    return cut(raw, "edited.yaml")


_EDITS = st.lists(st.integers(0, len(EDITS) - 1), max_size=5, unique=True)


@settings(max_examples=10)
@given(before=_EDITS, after=_EDITS, name=st.sampled_from([CONTRACT, "2026-06-02", "2026-08-14"]))
def test_any_edited_document_can_be_made_to_agree_with_any_other(before: list[int], after: list[int], name: str) -> None:
    """Whatever tells two documents apart, one can be made to agree in all that is judged, and the way back mirrors."""
    first, second = edited(BASE, before), edited(revision(name), after)
    here, wanted = normal_form(first), normal_form(second)
    there, back = compare(here, wanted), compare(wanted, here)

    assert set() == {each for each in left(agreeing(first, wanted), wanted) if not each.startswith(tuple(LEFT))}
    assert sorted(each.seen_from_the_other_side for each in there if each.name != "authoring-differs") == sorted(
        (*each.identity, tuple(sorted(each.places))) for each in back if each.name != "authoring-differs"
    )


@pytest.mark.parametrize("edit", [each[1] for each in APART], ids=[each[0] for each in APART])
def test_what_several_places_share_is_changed_in_one(edit: Edit) -> None:
    """A change of one place leaves the others that refer to the same component as they are, in our form and in another's."""
    raw = copy.deepcopy(dict(BASE.raw))
    edit(raw)
    wanted = normal_form(cut(raw, "edited.yaml"))

    assert [[], []] == [left(agreeing(base, wanted), wanted) for base in (BASE, cut(rewritten(BASE), "other.json"))]
    assert [] == left(agreeing(cut(raw, "edited.yaml"), form(CONTRACT)), form(CONTRACT))


def test_a_kind_of_any_name_is_declared() -> None:
    """A component is named by the characters that OpenAPI allows, and the kind is found by it."""
    raw = copy.deepcopy(dict(revision("2026-08-14").raw))
    raw["components"]["schemas"]["Event"]["properties"]["k"]["enum"].append('a/b~"é')
    raw["components"]["schemas"]["Event"]["additionalProperties"] = False
    wanted = normal_form(cut(raw, "edited.yaml"))

    assert [] == left(agreeing(BASE, wanted), wanted)
