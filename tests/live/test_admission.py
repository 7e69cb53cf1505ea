"""Runs that are of no use, which is known after a few requests; and those that look alike and go on."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from tests.live.runs import NOWHERE, PLAN, target

from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.model.exchange import Headers, Request, Response
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.server.api.handler import Handler
from mconn_contracts.server.api.stages import OutgoingMessage
from mconn_contracts.server.reference import open_store

MOST = 10
"""Requests after which the issue wants it to be known."""
ERROR = json.dumps({"success": False, "errors": [{"code": 6003, "message": "Invalid request headers"}]}).encode()


class Gate(Handler):
    """Answers everything, or the first requests, in one way; then it is the reference server."""

    def __init__(self, answer: Response, number: int) -> None:
        self.store = open_store()
        super().__init__(self.store)
        self._gate, self._number = answer, number
        self.asked = 0

    def answer(self, request: Request) -> OutgoingMessage:
        """The gate's answer, or the reference server's."""
        self.asked += 1
        return OutgoingMessage(self._gate) if self.asked <= self._number else super().answer(request)


def run(status: int, headers: Headers = (), body: bytes = b"", number: int = 10_000) -> tuple[Verdict, int]:
    """What a run comes to whose first requests are answered like this, and how many there were."""
    handler = Gate(Response(status, headers, body), number)
    with closing(handler.store):
        verdict = Run(target(NOWHERE), PLAN, RunSettings(), transport=HandlerTransport(handler)).execute()
    return verdict, handler.asked


HTML = (("Content-Type", "text/html; charset=utf-8"),)
JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    "status, headers, body, words",
    [
        (
            401,
            JSON,
            ERROR,
            ["refuses the credential (401: Invalid request headers)", "CLOUDFLARE_API_TOKEN"],
        ),
        (403, JSON, b"", ["refuses the credential (403)", "--account-id"]),
        (400, JSON, ERROR, ["refuses the credential (400: Invalid request headers)"]),
        (404, HTML, b"<h1>Not Found</h1>", ["web page (404)", "check the URL"]),
        (404, JSON, b"{}", ["has nothing there (404)", "the base, before /accounts", "--connector-id"]),
        (
            302,
            (("Location", "https://login.example/start"),),
            b"",
            ["(302), with Location 'https://login.example/start'", "--header"],
        ),
        (200, HTML, b"<title>Log in</title>", ["answers every request with a web page (200)", "--header 'NAME: VALUE'"]),
        (200, (), b"\n<!DOCTYPE html><title>Log in</title>", ["answers every request with a web page (200)", "--user-agent"]),
        (503, HTML, b"<h1>503</h1>", ["answers every request with a failure of a gateway (503)", "give --wait"]),
        (503, JSON, b"", ["answers every request with a failure of a gateway (503)", "give --wait"]),
        (500, JSON, ERROR, ["a failure of its own (500: Invalid request headers)", "read its log"]),
    ],
)
def test_what_is_of_no_use_is_known_early(status: int, headers: Headers, body: bytes, words: list[str]) -> None:
    """A wrong token or base URL, a redirect of everything, a login page: exit 3 with one line that has cause and fix."""
    verdict, asked = run(status, headers, body)
    why = verdict.could_not_judge or ""

    assert (3, True, 1) == (verdict.exit_code, asked <= MOST, len(why.splitlines()))
    assert [] == [word for word in words if word not in why]
    assert why.startswith(NOWHERE.url)


def test_a_base_without_a_path_is_told_the_usual_one() -> None:
    """Where the URL has no path at all, the vendor's is proposed."""
    handler = Gate(Response(404, JSON, b"{}"), 10_000)
    with closing(handler.store):
        bare = target(NOWHERE).__class__("http://127.0.0.1", "a", "c", {"Authorization": "Bearer token"})
        verdict = Run(bare, PLAN, RunSettings(), transport=HandlerTransport(handler)).execute()

    assert "before /accounts, such as http://127.0.0.1/client/v4" in str(verdict.could_not_judge)


@pytest.mark.parametrize("status, headers", [(401, JSON), (404, HTML), (200, HTML)])
def test_a_few_such_answers_are_no_end(status: int, headers: Headers) -> None:
    """Where the API answers one of the first requests, the run goes on: what came before is for the rules to judge."""
    verdict, asked = run(status, headers, b"{}", number=3)

    assert (None, True) == (verdict.could_not_judge, asked > MOST)
