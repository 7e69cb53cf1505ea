"""Tasks side by side, and runs with several workers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from tests.live.runs import PLAN, target

from mconn_contracts.live.client import Answered, Ask, Client
from mconn_contracts.live.http import HttpTransport
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import QUICK, STANDARD, Profile
from mconn_contracts.live.rounds import LANES, Rounds
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.model.exchange import Exchange
from mconn_contracts.server.embedded import RunningServer, serve_in_thread
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store


class Echo:
    """Answers each question by itself, and keeps the rounds; what is negative is an error."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []

    def __call__(self, questions: Sequence[int]) -> list[int | BaseException]:
        """The replies of one round."""
        self.rounds.append(list(questions))
        return [ValueError(question) if question < 0 else question for question in questions]


def counting(rounds: Rounds[int, int], got: list[int], *questions: int) -> None:
    """A task that asks these questions one after the other, and keeps the replies."""
    got.extend(rounds.ask(question) for question in questions)


def test_each_round_has_the_next_question_of_every_task() -> None:
    """Questions of one task come one after the other; those of different tasks come together, in the order of the tasks."""
    echo = Echo()
    rounds: Rounds[int, int] = Rounds(echo)
    got: list[int] = []
    failures = rounds.run([partial(counting, rounds, got, *each) for each in ((1, 2, 3), (10,), (), (20, 21))])

    assert ([], [[1, 10, 20], [2, 21], [3]], [1, 10, 20, 2, 21, 3]) == (failures, echo.rounds, got)
    assert not rounds.running


def test_a_task_begins_where_another_has_ended() -> None:
    """No round has more than its lanes; a task that waits takes the place of one that has ended."""
    echo = Echo()
    rounds: Rounds[int, int] = Rounds(echo)
    got: list[int] = []
    rounds.run([partial(counting, rounds, got, number) for number in range(LANES + 3)])

    assert [list(range(LANES)), list(range(LANES, LANES + 3))] == echo.rounds


def test_an_error_is_raised_in_the_task_that_asked() -> None:
    """The others go on to their ends, what waits does not begin, and the errors are given in the order in which they came."""
    echo = Echo()
    rounds: Rounds[int, int] = Rounds(echo)
    got: list[int] = []
    late = [partial(counting, rounds, got, 100 + number) for number in range(3 * LANES)]
    failures = rounds.run([partial(counting, rounds, got, *each) for each in ((1, -2, 3), (10, 11))] + late)

    assert ["-2"] == [str(failure) for failure in failures]
    assert (True, False, False) == (11 in got, 3 in got, 100 + 3 * LANES - 1 in got)


def test_an_interrupt_ends_every_task() -> None:
    """What the answering of a round raises comes out, and no task is left waiting."""

    def interrupted(_: Sequence[int]) -> list[int | BaseException]:
        raise KeyboardInterrupt

    rounds: Rounds[int, int] = Rounds(interrupted)
    ended: list[int] = []

    def task(number: int) -> None:
        try:
            rounds.ask(number)
        finally:
            ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        rounds.run([partial(task, number) for number in range(3)])

    assert [0, 1, 2] == ended


# Whole runs.


def shown(fault: str | None, workers: int) -> tuple[object, ...]:
    """What a run of the probes comes to with so many workers, and what it asked, in the order in which it was judged."""
    exchanges: list[Exchange] = []
    settings = RunSettings(profile=replace(QUICK, drawn=0), workers=workers)
    with serve_in_thread(faults=[FAULTS[fault]] if fault else []) as server:
        asked = target(server)
        verdict = Run(asked, PLAN, settings, record=exchanges.append, transport=HttpTransport(asked)).execute()
    asks = [(each.request.method, each.request.url.removeprefix(asked.base_url)) for each in exchanges if each.request]
    observed = {name: each.value for name, each in verdict.observed.items()}
    return asks, observed, verdict.undecided, [(each.code, each.pointer, each.message) for each in verdict.tally.findings()]


@pytest.mark.parametrize("fault", [None, "count-off-by-one", "skips-between-pages", "one-listed-event-refused"])
def test_workers_change_neither_findings_nor_observations(fault: str | None) -> None:
    """With eight workers the same is asked, judged in the same order, found and observed as with one."""
    assert shown(fault, 1) == shown(fault, 8)


@pytest.mark.parametrize("profile", [QUICK, STANDARD], ids=lambda profile: profile.name)
def test_eight_workers_need_a_third_of_the_round_trips(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every answer takes the same time, a run with eight workers takes at most a third of that with one."""
    trips: list[int] = []
    sent: list[int] = []
    one, many = Client.ask, Client.ask_all

    def ask(client: Client, question: Ask) -> Answered:
        trips.append(min(1, client.budget.affordable))
        sent.append(trips[-1])
        return one(client, question)

    def ask_all(client: Client, questions: Sequence[Ask]) -> list[Answered | BaseException]:
        sent.append(min(len(questions), client.budget.affordable))
        trips.append(math.ceil(sent[-1] / 8))
        return many(client, questions)

    monkeypatch.setattr(Client, "ask", ask)
    monkeypatch.setattr(Client, "ask_all", ask_all)
    with closing(open_store()) as store:
        asked = target(RunningServer("http://127.0.0.1/client/v4"))
        Run(asked, PLAN, RunSettings(profile=profile), transport=HandlerTransport(build_handler(store))).execute()

    assert sum(sent) > profile.requests / 2
    assert 3 * sum(trips) <= sum(sent)
