"""The overlay that declares what was seen: what it says, and that the same traffic is clean under it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mconn_contracts.captures.records import Batch
from mconn_contracts.contract.document import Document, load
from mconn_contracts.contract.overlays import overlaid
from mconn_contracts.contract.suggestion import suggestion
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.model.exchange import Exchange, Origin, Request, Response
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.undeclared import MOST_FIELDS, MOST_KINDS

EVENTS = "https://a.example/accounts/a/magic/connectors/c/telemetry/events"


@cache
def plan(*overlays: str) -> Plan:
    """What is judged by under overlays."""
    return Plan(overlaid(load(), overlays))


def event(kind: str, number: int = 0, /, **fields: Any) -> dict[str, Any]:
    """A recorded event of a kind."""
    return {"e": {"k": kind, **fields}, "n": number, "t": 1_700_000_000}


def seen(judged_by: Plan, values: list[Any]) -> Tally:
    """What comes of bare payloads in one batch, with what is not declared gathered."""
    session = Session(judged_by, gathers=True)
    lines = [json.dumps(value).encode() for value in values]
    session.observe_batch(Batch("archive", lines, range(1, 1 + len(lines)), None, None, None))
    return session.hand_over()


def suggested(document: Document, tally: Tally) -> dict[str, Any]:
    """The overlay that is suggested, as a value."""
    text = suggestion(document, tally.undeclared)
    assert text is not None
    value: dict[str, Any] = yaml.safe_load("".join(text))
    return value


def declared(document: Document, values: list[Any]) -> dict[str, Any]:
    """The updates of the overlay that is suggested, by their targets; those of arrays in lists."""
    found: dict[str, Any] = {}
    for action in suggested(document, seen(Plan(document), values))["actions"]:
        found.setdefault(action["target"], []).append(action["update"])
    return found


def test_a_kind_is_declared_with_its_fields() -> None:
    """How often it was seen, the types of its fields, and an example of each."""
    values = [event("New!", 0, size=1, on="x"), event("New!", 1, size=2.5), event("Init", 2)]
    reference = "#/components/schemas/New_Event"
    tag = {"type": "string", "const": "New!", "description": "Event kind"}

    assert {
        "$.components.schemas": [
            {
                "New_Event": {
                    "type": "object",
                    "description": "Seen 2 times; nobody has said what it means.",
                    "required": ["k"],
                    "properties": {
                        "k": tag,
                        "on": {"type": "string", "description": "Seen once.", "examples": ["x"]},
                        "size": {"type": "number", "description": "Seen 2 times.", "examples": [1]},
                    },
                    "examples": [{"k": "New!", "size": 2.5}],
                }
            }
        ],
        "$.components.schemas.Event.oneOf": [{"$ref": reference}],
        "$.components.schemas.Event.discriminator.mapping": [{"New!": reference}],
    } == declared(load(), values)


@pytest.mark.parametrize(
    "values, expected",
    [
        ([None], {"type": "null", "examples": [None]}),
        ([True], {"type": "boolean", "examples": [True]}),
        ([12, 3], {"type": "integer", "examples": [3]}),
        ([12, 0.5], {"type": "number", "examples": [12]}),
        ([1.0], {"type": "number", "examples": [1.0]}),
        (["b", "a", "long"], {"type": "string", "examples": ["a"]}),
        ([None, "a", 1], {"type": ["null", "integer", "string"], "examples": [1]}),
        ([{"a": 1}], {"type": "object", "examples": [{"a": 1}]}),
        ([[]], {"type": "array", "examples": [[]]}),
        ([[1, 2], [3.5]], {"type": "array", "items": {"type": "number"}, "examples": [[1, 2]]}),
        ([["a", None]], {"type": "array", "items": {"type": ["null", "string"]}, "examples": [["a", None]]}),
        ([[1], "x"], {"type": ["string", "array"], "examples": ["x"]}),
        (["x" * 300], {"type": "string"}),
        ([[{"a": [1, 2, 3]}]], {"type": "array", "items": {"type": "object"}}),
        ([[1] * 1_001], {"type": "array"}),
        (["Bearer abcdefghij"], {"type": "string", "examples": ["Bearer [secret]"]}),
    ],
)
def test_a_field_has_the_types_that_were_seen(values: list[Any], expected: dict[str, Any]) -> None:
    """Types of values and of items, the shortest example, and no secret; what is too large is no example."""
    found = declared(load(), [{**event("Init", number), "site": value} for number, value in enumerate(values)])
    times = "Seen once." if len(values) == 1 else f"Seen {len(values)} times."

    assert {"$.components.schemas.EventGetResponse.properties": [{"site": {**expected, "description": times}}]} == found


def test_a_field_with_the_name_of_a_secret_shows_none() -> None:
    """A string is replaced; a number has no example, as what hides it is none."""
    found = declared(load(), [event("Init", 0, api_token="abcdefgh1234", secret=5)])

    assert {
        "$.components.schemas.InitEvent.properties": [
            {
                "api_token": {"type": "string", "description": "Seen once.", "examples": ["[secret]"]},
                "secret": {"type": "integer", "description": "Seen once."},
            }
        ]
    } == found


def test_a_kind_of_an_open_event_is_one_more_of_its_list() -> None:
    """Where any field may stand beside `k`, no field is declared."""
    assert {"$.components.schemas.Event.properties.k.enum": ["Another", "New"]} == declared(
        plan("2026-08-14").document, [event("New", 0, size=1), event("Another", 1), event("HaError", 2, x=[])]
    )


def test_kinds_whose_names_make_one_name_have_schemas_of_their_own() -> None:
    """The name of a schema has few characters, and stands once."""
    found = declared(load(), [event("a b"), event("a/b"), event("Init ", 1), event("")])

    assert ["Event2", "Init_Event", "a_bEvent", "a_bEvent2"] == sorted(found["$.components.schemas"][0])


def test_where_all_is_declared_nothing_is_suggested() -> None:
    """There is no overlay without actions."""
    assert suggestion(load(), seen(plan(), [event("Init"), {"e": 5}, 7]).undeclared) is None


def test_what_is_gathered_is_bounded(tmp_path: Path) -> None:
    """The first names in the order of text are kept, what is left out is counted, and the overlay can be applied."""
    fields = {f"f{number:03}": {"a": 1, "b": 2} for number in range(MOST_FIELDS + 5)}
    values = [event(f"K{number:03}", number, **fields) for number in range(MOST_KINDS + 7)]
    everywhere = [event(kind, 0, **fields) | fields for kind in ("Init", "Leave", "Reconcile")]
    tally = seen(plan(), [*reversed(values), *everywhere, event("Z" * 101)])

    assert ([f"K{number:03}" for number in range(MOST_KINDS)], 8) == (sorted(tally.undeclared.kinds), tally.undeclared.left_out)
    assert 8 + 5 * (MOST_KINDS + 2 * len(everywhere)) == tally.undeclared.omitted
    path = tmp_path / "suggested.yaml"
    path.write_text("".join(suggestion(load(), tally.undeclared) or ()), encoding="utf-8")
    assert MOST_KINDS + 16 == len(overlaid(load(), [str(path)]).kinds)


names = st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(names, each, max_size=2),
    max_leaves=4,
)
invented = st.builds(
    lambda kind, number, fields, more: {**more, **event(kind, number), "e": {**fields, "k": kind}},
    st.sampled_from(["Init", "StartUpgrade", "HaError", "init"]) | names,
    st.integers(0, 9),
    st.dictionaries(names, values, max_size=3),
    st.dictionaries(names.filter(lambda name: name not in ("v", "e", "n", "t")), values, max_size=2),
)


@settings(max_examples=6, deadline=None)
@given(
    events=st.lists(invented, min_size=1, max_size=5),
    name=st.sampled_from([(), ("2026-06-02",), ("2026-08-14",)]),
    way=st.integers(0, 2),
)
def test_under_what_is_suggested_the_same_traffic_is_clean(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], name: tuple[str, ...], way: int
) -> None:
    """Whatever kinds and fields are invented: bare, among the latest, or recorded, no kind and no field is unknown any more."""

    def judged(session: Session) -> Tally:
        if way == 0:
            lines = [json.dumps(each).encode() for each in events]
            session.observe_batch(Batch("archive", lines, range(1, 1 + len(lines)), None, None, None))
            return session.tally
        body: Any = {"count": len(events), "items": events}
        if way == 2:
            body = {"result": body, "success": True, "errors": [], "messages": []}
        request = None if way == 1 else Request("GET", f"{EVENTS}/latest")
        session.observe(Exchange(Response(200 if request else None, (), json.dumps(body).encode()), request, Origin("a")))
        return session.tally

    before = judged(Session(plan(*name), gathers=True))
    text = suggestion(plan(*name).document, before.undeclared)
    unknown = before.by_code.keys() & {"MC102", "MC103"}
    assert bool(unknown) == (text is not None)
    if text is None:
        return
    path = tmp_path_factory.getbasetemp() / "suggested.yaml"
    path.write_text("".join(text), encoding="utf-8")
    after = judged(Session(Plan(overlaid(load(), [*name, str(path)])), gathers=True))

    assert set() == after.by_code.keys() & {"MC102", "MC103"}
    assert set(after.by_code) <= set(before.by_code)
