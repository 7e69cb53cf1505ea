"""Documents compared: what tells them apart, and what does not."""

from __future__ import annotations

import copy
import functools
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.contract.authors import rewritten
from tests.contract.edits import EDITS, GET, LIST, Edit, change, schemas

from mconn_contracts.contract.comparison.fact import Fact
from mconn_contracts.contract.comparison.normal import Api
from mconn_contracts.contract.comparison.operations import compare
from mconn_contracts.contract.comparison.reading import normal_form
from mconn_contracts.contract.comparison.scope import cut
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.errors import DocumentError

ROOT = Path(__file__).resolve().parents[2]
UPSTREAM = ROOT.parent / "shared" / "upstream"
BY_HAND = json.loads((ROOT / "benchmarks" / "diff_facts.json").read_text("utf-8"))["pairs"]
BASE = load()
CONTRACT = "2026-03-26"
REVISIONS = sorted([CONTRACT, *shipped()])
AUTHORING = "authoring-differs"


@functools.cache
def revision(name: str) -> Document:
    """The document of a date."""
    return BASE if name == CONTRACT else overlaid(BASE, [name])


@functools.cache
def form(name: str) -> Api:
    """The normal form of a dated revision."""
    return normal_form(revision(name), name)


def told(facts: list[Fact]) -> list[str]:
    """Each change and its subject, without what is only written differently."""
    return [f"{each.name} {each.subject}" for each in facts if each.name != AUTHORING]


@pytest.mark.parametrize("name", REVISIONS)
def test_nothing_tells_a_document_from_itself(name: str) -> None:
    """A revision compared with itself has no fact, not even one of authoring."""
    assert [] == compare(form(name), form(name))


@pytest.mark.parametrize("before, after", list(itertools.combinations(REVISIONS, 2)))
def test_the_way_back_mirrors_the_way_there(before: str, after: str) -> None:
    """Of two revisions, what was added one way was removed the other way, at the same places."""
    there, back = compare(form(before), form(after)), compare(form(after), form(before))

    assert sorted(each.seen_from_the_other_side for each in there) == sorted(
        (*each.identity, tuple(sorted(each.places))) for each in back
    )


CHANGES: Mapping[str, list[str]] = {
    "2025-02-18": [f"kind-added {each}" for each in ("StartRotatePki", "FinishRotatePkiSuccess", "FinishRotatePkiFailure")],
    "2025-05-14": ["parameter-added query parameter `k`"],
    "2025-07-17": ["field-added v"],
    "2026-03-26": [f"kind-added Rekey{each}" for each in ("InstallBoth", "Start", "Advance", "Complete", "Reset")],
    "2026-06-02": [
        "kind-added RekeyRestart",
        "union-opened e",
        "payload-undeclared StartUpgrade.url",
        *(f"payload-undeclared Rekey{each}.tunnel_id" for each in ("InstallBoth", "Start", "Advance", "Complete", "Reset")),
    ],
    "2026-07-13": [f"kind-added Ha{each}" for each in ("Transition", "Error", "Init", "Leave")],
    "2026-08-12": [f"kind-added BlessSlot{each}" for each in ("Success", "Pending", "Failure")],
}
"""What each revision changed, by the one before it."""


@pytest.mark.parametrize("before", CHANGES)
def test_each_revision_changed_what_is_known_of_it(before: str) -> None:
    """From a revision to the next, each change that is known is told once, and nothing else is."""
    after = REVISIONS[REVISIONS.index(before) + 1]

    assert sorted(CHANGES[before]) == sorted(told(compare(form(before), form(after))))


@pytest.mark.parametrize("name", REVISIONS)
def test_another_author_makes_no_fact(name: str) -> None:
    """In 3.0, with other names, numbers, unions and envelopes, a revision says the same; all of it is one line."""
    other = normal_form(cut(rewritten(revision(name)), "other.json"))

    assert [AUTHORING] == [each.name for each in compare(form(name), other)]


def test_a_change_is_told_through_other_authoring() -> None:
    """Between two documents of different authors, only what changed is told."""
    other = normal_form(cut(rewritten(revision("2026-06-02")), "other.json"))

    assert sorted(CHANGES[CONTRACT]) == sorted(told(compare(form(CONTRACT), other)))


@pytest.mark.parametrize("edit, expected", [each[1:] for each in EDITS], ids=[each[0] for each in EDITS])
def test_one_edit_is_one_fact(edit: Edit, expected: list[str]) -> None:
    """One change of the document is told as what it is, once wherever it shows, and mirrored on the way back."""
    raw = copy.deepcopy(dict(BASE.raw))
    edit(raw)
    changed = normal_form(cut(raw, "changed.yaml"))
    there, back = compare(form(CONTRACT), changed), compare(changed, form(CONTRACT))

    assert expected == sorted(told(there))
    assert sorted(each.seen_from_the_other_side for each in there if each.name != AUTHORING) == sorted(
        (*each.identity, tuple(sorted(each.places))) for each in back if each.name != AUTHORING
    )


def rename(raw: dict[str, Any], old: str, new: str, description: str | None) -> None:
    """Give a kind another name, and another description or none."""
    member = schemas(raw)[f"{old}Event"]
    member["properties"]["k"]["const"] = new
    member.pop("description")
    if description is not None:
        member["description"] = description
    mapping = schemas(raw)["Event"]["discriminator"]["mapping"]
    mapping[new] = mapping.pop(old)


@pytest.mark.parametrize(
    "new, description, expected",
    [
        ("Exit", "Stopped process", ["kind-renamed Leave → Exit"]),
        ("Leaves", None, ["kind-renamed Leave → Leaves"]),
        ("Leaves", "Left the house", ["kind-added Leaves", "kind-removed Leave"]),
        ("Exit", None, ["kind-added Exit", "kind-removed Leave"]),
    ],
)
def test_a_kind_is_renamed_where_something_says_so(new: str, description: str | None, expected: list[str]) -> None:
    """The same description, or a name that is alike with the same fields and no other description, makes a kind the same."""
    raw = copy.deepcopy(dict(BASE.raw))
    rename(raw, "Leave", new, description)

    assert expected == sorted(told(compare(form(CONTRACT), normal_form(cut(raw, "changed.yaml")))))


def test_only_what_is_of_this_api_is_read() -> None:
    """What other paths of a large document refer to does not matter, however broken it is."""
    raw = copy.deepcopy(dict(BASE.raw))
    raw["paths"]["/zones"] = {"get": {"responses": {"200": {"$ref": "#/components/responses/Nowhere"}}}}
    schemas(raw)["Broken"] = {"type": 3, "properties": []}
    document = cut(raw, "large.yaml")

    assert [] == compare(form(CONTRACT), normal_form(document))
    assert "Broken" not in document.raw["components"]["schemas"]


def test_an_operation_needs_no_operation_id() -> None:
    """Operations are told by method and path; an operationId that is left out is one that has changed."""
    raw = copy.deepcopy(dict(BASE.raw))
    for name in ("operationId", "x-vendor-operation-id"):
        del raw["paths"][GET]["get"][name]

    assert ["operation-id-changed GET …/events/{}.{}"] == told(compare(form(CONTRACT), normal_form(cut(raw, "changed.yaml"))))


def test_the_names_of_path_parameters_are_only_written() -> None:
    """A path is the same whatever its parameters are called."""
    text = json.dumps(BASE.raw).replace("{connector_id}", "{connectorId}").replace('"connector_id"', '"connectorId"')

    assert [AUTHORING] == [each.name for each in compare(form(CONTRACT), normal_form(cut(json.loads(text), "changed.json")))]


@pytest.mark.parametrize(
    "edit, expected",
    [
        (lambda raw: raw.pop("paths"), "bad.yaml: no `paths`; is this an OpenAPI document?"),
        (lambda raw: raw.update(paths={"/zones": {}}), f"bad.yaml: has none of the paths of this API; one of them is {LIST}"),
        (lambda raw: raw["paths"][GET].pop("get"), None),
        (
            lambda raw: schemas(raw).update(Event=7),
            "bad.yaml: /components/schemas/Event is not a schema, which must be an object, true or false",
        ),
        (
            lambda raw: schemas(raw).update(Event={"type": 7}),
            "bad.yaml: /components/schemas/Event/type is neither a type of JSON Schema nor a list of types",
        ),
        (
            lambda raw: schemas(raw).update(Event={"type": ["object", "text"]}),
            "bad.yaml: /components/schemas/Event/type is neither a type of JSON Schema nor a list of types",
        ),
        (
            lambda raw: schemas(raw)["EventSummary"].update(required=["a", 1]),
            "bad.yaml: /components/schemas/EventSummary/required must have only names",
        ),
        (
            lambda raw: schemas(raw)["EventSummary"]["properties"].update(a={"$ref": 5}),
            "bad.yaml: /components/schemas/EventSummary/properties/a is not a schema, which must be an object, true or false",
        ),
        (
            lambda raw: schemas(raw)["EventSummary"]["properties"].update(a={"minimum": "now"}),
            "bad.yaml: /components/schemas/EventSummary/properties/a/minimum is 'now', which is not a number",
        ),
        (
            lambda raw: schemas(raw)["EventSummary"]["properties"].update(a={"$ref": "other.yaml#/a"}),
            "bad.yaml: the $ref at /components/schemas/EventSummary/properties/a leaves the document: 'other.yaml#/a'; "
            "bundle it first",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_place(edit: Edit, expected: str | None) -> None:
    """A document that is none of this API, or is broken where it is of it, is refused in one line; a missing method is none."""
    raw = copy.deepcopy(dict(BASE.raw))
    edit(raw)

    def read() -> Api:
        return normal_form(cut(raw, "bad.yaml"))

    if expected is None:
        assert 2 == len(read().operations)
    else:
        with pytest.raises(DocumentError) as refused:
            read()
        assert expected == str(refused.value)


def test_a_schema_within_itself_comes_to_an_end() -> None:
    """A recursive schema is read once around, and equals itself."""
    raw = copy.deepcopy(dict(BASE.raw))
    change(raw, next={"$ref": "#/components/schemas/EventListResponse"})
    recursive = normal_form(cut(raw, "changed.yaml"))

    assert [] == compare(recursive, recursive)
    assert ["field-added next"] == told(compare(form(CONTRACT), recursive))


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason="the vendor's documents are not here, and are not to be committed")
@pytest.mark.parametrize("pair", BY_HAND, ids=lambda pair: f"{pair['before']} {pair['after']}")
def test_the_vendor_changed_what_was_counted_by_hand(pair: Mapping[str, Any]) -> None:
    """Between the vendor's documents, every true change is told once, and none that is false."""

    def read(name: str) -> Api:
        path = UPSTREAM / f"{name}.json"
        return form(CONTRACT) if name == "contract" else normal_form(cut(json.loads(path.read_text("utf-8")), str(path)))

    assert sorted(pair["facts"]) == sorted(told(compare(read(pair["before"]), read(pair["after"]))))


def test_a_field_of_every_kind_is_one_fact() -> None:
    """What each kind has alike is told once, and what one of them has besides is told of it."""
    raw = copy.deepcopy(dict(BASE.raw))
    for name in list(raw["components"]["schemas"]["Event"]["discriminator"]["mapping"]):
        schemas(raw)[f"{name}Event"]["properties"]["site"] = {"type": "string"}
    schemas(raw)["LeaveEvent"]["properties"]["reason"] = {"type": "string"}
    other = normal_form(cut(raw, "edited"))

    assert ["payload-declared `site` of every kind", "payload-declared Leave.reason"] == told(compare(form(CONTRACT), other))
    assert ["payload-undeclared `site` of every kind", "payload-undeclared Leave.reason"] == told(compare(other, form(CONTRACT)))


@pytest.mark.parametrize(
    "bounds, expected", [({"maximum": 100}, ["bounds-changed total"]), ({"minimum": 0, "maximum": 2**53}, [])]
)
def test_only_the_usual_bounds_come_with_integers(bounds: dict[str, int], expected: list[str]) -> None:
    """A number that becomes an integer with bounds of its own has other bounds."""
    forms = []
    for schema in ({"type": "number"}, {"type": "integer", **bounds}):
        raw = copy.deepcopy(dict(BASE.raw))
        change(raw, total=schema)
        forms.append(normal_form(cut(raw, "edited")))

    assert expected == told(compare(*forms))
