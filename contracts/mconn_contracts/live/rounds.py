"""Tasks side by side: in each round, every task asks its next question, and all these requests may be under way at once.

Only one task runs at a time, always in the same order, so what is asked and judged is the same for any number of workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Question = TypeVar("Question")
Reply = TypeVar("Reply")

LANES = 16
"""Tasks that take part in one round, at most. It is not the number of workers, which must not change what is asked."""


class GivenUpError(BaseException):
    """What a task gets in place of a reply where all of them are given up."""


@dataclass(eq=False)
class _Lane(Generic[Question, Reply]):
    """One task in a thread of its own, which only runs while it is resumed."""

    task: Callable[[], object]
    question: Question | None = None
    """What the task waits to have answered; None if it has ended."""
    reply: Reply | BaseException | None = None
    failure: BaseException | None = None
    resumed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    paused: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def resume(self, reply: Reply | BaseException | None) -> None:
        """Let the task run until it asks, or ends."""
        self.question, self.reply = None, reply
        self.resumed.release()
        self.paused.acquire()


class Rounds(Generic[Question, Reply]):
    """Runs tasks side by side. `answer` gives for each question of a round its reply, or an error that is raised in the task."""

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Reply | BaseException]]) -> None:
        self._answer = answer
        self._running: _Lane[Question, Reply] | None = None

    @property
    def running(self) -> bool:
        """Whether a task is running, which must `ask` its questions."""
        return self._running is not None

    def ask(self, question: Question) -> Reply:
        """Called by a task: the reply to its question, which the round brings."""
        lane = self._running
        if lane is None:
            raise RuntimeError("only a task that is run side by side with others can ask")
        lane.question = question
        lane.paused.release()
        lane.resumed.acquire()
        if isinstance(lane.reply, BaseException):
            raise lane.reply
        return cast("Reply", lane.reply)

    def run(self, tasks: Sequence[Callable[[], object]], number: int = LANES) -> list[BaseException]:
        """Run the tasks to their ends, `number` at once, and return their errors in order. None begins after a failure."""
        waiting = iter(tasks)
        lanes: list[_Lane[Question, Reply]] = []
        failures: list[BaseException] = []
        try:
            while lanes := [*lanes, *self._begun(waiting, number - len(lanes), failures)]:
                replies = self._answer([lane.question for lane in lanes if lane.question is not None])
                for lane, reply in zip(lanes, replies, strict=True):
                    self._resume(lane, reply)
                failures += [lane.failure for lane in lanes if lane.failure is not None]
                lanes = [lane for lane in lanes if lane.question is not None]
        except BaseException:
            for lane in lanes:
                if lane.question is not None:
                    self._resume(lane, GivenUpError())
            raise
        return failures

    def _begun(
        self, waiting: Iterator[Callable[[], object]], number: int, failures: list[BaseException]
    ) -> Iterator[_Lane[Question, Reply]]:
        """Begin some of the tasks that wait, up to their first question."""
        while number > 0 and not failures:
            task = next(waiting, None)
            if task is None:
                return
            lane: _Lane[Question, Reply] = _Lane(task)
            threading.Thread(target=self._work, args=(lane,), name="mconn-task", daemon=True).start()
            self._resume(lane, None)
            if lane.failure is not None:
                failures.append(lane.failure)
            elif lane.question is not None:
                number -= 1
                yield lane

    def _resume(self, lane: _Lane[Question, Reply], reply: Reply | BaseException | None) -> None:
        self._running = lane
        try:
            lane.resume(reply)
        finally:
            self._running = None

    @staticmethod
    def _work(lane: _Lane[Question, Reply]) -> None:
        lane.resumed.acquire()
        try:
            lane.task()
        except GivenUpError:
            return
        except BaseException as error:
            lane.failure = error
        finally:
            lane.paused.release()
