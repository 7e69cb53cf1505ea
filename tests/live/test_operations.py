"""Runs that ask for some of the operations only."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from functools import cache

import pytest
from tests.live.runs import NOWHERE, PLAN, target

from mconn_contracts.contract.api import ENDPOINTS, GET, LATEST, LIST
from mconn_contracts.live.drawable import drawable
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import QUICK
from mconn_contracts.live.run import Run, RunSettings, asked_for
from mconn_contracts.model.exchange import Request
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import Delivery, OutgoingMessage
from mconn_contracts.server.reference import build_handler, open_store

OPERATIONS = tuple(each.operation for each in ENDPOINTS)
PARTS = [part for size in (1, 2) for part in itertools.combinations(OPERATIONS, size) if part != (GET.operation,)]
"""What can be asked for without the rest."""
REST = {"404": 404, "501": 501, "reset": None}
"""How mocks answer what they do not have."""


class Partial:
    """The reference server with some of its operations; all else has one status and a page, or its connection is reset."""

    def __init__(self, handler: Handler, operations: Collection[str], rest: int | None, silent: str | None) -> None:
        self.handler, self.operations, self.rest, self.silent = handler, operations, rest, silent
        self.others: list[Request] = []

    def answer(self, request: Request) -> OutgoingMessage:
        """The answer of the reference server, or that of a mock without the operation."""
        answer = self.handler.answer(request)
        call = PLAN.reader.router.route(replace(request, method="GET" if request.method == "HEAD" else request.method))
        if self.silent is not None and self.silent in request.url:
            return replace(answer, delivery=Delivery(reset=True))
        if call is not None and call.operation is not None and call.operation.id in self.operations:
            return answer
        self.others.append(request)
        page = replace(answer.response, status=self.rest or 500, headers=(("Content-Type", "text/html"),), body=b"<html>")
        return replace(answer, response=page, delivery=Delivery(reset=self.rest is None))


@cache
def part_of(operations: tuple[str, ...], rest: int | None = 404, silent: str | None = None) -> tuple[Partial, Verdict]:
    """A run that asks for these operations, of a server that has no others, and resets connections where URLs have a text."""
    with closing(open_store()) as store:
        server = Partial(build_handler(store), operations, rest, silent)
        settings = RunSettings(profile=replace(QUICK, drawn=0), operations=asked_for(operations))
        return server, Run(target(NOWHERE), PLAN, settings, transport=HandlerTransport(server)).execute()  # type: ignore[arg-type]


@pytest.mark.parametrize("operations", PARTS, ids=" ".join)
def test_a_part_is_asked_for_and_judged_alone(operations: tuple[str, ...]) -> None:
    """No request is of another operation, nothing is found, and each operation that was asked for is covered."""
    server, verdict = part_of(operations)

    assert ([], {}, None) == (server.others, verdict.tally.by_code, verdict.could_not_judge)
    assert set(operations) == verdict.tally.coverage.answered == set(verdict.operations)


@pytest.mark.parametrize("operations", PARTS, ids=" ".join)
def test_statements_are_those_that_the_part_can_decide(operations: tuple[str, ...]) -> None:
    """All statements that the answers decide are counted, and of the others only those that need what this server never does."""
    _, verdict = part_of(operations)

    assert set() == verdict.tally.coverage.decided - set(verdict.statements)
    assert {"MC007", "MC714"} == set(verdict.undecided) - ({"MC517"} if operations == (LATEST.operation,) else set())


@pytest.mark.parametrize("rest", REST.values(), ids=REST)
def test_a_server_is_known_to_be_there_by_what_is_asked_for(rest: int | None) -> None:
    """Where several requests in a row get no answer, it is a list that tells whether the server is still there."""
    server, verdict = part_of((LIST.operation,), rest, silent="%")

    assert ([], None, {"MC001"}) == (server.others, verdict.could_not_judge, set(verdict.tally.by_code))


def test_one_event_alone_has_no_ids() -> None:
    """Nothing is sent, and the verdict says which operation to add."""
    server, verdict = part_of((GET.operation,))

    assert ([], 0) == (server.others, verdict.tally.exchanges)
    assert verdict.could_not_judge is not None
    assert "add --operation listEvents or --operation getLatestEvents, or say by --expect" in verdict.could_not_judge


def test_all_operations_are_no_part() -> None:
    """Who names all of them gets a whole run, with paths and methods that are of no operation."""
    assert () == asked_for(reversed(OPERATIONS))
    assert (LIST.operation, GET.operation) == asked_for([GET.operation, LIST.operation, GET.operation])


@pytest.mark.parametrize("operations", PARTS, ids=" ".join)
def test_only_what_is_asked_for_is_drawn(operations: tuple[str, ...]) -> None:
    """The document that requests are drawn from has these operations, and no link to another."""
    fixed = {"account_id": "a", "connector_id": "c"}
    drawn = drawable(PLAN.document.raw, fixed, (0, 1), "stateful", operations)

    assert set(operations) == {item["get"]["operationId"] for item in drawn["paths"].values()}
    responses = [*drawn["components"]["responses"].values()]
    responses += [each for item in drawn["paths"].values() for each in item["get"]["responses"].values()]
    linked = {link["operationId"] for response in responses for link in response.get("links", {}).values()}
    assert set() == linked - set(operations)
