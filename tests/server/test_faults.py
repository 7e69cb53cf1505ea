"""The faults: each breaks a promise in its own way."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.api.encoding import serialize
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.data.events import KINDS
from mconn_contracts.server.data.lifecycle import END, FOREIGN_ACCOUNT_ID, FOREIGN_CONNECTOR_ID
from mconn_contracts.server.faults.catalog import FAULTS

if TYPE_CHECKING:
    from tests.server.conftest import Client, Start

ROOT = Path(__file__).resolve().parents[2]
WRONG = (("Authorization", "Bearer wrong"),)
WRONG_KEY = (("X-Auth-Email", "somebody@example.com"), ("X-Auth-Key", "0" * 37))
MALFORMED = (("Authorization", "Bearer"),)
MISSING_KEY = WRONG_KEY[:1]
NEARLY = tuple(
    (("Authorization", f"Bearer {token}"),)
    for token in (f"{MAIN_ACCOUNT.token}x", MAIN_ACCOUNT.token.upper(), f"\t{MAIN_ACCOUNT.token}")
)
LENIENT = ("{}abc", "+{}", "%20{}", "{}e0", "0{}")
"""Ways to write an event's `n` that are none."""


def wire(answer: OutgoingMessage) -> bytes:
    """What a connection would carry, without what differs from request to request."""
    message = re.sub(rb"(?m)^cf-ray: .*$", b"", serialize(answer.response, ""))
    message = message if answer.delivery.wire is None else answer.delivery.wire(message)
    return message + (b"reset" if answer.delivery.reset else b"")


def walk(client: Client, **query: object) -> list[OutgoingMessage]:
    """The answers for the first five pages."""
    answers: list[OutgoingMessage] = []
    for _ in range(5):
        answers.append(client.answer(**query))
        cursor = re.search(rb'"cursor":\s*"([^"]+)"', answers[-1].response.body or b"")
        if cursor is None:
            break
        query["cursor"] = cursor[1].decode()
    return answers


def tour(client: Client) -> list[bytes]:
    """The answers to a fixed sequence of requests that goes everywhere once."""
    answers = [client.answer("/latest"), client.answer("/1.1"), client.answer(from_=END, to=0)]
    for limit in (1_000, 50, 9, 1):
        answers += walk(client, from_=0, to=END, limit=limit)
    answers += [client.answer(from_=0, to=END, limit=1_000, k=kind) for kind in KINDS]
    whole = (answers[3].response.body or b"").decode("utf-8", "replace")
    identities = re.findall(r'"n": ?(\d+)[^{}]*"t": ?(\d+)', whole) or [("0", "1")]
    times = sorted({int(t) for _, t in identities})
    answers += [client.answer(from_=one, to=other) for one, other in zip(times[:-3:5], times[3::5], strict=False)]
    answers += [client.answer(f"/{t}.{n}") for n, t in identities]
    early, half = times[max(0, len(times) // 2 - 8)], times[len(times) // 2]
    for query in (
        {"from_": early, "to": half, "limit": 5},
        {"from_": half, "to": END, "k": "Reconcile", "limit": 3},
        {"to": END, "limit": 2},
    ):
        answers += walk(client, **{"from_": 0, **query})
    answers += [client.answer("/latest", headers=headers) for headers in ((), WRONG, WRONG_KEY, MALFORMED, MISSING_KEY)]
    answers += [client.answer("/latest", connector=connector) for connector in ("nobody", FOREIGN_CONNECTOR_ID)]
    answers.append(client.answer("/latest", account=FOREIGN_ACCOUNT_ID))
    answers += [
        client.answer(to=END),
        client.answer(from_=END - 1),
        client.answer(from_=0, to="x"),
        client.answer(from_=0, to=END, limit="x"),
        client.answer(from_=0, to=END, cursor="x"),
    ]
    answers += [
        client.answer("/1.0.2.0"),
        client.answer(method="DELETE"),
        client.answer(method="POST"),
        client.answer(path="/client/v4/x"),
    ]
    answers += [client.answer(f"/{identities[0][1]}.{form.format(identities[0][0])}") for form in LENIENT]
    answers += [client.answer("/latest", headers=headers) for headers in NEARLY]
    answers += [client.answer("/latest", method="HEAD", headers=headers) for headers in ((), WRONG)]
    answers += [client.answer(f"/{identities[0][1]}.{identities[0][0]}", headers=WRONG_KEY)]
    answers += [
        client.answer(from_=0, to=END, cursor="x", headers=()),
        client.answer(from_=0, to=END, k="Init", headers=WRONG),
        client.answer(from_=0, to=END, k="\N{REPLACEMENT CHARACTER}"),
        client.answer(from_=0, to=END, k="Ini"),
        client.answer(from_=0, to=END, k="*"),
        client.answer(from_=0, to=END),
        client.answer(from_=0, to=END, limit=2**32 + 2),
        client.answer(from_=0, to=2**32 + 1),
        client.answer(f"/{int(identities[0][1]) + 2**32}.{identities[0][0]}"),
        client.answer("/latest"),
        client.answer("/latest"),
        client.answer("/1.1", method="HEAD"),
        client.answer(f"/{identities[0][1]}.{identities[0][0]}", method="HEAD"),
    ]
    return [wire(answer) for answer in answers]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_fault_has_a_name_and_a_summary(fault: Fault) -> None:
    """A fault is named in lower case, and has one sentence of summary."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", fault.name)
    assert fault.summary.endswith(".")


def test_no_two_faults_have_the_same_effect(start: Start) -> None:
    """A tour of each faulty server differs from that of the clean one, and from that of every other."""
    effects = defaultdict(list)
    effects[tuple(tour(start()))].append("clean")
    for fault in FAULTS.values():
        effects[tuple(tour(start(faults=(fault,))))].append(fault.name)
    assert [names for names in effects.values() if len(names) > 1] == []


def test_a_tour_is_deterministic(start: Start) -> None:
    """The same requests of the same seed get the same bytes, faults or not."""
    for faults in ((), (FAULTS["event-changed"],)):
        assert tour(start(faults=faults)) == tour(start(faults=faults))


def test_faults_that_the_documentation_names_exist() -> None:
    """Every fault that a page, an example or a workflow gives to `--fault` is in the catalog."""
    pages = [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(path for path in (ROOT / "examples").rglob("*.*") if path.is_file()),
    ]
    named = {name for page in pages for name in re.findall(r"--fault[ =]([a-z][a-z-]+)", page.read_text(encoding="utf-8"))}

    assert "count-off-by-one" in named
    assert set() == named - set(FAULTS)
