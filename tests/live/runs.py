"""Runs of the probes against the reference server, kept whole; and requests of a run sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mconn_contracts.archives.distribution import distribute
from mconn_contracts.captures.records import ReadOptions
from mconn_contracts.captures.source import Input
from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan, Session
from mconn_contracts.judge.reading.expected import ExpectedEvent
from mconn_contracts.judge.reading.views import Identity
from mconn_contracts.judge.rules.observations import Choice
from mconn_contracts.live.budget import Budget
from mconn_contracts.live.client import Client
from mconn_contracts.live.http import HttpTransport
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.pinned import behavior_of
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.sender import Sender
from mconn_contracts.live.target import Target
from mconn_contracts.live.transport import Transport
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.tally import Tally
from mconn_contracts.model.verdict import Verdict
from mconn_contracts.process.files import write_whole
from mconn_contracts.reports import har_writer
from mconn_contracts.reports.wording import curls
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.reference import build_handler, open_store
from mconn_contracts.server.styles import REFERENCE, Style
from mconn_contracts.wire.redaction import curl

PLAN = Plan(load())
ALL = 100_000
"""More findings than any code has."""
SOON = 3.0
"""Seconds after which a body that stalls is given up."""

NOWHERE = RunningServer("http://127.0.0.1/client/v4")
"""What a handler that is not served is asked by."""

Places = Counter[tuple[str, str]]
"""How many findings there are, by code and pointer."""


@dataclass(frozen=True)
class Ran:
    """What one run of the probes came to."""

    target: Target
    verdict: Verdict
    exchanges: list[Exchange]
    choices: tuple[Choice, ...]

    @property
    def tally(self) -> Tally:
        """The run's tally, with every finding."""
        return self.verdict.tally

    @property
    def codes(self) -> set[str]:
        """The codes that were found."""
        return set(self.tally.by_code)

    @property
    def places(self) -> Places:
        """Where the findings are."""
        return places(self.tally)

    @property
    def observed(self) -> dict[str, str]:
        """What the server was seen to choose."""
        return {choice.name: choice.value for choice in self.choices}

    @property
    def pinned(self) -> dict[str, str]:
        """What a behavior file keeps of it."""
        return behavior_of(self.choices)

    @cached_property
    def _by_curl(self) -> dict[str, Exchange]:
        return {curl(exchange.request): exchange for exchange in reversed(self.exchanges) if exchange.request}

    def shown_by(self, finding: Finding) -> list[Exchange]:
        """The exchanges whose requests a finding shows as curl lines."""
        return [self._by_curl[line] for line in curls(finding.shown_by)]


def target(server: RunningServer) -> Target:
    """A running server's main connector, with the main account's token."""
    return Target(server.url, server.account_id, server.connector_id, {"Authorization": f"Bearer {server.token}"})


def is_on_the_wire(faults: Sequence[Fault], style: Style = REFERENCE) -> bool:
    """Whether what is particular of a server shows on a connection only, and not in what its handler answers."""
    behavior = style.behavior
    return any(fault.delivery for fault in faults) or bool(behavior.chunked or behavior.delay or behavior.reset_every)


@contextmanager
def reached(faults: Sequence[Fault] = (), style: Style = REFERENCE) -> Iterator[tuple[Target, Transport]]:
    """A server, and the way to it: its handler in this process, or a connection where that makes a difference."""
    if is_on_the_wire(faults, style):
        with serve_in_thread(faults=faults, style=style) as server:
            yield target(server), HttpTransport(target(server))
    else:
        with closing(open_store(main=style.main, faults=faults)) as store:
            yield target(NOWHERE), HandlerTransport(build_handler(store, style=style, faults=faults))


def needs_expectation(code: str) -> bool:
    """Whether only a user who says which events there are can have a statement judged."""
    return PLAN.document.statement(code).needs == "expect"


def expected_of(style: Style = REFERENCE) -> dict[Identity, ExpectedEvent]:
    """All events of the main connector of a server without faults."""
    with closing(open_store(main=style.main)) as store:
        stored = [each for each in store.everything() if each.connector_id == NOWHERE.connector_id]
    return {(each.t, each.n): ExpectedEvent(each.t, each.n, each.a, each.kind, each.e, each.v, versioned=True) for each in stored}


def probe(
    profile: str = "quick",
    *,
    faults: Sequence[Fault] = (),
    style: Style = REFERENCE,
    pinned: dict[str, str] | None = None,
) -> Ran:
    """Run the probes alone: they draw nothing, so what they find does not depend on a seed.

    Where a fault breaks what the user expects, that is said.
    """
    exchanges: list[Exchange] = []
    expected = expected_of(style) if any(needs_expectation(fault.code) for fault in faults) else None
    settings = RunSettings(profile=replace(PROFILES[profile], drawn=0), cap=ALL, timeout=SOON, pinned=pinned, expected=expected)
    with reached(faults, style) as (asked, transport):
        run = Run(asked, PLAN, settings, record=exchanges.append, transport=transport)
        verdict = run.execute()
    return Ran(asked, verdict, exchanges, run.choices)


def validated(ran: Ran, path: Path) -> Tally:
    """What `mconn validate` makes of the run's recording."""
    write_whole(path, "the recording", har_writer.pieces(ran.exchanges))
    return distribute([Input(path.name, path)], PLAN, ReadOptions(), cap=ALL).tally


def places(tally: Tally) -> Places:
    """Where the findings of a tally are."""
    return Counter((finding.code, finding.pointer) for finding in tally.findings())


def replay(ran: Ran, exchanges: Sequence[Exchange], times: int, faults: Sequence[Fault] = ()) -> tuple[set[str], list[object]]:
    """Send the requests of exchanges to a new server, several times: the codes that are found, and the answers."""
    session = Session(PLAN)
    answers: list[object] = []
    with reached(faults) as (asked, transport), closing(Client(asked, transport, Budget(ALL), session.observe, SOON)) as client:
        sender = Sender(client)
        # The server is known to be there.
        client.answered = 1
        for exchange in list(exchanges) * times:
            assert exchange.request is not None
            assert exchange.intent is not None
            path = exchange.request.url.removeprefix(ran.target.base_url)
            response = sender.send(
                path=path, method=exchange.request.method, intent=exchange.intent, form=_form(exchange, asked)
            ).exchange.response
            answers.append((response.status, response.body, response.incomplete))
        client.judge_passed_over()
        answers.append(client.passed_over)
    session.conclude()
    return set(session.tally.by_code), answers


def _form(exchange: Exchange, sent_to: Target) -> int:
    """The way of authentication that a request used."""
    assert exchange.request is not None
    assert exchange.intent is not None
    fields = {name for name, _ in exchange.request.headers}
    forms = sent_to.forms(exchange.intent.credential)
    used = fields & {"Authorization", "X-Auth-Email", "X-Auth-Key"}
    return next(index for index, form in enumerate(forms) if form.keys() == used)
