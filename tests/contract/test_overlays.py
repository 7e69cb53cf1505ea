"""Overlays: those that ship, against the table of revisions and the vendor's documents; and any other, however bad."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from tests.corruptions import bodies, corruptions
from tests.draft import Draft

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.actions import MAX_ADDED, MAX_DEPTH
from mconn_contracts.contract.document import Document, find, load
from mconn_contracts.contract.export import json_schemas, openapi_30, openapi_31
from mconn_contracts.contract.overlay_format import MAX_ACTIONS
from mconn_contracts.contract.overlays import overlaid, shipped
from mconn_contracts.contract.queries import MAX_MATCHES, MAX_QUERY, MAX_STEPS
from mconn_contracts.errors import DocumentError, UsageError
from mconn_contracts.judge.batches import Batches
from mconn_contracts.judge.check import Plan, Session, check
from mconn_contracts.judge.rules.defects import CODES
from mconn_contracts.judge.schemas.validation import Schemas
from mconn_contracts.reports.json import REPORT

UPSTREAM = Path(__file__).resolve().parents[3] / "shared" / "upstream"
BASE = load()
PKI = ("StartRotatePki", "FinishRotatePkiSuccess", "FinishRotatePkiFailure")
REKEY = ("RekeyInstallBoth", "RekeyStart", "RekeyAdvance", "RekeyComplete", "RekeyReset")
HA = ("HaTransition", "HaError", "HaInit", "HaLeave")
BLESS = ("BlessSlotSuccess", "BlessSlotPending", "BlessSlotFailure")
OPEN = {*BASE.kinds, *REKEY, "RekeyRestart"}
KINDS: Mapping[str, set[str]] = {
    "2025-02-18": set(BASE.kinds) - set(PKI),
    "2025-05-14": set(BASE.kinds),
    "2025-07-17": set(BASE.kinds),
    "2026-06-02": {*BASE.kinds, *REKEY},
    "2026-07-13": OPEN,
    "2026-08-12": {*OPEN, *HA},
    "2026-08-14": {*OPEN, *HA, *BLESS},
}
EACH = pytest.mark.parametrize("name", KINDS)
EACH_OPEN = pytest.mark.parametrize("name", [name for name in KINDS if name >= "2026-07"])
EVENT = "/components/schemas/EventGetResponse"


@cache
def revised(name: str) -> Document:
    """The document of a revision."""
    return overlaid(BASE, [name])


def event(kind: object, **fields: object) -> dict[str, Any]:
    """A recorded event of a kind."""
    return {"e": {"k": kind, **fields}, "n": 0, "t": 1_700_000_000}


def found(name: str, value: object) -> list[tuple[str, str]]:
    """The defects of a recorded event under a revision, by both tiers, which must agree."""
    both = [list(Schemas(revised(name), compiled=compiled).explain(value, EVENT)) for compiled in (True, False)]
    assert both[0] == both[1]
    return [(CODES[defect.kind], defect.pointer) for defect in both[0]]


# The revisions that ship.


def test_every_revision_of_the_table_ships() -> None:
    """The overlays are those of the dated revisions, and nothing else."""
    assert tuple(KINDS) == shipped()


@EACH
def test_a_revision_has_exactly_its_kinds(name: str) -> None:
    """The kinds are those of the table, each once; so are the schemas of a union's members."""
    document = revised(name)

    assert (len(KINDS[name]), KINDS[name]) == (len(document.kinds), set(document.kinds))
    members = {f"{kind}Event" for kind in KINDS[name]} if name < "2026-07" else set()
    assert members == {each for each in document.raw["components"]["schemas"] if each.endswith("Event") and each != "Event"}
    assert (name, f"with {len(KINDS[name])} kinds") == (
        document.raw["info"]["x-vendor-revision"],
        f"with {len(KINDS[name])} kinds" * document.raw["info"]["summary"].count(f"with {len(KINDS[name])} kinds"),
    )


@EACH
def test_a_revision_is_an_openapi_document(name: str) -> None:
    """openapi-spec-validator accepts it, and what is derived of it as 3.1 and as 3.0.3."""
    document = revised(name)
    OpenAPIV31SpecValidator(document.raw).validate()
    for discriminator in (True, False):
        OpenAPIV31SpecValidator(openapi_31(document, discriminator=discriminator)).validate()
        OpenAPIV30SpecValidator(openapi_30(document, discriminator=discriminator)).validate()
    assert f"Event{'' if name >= '2026-07' else 'GetResponse'}" in json_schemas(document)


@EACH
def test_the_examples_of_a_revision_are_valid(name: str) -> None:
    """No example has a defect, and every kind has one."""
    document = revised(name)
    schemas = Schemas(document, compiled=False)
    for body in bodies(document):
        assert (body.name, [], True) == (
            body.name,
            list(schemas.explain(body.value, body.schema)),
            Draft(document).accepts(body.value, body.schema),
        )
    shown = document.at("/components/responses/RecordedEvent/content/application~1json/examples")
    assert {kind: kind for kind in KINDS[name]} == {key: example["value"]["result"]["e"]["k"] for key, example in shown.items()}


@EACH
def test_a_revision_leaves_the_document_as_it_was(name: str) -> None:
    """What is loaded is not changed, and the new document names the overlay and the same file."""
    before = json.dumps(BASE.raw)

    assert (BASE.source, (name,)) == (revised(name).source, revised(name).overlays)
    assert (before, ()) == (json.dumps(BASE.raw), BASE.overlays)


@pytest.mark.parametrize(
    "name, v, k",
    [(name, name > "2026", name > "2025-07") for name in KINDS],
)
def test_version_and_filter_came_one_after_the_other(name: str, v: bool, k: bool) -> None:
    """`v` is there from 2026-03-26 on and the filter `k` from 2025-07-17 on, with the promises about it."""
    document = revised(name)
    parameters = [parameter.name for parameter in document.operation("listEvents").parameters]
    codes = {statement.code for statement in document.statements}

    assert (v, k) == ("v" in document.at(EVENT)["properties"], "k" in parameters)
    assert (set() if k else {"MC308", "MC510"}) == {statement.code for statement in BASE.statements} - codes


@pytest.mark.parametrize(
    "file, name", [("2026-07-01", "2026-06-02"), *((each, each) for each in ("2026-07-13", "2026-08-12", "2026-08-14"))]
)
def test_a_revision_says_what_the_vendors_document_says(file: str, name: str) -> None:
    """Kinds in their order, words, fields, required fields, openness, `v` and parameters are the vendor's."""
    path = UPSTREAM / f"{file}.json"
    if not path.is_file():
        pytest.skip(f"the vendor's document of {file} is not part of this project, and is not at {path}")
    vendor = json.loads(path.read_text(encoding="utf-8"))
    union, ours = vendor["components"]["schemas"]["mconn_event"], revised(name)
    mine = ours.at("/components/schemas/Event")
    if "anyOf" in union:
        theirs = {
            member["properties"]["k"]["enum"][0]: (
                member["properties"]["k"]["description"],
                {key: value["description"] for key, value in member["properties"].items() if key != "k"},
                sorted(member["required"]),
            )
            for member in union["anyOf"]
        }
        members = {kind: ours.at(reference[1:]) for kind, reference in mine["discriminator"]["mapping"].items()}
        said = {
            kind: (
                member["description"],
                {key: value["description"] for key, value in member["properties"].items() if key != "k"},
                sorted(member["required"]),
            )
            for kind, member in members.items()
        }
        assert theirs == said
    else:
        own = union["properties"]["k"]
        assert (own["enum"], own["type"], own["description"]) == tuple(
            mine["properties"]["k"][key] for key in ("enum", "type", "description")
        )
        assert (union["required"], list(union["properties"]), True) == (
            mine["required"],
            list(mine["properties"]),
            mine["additionalProperties"],
        )
        lines = [line for line in union["description"].splitlines() if line.startswith("- `")]
        assert lines == [line for line in mine["description"].splitlines() if line.startswith("- `")]
    recorded = vendor["components"]["schemas"]["mconn_recorded_event"]
    assert (set(recorded["properties"]), set(recorded["required"])) == (
        set(ours.at(EVENT)["properties"]),
        set(ours.at(EVENT)["required"]),
    )
    for operation in ours.operations:
        declared = vendor["paths"][operation.path]["get"]["parameters"]
        names = {each["name"]: each.get("required", False) for each in declared}
        assert names == {each.name: each.required for each in operation.parameters}


# Judging by a revision.


@EACH
def test_new_kinds_are_known_only_with_the_overlay(name: str) -> None:
    """Each kind of the revision is accepted with its overlay; one that the document lacks is MC102 without, and others always."""
    tunnel = {kind: {"tunnel_id": "1"} for kind in REKEY}
    for kind in KINDS[name]:
        value = event(kind, **({"url": "u"} if kind == "StartUpgrade" else {}), **tunnel.get(kind, {}))
        assert [] == found(name, value)
        unknown = [CODES[defect.kind] for defect in Schemas(BASE).explain(value, EVENT)]
        assert ([] if kind in BASE.kinds else ["MC102"]) == unknown
    assert [("MC102", "/e/k")] == found(name, event("Never"))
    for kind in {*KINDS["2026-08-14"]} - KINDS[name]:
        assert [("MC102", "/e/k")] == found(name, event(kind))


def test_the_fields_of_a_rekeying_are_declared_only_once() -> None:
    """`tunnel_id` is required by the revision of 2026-06-02, and by none after it."""
    assert [("MC104", "/e")] == found("2026-06-02", event("RekeyStart"))
    assert [("MC101", "/e/tunnel_id")] == found("2026-06-02", event("RekeyStart", tunnel_id=1))
    for name in ("2026-07-13", "2026-08-12", "2026-08-14"):
        assert [] == found(name, event("RekeyStart"))
        assert [] == found(name, event("RekeyStart", tunnel_id=1))


@EACH_OPEN
@pytest.mark.parametrize(
    "value, expected",
    [
        (event("Init", anything={"deep": [1]}, url=5), []),
        (event("StartUpgrade"), []),
        (event("init", x=1), [("MC102", "/e/k")]),
        (event(""), [("MC102", "/e/k")]),
        (event(5), [("MC101", "/e/k")]),
        (event(None, x=1), [("MC101", "/e/k")]),
        (event(["Init"]), [("MC101", "/e/k")]),
        ({**event("Init"), "e": {}}, [("MC104", "/e")]),
        ({**event("Init"), "e": {"x": 1}}, [("MC104", "/e")]),
        ({**event("Init"), "e": "Init"}, [("MC101", "/e")]),
        ({**event("Init", x=1), "y": 1}, [("MC103", "/y")]),
    ],
    ids=repr,
)
def test_an_open_event_declares_its_kind_only(name: str, value: object, expected: list[tuple[str, str]]) -> None:
    """Any further fields of `e` are allowed; its kind is one of the list, a fault of it is one finding."""
    assert expected == found(name, value)


@EACH_OPEN
def test_an_unknown_kind_of_an_open_event_is_explained(name: str) -> None:
    """The message counts the kinds and names the nearest; the place is the list."""
    (defect,) = Schemas(revised(name)).explain(event("rekeystart"), EVENT)

    assert f'"rekeystart" is not one of the {len(KINDS[name])} kinds (did it mean RekeyStart?)' in defect.message
    assert "/components/schemas/Event/properties/k/enum" == defect.spec


@EACH
def test_both_tiers_agree_on_every_corruption(name: str) -> None:
    """Whatever one fault an example of the revision has, the fast tier finds what the reference finds."""
    document = revised(name)
    fast, reference = Schemas(document), Schemas(document, compiled=False)
    of_each_schema = {body.schema: body for body in bodies(document)}
    events = [body for body in bodies(document) if body.schema == EVENT and body.name.startswith("RecordedEvent.")]
    for body in [*of_each_schema.values(), *events]:
        assert fast.compiled(body.schema) is not None
        for corruption in corruptions(document, body.value, body.schema):
            assert list(reference.explain(corruption.value, body.schema)) == list(fast.explain(corruption.value, body.schema))


kinds = st.one_of(st.sampled_from([*sorted(KINDS["2026-08-14"]), "Never", "", "\ud800"]), st.integers(0, 1), st.none())
fields = st.dictionaries(
    st.sampled_from(["url", "tunnel_id", "x", "é"]), st.sampled_from(["u", 1, None, {"a": {}}, [[]]]), max_size=2
)
e = st.one_of(st.builds(lambda k, rest: {"k": k, **rest}, kinds, fields), fields, st.just("Init"))
recorded = st.fixed_dictionaries({"e": e, "n": st.integers(-1, 2), "t": st.integers(0, 2)}, optional={"v": st.just("1")})
payloads = st.one_of(recorded, st.lists(recorded, max_size=2).map(lambda items: {"count": len(items), "items": items}))


def report(plan: Plan, values: list[Any]) -> str:
    """The JSON report on payloads that are judged in one batch."""
    session = Session(plan)
    lines = [json.dumps(value).encode() for value in values]
    session.observe_batch(Batch("archive", lines, range(1, 1 + len(lines)), None, None, None))
    return REPORT.render(session.verdict())


PLANS = {name: [Plan(revised(name), compiled=compiled) for compiled in (True, False)] for name in KINDS}


@EACH
@settings(max_examples=40, deadline=None)
@given(values=st.lists(payloads, min_size=1, max_size=6))
def test_both_tiers_give_one_report(name: str, values: list[Any]) -> None:
    """Archives are judged in bulk under a revision as one by one by the reference, kinds counted."""
    fast, reference = PLANS[name]

    assert report(reference, values) == report(fast, values)


@EACH
def test_archives_are_judged_in_bulk(name: str) -> None:
    """Events of a revision take the fast way: nothing that is valid is left for `check`, and the kinds are counted."""
    left: list[object] = []
    plan = PLANS[name][0]
    tunnel = {kind: {"tunnel_id": "1"} for kind in REKEY if name == "2026-06-02"}
    values = [
        event(kind, **({"url": "u"} if kind == "StartUpgrade" else {}), **tunnel.get(kind, {})) for kind in plan.document.kinds
    ]
    lines = [json.dumps(value).encode() for value in values]
    session = Session(plan)
    Batches(plan, check, every=False, gathers=False).take(
        Batch("archive", lines, range(1, 1 + len(lines)), None, None, None), session.tally, left.append
    )

    assert ([], dict.fromkeys(plan.document.kinds, 1)) == (left, session.tally.coverage.kinds)


# Any overlay.

HEAD = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n"


def written(folder: Path, text: str) -> str:
    """The path of an overlay of that text."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def applied(folder: Path, *actions: Mapping[str, Any]) -> Document:
    """The document under an overlay of these actions."""
    return overlaid(BASE, [written(folder, HEAD + f"actions: {json.dumps(list(actions))}\n")])


def test_no_overlay_is_the_document_itself() -> None:
    """Where none is asked for, nothing is copied."""
    assert overlaid(BASE, ()) is BASE


def test_objects_merge_arrays_grow_and_the_rest_is_replaced(tmp_path: Path) -> None:
    """An update merges into objects, at any depth; it is one more item of an array; later actions see earlier ones."""
    document = applied(
        tmp_path,
        {"target": "$.info", "update": {"title": "T", "contact": {"url": "https://example.com"}, "x-new": [1]}},
        {"target": "$.info", "update": {"x-new": [2]}},
        {"target": "$.info['x-new']", "update": {"a": 1}},
        {"target": "$.tags", "update": {"name": "More"}},
        {"target": "$.info.license", "remove": True, "update": 5},
    )
    info = document.raw["info"]

    assert "T" == info["title"]
    assert {"name": "The authors of mconn-contracts", "url": "https://example.com"} == info["contact"]
    assert [1, 2, {"a": 1}] == info["x-new"]
    assert ["Events", "More"] == [tag["name"] for tag in document.raw["tags"]]
    assert "license" not in info


def test_removals_do_not_move_each_other(tmp_path: Path) -> None:
    """Every match is removed, whichever of them stand in one array, or in each other."""
    document = applied(
        tmp_path,
        {"target": "$.info", "update": {"x-list": [[0, 1], {"x": [1]}, [2, 3], 4]}},
        {"target": "$.info['x-list'][0, 2]", "remove": True},
        {"target": "$.info['x-list'][0]..*", "remove": True},
        {"target": "$.info.contact..*", "remove": True},
    )

    assert ([{}, 4], {}) == (document.raw["info"]["x-list"], document.raw["info"]["contact"])


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    """A file changes what a shipped overlay has made, and the document names both."""
    mine = written(tmp_path, HEAD + "actions: [{target: $.components.schemas.RekeyStartEvent, update: {title: mine}}]\n")
    document = overlaid(BASE, ["2026-06-02", mine])

    assert (("2026-06-02", mine), "mine") == (document.overlays, document.at("/components/schemas/RekeyStartEvent/title"))
    with pytest.raises(DocumentError, match=r"RekeyStartEvent.*matches nothing"):
        overlaid(BASE, [mine, "2026-06-02"])


@pytest.mark.parametrize("first, second", [*itertools.permutations(["2026-06-02", "2026-08-14", "copy"], 2)])
def test_two_revisions_do_not_go_together(tmp_path: Path, first: str, second: str) -> None:
    """Each is made from the contract: of two, by name or as a copy, one would be lost in part, so they are refused."""
    copy = tmp_path / "copy.yaml"
    shutil.copy(find().parent / "overlays" / "2025-05-14.yaml", copy)
    names = [str(copy) if name == "copy" else name for name in (first, second)]

    with pytest.raises(DocumentError, match=re.escape(f"overlays {names[0]} and {names[1]}: each makes a whole revision")):
        overlaid(BASE, names)
    with pytest.raises(DocumentError, match="name one of them"):
        overlaid(overlaid(BASE, names[:1]), names[1:])


def test_an_overlay_may_leave_a_promise_out_or_weigh_it_differently(tmp_path: Path) -> None:
    """A statement that is gone is not judged; one of another severity is found with that."""
    one = "$.components.schemas.Event['x-contracts'][?@.code == 'MC102']"
    gone = Plan(applied(tmp_path, {"target": one, "remove": True}))
    mild = Plan(applied(tmp_path, {"target": one, "update": {"severity": "info"}}))

    assert (False, True) == (gone.judges("MC102"), mild.judges("MC102"))
    assert [{}, {"MC102": 1}] == [json.loads(report(plan, [event("Never")]))["counts"]["by_code"] for plan in (gone, mild)]
    assert "info" == json.loads(report(mild, [event("Never")]))["findings"][0]["severity"]
    with pytest.raises(UsageError, match="no rule has a code that starts with 'MC102'"):
        Plan(gone.document, select=("MC102",))


def test_an_action_that_changes_nothing_is_refused_or_told(tmp_path: Path) -> None:
    """The standard lets it pass: whoever asks for strictness is refused, and else a line says what changes nothing."""
    path, told = written(tmp_path, HEAD + "actions: [{target: $.nothing, remove: true}, {target: $.info}]\n"), list[str]()
    with pytest.raises(DocumentError) as caught:
        overlaid(BASE, [path])

    assert (BASE.raw, (path,)) == ((document := overlaid(BASE, [path], told.append)).raw, document.overlays)
    assert [str(caught.value)] == told
    assert told[0].startswith(f"overlay {path}: action 0 (target '$.nothing') matches nothing; compare it with the document")


@pytest.mark.parametrize("reference", ["http://[", "a" * 5000])
def test_extends_that_is_no_address_is_told(tmp_path: Path, reference: str) -> None:
    """What cannot even be looked for is wrong use, with the reason."""
    with pytest.raises(DocumentError, match="`extends` cannot be read as an address: "):
        overlaid(BASE, [written(tmp_path, HEAD + f"extends: '{reference}'\nactions: [{{target: $.info}}]\n")])


@pytest.mark.parametrize(
    "reference", ["openapi.yaml", "../spec/openapi.yaml", "https://example.com/raw/openapi.yaml", "/openapi.yaml"]
)
def test_extends_may_be_any_address_of_the_document(tmp_path: Path, reference: str) -> None:
    """Nothing is fetched: an address that ends in the document's name is taken for its."""
    overlaid(BASE, [written(tmp_path, HEAD + f"extends: {reference}\nactions: [{{target: $.info, update: {{x-a: 1}}}}]\n")])


def test_extends_is_not_another_file(tmp_path: Path) -> None:
    """A file of that name is the document where it has the same bytes; else it is another."""
    mine = HEAD + "extends: openapi.yaml\nactions: [{target: $.info, update: {x-a: 1}}]\n"
    (tmp_path / "openapi.yaml").write_bytes(Path(BASE.source).read_bytes())
    overlaid(BASE, [written(tmp_path, mine)])
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"`extends` is 'openapi\.yaml', which is not "):
        overlaid(BASE, [written(tmp_path, mine)])


@pytest.mark.parametrize(
    "action, why",
    [
        ({"target": "$.nothing", "update": {}}, "matches nothing; compare it with the document"),
        ({"target": "$.info.nothing", "remove": True}, "matches nothing"),
        ({"target": "info", "update": {}}, "is not a JSONPath (RFC 9535) that can be read"),
        ({"target": "$.info[", "update": {}}, "is not a JSONPath (RFC 9535) that can be read"),
        ({"target": "$..[?" + "(" * 900, "update": {}}, "is not a JSONPath (RFC 9535) that can be read"),
        (
            {"target": "$..[?search(@.description, '.{600}!')]", "update": {}},
            f"brings the targets to more than {MAX_STEPS} steps",
        ),
        (
            {"target": "$.info.title", "update": "x"},
            "/info/title is neither an object nor an array; make the object that holds it",
        ),
        ({"target": "$.info", "update": "x"}, "`update` is a primitive value, but /info is an object"),
        ({"target": "$", "remove": True}, "removes the whole document"),
        ({"target": "$..*..*..*..*..*..nothing", "update": {}}, f"brings the targets to more than {MAX_STEPS} steps"),
        ({"target": "$..[?$..nothing]", "update": {}}, f"brings the targets to more than {MAX_STEPS} steps"),
    ],
    ids=lambda value: value["target"][:40] if isinstance(value, dict) else "",
)
def test_an_action_that_cannot_be_done_is_told_where_and_why(tmp_path: Path, action: Mapping[str, Any], why: str) -> None:
    """The message names the action by its place and target, and says what to do."""
    with pytest.raises(DocumentError) as caught:
        applied(tmp_path, {"target": "$.info", "update": {"x-first": 1}}, action)

    assert f"action 1 (target {action['target']!r})" in str(caught.value)
    assert why in str(caught.value)


def test_an_overlay_has_limits(tmp_path: Path) -> None:
    """Actions, targets, matches, what is added, and depth are limited."""
    info = {"target": "$.info", "update": {"x-a": 1}}
    many = {"target": "$.info", "update": {"x-many": [[] for _ in range(MAX_MATCHES + 1)]}}
    deep: Any = {}
    for _ in range(MAX_DEPTH - 10):
        deep = {"x": deep}
    for actions, why in (
        ([{**info, "x-n": n} for n in range(MAX_ACTIONS + 1)], f"has {MAX_ACTIONS + 1} actions; at most {MAX_ACTIONS} are read"),
        ([{"target": "$" + ".a" * MAX_QUERY, "remove": True}], f"has a target of more than {MAX_QUERY} characters"),
        ([many, {"target": "$.info['x-many'][*]", "update": 1}], f"matches more than {MAX_MATCHES} places"),
        (
            [many, {"target": "$.info['x-many'][:9000]", "update": list(range(20))}],
            f"makes the overlay add more than {MAX_ADDED} values",
        ),
        (
            [{"target": "$.info", "update": {"x": deep}}, {"target": "$.info.x.x.x.x.x.x.x.x.x.x.x.x", "update": deep}],
            f"nests the document deeper than {MAX_DEPTH} levels",
        ),
    ):
        with pytest.raises(DocumentError, match=why):
            applied(tmp_path, *actions)


@pytest.mark.parametrize(
    "action, why",
    [
        ({"target": "$", "update": {"openapi": "3.0.3"}}, "what it makes is not an OpenAPI 3.1 document"),
        ({"target": "$.paths", "remove": True}, "no `paths`"),
        ({"target": "$.paths[?@.get.operationId == 'getEvent']", "remove": True}, "no operation has the id 'getEvent'"),
        ({"target": "$.paths[*].get.responses['200']", "remove": True}, "has no JSON response 200"),
        (
            {"target": "$.components.schemas.InitEvent", "remove": True},
            "the $ref at /components/schemas/Event/oneOf/0 leads nowhere",
        ),
        ({"target": "$.components.schemas.EventSummary", "update": {"type": "thing"}}, "EventSummary/type is not a JSON Schema"),
        ({"target": "$.components.schemas.EventSummary.required", "remove": True}, "no longer requires 'a' as integer"),
        (
            {"target": "$.components.schemas.EventSummary.properties.t", "update": {"type": "string"}},
            "no longer requires 't' as integer",
        ),
        ({"target": "$.components.schemas.Event.discriminator", "remove": True}, "Event declares no kinds"),
        ({"target": "$.components.schemas.Event.oneOf[0]", "remove": True}, "name different schemas"),
        (
            {"target": "$.components.schemas.Event.discriminator.mapping", "update": {"New": "#/components/schemas/InitEvent"}},
            "name different schemas",
        ),
        (
            {"target": "$.components.schemas.InitEvent.properties.k", "update": {"const": "X"}},
            "does not require `k` to be 'Init'",
        ),
        ({"target": "$.components.schemas.InitEvent", "update": {"allOf": [{"$ref": "other.yaml#/a"}]}}, "leaves the document"),
        ({"target": "$['x-contracts'][?@.code == 'MC902']", "remove": True}, "the statement MC902 is missing"),
        (
            {"target": "$['x-contracts'][?@.code == 'MC001']", "update": {"code": "MC999"}},
            "the code MC999, for which there is no rule",
        ),
        (
            {"target": "$['x-contracts'][?@.code == 'MC001']", "update": {"needs": "luck"}},
            "changes the `name` or `needs` of MC001",
        ),
    ],
    ids=lambda value: value["target"][:60] if isinstance(value, dict) else "",
)
def test_what_an_overlay_makes_is_checked(tmp_path: Path, action: Mapping[str, Any], why: str) -> None:
    """An overlay that leaves a document by which nothing can be judged is refused, with the place."""
    with pytest.raises(DocumentError) as caught:
        applied(tmp_path, action)

    assert str(caught.value).startswith(f"overlay {tmp_path}")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "name, why",
    [
        ("2026-03-26", "no overlay is named '2026-03-26'; there are 2025-02-18, "),
        ("no/such.yaml", "overlay no/such.yaml: cannot be read"),
        ("tests", "no overlay is named 'tests'"),
    ],
)
def test_an_overlay_that_is_not_there_is_told(name: str, why: str) -> None:
    """A name that does not ship says which do; a path that cannot be read says so."""
    with pytest.raises(DocumentError) as caught:
        overlaid(BASE, [name])

    assert str(caught.value).startswith(why)
