"""Answers as requests prefer them."""

from __future__ import annotations

import json

import pytest
from tests.server.development.conftest import Asked, Develop, field, message, result

from mconn_contracts.server.data.lifecycle import END
from mconn_contracts.server.development import assembly
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import STYLES

WINDOW = {"from_": 0, "to": END}


def test_without_a_preference_nothing_changes(asked: Asked, develop: Develop) -> None:
    """What another program may prefer, and a known name with a parameter only, leave the answer as it is."""
    plain = develop().get("/latest")
    for values in ((), ("respond-async, wait=10",), ("dynamic=true", "example=cat"), ("handling=strict; code=500",)):
        assert plain.body == asked.prefer(*values).response.body
        assert field(asked.prefer(*values).response, "preference-applied") is None


@pytest.mark.parametrize(
    "code, name, value",
    [
        (400, None, None),
        (401, "www-authenticate", "Bearer"),
        (404, None, None),
        (429, "retry-after", "1"),
        (503, "retry-after", "1"),
    ],
)
def test_code_is_the_status_in_the_envelope(asked: Asked, code: int, name: str | None, value: str | None) -> None:
    """A preferred status comes with its envelope and with the fields that it needs, whatever else the request has."""
    response = asked.prefer(f"code={code}", suffix="/none-such").response
    assert (code, f"code={code}", "Prefer, Origin") == (
        response.status,
        field(response, "preference-applied"),
        field(response, "vary"),
    )
    assert message(response)
    assert name is None or value == field(response, name)


def test_code_200_is_applied_where_it_comes(asked: Asked) -> None:
    """Nothing makes a wrong request right: a 200 that was preferred is the answer as it is, and said where it is one."""
    assert "code=200" == field(asked.prefer("code=200").response, "preference-applied")
    refused = asked.prefer("code=200", suffix="/1.1").response
    assert (404, None) == (refused.status, field(refused, "preference-applied"))


def test_what_is_no_route_stays_so(asked: Asked) -> None:
    """A path or a method that the API does not have is refused for that."""
    assert [404, 405] == [
        asked.prefer("code=429", path="/client/v4/other").response.status,
        asked.prefer("code=429", method="POST").response.status,
    ]


def test_fault_breaks_this_answer_only(asked: Asked) -> None:
    """The answer is that of a server with the fault; the next one is whole again."""
    broken = asked.prefer("fault=latest-count-off-by-one").response
    assert (21, 20) == (result(broken)["count"], len(result(broken)["items"]))
    assert 20 == result(asked.get("/latest"))["count"]


def test_faults_and_a_style_go_together(asked: Asked) -> None:
    """A quoted list has several faults, and a style may stand beside them."""
    response = asked.prefer('fault="latest-count-off-by-one, wrong-content-type"', "style=latest-one").response
    assert (2, 1) == (result(response)["count"], len(result(response)["items"]))
    assert "text/html; charset=utf-8" == field(response, "content-type")
    assert 'fault="latest-count-off-by-one, wrong-content-type", style=latest-one' == field(response, "preference-applied")


@pytest.mark.parametrize(
    "values",
    [
        ("fault=latest-count-off-by-one,wrong-content-type",),
        ("fault=latest-count-off-by-one, respond-async, Wrong-Content-Type",),
        ("wrong-content-type", "fault=latest-count-off-by-one"),
    ],
)
def test_faults_in_a_list_without_quotes_are_all_applied(asked: Asked, values: tuple[str, ...]) -> None:
    """A fault's name that stands beside `fault=` as a preference of its own is one more fault, and is said to be applied."""
    response = asked.prefer(*values).response
    assert (21, "text/html; charset=utf-8") == (result(response)["count"], field(response, "content-type"))
    assert 'fault="latest-count-off-by-one, wrong-content-type"' == field(response, "preference-applied")


def test_the_name_of_a_fault_alone_breaks_nothing(asked: Asked) -> None:
    """Without `fault=`, it is what some other program prefers."""
    assert (200, None) == (
        asked.prefer("missing-url").response.status,
        field(asked.prefer("missing-url").response, "preference-applied"),
    )


def test_fault_of_what_is_recorded_changes_a_copy(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """What such a fault changes is the same at every endpoint; the server's own events stay, and too many are not copied."""
    window = {**WINDOW, "k": "leave"}
    assert 0 < result(asked.prefer("fault=kind-in-lower-case", suffix="", **window).response)["count"]
    assert 0 == result(asked.get("", **window))["count"]
    monkeypatch.setattr(assembly, "MOST_COPIED", 10)
    refused = asked.prefer("fault=missing-url").response
    assert (400, True) == (
        refused.status,
        message(refused).startswith("missing-url would change the events, and there are more than 10"),
    )


@pytest.mark.parametrize("style", ["arriving", "expiring"])
def test_style_in_which_events_come_or_go_leaves_those_of_the_server(asked: Asked, style: str) -> None:
    """They change from request to request where the style is preferred, and nowhere else."""

    def shown(*preferred: str) -> set[tuple[int, int]]:
        listed = [asked.prefer(*preferred, suffix="", from_=0, to=END + 99, limit=1_000).response for _ in range(6)]
        return {(len(items), items[-1]["t"]) for items in (result(each)["items"] for each in listed)}

    before = shown()
    assert len(shown(f"style={style}")) > 1
    assert 1 == len(before | shown())


def test_few_copies_are_made(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a number of copies a request that needs one more is refused, and those that were made stay."""
    monkeypatch.setattr(assembly, "MOST_COPIES", 1)
    statuses = [asked.prefer(f"fault={name}").response.status for name in ("missing-url", "unknown-kind", "missing-url")]
    assert [200, 400, 200] == statuses


def test_style_with_events_of_its_own_shows_them(asked: Asked) -> None:
    """A style's connector is the style's."""
    assert (1, 0) == tuple(result(asked.prefer(f"style={name}").response)["count"] for name in ("one-event", "empty"))


def test_kind_is_what_every_event_shows(develop: Develop) -> None:
    """Lists, the latest and an event, even one that is not recorded, show this kind, as its revision has it."""
    asked = develop("2026-06-02")
    for suffix, query in (("", {**WINDOW, "limit": 5}), ("/latest", {})):
        response = asked.prefer("kind=RekeyStart", suffix=suffix, **query).response
        assert {"RekeyStart"} == {item.get("k") or item["e"]["k"] for item in result(response)["items"]}
    assert {"k", "tunnel_id"} == result(asked.prefer("kind=RekeyStart", suffix="/17.4").response)["e"].keys()


def test_kind_does_not_break_a_filter(asked: Asked) -> None:
    """A list that is filtered by another kind shows that, and does not say otherwise."""
    response = asked.prefer("kind=StartUpgrade", suffix="", **WINDOW, k="Init").response
    assert {"Init"} == {item["k"] for item in result(response)["items"]}
    assert field(response, "preference-applied") is None


def test_delay_is_added(develop: Develop) -> None:
    """A preferred delay comes on top of the server's own."""
    asked = develop(latency=(0.5, 0.5))
    assert (2.0, 0.5) == (asked.prefer("delay=1.5").delivery.delay, asked.prefer().delivery.delay)


@pytest.mark.parametrize(
    "preferred, words",
    [
        ("code=700", "a code is 200, or a status from 400 to 599"),
        ("code=301", "a code is 200"),
        ("code=499", "a code is 200"),
        ("code=٤٢٩", "Prefer"),
        ("code", "a code is 200"),
        ("delay=61", "from 0 to 60"),
        ("delay=-1", "from 0 to 60"),
        ("delay=1e9", "from 0 to 60"),
        ("fault=missing-ulr", "did you mean missing-url?"),
        ('fault="missing-url, zzzz"', "there is no fault 'zzzz'; see /docs/faults"),
        ("fault=missing-url, wrong-content-typ", "there is no fault 'wrong-content-typ'; did you mean wrong-content-type?"),
        ("fault", "there is no fault ''"),
        ("style=descendign", "did you mean descending?"),
        ("kind=startupgrade", "did you mean StartUpgrade?"),
        ("kind=zzzz", "they are Init, Leave"),
        (f"kind={'z' * 9_999}", "they are Init, Leave"),
    ],
)
def test_value_that_means_nothing_is_refused(asked: Asked, preferred: str, words: str) -> None:
    """It is 400 with what would be right, and ignored where the request is lenient (RFC 7240, 4.4)."""
    if preferred.isascii():
        refused = asked.prefer(preferred).response
        assert (400, True) == (refused.status, words in message(refused))
        assert len(message(refused)) <= 400
    assert 200 == asked.prefer(preferred, "handling=lenient").response.status


def test_every_fault_and_style_can_be_preferred(asked: Asked) -> None:
    """None of them fails for being preferred, and few handlers are kept."""
    answers = [asked.prefer(f"fault={name}") for name in FAULTS] + [asked.prefer(f"style={name}") for name in STYLES]
    assert {"fault", "style"} == {str(field(answer.response, "preference-applied")).partition("=")[0] for answer in answers}


def test_head_has_no_content(asked: Asked) -> None:
    """HEAD gets what GET would, without content."""
    response = asked.prefer("code=500", method="HEAD").response
    assert (500, b"") == (response.status, response.body)


def test_refusal_of_a_preference_is_as_other_refusals(asked: Asked) -> None:
    """Its envelope has no more and no less than the server's other errors."""
    assert json.loads(asked.get("/x").body or b"").keys() == json.loads(asked.prefer("code=x").response.body or b"").keys()
