"""Since when kinds and fields are known."""

from __future__ import annotations

from functools import cache

from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.contract.revisions import (
    FIRST_REVISION,
    NEW_FIELDS,
    NEW_KINDS,
    OPEN_SINCE,
    REVISION,
    field_known_since,
    judged_by,
    known_since,
)

NAMES = sorted([*shipped(), REVISION])


@cache
def revision(name: str) -> Document:
    """The document of a revision."""
    return load() if name == REVISION else overlaid(load(), [name])


def test_the_document_is_of_its_revision() -> None:
    """The document names its revision, which no overlay is, and the first of all is an overlay."""
    assert (REVISION, FIRST_REVISION) == (load().raw["info"]["x-vendor-revision"], NAMES[0])
    assert REVISION not in shipped()
    assert ("judge without `--overlay`", "judge with `--overlay 2026-08-14`") == (judged_by(REVISION), judged_by("2026-08-14"))


def test_the_table_is_what_the_revisions_declare() -> None:
    """Each kind that not all revisions declare is named with the first that does."""
    known = set(revision(FIRST_REVISION).kinds)
    expected: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        if new := tuple(kind for kind in revision(name).kinds if kind not in known):
            expected[name] = new
        known.update(new)

    assert expected == NEW_KINDS
    assert {kind: name for name, kinds in expected.items() for kind in kinds} == {
        kind: known_since(kind) for kind in known - set(revision(FIRST_REVISION).kinds)
    }


def test_the_table_of_fields_is_what_the_revisions_declare() -> None:
    """So is each field of a schema that the first revision has."""
    schemas = revision(FIRST_REVISION).raw["components"]["schemas"]
    known = {(name, field) for name, schema in schemas.items() for field in schema.get("properties", ())}
    expected: dict[str, tuple[tuple[str, str], ...]] = {}
    for name in NAMES:
        now = revision(name).raw["components"]["schemas"]
        fields = [(each, field) for each in schemas if each in now for field in now[each].get("properties", ())]
        if new := tuple(field for field in fields if field not in known and field != ("Event", "k")):
            expected[name] = new
        known.update(new)

    assert expected == NEW_FIELDS
    assert [REVISION, None, None] == [field_known_since(*each) for each in [("EventGetResponse", "v"), ("Event", "k"), ("", "v")]]


def test_events_are_open_from_one_revision_on() -> None:
    """Before it, each kind has a schema of its own; from it on, none has."""
    assert [name >= OPEN_SINCE for name in NAMES] == [
        "oneOf" not in revision(name).at("/components/schemas/Event") for name in NAMES
    ]
